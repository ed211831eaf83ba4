"""The nights on which clocks change: a skipped time is refused, of a doubled one the first is meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from data.errors import BadInput
from workflow.rules.wall_clock import instant, is_doubled


@pytest.mark.parametrize(
    ("wall", "zone", "at"),
    [
        (datetime(2026, 3, 2, 9, 0), "Europe/London", datetime(2026, 3, 2, 9, 0, tzinfo=UTC)),
        (datetime(2026, 7, 2, 9, 0), "Europe/London", datetime(2026, 7, 2, 8, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 30), "Europe/London", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 4, 5, 1, 45), "Australia/Lord_Howe", datetime(2026, 4, 4, 14, 45, tzinfo=UTC)),
        (datetime(2026, 9, 27, 3, 45), "Pacific/Chatham", datetime(2026, 9, 26, 14, 0, tzinfo=UTC)),
    ],
)
def test_a_wall_clock_is_one_instant(wall: datetime, zone: str, at: datetime) -> None:
    assert instant(wall, zone) == at


@pytest.mark.parametrize(
    ("wall", "zone", "instead"),
    [
        (datetime(2026, 3, 29, 1, 30), "Europe/London", "02:30"),
        (datetime(2026, 10, 4, 2, 15), "Australia/Lord_Howe", "02:45"),
        (datetime(2026, 9, 27, 2, 50), "Pacific/Chatham", "03:50"),
    ],
)
def test_a_time_that_clocks_skip_is_refused_with_another(wall: datetime, zone: str, instead: str) -> None:
    with pytest.raises(BadInput, match=f"Choose {instead}"):
        instant(wall, zone)


def test_a_doubled_time_is_known_as_one() -> None:
    assert is_doubled(datetime(2026, 10, 25, 1, 30), "Europe/London")
    assert not is_doubled(datetime(2026, 10, 25, 3, 30), "Europe/London")
    assert not is_doubled(datetime(2026, 3, 29, 1, 30), "Europe/London")
