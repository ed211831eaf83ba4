"""Several workers on one database: whatever stops, freezes or misreads the time, a due source is read once with effect.

The races run in threads, each with a store of its own; the one test with real processes kills and freezes them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from sqlalchemy import RowMapping, select, update

from data.errors import FetchError
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import items, sources
from monitors.fetch import Fetcher
from monitors.intake import TakenIn
from monitors.poller import LEASE, Poller
from monitors.sources import Item, Poll, PollState
from tests.conftest import HandClock
from tests.factory import add_source

from .conftest import Web, page
from .hostile import rss

MINUTE = timedelta(minutes=1)


class Counting:
    """A kind that counts how often each source was read, and gives something new each time."""

    kind, label, item_kind, settings = "counting", "Counting", "mentions", ()
    default_interval = MINUTE

    def __init__(self) -> None:
        self.reads: Counter[str] = Counter()
        self.fails = False

    def check(self, config: Mapping[str, object]) -> None: ...

    def poll(self, config: Mapping[str, object], state: PollState, fetcher: Fetcher, now: object) -> Poll:
        name = str(config["name"])
        self.reads[name] += 1
        if self.fails:
            raise FetchError("Out of order.", "test")
        number = self.reads[name]
        return Poll((Item(f"{name} {number}", "tea", "", "a", None, "mentions"),), (), PollState(etag=str(number)))


@pytest.fixture
def kind() -> Counting:
    return Counting()


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    made = Fetcher("test")
    yield made
    made.close()


@pytest.fixture
def poller(store: Store, kind: Counting, fetcher: Fetcher) -> Poller:
    return Poller(store, {"counting": kind}, fetcher, "here")


def add(store: Store, name: str = "A", **values: object) -> int:
    given = {"config": {"name": name}, "interval_seconds": 900}
    return add_source(store, name, "counting", **given | values)


def row_of(store: Store, source_id: int) -> RowMapping:
    with store.read() as tx:
        found = tx.row(select(sources).where(sources.c.id == source_id))
    assert found is not None
    return found


def stored(store: Store) -> list[str]:
    with store.read() as tx:
        return sorted(row["external_id"] for row in tx.rows(select(items.c.external_id)))


def read_all(poller: Poller) -> int:
    done = 0
    while poller.poll_one() is not None:
        done += 1
    return done


def test_four_workers_read_each_due_source_once(store: Store, kind: Counting, fetcher: Fetcher, clock) -> None:
    for number in range(12):
        add(store, f"S{number}")
    url = store.engine.url.render_as_string(hide_password=False)
    stores = [open_store(url, clock=clock, migrate=False) for _ in range(4)]
    start = threading.Barrier(4)

    def work(own: Store) -> None:
        start.wait()
        read_all(Poller(own, {"counting": kind}, fetcher, str(id(own))))

    threads = [threading.Thread(target=work, args=[own]) for own in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for own in stores:
        own.close()

    assert set(kind.reads.values()) == {1}
    assert len(kind.reads) == len(stored(store)) == 12


def test_what_a_dead_worker_had_is_read_when_its_lease_is_over_and_not_before(store, poller, kind, clock) -> None:
    add(store)
    assert poller._claim() is not None
    clock.forward(seconds=LEASE.total_seconds())
    assert poller.poll_one() is None
    clock.forward(seconds=1)
    assert poller.poll_one() == TakenIn(1, 0)
    assert kind.reads["A"] == 1


@pytest.mark.parametrize("how", ["an answer", "a failure"])
def test_a_worker_that_wakes_too_late_changes_nothing(store, poller, kind, clock, how: str) -> None:
    source = add(store)
    late = poller._claim()
    clock.forward(seconds=LEASE.total_seconds() + 1)
    poller.poll_one()
    before = row_of(store, source)
    clock.forward(seconds=5)
    if how == "an answer":
        item = Item("late", "tea", "", "a", None, "mentions")
        assert poller._save(late, Poll((item,), (), PollState(etag="old"))) == TakenIn()
    else:
        poller._note_failure(late, FetchError("Too late.", "test"))
    assert row_of(store, source) == before
    assert stored(store) == ["A 1"]


def test_settings_that_change_during_a_reading_make_it_worthless(store, poller, kind, clock) -> None:
    source = add(store)
    under_way = poller._claim()
    with store.write() as tx:  # as workflow.sources.change does
        tx.run(update(sources).values(fence=sources.c.fence + 1, lease_until=None, config={"name": "B"}))
    assert poller._save(under_way, Poll((), (), PollState(etag="of the old address"))) == TakenIn()
    assert row_of(store, source)["etag"] is None
    assert poller.poll_one() == TakenIn(1, 0)
    assert stored(store) == ["B 1"]


def test_a_clock_set_back_an_hour_delays_nothing_by_more_than_the_wait_itself(store, poller, kind, clock) -> None:
    source = add(store)
    poller.poll_one()
    clock.forward(minutes=10)
    clock.forward(hours=-1)
    assert poller.poll_one() is None, "read a moment ago: the quarter of an hour begins anew"
    clock.forward(minutes=14)
    assert poller.poll_one() is None
    clock.forward(minutes=1)
    assert poller.poll_one() == TakenIn(1, 0)
    assert row_of(store, source)["next_poll_at"] == clock.at + timedelta(minutes=15)
    assert kind.reads["A"] == 2


def test_a_server_that_asked_for_hours_gets_them_whatever_the_clock_does(store, poller, kind, clock) -> None:
    source = add(store, polled_at=clock.at, next_poll_at=clock.at + timedelta(hours=6))
    clock.forward(hours=-1)
    assert poller.poll_one() is None
    assert row_of(store, source)["next_poll_at"] == clock.at + timedelta(hours=6)


def test_after_the_clock_was_set_back_no_lease_and_no_first_reading_waits_for_it(store, poller, kind, clock) -> None:
    stuck, fresh = add(store, "stuck"), add(store, "fresh", next_poll_at=clock.at + timedelta(seconds=1))
    with store.write() as tx:
        tx.run(update(sources).where(sources.c.id == stuck).values(lease_until=tx.now + LEASE, lease_owner="dead"))
    clock.forward(hours=-1)
    assert read_all(poller) == 2
    assert dict(kind.reads) == {"stuck": 1, "fresh": 1}
    assert row_of(store, fresh)["polled_at"] == clock.at


def test_a_live_lease_survives_a_nudge_of_the_clock(store, poller, kind, clock) -> None:
    add(store)
    assert poller._claim() is not None
    clock.forward(seconds=-5)
    assert poller.poll_one() is None


def test_workers_whose_clocks_disagree_do_not_read_twice_with_effect(store, kind, fetcher, clock: HandClock) -> None:
    """On PostgreSQL all use the server's clock. Where hosts could disagree, the fence still lets one answer in."""
    add(store)
    ahead = HandClock(clock.at + timedelta(minutes=30))
    url = store.engine.url.render_as_string(hide_password=False)
    elsewhere = open_store(url, clock=ahead, migrate=False)
    slow = Poller(store, {"counting": kind}, fetcher, "here")
    claimed = slow._claim()
    assert Poller(elsewhere, {"counting": kind}, fetcher, "there").poll_one() == TakenIn(1, 0)
    assert slow._save(claimed, Poll((Item("x", "t", "", "a", None, "mentions"),), (), PollState())) == TakenIn()
    elsewhere.close()
    assert stored(store) == ["A 1"]


