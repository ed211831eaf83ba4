"""Figures that a person brings in a file: planned, shown, and written in one transaction, or not at all.

A row whose address is that of a publication of ours is a snapshot of it; any other is a post from before Tact or past
it, kept in `past_posts` with its final figures, so that there is something to compare with. A row that is brought again
replaces what it brought before, where it says when it was read. `figures_file` reads the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import bindparam, func, insert, select, update

from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import past_posts, publications
from workflow.access import require
from workflow.measuring.engagement import IMPORTED, Brought, Measured, keep_many, publications_measured
from workflow.measuring.figures_file import Row, refuse
from workflow.rules.metrics import Counts, interactions, passed_on

# So many rows at once: few enough for one statement's parameters, and a progress that moves (ours).
AT_ONCE = 250

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """What an import would bring. `ours`: rows that are figures of our publications; `known`: past posts replaced."""

    ours: int
    past: int
    known: int
    platforms: tuple[str, ...]


@dataclass(frozen=True)
class _Matched:
    ours: Sequence[tuple[Row, Measured]]
    past: Sequence[Row]
    known: Mapping[tuple[str, str], int]


def plan(store: Store, rows: Sequence[Row]) -> Plan:
    """What would come in. BadInput names every line that cannot be used."""
    with store.read() as tx:
        found = _match(tx, rows)
    platforms = {row.platform for row in found.past} | {out.platform for _, out in found.ours}
    known = sum((row.platform, row.address) in found.known for row in found.past)
    return Plan(len(found.ours), len(found.past), known, tuple(sorted(platforms)))


def bring(store: Store, token: str, rows: Sequence[Row], progress: Progress = lambda done, of: None) -> Plan:
    """Write them all, in one transaction. `progress` is told how many of how many are written."""
    with store.write() as tx:
        person = require(tx, token, "write")
        found = _match(tx, rows)
        done = 0
        for part in _parts(found.ours):
            keep_many(tx, [_brought(tx, row, out) for row, out in part], IMPORTED)
            progress(done := done + len(part), len(rows))
        for some in _parts(found.past):
            _write_past(tx, some, found.known, person.id)
            progress(done := done + len(some), len(rows))
        known = sum((row.platform, row.address) in found.known for row in found.past)
        detail = {"ours": len(found.ours), "past": len(found.past), "replaced": known}
        events.append(tx, person.actor, "figures_imported", "brand", None, detail=detail)
    platforms = {row.platform for row in found.past} | {out.platform for _, out in found.ours}
    return Plan(len(found.ours), len(found.past), known, tuple(sorted(platforms)))


def _match(tx: Tx, rows: Sequence[Row]) -> _Matched:
    """Each row to its publication, or to the past; refuses the whole file where one line cannot be used."""
    by_address = {
        address_key(row["address"]): row["id"]
        for row in tx.rows(select(publications.c.id, publications.c.address).order_by(publications.c.id))
        if row["address"]
    }
    wanted = {row.line: by_address.get(address_key(row.address)) for row in rows}
    out: dict[int, Measured] = {}
    for part in _parts([one for one in dict.fromkeys(wanted.values()) if one is not None]):
        out |= publications_measured(tx, part)
    ours = [(row, out[number]) for row in rows if (number := wanted[row.line]) is not None]
    past = [row for row in rows if wanted[row.line] is None]
    refuse(_wrong_ours(ours, tx.now) + _wrong_past(past))
    known = tx.rows(select(past_posts.c.id, past_posts.c.platform, past_posts.c.address)) if past else ()
    return _Matched(ours, past, {(row["platform"], row["address"]): row["id"] for row in known})


def address_key(address: str) -> str:
    """An address so that two ways to write the same one are one: without scheme, www, fragment and last slash."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:  # what a platform once called an address
        return address.strip()
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.casefold().removeprefix('www.')}{parts.path.rstrip('/')}{query}"


def _wrong_ours(ours: Sequence[tuple[Row, Measured]], now: datetime) -> list[str]:
    wrong, seen = [], dict[tuple[int, datetime | None], int]()
    for row, out in ours:
        key = (out.id, row.read_at)
        if row.platform and row.platform != out.platform:
            wrong.append(f"Line {row.line}: this post is on {out.platform}, not on {row.platform}.")
        elif row.counts == Counts():
            wrong.append(f"Line {row.line}: for a post of ours give single figures, not only their sum.")
        elif (row.read_at or now) < out.at:
            wrong.append(f"Line {row.line}: it was read before it was published. Check read_at and the time zone.")
        elif key in seen:
            wrong.append(f"Line {row.line}: the same post at the same time is in line {seen[key]} already.")
        seen.setdefault(key, row.line)
    return wrong


def _wrong_past(past: Sequence[Row]) -> list[str]:
    wrong, seen = [], dict[tuple[str, str], int]()
    none = "no post of ours has this address; for an earlier one"
    for row in past:
        key = (row.platform, row.address)
        if not row.platform:
            wrong.append(f"Line {row.line}: {none} name the platform.")
        elif row.at is None:
            wrong.append(f"Line {row.line}: {none} say when it was posted.")
        elif key in seen:
            wrong.append(f"Line {row.line}: the same address is in line {seen[key]} already.")
        seen.setdefault(key, row.line)
    return wrong


def _brought(tx: Tx, row: Row, out: Measured) -> Brought:
    return Brought(out.id, row.read_at or tx.now, row.counts)


def _write_past(tx: Tx, rows: Sequence[Row], known: Mapping[tuple[str, str], int], person_id: int) -> None:
    fresh, again = [], []
    for row in rows:
        values = _past_values(tx, row, person_id)
        number = known.get((row.platform, row.address))
        if number is None:
            fresh.append({"platform": row.platform, "address": row.address, **values})
        else:
            again.append({"_id": number, **values})
    if fresh:
        tx.run(insert(past_posts), fresh)
    if again:
        tx.run(update(past_posts).where(past_posts.c.id == bindparam("_id")), again)


def _past_values(tx: Tx, row: Row, person_id: int) -> dict[str, Any]:
    counted = interactions(row.platform, row.counts)
    return {
        "kind": row.kind or "text",
        "at": row.at,
        "excerpt": row.text,
        "impressions": row.counts.impressions,
        # The sum of what counts as one here; the platform's own sum where single figures are not told.
        "interactions": counted if counted is not None else row.interactions,
        "shares": passed_on(row.counts),
        "replies": row.counts.replies,
        "audience": row.counts.audience,
        "reactive": row.reactive,
        "imported_at": tx.now,
        "imported_by": person_id,
    }


def past_count(tx: Tx) -> int:
    """How many posts of the past there are."""
    return int(tx.value(select(func.count()).select_from(past_posts)))


def _parts(given: Sequence[Any]) -> Iterator[list[Any]]:
    rest = iter(given)
    while part := list(islice(rest, AT_ONCE)):
        yield part
