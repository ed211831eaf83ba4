"""Following streams over a real store: one worker each, nothing lost, nothing counted twice, however it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import RowMapping, func, select, update

from data.errors import FetchError
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import counts, items, monitors, sources, term_counts
from monitors.fetch import Answered
from monitors.listening import StreamEnded, StreamStopped
from monitors.sources import Item, Poll, PollState
from monitors.sources.bluesky import SOURCE as BLUESKY
from monitors.stream_runner import LEASE, StreamRunner
from monitors.streaming import StreamDoor
from tests.conftest import HandClock, postgres_database
from tests.factory import add_monitor, add_source, team_in

from .streams import AGENT, QUICK, Jetstream, post_event

Step = Poll | Exception | Callable[[], None]


class Scripted:
    """A kind of stream that plays what a test wrote down: batches, faults, and things that happen in between."""

    kind, label, item_kind, settings = "scripted", "Scripted", "mentions", ()
    default_interval = timedelta(minutes=1)

    def __init__(self) -> None:
        self.script: list[Step] = []
        self.states: list[PollState] = []
        self.closed = 0

    def check(self, config: Mapping[str, object]) -> None: ...

    def follow(self, config: Mapping[str, object], state: PollState, door: StreamDoor) -> Generator[Poll, None, None]:
        self.states.append(state)
        try:
            while self.script:
                step = self.script.pop(0)
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, Poll):
                    yield step
                else:
                    step()
        finally:
            self.closed += 1


both = pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def store(request: pytest.FixtureRequest, clock: HandClock) -> Iterator[Store]:
    """SQLite, and PostgreSQL as well where a test is about who may write what."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield request.getfixturevalue("sqlite_store")
        return
    with postgres_database(request.getfixturevalue("migrated_database")) as url:
        opened = open_store(url, clock=clock, migrate=False)
        yield opened
        opened.close()


@pytest.fixture
def kind() -> Scripted:
    return Scripted()


@pytest.fixture
def topic(store: Store) -> int:
    team_in(store)
    add_source(store, "Scripted", "scripted", interval_seconds=60)
    return add_monitor(store)


def runner_on(store: Store, kind: Scripted, owner: str = "here") -> StreamRunner:
    return StreamRunner(store, {"scripted": kind}, StreamDoor(AGENT, store.now), owner)


def post(number: int, at: Any, text: str = "Larkfield tea") -> Item:
    return Item(f"p{number}", f"{text} {number}", "", f"author {number}", at, "mentions")


def batch(numbers: Iterable[int], at: Any, cursor: str, **changes: Any) -> Poll:
    found = tuple(post(number, at) for number in numbers)
    return replace(Poll(found, (), PollState(cursor={"time_us": cursor})), **changes)


def row_of(store: Store) -> RowMapping:
    with store.read() as tx:
        row = tx.row(select(sources).where(sources.c.kind.in_(["scripted", "bluesky"])))
    assert row is not None
    return row


def counted(store: Store) -> int:
    with store.read() as tx:
        return int(tx.value(select(func.sum(counts.c.count))) or 0)


def set_source(store: Store, **values: Any) -> None:
    with store.write() as tx:
        tx.run(update(sources).values(**values))


def follow(runner: StreamRunner) -> None:
    claim = runner.claim()
    assert claim is not None
    runner.follow(claim)


@both
def test_a_batch_its_cursor_and_its_health_are_saved_together(store, kind, topic, clock) -> None:
    kind.script = [
        batch(range(3), clock.at - timedelta(seconds=7), "100"),
        Poll((post(9, clock.at, "Something else"),), (), PollState(cursor={"time_us": "200"}), skipped=2),
        lambda: clock.forward(seconds=30),
        batch([3], clock.at, "300", trouble=("We listen at b instead.",)),
    ]
    follow(runner_on(store, kind))

    with store.read() as tx:
        assert tx.value(select(func.sum(counts.c.count)).where(counts.c.topic_id == topic)) == 4
        assert tx.value(select(func.count()).select_from(items)) == 4, "what nobody watches leaves no trace"
    row = row_of(store)
    assert row["cursor"] == {"time_us": "300"}
    assert (row["succeeded_at"], row["lag_seconds"]) == (clock.at, 30)


