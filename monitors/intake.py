"""Taking in what a source gave: deduplicate, match to monitors, name the topics, count by the minute and the hour.

Runs inside the transaction that also keeps the source's cursor, so that an item, its count and the cursor are saved
together or not at all. An item is the same item when its source and identifier are known, or, for news, when another
source brought its canonical address: the same story in two feeds counts once, the entries of one live blog count each.
News and warnings that come again with other words are written over, to be judged again, and not counted again. Texts
that are nearly the same, reposts above all, are different items with one fingerprint: each is counted, and lists show
one of them. Everything is done for the whole batch at once; a stream brings hundreds of posts a second.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, urldefrag

from sqlalchemy import RowMapping, Text, cast, insert, select, update

from data.storage.bulk import insert_rows, known_values, next_ids, packed, stamp
from data.storage.store import Tx
from data.storage.tables import item_topics, items, monitors, readings, topics
from data.storage.volumes import add_counts
from monitors.matching import Matcher, MonitorRule, canonical_url, fingerprint
from monitors.sources import Item, Poll, Reading
from monitors.storable import plain_item, plain_reading
from monitors.volume import minute_of
from monitors.wanted import wanted
from workflow.judge import WARNINGS_MEMORY
from workflow.topics import hashtags, topic_id, topic_ids

# Older entries say nothing about now: the judge reads 48 hours back and no further. What is kept is counted, in its
# own minute: a promise for items that come up to 24 hours late, and the second day helps a new source to learn.
OLDEST = timedelta(hours=48)
LONGEST_TEXT = 10_000
_IN_ANCHOR = "%/?:@!$&'()*+,;=~"
# What the judge reads of a warning besides its words.
_GRAVITY = ("severity", "event", "area", "expires", "cancelled")

_COLUMNS = (
    "id",
    "source_id",
    "external_id",
    "kind",
    "text",
    "url",
    "author",
    "language",
    "region",
    "published_at",
    "taken_in_at",
    "weight",
    "fingerprint",
    "extra",
)


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


class _Given(NamedTuple):
    """An item with what is known about it before anything is stored."""

    item: Item
    key: str
    text: str
    url: str
    at: datetime
    monitors: frozenset[int]
    print: str
    # What a post that belongs to no monitor is kept for. It is linked and not counted: only some of them are kept.
    kept_for: tuple[str, ...] = ()


def watching(tx: Tx) -> Watching:
    """The monitors as they are now. Their matcher is built again only when one of them has changed."""
    unread = (cast(column, Text) for column in (monitors.c.terms, monitors.c.exclusions, monitors.c.languages))
    query = (
        select(monitors.c.id, topics.c.id, *unread)
        .join(topics, topics.c.monitor_id == monitors.c.id)
        .where(monitors.c.enabled)
        .order_by(monitors.c.id)
    )
    return _watching(tuple(map(tuple, tx.conn.execute(query))))


@lru_cache(maxsize=4)
def _watching(rows: tuple[tuple[Any, ...], ...]) -> Watching:
    """From (monitor, topic, and its three lists as JSON); read again only when a row is another one."""
    rules = [MonitorRule(row[0], *(tuple(json.loads(words)) for words in row[2:])) for row in rows]
    return Watching(Matcher(rules), {row[0]: row[1] for row in rows})


def take_in(tx: Tx, source: RowMapping, poll: Poll, watched: Watching, keep_unmatched: bool = True) -> TakenIn:
    """Write what is new in `poll`; how much that was.

    With `keep_unmatched` false, posts that belong to no monitor leave no trace, unless their source names a topic for
    them, or a draft or an alert is about what they name: a stream of the whole world brings thousands a minute.
    """
    given = [_look_at(item, tx.now, watched.matcher) for item in poll.items if _recent(item, tx.now)]
    if not keep_unmatched:
        given = _worth_keeping(tx, given)
    known = known_values(tx, items, "external_id", (one.key for one in given), source_id=source["id"])
    _amend(tx, source["id"], [one for one in given if one.key in known and one.item.kind != "mentions"], watched)
    fresh = _fresh(tx, source["id"], given, known)
    _write(tx, source["id"], fresh, watched)
    read = [reading for reading in poll.readings if _note_reading(tx, source["id"], plain_reading(reading))]
    return TakenIn(len(fresh), len(read))


def _worth_keeping(tx: Tx, given: Sequence[_Given]) -> list[_Given]:
    asked, kept = wanted(tx), []
    for one in given:
        if one.monitors or one.item.topic:
            kept.append(one)
        elif asked.subjects and (named := asked.subjects_in(one.text, tx.now)):
            kept.append(one._replace(kept_for=named))
    return kept


def _recent(item: Item, now: datetime) -> bool:
    oldest = WARNINGS_MEMORY if item.kind == "official" else OLDEST
    return item.published_at is None or item.published_at > now - oldest


def _look_at(item: Item, now: datetime, matcher: Matcher) -> _Given:
    item = plain_item(item)
    text = item.text[:LONGEST_TEXT]
    url = canonical_url(item.url) if item.url else ""
    at = min(item.published_at or now, now)
    return _Given(item, item.external_id[:500], text, url, at, matcher.match(text, item.language), fingerprint(text))


def _fresh(tx: Tx, source_id: int, given: Sequence[_Given], known: set[str]) -> list[_Given]:
    """Those not seen before, each once; news also by address. `known` are the identifiers of those seen."""
    at_address = _at_addresses(tx, [one for one in given if one.item.kind == "news" and one.url])
    fresh = []
    for one in given:
        if one.key in known:
            continue
        known.add(one.key)
        if one.item.kind == "news" and one.url:
            holders = at_address[one.url]
            if _is_told(one, source_id, holders, at_address[_entry_url(one)]):
                continue
            if any(source == source_id for source, _ in holders):
                one = one._replace(url=_entry_url(one))
            at_address[one.url].add((source_id, one.print))
        fresh.append(one)
    return fresh


_Holders = set[tuple[int, str]]


def _is_told(one: _Given, source_id: int, page: _Holders, entry: _Holders) -> bool:
    """Whether a story is there: the same words at the address, or any words of another source at it.

    A page with many entries, as a live blog is, gives each an anchor: then another source must tell of that entry.
    """
    if any(words == one.print for _, words in page | entry):
        return True
    others = entry if urldefrag(one.item.url).fragment else page
    return any(source != source_id for source, _ in others)


def _entry_url(one: _Given) -> str:
    """The address with the anchor that it came with, if any."""
    anchor = urldefrag(one.item.url).fragment
    return f"{one.url}#{quote(anchor, safe=_IN_ANCHOR, errors='replace')}" if anchor else one.url


def _at_addresses(tx: Tx, news: Sequence[_Given]) -> defaultdict[str, _Holders]:
    """For each address of these, with and without its anchor: which sources brought it, and with which words."""
    found: defaultdict[str, _Holders] = defaultdict(set)
    wanted_urls = sorted({url for one in news for url in (one.url, _entry_url(one))})
    for start in range(0, len(wanted_urls), 500):
        some = items.c.url.in_(wanted_urls[start : start + 500])
        columns = (items.c.url, items.c.source_id, items.c.fingerprint)
        for row in tx.rows(select(*columns).where(items.c.kind == "news", some)):
            found[row["url"]].add((row["source_id"], row["fingerprint"]))
    return found


def _amend(tx: Tx, source_id: int, again: Sequence[_Given], watched: Watching) -> None:
    """Write over the news and warnings whose words are others now. Unjudged once more, they are read by the brake."""
    given = {one.key: one for one in again}
    keys = list(given)
    changed: list[tuple[int, _Given]] = []
    for start in range(0, len(keys), 500):
        mine = (items.c.source_id == source_id) & items.c.external_id.in_(keys[start : start + 500])
        columns = (items.c.id, items.c.external_id, items.c.kind, items.c.fingerprint, items.c.extra)
        for row in tx.rows(select(*columns).where(mine)):
            one = given[row["external_id"]]
            if row["kind"] == one.item.kind and _says_else(row, one):
                changed.append((row["id"], one))
    for item_id, one in changed:
        words = {"text": one.text, "fingerprint": one.print, "extra": dict(one.item.extra)}
        unjudged = {"sentiment": None, "tragedy": None, "probability": None}
        now = {"published_at": one.at, "taken_in_at": tx.now}
        tx.run(update(items).where(items.c.id == item_id).values(**words, **unjudged, **now))
    _link(tx, changed, watched)


def _says_else(row: RowMapping, one: _Given) -> bool:
    if row["fingerprint"] != one.print:
        return True
    return one.item.kind == "official" and any(row["extra"].get(name) != one.item.extra.get(name) for name in _GRAVITY)


def _link(tx: Tx, changed: Sequence[tuple[int, _Given]], watched: Watching) -> None:
    """To what their new words are about as well."""
    id_of = topic_ids(tx, dict.fromkeys(label for _, one in changed for label in _named(one)))
    pairs = {
        (item_id, topic)
        for item_id, one in changed
        for topic in (*map(watched.topic_of.__getitem__, one.monitors), *map(id_of.__getitem__, _named(one)))
    }
    insert_rows(tx, item_topics, ("item_id", "topic_id"), sorted(pairs), clash="DO NOTHING")


def _write(tx: Tx, source_id: int, fresh: Sequence[_Given], watched: Watching) -> None:
    """Insert the items with their topics, and count them."""
    put, ids = stamp(tx), next_ids(tx, items, len(fresh))
    now = put(tx.now)
    insert_rows(
        tx,
        items,
        _COLUMNS,
        (_row(item_id, source_id, one, put(one.at), now) for item_id, one in zip(ids, fresh, strict=True)),
    )
    named = [_named(one) for one in fresh]
    id_of = topic_ids(tx, dict.fromkeys(label for labels in named for label in labels))
    pairs: list[tuple[int, int]] = []
    tally: Counter[tuple[int, datetime]] = Counter()
    for item_id, one, labels in zip(ids, fresh, named, strict=True):
        found = {watched.topic_of[monitor] for monitor in one.monitors}
        found.update(id_of[label] for label in labels)
        pairs += [(item_id, topic) for topic in found]
        if found and one.item.kind != "official" and not one.kept_for:
            minute = minute_of(one.at)
            for topic in found:
                tally[topic, minute] += one.item.weight
    insert_rows(tx, item_topics, ("item_id", "topic_id"), pairs)
    add_counts(tx, source_id, tally)


def _row(item_id: int, source_id: int, one: _Given, at: object, now: object) -> tuple[object, ...]:
    item = one.item
    return (
        item_id,
        source_id,
        one.key,
        item.kind,
        one.text,
        one.url,
        item.author,
        item.language,
        item.region,
        at,
        now,
        item.weight,
        one.print,
        packed(dict(item.extra)) if item.extra else "{}",
    )


def _named(one: _Given) -> tuple[str, ...]:
    """The topics that an item itself names."""
    return (*((one.item.topic,) if one.item.topic else ()), *one.kept_for, *hashtags(one.text))


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
