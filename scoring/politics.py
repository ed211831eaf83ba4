"""Politics, protest and the law: whether a topic belongs there, and how long a brand must wait before reacting.

The guide asks for fifteen minutes on every trending political or legal topic; we count them from the topic's first
sign of life. Kept apart from harm, because a verdict or a vote need not be a tragedy to divide an audience.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from scoring.overlap import topic_tokens
from scoring.phrases import Found
from scoring.reference import Rule, load
from scoring.text import tokens

DELAY = timedelta(minutes=15)
CERTAIN = 0.8
USES_SHARE, USES_LEAST = 0.25, 2


def political_words(text: str) -> tuple[str, ...]:
    """The words that make a text political or legal: one certain word, or two hints; else empty."""
    return _telling(tokens(text, load().vocabulary))


def political_evidence(topic: str | None, uses: Iterable[str], headlines: Iterable[str], text: str = "") -> str:
    """Why a topic counts as political or legal, in words; empty when it does not.

    The topic's own name or the post's text is enough, and so is a headline about the topic or a quarter of its uses.
    """
    for named in (_telling(topic_tokens(topic)), political_words(text)):
        if named:
            return ", ".join(named)
    for headline in headlines:
        if political_words(headline):
            return headline
    read = list(uses)
    telling = [use for use in read if political_words(use)]
    if len(telling) >= USES_LEAST and len(telling) / len(read) >= USES_SHARE:
        return telling[0]
    return ""


def minutes_to_wait(first_seen: datetime | None, now: datetime) -> int:
    """Minutes until a reaction may leave; the full delay when nobody knows when the topic began."""
    if first_seen is None:
        return int(DELAY.total_seconds() // 60)
    left = first_seen + DELAY - now
    return max(0, -int(-left.total_seconds() // 60))


def telling_groups(words: Sequence[str]) -> frozenset[str]:
    """Which groups of the polarising tables make these words political or legal; empty when they are not."""
    terms = _terms(words)
    return frozenset(item.what.group for item in terms) if _enough(words, terms) else frozenset()


def _telling(words: Sequence[str]) -> tuple[str, ...]:
    terms = _terms(words)
    return tuple(_said(words, terms)) if _enough(words, terms) else ()


def _enough(words: Sequence[str], terms: Sequence[Found[Rule]]) -> bool:
    said = _said(words, terms)
    return any(weight >= CERTAIN for weight in said.values()) or len(said) >= 2


def _said(words: Sequence[str], terms: Sequence[Found[Rule]]) -> dict[str, float]:
    return {" ".join(words[item.start : item.end]): item.what.weight for item in terms}


def _terms(words: Sequence[str]) -> list[Found[Rule]]:
    found = load().polarising.find(words)
    masks = [item for item in found if item.what.kind == "figurative"]
    return [
        item
        for item in found
        if item.what.weight and not any(mask.start <= item.start and item.end <= mask.end for mask in masks)
    ]
