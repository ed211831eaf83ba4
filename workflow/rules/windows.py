"""The clock of a moment: until when a word is worth saying, and how a countdown should look.

Arithmetic only. The platforms' own minutes (18 on X, eight hours on LinkedIn and so on, from the guide) are
playbook data and come in as arguments; so does `now`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class Band(StrEnum):
    """How a moment stands against the platform's window."""

    IN_TIME = "in_time"
    LATE = "late"
    CLOSED = "closed"


def closes_at(alerted_at: datetime, closes_minutes: float | None) -> datetime | None:
    """When the window closes, counted from the alert. None for a platform or a quadrant without one."""
    return None if closes_minutes is None else alerted_at + timedelta(minutes=closes_minutes)


def is_open(now: datetime, closes: datetime | None) -> bool:
    """Whether there is still time. The closing instant itself is still in time; no window never closes."""
    return closes is None or now <= closes


def minutes_since(now: datetime, alerted_at: datetime) -> float:
    """Minutes since the alert; zero if the clocks disagree and it lies ahead."""
    return max((now - alerted_at) / timedelta(minutes=1), 0.0)


def band(minutes: float, target: float, closes: float) -> Band:
    """In time up to `target` minutes, late up to `closes`, closed after that. Both bounds belong to the better."""
    if minutes <= target:
        return Band.IN_TIME
    return Band.LATE if minutes <= closes else Band.CLOSED
