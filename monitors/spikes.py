"""When a count deserves an alert. Pure: the live path and `python -m app detect` judge with these same functions.

The guide's headline rule: three times the usual hour (50 an hour alert at 150, not at 149). Three rules are ours: a
floor, below which a multiple means nothing; at least a day of history; and one spike is told once. It is told again
when it doubles, or when it ended, came back, and the cool-down is over. Alerts fail open: nothing else mutes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from monitors.baseline import Baseline

State = Literal["learning", "quiet", "alert", "cooling"]

HOUR = timedelta(hours=1)
ROUNDING = 1e-9  # of a height: rows that are not whole hours are turned into rates, and rates have rounding errors
SILENT_SCORE = 0.499  # the highest score of an hour that raises no alert


@dataclass(frozen=True)
class SpikeRule:
    """`factor` x baseline, as the guide has it; `floor` in uses an hour, `cooldown`, `learning_hours`: ours.

    A floor below one use counts as one: nothing said is never an alert.
    """

    factor: float = 3.0
    floor: float = 20.0
    cooldown: timedelta = timedelta(hours=6)
    doubling: float = 2.0
    learning_hours: int = 24

    def height(self, level: float) -> float:
        """Uses an hour from which on there is an alert, above a baseline of `level`."""
        return max(self.factor * level, self.floor, 1.0)


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
) -> Spike:
    """Judge the window that ends at `window_end`. `count` and `baseline` are in uses an hour."""
    state, why = _state(count, baseline, window_end, previous, rule)
    strength = 0.0 if baseline is None else count / rule.height(baseline.level)
    return Spike(
        alert=state == "alert",
        count=count,
        baseline=None if baseline is None else baseline.level,
        band=None if baseline is None else (baseline.low, baseline.high),
        ratio=None if baseline is None else ratio(count, baseline.level),
        score=_score(strength, state),
        window_start=window_end - window,
        window_end=window_end,
        why=why,
        state=state,
    )


def ratio(count: float, level: float) -> float:
    """How many times the usual: a usual hour of less than one use counts as one."""
    return count / max(level, 1.0)


def _state(
    count: float, baseline: Baseline | None, at: datetime, previous: Previous | None, rule: SpikeRule
) -> tuple[State, str]:
    """The first rule that applies, top to bottom, and the sentence that says so."""
    hours = baseline.hours if baseline else 0
    if baseline is None or hours < rule.learning_hours:
        return "learning", f"Still learning what is usual: {hours} of {rule.learning_hours} hours seen."
    told = _compare(count, baseline)
    height = rule.height(baseline.level)
    if count < height * (1 - ROUNDING):
        return "quiet", f"{told}. An alert needs {_number(height)}."
    if previous is None:
        return "alert", f"{told}."
    if count >= rule.doubling * previous.count:
        return "alert", f"{told}. It has at least doubled since the alert at {_number(previous.count)}."
    if at - previous.at < rule.cooldown:
        return "cooling", f"{told}. Already told at {_number(previous.count)}, cooling down."
    if not previous.ended:
        return "cooling", f"{told}. The same spike goes on since the alert at {_number(previous.count)}."
    return "alert", f"{told}. It is back after the alert at {_number(previous.count)}."


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
