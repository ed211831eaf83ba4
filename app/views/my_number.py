"""The number that each kind of person finds on their first page: one statement each, asked once a minute at most.

The social team's on the Desk, a signer's above the queue; managers have theirs on the KPI page. What the page has read
anyway – what is open, whose turn it is – is handed in, never read again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import func, literal, null, select, union_all

from data.storage.columns import Instant
from data.storage.store import Store
from data.storage.tables import alerts, approvals, drafts, events, opportunities, publications
from workflow.access import Person
from workflow.rules.kpis import minutes_between
from workflow.triage import SPIKE

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Median:
    """Minutes, of so many; None where there were none."""

    minutes: float | None
    count: int


@dataclass(frozen=True)
class Signing:
    """A signer's week: their median from a draft's being handed in to their signature, and what waits longest."""

    mine: Median
    oldest: datetime | None


def response(store: Store) -> Median:
    """Median minutes from an alert to the post that answered it, of what was noticed in the last seven days."""
    with store.read() as tx:
        rows = tx.rows(
            select(alerts.c.raised_at, publications.c.at)
            .join(opportunities, opportunities.c.alert_id == alerts.c.id)
            .join(drafts, drafts.c.opportunity_id == opportunities.c.id)
            .join(publications, publications.c.draft_id == drafts.c.id)
            .where(alerts.c.raised_at >= tx.now - WEEK, alerts.c.kind == SPIKE)
        )
    return _median([minutes_between(row["raised_at"], row["at"]) for row in rows])


def signing(store: Store, person: Person, waiting: Collection[int]) -> Signing:
    """This person's median of the last seven days, and since when the longest of the drafts `waiting` has waited."""
    submitted = (events.c.kind == "draft_submit") & (events.c.subject == "draft")
    with store.read() as tx:
        given = (
            select(approvals.c.id, approvals.c.at.label("signed"), func.max(events.c.at, type_=Instant).label("asked"))
            .join(events, submitted & (events.c.subject_id == approvals.c.draft_id) & (events.c.at <= approvals.c.at))
            .where(approvals.c.person_id == person.id, approvals.c.at >= tx.now - WEEK)
            .group_by(approvals.c.id, approvals.c.at)
        )
        open_ones = (
            select(literal(0), null().label("signed"), func.max(events.c.at, type_=Instant))
            .where(submitted, events.c.subject_id.in_(sorted(waiting)))
            .group_by(events.c.subject_id)
        )
        rows = tx.rows(union_all(given, open_ones))
    return Signing(
        mine=_median([minutes_between(row["asked"], row["signed"]) for row in rows if row["signed"] is not None]),
        oldest=min((row["asked"] for row in rows if row["signed"] is None), default=None),
    )


def _median(taken: list[float | None]) -> Median:
    known = [one for one in taken if one is not None]
    return Median(median(known) if known else None, len(known))
