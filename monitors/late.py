"""Spikes that were over before we heard of them: hours that grew through items which came more than an hour late.

Apart from `monitors.watch`, which judges the hour that ends now: a slow feed, or a worker that was down for hours,
brings uses into hours that nobody will judge again. Each such hour of the clock, up to a day back, is judged here as it
stands, with what was usual before it. It is told only where no alert on the topic covers that time, so an hour is never
told twice, and nothing needs to be remembered about it. Only hours that new items touched are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, func, select

from data.storage.store import Tx
from data.storage.tables import hour_counts, item_topics, items, monitors, topics
from data.storage.volumes import hour_of
from monitors.evidence import evidence_of
from monitors.history import make, rule_of
from monitors.spikes import HOUR, Spike, SpikeRule, judge
from workflow.triage import Raised, latest_alert_at

# As far back as late items are promised their own minute.
FURTHEST = timedelta(hours=24)
# A look that does not know what the last one saw goes through what came in since then (ours).
CAME_IN = timedelta(hours=1)
# Hours judged in one look, the loudest first (ours): making what was usual costs a millisecond each.
MOST = 50


@dataclass(frozen=True)
class Late:
    """What is to be told of an hour that is over, and the wait after an alert within which it is none."""

    topic_id: int
    hour: datetime
    cooldown: timedelta
    raised: Raised


def late_spikes(tx: Tx, after: int, end: datetime) -> list[Late]:
    """The loudest hour of each topic that late items, newer than the item `after`, have made a spike; not told yet."""
    touched = _touched(tx, after, end)
    rows = [row for some in _chunks(sorted(touched)) for row in _heard(tx, some, min(touched.values(), key=min), end)]
    loud = [row for row in rows if row["hour"] in touched[row["topic_id"]] and row["count"] >= row["floor"]]
    loud = [row for row in loud if not is_told(tx, row["topic_id"], row["hour"], rule_of(row).cooldown)]
    loud = sorted(loud, key=lambda row: -row["count"])[:MOST]
    found: dict[int, Late] = {}
    for row, spike, rule in _judged(tx, loud):
        if spike.over and row["topic_id"] not in found:
            found[row["topic_id"]] = Late(row["topic_id"], row["hour"], rule.cooldown, _evidence(tx, row, spike))
    return list(found.values())


def is_told(tx: Tx, topic_id: int, hour: datetime, cooldown: timedelta) -> bool:
    """Whether an alert on the topic covers the hour: raised since, or so shortly before that it still cooled down."""
    latest = latest_alert_at(tx, topic_id)
    return latest is not None and bool(latest["raised_at"] > hour - cooldown)


def _touched(tx: Tx, after: int, end: datetime) -> Mapping[int, set[datetime]]:
    """Whole hours of enabled monitors' topics that came to an end and got items more than an hour late."""
    # By what is new alone: with a condition on when it was published, a database would go through a day of items.
    new = items.c.id > after if after else items.c.taken_in_at >= end - CAME_IN
    query = (
        select(item_topics.c.topic_id, items.c.published_at, items.c.taken_in_at)
        .join(items, items.c.id == item_topics.c.item_id)
        .join(topics, topics.c.id == item_topics.c.topic_id)
        .join(monitors, monitors.c.id == topics.c.monitor_id)
        .where(new, monitors.c.enabled)
    )
    oldest = hour_of(end - FURTHEST)
    found: dict[int, set[datetime]] = {}
    for topic, published, taken_in in tx.conn.execute(query):
        if taken_in - published >= HOUR and oldest <= published and hour_of(published) + HOUR <= end:
            found.setdefault(topic, set()).add(hour_of(published))
    return found


def _heard(tx: Tx, topic_ids: Sequence[int], hours: Iterable[datetime], end: datetime) -> Sequence[RowMapping]:
    """Uses by topic and hour since the first of `hours`, with the monitor's rule."""
    return tx.rows(
        select(
            hour_counts.c.topic_id,
            hour_counts.c.hour,
            func.sum(hour_counts.c.count).label("count"),
            monitors.c.floor,
            monitors.c.cooldown_minutes,
        )
        .join(topics, topics.c.id == hour_counts.c.topic_id)
        .join(monitors, monitors.c.id == topics.c.monitor_id)
        .where(hour_counts.c.topic_id.in_(topic_ids), hour_counts.c.hour >= min(hours), hour_counts.c.hour < end)
        .group_by(hour_counts.c.topic_id, hour_counts.c.hour, monitors.c.floor, monitors.c.cooldown_minutes)
    )


def _chunks(topic_ids: Sequence[int], size: int = 500) -> Iterable[Sequence[int]]:
    return (topic_ids[start : start + size] for start in range(0, len(topic_ids), size))


def _judged(tx: Tx, rows: Sequence[RowMapping]) -> Iterable[tuple[RowMapping, Spike, SpikeRule]]:
    """Each hour against what was usual before it, the loudest first."""
    usual = {
        (topic, hour): baseline
        for hour in {row["hour"] for row in rows}
        for topic, baseline in make(tx, [row["topic_id"] for row in rows if row["hour"] == hour], hour).items()
    }
    for row in rows:
        rule = rule_of(row)
        baseline = usual[row["topic_id"], row["hour"]]
        yield row, judge(float(row["count"]), baseline, row["hour"] + HOUR, None, rule), rule


def _evidence(tx: Tx, row: RowMapping, spike: Spike) -> Raised:
    start, end = spike.window_start, spike.window_end
    sentence = (
        f"Came late: {row['count']:,} uses between {start:%H:%M} and {end:%H:%M} UTC on {start:%-d %B}, "
        f"{spike.ratio or 0.0:.1f} times the usual {spike.baseline or 0.0:,.0f}."
    )
    raised = evidence_of(tx, row["topic_id"], spike)
    return replace(raised, why=dict(raised.why) | {"sentence": sentence})
