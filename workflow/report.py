"""The KPI page's figures: reads what happened from the tables and the event rows, and has `rules.kpis` add it up.

The period picks moments by when they were noticed, and posts and holds by when they left or began; what became of a
moment afterwards belongs to it, however late. So a figure never mixes two populations, and each says from how many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import RowMapping, func, select

from data.storage.store import Tx
from data.storage.tables import alerts, deletions, drafts, events, holds, opportunities, publications, topics
from scoring.contract import Scope
from workflow.hold import scope_of
from workflow.rules import kpis
from workflow.triage import DISMISSED, SPIKE


@dataclass(frozen=True)
class Told:
    """One moment (and one of its drafts, if it has any) on its way. `draft_id` None: nobody wrote about it."""

    alert_id: int
    topic: str
    alert_state: str
    draft_id: int | None
    draft_state: str
    journey: kpis.Journey


@dataclass(frozen=True)
class Moments:
    """What became of the alerts of a period. `taken`: somebody wrote about it; `undecided`: neither that nor no."""

    raised: int
    claimed: int
    dismissed: int
    taken: int
    undecided: int
    skip_rate: float | None


@dataclass(frozen=True)
class Held:
    """A hold of the period, and how many posts the event rows say it stopped."""

    scope: Scope
    by_rule: bool
    row: kpis.HoldRow


@dataclass(frozen=True)
class Report:
    """Everything the page tells of one period; `planned` and `reactive` are posts that left in it."""

    since: datetime
    until: datetime
    moments: Moments
    told: tuple[Told, ...]
    overall: kpis.Spread | None
    speeds: tuple[kpis.Speed, ...]
    legs: Mapping[str, kpis.Spread | None]
    brake: kpis.Brake
    holds: tuple[Held, ...]
    taken_down: kpis.TakenDown
    planned: int
    reactive: int


def report(tx: Tx, since: datetime, windows: Mapping[str, float]) -> Report:
    """The figures since an instant. `windows`: minutes that each platform gives from detection to publication."""
    told = _told(tx, since)
    planned, reactive = _published(tx, since)
    held = _holds(tx, since)
    return Report(
        since=since,
        until=tx.now,
        moments=_moments(told),
        told=told,
        overall=kpis.spread(kpis.to_publication(one.journey) for one in told),
        speeds=kpis.speeds([one.journey for one in told if one.draft_id is not None], windows),
        legs=kpis.legs(_each_leg_once(told)),
        brake=kpis.brake([one.row for one in held]),
        holds=held,
        taken_down=kpis.taken_down(_deletions(tx, since)),
        planned=planned,
        reactive=reactive,
    )


def _told(tx: Tx, since: datetime) -> tuple[Told, ...]:
    rows = tx.rows(
        select(
            alerts.c.id,
            alerts.c.raised_at,
            alerts.c.claimed_at,
            alerts.c.state.label("alert_state"),
            topics.c.label,
            opportunities.c.decided_at,
            drafts.c.id.label("draft_id"),
            drafts.c.platform,
            drafts.c.state,
            publications.c.at.label("published_at"),
        )
        .join(topics, topics.c.id == alerts.c.topic_id)
        .outerjoin(opportunities, opportunities.c.alert_id == alerts.c.id)
        .outerjoin(drafts, drafts.c.opportunity_id == opportunities.c.id)
        .outerjoin(publications, publications.c.draft_id == drafts.c.id)
        # Of a falling mood nothing is ever made: it would count as a moment let go.
        .where(alerts.c.raised_at >= since, alerts.c.kind == SPIKE)
        .order_by(alerts.c.id, drafts.c.id)
    )
    submitted, approved = _first(tx, "draft_submit", since), _last(tx, "draft_approve_last", since)
    return tuple(_one(row, submitted, approved) for row in rows)


def _one(row: RowMapping, submitted: Mapping[int, datetime], approved: Mapping[int, datetime]) -> Told:
    journey = kpis.Journey(
        detected_at=row["raised_at"],
        claimed_at=row["claimed_at"],
        assessed_at=row["decided_at"],
        submitted_at=submitted.get(row["draft_id"]),
        approved_at=approved.get(row["draft_id"]),
        published_at=row["published_at"],
        channel=row["platform"] or "",
    )
    return Told(row["id"], row["label"], row["alert_state"], row["draft_id"], row["state"] or "", journey)


def _first(tx: Tx, kind: str, since: datetime) -> dict[int, datetime]:
    return {row["subject_id"]: row["at"] for row in reversed(_events(tx, kind, since))}


def _last(tx: Tx, kind: str, since: datetime) -> dict[int, datetime]:
    return {row["subject_id"]: row["at"] for row in _events(tx, kind, since)}


def _events(tx: Tx, kind: str, since: datetime) -> Sequence[RowMapping]:
    wanted = (events.c.subject_id, events.c.at, events.c.detail)
    return tx.rows(select(*wanted).where(events.c.kind == kind, events.c.at >= since).order_by(events.c.id))


def _each_leg_once(told: Sequence[Told]) -> list[kpis.Journey]:
    """A moment with two drafts was claimed and assessed once: its first legs count once."""
    seen: set[int] = set()
    once = []
    for one in told:
        once.append(replace(one.journey, claimed_at=None) if one.alert_id in seen else one.journey)
        seen.add(one.alert_id)
    return once


def _moments(told: Sequence[Told]) -> Moments:
    """An alert that was closed after its post had left was taken all the same."""
    first = {one.alert_id: one for one in reversed(told)}
    published = {one.alert_id for one in told if one.journey.published_at is not None}
    written = {one.alert_id for one in told if one.draft_id is not None}
    dismissed = {one.alert_id for one in told if one.alert_state == DISMISSED} - published
    taken = (written | published) - dismissed
    return Moments(
        raised=len(first),
        claimed=sum(one.journey.claimed_at is not None for one in first.values()),
        dismissed=len(dismissed),
        taken=len(taken),
        undecided=len(first) - len(dismissed) - len(taken),
        skip_rate=kpis.skip_rate(len(dismissed), len(taken)),
    )


def _published(tx: Tx, since: datetime) -> tuple[int, int]:
    """Planned and reactive posts that left since then."""
    rows = tx.rows(
        select(drafts.c.reactive, func.count().label("n"))
        .join(publications, publications.c.draft_id == drafts.c.id)
        .where(publications.c.at >= since)
        .group_by(drafts.c.reactive)
    )
    by_kind = {bool(row["reactive"]): int(row["n"]) for row in rows}
    return by_kind.get(False, 0), by_kind.get(True, 0)


def _holds(tx: Tx, since: datetime) -> tuple[Held, ...]:
    """The holds of the period, newest first, each with the posts it stopped."""
    stopped: dict[int, set[int]] = {}
    for row in _events(tx, "draft_hold", since):
        stopped.setdefault(row["detail"].get("hold"), set()).add(row["subject_id"])
    rows = tx.rows(select(holds).where(holds.c.opened_at >= since).order_by(holds.c.id.desc()))
    return tuple(
        Held(
            scope=scope_of(row),
            by_rule=row["origin"] == "rule",
            row=kpis.HoldRow(row["opened_at"], row["lifted_at"], len(stopped.get(row["id"], ()))),
        )
        for row in rows
    )


def _deletions(tx: Tx, since: datetime) -> tuple[kpis.DeletionRow, ...]:
    """What somebody decided to take down in the period, whenever it had been published."""
    rows = tx.rows(select(deletions).where(deletions.c.asked_at >= since).order_by(deletions.c.id))
    return tuple(kpis.DeletionRow(row["asked_at"], row["done_at"], row["reason_at"]) for row in rows)
