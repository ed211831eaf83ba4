"""When a count deserves an alert. Pure: the live path and `python -m app detect` judge with these same functions.

The guide's headline rule: three times the usual hour (50 an hour alert at 150, not at 149). The rest is ours:

- a floor, below which a multiple means nothing, and at least a day of history;
- a restless topic, one that reaches twice its usual about once a week (`Baseline.often`), must outdo what it has been
  before in more than one episode (`Baseline.tail`): news is what is rare for this topic. A calm one follows the
  guide's rule as it is, and twenty times the usual is news whatever has been;
- a fast window: when an hour's alert is half there and the last ten minutes run above the alert's height beyond
  chance, nobody waits for the hour to fill;
- one spike is told once. It is told again when it has doubled, or when it ended, came back, and the cool-down is over.

How the parts meet: `usual(hours)` makes a `Baseline` from up to four weeks of hours (`baseline.HOURS_BEHIND`); it may
be kept for an hour. `judge(count, baseline, window_end, previous, rule, fast=uses in the last ten minutes)` costs a few
microseconds; without `fast` only the hour is judged. `Previous.count` is the `Spike.count` that was told, or the
highest of the hour after it: `after` keeps both, and whoever reads alerts from a store has to look that hour up.
Alerts fail open: nothing else mutes them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from monitors.baseline import Baseline

State = Literal["learning", "quiet", "alert", "cooling"]

HOUR = timedelta(hours=1)
FAST = timedelta(minutes=10)
ROUNDING = 1e-9  # of a height: rows that are not whole hours are turned into rates, and rates have rounding errors
SILENT_SCORE = 0.499  # the highest score of an hour that raises no alert


@dataclass(frozen=True)
class SpikeRule:
    """`factor` x baseline, as the guide has it; all others are ours. `floor` is in uses an hour.

    A floor below one use counts as one: nothing said is never an alert. `restless`: how high a topic has to be often,
    to be asked for `beyond_tail` times what it has reached before, up to `always` times the usual. `half_there` and
    `beyond_chance`: what the fast window asks of the hour and of itself, the latter in standard deviations of a
    Poisson count.
    """

    factor: float = 3.0
    floor: float = 20.0
    cooldown: timedelta = timedelta(hours=6)
    doubling: float = 2.0
    doubling_after: timedelta = HOUR
    learning_hours: int = 24
    restless: float = 2.0
    beyond_tail: float = 1.25
    always: float = 20.0
    half_there: float = 0.5
    beyond_chance: float = 5.0

    def height(self, level: float, tail: float = 0.0, often: float = 0.0) -> float:
        """Uses an hour from which on there is an alert, above a baseline with these numbers."""
        outdone = min(self.beyond_tail * tail, self.always) if often >= self.restless else 0.0
        return max(self.factor * level, outdone * max(level, 1.0), self.floor, 1.0)

    def steep(self, height: float) -> float:
        """Uses in the fast window that even an hour at `height` would not bring by chance."""
        expected = height * (FAST / HOUR)
        return expected + self.beyond_chance * math.sqrt(expected)


DEFAULT_RULE = SpikeRule()


@dataclass(frozen=True)
class Previous:
    """The last alert on the same topic: when, at which count, and whether the count has been below since."""

    at: datetime
    count: float
    ended: bool = True


@dataclass(frozen=True)
class Spike:
    """A judged hour. `count` and `baseline` are uses an hour, `band` the usual range, `score` in [0, 1].

    `score` is at least 0.5 exactly where `alert` is true, and grows with `ratio` on one baseline. An hour's
    baseline below 1 counts as 1 in `ratio`. `baseline`, `band` and `ratio` are None while nothing is known.
    `height` is what an alert needs here; `steep`: the last ten minutes ran above it beyond chance.
    """

    alert: bool
    count: float
    baseline: float | None
    band: tuple[float, float] | None
    ratio: float | None
    score: float
    window_start: datetime
    window_end: datetime
    why: str
    state: State
    height: float | None = None
    steep: bool = False

    @property
    def over(self) -> bool:
        """Whether the count is at alert height, told or not. `Previous.ended` becomes true once this is false."""
        return self.state in ("alert", "cooling")


def judge(
    count: float,
    baseline: Baseline | None,
    window_end: datetime,
    previous: Previous | None = None,
    rule: SpikeRule = DEFAULT_RULE,
    window: timedelta = HOUR,
    fast: float | None = None,
) -> Spike:
    """Judge the window that ends at `window_end`. `count` and `baseline` are in uses an hour.

    `fast` is how many uses the last ten minutes of it brought (`FAST`), where that is known.
    """
    height = None if baseline is None else rule.height(baseline.level, baseline.tail, baseline.often)
    steep = height is not None and _steep(count, fast, height, rule)
    early = fast if steep and height is not None and count < height else None
    state, why = _state(count, early, baseline, window_end, previous, rule)
    return Spike(
        alert=state == "alert",
        count=count,
        baseline=None if baseline is None else baseline.level,
        band=None if baseline is None else (baseline.low, baseline.high),
        ratio=None if baseline is None else ratio(count, baseline.level),
        score=_score(0.0 if height is None else count / height, state),
        window_start=window_end - window,
        window_end=window_end,
        why=why,
        state=state,
        height=height,
        steep=steep,
    )


def after(spike: Spike, previous: Previous | None) -> Previous | None:
    """What to remember for the next window on the same topic: the last alert told, and whether its spike has ended.

    An early alert is told at part of an hour: until the hour after it is over, what it fills to counts as told.
    """
    if spike.alert:
        return Previous(spike.window_end, spike.count, ended=False)
    if previous is None:
        return None
    filling = spike.window_end - previous.at < HOUR
    return Previous(
        at=previous.at,
        count=max(previous.count, spike.count) if filling else previous.count,
        ended=previous.ended or not spike.over,
    )


def _steep(count: float, fast: float | None, height: float, rule: SpikeRule) -> bool:
    """Whether the last ten minutes are over an alert's height beyond chance, and the hour is well on its way."""
    return fast is not None and count >= max(rule.half_there * height, rule.floor, 1.0) and fast >= rule.steep(height)


