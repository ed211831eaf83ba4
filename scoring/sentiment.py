"""How a text feels: negative, neutral and positive shares from our own list of words.

Words carry a value, "very" strengthens the next, "not" turns it, and what follows "but" counts more. Kept apart from
harm, because grief can be tender and a joke can be dark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scoring.contract import Sentiment
from scoring.phrases import Found
from scoring.reference import Feeling, Reference
from scoring.text import tokens

REACH = 3
"""How many words a negation or an intensifier looks ahead."""
TURNED = -0.6
"""Not good is bad, but less so than bad is."""
AFTER_TURN, BEFORE_TURN = 1.4, 0.6
STEADY = 12.0
"""Added under the root, so that one mild word does not decide a text."""
SHARPNESS, NEUTRAL_LEVEL = 3.2, 0.4
EMPTY = Sentiment("neutral", 0.0, 1.0, 0.0)


def feel(tables: Reference, text: str) -> Sentiment:
    """The sentiment of one text; empty or wordless text is neutral."""
    words = tokens(text[:20_000], tables.vocabulary)
    return shares(_valence(words, tables.feelings.find(words)))


def shares(valence: float) -> Sentiment:
    """Turn a value in (-1, 1) into three shares that add up to 1."""
    if valence == 0.0:
        return EMPTY
    levels = {"negative": -SHARPNESS * valence, "neutral": NEUTRAL_LEVEL, "positive": SHARPNESS * valence}
    powers = {name: math.exp(level) for name, level in levels.items()}
    total = sum(powers.values())
    negative, positive = round(powers["negative"] / total, 4), round(powers["positive"] / total, 4)
    label = max(powers, key=lambda name: powers[name])
    return Sentiment(label, negative, round(1 - negative - positive, 4), positive)


def mean(parts: Sequence[Sentiment]) -> Sentiment:
    """The average of several texts' sentiments; neutral when there are none."""
    if not parts:
        return EMPTY
    negative = round(sum(part.negative for part in parts) / len(parts), 4)
    positive = round(sum(part.positive for part in parts) / len(parts), 4)
    split = {"negative": negative, "neutral": round(1 - negative - positive, 4), "positive": positive}
    return Sentiment(max(split, key=lambda name: split[name]), **split)


def _valence(words: Sequence[str], found: Sequence[Found[Feeling]]) -> float:
    turn = max((item.start for item in found if item.what.kind == "turn"), default=-1)
    total = 0.0
    strongest: dict[int, Found[Feeling]] = {}
    for item in found:  # one value a word: the longest phrase, then the stronger one
        if item.what.kind == "word":
            known = strongest.get(item.start)
            if known is None or _rank(item) > _rank(known):
                strongest[item.start] = item
    for item in strongest.values():
        total += item.what.value * _manner(item, found) * _side(item.start, turn)
    return total / math.sqrt(total * total + STEADY)


def _manner(item: Found[Feeling], found: Sequence[Found[Feeling]]) -> float:
    factor = 1.0
    for other in found:
        if not 0 <= item.start - other.end < REACH:
            continue
        if other.what.kind == "intensifier" and other.end == item.start:
            factor *= other.what.value
        elif other.what.kind == "negation":
            factor *= TURNED
    return factor


def _side(start: int, turn: int) -> float:
    if turn < 0:
        return 1.0
    return AFTER_TURN if start > turn else BEFORE_TURN


def _rank(item: Found[Feeling]) -> tuple[int, float]:
    return item.end - item.start, abs(item.what.value)
