"""A hostile web site: what servers do to readers of feeds, as one table of answers, and how to see what it costs.

Beside the tests because both doors use it: `monitors.fetch` for what is asked for, `monitors.streaming` for what
stays open. `wire` sees every connection that this process tries to make, whatever the code believes it does.
"""

from __future__ import annotations

import functools
import gzip
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import brotli
import zstandard

from .conftest import NOW, Answer, page, status

MB = 1_000_000
MOST_MEMORY = 50 * MB


@dataclass(frozen=True)
class Case:
    """One thing a server does. `refused`: what the message then says; empty where the answer is read all the same.

    `entries`: how many are read of it. `retry_after`: how long it asks us to stay away, as we understand it.
    """

    name: str
    answer: Callable[[], Answer]
    refused: str = ""
    entries: int = 0
    retry_after: timedelta | None = None


def rss(items: str, before: str = "") -> bytes:
    """A feed with these items. `before` stands where a document type does."""
    return f'<?xml version="1.0"?>{before}<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'.encode()


def _xml(body: bytes) -> Answer:
    return page(body, Content_Type="application/rss+xml")


def _packed(pack: str) -> Answer:
    return page(_bomb(pack), Content_Type="application/rss+xml", Content_Encoding=pack)


@functools.cache
def _bomb(pack: str) -> bytes:
    """100 MB of spaces, packed. Two layers: the first unpacks to little, the second to everything."""
    if pack == "gzip, gzip":
        return gzip.compress(_bomb("gzip"))
    if pack == "gzip, br":
        return brotli.compress(_bomb("gzip"), quality=1)
    packer = {
        "gzip": lambda: zlib.compressobj(1, wbits=31),
        "deflate": lambda: zlib.compressobj(1),
        "br": lambda: _Brotli(),
        "zstd": lambda: zstandard.ZstdCompressor(level=1).compressobj(),
    }[pack]()
    block = b" " * MB
    return b"".join(packer.compress(block) for _ in range(100)) + packer.flush()


class _Brotli:
    def __init__(self) -> None:
        self._packer = brotli.Compressor(quality=1)

    def compress(self, block: bytes) -> bytes:
        return bytes(self._packer.process(block))

    def flush(self) -> bytes:
        return bytes(self._packer.finish())


def _said(code: int, retry_after: str) -> Answer:
    return status(code, {"Retry-After": retry_after})


def _huge(size: int | None) -> Answer:
    """`size` bytes as promised in the header; None: without end and without promise."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        if size is not None:
            request.send_header("Content-Length", str(size))
        request.end_headers()
        block, sent = b" " * 100_000, 0
        while size is None or sent < size:
            request.wfile.write(block)
            sent += len(block)

    return answer


def drip(head: bytes, every: float = 0.05, stop: threading.Event | None = None) -> Answer:
    """`head`, then a byte now and then, for as long as somebody listens or until `stop`."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(head)
        until = time.monotonic() + 30
        while time.monotonic() < until and not (stop and stop.is_set()):
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(every)

    return answer


