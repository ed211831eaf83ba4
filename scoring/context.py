"""What a topic is about, read from its own recent uses: the guide's "search ten recent uses" done by the machine.

Ten people about one event say little one by one: jokes and spam stand beside grief, and much grief names nothing. So
the judge's probabilities are put together as evidence is, by their log-odds, and no one use decides. Few uses are no
reason by themselves; what they say is. No simple rule that we tried mistakes less (`bench.topic_rules`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scoring.contract import Context, Reason, TextVerdict, Tragedy, TragedyVerdict, Use, UseRead
from scoring.languages import languages_of
from scoring.safety import failed
from scoring.sensitivity import read
from scoring.thresholds import (
    BEYOND_DOUBT,
    CLEAR_CEILING,
    DARK_AT,
    HOLD_FLOOR,
    LEAST_DARK,
    LEAST_TOUCHED,
    ORDINARY,
    REVIEW_FLOOR,
    STRONG_AT,
    TOPIC_HOLD,
    TOPIC_REVIEW,
    UNEASY_AT,
)

READ_BY_THE_JUDGE = "en"
"""The language that the judges were made for."""
TESTIMONY = frozenset(("abuse",))
"""Words that count beside any judge's probability: whoever tells of abuse seldom says it harshly. On our topics they
stop no harmless one more; those of grief, fear and death would stop nine, and help no tragic one."""
QUIET = TESTIMONY | {"mourning", "fear", "suicide", "death", "missing", "hate", "history"}
"""The same in a language that the judge may not know."""
ENOUGH_USES = 10
"""The guide has ten recent uses of a hashtag read before anybody speaks next to it."""
MAX_EVIDENCE = 4


@dataclass(frozen=True)
class Climate:
    """How dark a topic's uses are. `share` counts an uneasy use as half a dark one; `strong` are very dark.

    `level`: all of them together, in [0, 1]. `levels`: every use that was read with its darkness, the oldest first.
    """

    uses: int
    share: float
    level: float
    touched: int
    strong: int
    darkest: tuple[tuple[float, str], ...]
    levels: tuple[tuple[float, str], ...] = ()


def climate(uses: Sequence[Use], verdicts: Sequence[TextVerdict]) -> Climate:
    """Read the uses of one topic together with the scorer's verdicts on them, in the same order."""
    levels = tuple((_darkness(use, verdict), use.text) for use, verdict in zip(uses, verdicts, strict=True))
    dark = sum(1.0 if level >= DARK_AT else 0.5 for level, _ in levels if level >= UNEASY_AT)
    touched = sorted((item for item in levels if item[0] >= UNEASY_AT), reverse=True)
    told = {text: (level, text) for level, text in reversed(touched)}  # a text that many copied is evidence once
    return Climate(
        uses=len(levels),
        share=dark / len(levels) if levels else 0.0,
        level=level_of([level for level, _ in levels]),
        touched=len(touched),
        strong=sum(level >= STRONG_AT for level, _ in levels),
        darkest=tuple(sorted(told.values(), reverse=True)[:MAX_EVIDENCE]),
        levels=levels,
    )


def topic_verdict(air: Climate) -> TragedyVerdict:
    """What the uses alone say of their topic: hold, review or clear, with the uses it rests on."""
    label = _label(air)
    if label is Tragedy.CLEAR:
        return TragedyVerdict(label, round(min(CLEAR_CEILING, air.level), 4))
    said = f"{air.touched} of the topic's {air.uses} recent uses speak of harm, grief or fear."
    reasons = tuple(Reason("topic_uses", said, text, round(level, 4)) for level, text in air.darkest)
    floor = HOLD_FLOOR if label is Tragedy.HOLD else REVIEW_FLOOR
    return TragedyVerdict(label, round(min(0.99, max(floor, air.level)), 4), reasons)


def level_of(levels: Sequence[float]) -> float:
    """How dark uses are together: the probability whose log-odds are the mean of theirs; 0 without any."""
    if not levels:
        return 0.0
    kept = [min(BEYOND_DOUBT, max(ORDINARY, level)) for level in levels]
    return 1 / (1 + math.exp(-sum(math.log(level / (1 - level)) for level in kept) / len(kept)))


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


def _label(air: Climate) -> Tragedy:
    """Two uses have to be uneasy before a topic is; three, two of them very dark, before it is a tragedy."""
    if air.touched < LEAST_TOUCHED or air.share * air.uses < LEAST_DARK or air.level < TOPIC_REVIEW:
        return Tragedy.CLEAR
    grave = air.touched > LEAST_TOUCHED and air.strong >= LEAST_TOUCHED and air.level >= TOPIC_HOLD
    return Tragedy.HOLD if grave else Tragedy.REVIEW


def _darkness(use: Use, verdict: TextVerdict) -> float:
    """The scorer's probability, or the weight of a quiet word if that is more; a failed scorer adds nothing."""
    said = 0.0 if failed(verdict) else verdict.tragedy.probability
    languages = languages_of(use)
    foreign = languages and READ_BY_THE_JUDGE not in languages
    return max(said, read(use.text).strongest(QUIET if foreign else TESTIMONY))
