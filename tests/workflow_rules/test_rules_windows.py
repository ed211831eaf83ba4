"""Countdowns: the same bounds for the page, the gate and the KPIs."""

from datetime import UTC, datetime, timedelta

import pytest

from workflow.rules.windows import Band, band, closes_at, is_open, minutes_since

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_a_window_closes_so_many_minutes_after_the_alert() -> None:
    assert closes_at(NOON, 120) == datetime(2026, 5, 4, 14, tzinfo=UTC)
    assert closes_at(NOON, None) is None


def test_the_closing_instant_is_the_last_in_time() -> None:
    assert is_open(NOON, NOON)
    assert not is_open(NOON + timedelta(microseconds=1), NOON)
    assert is_open(NOON, None)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(0, Band.IN_TIME), (18, Band.IN_TIME), (18.1, Band.LATE), (120, Band.LATE), (120.1, Band.CLOSED)],
)
def test_the_band_of_a_moment_on_a_fast_platform(minutes: float, expected: Band) -> None:
    assert band(minutes, target=18, closes=120) == expected


def test_minutes_since_the_alert_are_never_negative() -> None:
    assert minutes_since(NOON + timedelta(seconds=90), NOON) == 1.5
    assert minutes_since(NOON - timedelta(hours=1), NOON) == 0
