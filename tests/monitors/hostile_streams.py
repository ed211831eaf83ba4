"""What servers do to those who listen: the hostile table of `hostile.py`, for connections that stay open."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Literal

from .conftest import Answer, page, status
from .hostile import FULL, drip, onward, raw
from .streams import CLOSE, PING, event_stream, frame, socket_of, welcome

EVENTS = FULL.replace(b"application/rss+xml", b"text/event-stream")
Protocol = Literal["websocket", "events"]


@dataclass(frozen=True)
class Case:
    """One thing a server does. `refused`: what the message says; empty where `read` messages come all the same."""

    name: str
    answer: Callable[[], Answer]
    refused: str = ""
    read: int = 0
    retry_after: timedelta | None = None


def without_end(head: Callable[[BaseHTTPRequestHandler], None], block: bytes) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        head(request)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            request.wfile.write(block)

    return answer


def _says(head: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda request: request.wfile.write(head) and None


def _dripping(opening: bytes) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        welcome(request)
        drip(opening, 0.02)(request)

    return answer


def _without_a_word(request: BaseHTTPRequestHandler) -> None:
    request.connection.settimeout(10)
    request.rfile.read(1)


def _deaf(request: BaseHTTPRequestHandler) -> None:
    """Asks for answers and never takes one."""
    welcome(request)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        request.wfile.write(frame(b"p" * 125, PING) * 500)


NONE, NOISE, SILENT, SLOW = "no such stream", "no message", "gone silent", "longer than"

EITHER = (
    Case("another address", lambda: onward("http://127.0.0.1:1/"), "another address"),
    Case("a long pause", lambda: status(429, {"Retry-After": "120"}), "cannot serve", retry_after=timedelta(minutes=2)),
    Case("until doomsday", lambda: status(503, {"Retry-After": "9" * 30}), "cannot", retry_after=timedelta(hours=24)),
    Case("410", lambda: status(410), "gone for good"),
    Case("403", lambda: status(403), "does not let us listen"),
    Case("a fault", lambda: status(500), "cannot serve"),
    Case("a page", lambda: page(b"<html>", Content_Type="text/html"), "no such stream|does not let us"),
    Case("no HTTP", lambda: raw(b"\x00\x01\x02 SSH-2.0\r\n\r\n"), NONE),
    Case("an end at once", lambda: raw(b""), "no such stream|ended"),
    Case("headers without end", lambda: without_end(_says(FULL[:17]), b"X-More: " + b"m" * 900 + b"\r\n"), NONE),
    Case("a header without end", lambda: without_end(_says(FULL[:17] + b"X: "), b"m" * 9_000), NONE),
    Case("a drip of headers", lambda: drip(b"HTTP/1.1 200 OK\r\nX-Slow: "), SLOW),
    Case("no answer", lambda: _without_a_word, SLOW),
    Case(
        "100 MB instead", lambda: without_end(_says(b"HTTP/1.1 200 OK\r\n\r\n"), bytes(100_000)), "no such|not let us"
    ),
)

SOCKETS = (
    Case("another key", lambda: raw(FULL.replace(b"200 OK", b"101 Yes") + b"\x81\x01x"), NONE),
    Case(
        "packing we never offered", lambda: socket_of(extra=b"Sec-WebSocket-Extensions: permessage-deflate\r\n"), NONE
    ),
    Case("a packed message", lambda: socket_of(frame(b"x", flags=0x40)), NOISE),
    Case("garbage", lambda: socket_of(bytes(range(255, 0, -1)) * 40), NOISE),
    Case("a masked message", lambda: socket_of(b"\x81\x81aaaa\x00"), NOISE),
    Case("a message of exabytes", lambda: socket_of(frame(b"x", says=2**62)), NOISE),
    Case("a message that is too large", lambda: without_end(welcome, frame(bytes(60_000))), NOISE),
    Case("too large in pieces", lambda: socket_of(frame(b"", fin=False), frame(bytes(900), 0, False) * 90), NOISE),
    Case("pieces without end", lambda: socket_of(frame(b"", fin=False), frame(b"", 0, False) * 5_000), NOISE),
    Case("a piece of nothing", lambda: socket_of(frame(b"x", opcode=0)), NOISE),
    Case("a huge ping", lambda: socket_of(frame(bytes(500), PING)), NOISE),
    Case("a senseless farewell", lambda: socket_of(frame(b"\x00", CLOSE)), "no message|ended"),
    Case("a drip of one message", lambda: _dripping(b"\x81\x7e\x7f\xff"), SILENT),
    Case("an endless drip of noise", lambda: _dripping(b""), f"{SILENT}|{NOISE}"),
    Case("pings, and deaf", lambda: _deaf, "broke|ended|does not"),
    Case("tiny messages without end", lambda: without_end(welcome, frame(b"x") * 10_000), read=20_000),
    Case("NULs", lambda: socket_of(frame(b"\x00" * 100) * 3), read=3),
    Case("bytes that are no text", lambda: socket_of(frame(b"\xff\xfe") * 3), read=3),
)

STREAMS = (
    Case("packed", lambda: event_stream(b"x", head=b"Content-Encoding: gzip\r\n"), NONE),
    Case("no content", lambda: status(204), "does not let us listen"),
    Case("an end", lambda: event_stream(b"data: x\n", ends=True), "ended"),
    Case("broken chunks", lambda: raw(EVENTS[:-2] + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), NOISE),
    Case("less than promised", lambda: raw(EVENTS[:-2] + b"Content-Length: 99\r\n\r\ndata"), "no message|ended"),
    Case("a drip of one line", lambda: drip(EVENTS + b"data: ", 0.02), SILENT),
    Case("a line without end", lambda: without_end(_says(EVENTS), b"d" * 100_000), SILENT),
    Case("an event without end", lambda: without_end(_says(EVENTS), b"data: dddd\n" * 5_000)),
    Case("comments without end", lambda: without_end(_says(EVENTS), b":\n" * 50_000)),
    Case("too large, then one", lambda: event_stream(b"data: " + b"x" * 90_000 + b"\n\ndata: y\n\n"), read=1),
    Case("an id of control letters", lambda: event_stream(b"id: a\x01b\ndata: y\n\n"), read=1),
    Case("NULs", lambda: event_stream(b"data: \x00\x00\n\n" * 3), read=3),
    Case("events without end", lambda: without_end(_says(EVENTS), b"data: x\n\n" * 5_000), read=20_000),
)
TABLE: tuple[tuple[Protocol, Case], ...] = (
    *(("websocket", case) for case in (*EITHER, *SOCKETS)),
    *(("events", case) for case in (*EITHER, *STREAMS)),
)
