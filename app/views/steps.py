"""What a reader can do with alerts besides looking: whom they may give one to, and the step that they can take back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from data.storage.store import Store, Tx
from data.storage.tables import people
from workflow.access import Person
from workflow.rules.roles import MAY, Action
from workflow.triage import label_of
from workflow.undoing import newest_of

# The steps in a reader's words.
DID = {"claim": "claimed", "assign": "given away", "snooze": "put aside", "dismiss": "dismissed"}


@dataclass(frozen=True)
class Step:
    """The newest step that can still be taken back. `what`: claimed, dismissed and so on."""

    alert_id: int
    topic: str
    what: str
    until: datetime


def last_step(store: Store, person: Person) -> Step | None:
    """This person's newest step of the last minute, wherever they made it; None when there is none to take back."""
    with store.read() as tx:
        found = newest_of(tx, person.id)
        if found is None:
            return None
        return Step(found.alert_id, label_of(tx, found.alert_id), DID[found.deed], found.until)


def takers(tx: Tx) -> tuple[tuple[int, str], ...]:
    """Everybody who can be given an alert, by name."""
    able = [role.value for role in MAY[Action.TRIAGE]]
    rows = tx.rows(
        select(people.c.id, people.c.display_name)
        .where(people.c.active, people.c.role.in_(able))
        .order_by(people.c.display_name, people.c.id)
    )
    return tuple((row["id"], row["display_name"]) for row in rows)
