"""Polling, intake and alerts over a real store: what is due is read once, counted once, and raised once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, insert, select, update

from data.errors import FetchError, StorageError
from data.storage.store import Store
from data.storage.tables import alerts, counts, item_topics, items, readings, sources
from data.storage.volumes import add_counts
from monitors.fetch import Answered, Fetcher
from monitors.intake import TakenIn, add_count
from monitors.poller import Poller, backoff
from monitors.sources import Item, Poll, PollState, Reading
from monitors.watch import judge_topic, look_for_spikes
from tests.conftest import HandClock
from tests.factory import add_monitor, add_source, team_in
from workflow import triage


class Scripted:
    """A kind of source that gives what a test put into it."""

    kind, label, item_kind, settings = "scripted", "Scripted", "mentions", ()
    default_interval = timedelta(minutes=15)

    def __init__(self) -> None:
        self.poll_now: Poll | Exception = Poll((), (), PollState())
        self.polls = 0

    def check(self, config: Mapping[str, object]) -> None: ...

    def poll(self, config: Mapping[str, object], state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        self.polls += 1
        if isinstance(self.poll_now, Exception):
            raise self.poll_now
        return self.poll_now


@pytest.fixture
def source() -> Scripted:
    return Scripted()


@pytest.fixture
def poller(store: Store, source: Scripted) -> Iterator[Poller]:
    team_in(store)
    add_source(store, "Scripted", "scripted", interval_seconds=60)
    fetcher = Fetcher("test")
    yield Poller(store, {"scripted": source}, fetcher, "here")
    fetcher.close()


def mention(number: int, at: datetime, **changes: object) -> Item:
    item = Item(f"m{number}", f"Larkfield tea number {number}", "", f"author {number}", at, "mentions")
    return replace(item, **changes)  # type: ignore[arg-type]


def number_of(store: Store, table) -> int:
    with store.read() as tx:
        return int(tx.value(select(func.count()).select_from(table)))


def test_an_item_is_counted_once_however_often_the_source_shows_it(store, poller, source, clock) -> None:
    topic = add_monitor(store)
    source.poll_now = Poll(tuple(mention(n, clock.at) for n in range(5)), (), PollState(etag='"a"'))
    assert poller.poll_one().items == 5
    assert poller.poll_one() is None, "not due yet"
    clock.forward(minutes=2)
    assert poller.poll_one().items == 0
    with store.read() as tx:
        assert tx.value(select(func.sum(counts.c.count)).where(counts.c.topic_id == topic)) == 5
        assert tx.value(select(sources.c.etag)) == '"a"'


def test_the_same_story_in_two_feeds_is_one_item(store, poller, source, clock) -> None:
    news = mention(1, clock.at, kind="news", url="https://paper.example/story?utm_source=feed")
    source.poll_now = Poll(
        (news, replace(news, external_id="other", url="https://paper.example/story")), (), PollState()
    )
    assert poller.poll_one().items == 1


def test_late_items_find_their_own_minute_and_stale_ones_are_left(store, poller, source, clock) -> None:
    topic = add_monitor(store)
    late, stale = clock.at - timedelta(hours=20), clock.at - timedelta(hours=60)
    source.poll_now = Poll((mention(1, late), mention(2, stale)), (), PollState())
    poller.poll_one()
    with store.read() as tx:
        rows = tx.rows(select(counts).where(counts.c.topic_id == topic))
    assert [(row["minute"], row["count"]) for row in rows] == [(late, 1)]


def test_a_failing_source_waits_longer_each_time_and_says_why(store, poller, source, clock) -> None:
    source.poll_now = FetchError("The feed does not answer: we try again later.", "timed out")
    poller.poll_one()
    with store.read() as tx:
        row = tx.row(select(sources))
    assert row["last_message"] == "The feed does not answer: we try again later."
    assert timedelta(minutes=2) <= row["next_poll_at"] - clock.at < timedelta(minutes=2.4)
    assert backoff(timedelta(minutes=1), 3) == timedelta(minutes=8)
    assert backoff(timedelta(minutes=1), 50) == timedelta(hours=1)
    assert backoff(timedelta(hours=5), 1) == timedelta(hours=5)


def test_retry_after_is_honoured(store, poller, source, clock) -> None:
    source.poll_now = Answered("Too many requests.", "429", 429, timedelta(hours=3))
    poller.poll_one()
    with store.read() as tx:
        assert tx.value(select(sources.c.next_poll_at)) == clock.at + timedelta(hours=3)


def test_a_source_with_a_bug_stops_nobody(store, poller, source) -> None:
    source.poll_now = ZeroDivisionError("a bug")
    assert poller.poll_one() is not None
    with store.read() as tx:
        assert tx.value(select(sources.c.failures)) == 1


def test_what_cannot_be_stored_is_the_sources_failure_and_the_next_poll_waits(store, poller, source, clock) -> None:
    source.poll_now = Poll((mention(1, clock.at), mention(2, clock.at, weight=2**70)), (), PollState())
    assert poller.poll_one() == TakenIn()
    with store.read() as tx:
        row = tx.row(select(sources))
    assert (row["failures"], row["lease_until"]) == (1, None)
    assert "cannot be stored" in row["last_message"]
    assert timedelta(minutes=2) <= row["next_poll_at"] - clock.at < timedelta(minutes=2.4)
    assert number_of(store, items) == 0, "all of a poll is saved, or nothing"


def test_figures_beyond_32_bits_are_kept(store, poller, source, clock) -> None:
    topic = add_monitor(store)
    reading = Reading("#IcedTea", clock.at, 3_000_000_000, None, clock.at - timedelta(hours=1), clock.at)
    source.poll_now = Poll((mention(1, clock.at, weight=3_000_000_000),), (reading,), PollState())
    assert poller.poll_one() == TakenIn(1, 1)
    with store.read() as tx:
        assert tx.value(select(func.sum(counts.c.count)).where(counts.c.topic_id == topic)) == 3_000_000_000
        assert tx.value(select(readings.c.count)) == 3_000_000_000


def test_a_locked_database_is_not_the_sources_failure(store, poller, source) -> None:
    source.poll_now = StorageError("Another program is holding the database.")
    with pytest.raises(StorageError):
        poller.poll_one()
    with store.read() as tx:
        assert tx.value(select(sources.c.failures)) == 0


def test_the_longest_address_is_stored_and_known_again(store, poller, source, clock) -> None:
    long = "https://paper.example/" + hashlib.shake_256(b"story").hexdigest(4_000)
    news = mention(1, clock.at, kind="news", url=long)
    source.poll_now = Poll((news,), (), PollState())
    assert poller.poll_one().items == 1
    source.poll_now = Poll((replace(news, external_id="other"),), (), PollState())
    clock.forward(minutes=2)
    assert poller.poll_one().items == 0


def test_a_dead_workers_late_answer_is_worthless(store, poller, source, clock) -> None:
    add_monitor(store)
    source.poll_now = Poll((mention(1, clock.at),), (), PollState())
    claimed = poller._claim()
    clock.forward(minutes=5)  # the lease runs out, and another worker takes the source
    assert poller.poll_one().items == 1
    late = replace(mention(2, clock.at), external_id="late")
    assert poller._save(claimed, Poll((late,), (), PollState())).items == 0
    assert number_of(store, items) == 1


def seed_history(store: Store, topic: int, per_hour: int, days: int = 3) -> None:
    with store.write() as tx:
        for hour in range(1, days * 24):
            add_count(tx, topic, 1, tx.now.replace(minute=0) - timedelta(hours=hour), per_hour)


def bring(store: Store, topic: int, number: int) -> None:
    with store.write() as tx:
        add_count(tx, topic, 1, tx.now.replace(second=0), number)


@pytest.mark.parametrize(("number", "raised"), [(149, 0), (150, 1)])
def test_the_guides_rule_holds_on_the_live_path(store, poller, number: int, raised: int) -> None:
    topic = add_monitor(store)
    seed_history(store, topic, 50)
    with store.write() as tx:
        for minute in range(60):  # evenly: a steep rise is told before its hour is full
            uses = number // 60 + (minute < number % 60)
            add_count(tx, topic, 1, tx.now - timedelta(minutes=minute), uses)
    assert len(look_for_spikes(store)) == raised


def test_an_alert_says_why_and_one_spike_is_told_once(store, poller, source, clock) -> None:
    topic = add_monitor(store)
    seed_history(store, topic, 10)
    source.poll_now = Poll(
        tuple(mention(n, clock.at, url=f"https://a.example/{n}") for n in range(60)), (), PollState()
    )
    poller.poll_one()
    [alert] = look_for_spikes(store)
    with store.read() as tx:
        row = tx.row(select(alerts).where(alerts.c.id == alert))
    assert (row["count"], row["baseline"], row["ratio"]) == (60, 10.0, 6.0)
    assert row["why"]["sources"] == [{"name": "Scripted", "count": 60}]
    assert row["why"]["samples"][0]["url"].startswith("https://a.example/")
    assert look_for_spikes(store) == ()

    clock.forward(minutes=61)
    bring(store, topic, 800)
    assert look_for_spikes(store) == (), "doubling is folded into the living alert"
    with store.read() as tx:
        assert tx.value(select(alerts.c.count)) == 800


def test_a_spike_that_comes_back_after_hours_is_news_again(store, poller, clock) -> None:
    topic = add_monitor(store)
    seed_history(store, topic, 10)
    bring(store, topic, 60)
    assert len(look_for_spikes(store)) == 1
    clock.forward(hours=8)
    assert not judge_topic_now(store, topic).alert
    bring(store, topic, 60)
    assert len(look_for_spikes(store)) == 1
    assert number_of(store, alerts) == 2


def judge_topic_now(store: Store, topic: int):
    with store.read() as tx:
        return judge_topic(tx, topic)


def test_a_trend_wakes_the_team_only_for_what_they_watch(store, poller, source, clock) -> None:
    add_monitor(store, terms=("iced tea",))
    window = {"window_start": clock.at - timedelta(hours=9), "window_end": clock.at}
    ours = Reading("#IcedTea", clock.at, 900, 100.0, titles=("Iced tea is everywhere",), **window)
    theirs = Reading("#FootballFinal", clock.at, 90_000, 100.0, **window)
    source.poll_now = Poll((), (ours, theirs), PollState())
    assert poller.poll_one().readings == 2
    [alert] = look_for_spikes(store)
    with store.read() as tx:
        row = tx.row(select(alerts).where(alerts.c.id == alert))
    assert row["ratio"] == 9.0
    assert "900 uses, 9.0 times" in row["why"]["sentence"]
    assert look_for_spikes(store) == ()


def test_a_dismissed_alert_stays_dismissed_while_the_same_spike_goes_on(store, poller, clock) -> None:
    topic = add_monitor(store)
    seed_history(store, topic, 10)
    bring(store, topic, 60)
    assert len(look_for_spikes(store)) == 1
    with store.write() as tx:
        tx.run(update(alerts).values(state=triage.DISMISSED))
    assert look_for_spikes(store) == ()
    clock.forward(minutes=61)
    bring(store, topic, 800)
    assert len(look_for_spikes(store)) == 1, "it doubled: that is news even to those who had waved it off"


def test_a_trend_that_comes_back_on_another_day_is_told_again(store, poller, source, clock) -> None:
    add_monitor(store, terms=("iced tea",))

    def read() -> None:
        window = {"window_start": clock.at - timedelta(hours=9), "window_end": clock.at}
        source.poll_now = Poll((), (Reading("#IcedTea", clock.at, 900, 100.0, **window),), PollState())
        assert poller.poll_one().readings == 1

    read()
    assert len(look_for_spikes(store)) == 1
    clock.forward(hours=5)
    read()
    assert look_for_spikes(store) == ()
    clock.forward(hours=20)
    read()
    assert len(look_for_spikes(store)) == 1


def test_an_event_that_many_monitors_hear_holds_no_writer_up(sqlite_store: Store, clock: HandClock) -> None:
    monitors = 8
    team_in(sqlite_store)
    add_source(sqlite_store)
    topics = [add_monitor(sqlite_store, f"Word {n}", (f"word{n}",)) for n in range(monitors)]
    with sqlite_store.write() as tx:
        hours = [clock.at - timedelta(hours=n) for n in range(1, 200)]
        add_counts(tx, 1, {(topic, hour): 10 for topic in topics for hour in hours})
        add_counts(tx, 1, {(topic, clock.at - timedelta(minutes=5)): 400 for topic in topics})
        for number in range(20):
            for topic in topics:
                row = {"external_id": f"{topic} {number}", "fingerprint": f"{topic} {number}", "kind": "mentions"}
                row |= {"source_id": 1, "text": "", "weight": 1, "published_at": tx.now, "taken_in_at": tx.now}
                item = tx.insert(insert(items).values(**row, extra={}))
                tx.run(insert(item_topics).values(item_id=item, topic_id=topic))
    asked: list[list[str]] = []

    def asks(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("BEGIN"):
            asked.append([])
        asked[-1].append(statement)

    event.listen(sqlite_store.engine, "before_cursor_execute", asks)
    assert len(look_for_spikes(sqlite_store)) == monitors
    writes = [len(one) for one in asked if one[0] == "BEGIN IMMEDIATE"]
    assert len(writes) >= monitors, "one alert at a time"
    assert max(writes) <= 30, "however many there are to compare it with"
