"""R4: when "pause" returns, no post begins to leave any more, and those that had begun are named.

Four publishers work through a full schedule while somebody pauses after a delay that is swept. The platform and the
one who pauses read the same monotonic clock. Then the hard cases: a publisher that stands still (SIGSTOP) in the
middle of its claim, before its request or behind it, and is woken after the pause; and a pause while the database
server is being restarted.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import update

from data.errors import StorageError
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import brands
from publishing import outbox as outboxes
from publishing.outbox import Outbox
from scoring.contract import Scope
from tests.factory import Team, scheduled_draft, state_of, team_in
from tests.processes import free_port, wait_for
from tests.reliability.conftest import Prepare
from tests.reliability.kit import (
    LONG,
    Child,
    Line,
    Platform,
    Point,
    SharedClock,
    Template,
    freeze,
    median_and_worst,
    struck,
    tell,
)
from workflow import draft, hold

pytestmark = [pytest.mark.long, pytest.mark.timeout(3000 if LONG else 120)]

PUBLISHERS = 4
POSTS = 12 if LONG else 4
# Delays between the publishers' start and the pause, in milliseconds: the first ones hit their first claims.
SWEEP = range(0, 400, 2) if LONG else (10, 60)
# How long the publishers go on after the pause, in seconds.
AFTERWARDS = 0.3 if LONG else 0.15
# The promise, where the machine is ours alone; the short form runs beside other tests.
GATE_CLOSES_WITHIN = 1.0 if LONG else 10.0


def a_full_schedule(store: Store) -> tuple[Team, dict[str, int]]:
    """Posts that are all due now; the drafts by their words."""
    team = team_in(store)
    with store.write() as tx:
        settings = {"send_delay_seconds": 0, "frequency_cap": 1000}
        tx.run(update(brands).values(settings=settings))
    texts = [f"{word} with tea, number {n}." for n, word in enumerate(_DIFFERENT[:POSTS])]
    return team, {text: scheduled_draft(team, draft.Writing(text, reactive=False)) for text in texts}


_DIFFERENT = (
    "Rain",
    "Stones",
    "Copper",
    "Two cats",
    "Old maps",
    "A train",
    "Bread",
    "Wool",
    "Chess",
    "Moss",
    "Ink",
    "Oak",
)


@dataclass
class Pause:
    """One pause: when the gate was closed, when the call returned (monotonic), and whom it named."""

    asked: float
    closed: float
    returned: float
    named: frozenset[int]


def pause(url: str, team: Team, clock: SharedClock) -> Pause:
    closed: list[float] = []
    store = struck(url, clock, committed=lambda: closed.append(time.monotonic()))
    asked = time.monotonic()
    done = hold.open_by_person(store, team.tokens["ana"], Scope("everything"), "wait")
    returned = time.monotonic()
    store.close()
    return Pause(asked, closed[0], returned, frozenset(done.leaving))


def publisher(url: str, team: Team, clock: SharedClock, line: Line, owner: str, seconds: float) -> Callable[[], None]:
    """A worker that publishes what is due, again and again."""

    def work() -> None:
        store = open_store(url, clock=clock, migrate=False)
        box = Outbox(store, {line.name: line}, team.scorer, owner)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            box.publish_due()
            time.sleep(0.01)

    return work


def check(found: Pause, platform: Platform, drafts: dict[str, int]) -> int:
    """The promise; how many posts had left before the pause returned."""
    late = [one for one in platform.requests if one.at > found.returned]
    assert not [drafts[one.text] for one in late if drafts[one.text] not in found.named], (
        "began after the pause returned"
    )
    assert len(platform.posts) == len(set(platform.posts)), "a post left twice"
    return len(platform.requests) - len(late)


def test_nothing_begins_after_a_pause_has_returned(prepare: Prepare, shared_clock: SharedClock, kind: str) -> None:
    template = prepare(a_full_schedule)
    team, drafts = template.kept
    closing, returning, before = [], [], 0
    _number_of("_claim", template, team, shared_clock)  # what a forked publisher inherits, it need not load
    sweep = SWEEP if LONG or kind == "sqlite" else SWEEP[1:2]
    with Platform(keyed=True) as platform:
        for delay in sweep:
            platform.forget()
            with template.copy() as url:
                line = Line(platform.port)
                crew = [
                    Child(publisher(url, team, shared_clock, line, f"p{n}", delay / 1000 + AFTERWARDS))
                    for n in range(PUBLISHERS)
                ]
                time.sleep(delay / 1000)
                found = pause(url, team, shared_clock)
                assert [child.wait() for child in crew] == [0] * PUBLISHERS
                before += check(found, platform, drafts)
                closing.append(found.closed - found.asked)
                returning.append(found.returned - found.asked)
    tell(
        f"R4 {kind}: {len(closing)} pauses against {PUBLISHERS} publishers, {before} posts begun before, 0 after; gate "
        f"closed {median_and_worst(closing)}; returned {median_and_worst(returning)}"
    )
    assert max(closing) <= GATE_CLOSES_WITHIN, f"the gate closed after {max(closing):.3f} s"


# When the platform asks for patience all the time, and the clock runs so fast that each wait is over soon.
PATIENCE_SWEEP = range(0, 400, 10) if LONG else (40,)


def test_a_pause_while_posts_wait_for_their_next_try_lets_none_of_them_leave(
    prepare: Prepare, shared_clock: SharedClock, kind: str
) -> None:
    """Every other request is answered with 429: some posts are out, some on their way, some wait to be tried again."""
    if kind != "sqlite" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")
    template = prepare(a_full_schedule)
    team, drafts = template.kept
    start, refused = shared_clock.at, 0
    with Platform(keyed=False) as platform:
        for delay in PATIENCE_SWEEP:
            platform.forget()
            shared_clock.at = start
            platform.faults = ["429", "", "429", "429"] * POSTS
            with template.copy() as url:
                line = Line(platform.port, idempotent=False)
                crew = [
                    Child(publisher(url, team, shared_clock, line, f"p{n}", delay / 1000 + 4 * AFTERWARDS))
                    for n in range(2)
                ]
                wait_for(lambda: platform.requests, "the first request")
                _run_on(shared_clock, delay / 1000)
                found = pause(url, team, shared_clock)
                _run_on(shared_clock, 2 * AFTERWARDS)
                assert [child.wait() for child in crew] == [0, 0]
                check(found, platform, drafts)
                refused += len(platform.requests) - len(platform.posts)
                store = struck(url, shared_clock)
                shared_clock.forward(minutes=2)  # a claim whose lease ran out on the fast clock is for the next worker
                Outbox(store, {line.name: line}, team.scorer, "healthy").publish_due()
                check(found, platform, drafts)
                states = {state_of(replace(team, store=store), one) for one in drafts.values()}
                store.close()
                # One of the texts is not agreed by two people alone: it never came onto the schedule.
                assert states <= {"published", "held", "blocked", "unknown", "in_review"}, "one may leave by itself"
    assert refused, "nothing was asked to wait, so nothing was tested"
    tell(f"R4 {kind}: {len(PATIENCE_SWEEP)} pauses amid {refused} answers of 429; nothing left afterwards, all is held")


def _run_on(clock: SharedClock, seconds: float) -> None:
    """Let so much real time pass, while the shared clock goes a hundred times as fast."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.005)
        clock.forward(seconds=0.5)


