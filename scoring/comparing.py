"""Whether a text compares the brand with others: a competitor by name, or words that claim to be better than somebody.

A comparison is a claim that somebody may ask to have proved, so the guide wants legal to see it. Here, because finding
words in a text is this room's work; who must sign because of it is `workflow.rules.tiers`. Pure but for its one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Annotated

from pydantic import Field

from data.yaml_files import FileModel, read_model
from scoring.phrases import PhraseBook
from scoring.reference import FOLDER, Phrases
from scoring.text import fold, tokens

_NOT_A_LETTER = re.compile(r"[^\w]+|_")
# Between the parts of a name, in the languages of the table.
_AND = frozenset(("and", "und", "y", "e", "et"))
_SHORTEST_RUN = 4
"""A name of fewer letters is not looked for inside handles and hashtags: it would be found in every other word."""


class _Comparing(FileModel):
    comparing: Annotated[dict[str, Phrases], Field(min_length=1)]


def competitors_named(text: str, competitors: Iterable[str]) -> tuple[str, ...]:
    """The competitors that a text names: as words, or run together in a handle, a hashtag or a link."""
    words = _words(text)
    # What stands between two spaces, as letters alone: "@acme_teas" and "acme-teas.example" both hold "acmeteas".
    runs = [_NOT_A_LETTER.sub("", fold(piece)) for piece in text.split()]
    return tuple(name for name in competitors if _named(name, words, runs))


def comparing_words(text: str) -> tuple[str, ...]:
    """The words of a text that compare, as they stand there, each once."""
    words = _words(text)
    return tuple(dict.fromkeys(" ".join(words[one.start : one.end]) for one in _book().find(words)))


def _named(name: str, words: Sequence[str], runs: Sequence[str]) -> bool:
    wanted = [word for word in tokens(name) if word not in _AND]
    if not wanted:
        return False
    words = [word for word in words if word not in _AND]
    if any(words[at : at + len(wanted)] == wanted for at in range(len(words))):
        return True
    run = _NOT_A_LETTER.sub("", fold(name))
    joined = {run, "".join(word for word in wanted if word.isalnum())}
    return any(len(one) >= _SHORTEST_RUN and one in piece for one in joined for piece in runs)


def _words(text: str) -> list[str]:
    # A handle names somebody as well as a word does.
    return tokens(text.replace("@", " "))


@lru_cache(maxsize=1)
def _book() -> PhraseBook[str]:
    tables = read_model(FOLDER / "comparing.yaml", _Comparing)
    return PhraseBook((phrase, language) for language, phrases in tables.comparing.items() for phrase in phrases)
