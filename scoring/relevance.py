"""How close a moment is to a brand, on the guide's 0-10 scale, with the words or the nearness it was judged by.

The guide's bands: 10 product category, competitors or pain points; 7-9 industry or values; 4-6 tangential; 1-3 no
organic link; 0 outside. Names win: only they reach 10. Where no name is spoken, nearness in meaning (`scoring.meaning`)
can lift a moment to a tie with the trade or to a loose one. A suggestion only: two people's blind scores decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scoring.contract import BrandProfile, Embedder, Moment, Score
from scoring.meaning import Near, nearness
from scoring.never import barred
from scoring.overlap import topic_tokens
from scoring.reference import load
from scoring.text import stem, tokens

CLEAR_SHARE = 0.2
"""From this share of the uses on, a word is what the topic is about rather than something said in passing."""
MAX_USES = 200
LONG_ENOUGH = 5
"""Shorter words are found inside others by accident."""
TOP, NEVER = 10.0, "never-list"
LOOSE, PLAIN = 0.20, 0.26
"""How much nearer than everyday subjects a moment must be for a loose tie, and for a plain one. Chosen with the
original all-MiniLM-L6-v2 on the brands marked `for: cuts` in tests/scoring/relevance_pairs.yaml (ours)."""
UNWANTED = 0.6
"""The cosine from which a moment touches the never-list by its meaning: high, because it takes a moment away (ours)."""
ENOUGH_TO_TELL = 3
_SMALL_WORDS = frozenset(("and", "or", "of", "the", "for", "a", "an", "in", "on", "to", "with"))


def relevance(moment: Moment, brand: BrandProfile, embedder: Embedder | None = None) -> Score:
    """The band of the closest tie between the moment's topic and uses and what the brand says of itself."""
    refused = barred(moment, brand)
    if refused is not None and refused.about:
        return Score(0.0, f"“{refused.entry}” is on the brand's never-list.")
    if not moment.uses and not moment.topic:
        return Score(0.0, "Nothing is known about this moment.")
    close = _close(moment, brand)
    if close is not None and close.value == TOP:
        return close
    near = nearness(moment, brand, embedder) if embedder is not None else ()
    unwanted = next((one for one in near if one.kind == NEVER and one.cosine >= UNWANTED), None)
    if unwanted is not None:
        return Score(1.0, f"Close in meaning to {unwanted.said}: look before you go on.")
    nearest = next((one for one in near if one.kind != NEVER), None)
    found = [close, _wider(moment, brand, nearest), _in_meaning(moment, nearest)]
    return max((score for score in found if score is not None), key=lambda score: score.value)


def _close(moment: Moment, brand: BrandProfile) -> Score | None:
    close = {
        "the brand": (brand.name,),
        "a keyword": brand.keywords,
        "a product": brand.products,
        "a competitor": brand.competitors,
        "a pain point": brand.pain_points,
    }
    ties = (_tie(moment, what, phrases, TOP, 6.0) for what, phrases in close.items())
    return next((score for score in ties if score is not None), None)


def _wider(moment: Moment, brand: BrandProfile, nearest: Near | None) -> Score | None:
    """The industry and the values. One word of the trade may mean something else ("river bank"): where nothing of the
    moment is near the brand in meaning, it is worth no more than a word in passing."""
    industry = _tie(moment, "the industry", _industry(brand), 8.0, 4.0)
    if industry is not None and nearest is not None and nearest.excess < LOOSE:
        industry = Score(4.0, f"{industry.why} The rest speaks of something else.")
    values = _tie(moment, "a value of the brand", brand.values, 7.0, 4.0)
    found = [score for score in (industry, values) if score is not None]
    return max(found, key=lambda score: score.value) if found else None


def _in_meaning(moment: Moment, nearest: Near | None) -> Score:
    """What nearness alone is worth. A topic's name proves little, so with few uses it is a loose tie at most."""
    if nearest is None:
        return Score(2.0, "No word of the brand, its products or its values appears in the topic or its uses.")
    if nearest.excess >= PLAIN and len(moment.uses) >= ENOUGH_TO_TELL:
        value = 7.0 if nearest.kind == "value" else 8.0
        return Score(value, f"No name is said, but it is close in meaning to {nearest.said}.")
    if nearest.excess >= LOOSE:
        return Score(5.0, f"No name is said; a loose tie in meaning to {nearest.said}.")
    return Score(2.0, "No word of the brand, its products or its values appears, and nothing is near them in meaning.")


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
