"""What the Deliveries page shows: what others sent us that could not be read, and who knocks without a key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, func, select

from data.storage.store import Store, Tx
from data.storage.tables import deliveries, sources
from monitors.sources import Kind, pushed
from workflow.deliveries import State

MOST_SHOWN = 20
PREVIEW = 2_000
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Waiting:
    """One refused delivery. `preview` is the beginning of what was sent; `size` its length in characters."""

    id: int
    source: str
    delivery_id: str
    received_at: datetime
    sent_at: datetime | None
    reason: str
    preview: str
    size: int


@dataclass(frozen=True)
class Caller:
    """One source that is called, and its last day in numbers. `unsigned_why` is the newest reason."""

    id: int
    name: str
    enabled: bool
    taken: int
    unsigned: int
    unsigned_why: str
    dropped: int


@dataclass(frozen=True)
class DeliveriesView:
    """The page. `waiting` are the newest of `refused` in all."""

    now: datetime
    callers: tuple[Caller, ...]
    waiting: tuple[Waiting, ...]
    refused: int


def read(store: Store, kinds: dict[str, Kind]) -> DeliveriesView:
    """The same for everybody who may open the page."""
    with store.read() as tx:
        called = select(sources).where(sources.c.kind.in_(pushed(kinds))).order_by(sources.c.name)
        callers = tuple(_caller(tx, row) for row in tx.rows(called))
        refused = tx.value(select(func.count()).where(deliveries.c.state == State.REFUSED)) or 0
        return DeliveriesView(tx.now, callers, _waiting(tx), int(refused))


def _waiting(tx: Tx) -> tuple[Waiting, ...]:
    rows = tx.rows(
        select(deliveries, sources.c.name)
        .join(sources, sources.c.id == deliveries.c.source_id)
        .where(deliveries.c.state == State.REFUSED)
        .order_by(deliveries.c.received_at.desc(), deliveries.c.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(
        Waiting(
            id=row["id"],
            source=row["name"],
            delivery_id=row["delivery_id"],
            received_at=row["received_at"],
            sent_at=row["sent_at"],
            reason=row["reason"],
            preview=row["body"][:PREVIEW],
            size=len(row["body"]),
        )
        for row in rows
    )


def _caller(tx: Tx, source: RowMapping) -> Caller:
    mine = (deliveries.c.source_id == source["id"]) & (deliveries.c.received_at > tx.now - DAY)
    rows = tx.rows(
        select(deliveries.c.state, func.count().label("rows"), func.sum(deliveries.c["items"]).label("number"))
        .where(mine)
        .group_by(deliveries.c.state)
    )
    by_state = {row["state"]: row for row in rows}
    unsigned = select(deliveries.c.reason).where(mine, deliveries.c.state == State.UNSIGNED)
    return Caller(
        id=source["id"],
        name=source["name"],
        enabled=source["enabled"],
        taken=by_state[State.TAKEN]["rows"] if State.TAKEN in by_state else 0,
        unsigned=int(by_state[State.UNSIGNED]["number"]) if State.UNSIGNED in by_state else 0,
        unsigned_why=tx.value(unsigned.order_by(deliveries.c.received_at.desc()).limit(1)) or "",
        dropped=int(by_state[State.OVERFLOW]["number"]) if State.OVERFLOW in by_state else 0,
    )
