"""An alert as a reader sees it, on the Desk and on its own page: its row, and all that hangs on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, select

from app.views.words import category_title
from data.storage.store import Tx
from data.storage.tables import alert_topics, alerts, mutes, opportunities, people, topics, verdicts
from scoring.matrix import cell
from workflow.access import Person
from workflow.mutes import hidden, in_force
from workflow.notes import Note, notes_on
from workflow.quiet import hours_of
from workflow.rules.quiet import quiet_until
from workflow.rules.windows import closes_at
from workflow.triage import CLAIMED, SENTIMENT, SNOOZED


@dataclass(frozen=True)
class Joined:
    """Another topic whose spike is the same moment, and why it is."""

    topic_id: int
    label: str
    why: str


@dataclass(frozen=True)
class Muted:
    """The mute of an alert's topic: until when (None: until somebody lifts it), by whom, and why.

    `hides` False: the alert is shown all the same, because not everything that joined it is muted.
    """

    mute_id: int
    until: datetime | None
    who: str
    why: str
    hides: bool = True


@dataclass(frozen=True)
class Card:
    """One alert. `verdict` is empty until it is judged; `agreed` tells the people's decision from the machine's.

    `ratio`, `baseline` and `band` (most hours lie in it) are None while there is no history. `closes_at` None: the
    quadrant has no window. `given_by`: who gave it to whoever has it, empty where they took it. `kept_until`: nobody is
    told before, because of the quiet hours. `mood`: about how people speak, not how much.
    """

    alert_id: int
    topic_id: int
    topic: str
    mood: bool
    sentence: str
    count: int
    baseline: float | None
    ratio: float | None
    band: tuple[float, float] | None
    onset_at: datetime
    raised_at: datetime
    escalated_at: datetime | None
    kept_until: datetime | None
    state: str
    claimed_by: str
    mine: bool
    given_by: str
    snoozed_until: datetime | None
    dismissed_reason: str
    verdict: str
    reason: str
    category: str
    decision: str
    agreed: bool
    closes_at: datetime | None
    joined: tuple[Joined, ...] = ()
    notes: tuple[Note, ...] = ()
    muted: Muted | None = None


def read_cards(tx: Tx, wanted: ColumnElement[bool], person: Person, most: int) -> tuple[Card, ...]:
    """The alerts that meet the condition, newest first, with what joined them, their notes and what hides them."""
    rows = tx.rows(_query(wanted, tx.now).limit(most))
    ids = [row["id"] for row in rows]
    joined, notes, muted = _joined(tx, ids), notes_on(tx, ids), _muted(tx, rows)
    quiet = quiet_until(hours_of(tx, rows[0]["brand_id"]), tx.now) if rows else None
    return tuple(
        _card(
            row,
            person,
            kept_until=quiet if row["delivered_at"] is None else None,
            joined=joined.get(row["id"], ()),
            notes=notes.get(row["id"], ()),
            muted=replace(mute, hides=row["hidden"]) if (mute := muted.get((row["topic_id"], row["kind"]))) else None,
        )
        for row in rows
    )


def _query(wanted: ColumnElement[bool], now: datetime) -> Select[Any]:
    """Alerts with their topic, newest verdict, opportunity and claimant, newest alert first."""
    givers = people.alias("givers")
    newest = select(func.max(verdicts.c.id).label("id")).group_by(verdicts.c.alert_id).subquery()
    current = select(verdicts).join(newest, newest.c.id == verdicts.c.id).subquery()
    return (
        select(
            alerts,
            topics.c.label,
            people.c.display_name,
            givers.c.display_name.label("given_by"),
            current.c.tragedy,
            current.c.reasons,
            current.c.relevance.label("guess_relevance"),
            current.c.interest.label("guess_interest"),
            # The one that counts: a person may have chosen another than the judge.
            func.coalesce(opportunities.c.category, current.c.category).label("category"),
            opportunities.c.relevance,
            opportunities.c.interest,
            hidden(now).label("hidden"),
        )
        .join(topics, topics.c.id == alerts.c.topic_id)
        .outerjoin(people, people.c.id == alerts.c.claimed_by)
        .outerjoin(givers, givers.c.id == alerts.c.assigned_by)
        .outerjoin(current, current.c.alert_id == alerts.c.id)
        .outerjoin(opportunities, opportunities.c.alert_id == alerts.c.id)
        .where(wanted)
        .order_by(alerts.c.raised_at.desc(), alerts.c.id.desc())
    )


def _joined(tx: Tx, ids: Sequence[int]) -> dict[int, tuple[Joined, ...]]:
    rows = tx.rows(
        select(alert_topics.c.alert_id, alert_topics.c.topic_id, alert_topics.c.why, topics.c.label)
        .join(topics, topics.c.id == alert_topics.c.topic_id)
        .join(alerts, alerts.c.id == alert_topics.c.alert_id)
        .where(
            alert_topics.c.alert_id.in_(ids),
            alert_topics.c.split_at.is_(None),
            alert_topics.c.topic_id != alerts.c.topic_id,
        )
        .order_by(alert_topics.c.joined_at, alert_topics.c.topic_id)
    )
    found: dict[int, tuple[Joined, ...]] = {}
    for row in rows:
        one = Joined(row["topic_id"], row["label"], row["why"])
        found[row["alert_id"]] = (*found.get(row["alert_id"], ()), one)
    return found


def _muted(tx: Tx, rows: Sequence[RowMapping]) -> dict[tuple[int, str], Muted]:
    found = tx.rows(
        select(mutes, people.c.display_name)
        .join(people, people.c.id == mutes.c.opened_by)
        .where(in_force(tx.now), mutes.c.topic_id.in_({row["topic_id"] for row in rows}))
    )
    return {
        (row["topic_id"], row["kind"]): Muted(row["id"], row["until"], row["display_name"], row["why"]) for row in found
    }


def _card(
    row: RowMapping,
    person: Person,
    *,
    kept_until: datetime | None,
    joined: tuple[Joined, ...],
    notes: tuple[Note, ...],
    muted: Muted | None,
) -> Card:
    """A row of the query as this person sees it."""
    agreed = row["relevance"] is not None
    relevance, interest = (row[name if agreed else f"guess_{name}"] for name in ("relevance", "interest"))
    found = cell(relevance, interest) if relevance is not None else None
    window = found.window_minutes if found else None
    claimed = row["state"] == CLAIMED
    return Card(
        alert_id=row["id"],
        topic_id=row["topic_id"],
        topic=row["label"],
        mood=row["kind"] == SENTIMENT,
        sentence=row["why"].get("sentence", ""),
        count=row["count"],
        baseline=row["baseline"],
        ratio=row["ratio"],
        band=_band(row["why"].get("band")),
        onset_at=row["onset_at"],
        raised_at=row["raised_at"],
        escalated_at=row["escalated_at"],
        kept_until=kept_until,
        state=row["state"],
        claimed_by=row["display_name"] or "" if claimed else "",
        mine=claimed and row["claimed_by"] == person.id,
        given_by=row["given_by"] or "" if claimed else "",
        snoozed_until=row["snoozed_until"] if row["state"] == SNOOZED else None,
        dismissed_reason=row["dismissed_reason"] or "",
        verdict=row["tragedy"] or "",
        reason=next((reason["text"] for reason in row["reasons"] or ()), ""),
        category=category_title(row["category"]) if row["category"] else "",
        decision=found.decision if found else "",
        agreed=agreed,
        closes_at=closes_at(row["raised_at"], window[1]) if window else None,
        joined=joined,
        notes=notes,
        muted=muted,
    )


def _band(kept: Sequence[float] | None) -> tuple[float, float] | None:
    return (float(kept[0]), float(kept[1])) if kept else None
