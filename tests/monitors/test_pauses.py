"""Silence and absence: hours in which nobody watched teach nothing, hours of watching without a use do."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from data.storage.store import Store, Tx
from data.storage.tables import sources
from data.storage.volumes import add_counts, hour_of
from monitors.backtest import would_have_raised
from monitors.baseline import DAY, HOURS_BEHIND, WEEK, usual
from monitors.history import baseline_of, make
from monitors.matching import MonitorRule
from monitors.pauses import stretches
from monitors.volume import HOUR
from monitors.watch import judge_topic, look_for_spikes
from tests.conftest import HandClock
from tests.factory import Team, add_item, add_monitor, add_source, team_in
from workflow.watching import set_enabled

END = datetime(2026, 3, 2, 9).astimezone()


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    made = team_in(sqlite_store)
    add_source(sqlite_store)
    return made


def steady(store: Store, topic: int, now: datetime, until: timedelta = timedelta(0), per_hour: int = 50) -> None:
    """Four weeks of even hours up to `until` ago."""
    newest = hour_of(now)
    with store.write() as tx:
        hours = (newest - HOUR * back for back in range(1, HOURS_BEHIND + 1))
        add_counts(tx, 1, {(topic, hour): per_hour for hour in hours if hour < now - until})


def bring(store: Store, topic: int, number: int) -> None:
    with store.write() as tx:
        add_counts(tx, 1, {(topic, tx.now - HOUR / 2): number})


def known_hours(tx: Tx, topic: int, now: datetime) -> int:
    found = baseline_of(tx, topic, hour_of(now))
    return 0 if found is None else found.hours


def test_hours_that_nobody_knows_are_left_out_and_older_ones_stand_in() -> None:
    off = [50.0] * 5 + [None] * (10 * DAY) + [50.0] * (3 * WEEK)
    found = usual(off)
    assert found is not None
    assert (found.level, found.low, found.tail) == (50.0, 50.0, 1.0)
    assert found.hours == HOURS_BEHIND - 10 * DAY
    assert usual([None] * 30) is None


def test_a_silent_day_is_a_gap_only_after_a_lively_one() -> None:
    assert stretches([0.0] * 30 + [3.0] * 50, END) == [(END - HOUR * 30, END)]
    assert stretches([3.0, *[0.0] * 40, *[3.0] * 50], END) == [(END - HOUR * 41, END - HOUR)]
    assert stretches([0.0] * 23 + [3.0] * 50, END) == []
    assert stretches([0.0] * 300 + [1.0] * 5 + [0.0] * 300, END) == [], "it was never heard much"
    assert stretches([0.0] * 300, END) == []


@pytest.mark.parametrize("days", [4, 8, 12])
def test_after_days_without_a_worker_the_usual_is_what_it_was(
    sqlite_store: Store, team: Team, clock: HandClock, days: int
) -> None:
    topic = add_monitor(sqlite_store)
    other = add_monitor(sqlite_store, "Other", terms=("other",))
    for one in (topic, other):
        steady(sqlite_store, one, clock.at, timedelta(days=days))
    bring(sqlite_store, topic, 100)
    assert look_for_spikes(sqlite_store) == (), "twice the usual before the pause"
    bring(sqlite_store, topic, 60)
    assert len(look_for_spikes(sqlite_store)) == 1


def test_silence_while_others_were_heard_is_silence(sqlite_store: Store, team: Team, clock: HandClock) -> None:
    topic, other = add_monitor(sqlite_store), add_monitor(sqlite_store, "Other", terms=("other",))
    steady(sqlite_store, topic, clock.at, timedelta(days=8))
    steady(sqlite_store, other, clock.at)
    with sqlite_store.read() as tx:
        assert known_hours(tx, topic, clock.at) == HOURS_BEHIND


def test_what_came_in_for_nobody_shows_that_somebody_watched(sqlite_store: Store, team: Team, clock: HandClock) -> None:
    topic = add_monitor(sqlite_store)
    steady(sqlite_store, topic, clock.at, timedelta(days=4))
    for back in range(0, 96, 12):
        add_item(sqlite_store, f"Weather {back}", taken_in_at=clock.at - HOUR * back - HOUR / 2)
    with sqlite_store.read() as tx:
        assert known_hours(tx, topic, clock.at) == HOURS_BEHIND


def test_a_monitor_that_was_switched_off_is_not_deaf_afterwards(
    sqlite_store: Store, team: Team, clock: HandClock
) -> None:
    topic, other = add_monitor(sqlite_store), add_monitor(sqlite_store, "Other", terms=("other",))
    steady(sqlite_store, topic, clock.at)
    set_enabled(sqlite_store, team.tokens["lea"], 1, False)
    clock.forward(days=8)
    steady(sqlite_store, other, clock.at)
    team.sign_in_again()
    set_enabled(sqlite_store, team.tokens["lea"], 1, True)
    with sqlite_store.read() as tx:
        assert baseline_of(tx, topic, clock.at).level == 50.0
    clock.forward(hours=3)
    bring(sqlite_store, topic, 160)
    assert len(look_for_spikes(sqlite_store)) == 1


def test_a_phrase_that_nobody_used_for_a_month_is_heard_at_its_floor(
    sqlite_store: Store, team: Team, clock: HandClock
) -> None:
    topic = add_monitor(sqlite_store, floor=30)
    clock.forward(days=30)
    with sqlite_store.write() as tx:
        tx.run(update(sources).values(succeeded_at=tx.now))
    bring(sqlite_store, topic, 29)
    assert look_for_spikes(sqlite_store) == ()
    bring(sqlite_store, topic, 1)
    assert len(look_for_spikes(sqlite_store)) == 1


def test_silence_begins_with_the_monitor_and_with_a_source_that_answers(
    sqlite_store: Store, team: Team, clock: HandClock
) -> None:
    early = add_monitor(sqlite_store)
    clock.forward(days=3)
    with sqlite_store.read() as tx:
        assert make(tx, [early], tx.now) == {early: None}, "no source has answered"
    late = add_monitor(sqlite_store, "Late", terms=("late",))
    clock.forward(hours=5)
    with sqlite_store.write() as tx:
        tx.run(update(sources).values(succeeded_at=tx.now))
        found = make(tx, [early, late], tx.now)
        assert (found[early].hours, found[late].hours) == (77, 5)
        assert judge_topic(tx, late).state == "learning"


def test_history_from_before_the_monitor_counts_from_its_own_beginning(
    sqlite_store: Store, team: Team, clock: HandClock
) -> None:
    topic = add_monitor(sqlite_store)
    steady(sqlite_store, topic, clock.at)
    with sqlite_store.write() as tx:
        tx.run(update(sources).values(succeeded_at=tx.now))
        assert make(tx, [topic], tx.now)[topic].hours == HOURS_BEHIND


def test_a_backtest_knows_of_the_pause(sqlite_store: Store, team: Team, clock: HandClock) -> None:
    topic = add_monitor(sqlite_store)
    steady(sqlite_store, topic, clock.at, timedelta(days=8))
    bring(sqlite_store, topic, 70)
    rule = MonitorRule(1, ("larkfield",))
    assert would_have_raised(sqlite_store, rule, 20).alerts == ()
    bring(sqlite_store, topic, 90)
    assert [one.baseline for one in would_have_raised(sqlite_store, rule, 20).alerts] == [50.0]


def test_a_backtest_hears_what_nobody_had_used_before(sqlite_store: Store, team: Team, clock: HandClock) -> None:
    topic = add_monitor(sqlite_store)
    clock.forward(days=30)
    with sqlite_store.write() as tx:
        tx.run(update(sources).values(succeeded_at=tx.now))
    bring(sqlite_store, topic, 40)
    assert len(would_have_raised(sqlite_store, MonitorRule(1, ("larkfield",)), 20).alerts) == 1
