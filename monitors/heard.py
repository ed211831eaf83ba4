"""What the sources are heard to say: terms gathered in memory, and stored by slots of ten minutes.

The half of `monitors.discovery` that listens; apart from it because readers and streams of all kinds call it, and
none of them looks for what rises. What is gathered between two writes is lost with the process: a proposal rests on
an hour, and half a minute of it changes none.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, and_, bindparam, insert, select, update

from data.storage.store import Tx
from data.storage.tables import items, term_counts
from monitors.sources import Item
from monitors.terms import Tally, Use, number_of, slot_of, together
from scoring.reference import load as reference

# All of these are ours.
LEAST_STORED = 2  # authors in a slot: what one person alone says is not kept
MOST_STORED = 1_500  # terms of a slot, those of most authors
LATEST = timedelta(hours=2)  # an item that is older when it comes says nothing about now
FLUSH_EVERY = timedelta(seconds=30)
KEPT = timedelta(hours=26)
MOST_SEEN = 20_000


class Terms:
    """What this process has heard and not yet stored. One for all its readers; safe between threads."""

    def __init__(self, tally: Tally | None = None) -> None:
        self._tally = tally
        self._lock = threading.Lock()
        self._flushed: datetime | None = None
        self._seen: dict[tuple[int, str], None] = {}

    def note(self, tx: Tx, source_id: int, given: Iterable[Item]) -> None:
        """Hear what a source brought, matched or not. Before intake: what is stored already was heard before.

        Every half minute it stores what has gathered, within `tx`.
        """
        with self._lock:
            tally = self._tally = self._tally or Tally(reference().common)
            for item in self._new(tx, source_id, [one for one in given if one.kind != "official"]):
                at = min(item.published_at or tx.now, tx.now)
                if at > tx.now - LATEST:
                    tally.add(source_id, item, at)
            if self._flushed is None or tx.now - self._flushed >= FLUSH_EVERY:
                self._flush(tx, tally)

    def flush(self, tx: Tx) -> None:
        """Store what has gathered."""
        with self._lock:
            if self._tally is not None:
                self._flush(tx, self._tally)

    def _new(self, tx: Tx, source_id: int, given: Sequence[Item]) -> list[Item]:
        """Not stored and not heard lately: a feed brings the same entries at every poll."""
        fresh = {item.external_id[:500]: item for item in given}
        fresh = {key: item for key, item in fresh.items() if (source_id, key) not in self._seen}
        keys = list(fresh)
        for start in range(0, len(keys), 500):
            some = items.c.external_id.in_(keys[start : start + 500])
            for row in tx.rows(select(items.c.external_id).where(items.c.source_id == source_id, some)):
                fresh.pop(row["external_id"], None)
        self._seen |= dict.fromkeys((source_id, key) for key in keys)
        if len(self._seen) > 2 * MOST_SEEN:
            self._seen = dict.fromkeys(list(self._seen)[-MOST_SEEN:])
        return list(fresh.values())

    def _flush(self, tx: Tx, tally: Tally) -> None:
        for slot in tally.slots():
            _store(tx, slot, tally.take(slot, LEAST_STORED, MOST_STORED))
        tally.drop_before(slot_of(tx.now - LATEST))
        self._flushed = tx.now


def _store(tx: Tx, slot: datetime, heard: Sequence[tuple[str, Mapping[int, Use]]]) -> None:
    """Add the uses to their rows, which another worker may have written to as well."""
    known = _rows_of(tx, slot, [term for term, _ in heard])
    fresh, changed = [], []
    for term, cell in heard:
        for source_id, use in cell.items():
            if use.uses:
                before = known.get((term, source_id))
                values = _with(use, before)
                if before is None:
                    fresh.append({"term": term, "slot": slot, "source_id": source_id, **values})
                else:
                    changed.append({"_term": term, "_slot": slot, "_source": source_id, **values})
                use.uses = 0
    if fresh:
        tx.run(insert(term_counts), fresh)
    if changed:
        table = term_counts.c
        mine = and_(table.term == bindparam("_term"), table.slot == bindparam("_slot"))
        tx.run(update(term_counts).where(mine, table.source_id == bindparam("_source")), changed)


def _rows_of(tx: Tx, slot: datetime, terms: Sequence[str]) -> dict[tuple[str, int], RowMapping]:
    found: dict[tuple[str, int], RowMapping] = {}
    table = term_counts.c
    for start in range(0, len(terms), 500):
        some = table.term.in_(terms[start : start + 500])
        columns = (table.term, table.source_id, table.uses, table.detail)
        for row in tx.rows(select(*columns).where(table.slot == slot, some)):
            found[row["term"], row["source_id"]] = row
    return found


def _with(use: Use, before: RowMapping | None) -> dict[str, Any]:
    detail: dict[str, Any] = {"label": use.label, "first": use.first.isoformat(), "text": use.text, "url": use.url}
    who, uses = together([use.who]), use.uses
    if before is not None:
        past = before["detail"]
        who, uses = together([who, past["who"]]), uses + before["uses"]
        if past["first"] <= detail["first"]:
            detail = {name: past[name] for name in detail}
    return {"uses": uses, "authors": number_of(who), "detail": {**detail, "who": who}}


def written(term: str) -> tuple[str, ...]:
    """Spellings to look for where case counts: as it is, in capitals, and with a capital at each word."""
    return tuple(dict.fromkeys((term, term.upper(), term.title())))