FREEZING = ("before_request", "request_sent", "answered")


@pytest.mark.parametrize("step", FREEZING if LONG else FREEZING[:1])
def test_a_publisher_that_stands_still_is_named_and_sends_nothing_more(
    prepare: Prepare, shared_clock: SharedClock, kind: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is frozen between its last look and the end of the request; the pause cannot stop that one, and says so."""
    if kind != "sqlite" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")
    monkeypatch.setattr(hold, "DRAIN_SECONDS", hold.DRAIN_SECONDS if LONG else 0.3)
    template = prepare(a_full_schedule)
    team, drafts = template.kept
    with Platform(keyed=True) as platform, template.copy() as url:
        line = Line(platform.port, at=lambda at: freeze() if at == step else None)
        child = Child(publisher(url, team, shared_clock, line, "frozen", 1.0))
        child.wait_until_frozen()
        found = pause(url, team, shared_clock)
        assert len(found.named) == 1
        line.at = lambda _: None
        child.send(signal.SIGCONT)
        time.sleep(0.5)
        child.send(signal.SIGCONT)
        child.wait()
        check(found, platform, drafts)
        assert {drafts[one.text] for one in platform.requests} <= found.named
        tell(f"R4 {kind}: frozen at {step}: the pause named that post and returned; nothing else left")


MOMENTS = [("_claim", False), ("_claim", True), ("_begin", False), ("_begin", True)]


@pytest.mark.parametrize(("use", "after"), MOMENTS, ids=lambda one: {False: "inside", True: "behind"}.get(one, one))
def test_a_publisher_frozen_at_a_commit_and_woken_after_the_pause_sends_nothing(
    prepare: Prepare, shared_clock: SharedClock, kind: str, use: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a transaction it holds the writers' lock: the pause waits for it, and comes right behind it."""
    if not LONG:
        if not (kind == "sqlite" and use == "_begin" and after):
            pytest.skip("the long form (make test-reliability) freezes at the other commits, too")
        monkeypatch.setattr(hold, "DRAIN_SECONDS", 0.3)
        monkeypatch.setattr(outboxes, "SEND_WITHIN", 0.2)
    template = prepare(a_full_schedule)
    team, _ = template.kept
    number = _number_of(use, template, team, shared_clock)
    with Platform(keyed=True) as platform, template.copy() as url:

        def work() -> None:
            store = struck(url, shared_clock, Point(number, after), freeze)
            Outbox(store, {"dry_run": Line(platform.port)}, team.scorer, "frozen").publish_due()

        child = Child(work)
        child.wait_until_frozen()
        if not after:
            threading.Timer(2.5, child.send, (signal.SIGCONT,)).start()
        found = pause(url, team, shared_clock)
        if after:
            assert len(found.named) == 1, "a claim is on its way until it is settled"
            child.send(signal.SIGCONT)
        assert child.wait() == 0
        assert not [one for one in platform.requests if one.at > found.closed], "a publisher woke up and sent"
        where = f"{'behind' if after else 'inside'} {use}"
        tell(f"R4 {kind}: frozen {where}, woken after the pause: nothing left")


def _number_of(name: str, template: Template, team: Team, clock: SharedClock) -> int:
    """Which of a worker's commits is the first claim."""
    with Platform() as platform, template.copy() as url:
        store = struck(url, clock)
        Outbox(store, {"dry_run": Line(platform.port)}, team.scorer, "scout").publish_due()
        store.close()
        return store.names.index(name) + 1


# --- the database server restarts ------------------------------------------------------------------------------


class Cluster:
    """A PostgreSQL server of our own, to be restarted."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        if not found:
            pytest.skip("no PostgreSQL server is installed here (apt install postgresql)")
        self.bin, self.folder, self.port = found[-1], folder, free_port()
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", "postgres", str(folder)], check=True)
        self._as("initdb", "-D", f"{folder}/data", "-U", "tact", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://tact@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._as("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "-s", "-o", options, "start")

    def stop(self, how: str = "immediate") -> None:
        self._as("pg_ctl", "-D", f"{self.folder}/data", "-m", how, "-s", "stop")

    def _as(self, program: str, *given: str) -> None:
        before = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*before, str(self.bin / program), *given], check=True, capture_output=True, cwd="/")


@pytest.mark.postgres
@pytest.mark.skipif(not LONG, reason="restarts a server: the long form (make test-reliability)")
def test_a_pause_while_the_database_restarts_holds_or_says_that_it_did_not(
    shared_clock: SharedClock,
) -> None:
    # Not in pytest's own folder: every pytest that starts meanwhile closes that to other users, the server's as well.
    folder = Path(tempfile.mkdtemp(prefix="tact_cluster_"))
    cluster = Cluster(folder)
    try:
        held, failed = 0, 0
        for turn in range(10):
            outcome = _one_restart(cluster, shared_clock, turn)
            held, failed = held + outcome, failed + (not outcome)
        tell(
            f"R4 postgresql: 10 restarts under 4 publishers: {held} pauses held at once, {failed} said that the store "
            "was away and held when asked again; 0 posts began afterwards"
        )
    finally:
        cluster.stop()
        shutil.rmtree(folder)


def _one_restart(cluster: Cluster, clock: SharedClock, turn: int) -> bool:
    """Publishers at work, the server killed and started, somebody pausing meanwhile. Whether the first try held."""
    team, drafts = _fresh(cluster, clock)
    with Platform(keyed=True) as platform:
        line = Line(platform.port)
        crew = [Child(_stubborn(cluster.url, team, clock, line, f"p{n}")) for n in range(PUBLISHERS)]
        time.sleep(0.05 * turn)
        restarted: list[bool] = []

        def meanwhile() -> None:
            time.sleep(0.06 * turn)  # before the pause, amid it, or when it has returned
            cluster.stop()
            cluster.start()
            restarted.append(True)

        restart = threading.Thread(target=meanwhile)
        restart.start()
        first, found = True, None
        until = time.monotonic() + 60
        while found is None:
            assert time.monotonic() < until
            try:
                found = pause(cluster.url, team, clock)
            except StorageError:
                first = False
                time.sleep(0.05)
        restart.join()
        assert restarted, "the server was not restarted: see the thread's own error"
        assert [child.wait() for child in crew] == [0] * PUBLISHERS
        late = [one for one in platform.requests if one.at > found.returned]
        assert not [one for one in late if drafts[one.text] not in found.named], "began after the pause returned"
        assert len(platform.posts) == len(set(platform.posts))
    return first


def _fresh(cluster: Cluster, clock: SharedClock) -> tuple[Team, dict[str, int]]:
    store = open_store(cluster.url, clock=clock)
    with store.engine.begin() as conn:
        conn.exec_driver_sql("DROP SCHEMA public CASCADE")
        conn.exec_driver_sql("CREATE SCHEMA public")
    store.close()
    store = open_store(cluster.url, clock=clock)
    team, drafts = a_full_schedule(store)
    store.close()
    return replace(team, store=store), drafts


def _stubborn(url: str, team: Team, clock: SharedClock, line: Line, owner: str) -> Callable[[], None]:
    """A publisher that goes on when the server comes back, as the worker's ticker does."""

    def work() -> None:
        until = time.monotonic() + 4
        box = None
        while time.monotonic() < until:
            try:
                if box is None:
                    box = Outbox(open_store(url, clock=clock, migrate=False), {line.name: line}, team.scorer, owner)
                box.publish_due()
            except StorageError:
                time.sleep(0.05)

    return work
