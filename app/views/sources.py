"""What the Sources page shows: each source's health in plain words, for whoever asks "why did we hear nothing?"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select

from app.views.desk import WORKER_LATE
from app.views.words import Badge
from data.storage.store import Store
from data.storage.tables import sources
from workflow.by_hand import BY_HAND_KIND
from workflow.imports import HISTORY_KIND

WELL = Badge("Well", ":material/check_circle:", "green")
FAILING = Badge("Failing", ":material/error:", "red")
OFF = Badge("Off", ":material/pause_circle:", "gray")
NEW = Badge("Not read yet", ":material/hourglass_top:", "gray")
READING = Badge("Being read", ":material/sync:", "blue")
OVERDUE = Badge("Overdue", ":material/schedule:", "orange")


@dataclass(frozen=True)
class SourceCard:
    """One source. `next_poll_at` None: it is off. `failures`: how many readings in a row brought nothing."""

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


def _card(row: RowMapping, now: datetime) -> SourceCard:
    return SourceCard(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        enabled=row["enabled"],
        health=_health(row, now),
        said=row["last_message"],
        succeeded_at=row["succeeded_at"],
        next_poll_at=row["next_poll_at"] if row["enabled"] else None,
        every=timedelta(seconds=row["interval_seconds"]),
        failures=row["failures"],
        address=next((str(row["config"][key]) for key in ("address", "instance") if row["config"].get(key)), ""),
    )


def _health(row: RowMapping, now: datetime) -> Badge:
    """The first line that applies, top to bottom."""
    if not row["enabled"]:
        return OFF
    if row["lease_until"] is not None and row["lease_until"] > now:
        return READING
    if row["failures"]:
        return FAILING
    if now - row["next_poll_at"] > WORKER_LATE:
        return OVERDUE
    return WELL if row["succeeded_at"] is not None else NEW
