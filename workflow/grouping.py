"""Finding the alert that a new spike belongs to, and keeping which topics are one moment.

The rule is in `rules.grouping`; this module brings it the names and the posts. The alert that was raised first leads:
its claim, notes and verdict are the moment's. Two alerts that both live are never merged by the product, whoever has
claimed them: people may have written in both. The brake never comes here, it reads items and not alerts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, exists, func, insert, or_, select, update

from data.storage import events
from data.storage.store import Tx
from data.storage.tables import (
    alert_topics,
    alerts,
    drafts,
    item_topics,
    items,
    monitors,
    opportunities,
    publications,
    topics,
)  # fmt: skip
from workflow.mutes import hidden, is_muted
from workflow.rules.grouping import LEAST_BACK, Meeting, closest, overlap, posts_count

# Ours: what is compared – the newest posts of the spike's window and the hour before – and with how many alerts.
BEFORE = timedelta(hours=1)
MOST_POSTS, MOST_ALERTS = 400, 30
# What those are looked up in: who is more than so many times larger is another moment anyway.
MOST_READ = int(MOST_POSTS / LEAST_BACK)
# What a person split stays split for as long as anybody remembers why (ours).
APART = timedelta(days=30)


@dataclass(frozen=True)
class Spiking:
    """A topic with the figures of its spike."""

    topic_id: int
    count: int
    baseline: float | None
    ratio: float | None
    window_start: datetime


class Posts:
    """Fingerprints of topics' newest posts. Each topic is read once, however many alerts it is held against."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, datetime], tuple[frozenset[str], frozenset[str]]] = {}

    def of(self, tx: Tx, topic_id: int, since: datetime) -> tuple[frozenset[str], frozenset[str]]:
        """The newest posts since then that are compared, and those that the other's are looked up in."""
        if (topic_id, since) not in self._read:
            query = (
                select(items.c.fingerprint)
                .join(item_topics, item_topics.c.item_id == items.c.id)
                .where(item_topics.c.topic_id == topic_id, items.c.published_at >= since, items.c.kind != "official")
            )
            rows = tx.rows(query.order_by(items.c.published_at.desc()).limit(MOST_READ))
            found = [row["fingerprint"] for row in rows]
            self._read[topic_id, since] = frozenset(found[:MOST_POSTS]), frozenset(found)
        return self._read[topic_id, since]


def read_posts(tx: Tx, brand_id: int, spiking: Sequence[Spiking], since: datetime) -> Posts:
    """All that `same_moment` will compare these spikes by, read before writing: no other writer waits for it."""
    posts = Posts()
    leads = [row["topic_id"] for row in _alerts(tx, brand_id, since)] if spiking else []
    every = {*leads, *(one.topic_id for one in spiking)}
    for start in {one.window_start for one in spiking}:
        for topic in every:
            posts.of(tx, topic, start - BEFORE)
    return posts


def same_moment(
    tx: Tx, brand_id: int, spiking: Spiking, since: datetime, posts: Posts | None = None
) -> tuple[RowMapping, str] | None:
    """The alert raised after `since` that this spike belongs to, and why. None: it is a moment of its own."""
    own = tx.row(_topic(spiking.topic_id))
    assert own is not None  # a spike is a topic's
    # Apart from whom a person split it, and from itself: what its own alert did not take in is news.
    apart = _split_from(tx, spiking.topic_id) | {spiking.topic_id}
    muted = is_muted(tx, spiking.topic_id, "spike")
    rows = _alerts(tx, brand_id, since)
    names = _members(tx, [row["id"] for row in rows])
    candidates = [
        row
        for row in rows
        # Nothing that people would hear of may vanish behind a mute, or into a moment that we have answered.
        if row["topic_id"] not in apart
        and spiking.topic_id not in names[row["id"]]
        and (muted or not row["hidden"])
        and not row["answered"]
    ]
    read = posts or Posts()
    meetings = [_meeting(tx, row, spiking, own, list(names[row["id"]].values()), read) for row in candidates]
    found = closest(meetings)
    return (candidates[found[0]], found[1]) if found is not None else None


def answered() -> ColumnElement[bool]:
    """Condition on `alerts`: a post about it is out, and it has not doubled since. It needs nobody any more."""
    return exists(
        select(publications.c.id)
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .join(opportunities, opportunities.c.id == drafts.c.opportunity_id)
        .where(
            opportunities.c.alert_id == alerts.c.id,
            publications.c.at >= func.coalesce(alerts.c.escalated_at, alerts.c.raised_at),
        )
    )


def lead(tx: Tx, alert_id: int, spiking: Spiking) -> None:
    """Write a new alert's own topic down as the first of its moment."""
    _write(tx, alert_id, spiking, "")


