"""Counting on a real store: late items, duplicates, two workers at once, hours beside minutes, and letting go."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from data.storage.store import Store
from data.storage.tables import (
    baselines,
    counts,
    hour_counts,
    items,
    monitors,
    readings,
    sources,
    tone_hours,
    topics,
)
from data.storage.volumes import add_counts, hour_of
from monitors.evidence import samples
from monitors.history import Usual, baseline_of, first_use, volume
from monitors.intake import TakenIn, take_in, watching
from monitors.rollup import LetGo, roll_up
from monitors.sources import Item, Poll, PollState
from monitors.volume import HOUR, MINUTE, minute_of, window_end
from monitors.watch import judge_topic, look_for_spikes, rule_of
from tests.conftest import HandClock
from tests.factory import add_monitor, add_source, team_in
from workflow.imports import import_counts


@pytest.fixture
def topic(store: Store) -> int:
    team_in(store)
    add_source(store)
    add_source(store, "Second")
    return add_monitor(store)


def mention(number: int, at: datetime | None, **changes: object) -> Item:
    item = Item(f"m{number}", f"Larkfield tea number {number}", "", f"author {number}", at, "mentions")
    return replace(item, **changes)  # type: ignore[arg-type]


def bring(store: Store, *given: Item, source: int = 1, keep_unmatched: bool = True) -> TakenIn:
    with store.write() as tx:
        row = tx.row(select(sources).where(sources.c.id == source))
        assert row is not None
        return take_in(tx, row, Poll(given, (), PollState()), watching(tx), keep_unmatched)


def cells(store: Store, table, topic: int) -> dict[datetime, int]:
    """Uses of the topic by minute or hour."""
    at = table.c.minute if table is counts else table.c.hour
    with store.read() as tx:
        rows = tx.rows(
            select(at.label("at"), func.sum(table.c.count).label("n")).where(table.c.topic_id == topic).group_by(at)
        )
    return {row["at"]: int(row["n"]) for row in rows}


def test_late_and_disordered_items_find_their_own_minute_and_hour(store: Store, topic: int, clock: HandClock) -> None:
    late = clock.at - timedelta(hours=23, minutes=47)
    bring(store, mention(1, clock.at), mention(2, late, weight=3), mention(3, None))
    bring(store, mention(4, late + MINUTE), mention(5, clock.at + timedelta(hours=2)))
    assert cells(store, counts, topic) == {clock.at: 3, late: 3, late + MINUTE: 1}
    assert cells(store, hour_counts, topic) == {clock.at: 3, hour_of(late): 4}


def test_an_hour_takes_its_first_minute_and_not_the_next_hours(store: Store, topic: int, clock: HandClock) -> None:
    edge = clock.at - timedelta(hours=3)
    bring(store, mention(1, edge), mention(2, edge - timedelta(microseconds=1)))
    assert cells(store, hour_counts, topic) == {edge: 1, edge - HOUR: 1}
    assert cells(store, counts, topic) == {edge: 1, edge - MINUTE: 1}


def test_duplicates_in_a_batch_and_across_batches_and_sources(store: Store, topic: int, clock: HandClock) -> None:
    news = mention(1, clock.at, kind="news", url="https://paper.example/story?utm_source=feed")
    same = replace(news, external_id="other", url="https://PAPER.example/story/")
    assert bring(store, news, news, same, mention(2, clock.at), mention(2, clock.at)).items == 2
    assert bring(store, mention(2, clock.at), mention(3, clock.at)).items == 1
    assert bring(store, same, mention(2, clock.at), source=2).items == 1, "an identifier is its source's own"
    assert sum(cells(store, counts, topic).values()) == 4


def test_reposts_are_counted_and_shown_once(store: Store, topic: int, clock: HandClock) -> None:
    said = ("Larkfield tea is back!", "RT @fan: larkfield tea is BACK https://t.example/1", "Larkfield tea is gone")
    bring(store, *(mention(n, clock.at, text=text) for n, text in enumerate(said)))
    assert sum(cells(store, counts, topic).values()) == 3
    with store.read() as tx:
        assert len(samples(tx, topic, clock.at - HOUR)) == 2


def test_what_matches_nothing_leaves_no_trace_where_it_is_not_kept(store: Store, topic: int, clock: HandClock) -> None:
    other = mention(2, clock.at, text="Coffee, anyone? #espresso")
    assert bring(store, mention(1, clock.at), other, keep_unmatched=False).items == 1
    assert bring(store, other).items == 1
    with store.read() as tx:
        assert {row["text"] for row in tx.rows(select(items))} == {"Larkfield tea number 1", other.text}


def test_an_item_in_a_language_that_the_monitor_leaves_out_is_not_counted(
    store: Store, topic: int, clock: HandClock
) -> None:
    french = add_monitor(store, "Thé", terms=("larkfield",), languages=["fr"])
    bring(store, *(mention(n, clock.at, language=code) for n, code in enumerate(("en", "fr-CA", None))))
    assert sum(cells(store, counts, topic).values()) == 3
    assert sum(cells(store, counts, french).values()) == 2


def test_a_changed_monitor_is_matched_by_its_new_words(store: Store, topic: int, clock: HandClock) -> None:
    bring(store, mention(1, clock.at))
    with store.write() as tx:
        tx.run(update(monitors).values(terms=["oolong"]))
    bring(store, mention(2, clock.at), mention(3, clock.at, text="Oolong"))
    assert sum(cells(store, counts, topic).values()) == 2


def test_one_hashtag_in_many_spellings_is_one_topic(store: Store, topic: int, clock: HandClock) -> None:
    bring(
        store,
        *(mention(n, clock.at, text=text) for n, text in enumerate(("#IcedTea", "x #icedtea #ICEDTEA", "＃IcedTea"))),
    )
    bring(store, mention(9, clock.at, text="#iCeDtEa", topic="Iced tea"))
    with store.read() as tx:
        named = tx.rows(select(topics).where(topics.c.monitor_id.is_(None)))
    assert [(row["folded"], row["label"]) for row in named] == [("icedtea", "#IcedTea")]
    assert cells(store, counts, named[0]["id"]) == {clock.at: 4}


def test_two_workers_at_once_count_everything_once(store: Store, topic: int, clock: HandClock) -> None:
    """Both read the same posts of one source, in batches that overlap, and a second source of their own."""
    shared = [mention(n, clock.at - MINUTE * (n % 50)) for n in range(120)]

    def work(own: int) -> None:
        for start in range(0, 120, 30):
            bring(store, *shared[start : start + 40])
            bring(store, mention(1_000 + start, clock.at, external_id=f"{own}-{start}"), source=own)

    with ThreadPoolExecutor() as pool:
        list(pool.map(work, (1, 2)))
    assert sum(cells(store, counts, topic).values()) == sum(cells(store, hour_counts, topic).values()) == 128
    with store.read() as tx:
        assert tx.value(select(func.count()).select_from(items)) == 128


def test_a_history_may_be_imported_again(store: Store, topic: int, clock: HandClock) -> None:
    with store.write() as tx:
        import_counts(tx, [("Our tea", clock.at - HOUR * back, 10) for back in range(1, 500)])
    with store.read() as tx:
        assert judge_topic(tx, topic).baseline == 10
    with store.write() as tx:
        import_counts(tx, [("Our tea", clock.at - HOUR * back + MINUTE, 4) for back in range(1, 500)])
    assert set(cells(store, hour_counts, topic).values()) == {4}
    assert set(cells(store, counts, topic).values()) == {4}
    assert min(cells(store, counts, topic)) >= clock.at - timedelta(days=8), "older minutes are not kept"


def test_minutes_go_after_eight_days_and_hours_after_four_hundred(store: Store, topic: int, clock: HandClock) -> None:
    began = clock.at
    with store.write() as tx:
        add_counts(tx, 1, {(topic, began - MINUTE * back): 1 for back in range(180)})
    clock.forward(days=8, hours=-1, minutes=30)
    assert roll_up(store, batch=50) == LetGo(minutes=119)
    assert min(cells(store, counts, topic)) == began - MINUTE * 60
    with store.read() as tx:
        shown = volume(tx, topic, began - timedelta(hours=3))
        assert sum(shown.values()) == pytest.approx(180)
        assert first_use(tx, topic) == hour_of(began - MINUTE * 179)
    clock.forward(days=392, minutes=15)
    assert roll_up(store).hours == 3
    assert cells(store, hour_counts, topic) == {began: 1}


def test_old_posts_go_but_not_those_without_a_date_nor_warnings(store: Store, topic: int, clock: HandClock) -> None:
    dated = clock.at - HOUR
    bring(store, mention(1, dated), mention(2, None), mention(3, dated, kind="official"))
    clock.forward(days=91)
    bring(store, mention(4, clock.at - HOUR))
    assert roll_up(store).items == 1
    with store.read() as tx:
        assert {row["external_id"] for row in tx.rows(select(items))} == {"m2", "m3", "m4"}


def test_after_four_hundred_days_nothing_is_left_but_what_people_wrote_down(
    store: Store, topic: int, clock: HandClock
) -> None:
    by_hand = add_source(store, "By hand", "by_hand", enabled=False)
    bring(store, mention(1, None, text="#sometag"), mention(2, clock.at, kind="official"))
    bring(store, mention(3, None), source=by_hand)
    with store.write() as tx:
        window = {"at": tx.now, "window_start": tx.now - HOUR, "window_end": tx.now}
        tx.run(insert(readings).values(topic_id=topic, source_id=1, count=9, titles=[], **window))
        tx.run(insert(tone_hours).values(topic_id=topic, hour=tx.now, scored=5, negative=1))
    clock.forward(days=399)
    assert roll_up(store) == LetGo(minutes=2)
    clock.forward(days=2)
    bring(store, mention(4, None, text="#othertag"))
    assert roll_up(store) == LetGo(hours=2, items=2, readings=1, tones=1, topics=1)
    with store.read() as tx:
        assert {row["external_id"] for row in tx.rows(select(items))} == {"m3", "m4"}
        assert {row["label"] for row in tx.rows(select(topics))} == {"Our tea", "#othertag"}


def test_a_stop_is_not_held_up_by_what_is_old(store: Store, topic: int, clock: HandClock) -> None:
    bring(store, mention(1, clock.at - HOUR))
    clock.forward(days=100)
    assert roll_up(store, stopping=lambda: True) == LetGo()


def fill(store: Store, topics: list[int], clock: HandClock, hours: int, dice: random.Random) -> None:
    with store.write() as tx:
        tally = {
            (topic, minute_of(clock.at) - HOUR * back - MINUTE * dice.randint(0, 59)): dice.randint(0, 60)
            for topic in topics
            for back in range(1, hours)
        }
        add_counts(tx, 1, tally)


def test_a_kept_baseline_is_the_one_that_would_be_made_anew(store: Store, topic: int, clock: HandClock) -> None:
    dice = random.Random(3)
    others = [add_monitor(store, f"Other {n}", terms=(f"other{n}",)) for n in range(4)]
    fill(store, [topic, *others[:2]], clock, 200, dice)
    fill(store, others[2:3], clock, 5, dice)
    uses = dict.fromkeys([topic, *others], 100.0)
    for minutes in (0, 7, 59, 90):
        start = window_end(clock.at + timedelta(minutes=minutes)) - HOUR
        with store.write() as tx:
            usual = Usual(tx, uses, start)
            usual.keep(tx)
        with store.read() as tx:
            again = Usual(tx, uses, start)
            assert not again.fresh, "all of this hour are kept"
            assert {one: again[one] for one in uses} == {one: baseline_of(tx, one, start) for one in uses}
    with store.read() as tx:
        assert tx.value(select(func.count()).select_from(baselines)) == 5


def test_the_judged_hour_is_no_part_of_its_own_baseline(store: Store, topic: int, clock: HandClock) -> None:
    clock.forward(minutes=30)
    with store.write() as tx:
        add_counts(tx, 1, {(topic, hour_of(clock.at) - HOUR * back): 10 for back in range(1, 60)})
        before = baseline_of(tx, topic, window_end(clock.at) - HOUR)
        add_counts(tx, 1, {(topic, clock.at - MINUTE * back): 1_000 for back in range(60)})
        assert baseline_of(tx, topic, window_end(clock.at) - HOUR) == before


def test_after_the_hour_turns_topics_near_an_alert_come_first(store: Store, topic: int, clock: HandClock) -> None:
    others = [add_monitor(store, f"Other {n}", terms=(f"other{n}",)) for n in range(5)]
    fill(store, [topic, *others], clock, 100, random.Random(4))
    start = window_end(clock.at) - HOUR
    with store.write() as tx:
        Usual(tx, dict.fromkeys([topic, *others], 1.0), start).keep(tx)
    with store.read() as tx:
        later = Usual(tx, {topic: 1_000.0} | dict.fromkeys(others, 1.0), start + HOUR, most=3)
        assert topic in later.fresh
        assert len(later.fresh) == 3


def test_a_monitor_with_a_cooldown_of_its_own_is_told_again_after_it(
    store: Store, topic: int, clock: HandClock
) -> None:
    other = add_monitor(store, "Other", terms=("other",), cooldown_minutes=60)
    with store.write() as tx:
        for one in (topic, other):
            add_counts(tx, 1, {(one, clock.at - HOUR * back): 10 for back in range(1, 72)})
            add_counts(tx, 1, {(one, clock.at): 60})
    assert len(look_for_spikes(store)) == 2
    clock.forward(minutes=130)
    with store.write() as tx:
        for one in (topic, other):
            add_counts(tx, 1, {(one, clock.at): 70})
    with store.read() as tx:
        rows = tx.rows(select(monitors).order_by(monitors.c.id))
        spikes = [judge_topic(tx, one, rule_of(row)) for one, row in zip((topic, other), rows, strict=True)]
    assert [spike.state for spike in spikes] == ["cooling", "alert"]
