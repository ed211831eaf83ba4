"""What rises and nobody watches yet, as the Monitors page and the Desk tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, func, select

from data.storage.store import Store, Tx
from data.storage.tables import proposals, sources
from workflow.discovery import OPEN

MOST = 12


@dataclass(frozen=True)
class RisingCard:
    """One proposal. `rise`: how many times what was to be expected; `first`: the source that had it first."""

    id: int
    label: str
    rise: float
    uses: int
    authors: int
    first: str
    first_at: datetime
    others: int
    also: tuple[str, ...]
    samples: tuple[str, ...]


@dataclass(frozen=True)
class RisingView:
    """The steepest first; `total` counts those too that are not drawn."""

    now: datetime
    cards: tuple[RisingCard, ...]
    total: int


def read(store: Store) -> RisingView:
    """The section; it is the same for everybody."""
    with store.read() as tx:
        named = {row["id"]: row["name"] for row in tx.rows(select(sources.c.id, sources.c.name))}
        rows = tx.rows(select(proposals).where(proposals.c.state == OPEN).order_by(proposals.c.rise.desc()).limit(MOST))
        return RisingView(tx.now, tuple(_card(row, named) for row in rows), number(tx))


def number(tx: Tx) -> int:
    """How many there are."""
    return int(tx.value(select(func.count()).select_from(proposals).where(proposals.c.state == OPEN)) or 0)


def _card(row: RowMapping, named: dict[int, str]) -> RisingCard:
    why = row["why"]
    heard = set(why.get("sources", ())) - {row["first_source_id"]}
    return RisingCard(
        id=row["id"],
        label=row["label"],
        rise=row["rise"],
        uses=row["uses"],
        authors=row["authors"],
        first=named.get(row["first_source_id"], "a source that is gone"),
        first_at=row["first_seen_at"],
        others=len(heard),
        also=tuple(why.get("also", ())),
        samples=tuple(one["text"] for one in why.get("samples", ())),
    )
