"""What a topic is about, read from its own recent uses: the guide's "search ten recent uses" done by the machine.

A topic is often dark without one violent word, so the quiet words of grief, abuse and fear count beside the scorer's
own probability. Few uses are no reason by themselves; what they say is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.contract import Reason, TextVerdict, Tragedy, TragedyVerdict, Use
from scoring.safety import failed
from scoring.sensitivity import read

QUIET = frozenset(("abuse", "mourning", "fear", "suicide", "death", "missing", "hate", "history"))
DARK_AT, UNEASY_AT, STRONG_AT = 0.4, 0.28, 0.7
REVIEW_SHARE, HOLD_SHARE = 0.2, 0.5
"""Shares of dark uses from which a topic is sensitive, and from which it is a tragedy. Ours: a fifth is two in ten."""
MAX_EVIDENCE = 4


@dataclass(frozen=True)
class Climate:
    """How dark a topic's uses are. `share` counts an uneasy use as half a dark one; `strong` are beyond doubt."""

    uses: int
    share: float
    touched: int
    strong: int
    darkest: tuple[tuple[float, str], ...]


def climate(uses: Sequence[Use], verdicts: Sequence[TextVerdict]) -> Climate:
    """Read the uses of one topic together with the scorer's verdicts on them, in the same order."""
    levels = [(_darkness(use, verdict), use.text) for use, verdict in zip(uses, verdicts, strict=True)]
    dark = sum(1.0 if level >= DARK_AT else 0.5 for level, _ in levels if level >= UNEASY_AT)
    touched = sorted((item for item in levels if item[0] >= UNEASY_AT), reverse=True)
    return Climate(
        uses=len(levels),
        share=dark / len(levels) if levels else 0.0,
        touched=len(touched),
        strong=sum(level >= STRONG_AT for level, _ in levels),
        darkest=tuple(touched[:MAX_EVIDENCE]),
    )


def topic_verdict(air: Climate) -> TragedyVerdict:
    """What the uses alone say of their topic: hold, review or clear, with the uses it rests on."""
    label = Tragedy.CLEAR
    if air.touched >= 2 and air.share >= REVIEW_SHARE and air.share * air.uses >= 1.5:
        label = Tragedy.REVIEW
    if air.touched >= 3 and air.strong >= 2 and air.share >= HOLD_SHARE:
        label = Tragedy.HOLD
    if label is Tragedy.CLEAR:
        return TragedyVerdict(label, round(min(0.39, air.share), 4))
    said = f"{air.touched} of the topic's {air.uses} recent uses speak of harm, grief or fear."
    reasons = tuple(Reason("topic_uses", said, text, round(level, 4)) for level, text in air.darkest)
    floor = 0.7 if label is Tragedy.HOLD else 0.4
    return TragedyVerdict(label, round(min(0.99, max(floor, air.share)), 4), reasons)


def _darkness(use: Use, verdict: TextVerdict) -> float:
    """The scorer's probability, or the weight of a quiet dark word if that is more; a failed scorer adds nothing."""
    said = 0.0 if failed(verdict) else verdict.tragedy.probability
    return max(said, read(use.text).strongest(QUIET))
