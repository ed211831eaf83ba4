"""Whether news and warnings from far away bear on a moment here: a storm in Oklahoma does not silence Leeds.

Two things may share the name of their kind ("storm", "train") and nothing else. Then the place decides: what lies
outside our regions counts only if people here speak of that place, or if nobody here has said enough to tell. Kinds
of violence are left out of the table: an attack anywhere makes a joke with the word a bad one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator

from data.yaml_files import FileModel, read_model
from scoring.contract import Use
from scoring.overlap import place_codes, place_names
from scoring.reference import FOLDER
from scoring.regions import any_meet
from scoring.text import fold, stem

FEW_TO_TELL = 3
"""Fewer uses than this do not show what a topic means here (ours)."""
MAX_USES = 50


class _Kinds(FileModel):
    words: Annotated[tuple[str, ...], BeforeValidator(str.split)]


def counts_here(
    text: str, region: str | None, shared: Iterable[str], regions: Sequence[str], uses: Sequence[Use]
) -> bool:
    """True unless a text tells of elsewhere and shares with our subject only what kind of thing it is.

    `shared`: the words that tie the two; `regions`: ours, none meaning everywhere; `uses`: what is said here.
    """
    where = [region] if region else place_codes(text)
    if not where or not regions or any_meet(where, regions):
        return True
    if any(word not in kinds() for word in shared):
        return True
    said = uses[-MAX_USES:]
    return len(said) < FEW_TO_TELL or any(_speaks_of(use, where, place_names(text)) for use in said)


@lru_cache(maxsize=1)
def kinds() -> frozenset[str]:
    """Words for kinds of weather, disasters and transport, as stems."""
    table = read_model(FOLDER / "event_kinds.yaml", _Kinds)
    return frozenset(stem(fold(word)) for word in table.words)


def _speaks_of(use: Use, where: Sequence[str], named: set[str]) -> bool:
    return bool(named & place_names(use.text)) or any_meet(place_codes(use.text), where)