def join(tx: Tx, alert: RowMapping, spiking: Spiking, why: str) -> None:
    """Add a topic to an alert's moment; nothing about the alert itself changes."""
    _write(tx, alert["id"], spiking, why)
    label = tx.value(select(topics.c.label).where(topics.c.id == spiking.topic_id))
    detail = {"topic": label, "count": spiking.count}
    events.append(tx, events.THE_PRODUCT, "alert_joined", "alert", alert["id"], why=f"{label}: {why}", detail=detail)


def member(tx: Tx, alert_id: int, topic_id: int) -> RowMapping | None:
    """The topic's row in the alert's moment, unless it was split off."""
    return tx.row(
        select(alert_topics).where(
            alert_topics.c.alert_id == alert_id, alert_topics.c.topic_id == topic_id, alert_topics.c.split_at.is_(None)
        )
    )


def tell_anew(tx: Tx, alert_id: int, spiking: Spiking) -> None:
    """The moment has doubled: every one of its topics must double again from here before it is told once more."""
    here = alert_topics.c.alert_id == alert_id
    tx.run(update(alert_topics).where(here).values(told=alert_topics.c.told * 2))
    keep(tx, alert_id, spiking, told=spiking.count)


def keep(tx: Tx, alert_id: int, spiking: Spiking, told: int | None = None) -> None:
    """Keep a topic's newest figures."""
    values = {"count": spiking.count, "baseline": spiking.baseline, "ratio": spiking.ratio}
    here = (alert_topics.c.alert_id == alert_id) & (alert_topics.c.topic_id == spiking.topic_id)
    tx.run(update(alert_topics).where(here).values(**values, **({"told": told} if told is not None else {})))


def _alerts(tx: Tx, brand_id: int, since: datetime) -> Sequence[RowMapping]:
    """Alerts that may take a spike in, oldest first. Dismissed ones too: a name was waved off in all its spellings."""
    newest = (
        select(alerts, monitors.c.kind.label("led_by"), hidden(tx.now).label("hidden"), answered().label("answered"))
        .join(topics, topics.c.id == alerts.c.topic_id)
        .outerjoin(monitors, monitors.c.id == topics.c.monitor_id)
        .where(alerts.c.brand_id == brand_id, alerts.c.kind == "spike", alerts.c.raised_at > since)
    )
    return tx.rows(newest.order_by(alerts.c.id.desc()).limit(MOST_ALERTS))[::-1]


def _members(tx: Tx, ids: Sequence[int]) -> dict[int, dict[int, str]]:
    """By alert: the names of its topics, by their ids."""
    rows = tx.rows(
        select(alert_topics.c.alert_id, alert_topics.c.topic_id, topics.c.label)
        .join(topics, topics.c.id == alert_topics.c.topic_id)
        .where(alert_topics.c.alert_id.in_(ids), alert_topics.c.split_at.is_(None))
    )
    found: dict[int, dict[int, str]] = {one: {} for one in ids}
    for row in rows:
        found[row["alert_id"]][row["topic_id"]] = row["label"]
    return found


def _topic(topic_id: int) -> Any:
    """Query: a topic's name, and the kind of the monitor that it is of."""
    watched = select(topics.c.label, monitors.c.kind).outerjoin(monitors, monitors.c.id == topics.c.monitor_id)
    return watched.where(topics.c.id == topic_id)


def _meeting(
    tx: Tx, alert: RowMapping, spiking: Spiking, own: RowMapping, names: Sequence[str], posts: Posts
) -> Meeting:
    counts = posts_count(ours=own["kind"] == "brand", led_by_ours=alert["led_by"] == "brand", state=alert["state"])
    if not counts:
        return Meeting(own["label"], names, by_posts=False)
    since = spiking.window_start - BEFORE
    here, all_here = posts.of(tx, spiking.topic_id, since)
    there, all_there = posts.of(tx, alert["topic_id"], since)
    return Meeting(own["label"], names, (overlap(here, all_there), overlap(there, all_here)))


def _split_from(tx: Tx, topic_id: int) -> frozenset[int]:
    """Topics that a person said are another moment than this one, whichever of the two led."""
    rows = tx.rows(
        select(alert_topics.c.topic_id, alerts.c.topic_id.label("leading"))
        .join(alerts, alerts.c.id == alert_topics.c.alert_id)
        .where(
            alert_topics.c.split_at > tx.now - APART,
            or_(alert_topics.c.topic_id == topic_id, alerts.c.topic_id == topic_id),
        )
    )
    return frozenset(one for row in rows for one in (row["topic_id"], row["leading"])) - {topic_id}


def _write(tx: Tx, alert_id: int, spiking: Spiking, why: str) -> None:
    values = {"count": spiking.count, "told": spiking.count, "baseline": spiking.baseline, "ratio": spiking.ratio}
    key = {"alert_id": alert_id, "topic_id": spiking.topic_id}
    tx.run(insert(alert_topics).values(**key, **values, joined_at=tx.now, why=why))
