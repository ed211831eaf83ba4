"""Keeping what the first hour promised, so that it can be read at once, and held later against what came.

A worker makes a publication's forecast once at each of `rules.forecast.FROM_MINUTES`, when that mark is there, from the
marks of the team's own earlier posts of the same platform and kind. It is never changed afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, and_, insert, or_, select

from data.storage.store import Store, Tx
from data.storage.tables import collections, deletions, engagement_marks, forecasts
from workflow.rules.forecast import FINAL_MINUTES, FROM_MINUTES, HISTORY, Forecast, Pair, forecast

DUE_FOR = timedelta(days=2)
"""Ours: a mark that came later (a worker stood still) promises nothing any more."""
_Like = tuple[str, str, int]


def foretell(store: Store) -> int:
    """Make every forecast that is due; how many. Safe in several workers: the second one finds it made."""
    with store.read() as tx:
        due = _due(tx)
        made = _made(tx, due)
    if not made:
        return 0
    with store.write() as tx:
        still = {(row["publication_id"], row["age_minutes"]) for row in _due(tx)}
        fresh = [one for one in made if (one["publication_id"], one["age_minutes"]) in still]
        if fresh:
            tx.run(insert(forecasts), [one | {"made_at": tx.now} for one in fresh])
    return len(fresh)


def _due(tx: Tx) -> Sequence[RowMapping]:
    """Fresh marks without a forecast, of posts that are still out."""
    there = and_(
        forecasts.c.publication_id == engagement_marks.c.publication_id,
        forecasts.c.age_minutes == engagement_marks.c.age_minutes,
    )
    return tx.rows(
        select(engagement_marks)
        .outerjoin(forecasts, there)
        .where(engagement_marks.c.age_minutes.in_(FROM_MINUTES), engagement_marks.c.published_at > tx.now - DUE_FOR)
        .where(engagement_marks.c.interactions.is_not(None), forecasts.c.publication_id.is_(None))
        .where(engagement_marks.c.publication_id.not_in(select(deletions.c.publication_id)))
    )


def _made(tx: Tx, due: Sequence[RowMapping]) -> list[dict[str, object]]:
    past = pairs(tx, {_like(row) for row in due}, tx.now)
    return [_row(row, forecast(row["interactions"], past.get(_like(row), []))) for row in due]


def _row(row: RowMapping, told: Forecast) -> dict[str, object]:
    return {
        "publication_id": row["publication_id"],
        "age_minutes": row["age_minutes"],
        "model": told.model,
        "history": told.history,
        "expected": told.expected,
        "low": told.low,
        "high": told.high,
        "detail": {"from": row["interactions"], "error": told.error},
    }


def pairs(tx: Tx, wanted: Collection[_Like], now: datetime) -> dict[_Like, list[Pair]]:
    """What earlier posts had at the age and after seven days, newest first, in one statement."""
    if not wanted:
        return {}
    early, final = engagement_marks.alias("early"), engagement_marks.alias("final")
    like = [
        and_(early.c.platform == platform, early.c.kind == kind, early.c.age_minutes == age)
        for platform, kind, age in sorted(wanted)
    ]
    rows = tx.rows(
        select(
            early.c.platform, early.c.kind, early.c.age_minutes, early.c.interactions,
            final.c.interactions.label("final"),
        )
        .join(final, and_(final.c.publication_id == early.c.publication_id, final.c.age_minutes == FINAL_MINUTES))
        .outerjoin(collections, collections.c.publication_id == early.c.publication_id)
        .where(or_(*like), early.c.published_at > now - HISTORY, final.c.at <= now)
        .where(early.c.interactions.is_not(None), final.c.interactions.is_not(None), collections.c.gone_at.is_(None))
        .where(early.c.publication_id.not_in(select(deletions.c.publication_id)))
        .order_by(early.c.published_at.desc())
    )  # fmt: skip
    found: defaultdict[_Like, list[Pair]] = defaultdict(list)
    for row in rows:
        found[_like(row)].append((row["interactions"], row["final"]))
    return found


def every_pair(tx: Tx, ages: Collection[int]) -> dict[_Like, list[Pair]]:
    """All of them, by platform, kind and age: for measuring how good forecasts are."""
    marks = engagement_marks.c
    found = tx.rows(select(marks.platform, marks.kind, marks.age_minutes).where(marks.age_minutes.in_(ages)).distinct())
    return pairs(tx, {_like(row) for row in found}, tx.now)


def _like(row: RowMapping) -> _Like:
    return row["platform"], row["kind"], row["age_minutes"]


def newest(tx: Tx, ids: Collection[int]) -> dict[int, tuple[int, Forecast]]:
    """The latest forecast of each of these and the age that it was made at; those without one are left out."""
    rows = tx.rows(
        select(forecasts).where(forecasts.c.publication_id.in_(tuple(ids))).order_by(forecasts.c.age_minutes)
    )
    return {row["publication_id"]: (row["age_minutes"], _told(row)) for row in rows}


def _told(row: RowMapping) -> Forecast:
    error = row["detail"].get("error")
    return Forecast(row["model"], row["history"], row["expected"], row["low"], row["high"], error)
