"""Weeks from Monday to Monday on the brand's clock, across changes of clocks and of years."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from data.errors import BadInput
from workflow.rules.weeks import newest_ready, week_named, week_of


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("instant", "zone", "key", "since", "hours"),
    [
        (at(2026, 11, 19, 12), "UTC", "2026-W47", at(2026, 11, 16), 168),
        # Monday in Auckland begins on Sunday noon in UTC.
        (at(2026, 11, 15, 11, 0), "Pacific/Auckland", "2026-W47", at(2026, 11, 15, 11), 168),
        (at(2026, 3, 26, 12), "Europe/London", "2026-W13", at(2026, 3, 23), 167),
        (at(2026, 10, 22, 12), "Europe/London", "2026-W43", at(2026, 10, 18, 23), 169),
        (at(2027, 1, 1, 12), "UTC", "2026-W53", at(2026, 12, 28), 168),
    ],
)
def test_a_week_begins_and_ends_at_the_brands_midnight(
    instant: datetime, zone: str, key: str, since: datetime, hours: int
) -> None:
    found = week_of(instant, zone)
    assert (found.key, found.since, found.until - found.since) == (key, since, timedelta(hours=hours))
    assert week_named(key, zone) == found


@pytest.mark.parametrize(
    ("now", "ready"),
    [(at(2026, 11, 23, 5, 59), "2026-W46"), (at(2026, 11, 23, 6), "2026-W47"), (at(2026, 11, 29, 23), "2026-W47")],
)
def test_the_week_before_is_ready_on_monday_at_six(now: datetime, ready: str) -> None:
    assert newest_ready(now, "UTC").key == ready


@pytest.mark.parametrize("key", ["", "2026", "2026-W54", "2025-W53", "2026-W00", "2026-W1", "0000-W01", "२०२६-W10"])
def test_a_week_that_there_is_not_is_a_sentence(key: str) -> None:
    with pytest.raises(BadInput):
        week_named(key, "UTC")
