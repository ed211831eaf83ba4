"""How fast a spike is, how long it has run, and what may come: nothing from behind its end is used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.baseline import Baseline
from monitors.trajectory import trajectory

END = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
USUAL = Baseline(level=60, low=30, high=120, hours=168)


def minutes(*counts: float) -> dict[datetime, float]:
    """One count a minute, the last one just before END."""
    return {END - timedelta(minutes=len(counts) - at): count for at, count in enumerate(counts)}


def ramp(by: float) -> dict[datetime, float]:
    return minutes(*(30 + by * at for at in range(60)))


@pytest.mark.parametrize(("by", "rising", "falling"), [(1.0, True, False), (0.0, False, False), (-0.4, False, True)])
def test_the_slope_says_whether_it_rises(by: float, rising: bool, falling: bool) -> None:
    way = trajectory(ramp(by), END - timedelta(hours=1), END)

    assert way.slope == pytest.approx(by)
    assert (way.rising, way.falling) == (rising, falling)
    assert way.velocity == pytest.approx(30 + by * 52)


def test_the_way_is_told_from_its_onset() -> None:
    way = trajectory(minutes(*([1.0] * 120), *([9.0] * 40)), END - timedelta(minutes=40), END, USUAL)
    assert (way.since_onset, way.peak) == (timedelta(minutes=40), 9.0)


def test_a_spike_is_expected_to_fade_within_a_range_that_narrows_to_the_usual() -> None:
    ahead = trajectory(minutes(*([10.0] * 60)), END - timedelta(hours=1), END, USUAL).ahead

    assert [hour.end - END for hour in ahead] == [timedelta(hours=at) for at in (1, 2, 3)]
    expected = [hour.expected for hour in ahead]
    assert expected == sorted(expected, reverse=True)
    assert USUAL.level < expected[-1] < expected[0] < 600
    assert ahead[0].high > 600 > ahead[0].expected > ahead[0].low == USUAL.low
    assert ahead[-1].high < ahead[0].high


def test_nothing_is_forecast_where_nothing_is_known() -> None:
    assert trajectory(minutes(5.0), END, END).ahead == ()
    assert trajectory({}, END, END, USUAL).velocity == 0.0


rates = st.lists(st.integers(min_value=0, max_value=500), max_size=80)


@given(rates, rates, st.floats(min_value=0, max_value=1_000))
def test_the_range_holds_the_expectation_and_nothing_looks_ahead(
    before: list[int], after: list[int], level: float
) -> None:
    baseline = Baseline(level, level / 2, level * 1.5, 168)
    past = minutes(*map(float, before))
    later = {END + timedelta(minutes=at): float(count) for at, count in enumerate(after)}
    way = trajectory(past | later, END - timedelta(hours=1), END, baseline)

    assert way == trajectory(past, END - timedelta(hours=1), END, baseline)
    for hour in way.ahead:
        assert 0 <= hour.low <= hour.expected <= hour.high
