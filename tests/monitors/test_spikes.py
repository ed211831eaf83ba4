"""The alert's rule and the baseline under it, as the guide states them and as we filled the gaps."""

from __future__ import annotations

import json
import math
import random
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.baseline import DAY, HOURS_BEHIND, Baseline, usual
from monitors.spikes import DEFAULT_RULE, HOUR, Previous, Spike, after, judge
from monitors.volume import last_hour, minute_of, window_end, window_sum

END = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
counts = st.integers(min_value=0, max_value=100_000)
weeks = st.lists(counts, min_size=1, max_size=9 * DAY)
levels = st.floats(min_value=0, max_value=10_000)


def flat(level: float, hours: int = HOURS_BEHIND) -> Baseline:
    found = usual([level] * hours)
    assert found is not None
    return found


def judged(count: float, level: float = 50, previous: Previous | None = None) -> Spike:
    return judge(count, flat(level), END, previous)


def test_fifty_an_hour_alerts_at_150_and_not_at_149() -> None:
    assert not judged(149).alert
    assert judged(150).alert
    assert judged(150).ratio == 3.0


@pytest.mark.parametrize(("count", "alert"), [(19, False), (20, True)])
def test_below_the_floor_a_multiple_means_nothing(count: int, alert: bool) -> None:
    assert judged(count, level=1).alert is alert


def test_silence_before_is_no_division_by_zero() -> None:
    spike = judged(40, level=0)

    assert (spike.alert, spike.ratio, spike.baseline) == (True, 40.0, 0.0)


@pytest.mark.parametrize(("hours", "state"), [(0, "learning"), (23, "learning"), (24, "alert")])
def test_a_day_of_history_comes_first(hours: int, state: str) -> None:
    spike = judge(500, usual([50.0] * hours), END)

    assert spike.state == state
    assert f"{hours} of 24 hours" in spike.why or state == "alert"


def test_an_alert_says_what_it_rests_on() -> None:
    spike = judge(162, usual([40.0] * 60 + [50.0] * 60 + [60.0] * 48), END)

    assert spike.why == "162 in the last hour, 3.2 times the usual 50 (most hours 40 to 60, 168 hours seen)."
    assert spike.band == (40.0, 60.0)
    assert (spike.window_start, spike.window_end) == (END - HOUR, END)


@pytest.mark.parametrize(
    ("hours_ago", "count", "ended", "state"),
    [
        (1, 200, True, "cooling"),
        (5.99, 200, True, "cooling"),
        (6, 200, True, "alert"),
        (0.5, 500, False, "cooling"),
        (1, 319, False, "cooling"),
        (1, 320, False, "alert"),
        (30, 200, False, "cooling"),
        (30, 320, False, "alert"),
    ],
)
def test_one_spike_is_told_once_until_it_doubles_or_comes_back(
    hours_ago: float, count: int, ended: bool, state: str
) -> None:
    told = Previous(END - timedelta(hours=hours_ago), 160, ended=ended)

    assert judged(count, previous=told).state == state


def test_a_count_below_says_that_the_spike_has_ended() -> None:
    told = Previous(END - HOUR, 160, ended=False)

    assert not judged(100, previous=told).over
    assert judged(180, previous=told).over


@given(counts, levels, st.none() | st.builds(Previous, st.just(END - HOUR), counts, st.booleans()))
def test_the_score_is_half_or_more_exactly_where_there_is_an_alert(
    count: int, level: float, previous: Previous | None
) -> None:
    for hours in (3, 24):
        spike = judge(count, Baseline(level, level, level, hours), END, previous)

        assert 0.0 <= spike.score <= 1.0
        assert (spike.score >= 0.5) is spike.alert


@given(counts, counts, levels)
def test_the_score_grows_with_the_ratio(one: int, other: int, level: float) -> None:
    low, high = sorted((one, other))

    assert judged(low, level).score <= judged(high, level).score
    assert not (judged(low, level).alert and not judged(high, level).alert)


@given(
    st.lists(st.integers(min_value=1, max_value=100_000), min_size=1, max_size=9 * DAY),
    st.integers(min_value=1, max_value=100_000),
    st.integers(min_value=2, max_value=9),
)
def test_a_world_that_talks_more_is_judged_the_same(hours: list[int], count: int, times: int) -> None:
    rule = replace(DEFAULT_RULE, floor=0.0)
    one = judge(count, usual(hours), END, rule=rule)
    other = judge(count * times, usual([hour * times for hour in hours]), END, rule=rule)

    assert one.state == other.state
    assert one.score == pytest.approx(other.score)


