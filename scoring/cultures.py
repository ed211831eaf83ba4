"""Whether a moment belongs to people the team is not among: their language, their celebration, their place.

The guide's third situation in which reacting is wrong. Here and not with the wrong approaches, because it reads a
table of its own (data/reference/celebrations.yaml) and because a judge's layer may ask the same. Each function returns
a sentence, or nothing; what nobody told (no language, no region) never counts against a moment.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache

from data.yaml_files import FileModel, read_model
from scoring.contract import BrandProfile, Moment, Use
from scoring.overlap import place_codes, topic_tokens
from scoring.phrases import PhraseBook
from scoring.reference import FOLDER, load
from scoring.regions import any_meet
from scoring.text import fold, hashtag_words, tokens

FOREIGN_SHARE, FOREIGN_LEAST = 0.5, 3
"""From this share of the uses on, and this many of them, a language or a region is the moment's own (ours)."""
CELEBRATED_SHARE = 0.3
_SCRIPTS = {
    "CYRILLIC": ("ru", "uk", "bg", "sr", "mk", "be", "kk"),
    "ARABIC": ("ar", "fa", "ur", "ps"),
    "HEBREW": ("he", "yi"),
    "GREEK": ("el",),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "BENGALI": ("bn", "as"),
    "TAMIL": ("ta",),
    "THAI": ("th",),
    "CJK": ("zh", "ja"),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "GEORGIAN": ("ka",),
    "ARMENIAN": ("hy",),
    "ETHIOPIC": ("am", "ti"),
}


class Celebration(FileModel):
    """A row of the table: its names, whose it is, and where it is at home."""

    name: str
    words: tuple[str, ...]
    cultures: tuple[str, ...]
    home: tuple[str, ...]


class _Celebrations(FileModel):
    celebrations: tuple[Celebration, ...]


@cache
def _table() -> PhraseBook[Celebration]:
    rows = read_model(FOLDER / "celebrations.yaml", _Celebrations).celebrations
    return PhraseBook((words, row) for row in rows for words in row.words)


@cache
def _vocabulary() -> frozenset[str]:
    """The judge's words and the table's own, so that `#happyholi` is cut."""
    return load().vocabulary | _table().words()


def unfamiliar(brand: BrandProfile, moment: Moment) -> str:
    """Why the moment lies outside what the team knows from within, in words; empty when nothing says so."""
    return _language(brand, moment.uses) or _celebration(brand, moment) or _place(brand, moment)


def _language(brand: BrandProfile, uses: Sequence[Use]) -> str:
    spoken = [_foreign(brand, use) for use in uses]
    foreign = Counter(name for name in spoken if name)
    if foreign.total() < FOREIGN_LEAST or foreign.total() / len(spoken) < FOREIGN_SHARE:
        return ""
    names = ", ".join(name for name, _ in foreign.most_common(2))
    return f"{foreign.total()} of {len(spoken)} uses are in a language your team has not named ({names})."


def _foreign(brand: BrandProfile, use: Use) -> str:
    """The language, or the script, that none of the team's languages is written in; empty for what they read."""
    ours = {language.lower()[:2] for language in brand.languages}
    if use.language:
        code = use.language.lower()[:2]
        return "" if code in ours else code
    script = _script(use.text)
    return "" if not script or ours & set(_SCRIPTS[script]) else f"{script.capitalize()} script"


def _script(text: str) -> str:
    """The script most letters of a text are in, where it is one of the table's; else empty."""
    letters = [letter for letter in text[:200] if letter.isalpha()]
    if all(letter.isascii() for letter in letters):
        return ""
    found = Counter(unicodedata.name(letter, "").split(" ")[0] for letter in letters)
    script, count = found.most_common(1)[0]
    return script if script in _SCRIPTS and count / len(letters) >= FOREIGN_SHARE else ""


def _celebration(brand: BrandProfile, moment: Moment) -> str:
    known = {fold(word) for word in brand.cultures}
    for row in _celebrations_of(moment):
        names = {fold(word) for word in (row.name, *row.words, *row.cultures)}
        if not known & names and not any_meet(brand.regions, row.home):
            return f"{row.name} is a celebration nobody in your team has named as their own."
    return ""


def _celebrations_of(moment: Moment) -> list[Celebration]:
    """Those the topic names, and those that a good share of its uses name."""
    pieces = re.findall(r"\w+", moment.topic)
    words = [word for piece in pieces for word in hashtag_words(piece, _vocabulary())]
    named = [found.what for found in _table().find(words)]
    said = Counter[str]()
    rows: dict[str, Celebration] = {}
    for use in moment.uses:
        found = {item.what.name: item.what for item in _table().find(tokens(use.text, load().vocabulary))}
        said.update(found.keys())
        rows |= found
    often = [rows[name] for name, count in said.items() if count / len(moment.uses) >= CELEBRATED_SHARE]
    return [*named, *often]


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
