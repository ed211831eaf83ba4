"""Whether a moment belongs to people the team is not among: their language, their celebration, their place.

The guide's third situation in which reacting is wrong. Here and not with the wrong approaches, because it reads a
table of its own (data/reference/celebrations.yaml) and because the verdict's layers ask the same. Each function answers
in a sentence with what shows it, or nothing; what nobody told (no language, no region) never counts against a moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from data.yaml_files import FileModel, read_model
from scoring.contract import BrandProfile, Moment, Use
from scoring.languages import language_name, languages_of
from scoring.overlap import place_codes, topic_tokens
from scoring.phrases import PhraseBook
from scoring.reference import FOLDER, load
from scoring.regions import any_meet
from scoring.text import fold, hashtag_words, tokens, visible

FOREIGN_SHARE, FOREIGN_LEAST = 0.5, 3
"""From this share of the uses on, and this many of them, a language or a region is the moment's own (ours)."""
CELEBRATED_SHARE, CELEBRATED_LEAST = 0.3, 2
MAX_USES = 100


@dataclass(frozen=True)
class Unfamiliar:
    """What nobody in the team is at home in, in a sentence, and the use or the word that shows it."""

    says: str
    told: str


class Celebration(FileModel):
    """A row of the table: its names, whose it is, and where it is at home."""

    name: str
    words: tuple[str, ...]
    cultures: tuple[str, ...]
    home: tuple[str, ...]


class _Celebrations(FileModel):
    celebrations: tuple[Celebration, ...]
    customs: tuple[Celebration, ...]


@cache
def _table() -> PhraseBook[Celebration]:
    table = read_model(FOLDER / "celebrations.yaml", _Celebrations)
    return PhraseBook((words, row) for row in (*table.celebrations, *table.customs) for words in row.words)


@cache
def _vocabulary() -> frozenset[str]:
    """The judge's words and the table's own, so that `#happyholi` is cut."""
    return load().vocabulary | _table().words()


def unfamiliar(brand: BrandProfile, moment: Moment) -> str:
    """Why the moment lies outside what the team knows from within, in words; empty when nothing says so."""
    found = foreign_language(brand, moment.uses) or foreign_custom(brand, moment)
    return found.says if found is not None else _place(brand, moment)


def foreign_language(brand: BrandProfile, uses: Sequence[Use]) -> Unfamiliar | None:
    """The language most uses are in, when nobody in the team reads it."""
    ours = {language.lower()[:2] for language in brand.languages}
    spoken = [(use, languages_of(use)) for use in uses[-MAX_USES:]]
    foreign = [(use, codes) for use, codes in spoken if codes and not ours & set(codes)]
    if len(foreign) < FOREIGN_LEAST or len(foreign) / len(spoken) < FOREIGN_SHARE:
        return None
    codes = Counter(codes for _, codes in foreign).most_common(1)[0][0]
    name = " or ".join(language_name(code) for code in codes[:2])
    return Unfamiliar(f"Most of its uses are in a language your team has not named ({name}).", foreign[0][0].text)


def foreign_custom(brand: BrandProfile, moment: Moment) -> Unfamiliar | None:
    """A celebration, custom or symbol that is neither declared in the profile nor at home in the brand's regions."""
    known = {fold(word) for word in brand.cultures}
    for row, told in _celebrated(moment):
        names = {fold(word) for word in (row.name, *row.words, *row.cultures)}
        if not known & names and not any_meet(brand.regions, row.home):
            return Unfamiliar(f"{row.name}: nobody in your team has named this as their own.", told)
    return None


def _celebrated(moment: Moment) -> list[tuple[Celebration, str]]:
    """What the topic names, and what a good share of its uses name, each with the topic or a use that does."""
    pieces = visible(moment.topic).replace("#", " ").split()
    words = [word for piece in pieces for word in hashtag_words(piece, _vocabulary())]
    named = [(found.what, moment.topic) for found in _table().find(words)]
    uses = moment.uses[-MAX_USES:]
    said = Counter[str]()
    shown: dict[str, tuple[Celebration, str]] = {}
    for use in uses:
        rows = {found.what.name: found.what for found in _table().find(tokens(use.text, load().vocabulary))}
        said.update(rows.keys())
        shown = {name: (row, use.text) for name, row in rows.items()} | shown
    often = [shown[name] for name, count in said.most_common() if _often(count, len(uses))]
    return [*named, *often]


def _often(count: int, uses: int) -> bool:
    return count >= min(CELEBRATED_LEAST, uses) and count / uses >= CELEBRATED_SHARE


def _place(brand: BrandProfile, moment: Moment) -> str:
    if not brand.regions:
        return ""
    codes = place_codes(" ".join(topic_tokens(moment.topic)))
    if codes and not any_meet(brand.regions, codes):
        return f"It happens in {codes[0]}, outside the regions you work in."
    told = [use.region for use in moment.uses if use.region]
    away = [region for region in told if not any_meet(brand.regions, [region])]
    if len(away) < FOREIGN_LEAST or len(away) / len(moment.uses) < FOREIGN_SHARE:
        return ""
    where = Counter(away).most_common(1)[0][0]
    return f"{len(away)} of {len(moment.uses)} uses come from outside the regions you work in, most from {where}."