WORKER = """
import sys, time
from datetime import timedelta
url, place, owner, skew = sys.argv[1:]
real = time.time
time.time = lambda: real() + float(skew)
from data.storage.engine import open_store
from monitors.fetch import Fetcher
from monitors.poller import Poller
from monitors.sources.rss import SOURCE
fetcher = Fetcher("test", allow_private=frozenset({place}))
poller = Poller(open_store(url, migrate=False), {"rss": SOURCE}, fetcher, owner, lease=timedelta(seconds=2))
print("ready", flush=True)
sys.stdin.readline()
while True:
    if poller.poll_one() is None:
        time.sleep(0.1)
"""


@pytest.mark.long
def test_one_killed_and_one_frozen_of_four_processes(migrated_file, tmp_path, web: Web) -> None:
    """Kill -9 in the middle of a reading, and SIGSTOP past the lease; the hosts' clocks are an hour apart."""
    path = tmp_path / "tact.db"
    path.write_bytes(migrated_file.read_bytes())
    url = f"sqlite:///{path}"
    store = open_store(url, migrate=False)
    asked: Counter[str] = Counter()
    thawed = threading.Event()
    names = ("killed", "frozen", "calm 1", "calm 2", "calm 3")
    for number, name in enumerate(names):
        web.routes[f"/{number}"] = numbered(name, asked, thawed)
        add_source(store, name, config={"address": web.url(f"/{number}")}, interval_seconds=3600)

    workers = {
        name: subprocess.Popen(
            [sys.executable, "-c", WORKER, url, web.place, name, skew], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for name, skew in (("w1", "0"), ("w2", "3600"), ("w3", "-3600"), ("w4", "7"))
    }
    try:
        for worker in workers.values():
            assert worker.stdout.readline() == b"ready\n"
        for worker in workers.values():
            worker.stdin.close()
        wait_for(lambda: asked["killed"] == asked["frozen"] == 1)
        owners = {row["name"]: row["lease_owner"] for row in rows(store)}
        workers[owners["killed"]].kill()
        killed_at = time.monotonic()
        os.kill(workers[owners["frozen"]].pid, signal.SIGSTOP)
        wait_for(lambda: all(row["polled_at"] for row in rows(store)))
        assert time.monotonic() - killed_at < 10, "the lease of two seconds, a tick, and patience for a slow machine"
        before = rows(store)
        thawed.set()
        os.kill(workers[owners["frozen"]].pid, signal.SIGCONT)
        time.sleep(0.5)
    finally:
        for worker in workers.values():
            worker.kill()
            worker.wait()
            worker.stdout.close()

    assert stored(store) == sorted(["killed 2", "frozen 2", "calm 1 1", "calm 2 1", "calm 3 1"])
    assert asked == {"killed": 2, "frozen": 2, "calm 1": 1, "calm 2": 1, "calm 3": 1}
    assert rows(store) == before
    store.close()


def rows(store: Store) -> list[dict[str, object]]:
    with store.read() as tx:
        return [dict(row) for row in tx.rows(select(sources).order_by(sources.c.id))]


def numbered(name: str, asked: Counter[str], thawed: threading.Event) -> Callable[[BaseHTTPRequestHandler], None]:
    """A feed with one entry that counts the requests; the first answer of the two unlucky ones is kept back."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked[name] += 1
        number = asked[name]
        if number == 1 and not name.startswith("calm"):
            thawed.wait(15)
        page(rss(f"<item><title>t</title><guid isPermaLink='false'>{name} {number}</guid></item>"))(request)

    return answer


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
