"""A reader's own words on a draft that are not a version yet, and what they were begun on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from data.storage.store import Tx
from workflow.access import Person
from workflow.draft import Writing, writing_of
from workflow.unsaved import kept_words


@dataclass(frozen=True)
class Unsaved:
    """What stood in the fields (`words`), when it was kept, and the version that it was begun on."""

    base_number: int
    base: Writing
    words: Mapping[str, Any]
    at: datetime


def unsaved_of(tx: Tx, draft: RowMapping, person: Person) -> Unsaved | None:
    """The reader's own; nobody reads another person's."""
    kept = kept_words(tx, draft["id"], person.id)
    if kept is None:
        return None
    return Unsaved(kept.base_number, writing_of(tx, draft, kept.base_number), kept.words, kept.at)