def test_the_page_is_told_how_it_goes(store, kind, topic, clock) -> None:
    told: list[str] = []
    kind.script = [
        Poll((), (), PollState()),
        lambda: told.append(row_of(store)["last_message"]),
        batch([*range(1200)], clock.at, "1", skipped=1, trouble=("One was odd.",)),
        lambda: told.append(row_of(store)["last_message"]),
        lambda: clock.forward(minutes=2),
        Poll((), (), PollState(cursor={"time_us": "2"})),
        lambda: told.append(row_of(store)["last_message"]),
    ]
    follow(runner_on(store, kind))
    since = "Connected since 02 Mar 09:00 UTC. In the last minute: "
    assert told == [
        f"{since}0 read, 0 matched.",
        f"{since}1,200 read, 1,200 matched, 1 unreadable. One was odd.",
        f"{since}0 read, 0 matched.",
    ]


@both
def test_it_is_resumed_where_the_last_saved_batch_ended_and_counts_nothing_twice(store, kind, topic, clock) -> None:
    kind.script = [batch(range(5), clock.at, "100"), FetchError("It broke.")]
    runner = runner_on(store, kind)
    follow(runner)
    assert runner.claim() is None, "not at once"
    clock.forward(minutes=3)
    kind.script = [batch(range(3, 8), clock.at, "200"), batch(range(8), clock.at, "150")]
    follow(runner)
    assert [state.cursor for state in kind.states] == [{}, {"time_us": "100"}]
    assert counted(store) == 8


def test_one_worker_follows_and_the_others_wait(store, kind, topic, clock) -> None:
    here, there = runner_on(store, kind), runner_on(store, kind, "there")
    assert here.claim() is not None
    assert there.claim() is None
    assert row_of(store)["lease_owner"] == "here"


@both
def test_a_frozen_workers_late_batch_is_worthless(store, kind, topic, clock) -> None:
    frozen, other = runner_on(store, kind, "frozen"), Scripted()

    def freeze() -> None:
        clock.forward(seconds=LEASE.total_seconds() + 1)
        other.script = [batch([1, 2, 3], clock.at, "300")]
        follow(runner_on(store, other, "other"))

    kind.script = [batch([1], clock.at, "100"), freeze, batch([2, 9], clock.at, "150"), batch([10], clock.at, "160")]
    follow(frozen)

    assert other.states[0].cursor == {"time_us": "100"}
    row = row_of(store)
    assert (row["cursor"], row["fence"]) == ({"time_us": "300"}, 2)
    assert counted(store) == 3
    assert kind.closed == 1, "the late worker hangs up"
    assert len(kind.script) == 1


def test_a_lease_lives_as_long_as_batches_come_and_no_longer(store, kind, topic, clock) -> None:
    other = runner_on(store, kind, "other")
    empty = Poll((), (), PollState(cursor={"time_us": "1"}))
    free: list[bool] = []
    kind.script = [empty]
    for _ in range(10):
        kind.script += [lambda: clock.forward(seconds=6), empty, lambda: free.append(other.claim() is not None)]
    kind.script += [lambda: clock.forward(seconds=LEASE.total_seconds() + 1)]
    kind.script += [lambda: free.append(other.claim() is not None)]
    follow(runner_on(store, kind))
    assert free == [False] * 10 + [True]


def test_signs_of_life_alone_do_not_write_each_time(store, kind, topic, clock) -> None:
    empty = Poll((), (), PollState())
    kind.script = [empty, lambda: set_source(store, last_message="x"), *[empty] * 50]
    kind.script += [lambda: kind.states.append(PollState(etag=row_of(store)["last_message"]))]
    follow(runner_on(store, kind))
    assert kind.states[-1].etag == "x"


