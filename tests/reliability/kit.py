"""What the reliability tests share: real processes that die or freeze where a test says, and a platform to post to.

Nothing here reaches into the product. A process is forked from the test, opens its own store on its own connection,
and is killed with SIGKILL at a commit or at a step of the request; the platform is a web server on the loopback that
writes down every request it was sent.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from data.storage.engine import open_store
from data.storage.store import Clock, Store, Tx
from publishing.channels import Channel, Outgoing, Published, Receipt
from publishing.trouble import Declined, Gone, Limited, NotBegun, Unsure
from tests.conftest import postgres_database

LONG = bool(os.environ.get("TACT_RELIABILITY"))
"""The long form, `make test-reliability`. Otherwise the same tests run briefly, with the suite."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def tell(words: str) -> None:
    """What a long run did, for whoever started it (pytest -s)."""
    if LONG:
        sys.stdout.write(f"\n    {words}")
        sys.stdout.flush()


def median_and_worst(figures: list[float]) -> str:
    """`median 12 ms, worst 40 ms` of seconds."""
    ordered = sorted(figures)
    return f"median {ordered[len(ordered) // 2] * 1000:.0f} ms, worst {ordered[-1] * 1000:.0f} ms"


class SharedClock:
    """A clock that a test moves by hand, read by forked processes as well."""

    def __init__(self, at: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self._microseconds = RawValue("q", 0)
        self.at = at

    @property
    def at(self) -> datetime:
        return _EPOCH + self._microseconds.value * _MICROSECOND

    @at.setter
    def at(self, moment: datetime) -> None:
        self._microseconds.value = (moment - _EPOCH) // _MICROSECOND

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


# --- databases -------------------------------------------------------------------------------------------------


@dataclass
class Template:
    """A database that a test prepared once, to be copied for each run. `kept`: what the preparation returned."""

    source: str
    folder: Path
    kept: Any
    copies: int = 0

    @contextmanager
    def copy(self) -> Iterator[str]:
        """The URL of a copy of its own, gone afterwards."""
        self.copies += 1
        if self.source.endswith(".db"):
            path = self.folder / f"copy-{self.copies}.db"
            shutil.copy(self.source, path)
            yield f"sqlite:///{path}"
            for left in self.folder.glob(f"copy-{self.copies}.db*"):
                left.unlink()
            return
        with postgres_database(self.source) as url:
            yield url


@contextmanager
def prepared(
    source: Path | str, folder: Path, clock: Clock, prepare: Callable[[Store], Any], kind: str
) -> Iterator[Template]:
    """A copy of the empty, migrated database `source`, with what `prepare` put into it."""
    with Template(str(source), folder, None).copy() as url:
        store = open_store(url, clock=clock, migrate=False)
        kept = prepare(store)
        store.close()
        if kind == "sqlite":
            path = folder / f"prepared-{time.monotonic_ns()}.db"
            shutil.copy(url.removeprefix("sqlite:///"), path)
            yield Template(str(path), folder, kept)
        else:
            yield Template(url.rsplit("/", 1)[1], folder, kept)


@contextmanager
def opened(url: str, clock: Clock) -> Iterator[Store]:
    """The database at `url`, closed however it ends: what a failed test leaves open fails the next one as well."""
    store = open_store(url, clock=clock, migrate=False)
    try:
        yield store
    finally:
        store.close()


# --- processes -------------------------------------------------------------------------------------------------


class Child:
    """A forked process that runs one function and ends."""

    def __init__(self, deed: Callable[[], object]) -> None:
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _run(deed)
        self.status: int | None = None

    def send(self, what: signal.Signals) -> None:
        os.kill(self.pid, what)

    def wait(self, seconds: float = 60) -> int:
        """Its exit status, or minus the signal that ended it."""
        until = time.monotonic() + seconds
        while self.status is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.status = os.waitstatus_to_exitcode(status)
                break
            if time.monotonic() > until:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                self.status = -int(signal.SIGKILL)
                raise AssertionError(f"process {self.pid} did not end within {seconds} s")
            time.sleep(0.002)
        return self.status

    def wait_until_frozen(self, seconds: float = 20) -> None:
        """Return once it has stopped itself with SIGSTOP."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            done, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if done and os.WIFSTOPPED(status):
                return
            assert not done, f"process {self.pid} ended instead of freezing"
            time.sleep(0.002)
        raise AssertionError(f"process {self.pid} never froze")


def _run(deed: Callable[[], object]) -> None:
    """In the child: do it, and leave without running anything of the test's own."""
    status = 0
    try:
        deed()
    except BaseException:  # noqa: BLE001 - the edge of a process: whatever it was, the parent reads the status
        traceback.print_exc()
        status = 1
    finally:
        sys.stderr.flush()
        os._exit(status)


def die() -> None:
    """As `kill -9` does it: nothing is flushed, closed or rolled back by us."""
    os.kill(os.getpid(), signal.SIGKILL)


def freeze() -> None:
    """Stand still until somebody sends SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


@dataclass(frozen=True)
class Point:
    """Where to strike: the `number`th commit of a process, just before it or just after."""

    number: int
    after: bool = False

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} commit {self.number}"


class StruckStore(Store):
    """A store whose process is struck at a commit. `names` lists the use case behind every write."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock | None,
        point: Point | None = None,
        strike: Callable[[], None] = die,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(engine, clock)
        self.point, self.strike, self.committed = point, strike, committed
        self.names: list[str] = []

    @contextmanager
    def write(self) -> Iterator[Tx]:
        self.names.append(sys._getframe(2).f_code.co_name)
        here = self.point if self.point and self.point.number == len(self.names) else None
        with super().write() as tx:
            yield tx
            if here is not None and not here.after:
                self.strike()
        self.committed()
        if here is not None and here.after:
            self.strike()


def struck(
    url: str,
    clock: Clock | None,
    point: Point | None = None,
    strike: Callable[[], None] = die,
    committed: Callable[[], None] = lambda: None,
) -> StruckStore:
    """Open the database at `url` for a process that may be struck."""
    opened = open_store(url, clock=clock, migrate=False)
    return StruckStore(opened.engine, clock, point, strike, committed)


# --- the platform ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Received:
    """A request as the platform saw it; `at` on the machine's monotonic clock, which all processes share."""

    key: str
    text: str
    at: float


class Platform:
    """A platform on the loopback. `keyed`: it takes the same key twice for the same post.

    `faults` are what its next answers are instead of a receipt: `504` and `cut` after it has written the post, `429`
    and `422` without. `forgets_after`: how long it knows a key, by `clock`.
    """

    def __init__(self, keyed: bool = True, clock: Clock | None = None, forgets_after: timedelta | None = None) -> None:
        self.keyed, self.clock, self.forgets_after = keyed, clock, forgets_after
        self.faults: list[str] = []
        self.doubtful = 0  # requests that did not end in a definite no
        self.requests: list[Received] = []
        self.posts: list[str] = []
        self.erased: list[str] = []  # the keys that it was asked to take down, each time that it was
        self._keys: dict[str, datetime | None] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Platform:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, key: str, text: str) -> str:
        """One request; the fault that it meets, empty where it gets its receipt."""
        with self._lock:
            self.requests.append(Received(key, text, time.monotonic()))
            fault = self.faults.pop(0) if self.faults else ""
            if fault in ("429", "422"):
                return fault
            self.doubtful += 1
            if not (self.keyed and self._knows(key)):
                self.posts.append(text)
                self._keys[key] = self.clock() if self.clock is not None else None
            return fault

    def has(self, key: str) -> bool:
        """Whether a post with this key is out, however long ago."""
        with self._lock:
            return key in self._keys

    def _knows(self, key: str) -> bool:
        if key not in self._keys:
            return False
        since = self._keys[key]
        if self.clock is None or self.forgets_after is None or since is None:
            return True
        return self.clock() - since < self.forgets_after

    def erase(self, key: str) -> bool:
        """One deletion; whether there was still something to delete."""
        with self._lock:
            first = key not in self.erased
            self.erased.append(key)
            return first

    def forget(self) -> None:
        """As on the first day."""
        with self._lock:
            self.requests, self.posts, self.erased, self._keys = [], [], [], {}
            self.faults, self.doubtful = [], 0


