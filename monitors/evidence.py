"""What an alert shows for itself: since when, from which sources, and some of the posts that were counted.

Apart from `monitors.watch`, which decides, because pages and trend alerts show the same.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from data.storage.store import Tx
from data.storage.tables import counts, sources
from monitors.spikes import Spike
from workflow.posts import newest_posts
from workflow.triage import Raised

SAMPLES = 5


def series(tx: Tx, topic_id: int, since: datetime) -> dict[datetime, float]:
    """Uses by the minute, over all sources."""
    rows = tx.rows(
        select(counts.c.minute, func.sum(counts.c.count).label("n"))
        .where(counts.c.topic_id == topic_id, counts.c.minute >= since)
        .group_by(counts.c.minute)
    )
    return {row["minute"]: float(row["n"]) for row in rows}


def evidence_of(tx: Tx, topic_id: int, spike: Spike) -> Raised:
    why = {
        "sentence": spike.why,
        "counted": True,
        "band": list(spike.band) if spike.band else None,
        "sources": _sources(tx, topic_id, spike.window_start),
        "samples": samples(tx, topic_id, spike.window_start),
    }
    return Raised(
        topic_id=topic_id,
        count=round(spike.count),
        baseline=spike.baseline,
        ratio=spike.ratio,
        onset_at=_onset(tx, topic_id, spike),
        window_start=spike.window_start,
        window_end=spike.window_end,
        why=why,
    )


def _onset(tx: Tx, topic_id: int, spike: Spike) -> datetime:
    """The first minute of the window in which the running count passed the usual hour."""
    total, usual_hour = 0.0, spike.baseline or 0.0
    minutes = series(tx, topic_id, spike.window_start)
    for minute in sorted(minutes):
        total += minutes[minute]
        if total > usual_hour:
            return minute
    return spike.window_start


def _sources(tx: Tx, topic_id: int, since: datetime) -> list[dict[str, Any]]:
    rows = tx.rows(
        select(sources.c.name, func.sum(counts.c.count).label("n"))
        .join(counts, counts.c.source_id == sources.c.id)
        .where(counts.c.topic_id == topic_id, counts.c.minute >= since)
        .group_by(sources.c.name)
        .order_by(func.sum(counts.c.count).desc())
    )
    return [{"name": row["name"], "count": int(row["n"])} for row in rows]


def samples(tx: Tx, topic_id: int, since: datetime, most: int = SAMPLES) -> list[dict[str, Any]]:
    """Recent items of the topic, different texts only, with their addresses."""
    return newest_posts(tx, topic_id, since, most)
