"""Suggests which of the guide's eight trigger categories, and which part of it, a moment belongs to, and says why.

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
from scoring.reference import Reference, load
from scoring.text import STOP, tokens

UNHAPPY = 0.35
"""The mean negative share from which talk about the brand counts as complaint."""
ABOUT_SHARE = 0.3
MAX_USES = 100
MOST_WORDS, LONGEST_QUOTE = 3, 80
TOPICS_WEIGHT = 3
FALLBACK, POLITICAL, COMPETITOR = "viral_moment", "breaking_political_social", "competitor_action"
COMPLAINT, UGC = "complaint", "viral_ugc"
PLACED = frozenset(("cultural_moment", "breaking_industry", "weather_environment"))
"""The categories that words alone decide."""


@dataclass(frozen=True)
class Suggestion:
    """The key of a category in data/reference/categories.yaml, of one of its parts ("" where none shows), and why."""

    key: str
    subcategory: str
    why: str


@dataclass(frozen=True)
class _Cue:
    """A word of the table that one text holds. Its weight: the topic's own name says more than any one use."""

    category: str
    part: str
    words: str
    weight: int = 1


def suggest(moment: Moment, brand: BrandProfile, sentiment: Sentiment, headlines: Sequence[str] = ()) -> Suggestion:
    """The category of a moment; `headlines` are the news about it. A trend nobody can place is a viral moment."""
    texts = [use.text for use in moment.uses[-MAX_USES:]]
    cues = _cues(moment, [*texts, *headlines])
    political = political_evidence(moment.topic, texts, headlines)
    if political:
        return _with_part(POLITICAL, f"It is about politics or the law: “{_short(political)}”.", cues)
    rival = next((name for name in brand.competitors if _about(name, moment, texts)), "")
    if rival:
        return _with_part(COMPETITOR, f"It is about the competitor {rival}.", cues)
    if _about(brand.name, moment, texts) or any(_about(product, moment, texts) for product in brand.products):
        return _from_customers(sentiment, cues)
    counted = Counter[str]()
    for text in cues:
        counted.update({cue.category: cue.weight for cue in text if cue.category in PLACED})
    if counted:
        return _with_part(counted.most_common(1)[0][0], "", cues)
    return _with_part(FALLBACK, "Nothing places it elsewhere: treat it as a trend and check what it means.", cues)


def _from_customers(sentiment: Sentiment, cues: Sequence[Sequence[_Cue]]) -> Suggestion:
    complaints, praise = (sum(any(cue.category == key for cue in text) for text in cues) for key in (COMPLAINT, UGC))
    if complaints > praise or sentiment.negative >= UNHAPPY:
        return _with_part(COMPLAINT, f"People speak of the brand, {sentiment.negative:.0%} of it negative.", cues)
    return _with_part(UGC, "People speak of the brand, and they mean it well.", cues)


def _short(text: str) -> str:
    """A headline's beginning: enough to know which one."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    flat = " – ".join(filter(None, lines)).rstrip(".")
    return flat if len(flat) <= LONGEST_QUOTE else f"{flat[:LONGEST_QUOTE].rsplit(' ', 1)[0]}…"


def _with_part(category: str, why: str, cues: Sequence[Sequence[_Cue]]) -> Suggestion:
    """The part that most texts point to, and the words that did."""
    found = [cue for text in cues for cue in text if cue.category == category]
    parts = Counter[str]()
    for cue in found:
        parts[cue.part] += cue.weight if cue.part else 0
    part = parts.most_common(1)[0][0] if parts else ""
    telling = Counter(cue.words for cue in found if cue.part == part) or Counter(cue.words for cue in found)
    words = ", ".join(f"“{word}”" for word, _ in telling.most_common(MOST_WORDS))
    said = f"{why} Words that point there: {words}." if words else why
    return Suggestion(category, part, said.strip())


def _about(name: str, moment: Moment, texts: Sequence[str]) -> bool:
    wanted = tokens(name)
    if not wanted:
        return False
    if _has(topic_tokens(moment.topic), wanted):
        return True
    hits = sum(_has(tokens(text, load().vocabulary), wanted) for text in texts)
    return bool(hits) and hits / len(texts) >= ABOUT_SHARE


def _cues(moment: Moment, texts: Sequence[str]) -> list[list[_Cue]]:
    """The cues of the topic's name and of each text, each cue once a text."""
    tables = load()
    named = topic_tokens(moment.topic)
    spoken = ([*tokens(text, tables.vocabulary), STOP] for text in texts)
    return [_found(tables, named, TOPICS_WEIGHT), *(_found(tables, words) for words in spoken)]


def _found(tables: Reference, words: Sequence[str], weight: int = 1) -> list[_Cue]:
    found = ((*one.what, " ".join(words[one.start : one.end])) for one in tables.cues.find(words))
    return [_Cue(category, part, said, weight) for category, part, said in dict.fromkeys(found)]


def _has(words: Sequence[str], wanted: Sequence[str]) -> bool:
    size = len(wanted)
    return any(list(words[at : at + size]) == list(wanted) for at in range(len(words) - size + 1))
