"""The arithmetic of `bench.quality_scoring`: confusion, recall, calibration and how sure any of them is.

Pure, and apart from what it is applied to, so that it can be held against numbers worked out by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.contract import Tragedy, TragedyVerdict

LABELS = ("clear", "sensitive", "hold")
"""What a reader calls a text. The machine's word for sensitive is review."""
ROUNDS = 2_000
"""Resamples behind an interval; the seed is fixed, so that the same answers print the same figures. Ours."""
BINS = 10


@dataclass(frozen=True)
class Line:
    """A labelled text. `part`: the file or set it stands in; `label` is one of LABELS."""

    text: str
    label: str
    part: str
    kind: str = ""
    form: str = ""


@dataclass(frozen=True)
class Rated:
    """A labelled text with what a judge said of it."""

    line: Line
    said: Tragedy
    probability: float

    @property
    def stopped(self) -> bool:
        """Given review or hold: a person hears of it before anything is sent."""
        return self.said is not Tragedy.CLEAR


@dataclass(frozen=True)
class Share:
    """A mean of yes and no in [0, 1] over `number` answers, with the ends of its 95 % interval."""

    value: float
    low: float
    high: float
    number: int

    def __str__(self) -> str:
        if not self.number:
            return "none to count"
        return f"{self.value:6.1%} [{self.low:.1%}, {self.high:.1%}] of {self.number}"


@dataclass(frozen=True)
class Bin:
    """Texts whose probability lay in one tenth: how many, what was said on average, and what was so."""

    number: int
    said: float
    true: float


def rate(lines: Sequence[Line], verdicts: Sequence[TragedyVerdict]) -> list[Rated]:
    """Put lines and verdicts, in the same order, together."""
    return [Rated(line, said.label, said.probability) for line, said in zip(lines, verdicts, strict=True)]


def confusion(rated: Sequence[Rated]) -> Mapping[tuple[str, Tragedy], int]:
    """How often a text of a label was given which verdict."""
    return Counter((one.line.label, one.said) for one in rated)


def share(answers: Sequence[bool]) -> Share:
    """The share of yes with a bootstrap interval: the answers drawn anew with replacement, ROUNDS times."""
    if not answers:
        return Share(0.0, 0.0, 0.0, 0)
    value = sum(answers) / len(answers)
    # The mean of n answers drawn with replacement is a binomial count over n: the same resamples, at once.
    drawn = np.random.default_rng(0).binomial(len(answers), value, ROUNDS) / len(answers)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Share(value, float(low), float(high), len(answers))


def found(rated: Sequence[Rated]) -> Share:
    """Of the texts labelled hold, the share given hold or review."""
    return share([one.stopped for one in rated if one.line.label == "hold"])


def stopped(rated: Sequence[Rated]) -> Share:
    """Of the texts labelled clear, the share given hold or review."""
    return share([one.stopped for one in rated if one.line.label == "clear"])


def held(rated: Sequence[Rated]) -> Share:
    """Of the texts labelled clear, the share given hold."""
    return share([one.said is Tragedy.HOLD for one in rated if one.line.label == "clear"])


def found_at(rated: Sequence[Rated], allowed: float) -> float:
    """The share of tragic texts found by the lowest cut on the probability that stops at most `allowed` of the clear.

    Judges that cut at different places are compared this way. Texts of one probability fall on the same side.
    """
    clear = sorted((one.probability for one in rated if one.line.label == "clear"), reverse=True)
    dark = [one.probability for one in rated if one.line.label == "hold"]
    if not clear or not dark:
        return 0.0
    free = int(allowed * len(clear) + 1e-9)
    cut = clear[free] if free < len(clear) else -1.0  # the first clear text that must stay below
    return sum(probability > cut for probability in dark) / len(dark)


def calibration(said: Sequence[float], true: Sequence[bool]) -> list[Bin]:
    """The reliability table: ten bins of equal width over the probability, 1.0 in the last."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for probability, was in zip(said, true, strict=True):
        bins[min(BINS - 1, int(probability * BINS + 1e-9))].append((probability, was))
    return [Bin(len(one), _mean([p for p, _ in one]), _mean([was for _, was in one])) for one in bins]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the mean distance between what was said and what was so, by bin size."""
    total = sum(one.number for one in bins)
    return sum(one.number * abs(one.said - one.true) for one in bins) / total if total else 0.0


def macro_recall(pairs: Sequence[tuple[str, str]], labels: Sequence[str]) -> tuple[Share, dict[str, float]]:
    """The mean over labels of the share found, with its interval (each label drawn anew by itself), and each share."""
    own = {label: [said == label for true, said in pairs if true == label] for label in labels}
    recalls = {label: _mean(answers) for label, answers in own.items()}
    dice = np.random.default_rng(0)
    drawn = np.mean([dice.binomial(max(1, len(own[x])), recalls[x], ROUNDS) / max(1, len(own[x])) for x in labels], 0)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Share(_mean(list(recalls.values())), float(low), float(high), len(pairs)), recalls


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
