"""The door for connections that stay open: the same walls as `monitors.fetch`, for streams.

A socket comes from `guard.connect`, so it leads to no private machine; redirects are not followed, answers are taken
unpacked only, a message has a most size, silence has an end (`listening.py`, over the two protocols of `talks.py`).
Whoever listens gets a burst at least once a second, empty if need be, and `stop` ends everything within one.
"""

from __future__ import annotations

import queue
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import httpcore
import httpx
from websockets.exceptions import InvalidURI

from data.errors import BadInput, FetchError
from monitors.fetch import Answered
from monitors.guard import AddressRefused, Deadline, DeadlinePassed, connect, tls_context
from monitors.listening import SLICE, STOPPED, Line, Listening, StreamEnded, StreamLimits, StreamStopped, Talk
from monitors.manners import retry_after
from monitors.refusals import plainly
from monitors.sse import ServerEvent
from monitors.talks import Broken, EventsTalk, NotThisProtocol, NotWelcome, Over, WebSocketTalk

_SECURE = {"wss": True, "ws": False, "https": True, "http": False}

T = TypeVar("T")


class StreamDoor:
    """Opens streams, any number side by side. `now` is the database's clock."""

    def __init__(
        self,
        agent: str,
        now: Callable[[], datetime],
        *,
        allow_private: frozenset[str] = frozenset(),
        limits: StreamLimits | None = None,
    ) -> None:
        self.now = now
        self._agent = agent
        self._allowed = frozenset(name.strip().casefold() for name in allow_private)
        self._limits = limits or StreamLimits()
        self._stopping = threading.Event()

    @property
    def names_contact(self) -> bool:
        """Whether the operator can be reached by what we say of ourselves, as some sources require."""
        return re.search(r"\(\+[^\s)]+\)", self._agent) is not None

    def stop(self) -> None:
        """End every stream: whoever listens gets `StreamStopped`."""
        self._stopping.set()

    def websocket(self, url: str) -> Iterator[tuple[bytes, ...]]:
        """Bursts of messages, each as it came. It never ends by itself: raises `FetchError` or `StreamStopped`."""
        at = stream_address(url)
        try:
            talk = WebSocketTalk(at, self._agent, self._limits.message_bytes)
        except InvalidURI as error:
            raise BadInput("This is not the address of a stream: check it.", type(error).__name__) from error
        return self._bursts(at, talk)

    def events(self, url: str, last_id: str = "") -> Iterator[tuple[ServerEvent, ...]]:
        """The same for server-sent events, after the one called `last_id`."""
        at = stream_address(url)
        talk = EventsTalk(at, self._agent, last_id, self._limits.message_bytes)
        return self._bursts(at, talk)

    def _bursts(self, at: httpx.URL, talk: Talk[T]) -> Iterator[tuple[T, ...]]:
        with _in_words(at.host, self._limits.open_seconds, self.now):
            line = Line(self._open(at), self._stopping)
            try:
                yield from Listening(line, talk, self._limits, at.host).bursts()
            finally:
                line.close()

    def _open(self, at: httpx.URL) -> socket.socket:
        """Connect on a thread of its own, which is left behind when we stop: connecting cannot be called off."""
        answer: queue.Queue[socket.socket | Exception] = queue.Queue(1)
        given_up = threading.Event()
        deadline = Deadline(self._limits.open_seconds)
        secure = _SECURE[at.scheme]

        def attempt() -> None:
            try:
                opened = connect(
                    at.host,
                    at.port or (443 if secure else 80),
                    deadline,
                    allowed=self._allowed,
                    tls=tls_context() if secure else None,
                )
            except (AddressRefused, httpcore.TimeoutException, httpcore.NetworkError, OSError) as error:
                answer.put(error)  # for the thread that waits, which raises it
                return
            answer.put(opened)
            if given_up.is_set():
                opened.close()

        threading.Thread(target=attempt, name=f"connect {at.host}", daemon=True).start()
        try:
            return _waited_for(answer, self._stopping, deadline)
        except (StreamStopped, DeadlinePassed):
            given_up.set()
            if not answer.empty() and isinstance(late := answer.get(), socket.socket):
                late.close()
            raise


def _waited_for(
    answer: queue.Queue[socket.socket | Exception], stopping: threading.Event, deadline: Deadline
) -> socket.socket:
    while True:
        if stopping.is_set():
            raise StreamStopped(STOPPED)
        try:
            found = answer.get(timeout=deadline.left(SLICE))
        except queue.Empty:
            continue
        if isinstance(found, Exception):
            raise found
        return found


def stream_address(url: str) -> httpx.URL:
    """A complete ws, wss, http or https address. Raises `BadInput`."""
    try:
        at = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise BadInput("This is not an address: it must look like wss://example.org/stream.", repr(error)) from error
    if at.scheme not in _SECURE:
        raise BadInput("Only addresses that begin with wss://, ws://, https:// or http:// are listened to.", at.scheme)
    if not at.host or "%" in at.host:
        raise BadInput("This is not an address: its host cannot be one.", f"host {at.host!r}")
    return at


@contextmanager
def _in_words(host: str, seconds: float, now: Callable[[], datetime]) -> Iterator[None]:
    """Turn what can go wrong with a stream into a sentence; what can go wrong with any connection, `plainly` does."""
    try:
        with plainly(host, seconds):
            yield
    except NotWelcome as error:
        raise _refused(host, error.status, error.headers, now()) from error
    except NotThisProtocol as error:
        raise FetchError(f"{host} has no such stream at this address: check it.", str(error)) from error
    except Broken as error:
        raise StreamEnded(f"{host} sent what is no message: we connect again.", str(error), error.asked) from error
    except Over as error:
        raise StreamEnded(f"{host} ended the connection: we connect again.", str(error), error.asked) from error
    except OSError as error:
        raise StreamEnded(f"The connection to {host} broke: we connect again.", repr(error)) from error


def _refused(host: str, status: int, headers: Mapping[str, str], now: datetime) -> Answered:
    asked = retry_after(headers, now)
    if 300 <= status < 400:
        sentence = f"{host} sends us on to another address: put the new one into the settings."
    elif status == 410:
        sentence = f"{host} says that this stream is gone for good: switch the source off or give its new address."
    elif status == 429 or status >= 500:
        sentence = f"{host} cannot serve us now (status {status}): we try again later."
    else:
        sentence = f"{host} does not let us listen (status {status}): check the address."
    return Answered(sentence, f"HTTP {status}", status, asked)
