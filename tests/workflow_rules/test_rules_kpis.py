"""KPI arithmetic on days small enough to check by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.rules.kpis import (
    Brake,
    DeletionRow,
    HoldRow,
    Spread,
    TakenDown,
    brake,
    minutes_between,
    share_inside,
    skip_rate,
    speeds,
    spread,
    taken_down,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def test_median_and_p90_of_ten_posts() -> None:
    assert spread([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]) == Spread(10, 55, pytest.approx(91))
    assert spread([7]) == Spread(1, 7, 7)
    assert spread([None, 4, None, 6]) == Spread(2, 5, pytest.approx(5.8))


def test_an_empty_day_is_not_a_fast_day() -> None:
    assert spread([]) is None
    assert spread([None]) is None
    assert share_inside([], 18) is None
    assert skip_rate(0, 0) is None
    assert speeds({"x": []}, {"x": 18}) == ()


@given(st.lists(st.floats(0, 10_000), min_size=1))
def test_the_p90_lies_between_the_median_and_the_slowest(values: list[float]) -> None:
    result = spread(values)
    assert result is not None
    assert min(values) <= result.median <= result.p90 + 1e-6
    assert result.p90 <= max(values) + 1e-6


def test_speed_is_measured_from_detection_to_publication_against_each_platforms_window() -> None:
    linkedin, x = speeds({"x": [14, 18, 30], "linkedin": [300]}, {"x": 18})
    assert x.spread == Spread(3, 18, pytest.approx(27.6))
    assert x.inside == pytest.approx(2 / 3)  # the bound is inside
    assert (linkedin.channel, linkedin.window_minutes, linkedin.inside) == ("linkedin", None, None)


def test_a_clock_that_ran_backwards_is_no_measurement() -> None:
    assert minutes_between(None, at(4)) is None
    assert minutes_between(at(5), at(4)) is None
    assert minutes_between(at(5), at(5)) == 0


@pytest.mark.parametrize(("skipped", "taken", "rate"), [(8, 2, 0.8), (3, 3, 0.5), (0, 3, 0), (3, 0, 1)])
def test_the_skip_rate(skipped: int, taken: int, rate: float) -> None:
    assert skip_rate(skipped, taken) == pytest.approx(rate)


def test_what_the_brake_did() -> None:
    holds = [HoldRow(at(0), at(60), 3), HoldRow(at(0), None, 2), HoldRow(at(0), at(20), 0)]
    assert brake(holds) == Brake(3, 1, 5, Spread(2, 40, pytest.approx(56)))
    assert brake([]) == Brake(0, 0, 0, None)


def test_how_fast_what_had_to_go_was_gone() -> None:
    """Five gone after 2, 4, 6, 20 and 90 seconds, one still standing: the middle is 6, nine of ten within 62.

    The 90th percentile of five lies at place 0.9 * 4 = 3.6 from the smallest: 20 + 0.6 * (90 - 20).
    """
    gone = [DeletionRow(NOON, NOON + timedelta(seconds=s), NOON) for s in (20, 2, 90, 4)]
    rows = [*gone, DeletionRow(NOON, NOON + timedelta(seconds=6), None), DeletionRow(NOON, None, None)]
    expected = Spread(5, pytest.approx(6), pytest.approx(62))  # type: ignore[arg-type]
    assert taken_down(rows) == TakenDown(asked=6, standing=1, unexplained=2, seconds=expected)
    assert taken_down([]) == TakenDown(0, 0, 0, None)
