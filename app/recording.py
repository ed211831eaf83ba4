"""Recordings: the raw items of a period in one portable SQLite file, written with sqlite-utils; `recorded` reads it.

A recording holds the brand, what was watched and in which words, the sources by name and kind, how often each monitor
was used before, and every item and reading in the order in which it was taken in, so that `python -m app replay` can
live through the period again. It holds no people of ours, no drafts, and nothing of a source's settings: an address
may carry a key. Rows are read and written by pages, so memory stays flat however many there are.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, and_, func, or_, select
from sqlite_utils import Database

from app.sqlite_file import new_file
from data.storage.store import Store, Tx
from data.storage.tables import (
    brands,
    counts,
    hour_counts,
    item_topics,
    items,
    monitors,
    readings,
    sources,
    topics,
)  # fmt: skip
from data.storage.volumes import MINUTES_KEPT, hour_of
from workflow.brand import the_brand
from workflow.by_hand import BY_HAND_KIND
from workflow.topics import hashtags

# Counts up whenever a file could no longer be read by what wrote the last one.
SCHEMA = 2
PAGE = 2_000


def record(store: Store, path: Path, since: datetime) -> int:
    """Write everything taken in since `since`; how many items and readings. BadInput when the file cannot be made."""
    with new_file(path) as database, store.read() as tx:
        # A file that is not finished is thrown away, so no part of it need be safe before the whole.
        database.conn.execute("PRAGMA synchronous = OFF")
        database.conn.execute("PRAGMA journal_mode = MEMORY")
        profile = tx.value(select(brands.c.profile).where(brands.c.id == the_brand(tx).id))
        database.table("brand").insert({"profile": json.dumps(profile), "at": since.isoformat()})
        database.table("monitors").insert_all(_monitors(tx))
        database.table("sources").insert_all(_sources(tx))
        database.table("history").insert_all(_history(tx, since), batch_size=PAGE)
        written = _counted(database, "items", _items(tx, since))
        written += _counted(database, "readings", _readings(tx, since))
        about = {"what": "a recording of Tact", "schema": SCHEMA, "since": since.isoformat()}
        database.table("tact").insert({**about, "until": tx.now.isoformat(), "rows": written})
    return written


def _counted(database: Database, table: str, rows: Iterator[dict[str, Any]]) -> int:
    database.table(table).insert_all(rows, batch_size=PAGE)
    return int(database.table(table).count) if table in database.table_names() else 0


def _monitors(tx: Tx) -> Iterator[dict[str, Any]]:
    for row in tx.rows(select(monitors).order_by(monitors.c.id)):
        yield {
            "name": row["name"],
            "kind": row["kind"],
            "terms": json.dumps(row["terms"], ensure_ascii=False),
            "exclusions": json.dumps(row["exclusions"], ensure_ascii=False),
            "floor": row["floor"],
            "enabled": int(row["enabled"]),
            "languages": json.dumps(row["languages"]),
            "cooldown_minutes": row["cooldown_minutes"],
        }


def _sources(tx: Tx) -> Iterator[dict[str, Any]]:
    """Names and kinds. Of the settings only what decides whether a reading alone may raise an alert."""
    for row in tx.rows(select(sources).order_by(sources.c.id)):
        everything = row["config"].get("alert_on") == "everything"
        yield {"number": row["id"], "name": row["name"], "kind": row["kind"], "alert_on_everything": int(everything)}


def _history(tx: Tx, since: datetime) -> Iterator[dict[str, Any]]:
    """Uses of each monitor before the period: by the minute for as long as minutes are kept, by the hour before."""
    watched = tx.rows(select(topics.c.id, topics.c.label).where(topics.c.monitor_id.is_not(None)).order_by(topics.c.id))
    edge = hour_of(since - MINUTES_KEPT)
    for row in watched:
        for table, at, near in (
            (hour_counts, hour_counts.c.hour, hour_counts.c.hour < edge),
            (counts, counts.c.minute, and_(counts.c.minute >= edge, counts.c.minute < since)),
        ):
            query = select(at.label("at"), func.sum(table.c.count).label("count")).group_by(at).order_by(at)
            for cell in tx.rows(query.where(table.c.topic_id == row["id"], near)):
                yield {"monitor": row["label"], "at": cell["at"].isoformat(), "count": int(cell["count"])}


def _items(tx: Tx, since: datetime) -> Iterator[dict[str, Any]]:
    """In the order of taking in. What a person raised by hand is a deed, not an item that a source brought."""
    by_hand = select(sources.c.id).where(sources.c.kind == BY_HAND_KIND)
    query = select(items).where(items.c.source_id.not_in(by_hand)).order_by(items.c.taken_in_at, items.c.id)
    after: tuple[datetime, int] = (since, 0)
    while page := tx.rows(query.where(_later(after)).limit(PAGE)):
        named = _named(tx, page)
        yield from (_item(row, named) for row in page)
        after = (page[-1]["taken_in_at"], page[-1]["id"])


def _later(after: tuple[datetime, int]) -> Any:
    at, number = after
    return or_(items.c.taken_in_at > at, and_(items.c.taken_in_at == at, items.c.id > number))


def _named(tx: Tx, page: Sequence[RowMapping]) -> Mapping[int, list[str]]:
    """The topics that a source named itself: neither a monitor's nor in the words."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for start in range(0, len(page), 500):
        ids = [row["id"] for row in page[start : start + 500]]
        rows = tx.rows(
            select(item_topics.c.item_id, topics.c.label)
            .join(topics, topics.c.id == item_topics.c.topic_id)
            .where(item_topics.c.item_id.in_(ids), topics.c.monitor_id.is_(None))
            .order_by(item_topics.c.item_id, topics.c.id)
        )
        for row in rows:
            found[row["item_id"]].append(row["label"])
    return found


def _item(row: RowMapping, named: Mapping[int, list[str]]) -> dict[str, Any]:
    written = {tag.casefold() for tag in hashtags(row["text"])}
    topic = next((label for label in named.get(row["id"], ()) if label.casefold() not in written), None)
    return {
        "at": row["taken_in_at"].isoformat(),
        "published_at": row["published_at"].isoformat(),
        "source": row["source_id"],
        "external_id": row["external_id"],
        "kind": row["kind"],
        "text": row["text"],
        "url": row["url"],
        "author": row["author"],
        "language": row["language"],
        "region": row["region"],
        "topic": topic,
        "weight": row["weight"],
        "extra": json.dumps(row["extra"], ensure_ascii=False),
    }


def _readings(tx: Tx, since: datetime) -> Iterator[dict[str, Any]]:
    query = select(readings, topics.c.label).join(topics, topics.c.id == readings.c.topic_id)
    query = query.where(readings.c.at >= since).order_by(readings.c.at, readings.c.id)
    place: Any = None
    while page := tx.rows((query if place is None else query.where(place)).limit(PAGE)):
        yield from (_reading(row) for row in page)
        at, number = page[-1]["at"], page[-1]["id"]
        place = or_(readings.c.at > at, and_(readings.c.at == at, readings.c.id > number))


def _reading(row: RowMapping) -> dict[str, Any]:
    return {
        "at": row["at"].isoformat(),
        "source": row["source_id"],
        "topic": row["label"],
        "count": row["count"],
        "baseline": row["baseline"],
        "window_start": row["window_start"].isoformat(),
        "window_end": row["window_end"].isoformat(),
        "titles": json.dumps(row["titles"], ensure_ascii=False),
        "url": row["url"],
    }
