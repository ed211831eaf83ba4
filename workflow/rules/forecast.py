"""What a post will have brought after seven days, told from its first hour, with an interval, or not at all.

The guide wants the hour's velocity to say where a post is going, by models of six months of own posts. These are three
simple ones over pairs (interactions at the age, interactions after seven days) of earlier posts of the same platform
and kind; whichever would have told those posts best, each left out once, speaks. Its interval is what it was wrong by
on posts that it had not seen (quantiles of the leave-one-out errors, on the scale of logarithms). Pure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, exp, floor, log
from statistics import fmean, median

FINAL_MINUTES = 10_080
"""Seven days: what is called final (ours); hardly anything comes after."""
FROM_MINUTES = (60, 360)
"""Told after the first hour (the guide), and once more after six, the guide's span of velocity."""
HISTORY = timedelta(days=183)
"""The guide: six months of own posts."""
LEAST_POSTS = 20
"""Ours: with fewer an interval that holds four times in five would have to reach beyond everything that was seen."""
MOST_POSTS = 400
"""Ours: the newest are enough, and habits change."""
HOLDS = 0.8
"""The interval should hold the outcome four times in five (ours)."""

Pair = tuple[int, int]
"""Interactions at the age, and after seven days, of one earlier post."""


@dataclass(frozen=True)
class Forecast:
    """`expected` and the interval in interactions; all three None where `history` (earlier posts) is too short.

    `model`: level (what such posts bring, whatever the hour said), ratio (they grow by a factor), line (by a power).
    `error`: the factor by which it was off on earlier posts, half of them (1.5: half as much again, or a third less).
    """

    model: str
    history: int
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    error: float | None = None

    @property
    def speaks(self) -> bool:
        """Whether there was enough history to say anything."""
        return self.expected is not None


# Given the other posts' logarithms (at the age, final): what to expect from one at the age.
_Model = Callable[[Sequence[float], Sequence[float]], Callable[[float], float]]


def forecast(now: int, past: Sequence[Pair]) -> Forecast:
    """From the interactions by now and the newest posts' pairs. Says nothing below LEAST_POSTS of them."""
    pairs = past[:MOST_POSTS]
    if len(pairs) < LEAST_POSTS:
        return Forecast("none", len(pairs))
    early = [log(max(one, 0) + 1) for one, _ in pairs]
    final = [log(max(other, 0) + 1) for _, other in pairs]
    errors = {name: left_out(early, final) for name, left_out in _LEFT_OUT.items()}
    model = min(errors, key=lambda name: (fmean(abs(one) for one in errors[name]), list(errors).index(name)))
    centre = _MODELS[model](early, final)(log(max(now, 0) + 1))
    low, high = _quantiles(errors[model])
    told = [max(exp(centre + shift) - 1, float(now)) for shift in (low, 0.0, high)]
    off = exp(median(abs(one) for one in errors[model]))
    return Forecast(model, len(pairs), expected=told[1], low=told[0], high=told[2], error=off)


def _level(early: Sequence[float], final: Sequence[float]) -> Callable[[float], float]:
    middle = median(final)
    return lambda _: middle


def _ratio(early: Sequence[float], final: Sequence[float]) -> Callable[[float], float]:
    growth = median(after - before for before, after in zip(early, final, strict=True))
    return lambda x: x + growth


def _line(early: Sequence[float], final: Sequence[float]) -> Callable[[float], float]:
    mean_x, mean_y, slope, _ = _fit(early, final)
    return lambda x: mean_y + slope * (x - mean_x)


def _fit(early: Sequence[float], final: Sequence[float]) -> tuple[float, float, float, float]:
    mean_x, mean_y = fmean(early), fmean(final)
    across = sum((x - mean_x) ** 2 for x in early)
    both = sum((x - mean_x) * (y - mean_y) for x, y in zip(early, final, strict=True))
    return mean_x, mean_y, both / across if across else 0.0, across


def _without(values: Sequence[float]) -> list[float]:
    """For each value the median of the others, in the time that sorting takes."""
    ranked, n = sorted(values), len(values)
    half = (n - 1) // 2
    middles = (half,) if (n - 1) % 2 else (half - 1, half)
    found = []
    for value in values:
        at = bisect_left(ranked, value)
        # The others are the ranked ones without position `at`: what is behind it stands one further.
        found.append(fmean(ranked[k if k < at else k + 1] for k in middles))
    return found


def _level_left_out(early: Sequence[float], final: Sequence[float]) -> list[float]:
    return [y - middle for y, middle in zip(final, _without(final), strict=True)]


def _ratio_left_out(early: Sequence[float], final: Sequence[float]) -> list[float]:
    growths = [after - before for before, after in zip(early, final, strict=True)]
    return [growth - middle for growth, middle in zip(growths, _without(growths), strict=True)]


def _line_left_out(early: Sequence[float], final: Sequence[float]) -> list[float]:
    """By each post's leverage, as if the line had been drawn without it."""
    mean_x, mean_y, slope, across = _fit(early, final)
    n, errors = len(early), []
    for x, y in zip(early, final, strict=True):
        pull = 1 / n + ((x - mean_x) ** 2 / across if across else 0.0)
        errors.append((y - mean_y - slope * (x - mean_x)) / max(1 - pull, 1e-9))
    return errors


_MODELS: dict[str, _Model] = {"ratio": _ratio, "line": _line, "level": _level}
_LEFT_OUT = {"ratio": _ratio_left_out, "line": _line_left_out, "level": _level_left_out}


def _quantiles(errors: Sequence[float]) -> tuple[float, float]:
    """The errors between which one more post falls with the chance HOLDS, counting it among them (n + 1)."""
    ranked, n = sorted(errors), len(errors)
    tail = (1 - HOLDS) / 2
    first = max(floor((n + 1) * tail), 1)
    last = min(ceil((n + 1) * (1 - tail)), n)
    return ranked[first - 1], ranked[last - 1]
