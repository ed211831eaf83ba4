"""What is usual: a trailing baseline per hour that earlier spikes hardly lift. Pure arithmetic, nothing else.

The level is the larger of two medians: of all hours of the last seven days, and, once three earlier days are known,
of the hours around the same time of day in the last fourteen. The first keeps a past spike from hiding the next one;
the second keeps every evening's peak from looking like news. `tail` says how heavy-tailed the topic is: how high it
has been in more than one episode of the last three weeks. Only hours that ended before the judged one began are
looked at, and never more than three weeks of them, so that the cost does not grow with the history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DAY = 24
WEEK = 7 * DAY
HOURS_BEHIND = 21 * DAY
TIME_OF_DAY_BEHIND = 14 * DAY
DAYS_FOR_TIME_OF_DAY = 3
BAND = (0.10, 0.90)


@dataclass(frozen=True)
class Baseline:
    """Uses an hour. Eight hours in ten lie between `low` and `high`; `hours` is how much history it rests on.

    `tail` is a ratio: how many times its usual hour the topic has reached in the second highest episode of the last
    three weeks (episodes are a day apart); 0 where there has been one or none. A topic that gets there again and
    again is no news at that height; a single earlier spike never counts. Five numbers: it may be kept as JSON.
    """

    level: float
    low: float
    high: float
    hours: int
    tail: float = 0.0


def usual(hours: Sequence[float]) -> Baseline | None:
    """The baseline from sums of whole hours, newest first, the judged hour not among them; None without any.

    `hours[0]` ends where the judged hour begins, `hours[k]` ends k hours earlier; more than three weeks are ignored.
    """
    behind = hours[:HOURS_BEHIND]
    if not behind:
        return None
    week = sorted(behind[:WEEK])
    middle = _quantile(week, 0.5)
    known = (len(behind) + 1) // DAY >= DAYS_FOR_TIME_OF_DAY
    levels = [max(middle, _quantile(_near(behind, phase), 0.5)) if known else middle for phase in range(DAY)]
    level = levels[DAY - 1]  # hours[23] is the judged hour, a day ago
    low, high = (_quantile(_near(behind, DAY - 1) if known else week, share) for share in BAND)
    return Baseline(level, min(low, level), max(high, level), len(behind), _tail(behind, levels))


def _near(hours: Sequence[float], phase: int) -> list[float]:
    """The hours of the last days at one time of day and their neighbours, sorted."""
    until = min(len(hours), TIME_OF_DAY_BEHIND)
    found: list[float] = []
    for step in (phase - 1, phase, phase + 1):
        found += hours[step % DAY if step < 0 else step : until : DAY]
    return sorted(found)


def _tail(hours: Sequence[float], levels: Sequence[float]) -> float:
    """The second highest of the topic's episodes, as a multiple of what was usual at its time of day."""
    ratios = [count / max(levels[at % DAY], 1.0) for at, count in enumerate(hours)]
    highest = max(range(len(ratios)), key=ratios.__getitem__)
    others = ratios[: max(0, highest - DAY + 1)] + ratios[highest + DAY :]
    return max(others, default=0.0)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted values lie, drawn straight between neighbours."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
