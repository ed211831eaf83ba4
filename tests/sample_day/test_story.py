"""The story: the same every time, in words that differ, and loud exactly where it should be."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import pytest

from data.errors import BadInput
from data.sample_day.day import Day, Moment, load_day
from data.sample_day.story import HOUR, WARNINGS, Arrival, Piece, arrivals, chatter, history_rows
from monitors.baseline import usual
from monitors.matching import Matcher, MonitorRule
from monitors.spikes import judge

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def day() -> Day:
    return load_day()


@pytest.fixture(scope="module")
def matcher(day: Day) -> Matcher:
    return Matcher(MonitorRule(at, monitor.terms, monitor.exclusions) for at, monitor in enumerate(day.monitors))


def names(day: Day, matcher: Matcher, piece: Piece) -> set[str]:
    """The monitors that a piece belongs to, as the product would match it."""
    return {day.monitors[at].name for at in matcher.match(f"{piece.text}\n{piece.summary}")}


def pieces(day: Day, moment: Moment, *, posts: bool) -> list[tuple[Arrival, Piece]]:
    """What a moment brings in writing: its posts, or its headlines and warnings."""
    papers = {*day.headlines.headlines, WARNINGS}
    mine = [(a, a.what) for a in arrivals(day) if a.moment == moment.key and isinstance(a.what, Piece)]
    return [(arrival, piece) for arrival, piece in mine if (piece.feed not in papers) is posts]


def test_told_twice_it_is_the_same_and_with_another_seed_it_is_not(day: Day) -> None:
    again = load_day()
    assert arrivals(day) == arrivals(again)
    other = day.model_copy(update={"frame": day.frame.model_copy(update={"seed": 1})})
    assert arrivals(day) != arrivals(other)


def test_the_main_moment_has_many_voices(day: Day) -> None:
    mentions = day.moments[0].mentions
    assert mentions is not None
    assert len(mentions.phrases) >= 25


def test_no_two_posts_of_a_moment_say_the_same_and_each_is_about_it(day: Day, matcher: Matcher) -> None:
    for moment in day.moments:
        told = [piece for _, piece in pieces(day, moment, posts=True)]
        assert len({piece.text for piece in told}) == len(told)
        assert all(moment.monitor in names(day, matcher, piece) for piece in told)
        assert not any("{" in piece.text or "|" in piece.text for piece in told)


def test_waves_come_from_as_many_people_as_the_file_says_and_fit_a_page_of_each_tag(day: Day) -> None:
    for moment in day.moments:
        if moment.mentions is None:
            continue
        told = [piece for _, piece in pieces(day, moment, posts=True)]
        assert len(told) == moment.mentions.count
        assert len({piece.author for piece in told}) == moment.mentions.authors
        assert Counter(p.feed for p in told if p.feed.startswith("tag:")) == {
            f"tag:{tag}": number for tag, number in moment.mentions.tags.items()
        }
        assert max(moment.mentions.tags.values(), default=0) <= 40
        for piece in told:
            assert piece.feed == "mentions" or f"#{piece.feed.removeprefix('tag:')}" in piece.text.casefold()


def test_the_first_wave_is_told_within_twenty_seconds_at_the_usual_speed(day: Day) -> None:
    last = max(arrival.second for arrival, _ in pieces(day, day.moments[0], posts=True))
    assert last / day.frame.speed < 20


def test_the_tragedy_is_in_both_papers_within_three_seconds(day: Day) -> None:
    moment = day.moment("tragedy")
    begins = day.second(moment.at)
    soon = [a for a, _ in pieces(day, moment, posts=False) if (a.second - begins) / day.frame.speed < 3]
    assert {arrival.what.feed for arrival in soon if isinstance(arrival.what, Piece)} == set(day.headlines.headlines)


def test_history_ends_before_the_hour_that_the_feeds_still_show(day: Day) -> None:
    rows = list(history_rows(day, START + timedelta(seconds=40)))
    assert max(minute for _, minute, _ in rows) < START - HOUR
    assert min(minute for _, minute, _ in rows) >= START - HOUR - timedelta(days=day.frame.history_days)
    assert all(minute.second == 0 and minute.tzinfo is UTC and count > 0 for _, minute, count in rows)
    assert len({(name, minute) for name, minute, _ in rows}) == len(rows)
    assert {name for name, _, _ in rows} == {monitor.name for monitor in day.monitors}


def test_history_has_the_mean_that_the_monitors_file_promises(day: Day) -> None:
    totals: Counter[str] = Counter()
    for name, _, count in history_rows(day, START):
        totals[name] += count
    for monitor in day.monitors:
        mean = totals[monitor.name] / (24 * day.frame.history_days)
        assert mean == pytest.approx(monitor.per_hour, rel=0.12)


def whole_hours(counts: dict[datetime, float], end: datetime) -> list[float]:
    """Sums of the whole hours before `end`'s own, the newest first, back to the first that was counted."""
    sums = [0.0] * int((end - HOUR - min(counts)) / HOUR)
    for at, count in counts.items():
        back = (end - at - timedelta(microseconds=1)) // HOUR
        if 1 <= back <= len(sums):
            sums[back - 1] += count
    return sums


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_only_the_moments_alert_whatever_the_time_of_day(day: Day, matcher: Matcher, hour: int) -> None:
    start = START.replace(hour=hour)
    end = start + timedelta(seconds=day.length / day.frame.speed)
    spoken: Counter[str] = Counter()
    for at, piece in takewhile(lambda told: told[0] < end, chatter(day, start)):
        if at >= end - HOUR:
            spoken.update(names(day, matcher, piece))
    waves: Counter[str] = Counter()
    for moment in day.moments:
        for _, piece in [*pieces(day, moment, posts=True), *pieces(day, moment, posts=False)]:
            waves.update(names(day, matcher, piece) if piece.feed != WARNINGS else ())
    expected = {moment.monitor for moment in day.moments if moment.monitor}
    history: dict[str, dict[datetime, float]] = {monitor.name: {} for monitor in day.monitors}
    for name, minute, count in history_rows(day, start):
        history[name][minute] = count
    for monitor in day.monitors:
        counts = history[monitor.name]
        level = usual(whole_hours(counts, start))
        quiet = judge(spoken[monitor.name], level, end)
        told = judge(spoken[monitor.name] + waves[monitor.name], level, end)
        assert not quiet.alert, monitor.name
        assert told.alert is (monitor.name in expected), (monitor.name, told.why)


