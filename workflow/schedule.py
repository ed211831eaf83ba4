"""The schedule: when a signed post may leave, and what becomes of one whose time passed without a yes.

Never out at once by accident: a post signed after its planned time goes to "choose a new time", one not signed by
then expires, and even "as soon as possible" leaves the team a short while to take it back.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, RowMapping, Select, func, insert, select

from data.storage import events
from data.storage.store import Tx
from data.storage.tables import draft_versions, drafts, scheduled_posts
from workflow import brand as brands
from workflow.content import version_of
from workflow.hold import hold_if_covered
from workflow.lifecycle import draft_row, send_to
from workflow.rules.drafts import Move, State

# A post that is later than this is not sent any more: a restart after a weekend must not fire a burst (ours).
LATEST = timedelta(minutes=15)
# Unless it waits for a platform that cannot be reached or asked for patience: those have longer (ours).
LONGEST_WAIT = timedelta(hours=1)


def schedule(tx: Tx, actor: events.Actor, draft: RowMapping) -> State:
    """Put an approved draft on the schedule, at its planned time or after the brand's short delay."""
    version = version_of(tx, draft)
    planned: datetime | None = version["planned_for"]
    if planned is not None and planned <= tx.now:
        return send_to(tx, actor, draft, Move.LATE, why="signed after its planned time")
    place(tx, draft, planned or tx.now + brands.the_brand(tx).send_delay, version["zone"])
    state = send_to(tx, actor, draft, Move.SCHEDULE)
    return State.HELD if hold_if_covered(tx, draft_row(tx, draft["id"])) else state


def place(tx: Tx, draft: RowMapping, publish_at: datetime, zone: str) -> int:
    """Write the schedule's row: the instant, and the wall clock of the person's zone beside it."""
    return tx.insert(
        insert(scheduled_posts).values(
            draft_id=draft["id"],
            content_hash=draft["content_hash"],
            publish_at=publish_at,
            zone=zone,
            wall_clock=publish_at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M"),
            refusals=[],
            idempotency_key=secrets.token_hex(16),
            created_at=tx.now,
        )
    )


def note_late(tx: Tx) -> int:
    """Posts that nobody could send in time – no worker ran, or none with their channel, or their platform would not –
    need a new time. How many."""
    due = tx.rows(_late(tx.now))
    for row in due:
        send_to(tx, events.THE_PRODUCT, row, Move.LATE, why=row["said"] or "nothing could send it in time")
    return len(due)


def any_late(tx: Tx) -> bool:
    """Whether `note_late` has anything to do."""
    return tx.row(_late(tx.now).limit(1)) is not None


def _late(now: datetime) -> Select[Any]:
    waits = scheduled_posts.c.next_try_at.is_not(None) & (scheduled_posts.c.publish_at >= now - LONGEST_WAIT)
    return (
        select(drafts, scheduled_posts.c.said)
        .join(scheduled_posts, scheduled_posts.c.draft_id == drafts.c.id)
        .where(
            is_in(State.SCHEDULED),
            scheduled_posts.c.closed_at.is_(None),
            scheduled_posts.c.publish_at < now - LATEST,
            ~waits,
        )
    )


def is_in(state: State) -> ColumnElement[bool]:
    """Drafts in this state, for a question about time. As an expression: with ten thousand on the schedule, what is due
    is found by its time, and not by going through all that are scheduled."""
    return drafts.c.state.concat("") == state.value


def expire_unsigned(tx: Tx) -> int:
    """Drafts still in review at their planned time have expired: nobody said yes. How many.

    A post that came back to review after its time (a lifted hold) stays there: it is waiting to be looked at again,
    and a signature sends it to "choose a new time".
    """
    due = tx.rows(_unsigned(tx.now))
    for row in due:
        send_to(tx, events.THE_PRODUCT, row, Move.EXPIRE, why="not signed by its planned time")
    return len(due)


def any_unsigned(tx: Tx) -> bool:
    """Whether `expire_unsigned` has anything to do."""
    return tx.row(_unsigned(tx.now).limit(1)) is not None


def _unsigned(now: datetime) -> Select[Any]:
    return (
        select(drafts)
        .join(
            draft_versions,
            (draft_versions.c.draft_id == drafts.c.id) & (draft_versions.c.number == drafts.c.number),
        )
        .where(
            drafts.c.state == State.IN_REVIEW.value,
            draft_versions.c.planned_for <= now,
            drafts.c.updated_at < draft_versions.c.planned_for,
        )
    )


def live_post(tx: Tx, draft_id: int) -> RowMapping | None:
    """The draft's live row on the schedule, if it has one."""
    return tx.row(
        select(scheduled_posts)
        .where(scheduled_posts.c.draft_id == draft_id, scheduled_posts.c.closed_at.is_(None))
        .order_by(scheduled_posts.c.id.desc())
        .limit(1)
    )


def next_due(tx: Tx) -> datetime | None:
    """When the next scheduled post is due, or is to be tried again."""
    due: datetime | None = tx.value(
        select(func.min(func.coalesce(scheduled_posts.c.next_try_at, scheduled_posts.c.publish_at)))
        .join(drafts, drafts.c.id == scheduled_posts.c.draft_id)
        .where(drafts.c.state == State.SCHEDULED.value, scheduled_posts.c.closed_at.is_(None))
    )
    return due
