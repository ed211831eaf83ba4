"""How people speak of what we watch: reading a sample of the newest posts, and raising the alert when the mood falls.

The arithmetic is in `rules.tone`. Reading costs time, so it is bounded: at most twenty posts of a topic in ten minutes,
the newest first. A text is read outside any transaction, and counted once, in the transaction that marks it as read:
two workers that read the same one change nothing. Texts that the scorer fails on are not counted, and not held against
anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update

from data.storage.store import Store, Tx
from data.storage.tables import item_topics, items, monitors, tone_hours, topics
from scoring.contract import TextScorer
from scoring.safety import failed, score_safely
from workflow import brand as brands
from workflow.posts import newest_posts
from workflow.rules.tone import DEFAULT, HOUR, Heard, Mood, chosen, mood
from workflow.triage import SENTIMENT, Raised, raise_alert

WEEK = timedelta(days=7)
NEGATIVE = "negative"
# Of what came in since the last look, at most so many are considered; the rest of a flood is not read (ours).
MOST_LOOKED_AT = 2_000
SAMPLES = 5
# So many texts are counted in one transaction: somebody who pauses publishing waits behind it (ours).
AT_ONCE = 25


@dataclass(frozen=True)
class Read:
    """How far it was read: the newest item that was looked at, and how many texts were scored."""

    newest: int
    scored: int


def read_tone(store: Store, scorer: TextScorer, after: int | None = None) -> Read:
    """Score a sample of the posts that came in after the item `after` (None: in the last hour) and count them."""
    with store.read() as tx:
        newest = tx.value(select(func.max(items.c.id))) or 0
        after = after if after is not None else _an_hour_ago(tx)
        rows = _unread(tx, after)
        wanted = set(chosen(*_offered(tx, rows), tx.now))
    texts = {row["id"]: row for row in rows if row["id"] in wanted}
    verdicts = score_safely(scorer, [row["text"] for row in texts.values()])
    with_labels = [(item, one.sentiment.label) for item, one in zip(texts, verdicts, strict=True) if not failed(one)]
    for start in range(0, len(with_labels), AT_ONCE):
        with store.write() as tx:
            for item, label in with_labels[start : start + AT_ONCE]:
                _count(tx, item, label)
    return Read(newest, len(with_labels))


def watch_mood(store: Store) -> tuple[int, ...]:
    """Judge the mood of every monitor that was read of late; the ids of the alerts that were raised."""
    with store.read() as tx:
        fallen = [(row, found) for row in _heard_of_late(tx) if (found := mood_of(tx, row["topic_id"])).falling]
    if not fallen:
        return ()
    with store.write() as tx:
        brand = brands.the_brand(tx)
        ids = [raise_alert(tx, brand.id, _raised(tx, row["topic_id"], found)) for row, found in fallen]
    return tuple(one for one in ids if one is not None)


def mood_of(tx: Tx, topic_id: int, now: datetime | None = None) -> Mood:
    """The topic's mood at an instant against the week before it."""
    hours = hours_heard(tx, topic_id, now or tx.now)
    this = _hour(now or tx.now)
    recent = [hours.get(this, Heard(0, 0)), hours.get(this - HOUR, Heard(0, 0))]
    before = [heard for hour, heard in hours.items() if hour < this - HOUR]
    return mood(recent, before, DEFAULT)


def hours_heard(tx: Tx, topic_id: int, until: datetime) -> dict[datetime, Heard]:
    """What was read of the topic in each hour of the week before `until`."""
    rows = tx.rows(
        select(tone_hours)
        .where(tone_hours.c.topic_id == topic_id, tone_hours.c.hour > until - WEEK, tone_hours.c.hour <= until)
        .order_by(tone_hours.c.hour)
    )
    return {row["hour"]: Heard(row["scored"], row["negative"]) for row in rows}


def negative_posts(tx: Tx, topic_id: int, since: datetime, most: int = SAMPLES) -> list[dict[str, Any]]:
    """The newest posts that were read as negative, different texts only."""
    return newest_posts(tx, topic_id, since, most, items.c.sentiment == NEGATIVE)


