"""Taking in what a source gave: deduplicate, match to monitors, name the topics, count by the minute.

Runs inside the poll's own transaction, so that an item, its count and the source's cursor are saved together or not
at all. An item is the same item when its source and identifier are known, or, for news, when its canonical address
is: the same story in two feeds counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, insert, select

from data.storage.store import Tx
from data.storage.tables import item_topics, items, monitors, readings, topics
from data.storage.volumes import add_counts
from monitors.matching import Matcher, MonitorRule, canonical_url, fingerprint
from monitors.sources import Item, Poll, Reading
from monitors.volume import minute_of
from workflow.judge import WARNINGS_MEMORY
from workflow.topics import hashtags, topic_id

# Older entries say nothing about now: the judge reads 48 hours back and no further.
OLDEST = timedelta(hours=48)
LONGEST_TEXT = 10_000


@dataclass(frozen=True)
class TakenIn:
    """How much was new."""

    items: int = 0
    readings: int = 0


@dataclass(frozen=True)
class Watching:
    """The enabled monitors: their matcher, and the topic each of them counts under."""

    matcher: Matcher
    topic_of: dict[int, int]


def watching(tx: Tx) -> Watching:
    """Load the monitors once per poll."""
    rows = tx.rows(
        select(monitors, topics.c.id.label("topic_id"))
        .join(topics, topics.c.monitor_id == monitors.c.id)
        .where(monitors.c.enabled)
    )
    rules = [MonitorRule(row["id"], tuple(row["terms"]), tuple(row["exclusions"])) for row in rows]
    return Watching(Matcher(rules), {row["id"]: row["topic_id"] for row in rows})


def take_in(tx: Tx, source: RowMapping, poll: Poll, watched: Watching, keep_unmatched: bool = True) -> TakenIn:
    """Write what is new in `poll`; how much that was.

    With `keep_unmatched` false, posts that belong to no monitor leave no trace: a stream of the whole world brings
    thousands of them a minute.
    """
    fresh = _fresh(tx, source["id"], [item for item in poll.items if _recent(item, tx.now)])
    if not keep_unmatched:
        fresh = [item for item in fresh if watched.matcher.match(item.text)]
    tally: Counter[tuple[int, datetime]] = Counter()
    for item in fresh:
        for topic in _write(tx, source, item, watched):
            tally[topic, minute_of(_when(item, tx.now))] += item.weight
    add_counts(tx, source["id"], tally)
    read = [reading for reading in poll.readings if _note_reading(tx, source["id"], reading)]
    return TakenIn(len(fresh), len(read))


def _recent(item: Item, now: datetime) -> bool:
    oldest = WARNINGS_MEMORY if item.kind == "official" else OLDEST
    return item.published_at is None or item.published_at > now - oldest


def _when(item: Item, now: datetime) -> datetime:
    return min(item.published_at or now, now)


def _fresh(tx: Tx, source_id: int, given: Sequence[Item]) -> list[Item]:
    """Those not seen before, each once; news also by address, across sources."""
    known = _known(tx, items.c.external_id, (_key(item) for item in given), items.c.source_id == source_id)
    news = (canonical_url(item.url) for item in given if item.kind == "news" and item.url)
    known_urls = _known(tx, items.c.url, news, items.c.kind == "news")
    fresh = []
    for item in given:
        url = canonical_url(item.url) if item.kind == "news" and item.url else ""
        if _key(item) in known or (url and url in known_urls):
            continue
        known.add(_key(item))
        known_urls.add(url)
        fresh.append(item)
    return fresh


def _key(item: Item) -> str:
    return item.external_id[:500]


def _known(tx: Tx, column, values: Iterable[str], condition) -> set[str]:  # type: ignore[no-untyped-def]
    wanted = sorted(set(values))
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        rows = tx.rows(select(column).where(condition, column.in_(wanted[start : start + 500])))
        found.update(row[column.name] for row in rows)
    return found


def _write(tx: Tx, source: RowMapping, item: Item, watched: Watching) -> set[int]:
    """Insert the item and its topics; the topics it counts for."""
    text = item.text.replace("\x00", "")[:LONGEST_TEXT]
    item_id = tx.insert(
        insert(items).values(
            source_id=source["id"],
            external_id=_key(item),
            kind=item.kind,
            text=text,
            url=canonical_url(item.url) if item.url else "",
            author=item.author,
            language=item.language,
            region=item.region,
            published_at=_when(item, tx.now),
            taken_in_at=tx.now,
            weight=item.weight,
            fingerprint=fingerprint(text),
            extra=dict(item.extra),
        )
    )
    found = {watched.topic_of[monitor] for monitor in watched.matcher.match(text)}
    named = [*([item.topic] if item.topic else []), *hashtags(text)]
    found |= {topic_id(tx, name) for name in named}
    if found:
        tx.run(insert(item_topics), [{"item_id": item_id, "topic_id": topic} for topic in sorted(found)])
    return found if item.kind != "official" else set()


def add_count(tx: Tx, topic: int, source_id: int, minute: datetime, number: int) -> None:
    """Add to a minute's count and to its hour's."""
    add_counts(tx, source_id, {(topic, minute): number})


def _note_reading(tx: Tx, source_id: int, reading: Reading) -> bool:
    """Keep a trend source's own figure, unless it is the one we have."""
    topic = topic_id(tx, reading.topic)
    last = tx.row(
        select(readings.c.count, readings.c.window_start)
        .where(readings.c.topic_id == topic, readings.c.source_id == source_id)
        .order_by(readings.c.id.desc())
        .limit(1)
    )
    if last is not None and (last["count"], last["window_start"]) == (reading.count, reading.window_start):
        return False
    tx.run(
        insert(readings).values(
            topic_id=topic,
            source_id=source_id,
            at=reading.at,
            count=reading.count,
            baseline=reading.baseline,
            window_start=reading.window_start,
            window_end=reading.window_end,
            titles=list(reading.titles),
            url=reading.url,
        )
    )
    return True
