"""What the reader is not shown, or was not told at once: mutes with the alerts they hide, and the quiet hours.

A read of its own, because it must never be a guess: whatever keeps an alert from people is counted here and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from data.storage.store import Tx
from data.storage.tables import alerts, mutes, people, topics
from workflow.mutes import hidden, in_force
from workflow.quiet import hours_of
from workflow.rules.quiet import quiet_until
from workflow.triage import CLAIMED, DISMISSED, OPEN, SENTIMENT

# How long the end of a mute, and what came in the quiet hours, stay on the Desk (ours).
ENDED_SINCE = timedelta(hours=1)
TOLD_SINCE = timedelta(hours=2)
# A worker tells within seconds; more than this apart means that it was kept (ours).
KEPT_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class MuteLine:
    """A mute, in force or just over (`ended_at`), and how many living alerts it hides, or hid."""

    mute_id: int
    topic: str
    mood: bool
    until: datetime | None
    who: str
    why: str
    alerts: int
    ended_at: datetime | None


@dataclass(frozen=True)
class Untold:
    """`kept`: alerts that wait for `quiet_until`; `came`: those that were told when the last quiet hours ended."""

    mutes: tuple[MuteLine, ...]
    quiet_until: datetime | None
    kept: int
    came: int


def untold(tx: Tx) -> Untold:
    """Everything that is kept from people now, and what has just been given back."""
    brand = tx.value(select(alerts.c.brand_id).limit(1))
    living = alerts.c.state.in_((OPEN, CLAIMED))
    kept = select(func.count()).select_from(alerts).where(living, alerts.c.delivered_at.is_(None), ~hidden(tx.now))
    late = [
        row
        for row in tx.rows(
            select(alerts.c.raised_at, alerts.c.delivered_at).where(living, alerts.c.delivered_at > tx.now - TOLD_SINCE)
        )
        if row["delivered_at"] - row["raised_at"] > KEPT_FOR
    ]
    quiet = quiet_until(hours_of(tx, brand), tx.now) if brand is not None else None
    return Untold(_mutes(tx), quiet, int(tx.value(kept)) if quiet else 0, len(late) if not quiet else 0)


def _mutes(tx: Tx) -> tuple[MuteLine, ...]:
    over = func.coalesce(mutes.c.lifted_at, mutes.c.until)
    rows = tx.rows(
        select(mutes, topics.c.label, people.c.display_name)
        .join(topics, topics.c.id == mutes.c.topic_id)
        .join(people, people.c.id == mutes.c.opened_by)
        .where(in_force(tx.now) | (over > tx.now - ENDED_SINCE))
        .order_by(mutes.c.id)
    )
    return tuple(
        MuteLine(
            mute_id=row["id"],
            topic=row["label"],
            mood=row["kind"] == SENTIMENT,
            until=row["until"],
            who=row["display_name"],
            why=row["why"],
            alerts=_hidden_by(tx, row["topic_id"], row["kind"], ended=ended is not None),
            ended_at=ended,
        )
        for row in rows
        for ended in [_ended(row["until"], row["lifted_at"], tx.now)]
    )


def _ended(until: datetime | None, lifted_at: datetime | None, now: datetime) -> datetime | None:
    if lifted_at is not None:
        return lifted_at
    return until if until is not None and until <= now else None


def _hidden_by(tx: Tx, topic_id: int, kind: str, *, ended: bool) -> int:
    """What the mute hides; while it is in force, without what is shown all the same for another topic's sake."""
    here = (alerts.c.topic_id == topic_id) & (alerts.c.kind == kind) & (alerts.c.state != DISMISSED)
    if not ended:
        here &= hidden(tx.now)
    return int(tx.value(select(func.count()).select_from(alerts).where(here)))
