"""Who has a draft open right now, and who is writing in it: so that two people see each other before they collide.

A note goes stale by itself, because a closed tab says nothing. It is no sign of life for a sign-in: a page that ticks
while nobody sits before it must not keep its person signed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from data.storage.store import Store, Tx
from data.storage.tables import people, presence
from workflow.access import signed_in
from workflow.lifecycle import draft_row

# Ours: noted every eight seconds at most, gone twenty seconds after the last note, so one lost note hides nobody.
NOTED_EVERY = timedelta(seconds=8)
STALE = timedelta(seconds=20)


@dataclass(frozen=True)
class Present:
    """Somebody who has the draft open."""

    person_id: int
    name: str
    writing: bool


def note_presence(store: Store, token: str, draft_id: int, writing: bool) -> None:
    """Note that the person has the draft open. Only reads where that was noted a moment ago and nothing changed."""
    with store.read() as tx:
        if not _due(tx, draft_id, signed_in(tx, token)["id"], writing):
            return
    with store.write() as tx:
        person_id = signed_in(tx, token)["id"]
        draft_row(tx, draft_id)
        key = {"draft_id": draft_id, "person_id": person_id}
        if not tx.run(update(presence).filter_by(**key).values(at=tx.now, writing=writing)):
            tx.run(insert(presence).values(**key, at=tx.now, writing=writing))
        tx.run(delete(presence).where(presence.c.at < tx.now - 10 * STALE))


def _due(tx: Tx, draft_id: int, person_id: int, writing: bool) -> bool:
    row = tx.row(select(presence).filter_by(draft_id=draft_id, person_id=person_id))
    return row is None or row["writing"] != writing or tx.now - row["at"] >= NOTED_EVERY


def others_here(tx: Tx, draft_id: int, person_id: int) -> tuple[Present, ...]:
    """Everybody else who has the draft open, the ones who write first."""
    rows = tx.rows(
        select(presence, people.c.display_name)
        .join(people, people.c.id == presence.c.person_id)
        .where(
            presence.c.draft_id == draft_id,
            presence.c.person_id != person_id,
            presence.c.at > tx.now - STALE,
            people.c.active,
        )
        .order_by(presence.c.writing.desc(), people.c.display_name)
    )
    return tuple(Present(row["person_id"], row["display_name"], row["writing"]) for row in rows)