@given(weeks)
def test_the_baseline_lies_in_its_band_and_in_what_was_seen(hours: list[int]) -> None:
    found = usual(hours)

    assert found is not None
    assert min(hours) <= found.low <= found.level <= found.high <= max(hours)
    assert found.hours == min(len(hours), HOURS_BEHIND)


@settings(max_examples=10)
@given(st.lists(counts, min_size=50, max_size=50), st.lists(counts, min_size=1, max_size=50))
def test_what_is_older_than_four_weeks_is_forgotten(some: list[int], older: list[int]) -> None:
    kept = (some * 14)[:HOURS_BEHIND]

    assert usual(kept) == usual(kept + older)


@pytest.mark.parametrize("spiked_hours", [1, 6, 24])
def test_an_earlier_spike_hardly_lifts_the_baseline(spiked_hours: int) -> None:
    hours = [50.0] * HOURS_BEHIND
    hours[30 : 30 + spiked_hours] = [5_000.0] * spiked_hours
    found = usual(hours)

    assert found is not None
    assert found.level == 50.0


def test_the_evening_peak_of_every_day_is_no_news() -> None:
    day = [20.0] * 20 + [200.0] * 4
    newest_first = (day * 7 + day[:22])[::-1]  # the judged hour, 22:00 to 23:00, has been at 200 every day
    quiet_hour = (day * 7 + day[:11])[::-1]

    assert judge(210, usual(newest_first), END).state == "quiet"
    assert judge(210, usual(quiet_hour), END).state == "alert"


def test_nobody_knows_the_time_of_day_before_the_third_day() -> None:
    yesterday_at_this_hour = [50.0] * (2 * DAY)
    yesterday_at_this_hour[22:25] = [5_000.0] * 3

    assert judge(500, usual(yesterday_at_this_hour), END).alert


def test_no_history_at_all_is_said() -> None:
    spike = judge(500, None, END)

    assert (spike.state, spike.baseline, spike.band, spike.ratio, spike.score) == ("learning", None, None, None, 0.0)


def test_minutes_add_up_to_hours_without_overlap() -> None:
    minutes = {minute_of(END - timedelta(minutes=back, seconds=30)): 2.0 for back in range(180)}

    assert last_hour(minutes, END) == 120
    assert window_sum(minutes, END - timedelta(minutes=1), END) == 2
    assert window_end(END) == END + timedelta(minutes=1)
    assert minute_of(END.astimezone()) == END


def cycle(hours: int, night: float, day: float, dice: random.Random | None = None) -> list[float]:
    """Hours newest first, the judged one, at the bottom of the night, not among them; Poisson-like noise if asked."""
    middle, swing = (night + day) / 2, (day - night) / 2
    levels = [middle - swing * math.cos(2 * math.pi * back / DAY) for back in range(1, hours + 1)]
    return levels if dice is None else [max(0.0, round(dice.gauss(one, math.sqrt(one)))) for one in levels]


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
@pytest.mark.parametrize("days", [15, 30])
def test_three_times_a_quiet_night_is_heard_where_every_night_is_alike(seed: int | None, days: int) -> None:
    found = usual(cycle(days * DAY, 20, 80, None if seed is None else random.Random(seed)))

    assert found is not None
    assert judge(70, found, END).alert
    assert not judge(50, found, END).alert


