"""The arithmetic of the KPI page: how fast, how selective, and what the brake stopped.

Pure sums over plain rows that the use case reads from the event rows. Times are in minutes. A figure without data is
None, never zero: an empty day is not a fast day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles


@dataclass(frozen=True)
class Spread:
    """Of `count` durations (minutes, if nothing else is said): the middle one, and what nine of ten stay below."""

    count: int
    median: float
    p90: float


@dataclass(frozen=True)
class Speed:
    """Detection to publication on one channel. `inside`: share in [0, 1] within `window_minutes`."""

    channel: str
    spread: Spread
    window_minutes: float | None
    inside: float | None


@dataclass(frozen=True)
class HoldRow:
    """A hold, and how many posts it stopped."""

    opened_at: datetime
    lifted_at: datetime | None
    stopped: int


@dataclass(frozen=True)
class Brake:
    """What the holds of a period did. `open_minutes` is over those that were lifted."""

    opened: int
    standing: int
    stopped: int
    open_minutes: Spread | None


@dataclass(frozen=True)
class DeletionRow:
    """A published post that somebody decided to take down. None: it is not gone yet, or nobody has said why."""

    asked_at: datetime
    done_at: datetime | None
    explained_at: datetime | None


@dataclass(frozen=True)
class TakenDown:
    """What was taken down in a period. `seconds`: from the decision to the post's being gone."""

    asked: int
    standing: int
    unexplained: int
    seconds: Spread | None


STATIONS = ("triggered", "detected", "claimed", "assessed", "submitted", "approved", "published")
"""What a moment passes on its way to a post, in this order; triggered is when the rise began."""
LEGS: dict[str, tuple[str, str]] = {
    "trigger to alert": ("triggered_at", "detected_at"),
    "alert to claim": ("detected_at", "claimed_at"),
    "claim to assessed": ("claimed_at", "assessed_at"),
    "assessed to submitted": ("assessed_at", "submitted_at"),
    "submitted to approved": ("submitted_at", "approved_at"),
    "approved to published": ("approved_at", "published_at"),
}


def minutes_between(start: datetime | None, end: datetime | None) -> float | None:
    """Minutes from start to end. None where one is missing, or the order is wrong: that is no measurement."""
    if start is None or end is None or end < start:
        return None
    return (end - start) / timedelta(minutes=1)


def spread(values: Iterable[float | None]) -> Spread | None:
    """Median and 90th percentile (inclusive method) of what was measured. None without a single value."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    p90 = known[0] if len(known) == 1 else quantiles(known, n=10, method="inclusive")[-1]
    return Spread(len(known), median(known), p90)


def share_inside(values: Iterable[float | None], window_minutes: float | None) -> float | None:
    """The share of measured durations within the window, the bound included."""
    known = [value for value in values if value is not None]
    if not known or window_minutes is None:
        return None
    return sum(value <= window_minutes for value in known) / len(known)


def speeds(minutes: Mapping[str, Sequence[float]], windows: Mapping[str, float]) -> tuple[Speed, ...]:
    """One line for each channel that published something, by name. `windows`: minutes a platform gives us."""
    lines = []
    for channel, taken in sorted(minutes.items()):
        measured, window = spread(taken), windows.get(channel)
        if measured is not None:
            lines.append(Speed(channel, measured, window, share_inside(taken, window)))
    return tuple(lines)


def skip_rate(skipped: int, taken: int) -> float | None:
    """The share in [0, 1] of decided moments that were let go. The best teams skip most of them (the guide: 80 %)."""
    return skipped / (skipped + taken) if skipped + taken else None


def brake(holds: Sequence[HoldRow]) -> Brake:
    """What the holds did. A hold that still stands counts as standing, whatever its planned end."""
    return Brake(
        opened=len(holds),
        standing=sum(hold.lifted_at is None for hold in holds),
        stopped=sum(hold.stopped for hold in holds),
        open_minutes=spread(minutes_between(hold.opened_at, hold.lifted_at) for hold in holds),
    )


def taken_down(rows: Sequence[DeletionRow]) -> TakenDown:
    """How fast what had to go was gone. One that still stands has no duration, so it is counted apart."""
    minutes = (minutes_between(row.asked_at, row.done_at) for row in rows)
    return TakenDown(
        asked=len(rows),
        standing=sum(row.done_at is None for row in rows),
        unexplained=sum(row.explained_at is None for row in rows),
        seconds=spread(None if taken is None else taken * 60 for taken in minutes),
    )
