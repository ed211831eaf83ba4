"""What is usual: a trailing baseline per hour that earlier spikes hardly lift. Pure arithmetic, nothing else.

The level is the larger of two medians: of all hours of the last seven days, and, once three earlier days are known,
of the hours around the same time of day in the last fourteen. The first keeps a past spike from hiding the next one;
the second keeps every evening's peak from looking like news. Where days agree with each other about this hour, their
median alone is the level, so that three times a quiet night is heard; where the same hour of earlier weeks agrees, and
differs from other days, the weekday's median is.

`tail` and `often` say how restless a topic is: how high it has been in more than one episode, and on some day of
every week. `monitors.spikes` lets restless topics outdo themselves before they are news. A habit is not restlessness:
an hour that is high every week counts as a multiple of what its weekday is used to, and where the judged hour itself
has such a habit, nothing is asked beyond three times that.

An hour in which nobody counted is given as None: it is no silence, and the days before it stand in for it. Only hours
that ended before the judged one began are looked at, and never more than four weeks of them, so that the cost does not
grow with the history. Every constant here is ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    next one. Both are 0 where `level` is a weekday's habit. Six numbers: they may be kept as JSON
    (`dataclasses.asdict`) until the next whole hour is known.
    """

    level: float
    low: float
    high: float
    hours: int
    tail: float = 0.0
    often: float = 0.0


def usual(hours: Sequence[float | None]) -> Baseline | None:
    """The baseline from sums of whole hours, newest first, the judged hour not among them; None without any.

    `hours[0]` ends where the judged hour begins, `hours[k]` ends k hours earlier; more than four weeks are ignored.
    """
    behind = hours[:HOURS_BEHIND]
    known = [count for count in behind if count is not None]
    if not known:
        return None
    alike = sorted(known[:WEEK])
    middle = _quantile(alike, 0.5)
    level, levels, habit = middle, [middle] * DAY, False
    if (len(known) + 1) // DAY >= DAYS_FOR_TIME_OF_DAY:
        until = _until(behind, TIME_OF_DAY_BEHIND)
        alike = _near(behind, DAY - 1, until) or alike  # hours[23] is the judged hour, a day ago
        shape = [_near(behind, phase, until) for phase in range(DAY - 1)] + [alike]
        levels = [max(middle, _quantile(one, 0.5)) if one else middle for one in shape]
        level, habit = _level(behind, _quantile(alike, 0.5), levels[-1])
    low, high = (_quantile(alike, share) for share in BAND)
    tail = often = 0.0
    if not habit:
        ratios = _ratios(behind, levels)
        tail, often = _episode(ratios, 2, APART), _episode(ratios, OFTEN, DAY)
    return Baseline(level, min(low, level), max(high, level), len(known), tail, often)


def _until(hours: Sequence[float | None], wanted: int) -> int:
    """How far back `wanted` known hours reach: further than that many hours where some in between are not known."""
    until = min(wanted, len(hours))
    missing = hours[:until].count(None)
    while missing and until < len(hours):
        missing -= hours[until] is not None
        until += 1
    return until


def _level(hours: Sequence[float | None], of_the_day: float, cautious: float) -> tuple[float, bool]:
    """The weekday's level where weeks agree and it matters, else that of days that agree, or `cautious`.

    And whether it is a habit: a weekday's level that is above other days'.
    """
    days = sorted(_known(hours[DAY - 1 : TIME_OF_DAY_BEHIND : DAY]))
    agreed = len(days) >= DAYS_TO_AGREE and _quantile(days, BAND[1]) <= AGREE * of_the_day
    level = of_the_day if agreed else cautious
    of_the_weekday = _of_the_weekday(hours, range(WEEK - 1, len(hours), WEEK))
    if of_the_weekday is None or level / AGREE <= of_the_weekday <= level * AGREE:
        return level, False
    return of_the_weekday, of_the_weekday > level


def _of_the_weekday(hours: Sequence[float | None], places: Sequence[int]) -> float | None:
    """The median of these hours, a week apart, and their neighbours, where the weeks agree about it."""
    weeks = _known(hours[at] for at in places)
    if len(weeks) < WEEKS_TO_AGREE:
        return None
    near = (hours[at] for back in places for at in (back - 1, back, back + 1) if 0 <= at < len(hours))
    level = _quantile(sorted(_known(near)), 0.5)
    return level if max(weeks) <= AGREE * level else None


def _known(hours: Iterable[float | None]) -> list[float]:
    return [count for count in hours if count is not None]


def _near(hours: Sequence[float | None], phase: int, until: int) -> list[float]:
    """The hours of the last days at one time of day and their neighbours, sorted."""
    found: list[float] = []
    for step in (phase - 1, phase, phase + 1):
        found += _known(hours[step % DAY if step < 0 else step : until : DAY])
    return sorted(found)


def _ratios(hours: Sequence[float | None], levels: Sequence[float]) -> list[float]:
    """Each hour as a multiple of what it would itself have been judged by; a usual hour of less than one counts as one.

    That is what was usual at its time of day, or what its weekday is used to where the other weeks agree about that.
    """
    shares = cycle([1.0 / max(level, 1.0) for level in levels])
    ratios = [0.0 if count is None else count * share for count, share in zip(hours, shares, strict=False)]
    for at, high in enumerate(ratios):
        if high > AGREE:  # a weekday matters only where it differs that much from other days
            ratios[at] = _by_its_weekday(hours, at, high)
    return ratios


def _by_its_weekday(hours: Sequence[float | None], at: int, high: float) -> float:
    level = _of_the_weekday(hours, [back for back in range(at % WEEK, len(hours), WEEK) if back != at])
    return high if level is None else min(high, (hours[at] or 0.0) / max(level, 1.0))


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
