"""The event rows: what happened, who did it, and a chain of hashes that shows when somebody rewrote it.

Each row's hash covers its own fields and the hash of the row before it. Rows are written in the transaction that
makes them true (`append`), never changed and never deleted: the database itself refuses both. Cutting rows off
the end leaves a valid, shorter chain; it is found by comparing with a head that was kept elsewhere (`missing_head`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select

from data.storage.store import Store, Tx
from data.storage.tables import events

GENESIS = "0" * 64
SYSTEM = "tact"
_HASHED = (
    "at", "actor_id", "actor", "kind", "subject", "subject_id", "before", "after", "why", "content_hash", "detail",
)  # fmt: skip


@dataclass(frozen=True)
class Actor:
    """Who did it: a person, or the product itself (`id` None)."""

    id: int | None
    name: str


THE_PRODUCT = Actor(None, SYSTEM)


@dataclass(frozen=True)
class Broken:
    """The first row at which the chain does not hold."""

    event_id: int
    why: str


def append(
    tx: Tx,
    actor: Actor,
    kind: str,
    subject: str,
    subject_id: int | None,
    *,
    before: str | None = None,
    after: str | None = None,
    why: str = "",
    content_hash: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Write one event row at the end of the chain and return its id. Needs a write transaction."""
    row = {
        "at": tx.now,
        "actor_id": actor.id,
        "actor": actor.name,
        "kind": kind,
        "subject": subject,
        "subject_id": subject_id,
        "before": before,
        "after": after,
        "why": why,
        "content_hash": content_hash,
        "detail": json.loads(json.dumps(dict(detail or {}), default=str)),
    }
    previous = tx.value(select(events.c.hash).order_by(events.c.id.desc()).limit(1)) or GENESIS
    return tx.insert(insert(events).values(**row, previous_hash=previous, hash=chained(previous, row)))


@dataclass(frozen=True)
class Told:
    """What is different in each of many events of one kind."""

    subject_id: int
    before: str
    after: str
    content_hash: str


def append_each(
    tx: Tx, actor: Actor, kind: str, subject: str, told: Sequence[Told], *, why: str, detail: Mapping[str, Any]
) -> None:
    """Many rows of one kind at the end of the chain, in one statement: a pause may stop ten thousand posts at once."""
    previous = tx.value(select(events.c.hash).order_by(events.c.id.desc()).limit(1)) or GENESIS
    common: dict[str, Any] = {
        "at": tx.now,
        "actor_id": actor.id,
        "actor": actor.name,
        "kind": kind,
        "subject": subject,
        "why": why,
    }
    common["detail"] = json.loads(json.dumps(dict(detail), default=str))
    rows: list[dict[str, Any]] = []
    for one in told:
        row = {**common, **vars(one)}
        digest = chained(previous, row)
        rows.append({**row, "previous_hash": previous, "hash": digest})
        previous = digest
    if rows:
        tx.run(insert(events), rows)


def chained(previous: str, row: Mapping[str, Any] | RowMapping) -> str:
    """The hash of a row that follows the row with hash `previous`."""
    fields = {name: _plain(row[name]) for name in _HASHED}
    canonical = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()


def verify(store: Store) -> tuple[int, Broken | None]:
    """Walk the chain: how many rows hold, and the first that does not (None: all of them do)."""
    with store.read() as tx:
        return verify_rows(_walk(tx))


def verify_rows(rows: Iterable[Mapping[str, Any] | RowMapping]) -> tuple[int, Broken | None]:
    """The same for rows from anywhere, such as an exported file, in the order of their ids."""
    checked, previous = 0, GENESIS
    for row in rows:
        if row["previous_hash"] != previous:
            return checked, Broken(row["id"], "the row before it is missing, moved or not the one it followed")
        if row["hash"] != chained(previous, row):
            return checked, Broken(row["id"], "its fields were changed after it was written")
        checked, previous = checked + 1, row["hash"]
    return checked, None


def is_row(values: Mapping[str, Any]) -> bool:
    """Whether these values have everything that an event row has."""
    return all(name in values for name in (*_HASHED, "id", "previous_hash", "hash"))


def missing_head(store: Store, event_id: int, digest: str) -> Broken | None:
    """Whether the row that was the head when it was kept is still there, unchanged (None). Finds a cut-off tail."""
    if event_id == 0 and digest == GENESIS:
        return None  # kept while there was no event yet
    with store.read() as tx:
        found = tx.value(select(events.c.hash).where(events.c.id == event_id))
    if found is None:
        return Broken(event_id, "it was the last one when the head was kept, and it is gone: the end was cut off")
    return (
        None if found == digest else Broken(event_id, "it is not the row whose hash was kept: the chain was rewritten")
    )


def exported(store: Store) -> Iterator[dict[str, Any]]:
    """Every row as plain values, in order and of one instant; `verify_rows` can check what was written of them."""
    with store.read() as tx:
        for row in _walk(tx):
            yield {name: _plain(value) for name, value in row.items()}


def head(store: Store) -> tuple[int, str]:
    """The last row's id and hash; keep it elsewhere, to find out later whether the end was cut off."""
    with store.read() as tx:
        row = tx.row(select(events.c.id, events.c.hash).order_by(events.c.id.desc()).limit(1))
    return (row["id"], row["hash"]) if row else (0, GENESIS)


def _walk(tx: Tx, page: int = 1000) -> Iterator[RowMapping]:
    last = 0
    while rows := tx.rows(select(events).where(events.c.id > last).order_by(events.c.id).limit(page)):
        yield from rows
        last = rows[-1]["id"]


def _plain(value: Any) -> Any:
    # Microseconds survive on both databases, so the text form is the same on the way in and out.
    return value.isoformat() if isinstance(value, datetime) else value
