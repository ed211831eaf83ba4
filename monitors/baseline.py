"""What is usual: a trailing baseline per hour that earlier spikes hardly lift. Pure arithmetic, nothing else.

The level is the larger of two medians: of all hours of up to seven days behind, and, once three earlier days are
known, of the hours around the same time of day. The first keeps a past spike from hiding the next one; the second
keeps every evening's peak from looking like news. Only hours that ended before the judged one began are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DAY = 24
HOURS_BEHIND = 7 * DAY
DAYS_FOR_TIME_OF_DAY = 3
BAND = (0.10, 0.90)


@dataclass(frozen=True)
class Baseline:
    """Uses an hour. Eight hours in ten lie between `low` and `high`; `hours` is how much history it rests on."""

    level: float
    low: float
    high: float
    hours: int


def usual(hours: Sequence[float]) -> Baseline | None:
    """The baseline from sums of whole hours, newest first, the judged hour not among them; None without any.

    `hours[0]` ends where the judged hour begins, `hours[k]` ends k hours earlier; more than seven days are ignored.
    """
    behind = hours[:HOURS_BEHIND]
    if not behind:
        return None
    ordered = sorted(behind)
    level = max(_quantile(ordered, 0.5), _time_of_day(behind))
    low, high = (_quantile(ordered, share) for share in BAND)
    return Baseline(level=level, low=min(low, level), high=max(high, level), hours=len(behind))


def _time_of_day(hours: Sequence[float]) -> float:
    """The median of the same hour of earlier days and its two neighbours; 0 before three such days are known."""
    days = (len(hours) + 1) // DAY
    if days < DAYS_FOR_TIME_OF_DAY:
        return 0.0
    centres = [DAY * day - 1 for day in range(1, days + 1)]  # hours[23] is the judged hour, a day ago
    near = [hours[at] for centre in centres for at in (centre - 1, centre, centre + 1) if at < len(hours)]
    return _quantile(sorted(near), 0.5)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted values lie, drawn straight between neighbours."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
