"""Suggests which of the guide's eight trigger categories a moment belongs to, and says why.

The category decides the response window and who must sign, so a person's choice always wins; this only saves a tired
one from starting at an empty list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scoring.contract import BrandProfile, Moment, Sentiment
from scoring.overlap import topic_tokens
from scoring.politics import political_evidence
from scoring.reference import load
from scoring.text import STOP, tokens

UNHAPPY = 0.35
"""The mean negative share from which talk about the brand counts as complaint."""
ABOUT_SHARE = 0.3
MAX_USES = 100
FALLBACK = "viral_moment"


@dataclass(frozen=True)
class Suggestion:
    """The key of a category in data/reference/categories.yaml, and why."""

    key: str
    why: str


def suggest(moment: Moment, brand: BrandProfile, sentiment: Sentiment, headlines: Sequence[str] = ()) -> Suggestion:
    """The category of a moment; `headlines` are the news about it. A trend nobody can place is a viral moment."""
    texts = [use.text for use in moment.uses[-MAX_USES:]]
    political = political_evidence(moment.topic, texts, headlines)
    if political:
        return Suggestion("breaking_political_social", f"It is about politics or the law: {political}.")
    rival = next((name for name in brand.competitors if _about(name, moment, texts)), "")
    if rival:
        return Suggestion("competitor_action", f"It is about the competitor {rival}.")
    cues = _cues(moment, [*texts, *headlines])
    if _about(brand.name, moment, texts) or any(_about(product, moment, texts) for product in brand.products):
        return _from_customers(sentiment, cues)
    placed = [key for key, _ in cues.most_common() if key not in ("complaint", "viral_ugc", FALLBACK)]
    if placed:
        return Suggestion(placed[0], f"{cues[placed[0]]} word(s) of the topic and its uses point there.")
    return Suggestion(FALLBACK, "Nothing places it elsewhere: treat it as a trend and check what it means.")


def _from_customers(sentiment: Sentiment, cues: Counter[str]) -> Suggestion:
    if cues["complaint"] > cues["viral_ugc"] or sentiment.negative >= UNHAPPY:
        return Suggestion("complaint", f"People speak of the brand, {sentiment.negative:.0%} of it negative.")
    return Suggestion("viral_ugc", "People speak of the brand, and they mean it well.")


def _about(name: str, moment: Moment, texts: Sequence[str]) -> bool:
    wanted = tokens(name)
    if not wanted:
        return False
    if _has(topic_tokens(moment.topic), wanted):
        return True
    hits = sum(_has(tokens(text, load().vocabulary), wanted) for text in texts)
    return bool(hits) and hits / len(texts) >= ABOUT_SHARE


def _cues(moment: Moment, texts: Sequence[str]) -> Counter[str]:
    tables = load()
    counted = Counter(found.what for found in tables.cues.find(topic_tokens(moment.topic)))
    for key in counted:
        counted[key] *= 3  # the topic's own name says more than any one use
    for text in texts:
        counted.update({found.what for found in tables.cues.find([*tokens(text, tables.vocabulary), STOP])})
    return counted


def _has(words: Sequence[str], wanted: Sequence[str]) -> bool:
    size = len(wanted)
    return any(list(words[at : at + size]) == list(wanted) for at in range(len(words) - size + 1))