def _handler(platform: Platform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fault = platform.take(self.headers["Idempotency-Key"], body["text"])
            if fault == "cut":
                self.close_connection = True
                self.connection.close()
            else:
                self._answer(int(fault or 201))

        def do_GET(self) -> None:
            self._answer(200 if platform.has(self.path.rpartition("/")[2]) else 404)

        def do_DELETE(self) -> None:
            self._answer(204 if platform.erase(self.path.rpartition("/")[2]) else 404)

        def _answer(self, status: int) -> None:
            try:
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", "3")
                self.end_headers()
            except (BrokenPipeError, ConnectionResetError):
                return  # whoever asked is dead, which is what these tests are about

        def log_message(self, *_: object) -> None:
            return None

    return Handler


class Line(Channel):
    """The channel to that platform. `at` hears each step: before_request, request_sent, answered.

    `looks_up`: it can ask whether a post is out. `unreachable`: so many requests find nobody at the other end.
    """

    name, label, by_hand = "dry_run", "A platform on the loopback", False

    def __init__(
        self,
        port: int,
        idempotent: bool = True,
        at: Callable[[str], None] = lambda _: None,
        *,
        repeatable_for: timedelta | None = None,
        looks_up: bool = False,
        unreachable: int = 0,
    ) -> None:
        self.port, self.idempotent, self.at = port, idempotent, at
        self.repeatable_for, self.looks_up, self.unreachable = repeatable_for, looks_up, unreachable

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Send one post. An error of publishing.trouble when the platform gives no receipt."""
        body = json.dumps({"text": outgoing.text})
        self._ask("POST", "/posts", body, {"Idempotency-Key": outgoing.key})
        return self._receipt(outgoing)

    def look_up(self, outgoing: Outgoing) -> Receipt | None:
        """Whether it is out there."""
        try:
            self._ask("GET", f"/{outgoing.key}", None, {})
        except Gone:
            return None
        return self._receipt(outgoing)

    def _receipt(self, outgoing: Outgoing) -> Receipt:
        return Receipt(f"http://127.0.0.1:{self.port}/{outgoing.key}", {"text": outgoing.text})

    def delete(self, published: Published) -> None:
        """Take one post down. What is gone already (404) is no error, as the contract says."""
        with contextlib.suppress(Gone):
            self._ask("DELETE", f"/{published.key}", None, {})

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> None:
        self.at("before_request")
        port, self.unreachable = (NOBODY if self.unreachable else self.port), max(self.unreachable - 1, 0)
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            line.request(method, path, body, headers)
            self.at("request_sent")
            answer = line.getresponse()
            answer.read()
        except ConnectionRefusedError as error:
            raise NotBegun("The platform cannot be reached.", cause=str(error)) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unsure("The platform did not answer.", cause=str(error)) from error
        finally:
            line.close()
        self.at("answered")
        _check(answer.status, answer.headers.get("Retry-After"))


NOBODY = 1  # no platform listens at this port


def _check(status: int, patience: str | None) -> None:
    if status == 429:
        raise Limited("The platform asks for patience.", after=timedelta(seconds=int(patience or 0)))
    if status == 404:
        raise Gone("The platform has nothing there.")
    if status == 422:
        raise Declined("The platform refused it.")
    if status >= 500:
        raise Unsure(f"The platform has trouble of its own (status {status}).")


STEPS = ("before_request", "request_sent", "answered")
