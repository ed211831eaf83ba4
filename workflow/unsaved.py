"""Words that are not a version yet: kept for the person who types them, so that a closed tab or a crash loses nothing.

They belong to one person and one draft, and nobody else ever sees them: what counts is a version, and only saving
makes one. That is also why keeping them writes no event: nothing was decided. What stands in the fields is kept as it
stands there, a region that does not exist included; whether it can be used is asked when it is saved.

One person may have the draft open in two windows. `seen_at` is when this window last kept or read the words: where
another one was there since, the words are not overwritten and the person chooses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from data.errors import BadInput, Refused
from data.storage.store import Store, Tx
from data.storage.tables import draft_words
from workflow.access import require
from workflow.lifecycle import draft_row

# Ten times what a version may hold (ours): words that are too long to be saved are still kept.
LONGEST = 200_000
ELSEWHERE = "kept_elsewhere"


@dataclass(frozen=True)
class Kept:
    """Somebody's unsaved words: what stood in the fields, on top of which version, and when they were kept."""

    base_number: int
    words: Mapping[str, Any]
    at: datetime


def kept_words(tx: Tx, draft_id: int, person_id: int) -> Kept | None:
    """The person's own unsaved words on a draft."""
    row = tx.row(select(draft_words).filter_by(draft_id=draft_id, person_id=person_id))
    return Kept(row["base_number"], row["words"], row["at"]) if row is not None else None


def keep(
    store: Store,
    token: str,
    draft_id: int,
    base_number: int,
    words: Mapping[str, Any],
    seen_at: datetime | None = None,
) -> datetime:
    """Keep what stands in a person's fields; the instant it was kept at.

    Refused (code `kept_elsewhere`) where another window of theirs kept other words since `seen_at`.
    """
    if len(json.dumps(words)) > LONGEST:
        raise BadInput(f"That is more than {LONGEST:,} characters. Shorten it, or keep a copy: it is not kept here.")
    with store.write() as tx:
        person = require(tx, token, "write")
        draft_row(tx, draft_id)
        found = kept_words(tx, draft_id, person.id)
        if found is not None and found.at != seen_at and found.words != words:
            raise Refused(
                "Another window of yours holds other words for this draft. Choose which to keep.", (ELSEWHERE,)
            )
        key = {"draft_id": draft_id, "person_id": person.id}
        values = {"base_number": base_number, "words": dict(words), "at": tx.now}
        if found is None:
            tx.run(insert(draft_words).values(**key, **values))
        else:
            tx.run(update(draft_words).filter_by(**key).values(**values))
        return tx.now


def throw_away(store: Store, token: str, draft_id: int, seen_at: datetime | None) -> None:
    """The person does not want them any more: those that they saw, not what another window has kept since."""
    with store.write() as tx:
        clear(tx, draft_id, require(tx, token, "write").id, seen_at)


def clear(tx: Tx, draft_id: int, person_id: int, seen_at: datetime | None) -> None:
    """Drop the words that were kept at `seen_at`, in an open transaction: they have become a version, or nothing."""
    if seen_at is not None:
        tx.run(delete(draft_words).filter_by(draft_id=draft_id, person_id=person_id, at=seen_at))
