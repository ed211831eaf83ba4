"""What a monitor would have raised: the same answers as the live path, from counts and from stored items."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from data.storage.store import Store
from data.storage.tables import alerts, items
from data.storage.volumes import add_counts
from monitors.backtest import STEP, Told, replay, would_have_raised
from monitors.matching import MonitorRule
from monitors.volume import HOUR, MINUTE, window_end
from monitors.watch import look_for_spikes
from tests.conftest import HandClock
from tests.factory import add_monitor, add_source, team_in
from workflow.by_hand import BY_HAND_KIND

END = window_end(HandClock().at)


def even(per_hour: int, hours: int, end: datetime = END) -> dict[datetime, float]:
    """So many uses in the first minute of each of the hours before `end`."""
    return {end - HOUR * back: float(per_hour) for back in range(1, hours + 1)}


def write_items(store: Store, text: str, at: datetime, number: int = 1, **values: object) -> None:
    """One item that stands for `number` uses."""
    row = {"source_id": 1, "external_id": f"{text}{at}", "kind": "mentions", "text": text, "weight": number}
    row |= {"published_at": at, "taken_in_at": at, "fingerprint": text[:64], "extra": {}, "author": "someone"}
    with store.write() as tx:
        tx.insert(insert(items).values(**row | values))


@pytest.mark.parametrize(("last", "told"), [(149, 0), (150, 1)])
def test_three_times_the_usual_is_told_and_one_less_is_not(last: int, told: int) -> None:
    minutes = even(50, 48)
    for ten in range(6):  # evenly: a steep rise is told before its hour is full
        minutes[END - HOUR + STEP * ten] = last / 6
    found = replay(minutes, END, floor=20)
    assert len(found) == told
    if told:
        assert found == (Told(END, 150, 50, 3),)


def test_nothing_is_told_below_the_floor_or_in_the_first_day() -> None:
    small = even(2, 48) | {END - MINUTE: 18.0}
    assert replay(small, END, floor=21) == ()
    assert len(replay(small, END, floor=20)) == 1
    young = even(10, 24) | {END - MINUTE: 500.0}
    assert replay(young, END, floor=20) == ()
    assert len(replay(young, END, floor=20, began=END - HOUR * 25)) == 1


def test_one_spike_is_one_alert_and_a_later_one_is_another() -> None:
    minutes = even(10, 100)
    for back in (40, 39, 38, 37, 36, 35, 34, 5):
        minutes[END - HOUR * back] = 90.0
    found = replay(minutes, END, floor=20)
    assert [(END - one.at) // HOUR for one in found] == [39, 4]


def test_no_counts_no_alerts() -> None:
    assert replay({}, END, floor=1) == ()


def test_a_minute_by_minute_week_is_judged_as_the_live_path_would(store: Store, clock: HandClock) -> None:
    """The live path looks every ten minutes for two days; the backtest of the same counts tells the same alerts."""
    team_in(store)
    add_source(store)
    topic = add_monitor(store)
    dice = random.Random(7)
    end = window_end(clock.at) + timedelta(days=2)
    began = end - timedelta(days=4)
    minutes = {began + MINUTE * n: float(dice.randint(0, 1)) for n in range(4 * 24 * 60)}
    for at in minutes:
        if timedelta(hours=20) <= end - at < timedelta(hours=21) or end - at < timedelta(minutes=30):
            minutes[at] += 4
    with store.write() as tx:
        add_counts(tx, 1, {(topic, at): int(n) for at, n in minutes.items() if n})
    for back in range(24 * 6, -1, -1):
        clock.at = end - MINUTE - timedelta(minutes=10) * back
        look_for_spikes(store)
    with store.read() as tx:
        live = [row["raised_at"] + MINUTE for row in tx.rows(alerts.select().order_by(alerts.c.id))]
    found = would_have_raised(store, MonitorRule(1, ("larkfield",)), 20, days=1)
    assert found.counted
    assert [one.at for one in found.alerts] == live
    assert len(live) == 2


def test_new_words_are_matched_against_what_was_taken_in(store: Store, clock: HandClock) -> None:
    team_in(store)
    add_source(store)
    by_hand = add_source(store, "By hand", BY_HAND_KIND)
    end = window_end(clock.at)
    for back in range(1, 49):
        write_items(store, "Iced tea, anyone?", end - HOUR * back, 10)
    write_items(store, "An iced tea fountain!", clock.at, 140)
    write_items(store, "Long Island iced tea", clock.at, 500)
    write_items(store, "Coffee", clock.at, 500)
    write_items(store, "Iced tea warning", clock.at, 500, kind="official")
    write_items(store, "I saw iced tea", clock.at, 500, source_id=by_hand)
    found = would_have_raised(store, MonitorRule(0, ("iced tea",), ("long island",)), 20)
    assert (found.matched, found.items_seen, found.counted) == (49, 51, False)
    assert [(one.count, one.baseline) for one in found.alerts] == [(150, 10)]
    assert would_have_raised(store, MonitorRule(0, ("iced tea",), ("long island",)), 151).alerts == ()
    assert would_have_raised(store, MonitorRule(0, ("oolong",)), 20).matched == 0


def test_the_hashtag_of_the_name_counts_as_it_will_when_it_is_saved(store: Store, clock: HandClock) -> None:
    team_in(store)
    add_source(store)
    write_items(store, "So good #TeaHour", clock.at)
    assert would_have_raised(store, MonitorRule(0, ("five o'clock",)), 20, name="Tea hour").matched == 1


def test_an_unchanged_monitor_answers_from_its_counts_and_a_changed_one_from_items(
    store: Store, clock: HandClock
) -> None:
    team_in(store)
    add_source(store)
    topic = add_monitor(store)
    end = window_end(clock.at)
    with store.write() as tx:
        add_counts(tx, 1, {(topic, end - HOUR * back): 200 if back == 1 else 50 for back in range(1, 300)})
    found = would_have_raised(store, MonitorRule(1, ("larkfield",)), 20)
    assert [one.count for one in found.alerts] == [200]
    assert (found.counted, found.matched, found.caution) == (True, 200 + 167 * 50, "")
    changed = would_have_raised(store, MonitorRule(1, ("larkfield", "oolong")), 20)
    assert not changed.counted
    assert changed.alerts == ()


def test_too_little_history_is_said(store: Store, clock: HandClock) -> None:
    team_in(store)
    add_source(store)
    rule = MonitorRule(0, ("iced tea",))
    assert "nothing yet" in would_have_raised(store, rule, 20).caution
    write_items(store, "Iced tea", clock.at - HOUR * 5)
    assert "only 5 hours of items" in would_have_raised(store, rule, 20).caution
    write_items(store, "Coffee", clock.at - HOUR * 50)
    assert "The first use was 5 hours ago" in would_have_raised(store, rule, 20).caution
    write_items(store, "Iced tea", clock.at - HOUR * 49)
    assert "only 50 hours of items" in would_have_raised(store, rule, 20).caution
    write_items(store, "Coffee", clock.at - HOUR * 200)
    assert would_have_raised(store, rule, 20).caution == ""
