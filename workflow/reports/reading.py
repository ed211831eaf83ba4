"""Everything that a report tells of, read in a dozen statements, each once for the period and the one before it.

One statement a table, never one a row: a page of a year has to be there within two seconds (docs/performance.md). What
became of a moment afterwards belongs to it however late, so events are read to the end. Instants come as UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, Float, Integer, Numeric, Select, String, cast, func, literal, select, type_coerce
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import TypeEngine

from data.storage.columns import Instant
from data.storage.store import Tx
from data.storage.tables import (
    advices,
    alerts,
    approvals,
    assessments,
    brands,
    corrections,
    deletions,
    drafts,
    drill_answers,
    drills,
    engagement_marks,
    events,
    holds,
    monitors,
    opportunities,
    people,
    publications,
    tone_hours,
    topics,
)
from workflow.rules.agreement import CATEGORY, TRAGEDY
from workflow.triage import SPIKE

USUAL_SPAN = timedelta(days=30)
"""The guide: what is usual is the average of thirty days."""
TWO_HOURS, A_DAY = 120, 24 * 60
"""Minutes, both among the marks: the guide's first two hours, and a day, when most has come in."""
TONE_SPAN = timedelta(hours=25)
"""A day on either side of a post, and the hour that it falls into."""
_AT_ONCE = 500
"""Rows that are held as rows at a time (ours)."""
_MISSING = -(2**63)
"""How a missing instant is written among whole numbers, here and in numpy."""
STATIONS = ("draft_submit", "draft_approve_last")
STOPS = ("draft_hold", "draft_block")


@dataclass(frozen=True)
class Frames:
    """The rows, as far back as `since`. `zone`: the brand's. All platforms, for whoever draws a filter."""

    since: datetime
    now: datetime
    zone: str
    moments: pd.DataFrame
    stations: pd.DataFrame
    stops: pd.DataFrame
    posts: pd.DataFrame
    marks: pd.DataFrame
    courses: pd.DataFrame
    tone: pd.DataFrame
    scores: pd.DataFrame
    signatures: pd.DataFrame
    holds: pd.DataFrame
    deletions: pd.DataFrame
    drills: pd.DataFrame
    answers: pd.DataFrame
    advices: pd.DataFrame
    corrected: pd.DataFrame


def read(tx: Tx, since: datetime) -> Frames:
    """What began at `since` or later."""
    return Frames(
        since=since,
        now=tx.now,
        zone=tx.value(select(brands.c.zone).order_by(brands.c.id).limit(1)) or "UTC",
        moments=_frame(tx, _moments().where(alerts.c.raised_at >= since)),
        stations=_frame(tx, _stations(since)),
        stops=_frame(tx, _stops(since)),
        posts=_frame(tx, _posts().where(publications.c.at >= since)),
        marks=_frame(tx, _marks(since - USUAL_SPAN)),
        courses=_frame(tx, _courses(since)),
        tone=_frame(tx, _tone(since - TONE_SPAN)),
        scores=_frame(tx, _scores(since)),
        signatures=_frame(tx, _signatures(since)),
        holds=_frame(tx, _holds().where(holds.c.opened_at >= since)),
        deletions=_frame(tx, _deletions().where(deletions.c.asked_at >= since)),
        drills=_frame(tx, select(drills.c.id, drills.c.opened_at, drills.c.gate_closed_at, drills.c.drained_at)
                      .where(drills.c.opened_at >= since).order_by(drills.c.id)),
        answers=_frame(tx, _answers().where(drills.c.opened_at >= since)),
        advices=_frame(tx, _advices().where(advices.c.said_at >= since)),
        corrected=_frame(tx, _corrected(since)),
    )  # fmt: skip


def _frame(tx: Tx, statement: Select[Any]) -> pd.DataFrame:
    """The rows with the types of their columns, also where there is no row: instants in UTC, missing numbers NaN.

    Column by column and in parts of which none outlives the next: a year has a hundred thousand rows, and whoever
    keeps them all as rows spends more on tidying up after itself than on reading.
    """
    kinds = {column.key: column.type for column in statement.selected_columns}
    bare = statement.with_only_columns(
        *(_instant_as_read(column, tx.conn.dialect.name == "postgresql") for column in statement.selected_columns),
        maintain_column_froms=True,
    )
    columns: list[list[Any]] = [[] for _ in kinds]
    for part in tx.conn.execute(bare).partitions(_AT_ONCE):
        for column, values in zip(columns, zip(*part, strict=True), strict=True):
            column.extend(values)
    return pd.DataFrame({name: _typed(values, kinds[name]) for name, values in zip(kinds, columns, strict=True)})


