"""Which machines we may talk to, asked of the very address the socket connects to.

Separate from `fetch.py` because this is the wall and that is the door: here live the check of addresses, the network
backend that makes it on every connection (so a second answer from DNS, a redirect or a number for a name cannot get
round it) and the deadline that every read of that connection keeps. What is no single request (a stream that stays
open) takes its socket from `connect`.
"""

from __future__ import annotations

import functools
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

_UNICAST_V6 = ipaddress.ip_network("2000::/3")
_SITES_V6 = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/32"))  # 6to4 and Teredo carry IPv4
# What belongs to a cloud's own machines, or to nobody, and yet counts as public in the registry that Python follows.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # for protocols; a cloud's metadata is at .192
        "168.63.129.16/32",  # another cloud's
        "192.88.99.0/24",  # gateways from IPv6 into IPv4, given up
        "2620:4f:8000::/48",  # answers for private names
        "3fff::/20",  # for examples
    )
)


class AddressRefused(Exception):
    """The name leads only to addresses we do not talk to."""


class DeadlinePassed(httpcore.ReadTimeout):
    """The time for the whole request is over, however lively the connection is."""


class Deadline:
    """A stop-watch for one request, its redirects included."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._ends

    def left(self, most: float | None = None) -> float:
        """Seconds left, at most `most`. Raises `DeadlinePassed` when there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise DeadlinePassed("the time for the whole request is over")
        return left if most is None else min(left, most)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet. IPv4 inside IPv6 is judged as what it carries."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip not in _UNICAST_V6 or any(ip in site for site in _SITES_V6):
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NOT_PUBLIC)


def is_allowed(host: str, port: int, allowed: frozenset[str]) -> bool:
    """Whether `host` or `host:port` was named as private and welcome."""
    name = host.strip("[]").casefold().rstrip(".")
    return name in allowed or f"{name}:{port}" in allowed or f"[{name}]:{port}" in allowed


def allowance(url: httpx.URL, allowed: frozenset[str]) -> frozenset[str]:
    """The private hosts that a redirect from `url` may lead to: those named, where `url` is itself at one of them."""
    port = url.port or (443 if url.scheme == "https" else 80)
    return allowed if is_allowed(url.host, port, allowed) else frozenset()


def resolve(host: str, port: int, deadline: Deadline) -> list[str]:
    """The IP addresses of a name, within the deadline (the system's resolver alone would keep none)."""
    answer: queue.Queue[list[str] | OSError | UnicodeError] = queue.Queue(1)

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(list(dict.fromkeys(str(info[4][0]) for info in found)))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        found = answer.get(timeout=deadline.left())
    except queue.Empty:
        raise DeadlinePassed(f"no answer from DNS for {host}") from None
    if isinstance(found, Exception):
        raise httpcore.ConnectError(f"no address for {host}: {found}") from found
    return found


@functools.cache
def tls_context() -> ssl.SSLContext:
    """One for all connections: reading the authorities' certificates costs more than a request."""
    return httpx.create_ssl_context()


def connect(
    host: str,
    port: int,
    deadline: Deadline,
    *,
    allowed: frozenset[str] = frozenset(),
    tls: ssl.SSLContext | None = None,
    silence_seconds: float = 10.0,
) -> socket.socket:
    """A socket connected to an address of `host` that was checked, secured where `tls` is given. Close it when done.

    The deadline and the silence hold for connecting alone; what is read and written afterwards is the caller's to
    time (`settimeout`). Raises `AddressRefused`, and httpcore's errors: `DeadlinePassed`, `ConnectError`,
    `ConnectTimeout`.
    """
    stream = GuardedBackend(allowed, deadline, silence_seconds).connect_tcp(host, port)
    if tls is not None:
        stream = stream.start_tls(tls, host.strip("[]"), deadline.left(silence_seconds))
    opened: socket.socket = stream.get_extra_info("socket")
    return opened


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to public addresses and to hosts named in `allowed`, and to nothing else."""

    def __init__(self, allowed: frozenset[str], deadline: Deadline, silence_seconds: float) -> None:
        self._allowed = allowed
        self._deadline = deadline
        self._silence_seconds = silence_seconds
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that answers. Raises `AddressRefused`."""
        addresses = resolve(host, port, self._deadline)
        if not is_allowed(host, port, self._allowed):
            addresses = [address for address in addresses if is_public(address)]
        if not addresses:
            raise AddressRefused(f"{host} is not on the public internet")
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in addresses:
            wait = self._deadline.left(self._silence_seconds)
            try:
                stream = self._sockets.connect_tcp(address, port, wait, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return _TimedStream(stream, self._deadline)
        raise failure or httpcore.ConnectError(f"no address of {host} answered")

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Never: no address that was typed or fed means a socket of this machine."""
        raise AddressRefused("a socket of this machine is not an address")


class _TimedStream(httpcore.NetworkStream):
    """A connection on which no single operation outlasts the request's deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._stream.read(max_bytes, self._deadline.left(timeout))
        except httpcore.ReadTimeout:
            self._deadline.left()  # says so where it was the whole request that took too long
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedTransport(httpx.BaseTransport):
    """httpx over `GuardedBackend`: one request's worth of connections, never kept alive, never through a proxy."""

    def __init__(
        self, allowed: frozenset[str], deadline: Deadline, silence_seconds: float, tls: ssl.SSLContext
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_keepalive_connections=0,
            network_backend=GuardedBackend(allowed, deadline, silence_seconds),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it. httpcore's own errors come through as they are."""
        url = request.url
        reply = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=reply.status, headers=reply.headers, stream=_Body(reply), extensions=reply.extensions
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, reply: httpcore.Response) -> None:
        self._reply = reply

    def __iter__(self) -> Iterator[bytes]:
        yield from self._reply.iter_stream()

    def close(self) -> None:
        self._reply.close()
