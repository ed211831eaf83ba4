"""The team's never-list: what the brand said it will have no part in, and what of a moment touches it.

An entry is its own words. One that names a whole field ("politics", "religion", "court cases") also stands for the
words of that field in data/reference/polarising*.yaml, so that nobody has to write down every election.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scoring.contract import BrandProfile, Moment
from scoring.overlap import topic_tokens
from scoring.politics import telling_groups
from scoring.reference import load
from scoring.text import stem, tokens

MAX_USES = 200
SHARE, LEAST = 0.2, 2
"""From this share of the uses on, and this many, the moment is about the entry, not a word in passing (ours)."""
LONG_ENOUGH = 5
_FIELDS: dict[str, frozenset[str]] = {
    "politic": frozenset(("politics", "protest", "policy", "diplomacy")),
    "election": frozenset(("politics",)),
    "protest": frozenset(("protest",)),
    "religion": frozenset(("religion",)),
    "religiou": frozenset(("religion",)),
    "court": frozenset(("law",)),
    "trial": frozenset(("law",)),
    "law": frozenset(("law",)),
    "abortion": frozenset(("abortion",)),
    "gun": frozenset(("guns",)),
    "weapon": frozenset(("guns",)),
    "immigration": frozenset(("immigration",)),
    "migration": frozenset(("immigration",)),
    "gender": frozenset(("identity",)),
    "war": frozenset(("diplomacy",)),
}
"""Which groups of the polarising tables an entry's word stands for, by the beginning of its stem."""


@dataclass(frozen=True)
class Barred:
    """An entry of the never-list that a moment touches. `told`: the topic or the use that does; `about`: more than
    a word in passing."""

    entry: str
    told: str
    about: bool


def barred(moment: Moment, brand: BrandProfile) -> Barred | None:
    """The first entry the moment is about, else the first it touches in passing; None when it keeps clear of all."""
    uses = [use.text for use in moment.uses[-MAX_USES:]]
    spoken = [_stems(tokens(text, load().vocabulary)) for text in uses]
    touched = [one for entry in brand.never_list if (one := _touched(entry, moment.topic, uses, spoken))]
    return next((one for one in touched if one.about), touched[0] if touched else None)


def _touched(entry: str, topic: str, uses: Sequence[str], spoken: Sequence[Sequence[str]]) -> Barred | None:
    wanted = _stems(tokens(entry))
    if not wanted:
        return None
    named = topic_tokens(topic)
    if _has(_stems(named), wanted) or _within(named, entry) or _field(entry) & telling_groups(named):
        return Barred(entry, topic, about=True)
    said = [text for text, words in zip(uses, spoken, strict=True) if _has(words, wanted)]
    if not said:
        return None
    return Barred(entry, said[0], about=len(said) >= LEAST and len(said) / len(uses) >= SHARE)


def _within(named: Sequence[str], entry: str) -> bool:
    """A hashtag in one piece may hold words that no list knows: `#dietpillsnow`."""
    joined = "".join(tokens(entry))
    return len(joined) >= LONG_ENOUGH and joined in "".join(named)


def _field(entry: str) -> frozenset[str]:
    words = [stem(word) for word in tokens(entry)]
    return frozenset(
        group for start, groups in _FIELDS.items() for word in words if _begins(word, start) for group in groups
    )


def _begins(word: str, start: str) -> bool:
    return word.startswith(start) if len(start) >= LONG_ENOUGH else word == start


def _stems(words: Iterable[str]) -> list[str]:
    return [stem(word) for word in words]


def _has(words: Sequence[str], wanted: Sequence[str]) -> bool:
    size = len(wanted)
    return any(list(words[at : at + size]) == list(wanted) for at in range(len(words) - size + 1))