def _an_hour_ago(tx: Tx) -> int:
    return tx.value(select(func.max(items.c.id)).where(items.c.taken_in_at <= tx.now - HOUR)) or 0


def _unread(tx: Tx, after: int) -> Sequence[RowMapping]:
    """What people wrote about a monitor and nobody has read, newest first. News are headlines, not a mood."""
    watched = select(topics.c.id).where(topics.c.monitor_id.is_not(None))
    about = select(item_topics.c.item_id).where(item_topics.c.item_id > after, item_topics.c.topic_id.in_(watched))
    return tx.rows(
        select(items.c.id, items.c.text, items.c.published_at)
        .where(
            items.c.id > after,
            items.c.kind == "mentions",
            items.c.sentiment.is_(None),
            items.c.published_at > tx.now - 2 * HOUR,
            items.c.id.in_(about),
        )
        .order_by(items.c.id.desc())
        .limit(MOST_LOOKED_AT)
    )


def _offered(
    tx: Tx, rows: Sequence[RowMapping]
) -> tuple[list[tuple[int, datetime, frozenset[int]]], dict[tuple[int, datetime], int]]:
    """The texts as the rule takes them, and how many of each topic's hour have been read."""
    about = _topics_of(tx, [row["id"] for row in rows])
    since = min((row["published_at"] for row in rows), default=tx.now) - HOUR
    read = tx.rows(select(tone_hours).where(tone_hours.c.hour >= since))
    texts = [(row["id"], row["published_at"], about.get(row["id"], frozenset())) for row in rows]
    return texts, {(row["topic_id"], row["hour"]): row["scored"] for row in read}


def _topics_of(tx: Tx, ids: Sequence[int]) -> dict[int, frozenset[int]]:
    found: dict[int, frozenset[int]] = {}
    for start in range(0, len(ids), 500):
        rows = tx.rows(
            select(item_topics)
            .join(topics, topics.c.id == item_topics.c.topic_id)
            .where(item_topics.c.item_id.in_(ids[start : start + 500]), topics.c.monitor_id.is_not(None))
        )
        for row in rows:
            found[row["item_id"]] = found.get(row["item_id"], frozenset()) | {row["topic_id"]}
    return found


def _count(tx: Tx, item_id: int, label: str) -> None:
    """Mark a text as read and count it for its topics, unless another worker was faster."""
    unread = (items.c.id == item_id) & items.c.sentiment.is_(None)
    if not tx.run(update(items).where(unread).values(sentiment=label)):
        return
    at = tx.value(select(items.c.published_at).where(items.c.id == item_id))
    bad = int(label == NEGATIVE)
    for topic in _topics_of(tx, [item_id]).get(item_id, ()):
        key = {"topic_id": topic, "hour": _hour(at)}
        more = {"scored": tone_hours.c.scored + 1, "negative": tone_hours.c.negative + bad}
        if not tx.run(update(tone_hours).filter_by(**key).values(**more)):
            tx.run(insert(tone_hours).values(**key, scored=1, negative=bad))


def _heard_of_late(tx: Tx) -> Sequence[RowMapping]:
    late = select(tone_hours.c.topic_id).where(tone_hours.c.hour >= _hour(tx.now) - HOUR)
    return tx.rows(
        select(topics.c.id.label("topic_id"))
        .join(monitors, monitors.c.id == topics.c.monitor_id)
        .where(monitors.c.enabled, topics.c.id.in_(late))
        .order_by(topics.c.id)
    )


def _raised(tx: Tx, topic_id: int, found: Mood) -> Raised:
    usual = found.usual or 0.0
    since = _hour(tx.now) - HOUR
    why = {
        "sentence": found.why,
        "band": None,
        "share": found.now.share,
        "usual_share": usual,
        "low": found.low,
        "high": found.high,
        "scored": found.now.scored,
        "sources": [],
        "samples": negative_posts(tx, topic_id, since),
    }
    return Raised(
        topic_id=topic_id,
        count=found.now.negative,
        baseline=usual * found.now.scored,
        ratio=None,
        onset_at=since,
        window_start=since,
        window_end=tx.now,
        why=why,
        kind=SENTIMENT,
    )


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
