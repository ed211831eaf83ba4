"""What is usual: a trailing baseline per hour that earlier spikes hardly lift. Pure arithmetic, nothing else.

The level is the larger of two medians: of all hours of the last seven days, and, once three earlier days are known,
of the hours around the same time of day in the last fourteen. The first keeps a past spike from hiding the next one;
the second keeps every evening's peak from looking like news. Where days agree with each other about this hour, their
median alone is the level, so that three times a quiet night is heard; where the same hour of earlier weeks agrees, and
differs from other days, the weekday's median is.

`tail` and `often` say how restless a topic is: how high it has been in more than one episode, and on some day of
every week. `monitors.spikes` lets restless topics outdo themselves before they are news.

Only hours that ended before the judged one began are looked at, and never more than four weeks of them, so that the
cost does not grow with the history. Every constant here is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

DAY = 24
WEEK = 7 * DAY
HOURS_BEHIND = 4 * WEEK
TIME_OF_DAY_BEHIND = 2 * WEEK
DAYS_FOR_TIME_OF_DAY = 3
DAYS_TO_AGREE = 14
WEEKS_TO_AGREE = 3
AGREE = 1.5  # days or weeks agree when nearly all stay below this multiple of their median
OFTEN = 4  # times in four weeks
APART = 2 * DAY  # one spike's long evening and next morning are one episode
BAND = (0.10, 0.90)


@dataclass(frozen=True)
class Baseline:
    """Uses an hour. Eight hours in ten like this one lie between `low` and `high`; `hours` is how much is known.

    `tail` and `often` are multiples of the usual hour that the topic has reached in the last four weeks: in its second
    highest episode, and on the fourth highest day. The highest is left out: a single earlier spike never hides the
    next one. Six numbers: they may be kept as JSON (`dataclasses.asdict`) until the next whole hour is known.
    """

    level: float
    low: float
    high: float
    hours: int
    tail: float = 0.0
    often: float = 0.0


def usual(hours: Sequence[float]) -> Baseline | None:
    """The baseline from sums of whole hours, newest first, the judged hour not among them; None without any.

    `hours[0]` ends where the judged hour begins, `hours[k]` ends k hours earlier; more than four weeks are ignored.
    """
    behind = hours[:HOURS_BEHIND]
    if not behind:
        return None
    alike = sorted(behind[:WEEK])
    middle = _quantile(alike, 0.5)
    level, levels = middle, [middle] * DAY
    if (len(behind) + 1) // DAY >= DAYS_FOR_TIME_OF_DAY:
        alike = _near(behind, DAY - 1)  # hours[23] is the judged hour, a day ago
        shape = [_quantile(_near(behind, phase), 0.5) for phase in range(DAY - 1)] + [_quantile(alike, 0.5)]
        levels = [max(middle, one) for one in shape]
        level = _level(behind, shape[-1], levels[-1])
    low, high = (_quantile(alike, share) for share in BAND)
    ratios = _ratios(behind, levels)
    tail, often = _episode(ratios, 2, APART), _episode(ratios, OFTEN, DAY)
    return Baseline(level, min(low, level), max(high, level), len(behind), tail, often)


def _level(hours: Sequence[float], of_the_day: float, cautious: float) -> float:
    """The weekday's level where weeks agree and it matters; else the time of day's where days agree, or `cautious`."""
    days = sorted(hours[DAY - 1 : TIME_OF_DAY_BEHIND : DAY])
    agreed = len(days) >= DAYS_TO_AGREE and _quantile(days, BAND[1]) <= AGREE * of_the_day
    level = of_the_day if agreed else cautious
    weeks = hours[WEEK - 1 :: WEEK]
    if len(weeks) < WEEKS_TO_AGREE:
        return level
    near = (
        hours[at] for back in range(WEEK - 1, len(hours), WEEK) for at in (back - 1, back, back + 1) if at < len(hours)
    )
    of_the_weekday = _quantile(sorted(near), 0.5)
    matters = not level / AGREE <= of_the_weekday <= level * AGREE
    return of_the_weekday if matters and max(weeks) <= AGREE * of_the_weekday else level


def _near(hours: Sequence[float], phase: int) -> list[float]:
    """The hours of the last days at one time of day and their neighbours, sorted."""
    until = min(len(hours), TIME_OF_DAY_BEHIND)
    found: list[float] = []
    for step in (phase - 1, phase, phase + 1):
        found += hours[step % DAY if step < 0 else step : until : DAY]
    return sorted(found)


def _ratios(hours: Sequence[float], levels: Sequence[float]) -> list[float]:
    """Each hour as a multiple of what was usual at its time of day; a usual hour of less than one use counts as one."""
    shares = cycle([1.0 / max(level, 1.0) for level in levels])
    return [count * share for count, share in zip(hours, shares, strict=False)]


def _episode(ratios: Sequence[float], place: int, apart: int) -> float:
    """The `place`-th highest of the peaks at least `apart` hours from every higher one; 0 if there are fewer."""
    left = list(ratios)
    for _ in range(place - 1):
        at = left.index(max(left))
        since, until = max(0, at - apart + 1), min(len(left), at + apart)
        left[since:until] = [0.0] * (until - since)
    return max(left)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted values lie, drawn straight between neighbours."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
