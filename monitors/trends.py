"""Trends that a source counted for us: its uses today against its own earlier days.

Beside `monitors.watch`, which judges what we counted ourselves. A trend source's figure is a total of its own window,
so it is never added to ours; it is an alert when it is three times its own past and touches a monitor.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, func, select

from data.storage.store import Tx
from data.storage.tables import alerts, readings, sources, topics
from monitors.evidence import samples
from monitors.matching import Matcher
from monitors.spikes import DEFAULT_RULE, ratio
from workflow.triage import Raised, latest_alert_at, raise_alert

WEEK = timedelta(days=7)
# Trend sources count by the day: the same trend is news again on the next one (ours).
TREND_COOLDOWN = timedelta(hours=24)
# A reading older than this says nothing about now (ours; trend sources are asked every few minutes).
FRESH_READING = timedelta(hours=2)


def newest_readings(tx: Tx, since: datetime) -> list[int]:
    """The id of each topic's newest reading of each source after `since`: sources tell their past in any order.

    Grouped here: SQLite would read the whole table for it.
    """
    columns = (readings.c.id, readings.c.topic_id, readings.c.source_id)
    rows = tx.rows(select(*columns).where(readings.c.at > since).order_by(readings.c.at, readings.c.id))
    return list({(row["topic_id"], row["source_id"]): row["id"] for row in rows}.values())


def fresh_readings(tx: Tx) -> Sequence[RowMapping]:
    newest = newest_readings(tx, tx.now - FRESH_READING)
    return tx.rows(
        select(readings, topics.c.label, sources.c.name.label("source"), sources.c.config)
        .join(topics, topics.c.id == readings.c.topic_id)
        .join(sources, sources.c.id == readings.c.source_id)
        .where(readings.c.id.in_(newest))
        .order_by(readings.c.id)
    )


def judge_reading(tx: Tx, brand_id: int, row: RowMapping, watched: Matcher) -> int | None:
    """A trend is an alert when it is three times its own past and touches a monitor – or its source alerts on all."""
    about = " ".join([row["label"], *row["titles"]])
    if row["config"].get("alert_on") != "everything" and not watched.match(about):
        return None
    past = row["baseline"] if row["baseline"] is not None else _earlier(tx, row)
    if past is None or row["count"] < max(DEFAULT_RULE.factor * past, DEFAULT_RULE.floor):
        return None
    if _told(tx, row):
        return None
    times = ratio(row["count"], past)
    sentence = f"{row['source']} reports {row['count']:,} uses, {times:.1f} times the {past:,.0f} it had before."
    why = {
        "sentence": sentence,
        "band": None,
        "reading": row["count"],
        "sources": [{"name": row["source"], "count": row["count"]}],
        "samples": samples(tx, row["topic_id"], tx.now - WEEK) or _titles(row),
    }
    window = {"window_start": row["window_start"], "window_end": row["window_end"]}
    raised = Raised(row["topic_id"], row["count"], past, times, onset_at=row["at"], why=why, **window)
    return raise_alert(tx, brand_id, raised)


def told_by_reading(tx: Tx, alert_id: int, topic_id: int) -> int | None:
    """The figure of a trend source that people were told by this alert of the topic; None where we counted as well.

    It is a day's total of somebody else's, so it is never held against uses that we counted in an hour.
    """
    why = tx.value(select(alerts.c.why).where(alerts.c.id == alert_id, alerts.c.topic_id == topic_id)) or {}
    return None if why.get("counted") else why.get("reading")


def _told(tx: Tx, row: RowMapping) -> bool:
    """Whether people know: by a reading of the last day that was not half of this, or by what we count right now."""
    latest = latest_alert_at(tx, row["topic_id"])
    if latest is None:
        return False
    since = tx.now - latest["raised_at"]
    figure = told_by_reading(tx, latest["id"], row["topic_id"])
    if figure is None:
        return bool(since < DEFAULT_RULE.cooldown)
    return bool(since < TREND_COOLDOWN and row["count"] < DEFAULT_RULE.doubling * figure)


def _earlier(tx: Tx, row: RowMapping) -> float | None:
    """The mean of the source's earlier figures for the topic; None for the first one."""
    value = tx.value(
        select(func.avg(readings.c.count)).where(
            readings.c.topic_id == row["topic_id"],
            readings.c.source_id == row["source_id"],
            readings.c.at < row["at"],
            readings.c.at > tx.now - WEEK,
        )
    )
    return float(value) if value is not None else None


def _titles(row: RowMapping) -> list[dict[str, Any]]:
    return [{"text": title, "url": row["url"], "author": "", "at": row["at"].isoformat()} for title in row["titles"]]
