"""Taking back what is out: asked for at once by anybody who signs or writes, explained afterwards.

The guide's worst hours are those in which a post stood because somebody's yes to deleting it was missing. So here
nobody's is: one person decides, and the clock runs from that instant to the one in which it is gone. No hold, no
sign-off and no fresh password stands in the way. Asking is a row and its event; the deleting itself is in
`publishing.takedown`, which the console begins at once and any worker goes on with.

A post whose outcome is unknown has no address that could be deleted. Whoever finds it out gives its address and asks in
one step (`publishing.settling.posted_by_hand`); whoever finds it not to be out says so.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import RowMapping, Select, insert, select, update

from data.errors import BadInput, Refused
from data.reference import playbook
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import deletions, drafts, publications
from workflow.access import require
from workflow.lifecycle import draft_row, state_of
from workflow.measuring import engagement
from workflow.notices import tell_on_duty
from workflow.rules.drafts import PLAIN_STATE, State
from workflow.rules.notices import Kind


class Stage(StrEnum):
    """How far a deletion has come."""

    ASKED = "asked"  # a machine is on it, or will be within seconds
    BY_HAND = "by_hand"  # a person has to delete it on the platform
    DONE = "done"


def ask(store: Store, token: str, draft_id: int) -> int:
    """Decide that the draft's publication goes; the deletion's id. A second click changes nothing.

    Refused (code `wrong_state`) for a draft that is not out, with what to do instead.
    """
    with store.write() as tx:
        person = require(tx, token, "take_down")
        return ask_in(tx, person.actor, draft_row(tx, draft_id))


def ask_in(tx: Tx, actor: events.Actor, draft: RowMapping) -> int:
    """The same in an open transaction, for somebody who has been checked."""
    out = tx.row(select(publications).where(publications.c.draft_id == draft["id"]).order_by(publications.c.id.desc()))
    if out is None:
        raise Refused(_not_out(state_of(draft)), ("wrong_state",))
    asked = tx.value(select(deletions.c.id).where(deletions.c.publication_id == out["id"]))
    if asked is not None:
        return int(asked)
    row = {"publication_id": out["id"], "asked_by": actor.id, "asked_at": tx.now, "state": Stage.ASKED.value}
    new_id = tx.insert(insert(deletions).values(**row))
    detail = {"deletion": new_id, "address": out["address"], "channel": out["channel"]}
    events.append(
        tx,
        actor,
        "deletion_asked",
        "draft",
        draft["id"],
        after="asked",
        content_hash=out["content_hash"],
        detail=detail,
    )
    text = f"{actor.name} is taking down the post on {playbook(draft['platform']).label}. {out['address']}"
    tell_on_duty(tx, Kind.DELETION, "draft", draft["id"], text.strip(), f"deletion:{new_id}:asked")
    return new_id


def _not_out(state: State) -> str:
    if state == State.UNKNOWN:
        return (
            "Nobody knows whether this is out. Look on the platform: paste its address to say that it is, and it is "
            "taken down in the same step; or say that it is not out."
        )
    return f"This draft is {PLAIN_STATE[state]}, not out. Withdraw it, or pause publishing on the Schedule page."


def hand_over(tx: Tx, row: RowMapping, said: str) -> None:
    """No machine can delete it: from now on it waits for a person's hands. `said`: why, for that person."""
    tx.run(
        update(deletions)
        .where(deletions.c.id == row["id"])
        .values(state=Stage.BY_HAND.value, message=said, lease_owner=None, lease_until=None)
    )
    detail = {"deletion": row["id"], "tries": row["tries"]}
    events.append(
        tx,
        events.THE_PRODUCT,
        "deletion_by_hand",
        "draft",
        row["draft_id"],
        before=row["state"],
        after=Stage.BY_HAND.value,
        why=said,
        detail=detail,
    )
    text = f"Take a post down by hand, now: {said} {row['address']}"
    tell_on_duty(tx, Kind.DELETION, "draft", row["draft_id"], text.strip(), f"deletion:{row['id']}:by_hand")


def finish(tx: Tx, actor: events.Actor, row: RowMapping, said: str) -> None:
    """It is gone. The event has the seconds from the decision to here."""
    seconds = round((tx.now - row["asked_at"]) / timedelta(seconds=1), 3)
    values = {"state": Stage.DONE.value, "message": said, "done_at": tx.now, "done_by": actor.id}
    tx.run(update(deletions).where(deletions.c.id == row["id"]).values(**values, lease_owner=None, lease_until=None))
    engagement.end(tx, row["publication_id"], "It was taken down: nothing more is read of it.")
    detail = {"deletion": row["id"], "seconds": seconds, "tries": row["tries"]}
    events.append(
        tx,
        actor,
        "deletion_done",
        "draft",
        row["draft_id"],
        before=row["state"],
        after=Stage.DONE.value,
        why=said,
        content_hash=row["content_hash"],
        detail=detail,
    )


def confirm(store: Store, token: str, deletion_id: int) -> None:
    """A person has deleted it on the platform, or sees that it is gone – whatever a machine still tries."""
    with store.write() as tx:
        person = require(tx, token, "take_down")
        row = deletion_row(tx, deletion_id)
        if row["state"] == Stage.DONE:
            raise Refused("It is down already.", ("wrong_state",))
        finish(tx, person.actor, row, f"{person.display_name} says that it is down.")


def give_reason(store: Store, token: str, deletion_id: int, reason: str) -> None:
    """Say why it had to go: asked for afterwards, and shown until it is given."""
    if not reason.strip():
        raise BadInput("Say in a sentence why it was taken down: the team learns from it.")
    with store.write() as tx:
        person = require(tx, token, "take_down")
        row = deletion_row(tx, deletion_id)
        if row["reason_at"] is not None:
            raise Refused("Somebody has said why already. Add a note to the moment instead.", ("wrong_state",))
        tx.run(update(deletions).where(deletions.c.id == deletion_id).values(reason=reason.strip(), reason_at=tx.now))
        detail = {"deletion": deletion_id}
        events.append(
            tx, person.actor, "deletion_explained", "draft", row["draft_id"], why=reason.strip(), detail=detail
        )


def deletion_row(tx: Tx, deletion_id: int) -> RowMapping:
    """A deletion with what it deletes. BadInput when there is none."""
    row = tx.row(everything().where(deletions.c.id == deletion_id))
    if row is None:
        raise BadInput("There is no such deletion.")
    return row


def everything() -> Select[tuple[object, ...]]:
    """Every deletion with its publication and draft, oldest first."""
    out = (
        publications.c.draft_id,
        publications.c.scheduled_post_id,
        publications.c.channel,
        publications.c.address,
        publications.c.payload,
        publications.c.content_hash,
        publications.c.at.label("published_at"),
        drafts.c.platform,
        drafts.c.opportunity_id,
    )
    return (
        select(deletions, *out)
        .join(publications, publications.c.id == deletions.c.publication_id)
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .order_by(deletions.c.id)
    )