@pytest.mark.parametrize("change", [{"enabled": False}, {"config": {"tags": ["rain"]}}, {"secrets": {"key": "sealed"}}])
def test_a_stream_that_a_person_changes_is_let_go_at_once(store, kind, topic, clock, change) -> None:
    kind.script = [batch([1], clock.at, "1"), lambda: set_source(store, **change), batch([2], clock.at, "2")]
    follow(runner_on(store, kind))
    row = row_of(store)
    assert (row["cursor"], row["lease_until"], row["next_poll_at"]) == ({"time_us": "1"}, None, clock.at)
    assert (runner_on(store, kind).claim() is None) == (change == {"enabled": False})


def test_a_worker_that_stops_hands_the_stream_over_at_once(store, kind, topic, clock) -> None:
    kind.script = [batch([1], clock.at, "1"), StreamStopped("Tact is stopping.")]
    follow(runner_on(store, kind))
    assert runner_on(store, kind, "other").claim() is not None
    assert row_of(store)["failures"] == 0


def test_each_failure_waits_longer_and_a_connection_that_lasted_is_back_soon(store, kind, topic, clock) -> None:
    runner = runner_on(store, kind)
    waits = []
    for _ in range(4):
        kind.script = [FetchError("No connection to a: check the address.")]
        follow(runner)
        row = row_of(store)
        waits.append((row["next_poll_at"] - clock.at).total_seconds())
        clock.at = row["next_poll_at"]
    assert [minutes * 60 <= wait <= minutes * 72 for wait, minutes in zip(waits, (2, 4, 8, 16), strict=True)] == [
        True
    ] * 4
    assert (row["failures"], row["last_message"]) == (4, "No connection to a: check the address.")

    kind.script = [batch([1], clock.at, "1"), lambda: clock.forward(hours=5), StreamEnded("It ended.")]
    follow(runner)
    row = row_of(store)
    assert row["failures"] == 0
    assert timedelta(seconds=2) <= row["next_poll_at"] - clock.at <= timedelta(seconds=3)


def test_one_that_greets_and_hangs_up_is_not_asked_without_end(store, kind, topic, clock) -> None:
    runner = runner_on(store, kind)
    for _ in range(3):
        kind.script = [Poll((), (), PollState()), StreamEnded("It ended.")]
        follow(runner)
        clock.at = row_of(store)["next_poll_at"]
    assert row_of(store)["failures"] == 3


@pytest.mark.parametrize(
    "error",
    [
        StreamEnded("It ended.", "", timedelta(minutes=30)),
        Answered("Too often.", "429", 429, timedelta(minutes=30)),
    ],
)
def test_a_server_that_asks_for_a_pause_gets_it(store, kind, topic, clock, error) -> None:
    kind.script = [error]
    follow(runner_on(store, kind))
    assert row_of(store)["next_poll_at"] == clock.at + timedelta(minutes=30)


def test_one_that_is_gone_for_good_is_switched_off_with_its_reason(store, kind, topic, clock) -> None:
    kind.script = [Answered("It is gone for good.", "HTTP 410", 410, None)]
    follow(runner_on(store, kind))
    row = row_of(store)
    assert (row["enabled"], row["switched_off_why"]) == (False, "It is gone for good.")


def test_a_clock_that_is_set_back_forgets_no_stream(store, kind, topic, clock) -> None:
    """While it is followed, while it waits, and while a dead worker's lease seems to last for another hour."""
    runner = runner_on(store, kind)
    kind.script = [batch([1], clock.at, "1"), lambda: clock.forward(hours=-1), batch([2], clock.at, "2")]
    kind.script.append(lambda: clock.forward(minutes=5))
    follow(runner)
    assert row_of(store)["cursor"] == {"time_us": "2"}

    clock.forward(minutes=10)
    assert runner.claim() is not None
    clock.forward(hours=-1)
    assert runner.claim() is not None, "no lease is as long as that"


def test_a_bug_in_a_stream_is_noted_and_not_repeated_at_once(store, kind, topic, clock) -> None:
    kind.script = [KeyError("oops")]
    runner = runner_on(store, kind)
    follow(runner)
    assert "inside Tact" in row_of(store)["last_message"]
    assert runner.claim() is None


