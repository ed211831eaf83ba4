"""Which languages a short text may be in: by its script, else by its small words, else by what its source says.

Enough to tell whether a topic is spoken of in a language that nobody in the team reads. Sources are asked last,
because many networks stamp every post with its author's settings. Pure; the words are in
data/reference/languages.yaml.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator

from data.yaml_files import FileModel, read_model
from scoring.contract import Use
from scoring.reference import FOLDER
from scoring.text import fold, visible

ENOUGH_WORDS, AHEAD = 3, 1.5
"""So many different small words of a language, and so many times those of any other, tell it (ours)."""
SCRIPT_SHARE = 0.5
MAX_CHARACTERS = 400
_NOT_SAID = re.compile(r"https?://\S+|[#@]\w+")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")

Words = Annotated[frozenset[str], BeforeValidator(lambda text: frozenset(text.split()))]


class _Table(FileModel):
    names: dict[str, str]
    scripts: dict[str, tuple[str, ...]]
    words: dict[str, Words]


def languages_of(use: Use) -> tuple[str, ...]:
    """Two-letter codes of the languages this may be, the likeliest first; empty when nothing tells."""
    text = _NOT_SAID.sub(" ", visible(use.text[:MAX_CHARACTERS]))
    stated = (use.language or "").lower()[:2]
    return _by_script(text) or _by_words(text) or ((stated,) if stated.isalpha() and len(stated) == 2 else ())


def language_name(code: str) -> str:
    """A language in words: `de` is German; the code itself where nobody wrote its name down."""
    return _table().names.get(code, code)


def _by_script(text: str) -> tuple[str, ...]:
    letters = [letter for letter in text if letter.isalpha()]
    if not letters or all(letter.isascii() for letter in letters):
        return ()
    found = Counter(unicodedata.name(letter, "").split(" ")[0] for letter in letters)
    script, count = found.most_common(1)[0]
    if script == "CJK" and found["HIRAGANA"] + found["KATAKANA"]:
        return _table().scripts["HIRAGANA"]
    return _table().scripts.get(script, ()) if count / len(letters) >= SCRIPT_SHARE else ()


def _by_words(text: str) -> tuple[str, ...]:
    said = frozenset(_WORD.findall(fold(text)))
    ranked = sorted(((len(said & words), code) for code, words in _table().words.items()), reverse=True)
    (most, best), (next_best, _) = ranked[0], ranked[1]
    return (best,) if most >= ENOUGH_WORDS and most >= AHEAD * next_best else ()


@lru_cache(maxsize=1)
def _table() -> _Table:
    return read_model(FOLDER / "languages.yaml", _Table)
