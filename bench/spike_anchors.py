"""Detectors that everybody can write again, scored by our scorer: they show that it counts as others do.

`sliding_gaussian` is the plainest of NAB's published detectors, rebuilt from its description; `plain_threshold` is the
guide's "three times the mean of the last seven days" taken at its word, at every row or over an hour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.nab import Points, Window, points, scores

ROWS = 6400
STEP = 100
HOUR_ROWS = 12
GAUSSIAN_AT = 1 - 5e-13  # where the five realTweets series give NAB's published scores: 64.8, 39.8, 74.4
WEEK_ROWS = 7 * 24 * HOUR_ROWS
Labelled = tuple[Sequence[float], Sequence[Window]]


def sliding_gaussian(values: Sequence[float]) -> list[float]:
    """How unlikely each value is under a normal curve drawn through the 6,400 rows before, moved on by hundreds."""
    total, squares, rows, since = 0.0, 0.0, 0, 0
    found: list[float] = []
    for at, value in enumerate(values):
        found.append(_unlikely(value, total, squares, rows))
        if at < ROWS:
            total, squares, rows = total + value, squares + value * value, rows + 1
        elif (at + 1 - ROWS) % STEP == 0:
            gone, come = values[since : since + STEP], values[at + 1 - STEP : at + 1]
            total += sum(come) - sum(gone)
            squares += sum(one * one for one in come) - sum(one * one for one in gone)
            since += STEP
    return found


def plain_threshold(values: Sequence[float], rows: int, cooldown: int) -> list[int]:
    """Rows at which the sum of `rows` rows is three times its mean of the last seven days, `cooldown` rows apart."""
    sums = [0.0]
    for value in values:
        sums.append(sums[-1] + value)
    alerts: list[int] = []
    for at in range(WEEK_ROWS // 7, len(values)):
        since = max(0, at + 1 - rows - WEEK_ROWS)
        mean = (sums[at + 1 - rows] - sums[since]) / max(1, at + 1 - rows - since) * rows
        over = sums[at + 1] - sums[at + 1 - rows] >= 3 * mean > 0
        if over and (not alerts or at - alerts[-1] >= cooldown):
            alerts.append(at)
    return alerts


def gaussian_scores(series: Sequence[Labelled], threshold: float = GAUSSIAN_AT) -> tuple[float, ...]:
    """The Gaussian's score on each profile."""
    return scores(_points(labelled, sliding_gaussian(labelled[0]), threshold) for labelled in series)


def _points(labelled: Labelled, mark: Sequence[float], step: float) -> Points:
    values, windows = labelled
    return points(len(values), windows, [at for at, one in enumerate(mark) if one >= step])


def _unlikely(value: float, total: float, squares: float, rows: int) -> float:
    if rows == 0:
        return 0.0
    mean = total / rows
    deviation = math.sqrt(max(squares / rows - mean * mean, 0.0)) or 1e-6
    return 1 - 0.5 * math.erfc(abs(value - mean) / deviation / math.sqrt(2))
