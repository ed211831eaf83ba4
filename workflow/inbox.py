"""A person's own notices: how many are unread, and saying that they were read.

Reading is no event: like a look it decides nothing, and the ledger is for what does. The notice and when it was read
stay in its row. Nobody reads another's inbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from data.errors import BadInput
from data.storage.store import Store, Tx
from data.storage.tables import notices, people
from workflow.access import require
from workflow.rules.notices import Kind

MOST = 200


@dataclass(frozen=True)
class Note:
    """One notice as its person sees it."""

    id: int
    at: datetime
    kind: Kind
    subject: str
    subject_id: int | None
    text: str
    read: bool


def unread(tx: Tx, person_id: int) -> int:
    """How many notices this person has not read."""
    mine = (notices.c.person_id == person_id) & notices.c.read_at.is_(None)
    return int(tx.value(select(func.count()).select_from(notices).where(mine)))


def newest(tx: Tx, person_id: int, only_unread: bool = False) -> tuple[Note, ...]:
    """Their newest notices, newest first."""
    mine = select(notices).where(notices.c.person_id == person_id).order_by(notices.c.id.desc()).limit(MOST)
    if only_unread:
        mine = mine.where(notices.c.read_at.is_(None))
    return tuple(
        Note(
            row["id"],
            row["at"],
            Kind(row["kind"]),
            row["subject"],
            row["subject_id"],
            row["text"],
            row["read_at"] is not None,
        )
        for row in tx.rows(mine)
    )


def mark_read(store: Store, token: str, notice_id: int) -> None:
    """Say that one was read. BadInput for another person's; twice is no error."""
    with store.write() as tx:
        person = require(tx, token, "read")
        mine = (notices.c.id == notice_id) & (notices.c.person_id == person.id)
        if tx.value(select(notices.c.id).where(mine)) is None:
            raise BadInput("There is no such notice in your inbox.")
        tx.run(update(notices).where(mine, notices.c.read_at.is_(None)).values(read_at=tx.now))


def mark_all_read(store: Store, token: str, newest_id: int) -> int:
    """Say that everything up to the one on top of the screen was read; how many. What came since stays unread."""
    with store.write() as tx:
        person = require(tx, token, "read")
        mine = (notices.c.person_id == person.id) & (notices.c.id <= newest_id) & notices.c.read_at.is_(None)
        return tx.run(update(notices).where(mine).values(read_at=tx.now))


def mail_choice(tx: Tx, person_id: int) -> tuple[str, tuple[Kind, ...] | None]:
    """A person's e-mail address, and the kinds that they want there; None: they chose nothing."""
    row = tx.row(select(people.c.email, people.c.mail_kinds).where(people.c.id == person_id))
    if row is None:
        return "", None
    chosen = row["mail_kinds"]
    return row["email"], None if chosen is None else tuple(Kind(one) for one in chosen if one in set(Kind))


def choose_mail(store: Store, token: str, kinds: tuple[str, ...]) -> None:
    """Say which kinds one wants by e-mail as well; none of them is a choice too."""
    if not set(kinds) <= set(Kind):
        raise BadInput("Choose among the kinds on the page.")
    with store.write() as tx:
        person = require(tx, token, "read")
        tx.run(update(people).where(people.c.id == person.id).values(mail_kinds=sorted(set(kinds))))