def _instant_as_read(column: ColumnElement[Any], postgres: bool) -> ColumnElement[Any]:
    """An instant as it costs least: microseconds from PostgreSQL, the words that it is kept in from SQLite."""
    if not isinstance(column.type, Instant):
        return column
    if not postgres:
        return type_coerce(column, String).label(column.key)
    microseconds = cast(func.extract("epoch", column) * 1_000_000, BigInteger)
    return func.coalesce(microseconds, literal(_MISSING, BigInteger)).label(column.key)


def _typed(values: list[Any], kind: TypeEngine[Any]) -> pd.Series:
    if isinstance(kind, Instant):
        if values and isinstance(values[0], int):
            return pd.Series(np.array(values, "int64").view("M8[us]")).dt.tz_localize("UTC")
        words = pd.Series(values, dtype="object")
        return pd.to_datetime(words, utc=True, format="ISO8601").astype("datetime64[us, UTC]")
    if isinstance(kind, (Integer, Float, Numeric)):
        return _numbers(values)
    return pd.Series(values) if values else pd.Series(values, dtype="object")


def _numbers(values: list[Any]) -> pd.Series:
    if not values:
        return pd.Series(values, dtype="int64")
    return pd.Series(np.array(values, "float64") if None in values else pd.to_numeric(np.array(values)))


def _moments() -> Select[Any]:
    """A row for each alert, or for each of its drafts where it has some. Of a falling mood nothing is ever made."""
    return (
        select(
            alerts.c.id.label("alert"),
            topics.c.label.label("topic"),
            alerts.c.state,
            alerts.c.dismissed_reason.label("reason"),
            alerts.c.onset_at,
            alerts.c.raised_at,
            alerts.c.claimed_at,
            alerts.c.claimed_by,
            alerts.c.assigned_by,
            opportunities.c.decided_at,
            drafts.c.id.label("draft"),
            drafts.c.platform,
            drafts.c.state.label("draft_state"),
            publications.c.at.label("published_at"),
        )
        .join(topics, topics.c.id == alerts.c.topic_id)
        .outerjoin(opportunities, opportunities.c.alert_id == alerts.c.id)
        .outerjoin(drafts, drafts.c.opportunity_id == opportunities.c.id)
        .outerjoin(publications, publications.c.draft_id == drafts.c.id)
        .where(alerts.c.kind == SPIKE)
        .order_by(alerts.c.id, drafts.c.id)
    )


def _stations(since: datetime) -> Select[Any]:
    return (
        select(events.c.kind, events.c.subject_id.label("draft"), events.c.at)
        .where(events.c.kind.in_(STATIONS), events.c.at >= since)
        .order_by(events.c.id)
    )


def _stops(since: datetime) -> Select[Any]:
    return (
        select(events.c.kind, events.c.subject_id.label("draft"), drafts.c.platform, events.c.at, events.c.detail)
        .join(drafts, drafts.c.id == events.c.subject_id)
        .where(events.c.kind.in_(STOPS), events.c.at >= since)
        .order_by(events.c.id)
    )


def _posts() -> Select[Any]:
    return (
        select(
            publications.c.id.label("post"),
            publications.c.draft_id.label("draft"),
            drafts.c.platform,
            drafts.c.reactive,
            publications.c.at,
        )
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .order_by(publications.c.id)
    )


def _marks(since: datetime) -> Select[Any]:
    """The two ages at which posts are compared here; of all posts, because they are each other's usual."""
    mark = engagement_marks.c
    return (
        select(
            mark.publication_id.label("post"), mark.age_minutes.label("age"), mark.platform, mark.kind,
            mark.published_at, mark.at, mark.impressions, mark.interactions, mark.shares, mark.replies, mark.audience,
            deletions.c.id.label("deleted"),
        )
        .outerjoin(deletions, deletions.c.publication_id == mark.publication_id)
        .where(mark.published_at >= since, mark.age_minutes.in_((TWO_HOURS, A_DAY)))
        .order_by(mark.publication_id, mark.age_minutes)
    )  # fmt: skip


