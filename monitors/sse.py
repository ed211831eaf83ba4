"""Reading server-sent events out of bytes, however they are cut: pure, no socket, no clock.

Apart from `streaming.py` because this is a format and that is a door. It keeps to the standard's reading of the
format (https://html.spec.whatwg.org/multipage/server-sent-events.html), with one rule of our own: what is longer
than the cap is passed over instead of ending the stream, since a stream that ends is resumed just before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")  # the standard names NUL alone; the others could not travel back either
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_ID = 8_000  # it travels back in a header (ours)


@dataclass(frozen=True)
class ServerEvent:
    """One event. `id` is what the server wants to hear when we come back."""

    name: str
    data: str
    id: str


class EventReader:
    """Turns chunks of bytes into events. `lines` counts what was complete, a comment included: a sign of life."""

    def __init__(self, last_id: str = "", most_bytes: int = 1_000_000) -> None:
        self.last_id = last_id
        self.retry_ms: int | None = None
        self.lines = 0
        self.passed_over = 0
        self._most = most_bytes
        self._rest = bytearray()
        self._too_long = False  # the line that is coming in
        self._skip_feed = False
        self._began = False
        self._name = ""
        self._data: list[bytes] = []
        self._size = 0
        self._passing = False  # the event that is coming in is past the cap

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that `chunk` completes."""
        return [event for line in self._lines_of(chunk) if (event := self._heed(line)) is not None]

    def _lines_of(self, chunk: bytes) -> Iterator[bytes]:
        """Complete lines. A line past the cap is dropped as it comes, so that memory stays flat."""
        if self._skip_feed and chunk:  # the second half of a line end that was cut in two
            self._skip_feed = False
            chunk = chunk.removeprefix(b"\n")
        self._skip_feed = self._skip_feed or chunk.endswith(b"\r")
        first, *others = _LINE_END.split(chunk)
        self._keep(first)
        for piece in others:
            yield self._finished()
            self._keep(piece)

    def _keep(self, piece: bytes) -> None:
        if self._too_long or len(self._rest) + len(piece) > self._most:
            self._too_long = True
            self._rest.clear()
        else:
            self._rest += piece

    def _finished(self) -> bytes:
        line = bytes(self._rest)
        if self._too_long:
            self._passing, line = True, b":"
        self._rest.clear()
        self._too_long = False
        self.lines += 1
        if not self._began:
            self._began = True
            line = line.removeprefix(_BYTE_ORDER_MARK)
        return line

    def _heed(self, line: bytes) -> ServerEvent | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._add(value)
        elif field == b"event":
            self._name = value[:200].decode("utf-8", "replace")
        elif field == b"id" and len(value) <= LONGEST_ID and not _CONTROL.search(value):
            self.last_id = value.decode("utf-8", "replace")
        elif field == b"retry" and value.isdigit():
            self.retry_ms = int(value[:12])
        return None

    def _add(self, value: bytes) -> None:
        self._size += len(value) + 1
        if self._size > self._most:
            self._passing = True
            self._data.clear()
        if not self._passing:
            self._data.append(value)

    def _dispatch(self) -> ServerEvent | None:
        name, data, passing = self._name, self._data, self._passing
        self._name, self._data, self._size, self._passing = "", [], 0, False
        if passing:
            self.passed_over += 1
            return None
        if not data:
            return None
        return ServerEvent(name or "message", b"\n".join(data).decode("utf-8", "replace"), self.last_id)