def test_a_whole_day_of_chatter_never_reaches_a_third_of_an_alert(day: Day, matcher: Matcher) -> None:
    by_hour: dict[str, Counter[int]] = {monitor.name: Counter() for monitor in day.monitors}
    for at, piece in takewhile(lambda told: told[0] < START + 24 * HOUR, chatter(day, START)):
        if at >= START:
            for name in names(day, matcher, piece):
                by_hour[name][(at - START) // HOUR] += 1
    for monitor in day.monitors:
        assert max(by_hour[monitor.name].values()) < 2 * monitor.per_hour
        assert len(by_hour[monitor.name]) == 24


def test_chatter_is_about_its_own_monitor_alone(day: Day, matcher: Matcher) -> None:
    for _, piece in takewhile(lambda told: told[0] < START + 6 * HOUR, chatter(day, START)):
        matched = names(day, matcher, piece)
        assert len(matched) == (0 if piece.feed in day.headlines.headlines else 1), piece.text


def test_too_few_phrases_for_a_wave_are_named(day: Day) -> None:
    moment = day.moments[0]
    assert moment.mentions is not None
    short = moment.model_copy(update={"mentions": moment.mentions.model_copy(update={"phrases": ("one {a|b}",)})})
    with pytest.raises(BadInput, match=r"take\.yaml"):
        arrivals(day.model_copy(update={"moments": (short,)}))
