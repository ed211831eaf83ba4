"""Listening on one open connection: bursts of messages, signs of life, and an end within a second of being told.

Between `streaming.py`, which decides where we may connect, and `talks.py`, which knows the protocols and no clock.
It reads in short waits on one thread, so that nothing has to be woken, joined or interrupted.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from data.errors import FetchError, TactError
from monitors.guard import Deadline
from monitors.talks import Over

READ_BYTES = 65_536
STOPPED = "Not connected: the worker was stopped."
LEAST_REST = 0.02  # seconds; what is owed in smaller parts is paid together
SLICE = 0.2  # how long we wait before we look whether to stop

T = TypeVar("T")


class StreamEnded(FetchError):
    """The connection is over. `retry_after` is what the server asked for, if anything."""

    def __init__(self, message: str, cause: str = "", asked: timedelta | None = None) -> None:
        super().__init__(message, cause)
        self.retry_after = asked


class StreamStopped(TactError):
    """We were told to stop: no fault of the stream."""


@dataclass(frozen=True)
class StreamLimits:
    """What a stream may cost (ours): seconds to open it, seconds of silence, bytes of a message, size of a burst.

    Faster than so many bytes or so many frames a second it is not read, or one noisy stream would take the processor
    from all others; the server then waits, as with any slow line. The busiest that we know brings some hundred frames.
    """

    open_seconds: float = 10.0
    silence_seconds: float = 60.0
    message_bytes: int = 1_000_000
    burst_messages: int = 500
    burst_seconds: float = 1.0
    bytes_second: int = 2_000_000
    frames_second: int = 5_000


class Talk(Protocol[T]):
    """One protocol over one connection, without the connection."""

    @property
    def opened(self) -> bool:
        """Whether the other side has said yes."""
        ...

    def outgoing(self) -> bytes:
        """What is to be sent now."""
        ...

    def take(self, data: bytes) -> list[T]:
        """The messages that `data` completes. Raises `Over`, `NotWelcome`, `NotThisProtocol`."""
        ...

    def signs(self) -> int:
        """How much that was complete has come so far: it grows as long as the other side lives."""
        ...

    def nudge(self) -> None:
        """Ask the other side whether it is still there, if the protocol can."""
        ...


class Line:
    """A connected socket that is read in short waits."""

    def __init__(self, sock: socket.socket, stopping: threading.Event) -> None:
        self._sock = sock
        self._stopping = stopping

    def receive(self, wait: float) -> bytes | None:
        """What has come; None when nothing has, and b"" when nothing more will. Raises `StreamStopped`."""
        if self._stopping.is_set():
            raise StreamStopped(STOPPED)
        try:
            self._sock.settimeout(max(min(wait, SLICE), 0.001))
            return self._sock.recv(READ_BYTES)
        except TimeoutError:
            return None

    def send(self, data: bytes) -> None:
        """Send little, or give up: whoever does not take a few bytes in time does not listen to us."""
        if data:
            self._sock.settimeout(2 * SLICE)
            self._sock.sendall(data)

    def rest(self, seconds: float) -> None:
        """Read nothing for a while. Raises `StreamStopped`."""
        if self._stopping.wait(seconds):
            raise StreamStopped(STOPPED)

    def close(self) -> None:
        self._sock.close()


class Listening(Generic[T]):
    """One connection being listened to."""

    def __init__(self, line: Line, talk: Talk[T], limits: StreamLimits, host: str) -> None:
        self._line = line
        self._talk = talk
        self._limits = limits
        self._host = host
        self._opening = Deadline(limits.open_seconds)
        self._alive_at = time.monotonic()
        self._signs = 0
        self._paid_at = 0.0  # when the time that was taken has been paid for by resting
        self._nudged = False
        self._over: Over | None = None

    def bursts(self) -> Iterator[tuple[T, ...]]:
        """The first burst comes as soon as the other side has said yes, and may be empty."""
        waiting = self._greet()
        while True:
            yield tuple(waiting)
            if self._over is not None:
                raise self._over
            waiting = self._gather()

    def _greet(self) -> list[T]:
        self._line.send(self._talk.outgoing())
        early: list[T] = []
        while not self._talk.opened and self._over is None:
            early += self._hear(self._opening.left(SLICE))
        self._alive_at = time.monotonic()
        return early

    def _gather(self) -> list[T]:
        burst: list[T] = []
        ends = time.monotonic() + self._limits.burst_seconds
        while len(burst) < self._limits.burst_messages and self._over is None:
            left = ends - time.monotonic()
            if left <= 0:
                break
            if self._rested(left):
                continue
            burst += self._hear(left)
            self._check_life()
        return burst

    def _rested(self, most: float) -> bool:
        """Rest for what was read too fast, a part of it at a time."""
        owed = min(self._paid_at - time.monotonic(), most)
        if owed < LEAST_REST:
            return False
        self._line.rest(owed)
        return True

    def _charge(self, size: int, frames: int) -> None:
        """Remember what one read costs; never so much that our rest would pass for the other side's silence."""
        seconds = max(size / self._limits.bytes_second, frames / self._limits.frames_second)
        now = time.monotonic()
        self._paid_at = min(max(self._paid_at, now) + seconds, now + self._limits.silence_seconds / 4)

    def _hear(self, wait: float) -> list[T]:
        """One read. What came before an end is still handed on: the end is kept until it has been."""
        data = self._line.receive(wait)
        if data is None:
            return []
        signs = self._talk.signs()
        try:
            found = self._talk.take(data)
        except Over as over:
            self._over = over
            found = over.last
        self._charge(len(data), self._talk.signs() - signs)
        try:
            self._line.send(self._talk.outgoing())
        except OSError as error:
            self._over = self._over or Over(f"it does not take what we send: {error!r}")
        return found

    def _check_life(self) -> None:
        """Something complete within the time of silence, or the connection is given up; halfway we ask."""
        now = time.monotonic()
        if self._talk.signs() != self._signs:
            self._signs, self._alive_at, self._nudged = self._talk.signs(), now, False
        elif now - self._alive_at > self._limits.silence_seconds:
            raise StreamEnded(f"{self._host} has gone silent: we connect again.", "no complete message in time")
        elif now - self._alive_at > self._limits.silence_seconds / 2 and not self._nudged:
            self._nudged = True
            self._talk.nudge()
            self._line.send(self._talk.outgoing())
