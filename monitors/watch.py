"""Looking for spikes in what was counted, and raising alerts that say why they fired.

The arithmetic is in `monitors.baseline` and `monitors.spikes`; this module brings them the counts and hands their
answer to `workflow.triage`. Two kinds of volume come in: items that we counted ourselves, by the minute, and readings
that a trend source took for us (uses today against its own earlier days).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, func, select

from data.storage.store import Store, Tx
from data.storage.tables import counts, item_topics, items, monitors, readings, sources, topics
from monitors.baseline import Baseline, usual
from monitors.intake import watching
from monitors.matching import Matcher
from monitors.spikes import DEFAULT_RULE, HOUR, Previous, Spike, SpikeRule, judge, ratio
from monitors.volume import hours_before, last_hour, window_end
from workflow import brand as brands
from workflow.triage import Raised, latest_alert_at, raise_alert

WEEK = timedelta(days=7)
LOOK_BACK = timedelta(minutes=10)
SAMPLES = 5
# Trend sources count by the day: the same trend is news again on the next one (ours).
TREND_COOLDOWN = timedelta(hours=24)
# A reading older than this says nothing about now (ours; trend sources are asked every few minutes).
FRESH_READING = timedelta(hours=2)


def look_for_spikes(store: Store) -> tuple[int, ...]:
    """Judge every monitor's last hour and every fresh reading; the ids of the alerts that were raised."""
    with store.write() as tx:
        brand = brands.the_brand(tx)
        found = [_judge_monitor(tx, brand.id, row) for row in _active_monitors(tx)]
        watched = watching(tx).matcher
        found += [_judge_reading(tx, brand.id, row, watched) for row in _fresh_readings(tx)]
    return tuple(alert for alert in found if alert is not None)


def newest_arrival(store: Store) -> tuple[int, int]:
    """The newest item and the newest reading: unchanged means that there is nothing new to look at."""
    with store.read() as tx:
        return tx.value(select(func.max(items.c.id))) or 0, tx.value(select(func.max(readings.c.id))) or 0


def _active_monitors(tx: Tx) -> Sequence[RowMapping]:
    """Enabled monitors that counted anything in the last hour: a quiet one cannot spike."""
    recently = select(counts.c.topic_id).where(counts.c.minute > tx.now - HOUR)
    return tx.rows(
        select(monitors, topics.c.id.label("topic_id"), topics.c.label)
        .join(topics, topics.c.monitor_id == monitors.c.id)
        .where(monitors.c.enabled, topics.c.id.in_(recently))
        .order_by(monitors.c.id)
    )


def series(tx: Tx, topic_id: int, since: datetime) -> dict[datetime, float]:
    """Uses by the minute, over all sources."""
    rows = tx.rows(
        select(counts.c.minute, func.sum(counts.c.count).label("n"))
        .where(counts.c.topic_id == topic_id, counts.c.minute >= since)
        .group_by(counts.c.minute)
    )
    return {row["minute"]: float(row["n"]) for row in rows}


def judge_topic(tx: Tx, topic_id: int, rule: SpikeRule = DEFAULT_RULE) -> Spike:
    """The topic's last hour against its own week. What the detector sees, for alerts and for pages."""
    end = window_end(tx.now)
    minutes = series(tx, topic_id, end - WEEK - HOUR)
    baseline = _baseline(tx, topic_id, minutes, end)
    return judge(last_hour(minutes, end), baseline, end, _previous(tx, topic_id, minutes, baseline, rule), rule)


def _baseline(tx: Tx, topic_id: int, minutes: dict[datetime, float], end: datetime) -> Baseline | None:
    began: datetime | None = tx.value(select(func.min(counts.c.minute)).where(counts.c.topic_id == topic_id))
    return usual(hours_before(minutes, end, began)) if began is not None else None


def _previous(
    tx: Tx, topic_id: int, minutes: dict[datetime, float], baseline: Baseline | None, rule: SpikeRule
) -> Previous | None:
    """The topic's last alert, and whether the count has been below alert height since, looked at every ten minutes."""
    row = latest_alert_at(tx, topic_id)
    if row is None:
        return None
    height = max(rule.factor * baseline.level, rule.floor) if baseline else rule.floor
    since = max(row["raised_at"], tx.now - WEEK)
    steps = range(1, int((tx.now - since) / LOOK_BACK) + 1)
    ended = any(last_hour(minutes, window_end(since + LOOK_BACK * step)) < height for step in steps)
    return Previous(row["raised_at"], row["count"], ended)


