"""Notes on an alert: what people know about it, beside what was counted.

A table of their own, so that nothing that happens to the alert – new figures, another topic that joins, a snooze, a
dismissal – can take them away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from data.errors import BadInput
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alert_notes, alerts, people
from workflow.access import require

LONGEST = 2_000


@dataclass(frozen=True)
class Note:
    """What somebody wrote, and when."""

    who: str
    at: datetime
    text: str


def add_note(store: Store, token: str, alert_id: int, text: str) -> int:
    """Keep a note on an alert, in whatever state that is; the note's id."""
    words = text.replace("\x00", "").strip()
    if not words or len(words) > LONGEST:
        raise BadInput(f"Write down in up to {LONGEST:,} characters what the next person should know.")
    with store.write() as tx:
        person = require(tx, token, "triage")
        if tx.value(select(alerts.c.id).where(alerts.c.id == alert_id)) is None:
            raise BadInput("There is no such alert.")
        values = {"alert_id": alert_id, "person_id": person.id, "at": tx.now, "text": words}
        new_id = tx.insert(insert(alert_notes).values(**values))
        events.append(tx, person.actor, "alert_note", "alert", alert_id, why=words)
        return new_id


def notes_on(tx: Tx, alert_ids: list[int]) -> dict[int, tuple[Note, ...]]:
    """The notes on these alerts, oldest first. One query, however many alerts are drawn."""
    rows = tx.rows(
        select(alert_notes, people.c.display_name)
        .join(people, people.c.id == alert_notes.c.person_id)
        .where(alert_notes.c.alert_id.in_(alert_ids))
        .order_by(alert_notes.c.id)
    )
    found: dict[int, tuple[Note, ...]] = {}
    for row in rows:
        note = Note(row["display_name"], row["at"], row["text"])
        found[row["alert_id"]] = (*found.get(row["alert_id"], ()), note)
    return found
