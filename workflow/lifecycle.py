"""Moving a draft: the one place that changes its state, and writes the event row that says so.

What may follow what is the table in `workflow.rules.drafts`; this module applies it, keeps the schedule's row in
step, and voids the signatures where the table's meaning asks for fresh ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, select, update

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
# So many drafts are named in one statement (ours; a database takes a limited number of values).
_AT_ONCE = 500


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
        _close(tx, scheduled_posts.c.draft_id == row["id"])
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


def send_all(
    tx: Tx, actor: events.Actor, rows: Sequence[RowMapping], what: Move, *, why: str, detail: Mapping[str, Any]
) -> None:
    """The same move for many drafts in few statements: a hold may stop ten thousand, while every writer waits.

    Tells nobody: for moves of which the note on the hold tells.
    """
    ways = [(row, state_of(row), move(state_of(row), what)) for row in rows]
    for start in range(0, len(ways), _AT_ONCE):
        some = ways[start : start + _AT_ONCE]
        for after in {after for _, _, after in some}:
            there = [row["id"] for row, _, end in some if end == after]
            tx.run(update(drafts).where(drafts.c.id.in_(there)).values(state=after.value, updated_at=tx.now))
        if what in VOIDING:
            _void(tx, approvals.c.draft_id.in_([row["id"] for row, _, _ in some]))
        gone = [row["id"] for row, before, after in some if before in ON_SCHEDULE and after not in ON_SCHEDULE]
        _close(tx, scheduled_posts.c.draft_id.in_(gone))
    told = [events.Told(row["id"], before.value, after.value, row["content_hash"]) for row, before, after in ways]
    events.append_each(tx, actor, f"draft_{what.value}", "draft", told, why=why, detail=detail)


def void_signatures(tx: Tx, draft_id: int) -> None:
    """Every signature on the draft is worth nothing from now on; the rows stay, for the record."""
    _void(tx, approvals.c.draft_id == draft_id)


def _void(tx: Tx, which: ColumnElement[bool]) -> None:
    tx.run(update(approvals).where(which, approvals.c.voided_at.is_(None)).values(voided_at=tx.now))


def _close(tx: Tx, which: ColumnElement[bool]) -> None:
    tx.run(
        update(scheduled_posts)
        .where(which, scheduled_posts.c.closed_at.is_(None))
        .values(closed_at=tx.now, lease_owner=None, lease_until=None)
    )
