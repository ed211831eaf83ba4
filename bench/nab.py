"""Our own scorer of NAB's formula, so that alerts can be compared with published detectors.

After Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms" (2015). Nothing counts in a series' first
15 % (at most 750 rows). In each labelled window only the first detection counts, worth more the earlier it comes; a
window without one costs the weight of a miss; a detection outside costs less just behind a window than far from any.
Raw points of all series are added, and scaled so that silence is 0 and the first row of every window 100.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PROBATION = 0.15
PROBATION_ROWS = 750
Window = tuple[int, int]  # first and last row, both inside


@dataclass(frozen=True)
class Profile:
    """What a false alarm and a miss cost, where a perfect hit earns 1."""

    name: str
    false_positive: float
    false_negative: float


PROFILES = (
    Profile("standard", 0.11, 1.0),
    Profile("low false positives", 0.22, 1.0),
    Profile("low false negatives", 0.11, 2.0),
)


@dataclass(frozen=True)
class Points:
    """What one series adds, before weights. Series are added up before anything is scaled."""

    gained: float
    missed: int
    false: float
    false_alarms: int
    windows: int

    def __add__(self, other: Points) -> Points:
        return Points(
            self.gained + other.gained,
            self.missed + other.missed,
            self.false + other.false,
            self.false_alarms + other.false_alarms,
            self.windows + other.windows,
        )


NOTHING = Points(0.0, 0, 0.0, 0, 0)


def probation(rows: int) -> int:
    """How many rows at a series' beginning are not judged."""
    return min(int(PROBATION * rows), PROBATION_ROWS)


def points(rows: int, windows: Sequence[Window], alerts: Iterable[int]) -> Points:
    """The points of one series of `rows` rows, from the row numbers of its alerts."""
    counted = [at for at in sorted(alerts) if at >= probation(rows)]
    firsts = [first_in(window, counted) for window in windows]
    hits = [hit_value(window, at) for window, at in zip(windows, firsts, strict=True) if at is not None]
    outside = false_alarms(windows, counted)
    return Points(
        gained=math.fsum(hits),
        missed=len(windows) - len(hits),
        false=math.fsum(false_value(windows, at) for at in outside),
        false_alarms=len(outside),
        windows=len(windows),
    )


def score(total: Points, profile: Profile) -> float:
    """0 for silence, 100 for the first row of every window and nothing else; below 0 is possible."""
    raw = total.gained - profile.false_negative * total.missed + profile.false_positive * total.false
    silence = -profile.false_negative * total.windows
    return 100 * (raw - silence) / (total.windows - silence)


def scores(series: Iterable[Points]) -> tuple[float, ...]:
    """The score of several series together, for each profile."""
    total = sum(series, NOTHING)
    return tuple(score(total, profile) for profile in PROFILES)


def first_in(window: Window, alerts: Sequence[int]) -> int | None:
    """The first alert in a window; `alerts` are sorted."""
    return next((at for at in alerts if window[0] <= at <= window[1]), None)


def false_alarms(windows: Sequence[Window], alerts: Sequence[int]) -> list[int]:
    """The alerts outside every window."""
    return [at for at in alerts if not any(start <= at <= end for start, end in windows)]


def hit_value(window: Window, at: int) -> float:
    """1 for a window's first row, close to 0 for its last."""
    start, end = window
    return _sigmoid(-(end - at + 1) / (end - start + 1)) / _sigmoid(-1.0)


def false_value(windows: Sequence[Window], at: int) -> float:
    """0 just behind a window, -1 far from any, and before the first."""
    before = [window for window in windows if window[1] < at]
    if not before:
        return -1.0
    start, end = before[-1]
    return _sigmoid((at - end) / max(end - start, 1))


def _sigmoid(place: float) -> float:
    return -1.0 if place > 3 else 2 / (1 + math.exp(5 * place)) - 1