def _courses(since: datetime) -> Select[Any]:
    """How interactions came in, mark by mark, for reactive posts: nobody asks for the peak of others."""
    mark = engagement_marks.c
    return (
        select(mark.publication_id.label("post"), mark.age_minutes.label("age"), mark.published_at, mark.at,
               mark.interactions)
        .join(publications, publications.c.id == mark.publication_id)
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .where(publications.c.at >= since, drafts.c.reactive, mark.age_minutes <= A_DAY)
        .order_by(mark.publication_id, mark.age_minutes)
    )  # fmt: skip


def _tone(since: datetime) -> Select[Any]:
    """Texts about the brand itself, by the hour."""
    read, negative = func.sum(tone_hours.c.scored), func.sum(tone_hours.c.negative)
    return (
        select(tone_hours.c.hour, read.label("read"), negative.label("negative"))
        .join(topics, topics.c.id == tone_hours.c.topic_id)
        .join(monitors, monitors.c.id == topics.c.monitor_id)
        .where(monitors.c.kind == "brand", tone_hours.c.hour >= since)
        .group_by(tone_hours.c.hour)
        .order_by(tone_hours.c.hour)
    )


def _scores(since: datetime) -> Select[Any]:
    """First rounds only: a second one follows a talk, and is neither blind nor in a hurry."""
    return (
        select(
            assessments.c.opportunity_id.label("moment"),
            assessments.c.person_id.label("person"),
            people.c.role,
            assessments.c.relevance,
            assessments.c.interest,
            opportunities.c.opened_at,
            assessments.c.at,
        )
        .join(opportunities, opportunities.c.id == assessments.c.opportunity_id)
        .join(people, people.c.id == assessments.c.person_id)
        .where(assessments.c.at >= since, assessments.c.round == 1)
        .order_by(assessments.c.id)
    )


def _signatures(since: datetime) -> Select[Any]:
    return (
        select(
            approvals.c.draft_id.label("draft"),
            drafts.c.platform,
            approvals.c.person_id.label("person"),
            approvals.c.role,
            approvals.c.at,
        )
        .join(drafts, drafts.c.id == approvals.c.draft_id)
        .where(approvals.c.at >= since)
        .order_by(approvals.c.id)
    )


def _holds() -> Select[Any]:
    wanted = (holds.c.id, holds.c.scope_kind, holds.c.scope_value, holds.c.origin, holds.c.opened_at, holds.c.lifted_at)
    return select(*wanted).order_by(holds.c.id.desc())


def _deletions() -> Select[Any]:
    return (
        select(deletions.c.asked_at, deletions.c.done_at, deletions.c.reason_at, drafts.c.platform)
        .join(publications, publications.c.id == deletions.c.publication_id)
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .order_by(deletions.c.id)
    )


def _answers() -> Select[Any]:
    """What people answered; that a worker has seen a drill is no answer of anybody."""
    return (
        select(drill_answers.c.drill_id.label("drill"), drills.c.opened_at, drill_answers.c.answered_at)
        .join(drills, drills.c.id == drill_answers.c.drill_id)
        .where(drill_answers.c.person_id.is_not(None))
        .order_by(drill_answers.c.id)
    )


def _advices() -> Select[Any]:
    return (
        select(advices.c.question, advices.c.state, advices.c.said_at, drafts.c.platform)
        .join(publications, publications.c.id == advices.c.publication_id)
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .order_by(advices.c.id)
    )


def _corrected(since: datetime) -> Select[Any]:
    """Alerts on whose verdict or kind a person's newest word is another than the machine's."""
    about: ColumnElement[bool] = corrections.c.item_id.is_(None) & corrections.c.aspect.in_((TRAGEDY, CATEGORY))
    newest = (
        select(func.max(corrections.c.id))
        .where(about)
        .group_by(corrections.c.alert_id, corrections.c.person_id, corrections.c.aspect)
    )
    return (
        select(corrections.c.alert_id.label("alert"))
        .join(alerts, alerts.c.id == corrections.c.alert_id)
        .where(corrections.c.id.in_(newest), corrections.c.machine != corrections.c.person, alerts.c.raised_at >= since)
        .distinct()
    )