@both
def test_a_post_that_no_database_holds_does_not_stop_the_stream(store, kind, topic, clock) -> None:
    odd = replace(post(2, clock.at), weight=2**80)
    kind.script = [Poll((post(1, clock.at), odd, post(3, clock.at)), (), PollState(cursor={"time_us": "5"}))]
    told: list[str] = []
    kind.script.append(lambda: told.append(row_of(store)["last_message"]))
    follow(runner_on(store, kind))
    assert row_of(store)["cursor"] == {"time_us": "5"}
    assert counted(store) == 2
    assert "1 unreadable" in told[0]


def test_monitors_are_read_again_when_they_change(store, kind, topic, clock) -> None:
    def watch_rain() -> None:
        with store.write() as tx:
            tx.run(update(monitors).values(terms=["rain"]))

    rain = Poll((post(5, clock.at, "Rain"),), (), PollState())
    kind.script = [rain, batch([1], clock.at, "1"), watch_rain, replace(rain, items=(post(6, clock.at, "Rain"),))]
    kind.script.append(batch([2], clock.at, "2"))
    follow(runner_on(store, kind))
    with store.read() as tx:
        kept = [row["external_id"] for row in tx.rows(select(items.c.external_id).order_by(items.c.id))]
    assert kept == ["p1", "p6"]


def test_every_post_is_heard_for_discovery_matched_or_not(store, kind, topic, clock) -> None:
    posts = tuple(replace(post(n, clock.at, "Zephyrball finale"), author=f"a{n}") for n in range(6))
    kind.script = [Poll(posts, (), PollState(cursor={"time_us": "1"}))]
    runner = runner_on(store, kind)
    follow(runner)
    with store.write() as tx:
        runner.terms.flush(tx)
        assert "zephyrball" in {row["term"] for row in tx.rows(select(term_counts.c.term))}
        assert tx.value(select(func.count()).select_from(items)) == 0


def test_what_a_stream_itself_names_a_topic_is_counted_without_a_monitor(store, kind, topic, clock) -> None:
    edit = replace(post(1, clock.at, "Ferry strike"), topic="Ferry strike")
    kind.script = [Poll((edit, post(2, clock.at, "Ferry strike")), (), PollState())]
    follow(runner_on(store, kind))
    assert counted(store) == 1


# --- with a real Jetstream on the loopback -------------------------------------------------------------------


@pytest.fixture
def jet() -> Iterator[Jetstream]:
    server = Jetstream()
    yield server
    server.close()


def wait_until(true: Callable[[], bool], seconds: float = 8) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.02)


def test_a_stream_lives_through_a_lost_connection_and_a_change_of_workers(sqlite_store, jet, clock) -> None:
    store = sqlite_store
    team_in(store)
    add_monitor(store)
    add_source(store, "Bluesky", "bluesky", config={"address": jet.url}, interval_seconds=60)
    began = clock.at

    def runner(owner: str) -> StreamRunner:
        door = StreamDoor(AGENT, store.now, allow_private=frozenset({jet.place}), limits=QUICK)
        return StreamRunner(store, {"bluesky": BLUESKY}, door, owner)

    jet.give(post_event(n, began) for n in range(40))
    one, two = runner("one"), runner("two")
    assert (one.start_due(), two.start_due()) == (1, 0)
    wait_until(lambda: counted(store) == 40)

    clock.forward(minutes=2)
    jet.hang_up()
    wait_until(lambda: row_of(store)["lease_until"] is None)
    jet.give(post_event(n, clock.at) for n in range(40, 60))
    clock.forward(seconds=5)
    assert two.start_due() == 1
    wait_until(lambda: counted(store) == 60)

    asked = time.monotonic()
    two.stop()
    assert time.monotonic() - asked < 1
    assert row_of(store)["lease_until"] is None
    jet.give(post_event(n, clock.at) for n in range(60, 70))
    assert one.start_due() == 1
    wait_until(lambda: counted(store) == 70)
    one.stop()
    assert threading.active_count() < 40
    assert [set(asked) for asked in jet.asked[1:]] == [{"wantedCollections", "maxMessageSizeBytes", "cursor"}] * 2
