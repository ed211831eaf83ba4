"""Pictures that the team never wants to see in a post again: by their bytes, and by how they look.

Beside `media`, because a refusal outlives the draft it was given in. `content.refusal_of` asks whether there is one,
for the gate too; what looks alike is `workflow.rules.media.alike`. A signer lifts it with a reason; it is never
deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import approvals, draft_versions, drafts, media, people, refused_media
from workflow.access import Person, require
from workflow.lifecycle import send_to, state_of, void_signatures
from workflow.rules.drafts import Move, State
from workflow.rules.media import alike, scenes


@dataclass(frozen=True)
class RefusedPicture:
    """One that is refused now, or was: `lifted_at` then says until when."""

    id: int
    name: str
    reason: str
    by: str
    at: datetime
    lifted_at: datetime | None


def refused_pictures(tx: Tx) -> tuple[RefusedPicture, ...]:
    """All that were ever refused, those in force first, the newest first."""
    rows = tx.rows(
        select(refused_media, people.c.display_name)
        .join(people, people.c.id == refused_media.c.person_id)
        .order_by(refused_media.c.lifted_at.is_not(None), refused_media.c.at.desc(), refused_media.c.id.desc())
    )
    return tuple(
        RefusedPicture(row["id"], row["name"], row["reason"], row["display_name"], row["at"], row["lifted_at"])
        for row in rows
    )


def refuse(store: Store, token: str, media_id: int, reason: str) -> int:
    """Never again this picture, nor one that looks like it. How many posts lost their signatures by it."""
    if not reason.strip():
        raise BadInput("Say why it must never be used: whoever adds it again reads that.")
    with store.write() as tx:
        person = require(tx, token, "refuse_media")
        row = media_row(tx, media_id)
        _write(tx, person, row, reason.strip())
        detail = {"sha256": row["sha256"], "name": row["name"]}
        events.append(tx, person.actor, "media_refused", "media", media_id, why=reason.strip(), detail=detail)
        return expire_signatures(tx, person.actor, _alike(tx, row), f"{row['name']} was refused: {reason.strip()}")


def lift(store: Store, token: str, refused_id: int, why: str) -> None:
    """It may be used again. Posts that the refusal stopped still need fresh signatures."""
    if not why.strip():
        raise BadInput("Say why it may be used again: the next reader of the list asks that.")
    with store.write() as tx:
        person = require(tx, token, "refuse_media")
        row = tx.row(select(refused_media).where(refused_media.c.id == refused_id))
        if row is None or row["lifted_at"] is not None:
            raise Refused("This refusal has been lifted already.", ("lifted",))
        tx.run(update(refused_media).where(refused_media.c.id == refused_id).values(lifted_at=tx.now))
        detail = {"sha256": row["sha256"], "name": row["name"]}
        events.append(tx, person.actor, "media_refusal_lifted", "media", None, why=why.strip(), detail=detail)


def media_row(tx: Tx, media_id: int) -> RowMapping:
    """Everything about a file but its bytes. BadInput when there is none."""
    row = tx.row(select(*(column for column in media.c if column.name != "content")).where(media.c.id == media_id))
    if row is None:
        raise BadInput("There is no such picture.")
    return row


def _write(tx: Tx, person: Person, row: RowMapping, reason: str) -> None:
    values = {"looks": row["looks"], "name": row["name"], "reason": reason, "person_id": person.id, "at": tx.now}
    known = tx.row(select(refused_media).where(refused_media.c.sha256 == row["sha256"]))
    if known is None:
        tx.insert(insert(refused_media).values(sha256=row["sha256"], **values))
    elif known["lifted_at"] is None:
        raise Refused(f"It is refused already: {known['reason']}", ("media_refused",))
    else:
        tx.run(update(refused_media).where(refused_media.c.id == known["id"]).values(lifted_at=None, **values))


def _alike(tx: Tx, row: RowMapping) -> frozenset[int]:
    seen = scenes(row["looks"])
    others = tx.rows(select(media.c.id, media.c.looks))
    return frozenset({row["id"], *(one["id"] for one in others if alike(seen, scenes(one["looks"])))})


def expire_signatures(tx: Tx, actor: events.Actor, media_ids: frozenset[int], why: str) -> int:
    """What stands about a picture is no longer what was signed: posts with one of these need fresh signatures.

    How many posts lost some. One on the schedule goes back to review; one that nobody has signed loses nothing.
    """
    lost = 0
    waiting = (State.IN_REVIEW.value, State.SCHEDULED.value, State.HELD.value)
    for draft in tx.rows(select(drafts).where(drafts.c.state.in_(waiting)).order_by(drafts.c.id)):
        if media_ids.isdisjoint(media_of(tx, draft)):
            continue
        if state_of(draft) == State.SCHEDULED:
            send_to(tx, actor, draft, Move.BACK_TO_REVIEW, why=why)
            lost += 1
        elif _is_signed(tx, draft["id"]):
            void_signatures(tx, draft["id"])
            events.append(
                tx, actor, "signatures_expired", "draft", draft["id"], why=why, content_hash=draft["content_hash"]
            )
            lost += 1
    return lost


def _is_signed(tx: Tx, draft_id: int) -> bool:
    standing = (approvals.c.draft_id == draft_id) & approvals.c.voided_at.is_(None)
    return tx.value(select(approvals.c.id).where(standing).limit(1)) is not None


def media_of(tx: Tx, draft: RowMapping) -> tuple[int, ...]:
    """The ids of the files of a draft's current version, in their order."""
    current = (draft_versions.c.draft_id == draft["id"]) & (draft_versions.c.number == draft["number"])
    return tuple(int(one["media_id"]) for one in tx.value(select(draft_versions.c.media).where(current)) or ())
