"""From what a clock on the wall shows to an instant: the rule for the nights on which clocks change.

A time that the clocks skip does not exist and is refused; of a time that they show twice the first is meant. Here,
because a planned time is agreed as the wall clock of a person's zone, and everything else in the house is UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from data.errors import BadInput


def instant(wall: datetime, zone: str) -> datetime:
    """The UTC instant at which clocks in `zone` show `wall` (naive). `BadInput` for a time that is skipped."""
    local = ZoneInfo(zone)
    at = wall.replace(tzinfo=local, fold=0).astimezone(UTC)
    shown = at.astimezone(local).replace(tzinfo=None)
    if shown != wall:
        raise BadInput(
            f"There is no {wall:%H:%M} on {wall:%d %B %Y} in {zone}: the clocks go forward. Choose {shown:%H:%M}, "
            "or another time."
        )
    return at


def is_doubled(wall: datetime, zone: str) -> bool:
    """Whether clocks in `zone` show `wall` twice, so that a reader should be told which one is meant."""
    first, second = (wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    return second > first
