"""A Mastodon server on the loopback address, for the sample day and for tests of what can go wrong on the way there.

It answers as docs.joinmastodon.org says and as its known bugs behave (`mastodon_wall`); figures and replies come from
`mastodon_story`, the same on every day. A test may order faults (`order`), move its clock (an hour later it has
forgotten its keys), set it wrong (`skew`) or limit it. A presenter gives a post another fate with
`curl -X POST http://127.0.0.1:8901/story/<status id>/turning`; its posts can be looked at in a browser.
"""

from __future__ import annotations

import logging
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal
from urllib.parse import urlsplit

from data.errors import BadInput
from data.sample_day.mastodon_api import Server, answer
from data.sample_day.mastodon_limits import Limits, refusal, told
from data.sample_day.mastodon_story import load_talk
from data.sample_day.mastodon_wall import Person, Status, Wall
from data.sample_day.mastodon_wire import Answer, Asked

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
POSTING = "POST /api/v1/statuses"
# What a test can order. After the request has done its work:
#   gateway_timeout 504 · cut: the connection ends · slow: answers after `seconds` · nonsense: 200 that says nothing
# Instead of its work:
#   cut_before: the connection ends · limited: 429, again after `seconds` · down: 503
#   repeat_fails: 500 where a key is repeated, as some versions did (mastodon#40399)
FaultKind = Literal["gateway_timeout", "cut", "slow", "nonsense", "cut_before", "limited", "down", "repeat_fails"]
_DO_NOTHING = ("limited", "down", "cut_before", "repeat_fails")


@dataclass(frozen=True)
class Fault:
    """One disturbance of the next requests that begin with `on`, a method and a path."""

    kind: FaultKind
    on: str
    times: int
    seconds: float


