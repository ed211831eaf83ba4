"""How close a moment is to a brand, on the guide's 0-10 scale, with the words it was judged by.

The guide's bands: 10 product category, competitors or pain points; 7-9 industry or values; 4-6 tangential; 1-3 no
organic link; 0 outside. A suggestion only: two people's blind scores decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scoring.contract import BrandProfile, Moment, Score
from scoring.never import barred
from scoring.overlap import topic_tokens
from scoring.reference import load
from scoring.text import stem, tokens

CLEAR_SHARE = 0.2
"""From this share of the uses on, a word is what the topic is about rather than something said in passing."""
MAX_USES = 200
LONG_ENOUGH = 5
"""Shorter words are found inside others by accident."""
_SMALL_WORDS = frozenset(("and", "or", "of", "the", "for", "a", "an", "in", "on", "to", "with"))


def relevance(moment: Moment, brand: BrandProfile) -> Score:
    """The band of the closest tie between the moment's topic and uses and what the brand says of itself."""
    unwanted = barred(moment, brand)
    if unwanted is not None:
        return Score(0.0, f"“{unwanted.entry}” is on the brand's never-list.")
    close = {
        "the brand": (brand.name,),
        "a keyword": brand.keywords,
        "a product": brand.products,
        "a competitor": brand.competitors,
        "a pain point": brand.pain_points,
    }
    for what, phrases in close.items():
        score = _tie(moment, what, phrases, 10.0, 6.0)
        if score:
            return score
    wider = {"the industry": _industry(brand), "a value of the brand": brand.values}
    for what, phrases in wider.items():
        score = _tie(moment, what, phrases, 8.0 if what == "the industry" else 7.0, 4.0)
        if score:
            return score
    if not moment.uses and not moment.topic:
        return Score(0.0, "Nothing is known about this moment.")
    return Score(2.0, "No word of the brand, its products or its values appears in the topic or its uses.")


def _tie(moment: Moment, what: str, phrases: Iterable[str], clear: float, passing: float) -> Score | None:
    uses = [use.text for use in moment.uses[-MAX_USES:]]
    for phrase in phrases:
        wanted = _stems(tokens(phrase))
        if not wanted:
            continue
        if _has(_stems(topic_tokens(moment.topic)), wanted) or _within_tag(moment.topic, phrase):
            return Score(clear, f"The topic itself names {what}: “{phrase}”.")
        hits = sum(_has(_stems(tokens(text, load().vocabulary)), wanted) for text in uses)
        if hits and hits / len(uses) >= CLEAR_SHARE:
            return Score(clear, f"{hits} of {len(uses)} uses name {what}: “{phrase}”.")
        if hits:
            return Score(passing, f"Only {hits} of {len(uses)} uses name {what} in passing: “{phrase}”.")
    return None


def _within_tag(topic: str, phrase: str) -> bool:
    """A hashtag in one piece may hold a name that no list of words knows: `#pruningday`."""
    joined = "".join(tokens(phrase))
    return len(joined) >= LONG_ENOUGH and joined in "".join(topic_tokens(topic))


def _industry(brand: BrandProfile) -> tuple[str, ...]:
    return tuple(word for word in tokens(brand.category) if word not in _SMALL_WORDS and len(word) > 2)


def _stems(words: Iterable[str]) -> list[str]:
    return [stem(word) for word in words]


def _has(words: Sequence[str], wanted: Sequence[str]) -> bool:
    size = len(wanted)
    return any(list(words[at : at + size]) == list(wanted) for at in range(len(words) - size + 1))
