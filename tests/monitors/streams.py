"""Streams on the loopback: a small Jetstream, and answers that speak WebSocket or server-sent events byte by byte."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import struct
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from monitors.listening import StreamLimits

from .conftest import Answer

AGENT = "Tact/test (+ops@example.org)"
QUICK = StreamLimits(
    open_seconds=0.6,
    silence_seconds=0.6,
    message_bytes=50_000,
    burst_seconds=0.05,
    bytes_second=50_000_000,
    frames_second=200_000,
)
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def micros(at: datetime) -> int:
    """An instant as Jetstream writes it."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def post_event(key: object, at: datetime, text: str = "Larkfield tea", **record: object) -> dict[str, object]:
    """A new post, as Jetstream tells of it."""
    written = {"$type": "app.bsky.feed.post", "text": text, "createdAt": at.isoformat(), "langs": ["en"], **record}
    commit = {"rev": "3l3qo2vutsw2b", "operation": "create", "collection": "app.bsky.feed.post", "rkey": f"k{key}"}
    told = {"did": "did:plc:eygmaihciaxprqvxpfvl6flk", "time_us": micros(at), "kind": "commit"}
    return {**told, "commit": {**commit, "record": written, "cid": "bafyreidc6sydkkbchcyg62v77wbhzvb2mvytlmsychqgwf2"}}


class Jetstream:
    """Keeps what it is given, and plays it from the cursor that each listener names; then what comes."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.agents: list[str] = []
        self.refusing = False
        self._kept: list[tuple[int, str]] = []
        self._listeners: list[ServerConnection] = []
        self._news = threading.Condition()
        self._server = serve(self._play, "127.0.0.1", 0, compression=None, close_timeout=0.1, ssl=tls)
        self.place = f"127.0.0.1:{self._server.socket.getsockname()[1]}"
        self.url = f"ws://{self.place}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def give(self, events: Iterable[dict[str, object]]) -> None:
        with self._news:
            self._kept += [(int(str(event["time_us"])), json.dumps(event)) for event in events]
            self._news.notify_all()

    def hang_up(self) -> None:
        """End every connection without a word of farewell."""
        for listener in self._listeners:
            listener.close_socket()

    def close(self) -> None:
        self._server.shutdown()
        with self._news:
            self._news.notify_all()

    def _play(self, listener: ServerConnection) -> None:
        assert listener.request is not None
        asked = parse_qs(urlsplit(listener.request.path).query)
        self.asked.append(asked)
        self.agents.append(listener.request.headers.get("User-Agent", ""))
        if self.refusing:
            return
        self._listeners.append(listener)
        cursor = int(asked.get("cursor", ["0"])[0])
        sent = 0
        try:
            while True:
                with self._news:
                    if sent == len(self._kept):
                        self._news.wait(0.05)
                    fresh, sent = self._kept[sent:], len(self._kept)
                for at, message in fresh:
                    if at >= cursor:
                        listener.send(message)
                if not fresh:
                    listener.ping()
        except (ConnectionClosed, OSError):
            return


def welcome(request: BaseHTTPRequestHandler, extra: bytes = b"") -> None:
    """Say yes to a WebSocket."""
    key = request.headers.get("Sec-WebSocket-Key", "").encode()
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    request.wfile.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         b"Sec-WebSocket-Accept: " + accept + b"\r\n" + extra + b"\r\n"
    )  # fmt: skip


def frame(payload: bytes, opcode: int = TEXT, fin: bool = True, flags: int = 0, says: int | None = None) -> bytes:
    """A server's frame. `says`: the length it claims."""
    size = len(payload) if says is None else says
    head = bytes([(0x80 if fin else 0) | flags | opcode])
    if size < 126:
        return head + bytes([size]) + payload
    return head + (struct.pack("!BH", 126, size) if size < 65_536 else struct.pack("!BQ", 127, size)) + payload


def socket_of(*parts: bytes, extra: bytes = b"") -> Answer:
    """A WebSocket that sends these bytes and then waits for us to go."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        welcome(request, extra)
        request.wfile.write(b"".join(parts))  # together, so that they come in one burst
        _wait_for_end(request)

    return answer


def event_stream(*parts: bytes, ends: bool = False, head: bytes = b"") -> Answer:
    """Server-sent events, just as they are written here."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + head + b"\r\n")
        request.wfile.write(b"".join(parts))
        if not ends:
            _wait_for_end(request)

    return answer


def _wait_for_end(request: BaseHTTPRequestHandler) -> None:
    request.wfile.flush()
    request.connection.settimeout(10)
    try:
        while request.connection.recv(4_096):
            pass
    except OSError:
        return


def either(*messages: bytes) -> Answer:
    """The same messages in whichever of the two protocols is asked for."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            socket_of(*[frame(message) for message in messages])(request)
        else:
            lines = [b"".join(b"data: %b\n" % line for line in message.split(b"\n")) for message in messages]
            event_stream(*[line + b"\n" for line in lines])(request)

    return answer
