"""The two protocols of a stream, without their connection: bytes go in, messages and bytes to send come out.

Beneath `streaming.py`, which owns the socket, the clock and the walls. WebSocket is `websockets`' protocol without
input and output, server-sent events are h11's; what is ours are the limits: no extension is offered, so nothing comes
packed; a message has a most size and a most number of pieces; an event stream that says it is packed is refused.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_to_bytes

import h11
import httpx
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from monitors.sse import EventReader, ServerEvent

MOST_PIECES = 1_000
MOST_HEADERS = 32_768
MOST_RETRY = timedelta(hours=1)
_MESSAGES = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class NotWelcome(Exception):
    """The server answered with a status that is not the beginning of a stream. Header names are in lower case."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.headers = headers


class NotThisProtocol(Exception):
    """What answers does not speak the protocol."""


class Over(Exception):
    """The stream has ended. `last` came before its end; `asked` is how long to stay away."""

    def __init__(self, why: str, last: Sequence[Any] = (), asked: timedelta | None = None) -> None:
        super().__init__(why)
        self.last = list(last)
        self.asked = asked


class Broken(Over):
    """The stream has ended because what came breaks its rules."""


class WebSocketTalk:
    """The client's side of one WebSocket."""

    def __init__(self, at: httpx.URL, agent: str, most_bytes: int) -> None:
        scheme = {"https": "wss", "http": "ws"}.get(at.scheme, at.scheme)
        bare = at.copy_with(scheme=scheme, userinfo=b"", fragment=None)
        self._protocol = ClientProtocol(parse_uri(str(bare)), max_size=most_bytes)
        request = self._protocol.connect()
        request.headers["User-Agent"] = agent
        if at.userinfo:
            request.headers["Authorization"] = _basic(at).decode("ascii")
        self._protocol.send_request(request)
        self._pieces: list[bytes] = []
        self._signs = 0

    @property
    def opened(self) -> bool:
        """Whether the server has said yes."""
        return self._protocol.state is State.OPEN

    def outgoing(self) -> bytes:
        """What is to be sent now: our request, answers to pings."""
        return b"".join(self._protocol.data_to_send())

    def signs(self) -> int:
        """Messages, pings and pongs that came complete."""
        return self._signs

    def nudge(self) -> None:
        """Ask for a pong."""
        self._protocol.send_ping(b"tact")

    def take(self, data: bytes) -> list[bytes]:
        """The messages that `data` completes."""
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        found: list[bytes] = []
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._assemble(event, found)
        self._check(found)
        return found

    def _assemble(self, frame: Frame, found: list[bytes]) -> None:
        if frame.opcode in _MESSAGES:
            if frame.fin and not self._pieces:
                found.append(bytes(frame.data))
            else:
                self._pieces.append(bytes(frame.data))
                if len(self._pieces) > MOST_PIECES:
                    raise Broken("a message in too many pieces", found)
            if not frame.fin:
                return
            if self._pieces:
                found.append(b"".join(self._pieces))
                self._pieces.clear()
        self._signs += 1

    def _check(self, found: list[bytes]) -> None:
        fault = self._protocol.handshake_exc
        if isinstance(fault, InvalidStatus):
            headers = {name.lower(): value for name, value in fault.response.headers.raw_items()}
            raise NotWelcome(fault.response.status_code, headers)
        if fault is not None:
            raise NotThisProtocol(repr(fault)) from fault
        if self._protocol.parser_exc is not None and not isinstance(self._protocol.parser_exc, EOFError):
            raise Broken(repr(self._protocol.parser_exc), found)
        if self._protocol.state not in (State.CONNECTING, State.OPEN):
            raise Over(f"closed: {self._protocol.close_rcvd!r}", found)


class EventsTalk:
    """The reader's side of one stream of server-sent events."""

    def __init__(self, at: httpx.URL, agent: str, last_id: str, most_bytes: int) -> None:
        self.opened = False
        self._reader = EventReader(last_id, most_bytes)
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEADERS)
        request = h11.Request(method="GET", target=at.raw_path, headers=_headers(at, agent, last_id))
        self._outgoing = (self._http.send(request) or b"") + (self._http.send(h11.EndOfMessage()) or b"")

    def outgoing(self) -> bytes:
        """Our request, once."""
        data, self._outgoing = self._outgoing, b""
        return data

    def signs(self) -> int:
        """Lines that came complete, comments among them."""
        return self._reader.lines

    def nudge(self) -> None:
        """There is no way to ask."""

    def take(self, data: bytes) -> list[ServerEvent]:
        """The events that `data` completes."""
        found: list[ServerEvent] = []
        self._http.receive_data(data)
        while (event := self._next(found)) is not h11.NEED_DATA:
            if isinstance(event, h11.Response):
                self._check(event)
                self.opened = True
            elif isinstance(event, h11.Data):
                found += self._reader.feed(bytes(event.data))
            elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)) or event is h11.PAUSED:
                raise Over("the answer has ended", found, self._retry())
        return found

    def _next(self, found: list[ServerEvent]) -> object:
        try:
            return self._http.next_event()
        except h11.RemoteProtocolError as error:
            if not self.opened:
                raise NotThisProtocol(str(error)) from error
            raise Broken(str(error), found, self._retry()) from error

    def _retry(self) -> timedelta | None:
        asked = self._reader.retry_ms
        return None if asked is None else min(timedelta(milliseconds=asked), MOST_RETRY)

    @staticmethod
    def _check(reply: h11.Response) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reply.headers}
        if reply.status_code != 200:
            raise NotWelcome(reply.status_code, headers)
        if headers.get("content-encoding", "identity").strip().casefold() not in ("", "identity"):
            raise NotThisProtocol(f"packed: {headers['content-encoding']!a}")
        if headers.get("content-type", "").split(";")[0].strip().casefold() != "text/event-stream":
            raise NotThisProtocol(f"no event stream: {headers.get('content-type', '')!a}")


def _headers(at: httpx.URL, agent: str, last_id: str) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"Host", at.netloc),
        (b"User-Agent", agent.encode("latin-1", "replace")),
        (b"Accept", b"text/event-stream"),
        (b"Accept-Encoding", b"identity"),
        (b"Cache-Control", b"no-cache"),
    ]
    if at.userinfo:
        headers.append((b"Authorization", _basic(at)))
    if last_id.strip():
        headers.append((b"Last-Event-ID", last_id.strip().encode()))
    return headers


def _basic(at: httpx.URL) -> bytes:
    return b"Basic " + base64.b64encode(unquote_to_bytes(at.userinfo))
