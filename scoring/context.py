"""What a topic is about, read from its own recent uses: the guide's "search ten recent uses" done by the machine.

A topic is often dark without one violent word, so the quiet words of grief, abuse and fear count beside the scorer's
own probability. Few uses are no reason by themselves; what they say is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.contract import Context, Reason, TextVerdict, Tragedy, TragedyVerdict, Use, UseRead
from scoring.safety import failed
from scoring.sensitivity import read
from scoring.thresholds import (
    CLEAR_CEILING,
    DARK_AT,
    HOLD_FLOOR,
    HOLD_SHARE,
    REVIEW_FLOOR,
    REVIEW_SHARE,
    STRONG_AT,
    UNEASY_AT,
)

QUIET = frozenset(("abuse", "mourning", "fear", "suicide", "death", "missing", "hate", "history"))
ENOUGH_USES = 10
"""The guide has ten recent uses of a hashtag read before anybody speaks next to it."""
MAX_EVIDENCE = 4


@dataclass(frozen=True)
class Climate:
    """How dark a topic's uses are. `share` counts an uneasy use as half a dark one; `strong` are beyond doubt.

    `levels`: every use that was read with its darkness, the oldest first.
    """

    uses: int
    share: float
    touched: int
    strong: int
    darkest: tuple[tuple[float, str], ...]
    levels: tuple[tuple[float, str], ...] = ()


def climate(uses: Sequence[Use], verdicts: Sequence[TextVerdict]) -> Climate:
    """Read the uses of one topic together with the scorer's verdicts on them, in the same order."""
    levels = tuple((_darkness(use, verdict), use.text) for use, verdict in zip(uses, verdicts, strict=True))
    dark = sum(1.0 if level >= DARK_AT else 0.5 for level, _ in levels if level >= UNEASY_AT)
    touched = sorted((item for item in levels if item[0] >= UNEASY_AT), reverse=True)
    return Climate(
        uses=len(levels),
        share=dark / len(levels) if levels else 0.0,
        touched=len(touched),
        strong=sum(level >= STRONG_AT for level, _ in levels),
        darkest=tuple(touched[:MAX_EVIDENCE]),
        levels=levels,
    )


def topic_verdict(air: Climate) -> TragedyVerdict:
    """What the uses alone say of their topic: hold, review or clear, with the uses it rests on."""
    label = Tragedy.CLEAR
    if air.touched >= 2 and air.share >= REVIEW_SHARE and air.share * air.uses >= 1.5:
        label = Tragedy.REVIEW
    if air.touched >= 3 and air.strong >= 2 and air.share >= HOLD_SHARE:
        label = Tragedy.HOLD
    if label is Tragedy.CLEAR:
        return TragedyVerdict(label, round(min(CLEAR_CEILING, air.share), 4))
    said = f"{air.touched} of the topic's {air.uses} recent uses speak of harm, grief or fear."
    reasons = tuple(Reason("topic_uses", said, text, round(level, 4)) for level, text in air.darkest)
    floor = HOLD_FLOOR if label is Tragedy.HOLD else REVIEW_FLOOR
    return TragedyVerdict(label, round(min(0.99, max(floor, air.share)), 4), reasons)


def context_of(air: Climate) -> Context:
    """The context check for people to see: how many uses were read, and ten of them, the darkest and the newest."""
    newest = reversed(air.levels)
    dark = sorted((item for item in air.levels if item[0] >= UNEASY_AT), key=lambda item: -item[0])
    shown = [*dict.fromkeys([*dark, *newest])][:ENOUGH_USES]
    uses = tuple(UseRead(text, round(level, 4), level >= UNEASY_AT) for level, text in shown)
    return Context(air.uses, air.touched, round(air.share, 4), uses, _in_words(air))


def _in_words(air: Climate) -> str:
    if not air.uses:
        return "No recent use could be read. Search for ten yourself before anybody answers."
    dark = f"{air.touched} of them" if air.touched else "none of them"
    found = f"{air.uses} recent {'use was' if air.uses == 1 else 'uses were'} read, {dark} dark."
    if air.uses >= ENOUGH_USES:
        return found
    return f"Only {found} The guide asks for ten: search for more before anybody answers."


def _darkness(use: Use, verdict: TextVerdict) -> float:
    """The scorer's probability, or the weight of a quiet dark word if that is more; a failed scorer adds nothing."""
    said = 0.0 if failed(verdict) else verdict.tragedy.probability
    return max(said, read(use.text).strongest(QUIET))
