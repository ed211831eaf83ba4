"""The guarded network for whoever speaks: plain httpx clients over the same checks that feeds are read through.

Here and not in `publishing`, because the guard is here and rooms on one floor do not know each other; channels get it
as `publishing.door.Door`. Unlike `fetch.py` it hands out a client, since a platform's library wants to make its own
requests. Errors come as httpx's own: ConnectError means that nothing was sent.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import datetime

import httpcore
import httpx

from monitors.guard import AddressRefused, Deadline, GuardedTransport, connect, tls_context

# No platform's answer to a post, or to a question about one, is as large (ours).
MOST_BYTES = 5_000_000
SILENCE_SECONDS = 10.0

# What the guard's connections raise, and what it is to an httpx client.
_AS_HTTPX: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.TimeoutException, httpx.ReadTimeout),
    (httpcore.NetworkError, httpx.ReadError),
    (httpcore.ProtocolError, httpx.RemoteProtocolError),
)
_THEIRS = tuple(theirs for theirs, _ in _AS_HTTPX)


class SpeakingDoor:
    """Fits `publishing.door.Door`. `allow_private` names private hosts that may be spoken to (`127.0.0.1:8080`).

    `now` is the store's clock; a door without one serves whoever never asks it for the time.
    """

    def __init__(
        self, agent: str, *, allow_private: frozenset[str] = frozenset(), now: Callable[[], datetime] | None = None
    ) -> None:
        self._agent = agent
        self._now = now
        self._allowed = frozenset(name.strip().casefold() for name in allow_private)

    def client(self, seconds: float = 20.0) -> httpx.Client:
        """A client for one deed: all its requests together take at most `seconds`, and follow no redirect."""
        transport = _Transport(GuardedTransport(self._allowed, Deadline(seconds), SILENCE_SECONDS, tls_context()))
        return httpx.Client(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=SILENCE_SECONDS,
            headers={"User-Agent": self._agent},
        )

    def connect(self, host: str, port: int, seconds: float = SILENCE_SECONDS) -> socket.socket:
        """A checked connection for what is no HTTP. Raises httpx's ConnectError or ConnectTimeout: nothing was sent."""
        try:
            return connect(host, port, Deadline(seconds), allowed=self._allowed, silence_seconds=seconds)
        except AddressRefused as error:
            raise httpx.ConnectError(f"private address: {error}") from error
        except httpcore.TimeoutException as error:
            raise httpx.ConnectTimeout(str(error)) from error
        except httpcore.NetworkError as error:
            raise httpx.ConnectError(str(error)) from error

    def now(self) -> datetime:
        """The store's time."""
        if self._now is None:
            raise RuntimeError("this door was given no clock")
        return self._now()


class _Transport(httpx.BaseTransport):
    def __init__(self, guarded: GuardedTransport) -> None:
        self._guarded = guarded

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            reply = self._guarded.handle_request(request)
        except AddressRefused as error:
            raise httpx.ConnectError(f"private address: {error}", request=request) from error
        except _THEIRS as error:
            raise _as_httpx(error, request) from error
        assert isinstance(reply.stream, httpx.SyncByteStream)
        body = _Capped(reply.stream, request)
        return httpx.Response(reply.status_code, headers=reply.headers, stream=body, extensions=reply.extensions)

    def close(self) -> None:
        self._guarded.close()


class _Capped(httpx.SyncByteStream):
    """An answer's bytes as they come, up to MOST_BYTES of them."""

    def __init__(self, stream: httpx.SyncByteStream, request: httpx.Request) -> None:
        self._stream = stream
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        seen = 0
        pieces = iter(self._stream)
        while True:
            try:
                piece = next(pieces, None)
            except _THEIRS as error:
                raise _as_httpx(error, self._request) from error
            if piece is None:
                return
            seen += len(piece)
            if seen > MOST_BYTES:
                raise httpx.ReadError(f"an answer of more than {MOST_BYTES} bytes", request=self._request)
            yield piece

    def close(self) -> None:
        self._stream.close()


def _as_httpx(error: Exception, request: httpx.Request) -> httpx.TransportError:
    ours = next(ours for theirs, ours in _AS_HTTPX if isinstance(error, theirs))
    return ours(str(error) or repr(error), request=request)
