"""Finding the alert that a new spike belongs to, and keeping which topics are one moment.

The rule is in `rules.grouping`; this module brings it the names and the posts. The alert that was raised first leads:
its claim, notes and verdict are the moment's. Two alerts that both live are never merged by the product, whoever has
claimed them: people may have written in both. The brake never comes here, it reads items and not alerts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, insert, or_, select, update

from data.storage import events
from data.storage.store import Tx
from data.storage.tables import alert_topics, alerts, item_topics, items, topics
from workflow.mutes import is_muted
from workflow.rules.grouping import Meeting, closest, overlap

# Ours: what is compared – the newest posts of the spike's window and the hour before – and with how many alerts.
BEFORE = timedelta(hours=1)
MOST_POSTS, MOST_ALERTS = 400, 30
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


def same_moment(tx: Tx, brand_id: int, spiking: Spiking, since: datetime) -> tuple[RowMapping, str] | None:
    """The alert raised after `since` that this spike belongs to, and why. None: it is a moment of its own."""
    label = tx.value(select(topics.c.label).where(topics.c.id == spiking.topic_id))
    # Apart from whom a person split it, and from itself: what its own alert did not take in is news.
    apart = _split_from(tx, spiking.topic_id) | {spiking.topic_id}
    muted = is_muted(tx, spiking.topic_id, "spike")
    candidates = [
        row
        for row in _alerts(tx, brand_id, since)
        # Nothing that people would hear of may vanish behind a mute.
        if row["topic_id"] not in apart
        and member(tx, row["id"], spiking.topic_id) is None
        and (muted or not is_muted(tx, row["topic_id"], "spike"))
    ]
    meetings = [_meeting(tx, row, spiking, label) for row in candidates]
    found = closest(meetings)
    return (candidates[found[0]], found[1]) if found is not None else None


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
    """Alerts that may take a spike in, oldest first. Dismissed ones too: who waved a moment off meant all its names."""
    newest = select(alerts).where(alerts.c.brand_id == brand_id, alerts.c.kind == "spike", alerts.c.raised_at > since)
    return tx.rows(newest.order_by(alerts.c.id.desc()).limit(MOST_ALERTS))[::-1]


def _meeting(tx: Tx, alert: RowMapping, spiking: Spiking, label: str) -> Meeting:
    names = tx.rows(
        select(topics.c.label)
        .join(alert_topics, alert_topics.c.topic_id == topics.c.id)
        .where(alert_topics.c.alert_id == alert["id"], alert_topics.c.split_at.is_(None))
    )
    since = spiking.window_start - BEFORE
    here, there = (_posts(tx, topic, since) for topic in (spiking.topic_id, alert["topic_id"]))
    overlaps = (
        overlap(here, _posts(tx, alert["topic_id"], since, among=here)),
        overlap(there, _posts(tx, spiking.topic_id, since, among=there)),
    )
    return Meeting(label, [row["label"] for row in names], overlaps)


def _posts(tx: Tx, topic_id: int, since: datetime, among: frozenset[str] | None = None) -> frozenset[str]:
    """Fingerprints of the topic's newest posts; `among`: of those only, and then all that there are."""
    query = (
        select(items.c.fingerprint)
        .join(item_topics, item_topics.c.item_id == items.c.id)
        .where(item_topics.c.topic_id == topic_id, items.c.published_at >= since, items.c.kind != "official")
    )
    if among is not None:
        if not among:
            return frozenset()
        query = query.where(items.c.fingerprint.in_(sorted(among))).distinct()
    else:
        query = query.order_by(items.c.published_at.desc()).limit(MOST_POSTS)
    return frozenset(row["fingerprint"] for row in tx.rows(query))


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
