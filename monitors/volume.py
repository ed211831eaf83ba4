"""Counts per minute and their sums over windows: the arithmetic between items and the baseline.

Pure: no clock, no storage. A minute is named by its first instant in UTC, and a window is half-open, `[start, end)`,
so that neighbouring windows share no minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def minute_of(at: datetime) -> datetime:
    """The minute that holds `at`, in UTC."""
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def window_end(now: datetime) -> datetime:
    """The end of the window that still takes in the minute of `now`."""
    return minute_of(now) + MINUTE


def window_sum(counts: Mapping[datetime, float], start: datetime, end: datetime) -> float:
    """The sum of the minutes in `[start, end)`. `counts` is keyed by `minute_of`."""
    return sum(count for at, count in counts.items() if start <= at < end)


def last_hour(counts: Mapping[datetime, float], end: datetime) -> float:
    """Uses in the hour before `end`."""
    return window_sum(counts, end - HOUR, end)