class MastodonServer:
    """Serves on a loopback port; `port` 0 takes a free one. A context manager, or `start()` and `stop()`.

    `clock` returns aware UTC. The first account's `token` is made at random unless given; `add_account` makes more.
    `others` knows the words of posts elsewhere by their address. Raises OSError where the port is taken.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        port: int = 0,
        username: str = "ottermoor",
        display_name: str = "Ottermoor",
        token: str | None = None,
        others: Callable[[str], str | None] = lambda address: None,
    ) -> None:
        self.clock = clock
        self.wall = Wall(load_talk(), others)
        self.wall.upcoming.extend(self.wall.talk.order)
        self.limits = Limits()
        self.skew = timedelta(0)
        self.tokens: dict[str, Person] = {}
        # What was asked, in order: method, path, and the Idempotency-Key.
        self.requests: list[tuple[str, str, str]] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._http = _Quiet((HOST, port), _handler_for(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name="mastodon", daemon=True)
        self.address = f"http://{HOST}:{self._http.server_address[1]}"
        self.host = self.address.removeprefix("http://")
        self.token = self.add_account(username, display_name, token)

    def add_account(self, username: str, display_name: str = "", token: str | None = None) -> str:
        """A further account; the token that signs it in."""
        token = token or secrets.token_urlsafe(24)
        number = str(100_000 + len(self.tokens))
        self.tokens[token] = Person(
            number, username, display_name or username.capitalize(), self.clock(), self.wall.talk.followers
        )
        return token

    def start(self) -> MastodonServer:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and give the port back."""
        self._stopped.set()
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()

    def __enter__(self) -> MastodonServer:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()

    # --- what a test or a presenter asks for -----------------------------------------------------------------------

    @property
    def statuses(self) -> list[Status]:
        """What the accounts with a token have posted and not deleted, oldest first."""
        with self._lock:
            return [one for one in self.wall.statuses.values() if one.number is not None]

    def order(self, kind: FaultKind, *, on: str = POSTING, times: int = 1, seconds: float = 1.0) -> None:
        """Disturb the next `times` requests that begin with `on`."""
        with self._lock:
            self._faults.append(Fault(kind, on, times, seconds))

    def drop_orders(self) -> None:
        """Disturb nothing from now on."""
        with self._lock:
            self._faults.clear()

    def forget_keys(self) -> None:
        """As after an hour: a repeated key posts again."""
        with self._lock:
            self.wall.keys.clear()

    def expect(self, *fates: str) -> None:
        """The next posts fare so, before what was expected until now."""
        with self._lock:
            self.wall.upcoming.extendleft(reversed(fates))

    def give_fate(self, status_id: str, fate: str) -> None:
        """From now on this status fares as `fate` says. BadInput where either is unknown."""
        with self._lock:
            found = self.wall.statuses.get(status_id)
            if found is None or fate not in self.wall.talk.fates:
                raise BadInput(f"There is no status {status_id}, or no fate called {fate}.")
            self.wall.statuses[status_id] = replace(found, fate=fate)

    # --- one request -----------------------------------------------------------------------------------------------

    def handle(self, asked: Asked) -> Answer | None:
        """The answer; None: cut the connection."""
        now = self.clock()
        with self._lock:
            self.requests.append((asked.method, asked.path, asked.header("Idempotency-Key")))
            fault = self._due_fault(asked)
            if fault is not None and fault.kind in _DO_NOTHING:
                return self._undone(fault, now)
            reply = answer(Server(self.wall, self.tokens, self.address, self.skew, now, self.limits), asked)
        if fault is not None and fault.kind == "slow":
            self._stopped.wait(fault.seconds)
        if fault is not None and fault.kind == "cut":
            return None
        if fault is not None and fault.kind == "gateway_timeout":
            return _trouble(HTTPStatus.GATEWAY_TIMEOUT)
        if fault is not None and fault.kind == "nonsense":
            return Answer.json([None])
        return reply

    def _due_fault(self, asked: Asked) -> Fault | None:
        said = f"{asked.method} {asked.path}"
        for place, fault in enumerate(self._faults):
            if said.startswith(fault.on) and self._applies(fault, asked):
                left = [] if fault.times <= 1 else [replace(fault, times=fault.times - 1)]
                self._faults[place : place + 1] = left
                return fault
        return None

    def _applies(self, fault: Fault, asked: Asked) -> bool:
        """`repeat_fails` waits for a key that was seen before."""
        key = asked.header("Idempotency-Key")
        return fault.kind != "repeat_fails" or any(kept == key for _, kept in self.wall.keys)

    def _undone(self, fault: Fault, now: datetime) -> Answer | None:
        """The answer to a request that does nothing."""
        if fault.kind == "limited":
            return refusal(told(300, 0, now + self.skew + timedelta(seconds=fault.seconds)))
        if fault.kind == "cut_before":
            return None
        failed = fault.kind == "repeat_fails"
        return _trouble(HTTPStatus.INTERNAL_SERVER_ERROR if failed else HTTPStatus.SERVICE_UNAVAILABLE)

    def tell(self, target: str) -> Answer:
        """A presenter's word: /story/<status id>/<fate>."""
        parts = urlsplit(target).path.strip("/").split("/")
        try:
            if len(parts) != 3:
                raise BadInput("Ask for /story/<status id>/<fate>.")
            self.give_fate(parts[1], parts[2])
        except BadInput as error:
            return Answer.json({"error": error.message}, HTTPStatus.NOT_FOUND)
        return Answer.json({"id": parts[1], "fate": parts[2]})


def _trouble(status: HTTPStatus) -> Answer:
    """What a proxy before the server says, in HTML as they do."""
    return Answer(status, f"<html><h1>{status.value} {status.phrase}</h1></html>".encode(), "text/html")


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Somebody who hangs up is no news; the library would write a traceback to the terminal."""
        log.debug("a connection from %s broke off", client_address, exc_info=True)


def _handler_for(server: MastodonServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One request. Everything that is not HTTP is the server's."""

        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            self._answer()

        do_POST = do_PUT = do_DELETE = do_GET

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(server.clock() + server.skew, usegmt=True)

        def log_message(self, format: str, *args: object) -> None:
            log.debug(format, *args)

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            if self.command == "POST" and self.path.startswith("/story/"):
                self._send(server.tell(self.path))
                return
            headers: Mapping[str, str] = {name.casefold(): value for name, value in self.headers.items()}
            reply = server.handle(Asked(self.command, self.path, headers, body))
            if reply is None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._send(reply)

        def _send(self, reply: Answer) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

    return Handler