def ratio(count: float, level: float) -> float:
    """How many times the usual: a usual hour of less than one use counts as one."""
    return count / max(level, 1.0)


def _state(
    count: float,
    early: float | None,
    baseline: Baseline | None,
    at: datetime,
    previous: Previous | None,
    rule: SpikeRule,
) -> tuple[State, str]:
    """The first rule that applies, top to bottom, and the sentence that says so."""
    hours = baseline.hours if baseline else 0
    if baseline is None or hours < rule.learning_hours:
        return "learning", f"Still learning what is usual: {hours} of {rule.learning_hours} hours seen."
    told = _compare(count, baseline)
    height = rule.height(baseline.level, baseline.tail, baseline.often)
    if count < height * (1 - ROUNDING) and early is None:
        return "quiet", f"{told}. {_needs(height, baseline, rule)}"
    if early is not None:
        told += f", {_number(early)} of them in the last ten minutes"
    return _again(told, count, at, previous, rule)


def _again(told: str, count: float, at: datetime, previous: Previous | None, rule: SpikeRule) -> tuple[State, str]:
    """At alert height: whether this spike has been told, and whether that was long ago or much smaller."""
    if previous is None:
        return "alert", f"{told}."
    since = at - previous.at
    if count >= rule.doubling * previous.count and since >= rule.doubling_after:
        return "alert", f"{told}. It has at least doubled since the alert at {_number(previous.count)}."
    if since < rule.cooldown:
        return "cooling", f"{told}. Already told at {_number(previous.count)}, cooling down."
    if not previous.ended:
        return "cooling", f"{told}. The same spike goes on since the alert at {_number(previous.count)}."
    return "alert", f"{told}. It is back after the alert at {_number(previous.count)}."


def _needs(height: float, baseline: Baseline, rule: SpikeRule) -> str:
    """What an alert would take, and why it may be more than three times the usual."""
    if height > rule.height(baseline.level):
        return f"An alert needs {_number(height)}: this topic has come near that before."
    return f"An alert needs {_number(height)}."


def _compare(count: float, baseline: Baseline) -> str:
    """Count against baseline in words, with the range and the history it rests on."""
    return (
        f"{_number(count)} in the last hour, {ratio(count, baseline.level):.1f} times the usual "
        f"{_number(baseline.level)} (most hours {_number(baseline.low)} to {_number(baseline.high)}, "
        f"{baseline.hours} hours seen)"
    )


def _score(strength: float, state: State) -> float:
    """`strength` 1 is the alert's height and maps to 0.5; what is not told stays just below."""
    if state == "learning":
        return 0.0
    score = strength / (1.0 + strength)
    return max(score, 0.5) if state == "alert" else min(score, SILENT_SCORE)


def _number(value: float) -> str:
    """A count as a person writes it: 50, 12.5, 12,000."""
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.1f}"
