"""What comes over an hour late still alerts: once, for the hour it belongs to, and only where nobody was told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import RowMapping, select

from data.storage.store import Store
from data.storage.tables import alerts, sources
from data.storage.volumes import add_counts, hour_of
from monitors.intake import take_in, watching
from monitors.sources import Item, Poll, PollState
from monitors.volume import HOUR
from monitors.watch import look_for_spikes
from tests.conftest import HandClock
from tests.factory import add_monitor, add_source, team_in


@pytest.fixture
def topic(sqlite_store: Store, clock: HandClock) -> int:
    team_in(sqlite_store)
    add_source(sqlite_store)
    topic = add_monitor(sqlite_store)
    with sqlite_store.write() as tx:
        newest = hour_of(clock.at)
        add_counts(tx, 1, {(topic, newest - HOUR * back): 10 for back in range(1, 30 * 24)})
    return topic


def bring(store: Store, at: datetime, number: int) -> None:
    """Posts of that time that come in now."""
    given = [
        Item(f"{at:%d%H%M}-{n}", f"Larkfield tea {at:%d%H%M} {n}", "", f"author {n}", at, "mentions")
        for n in range(number)
    ]
    with store.write() as tx:
        row = tx.row(select(sources))
        take_in(tx, row, Poll(tuple(given), (), PollState()), watching(tx))


def told(store: Store) -> list[RowMapping]:
    with store.read() as tx:
        return list(tx.rows(select(alerts).order_by(alerts.c.id)))


def test_a_spike_that_a_worker_slept_through_is_told_when_it_wakes(
    sqlite_store: Store, topic: int, clock: HandClock
) -> None:
    clock.forward(hours=5, minutes=20)
    spike = hour_of(clock.at) - HOUR * 4
    bring(sqlite_store, spike + HOUR / 2, 200)
    bring(sqlite_store, spike + HOUR * 1.5, 90)
    assert len(look_for_spikes(sqlite_store)) == 1
    [alert] = told(sqlite_store)
    assert (alert["count"], alert["window_start"], alert["window_end"]) == (200, spike, spike + HOUR)
    began = f"{spike:%H:%M} and {spike + HOUR:%H:%M} UTC"
    assert alert["why"]["sentence"].startswith(f"Came late: 200 uses between {began}")
    assert look_for_spikes(sqlite_store) == ()


def test_a_feed_that_is_always_late_alerts_while_its_hour_fills(
    sqlite_store: Store, topic: int, clock: HandClock
) -> None:
    newest = 0
    raised: list[int] = []
    for _ in range(12):
        bring(sqlite_store, clock.at - timedelta(minutes=70), 25)
        raised += look_for_spikes(sqlite_store, after=newest)
        clock.forward(minutes=15)
    assert len(raised) == 1


@pytest.mark.parametrize(("hours_late", "number"), [(3, 19), (30, 200), (3, 0)])
def test_few_uses_and_what_is_older_than_a_day_is_no_news(
    sqlite_store: Store, topic: int, clock: HandClock, hours_late: int, number: int
) -> None:
    clock.forward(days=2)
    bring(sqlite_store, clock.at - HOUR * hours_late, number)
    assert look_for_spikes(sqlite_store) == ()


def test_what_was_told_while_it_happened_is_not_told_as_late(sqlite_store: Store, topic: int, clock: HandClock) -> None:
    bring(sqlite_store, clock.at - HOUR / 4, 100)
    assert len(look_for_spikes(sqlite_store)) == 1
    clock.forward(hours=3)
    bring(sqlite_store, clock.at - HOUR * 2.5, 300)
    assert look_for_spikes(sqlite_store) == ()


def test_only_what_is_new_since_the_last_look_is_gone_through(
    sqlite_store: Store, topic: int, clock: HandClock
) -> None:
    clock.forward(hours=3)
    bring(sqlite_store, clock.at - HOUR * 2, 200)
    assert look_for_spikes(sqlite_store, after=200) == ()
    assert len(look_for_spikes(sqlite_store, after=100)) == 1
