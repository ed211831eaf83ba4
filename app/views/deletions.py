"""What pages show of posts that are out: which the reader may take down, and how far a deletion has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, Select, or_, select

from app.views.posts import names
from data.reference import playbook
from data.storage.store import Store, Tx
from data.storage.tables import deletions, draft_versions, drafts, publications
from workflow.access import Person
from workflow.deletion import Stage
from workflow.rules.roles import may


@dataclass(frozen=True)
class Out:
    """A post that is out, or was. `stage` empty: nobody has asked for its deletion.

    `seconds`: from the decision to its being gone. `reason` empty: nobody has said why yet.
    """

    draft_id: int
    text: str
    platform: str
    address: str
    at: datetime
    deletion_id: int | None
    stage: str
    message: str
    asked_by: str
    asked_at: datetime | None
    done_at: datetime | None
    reason: str
    may_delete: bool

    @property
    def seconds(self) -> float | None:
        if self.asked_at is None or self.done_at is None:
            return None
        return (self.done_at - self.asked_at).total_seconds()

    @property
    def open(self) -> bool:
        """Whether somebody has something to do about it: delete it, confirm it, or say why."""
        return bool(self.stage) and (self.stage != Stage.DONE or not self.reason)


def open_deletions(tx: Tx, person: Person) -> tuple[Out, ...]:
    """Everything that is being taken down, and what was and nobody has explained; the oldest first."""
    unfinished = or_(deletions.c.state != Stage.DONE, deletions.c.reason_at.is_(None))
    return _read(tx, person, deletions.c.id.is_not(None), unfinished)


def out_of_draft(tx: Tx, person: Person, draft_id: int) -> Out | None:
    """The draft's publication; None while it has none."""
    found = _read(tx, person, drafts.c.id == draft_id)
    return found[-1] if found else None


def out_of_moment(tx: Tx, person: Person, opportunity_id: int | None) -> tuple[Out, ...]:
    """What was published about a moment."""
    return _read(tx, person, drafts.c.opportunity_id == opportunity_id) if opportunity_id is not None else ()


def outs(tx: Tx, person: Person, since: datetime) -> dict[int, Out]:
    """What went out since then, by draft."""
    return {one.draft_id: one for one in _read(tx, person, publications.c.at > since)}


def read_draft(store: Store, person: Person, draft_id: int) -> Out | None:
    """`out_of_draft` for a page that has no transaction of its own."""
    with store.read() as tx:
        return out_of_draft(tx, person, draft_id)


def read_moment(store: Store, person: Person, opportunity_id: int | None) -> tuple[Out, ...]:
    """`out_of_moment` likewise."""
    with store.read() as tx:
        return out_of_moment(tx, person, opportunity_id)


def _read(tx: Tx, person: Person, *only: ColumnElement[bool]) -> tuple[Out, ...]:
    known = names(tx)
    return tuple(_out(row, known, person) for row in tx.rows(_published().where(*only)))


def _published() -> Select[tuple[object, ...]]:
    current = (draft_versions.c.draft_id == drafts.c.id) & (draft_versions.c.number == drafts.c.number)
    wanted = (
        drafts.c.id.label("draft_id"),
        draft_versions.c.text,
        drafts.c.platform,
        publications.c.address,
        publications.c.at,
        deletions.c.id.label("deletion_id"),
        deletions.c.state,
        deletions.c.message,
        deletions.c.asked_by,
        deletions.c.asked_at,
        deletions.c.done_at,
        deletions.c.reason,
    )
    return (
        select(*wanted)
        .join(draft_versions, current)
        .join(publications, publications.c.draft_id == drafts.c.id)
        .outerjoin(deletions, deletions.c.publication_id == publications.c.id)
        .order_by(publications.c.id)
    )


def _out(row: RowMapping, known: dict[int, str], person: Person) -> Out:
    return Out(
        draft_id=row["draft_id"],
        text=row["text"],
        platform=playbook(row["platform"]).label,
        address=row["address"] or "",
        at=row["at"],
        deletion_id=row["deletion_id"],
        stage=row["state"] or "",
        message=row["message"] or "",
        asked_by=known.get(row["asked_by"], ""),
        asked_at=row["asked_at"],
        done_at=row["done_at"],
        reason=row["reason"] or "",
        may_delete=may(person.role, "take_down"),
    )
