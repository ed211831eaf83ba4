"""Sources that keep failing: slowed, switched off with a notice where that helps, never switched off where the brake
listens; and how often a feed is read that says nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import RowMapping, select, update

from data.errors import FetchError
from data.storage.store import Store
from data.storage.tables import events, sources
from monitors import guard
from monitors.feeds import FeedParser
from monitors.fetch import Answered, Fetcher, Limits
from monitors.pace import NotNow
from monitors.poller import Poller, brings, lag
from monitors.sources import Item, Poll, PollState, Reading, discover, least_interval, polled
from monitors.sources.rss import SOURCE as RSS
from tests.conftest import HandClock
from tests.factory import add_source
from workflow.rules import health

from .conftest import NOW, Web, page, status
from .hostile import GERMANE

GONE = Answered("It is gone for good.", "HTTP 410", 410, None)
BROKEN = FetchError("It does not answer.", "test")


class Scripted:
    """A kind that does what a test put into it."""

    kind, label, item_kind, settings = "scripted", "Scripted", "mentions", ()
    default_interval = timedelta(minutes=15)

    def __init__(self) -> None:
        self.now: Poll | Exception = Poll((), (), PollState())

    def check(self, config: Mapping[str, object]) -> None: ...

    def poll(self, config: Mapping[str, object], state: PollState, fetcher: Fetcher, now: object) -> Poll:
        if isinstance(self.now, Exception):
            raise self.now
        return self.now


@pytest.fixture
def kind() -> Scripted:
    return Scripted()


@pytest.fixture
def poller(sqlite_store: Store, kind: Scripted) -> Iterator[Poller]:
    fetcher = Fetcher("test")
    yield Poller(sqlite_store, {"scripted": kind}, fetcher, "here")
    fetcher.close()


def add(store: Store, **config: object) -> int:
    return add_source(store, "Feed", "scripted", config=config, interval_seconds=60)


def another_answers(store: Store) -> None:
    """Something else is read well all the time: the network is not to blame."""
    with store.write() as tx:
        tx.run(update(sources).where(sources.c.name == "Other").values(succeeded_at=tx.now))


def row_of(store: Store, source: int) -> RowMapping:
    with store.read() as tx:
        found = tx.row(select(sources).where(sources.c.id == source))
    assert found is not None
    return found


def told(store: Store) -> list[str]:
    with store.read() as tx:
        return [row["kind"] for row in tx.rows(select(events.c.kind).order_by(events.c.id))]


def fail(poller: Poller, clock: HandClock, kind: Scripted, source: int, hours: float) -> None:
    """Every reading fails for so long."""
    kind.now = BROKEN
    until = clock.at + timedelta(hours=hours)
    while clock.at < until and row_of(poller.store, source)["enabled"]:
        clock.at = max(clock.at, row_of(poller.store, source)["next_poll_at"])
        another_answers(poller.store)
        assert poller.poll_one() is not None


def test_waits_double_to_an_hour_and_are_spread_the_same_way_each_time() -> None:
    minute = timedelta(minutes=1)
    waits = [health.wait_after(health.Trouble(n, NOW, official=False), minute, 7) for n in range(1, 12)]
    plain = [min(minute * 2**n, timedelta(hours=1)) for n in range(1, 12)]
    assert all(least <= wait <= least * 1.2 for wait, least in zip(waits, plain, strict=True))
    assert waits == [health.wait_after(health.Trouble(n, NOW, official=False), minute, 7) for n in range(1, 12)]
    others = {health.wait_after(health.Trouble(3, NOW, official=False), minute, source) for source in range(20)}
    assert len(others) > 15, "what failed together does not come back together"
    official = health.wait_after(health.Trouble(9, NOW, official=True), minute, 7)
    assert official <= timedelta(minutes=12)


def test_gone_for_good_is_off_at_once_with_its_reason(sqlite_store, poller, kind) -> None:
    source = add(sqlite_store)
    kind.now = GONE
    poller.poll_one()
    row = row_of(sqlite_store, source)
    assert (row["enabled"], row["switched_off_why"]) == (False, "It is gone for good.")
    assert row["switched_off_at"] == sqlite_store.now()
    assert told(sqlite_store) == ["source_switched_off"]


def test_a_day_of_failures_switches_a_source_off(sqlite_store, poller, kind, clock) -> None:
    source = add(sqlite_store)
    add_source(sqlite_store, "Other")
    fail(poller, clock, kind, source, 23)
    assert row_of(sqlite_store, source)["enabled"]
    fail(poller, clock, kind, source, 4)
    row = row_of(sqlite_store, source)
    assert not row["enabled"]
    assert "more than a day" in row["switched_off_why"]
    assert row["switched_off_why"].endswith("It does not answer.")
    assert told(sqlite_store) == ["source_switched_off"]


def test_while_nothing_else_answers_the_fault_may_be_ours(sqlite_store, poller, kind, clock) -> None:
    source = add(sqlite_store)
    fail(poller, clock, kind, source, 30)
    row = row_of(sqlite_store, source)
    assert row["enabled"]
    assert row["failures"] > 2 * health.OFF_AFTER_FAILURES


def test_one_good_answer_forgets_the_failures(sqlite_store, poller, kind, clock) -> None:
    source = add(sqlite_store)
    add_source(sqlite_store, "Other")
    fail(poller, clock, kind, source, 20)
    kind.now = Poll((), (), PollState())
    clock.forward(hours=2)
    poller.poll_one()
    row = row_of(sqlite_store, source)
    assert (row["failures"], row["failing_since"]) == (0, None)
    clock.forward(minutes=2)
    fail(poller, clock, kind, source, 20)
    assert row_of(sqlite_store, source)["enabled"]


@pytest.mark.parametrize("trouble", [GONE, BROKEN], ids=["gone", "broken"])
def test_official_warnings_are_never_switched_off_but_their_silence_is_told(
    sqlite_store, poller, kind, clock, trouble: Exception
) -> None:
    source = add(sqlite_store, item_kind="official")
    add_source(sqlite_store, "Other")
    fail(poller, clock, kind, source, 0.1)
    assert told(sqlite_store) == []
    fail(poller, clock, kind, source, 2)
    clock.forward(days=2)
    fail(poller, clock, kind, source, 1)
    kind.now = trouble
    clock.forward(hours=1)
    poller.poll_one()
    row = row_of(sqlite_store, source)
    assert row["enabled"]
    assert row["next_poll_at"] - clock.at <= timedelta(minutes=12)
    assert told(sqlite_store) == ["source_silent"], "once, not at every failure"


def test_waiting_for_ones_turn_is_no_failure(sqlite_store, poller, kind, clock) -> None:
    source = add(sqlite_store)
    kind.now = NotNow("Too many of our sources read from it at once.")
    poller.poll_one()
    row = row_of(sqlite_store, source)
    assert (row["failures"], row["polled_at"], row["lease_until"]) == (0, None, None)
    kind.now = Poll((), (), PollState())
    clock.forward(seconds=31)
    assert poller.poll_one() is not None
    assert row_of(sqlite_store, source)["succeeded_at"] == clock.at


def test_how_late_the_newest_was_is_kept(sqlite_store, poller, kind, clock) -> None:
    source = add(sqlite_store)
    ages = (400, 90, None)
    kind.now = Poll(
        tuple(
            Item(str(age), f"tea {age}", "", "", clock.at - timedelta(seconds=age) if age else None, "mentions")
            for age in ages
        ),
        (),
        PollState(),
    )
    poller.poll_one()
    assert row_of(sqlite_store, source)["lag_seconds"] == 90
    clock.forward(minutes=5)
    poller.poll_one()
    assert row_of(sqlite_store, source)["lag_seconds"] == 90, "nothing new says nothing new about it"
    reading = Reading("tea", clock.at, 5, None, clock.at - timedelta(hours=2), clock.at - timedelta(hours=1))
    assert lag(Poll((), (reading,), PollState()), clock.at) == 3600
    assert lag(Poll((), (), PollState()), clock.at) is None


def test_what_a_source_brings_is_its_kinds_word_or_the_operators() -> None:
    assert brings(RSS, {}) == "news"
    assert brings(RSS, {"item_kind": "official"}) == "official"
    assert brings(discover()["nws"], {}) == "official"
    assert brings(RSS, {"item_kind": ["?"]}) == "news"


@pytest.mark.parametrize("kind", sorted(polled(discover())))
def test_a_kind_begins_no_faster_than_it_allows(kind: str) -> None:
    source = discover()[kind]
    assert timedelta(minutes=1) <= least_interval(source) <= source.default_interval


class TestFloor:
    """A feed is left alone for a quarter of an hour, unless it says otherwise itself."""

    @pytest.fixture
    def far(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
        """A server that is not of our own machine, as far as the door can tell."""
        monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.2")
        server = Web("127.0.0.2")
        yield server
        server.close()

    def waits(self, web: Web, parser: FeedParser, state: PollState | None = None, **config: str) -> Poll:
        fetcher = Fetcher("test", parser=parser, limits=Limits(gap_seconds=0))
        return RSS.poll({"address": web.url("/feed"), **config}, state or PollState(), fetcher, NOW)

    def test_one_that_says_nothing(self, far: Web, parser: FeedParser) -> None:
        far.routes["/feed"] = page(GERMANE)
        assert self.waits(far, parser).next_poll_after == timedelta(minutes=15)
        assert self.waits(far, parser, item_kind="official").next_poll_after is None
        far.routes["/feed"] = status(304)
        assert self.waits(far, parser).next_poll_after == timedelta(minutes=15)

    def test_one_that_says_otherwise_also_while_it_does_not_change(self, far: Web, parser: FeedParser) -> None:
        far.routes["/feed"] = page(GERMANE.replace(b"<title>T", b"<ttl>5</ttl><title>T"))
        first = self.waits(far, parser)
        assert first.next_poll_after == timedelta(minutes=5)
        far.routes["/feed"] = status(304)
        assert self.waits(far, parser, first.state).next_poll_after == timedelta(minutes=5)
        far.routes["/feed"] = page(GERMANE, Cache_Control="max-age=120")
        assert self.waits(far, parser).next_poll_after == timedelta(minutes=2)
