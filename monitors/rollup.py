"""Letting go of what is too old to be asked for: minutes, then hours, then posts.

The hours are written beside the minutes all along (`data.storage.volumes`), so nothing is summed here, only taken
away. In small batches, each a transaction of its own: writers wait for each other, and a source that is read or a post
that is due must not wait for this. Several workers may do it at once; what one has taken the other does not find.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, ColumnElement, Table, and_, delete, exists, or_, select, tuple_

from data.storage.store import Store
from data.storage.tables import (
    alert_topics,
    alerts,
    baselines,
    counts,
    hour_counts,
    item_topics,
    items,
    mutes,
    readings,
    sources,
    tone_hours,
    topics,
)
from data.storage.volumes import HOURS_KEPT, MINUTES_KEPT, hour_of
from workflow.by_hand import BY_HAND_KIND

# Ours. Alerts keep samples of their own, and no page or backtest looks further back than a month.
ITEMS_KEPT = timedelta(days=90)
# As long as the hours: posts and headlines without a date, warnings, what trend sources measured, how topics were told
# of, and the names of topics that nothing is known of any more. Verdicts stay: they are evidence of what was decided.
LONG_KEPT = HOURS_KEPT
# Rows of a batch (ours): some ten milliseconds of a writer's time.
BATCH = 2_000
# Topics whose oldest hours go at once; an hour's worth of one topic is a row for each of its sources.
TOPICS = 200
# Batches of one call, so that a first night after a long pause does not last for hours.
MOST_BATCHES = 500


@dataclass(frozen=True)
class LetGo:
    """How many rows went."""

    minutes: int = 0
    hours: int = 0
    items: int = 0
    readings: int = 0
    tones: int = 0
    topics: int = 0


def roll_up(store: Store, stopping: Callable[[], bool] = lambda: False, batch: int = BATCH) -> LetGo:
    """Delete minutes older than 8 days, dated posts older than 90, all else older than 400; how many of each."""
    return LetGo(
        minutes=_until_done(lambda: _minutes(store, batch), batch, stopping),
        hours=_hours(store, stopping),
        items=_until_done(lambda: _items(store, batch), batch, stopping)
        + _until_done(lambda: _undated(store, batch), batch, stopping),
        readings=_until_done(lambda: _old(store, readings, readings.c.at, batch), batch, stopping),
        tones=_until_done(lambda: _old(store, tone_hours, tone_hours.c.hour, batch), batch, stopping),
        topics=_topics(store, stopping),
    )


def _until_done(take: Callable[[], int], batch: int, stopping: Callable[[], bool]) -> int:
    total = 0
    for _ in range(MOST_BATCHES):
        if stopping():
            break
        taken = take()
        total += taken
        if taken < batch:
            break
    return total


def _minutes(store: Store, batch: int) -> int:
    key = (counts.c.topic_id, counts.c.minute, counts.c.source_id)
    with store.write() as tx:
        oldest = hour_of(tx.now - MINUTES_KEPT)  # an hour goes as a whole: no reader finds half of one
        old = select(*key).where(counts.c.minute < oldest).order_by(counts.c.minute).limit(batch)
        return tx.run(delete(counts).where(tuple_(*key).in_(old)))


def _hours(store: Store, stopping: Callable[[], bool]) -> int:
    """By topic: their key begins with it, and an index by the hour would cost more than it is worth."""
    with store.read() as tx:
        known = [row["id"] for row in tx.rows(select(topics.c.id).order_by(topics.c.id))]
    total = 0
    for start in range(0, len(known), TOPICS):
        if stopping():
            break
        with store.write() as tx:
            some = hour_counts.c.topic_id.in_(known[start : start + TOPICS])
            total += tx.run(delete(hour_counts).where(some, hour_counts.c.hour < tx.now - HOURS_KEPT))
    return total


def _items(store: Store, batch: int) -> int:
    """Posts and headlines that told their own time. One without would be taken for new when its source shows it again.

    Warnings stay for longer, and so does what a person wrote down by hand, which has no time but its own arrival.
    """
    dated = (items.c.published_at < items.c.taken_in_at) & (items.c.kind != "official")
    return _items_where(store, ITEMS_KEPT, items.c.published_at, dated, batch)


def _undated(store: Store, batch: int) -> int:
    """All others, but for what people wrote down: no source shows an entry for so long."""
    by_hand = select(sources.c.id).where(sources.c.kind == BY_HAND_KIND)
    return _items_where(store, LONG_KEPT, items.c.taken_in_at, items.c.source_id.not_in(by_hand), batch)


def _items_where(store: Store, kept: timedelta, at: Column[datetime], which: ColumnElement[bool], batch: int) -> int:
    with store.write() as tx:
        query = select(items.c.id).where(at < tx.now - kept, which).limit(batch)
        ids = [row["id"] for row in tx.rows(query)]
        for some in (ids[start : start + 500] for start in range(0, len(ids), 500)):
            tx.run(delete(item_topics).where(item_topics.c.item_id.in_(some)))
            tx.run(delete(items).where(items.c.id.in_(some)))
        return len(ids)


def _old(store: Store, table: Table, at: Column[datetime], batch: int) -> int:
    """Rows that nothing else refers to."""
    key = tuple(table.primary_key.columns)
    with store.write() as tx:
        some = select(*key).where(at < tx.now - LONG_KEPT).order_by(at).limit(batch)
        return tx.run(delete(table).where(tuple_(*key).in_(some)))


def _topics(store: Store, stopping: Callable[[], bool]) -> int:
    """Names that were heard long ago, and of which nothing is left: no count, post, figure or alert."""
    used = (alert_topics, alerts, counts, hour_counts, item_topics, mutes, readings, tone_hours)
    idle = and_(topics.c.monitor_id.is_(None), ~or_(*(exists().where(one.c.topic_id == topics.c.id) for one in used)))
    with store.read() as tx:
        query = select(topics.c.id).where(idle, topics.c.first_seen_at < tx.now - LONG_KEPT)
        known = [row["id"] for row in tx.rows(query.order_by(topics.c.id))]
    total = 0
    for start in range(0, len(known), TOPICS):
        if stopping():
            break
        with store.write() as tx:  # asked again, now that nobody else writes
            some = topics.c.id.in_(known[start : start + TOPICS])
            still = [row["id"] for row in tx.rows(select(topics.c.id).where(some, idle))]
            tx.run(delete(baselines).where(baselines.c.topic_id.in_(still)))
            total += tx.run(delete(topics).where(topics.c.id.in_(still)))
    return total
