"""Who has had which version of a draft before their eyes: noted when a case is drawn for somebody who may sign.

It answers two questions: what is new since I last looked, and has anybody looked at all – the second one is asked by
whoever escalates. A look is no signature and says nothing about consent, so it is no event either. One small write for
each person, draft and version, then at most one a minute: a page that is drawn again only reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from data.storage.store import Store, Tx
from data.storage.tables import draft_looks
from workflow.access import require, who
from workflow.lifecycle import draft_row
from workflow.rules.roles import may

# How often a case that stays open is noted again (ours): a note waits for all writers.
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Look:
    """One person's look at one version: when it was first drawn for them, and when last."""

    person_id: int
    number: int
    first_at: datetime
    at: datetime


def note_look(store: Store, token: str, draft_id: int, number: int) -> bool:
    """Note that this version was drawn for the person behind the token. Whether anything had to be written.

    Nothing is noted for somebody who may not sign: what they have seen decides nothing.
    """
    person = who(store, token)
    if person is None or not may(person.role, "sign"):
        return False
    with store.read() as tx:
        if not _due(tx, draft_id, person.id, number):
            return False
    with store.write() as tx:
        person = require(tx, token, "sign")
        if number > draft_row(tx, draft_id)["number"] or not _due(tx, draft_id, person.id, number):
            return False
        key = {"draft_id": draft_id, "person_id": person.id, "number": number}
        if not tx.run(update(draft_looks).filter_by(**key).values(at=tx.now)):
            tx.run(insert(draft_looks).values(**key, first_at=tx.now, at=tx.now))
    return True


def _due(tx: Tx, draft_id: int, person_id: int, number: int) -> bool:
    at = tx.value(select(draft_looks.c.at).filter_by(draft_id=draft_id, person_id=person_id, number=number))
    return at is None or tx.now - at >= NOTED_EVERY


def looks_at(tx: Tx, draft_id: int) -> tuple[Look, ...]:
    """Everybody's looks at a draft, the newest version first, in the order in which they came to it."""
    rows = tx.rows(
        select(draft_looks)
        .where(draft_looks.c.draft_id == draft_id)
        .order_by(draft_looks.c.number.desc(), draft_looks.c.first_at, draft_looks.c.person_id)
    )
    return tuple(Look(row["person_id"], row["number"], row["first_at"], row["at"]) for row in rows)
