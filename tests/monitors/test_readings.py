"""Trend sources' figures: each source's newest is judged, and never held against what we count ourselves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import RowMapping, select

from data.storage.store import Store
from data.storage.tables import alerts, sources
from data.storage.volumes import add_counts
from monitors.intake import take_in, watching
from monitors.sources import Poll, PollState, Reading
from monitors.volume import HOUR
from monitors.watch import look_for_spikes
from tests.conftest import HandClock
from tests.factory import add_monitor, add_source, team_in

DAY = timedelta(days=1)


@pytest.fixture
def topic(sqlite_store: Store) -> int:
    team_in(sqlite_store)
    add_source(sqlite_store)
    add_source(sqlite_store, "Second")
    return add_monitor(sqlite_store, "Larkfield")


def read(store: Store, at: datetime, count: int, usual: float, source: int = 1, topic: str = "Larkfield") -> Reading:
    given = Reading(topic, at, count, usual, at - DAY, at)
    with store.write() as tx:
        row = tx.row(select(sources).where(sources.c.id == source))
        take_in(tx, row, Poll((), (given,), PollState()), watching(tx))
    return given


def count(store: Store, topic: int, number: int, at: datetime) -> None:
    with store.write() as tx:
        add_counts(tx, 1, {(topic, at - HOUR / 2): number})


def told(store: Store) -> list[RowMapping]:
    with store.read() as tx:
        return list(tx.rows(select(alerts).order_by(alerts.c.id)))


def test_an_older_figure_that_comes_later_hides_nothing(sqlite_store: Store, topic: int, clock: HandClock) -> None:
    read(sqlite_store, clock.at, 90_000, 1_000.0)
    read(sqlite_store, clock.at - HOUR, 400, 390.0)
    assert len(look_for_spikes(sqlite_store)) == 1


def test_each_source_is_judged_for_itself(sqlite_store: Store, topic: int, clock: HandClock) -> None:
    read(sqlite_store, clock.at, 90_000, 1_000.0, source=1)
    read(sqlite_store, clock.at, 400, 390.0, source=2)
    assert len(look_for_spikes(sqlite_store)) == 1


def test_a_trends_daily_figure_does_not_silence_our_own_count(
    sqlite_store: Store, topic: int, clock: HandClock
) -> None:
    with sqlite_store.write() as tx:
        add_counts(tx, 1, {(topic, clock.at - HOUR * back): 30 for back in range(1, 300)})
    read(sqlite_store, clock.at, 20_000, 2_000.0)
    assert len(look_for_spikes(sqlite_store)) == 1
    clock.forward(hours=1)
    count(sqlite_store, topic, 200, clock.at)
    for _ in range(3):
        look_for_spikes(sqlite_store)
    [alert] = told(sqlite_store)
    assert (alert["count"], alert["escalations"]) == (200, 1), "told once more, and only once"
    clock.forward(hours=1)
    count(sqlite_store, topic, 450, clock.at)
    look_for_spikes(sqlite_store)
    assert told(sqlite_store)[0]["escalations"] == 2


def test_hours_after_a_trend_our_own_spike_is_an_alert_of_its_own(
    sqlite_store: Store, topic: int, clock: HandClock
) -> None:
    with sqlite_store.write() as tx:
        add_counts(tx, 1, {(topic, clock.at - HOUR * back): 30 for back in range(1, 300)})
    read(sqlite_store, clock.at, 20_000, 2_000.0)
    look_for_spikes(sqlite_store)
    clock.forward(hours=7)
    count(sqlite_store, topic, 200, clock.at)
    assert len(look_for_spikes(sqlite_store)) == 1
    read(sqlite_store, clock.at, 21_000, 2_000.0)
    look_for_spikes(sqlite_store)
    assert [row["count"] for row in told(sqlite_store)] == [20_000, 200], "a day's total is no doubling of an hour's"
