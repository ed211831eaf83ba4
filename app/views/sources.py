"""What the Sources page shows: each source's health in plain words, for whoever asks "why did we hear nothing?"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import RowMapping, select

from app.views.desk import WORKER_LATE
from app.views.words import Badge
from data.storage.store import Store
from data.storage.tables import sources
from monitors.sources import discover, pushed
from workflow.by_hand import BY_HAND_KIND
from workflow.imports import HISTORY_KIND

WELL = Badge("Well", ":material/check_circle:", "green")
FAILING = Badge("Failing", ":material/error:", "red")
OFF = Badge("Off", ":material/pause_circle:", "gray")
NEW = Badge("Not read yet", ":material/hourglass_top:", "gray")
QUIET = Badge("Quiet", ":material/schedule:", "orange")
UNCALLED = Badge("Not called yet", ":material/hourglass_top:", "gray")
READING = Badge("Being read", ":material/sync:", "blue")
OVERDUE = Badge("Overdue", ":material/schedule:", "orange")


@dataclass(frozen=True)
class SourceCard:
    """One source. `next_poll_at` None: it is off, or others call it. `failures`: readings in a row without a result."""

    id: int
    name: str
    kind: str
    enabled: bool
    health: Badge
    said: str
    succeeded_at: datetime | None
    next_poll_at: datetime | None
    every: timedelta
    failures: int
    address: str
    called: bool


@dataclass(frozen=True)
class SourcesView:
    """All sources, the failing ones first, and the instant."""

    now: datetime
    cards: tuple[SourceCard, ...]

    @property
    def failing(self) -> int:
        return sum(card.health == FAILING for card in self.cards)


def read(store: Store) -> SourcesView:
    """The page; health is the same for everybody."""
    with store.read() as tx:
        real = select(sources).where(sources.c.kind.not_in((HISTORY_KIND, BY_HAND_KIND))).order_by(sources.c.name)
        found = [_card(row, tx.now) for row in tx.rows(real)]
        order = {FAILING: 0, OVERDUE: 1, OFF: 3}
        return SourcesView(tx.now, tuple(sorted(found, key=lambda card: order.get(card.health, 2))))


def called(store: Store) -> dict[int, str]:
    """The sources that others call, by their numbers."""
    with store.read() as tx:
        rows = tx.rows(select(sources.c.id, sources.c.name).where(sources.c.kind.in_(_called())))
        return {row["id"]: row["name"] for row in rows}


def _card(row: RowMapping, now: datetime) -> SourceCard:
    return SourceCard(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        enabled=row["enabled"],
        health=_health(row, now),
        said=row["last_message"],
        succeeded_at=row["succeeded_at"],
        next_poll_at=row["next_poll_at"] if row["enabled"] and row["kind"] not in _called() else None,
        every=timedelta(seconds=row["interval_seconds"]),
        failures=row["failures"],
        called=row["kind"] in _called(),
        address=next((str(row["config"][key]) for key in ("address", "instance") if row["config"].get(key)), ""),
    )


@cache
def _called() -> frozenset[str]:
    """The kinds that nobody reads, because others call them."""
    return frozenset(pushed(discover()))


def _health(row: RowMapping, now: datetime) -> Badge:
    """The first line that applies, top to bottom."""
    if not row["enabled"]:
        return OFF
    if row["lease_until"] is not None and row["lease_until"] > now:
        return READING
    if row["failures"]:
        return FAILING
    if row["kind"] in _called():
        silent = now > row["next_poll_at"]
        return UNCALLED if row["succeeded_at"] is None else QUIET if silent else WELL
    if now - row["next_poll_at"] > WORKER_LATE:
        return OVERDUE
    return WELL if row["succeeded_at"] is not None else NEW
