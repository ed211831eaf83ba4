"""What the sources are heard to say: terms gathered in memory, and stored by slots of ten minutes.

The half of `monitors.discovery` that listens; apart from it because readers and streams of all kinds call it, and
none of them looks for what rises. What is gathered between two writes is lost with the process: a proposal rests on
an hour, and half a minute of it changes none.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import RowMapping, select

from data.storage.bulk import insert_rows, packed, stamp
from data.storage.store import Tx
from data.storage.tables import items, term_counts
from monitors.sources import Item
from monitors.storable import plain_item
from monitors.terms import Tally, Use, number_of, slot_of, together
from scoring.reference import load as reference

# All of these are ours.
LEAST_STORED = 2  # authors in a slot: what one person alone says is not kept
MOST_STORED = 1_500  # terms of a slot, those of most authors
LATEST = timedelta(hours=2)  # an item that is older when it comes says nothing about now
FLUSH_EVERY, PREPARE_AFTER = timedelta(seconds=30), 25.0
MOST_WRITTEN = 2_000  # terms at once: some tens of milliseconds of a writer's time
KEPT = timedelta(hours=26)
MOST_SEEN = 20_000

Cell = Mapping[int, Use]
Ranked = list[tuple[datetime, str, Cell]]
_COLUMNS = ("term", "slot", "source_id", "uses", "authors", "detail")


class Terms:
    """What this process has heard and not yet stored. One for all its readers; safe between threads."""

    def __init__(self, tally: Tally | None = None) -> None:
        self._tally = tally
        self._lock = threading.Lock()
        self._flushed: datetime | None = None
        self._flushed_at = 0.0  # by this machine's own clock, which needs no database
        self._ranked: Ranked | None = None
        self._seen: dict[tuple[int, str], None] = {}

    def prepare(self) -> None:
        """Work out what is to be stored next, if it is nearly time. Before a transaction, so that no writer waits."""
        with self._lock:
            if self._ranked is None and monotonic() - self._flushed_at >= PREPARE_AFTER:
                self._ranked = self._rank()

    def note(self, tx: Tx, source_id: int, given: Iterable[Item]) -> None:
        """Hear what a source brought, matched or not. Before intake: what is stored already was heard before.

        Every half minute it stores what has gathered, within `tx`.
        """
        with self._lock:
            tally = self._tally = self._tally or Tally(reference().common)
            mine = [plain_item(one) for one in given if one.kind != "official"]
            for item in self._new(tx, source_id, mine):
                at = min(item.published_at or tx.now, tx.now)
                if at > tx.now - LATEST:
                    tally.add(source_id, item, at)
            if self._flushed is None or tx.now - self._flushed >= FLUSH_EVERY:
                self._flush(tx, tally, MOST_WRITTEN)

    def flush(self, tx: Tx) -> None:
        """Store what has gathered, all of it."""
        with self._lock:
            if self._tally is not None:
                self._ranked = None
                self._flush(tx, self._tally, None)

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

    def _rank(self) -> Ranked:
        ranked = self._tally.ranked(LEAST_STORED, MOST_STORED) if self._tally is not None else {}
        return [(slot, term, cell) for slot, heard in ranked.items() for term, cell in heard]

    def _flush(self, tx: Tx, tally: Tally, most: int | None) -> None:
        """The first `most` of what is ranked; the rest has its turn at the next."""
        ranked, self._ranked = self._ranked or self._rank(), None
        by_slot: defaultdict[datetime, list[tuple[str, Cell]]] = defaultdict(list)
        for slot, term, cell in ranked[:most]:
            by_slot[slot].append((term, cell))
        _store(tx, by_slot)
        tally.drop_before(slot_of(tx.now - LATEST))
        self._flushed, self._flushed_at = tx.now, monotonic()


def _store(tx: Tx, by_slot: Mapping[datetime, Sequence[tuple[str, Cell]]]) -> None:
    """Add the uses to their rows, which another worker may have written to as well; one statement for all."""
    put, rows = stamp(tx), []
    for slot, heard in by_slot.items():
        known = _rows_of(tx, slot, [term for term, _ in heard])
        for term, cell in heard:
            for source_id, use in cell.items():
                if use.uses:
                    values = _with(use, known.get((term, source_id)))
                    detail = packed(values["detail"])
                    rows.append((term, put(slot), source_id, values["uses"], values["authors"], detail))
                    use.uses = 0
    told = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[3:])
    insert_rows(tx, term_counts, _COLUMNS, rows, clash=f"(term, slot, source_id) DO UPDATE SET {told}")


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
