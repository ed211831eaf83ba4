"""Falling sentiment: when more of what is said about a monitor is negative than usual – beyond chance, and by enough.

Pure. A share of few texts swings wildly, so three things must hold at once (ours): enough texts were read, the share
is a good deal above the usual one, and its Wilson bound lies above that of the usual. Kept apart from the spikes: this
is about how people speak, not how much, and it never is a reason to join in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

HOUR = timedelta(hours=1)
# How many of a topic's texts are read: spread over the hour, so that its last minutes are heard as well as its first.
SLOT = timedelta(minutes=10)
PER_SLOT = 20
SLOTS = int(HOUR / SLOT)
State = Literal["learning", "few", "usual", "falling"]


@dataclass(frozen=True)
class ToneRule:
    """`z_now` is 99 %, `z_usual` 90 % of a normal, both one-sided. `most_an_hour`: no bad hour becomes the usual."""

    least: int = 30
    points: float = 0.15
    z_now: float = 2.33
    z_usual: float = 1.28
    learning_hours: int = 24
    learning_texts: int = 100
    most_an_hour: int = 60


DEFAULT = ToneRule()


@dataclass(frozen=True)
class Heard:
    """Of `scored` texts that were read, `negative` are negative."""

    scored: int
    negative: int

    @property
    def share(self) -> float:
        return self.negative / self.scored if self.scored else 0.0


@dataclass(frozen=True)
class Mood:
    """What the last texts say against what is usual. `low` and `high`: where the share now really may lie."""

    state: State
    now: Heard
    usual: float | None
    low: float
    high: float
    why: str

    @property
    def falling(self) -> bool:
        return self.state == "falling"


def mood(recent: Sequence[Heard], before: Sequence[Heard], rule: ToneRule = DEFAULT) -> Mood:
    """Judge the newest hours (newest first: the second is added where the first alone is too few) against `before`."""
    now = _enough(recent, rule.least)
    low, high = wilson(now, rule.z_now)
    usual = _usual(before, rule)
    if usual is None:
        hours, texts = _seen(before)
        why = f"Still learning the usual mood: {hours} of {rule.learning_hours} hours, {texts} texts read."
        return Mood("learning", now, None, low, high, why)
    told = f"{_percent(now.share)} of {now.scored} read posts are negative, usual are {_percent(usual.share)}"
    if now.scored < rule.least:
        why = f"Only {now.scored} posts read of late; {rule.least} are needed to tell a mood from chance."
        return Mood("few", now, usual.share, low, high, why)
    beyond = low > wilson(usual, rule.z_usual)[1] and now.share >= usual.share + rule.points
    return Mood("falling" if beyond else "usual", now, usual.share, low, high, f"{told}.")


def wilson(heard: Heard, z: float) -> tuple[float, float]:
    """Wilson's interval of a share: honest for few texts and near 0 and 1, where the plain one is not."""
    n = heard.scored
    if not n:
        return 0.0, 1.0
    square = z * z
    middle = (heard.share + square / (2 * n)) / (1 + square / n)
    half = z * math.sqrt(heard.share * (1 - heard.share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def allowed(scored: int, at: datetime, now: datetime) -> int:
    """How many more texts of the hour of `at` may be read by `now`, when `scored` of them have been."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    begun = min(SLOTS, int((now - hour) / SLOT) + 1)
    return max(0, PER_SLOT * begun - scored)


def chosen(
    texts: Sequence[tuple[int, datetime, frozenset[int]]], scored: Mapping[tuple[int, datetime], int], now: datetime
) -> list[int]:
    """The texts to read, given newest first as (id, published, topics): within the hour's allowance of any topic."""
    left: dict[tuple[int, datetime], int] = {}
    wanted = []
    for text, at, topics in texts:
        hour = at.replace(minute=0, second=0, microsecond=0)
        keys = [(topic, hour) for topic in topics]
        for key in keys:
            left.setdefault(key, allowed(scored.get(key, 0), at, now))
        if any(left[key] > 0 for key in keys):
            wanted.append(text)
            for key in keys:
                left[key] -= 1
    return wanted


def _enough(recent: Sequence[Heard], least: int) -> Heard:
    total = Heard(0, 0)
    for one in recent:
        if total.scored >= least:
            break
        total = Heard(total.scored + one.scored, total.negative + one.negative)
    return total


def _usual(before: Sequence[Heard], rule: ToneRule) -> Heard | None:
    """The hours before as one pool, an hour's part limited; None while they are too few."""
    hours, texts = _seen(before)
    if hours < rule.learning_hours or texts < rule.learning_texts:
        return None
    parts = [(min(one.scored, rule.most_an_hour), one.share) for one in before if one.scored]
    weight = sum(part for part, _ in parts)
    return Heard(weight, round(sum(part * share for part, share in parts)))


def _seen(before: Sequence[Heard]) -> tuple[int, int]:
    heard = [one.scored for one in before if one.scored]
    return len(heard), sum(heard)


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