def test_where_nights_differ_the_whole_week_decides() -> None:
    nights = [20.0, 60.0, 25.0, 55.0, 20.0, 60.0, 20.0, 58.0] * 2
    hours = [nights[back // DAY] if back % DAY == DAY - 1 else 50.0 for back in range(16 * DAY)]
    found = usual(hours)

    assert found is not None
    assert found.level == 50.0


def test_a_weekday_that_is_its_own_is_judged_by_itself() -> None:
    # Newest first: two loud days, five quiet ones, four times; the judged hour is in a loud day.
    hours = ([*[200.0] * 20, *[50.0] * (5 * DAY), *[200.0] * (DAY + 4)] * 4)[:HOURS_BEHIND]
    found = usual(hours)

    assert found is not None
    assert found.level == 200.0


def show(judged: datetime, *, spikes: tuple[int, ...] = ()) -> Baseline:
    """Four weeks at 50 an hour with a show of 600 every Sunday evening; `spikes` of 400 so many hours ago."""

    def level(at: datetime) -> float:
        return 600.0 if at.weekday() == 6 and at.hour in (20, 21) else 50.0

    hours = [level(judged - HOUR * back) for back in range(1, HOURS_BEHIND + 1)]
    for back in spikes:
        hours[back - 1] = 400.0
    found = usual(hours)
    assert found is not None
    return found


SUNDAY_EVENING = datetime(2026, 3, 29, 20, tzinfo=UTC)


def test_a_show_of_every_week_makes_a_topic_deaf_on_no_day() -> None:
    wednesday = show(datetime(2026, 3, 25, 12, tzinfo=UTC))
    assert (wednesday.level, wednesday.often) == (50.0, 1.0)
    assert judge(150, wednesday, END).alert
    sunday = show(SUNDAY_EVENING)
    assert not judge(1_799, sunday, END).alert
    assert judge(1_800, sunday, END).alert


def test_other_days_restlessness_does_not_count_against_the_show() -> None:
    restless = (40, 110, 190, 260, 330)
    assert show(datetime(2026, 3, 25, 12, tzinfo=UTC), spikes=restless).often == 8.0
    assert judge(1_800, show(SUNDAY_EVENING, spikes=restless), END).alert


def spiked(*days_ago: int, height: float = 400.0, hours: int = 3) -> list[float]:
    counts_of = [50.0] * HOURS_BEHIND
    for day in days_ago:
        counts_of[day * DAY : day * DAY + hours] = [height] * hours
    return counts_of


@pytest.mark.parametrize("days_ago", [(2,), (10,), (2, 10), (2, 9, 16)])
def test_earlier_spikes_of_a_calm_topic_do_not_hide_the_next_one(days_ago: tuple[int, ...]) -> None:
    assert judge(150, usual(spiked(*days_ago)), END).alert


def test_a_restless_topic_has_to_outdo_itself() -> None:
    found = usual(spiked(2, 6, 10, 14, 18))

    assert found is not None
    assert (found.tail, found.often) == (8.0, 8.0)
    quiet = judge(450, found, END)
    assert (quiet.state, quiet.height) == ("quiet", 500.0)
    assert "come near that before" in quiet.why
    assert judge(500, found, END).alert


def test_twenty_times_the_usual_is_news_whatever_has_been() -> None:
    assert judge(1_000, usual(spiked(2, 6, 10, 14, 18, height=5_000)), END).alert


def test_one_long_spike_is_one_episode() -> None:
    found = usual(spiked(5, hours=40))

    assert found is not None
    assert found.tail == 1.0


@pytest.mark.parametrize(
    ("count", "fast", "alert"),
    [(80, 60, True), (80, 40, False), (74, 70, False), (149, 25, False), (150, 0, True), (80, None, False)],
)
def test_ten_steep_minutes_ring_before_the_hour_is_full(count: float, fast: float | None, alert: bool) -> None:
    spike = judge(count, flat(50), END, fast=fast)

    assert spike.alert is alert
    assert (spike.score >= 0.5) is alert
    assert ("in the last ten minutes" in spike.why) is (alert and count < 150)


def test_few_uses_ring_in_no_window() -> None:
    assert not judge(19, flat(0.2), END, fast=19).alert
    assert not judge(1, flat(0.2), END, fast=1).alert


def test_what_is_remembered_is_the_last_alert_and_whether_it_ended() -> None:
    told = after(judged(160), None)

    assert told == Previous(END, 160, ended=False)
    later = replace(judged(170, previous=told), window_end=END + HOUR / 2)
    assert after(later, told) == Previous(END, 170, ended=False)
    assert after(replace(later, window_end=END + HOUR), told) == told
    assert after(judged(60, previous=told), told) == Previous(END, 160, ended=True)
    assert after(judged(60), None) is None


def test_a_baseline_survives_as_json() -> None:
    found = usual(spiked(2, 6, 10, 14))

    assert found is not None
    assert Baseline(**json.loads(json.dumps(asdict(found)))) == found
