"""Moving a draft: the one place that changes its state, and writes the event row that says so.

What may follow what is the table in `workflow.rules.drafts`; this module applies it, keeps the schedule's row in
step, and voids the signatures where the table's meaning asks for fresh ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, select, update

from data.errors import BadInput
from data.storage import events
from data.storage.store import Tx
from data.storage.tables import approvals, drafts, scheduled_posts
from workflow import telling
from workflow.rules.drafts import Move, State, move
from workflow.rules.holds import PostFacts
from workflow.topics import hashtags

# Where a draft has a live row on the schedule; leaving these states closes it.
ON_SCHEDULE = frozenset({State.SCHEDULED, State.HELD, State.PUBLISHING, State.BY_HAND, State.UNKNOWN})
# Moves after which the old signatures no longer speak for the post.
VOIDING = frozenset({Move.EDIT, Move.BACK_TO_REVIEW, Move.REQUEST_CHANGES})


def draft_row(tx: Tx, draft_id: int) -> RowMapping:
    """The draft with this id. BadInput when there is none."""
    row = tx.row(select(drafts).where(drafts.c.id == draft_id))
    if row is None:
        raise BadInput("There is no such draft.")
    return row


def state_of(row: RowMapping) -> State:
    """Where the draft is."""
    return State(row["state"])


def facts_of(row: RowMapping) -> PostFacts:
    """What a hold can cover the draft by."""
    topic = [row["topic"]] if row["topic"] else []
    return PostFacts(
        channel=row["platform"],
        regions=tuple(row["regions"]),
        topics=(*topic, *row["hashtags"]),
        promotional=row["promotional"],
    )


def topics_in(text: str) -> list[str]:
    """The hashtags of a post, kept beside the draft so that a hold on a topic finds it."""
    return list(hashtags(text))


def send_to(
    tx: Tx,
    actor: events.Actor,
    row: RowMapping,
    what: Move,
    *,
    why: str = "",
    detail: Mapping[str, Any] | None = None,
) -> State:
    """Make the move and write its event. Refused where the table has no such move."""
    before = state_of(row)
    after = move(before, what)
    tx.run(update(drafts).where(drafts.c.id == row["id"]).values(state=after.value, updated_at=tx.now))
    if what in VOIDING:
        void_signatures(tx, row["id"])
    if before in ON_SCHEDULE and after not in ON_SCHEDULE:
        _close(tx, row["id"])
    event_id = events.append(
        tx,
        actor,
        f"draft_{what.value}",
        "draft",
        row["id"],
        before=before.value,
        after=after.value,
        why=why,
        content_hash=row["content_hash"],
        detail=detail,
    )
    telling.draft_moved(tx, actor, row, what, after, event_id, why, detail or {})
    return after


def void_signatures(tx: Tx, draft_id: int) -> None:
    """Every signature on the draft is worth nothing from now on; the rows stay, for the record."""
    tx.run(
        update(approvals)
        .where(approvals.c.draft_id == draft_id, approvals.c.voided_at.is_(None))
        .values(voided_at=tx.now)
    )


def _close(tx: Tx, draft_id: int) -> None:
    tx.run(
        update(scheduled_posts)
        .where(scheduled_posts.c.draft_id == draft_id, scheduled_posts.c.closed_at.is_(None))
        .values(closed_at=tx.now, lease_owner=None, lease_until=None)
    )