def _judge_monitor(tx: Tx, brand_id: int, row: RowMapping) -> int | None:
    spike = judge_topic(tx, row["topic_id"], SpikeRule(floor=float(row["floor"])))
    if not spike.alert:
        return None
    return raise_alert(tx, brand_id, _raised(tx, row["topic_id"], spike))


def _raised(tx: Tx, topic_id: int, spike: Spike) -> Raised:
    why = {
        "sentence": spike.why,
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
    rows = tx.rows(
        select(items.c.text, items.c.url, items.c.author, items.c.published_at, items.c.fingerprint)
        .join(item_topics, item_topics.c.item_id == items.c.id)
        .where(item_topics.c.topic_id == topic_id, items.c.published_at >= since)
        .order_by(items.c.published_at.desc(), items.c.id.desc())
        .limit(most * 10)
    )
    different = {row["fingerprint"]: row for row in reversed(rows)}
    newest = sorted(different.values(), key=lambda row: row["published_at"], reverse=True)[:most]
    return [
        {"text": row["text"], "url": row["url"], "author": row["author"], "at": row["published_at"].isoformat()}
        for row in newest
    ]


def newest_readings(tx: Tx, since: datetime) -> list[int]:
    """The id of each topic's newest reading after `since`. Grouped here: SQLite would read the whole table for it."""
    rows = tx.rows(select(readings.c.id, readings.c.topic_id).where(readings.c.at > since).order_by(readings.c.id))
    return list({row["topic_id"]: row["id"] for row in rows}.values())


def _fresh_readings(tx: Tx) -> Sequence[RowMapping]:
    newest = newest_readings(tx, tx.now - FRESH_READING)
    return tx.rows(
        select(readings, topics.c.label, sources.c.name.label("source"), sources.c.config)
        .join(topics, topics.c.id == readings.c.topic_id)
        .join(sources, sources.c.id == readings.c.source_id)
        .where(readings.c.id.in_(newest))
        .order_by(readings.c.id)
    )


def _judge_reading(tx: Tx, brand_id: int, row: RowMapping, watched: Matcher) -> int | None:
    """A trend is an alert when it is three times its own past and touches a monitor – or its source alerts on all."""
    about = " ".join([row["label"], *row["titles"]])
    if row["config"].get("alert_on") != "everything" and not watched.match(about):
        return None
    past = row["baseline"] if row["baseline"] is not None else _earlier(tx, row)
    if past is None or row["count"] < max(DEFAULT_RULE.factor * past, DEFAULT_RULE.floor):
        return None
    latest = latest_alert_at(tx, row["topic_id"])
    told = latest is not None and tx.now - latest["raised_at"] < TREND_COOLDOWN
    if told and latest is not None and row["count"] < DEFAULT_RULE.doubling * latest["count"]:
        return None
    times = ratio(row["count"], past)
    sentence = f"{row['source']} reports {row['count']:,} uses, {times:.1f} times the {past:,.0f} it had before."
    why = {
        "sentence": sentence,
        "band": None,
        "sources": [{"name": row["source"], "count": row["count"]}],
        "samples": samples(tx, row["topic_id"], tx.now - WEEK) or _titles(row),
    }
    window = {"window_start": row["window_start"], "window_end": row["window_end"]}
    raised = Raised(row["topic_id"], row["count"], past, times, onset_at=row["at"], why=why, **window)
    return raise_alert(tx, brand_id, raised)


def _earlier(tx: Tx, row: RowMapping) -> float | None:
    """The mean of the source's earlier figures for the topic; None for the first one."""
    value = tx.value(
        select(func.avg(readings.c.count)).where(
            readings.c.topic_id == row["topic_id"],
            readings.c.source_id == row["source_id"],
            readings.c.id < row["id"],
            readings.c.at > tx.now - WEEK,
        )
    )
    return float(value) if value is not None else None


def _titles(row: RowMapping) -> list[dict[str, Any]]:
    return [{"text": title, "url": row["url"], "author": "", "at": row["at"].isoformat()} for title in row["titles"]]