def _mute(head: bytes) -> Answer:
    """`head`, then nothing, with the line held open."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(head)
        request.wfile.flush()
        request.connection.settimeout(30)
        request.rfile.read(1)  # ends when the reader hangs up

    return answer


def raw(answer: bytes) -> Answer:
    """These very bytes, and an end."""

    def send(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(answer)

    return send


def _headers_without_end(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        request.wfile.write(b"X-More: " + b"m" * 1_000 + b"\r\n")


def onward(location: str) -> Answer:
    """A redirect."""
    return status(302, {"Location": location})


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{at} "{f"&a{at - 1};" * 10}">' for at in range(1, 12))
    return rss("<item><title>&a11;</title></item>", f'<!DOCTYPE x [<!ENTITY a0 "ha">{entities}]>')


def _quadratic() -> bytes:
    return rss(f"<item><title>{'&a;' * 100_000}</title></item>", f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>')


def _outside_entity() -> bytes:
    return rss("<item><title>[&x;]</title></item>", '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>')


def _unclosed_tags() -> bytes:
    return rss(f"<item><title>One</title><description>{'&lt;a ' * 8_000}</description></item>")


@functools.cache
def _many() -> bytes:
    return rss("".join(f"<item><title>t{at}</title><guid>g{at}</guid></item>" for at in range(100_000)))


FULL = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n"
GERMANE = rss("<item><title>One</title><guid>1</guid></item>")
TOO_LARGE, SLOW, NO_FEED = "15 MB", "longer than", "not a feed"

# Everything a server may answer by itself.
CASES = (
    Case("304", lambda: status(304)),
    Case("429 in seconds", lambda: _said(429, "120"), "less often", retry_after=timedelta(minutes=2)),
    Case(
        "429 with a date",
        lambda: _said_at(NOW + timedelta(hours=3)),
        "less often",
        retry_after=timedelta(hours=3),
    ),
    Case("429 until doomsday", lambda: _said(429, "9" * 30), "less often", retry_after=timedelta(hours=24)),
    Case("429 when it suits", lambda: _said(429, "-5 or so"), "less often"),
    Case("500", lambda: status(500), "fault of its own"),
    Case("503 for an hour", lambda: _said(503, "3600"), "out of service", retry_after=timedelta(hours=1)),
    Case("410", lambda: status(410), "gone for good"),
    Case("no HTTP", lambda: raw(b"\x00\x01\x02 SSH-2.0\r\n\r\n"), "not HTTP"),
    Case("an end at once", lambda: raw(b""), "not HTTP"),
    Case("less than promised", lambda: raw(FULL[:-2] + b"Content-Length: 9999\r\n\r\n<rss>"), "not HTTP"),
    Case("broken chunks", lambda: raw(FULL[:-2] + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "not HTTP"),
    Case("headers without end", lambda: _headers_without_end, "not HTTP"),
    Case("garbage", lambda: _xml(bytes(range(256)) * 400), NO_FEED),
    Case("a page", lambda: page(b"<html><body><h1>Hi</h1>", Content_Type="text/html"), NO_FEED),
    Case("100 MB", lambda: _huge(100 * MB), TOO_LARGE),
    Case("a body without end", lambda: _huge(None), TOO_LARGE),
    Case("a drip of headers", lambda: drip(b"HTTP/1.1 200 OK\r\nX-Slow: "), SLOW),
    Case("a drip of body", lambda: drip(FULL), SLOW),
    Case("silence", lambda: _mute(b""), "does not answer"),
    Case("silence halfway", lambda: _mute(FULL + b"<rss>"), "does not answer"),
    Case("a gzip bomb", lambda: _packed("gzip"), TOO_LARGE),
    Case("a deflate bomb", lambda: _packed("deflate"), TOO_LARGE),
    Case("a Brotli bomb", lambda: _packed("br"), TOO_LARGE),
    Case("a Zstandard bomb", lambda: _packed("zstd"), TOO_LARGE),
    Case("a bomb in a bomb", lambda: _packed("gzip, gzip"), TOO_LARGE),
    Case("a bomb in another", lambda: _packed("gzip, br"), TOO_LARGE),
    Case("layers without end", lambda: page(b"x", Content_Encoding="gzip, " * 50 + "br"), "did not ask for"),
    Case("a billion laughs", lambda: _xml(_laughs()), entries=1),
    Case("a quadratic blow-up", lambda: _xml(_quadratic()), entries=1),
    Case("an entity from our disk", lambda: _xml(_outside_entity()), entries=1),
    Case("entities that never end", lambda: _xml(GERMANE + b"<!ENTITY" * 50_000), entries=1),
    Case("tags that never end", lambda: _xml(_unclosed_tags()), entries=1),
    Case("a deep nest", lambda: _xml(b"<rss><channel><item>" + b"<a>" * 15_000), entries=1),
    Case("one endless title", lambda: _xml(rss(f"<item><title>{'long ' * 2_900_000}</title></item>")), entries=1),
    Case("NULs", lambda: _xml(GERMANE.replace(b"One", b"O\x00n\x00e")), entries=1),
    Case("100,000 entries", lambda: _xml(_many()), entries=500),
    Case("entries of the future", lambda: _xml(_future()), entries=2),
)


def _said_at(at: datetime) -> Answer:
    """A date to wait for, from a server whose own clock is right."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response_only(429)
        request.send_header("Date", format_datetime(NOW, usegmt=True))
        request.send_header("Retry-After", format_datetime(at, usegmt=True))
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def _future() -> bytes:
    dates = ("Tue, 01 Jan 2999 00:00:00 GMT", "Mon, 02 Mar 2026 09:00:01 GMT")
    return rss("".join(f"<item><title>{when}</title><pubDate>{when}</pubDate></item>" for when in dates))


# Where a redirect must not lead. `{port}` is that of a server of this machine which nobody may reach.
ASTRAY = (
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://192.0.0.192/opc/v2/instance/",
    "http://168.63.129.16/machine",
    "http://192.88.99.1/",
    "http://[::ffff:168.63.129.16]/machine",
    "http://[2620:4f:8000::1]/",
    "http://[3fff::1]/",
    "http://user@127.0.0.1:{port}/",
    "http://site.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@site.example/",
    "//127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "ftp://127.0.0.1:{port}/",
    "dict://127.0.0.1:{port}/",
    "unix:///var/run/docker.sock",
    "javascript:alert(1)",
    "http://[",
)


class Wire:
    """The addresses that this process tried to connect to."""

    def __init__(self) -> None:
        self.tried: list[tuple[str, int]] = []


_wires: list[Wire] = []
_hooked = threading.Event()


def _overhear(event: str, arguments: tuple[object, ...]) -> None:
    """Python tells of every connection before the system is asked for it. What would leave this machine ends here."""
    if event != "socket.connect" or not _wires:
        return
    address = arguments[1]
    if not isinstance(address, tuple):
        return
    for one in _wires:
        one.tried.append((str(address[0]), int(address[1])))
    if not str(address[0]).startswith("127."):
        raise ConnectionRefusedError(f"a test does not reach {address[0]}")


@contextmanager
def wire() -> Iterator[Wire]:
    """Watch every connection that is tried in the block; those that would leave this machine are refused."""
    if not _hooked.is_set():
        _hooked.set()
        sys.addaudithook(_overhear)  # it cannot be taken away again, hence the list
    watched = Wire()
    _wires.append(watched)
    try:
        yield watched
    finally:
        _wires.remove(watched)


class Cost:
    """Seconds and bytes: how long the block took, and how much all its processes grew at their worst moments."""

    seconds = 0.0
    grown = 0


@contextmanager
def cost(*children: int) -> Iterator[Cost]:
    """Measure the block. Growth is what the system saw, C libraries included; it stays 0 where there is no /proc."""
    found = Cost()
    pids = ("self", *map(str, children))
    before = sum(_peak(pid, reset=True) for pid in pids)
    began = time.monotonic()
    try:
        yield found
    finally:
        found.seconds = time.monotonic() - began
        found.grown = sum(_peak(pid) for pid in pids) - before


def _peak(pid: str, reset: bool = False) -> int:
    """The most memory since the last reset, in bytes; 0 for a process that is gone."""
    try:
        if reset:
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0
