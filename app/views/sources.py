"""What the Sources page shows: each source's health in plain words, for whoever asks "why did we hear nothing?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from sqlalchemy import RowMapping, Select, or_, select

from app.views.desk import WORKER_LATE
from app.views.words import Badge
from data.addresses import bare
from data.storage.store import Store
from data.storage.tables import sources
from monitors.poller import brings
from monitors.sources import Kind, Push, Stream, discover
from workflow.by_hand import BY_HAND_KIND
from workflow.imports import HISTORY_KIND
from workflow.rules.health import is_loud

WELL = Badge("Well", ":material/check_circle:", "green")
CONNECTED = Badge("Connected", ":material/podcasts:", "green")
FAILING = Badge("Failing", ":material/error:", "red")
OFF = Badge("Off", ":material/pause_circle:", "gray")
SWITCHED_OFF = Badge("Switched off by Tact", ":material/power_off:", "red")
NEW = Badge("Not read yet", ":material/hourglass_top:", "gray")
QUIET = Badge("Quiet", ":material/schedule:", "orange")
UNCALLED = Badge("Not called yet", ":material/hourglass_top:", "gray")
READING = Badge("Being read", ":material/sync:", "blue")
OVERDUE = Badge("Overdue", ":material/schedule:", "orange")
_ORDER = {SWITCHED_OFF: 0, FAILING: 1, OVERDUE: 2, OFF: 4}

Shape = Literal["asked", "followed", "called"]


@dataclass(frozen=True)
class SourceCard:
    """One source. `next_poll_at` None: it is off, or others call it. `failures`: readings in a row without a result.

    `lag`: how old the newest of what came was when we got it. `loud`: its silence blinds the brake.
    """

    id: int
    name: str
    kind: str
    shape: Shape
    enabled: bool
    health: Badge
    said: str
    succeeded_at: datetime | None
    next_poll_at: datetime | None
    every: timedelta
    failures: int
    failing_since: datetime | None
    lag: timedelta | None
    switched_off_at: datetime | None
    switched_off_why: str
    loud: bool
    address: str


@dataclass(frozen=True)
class SourcesView:
    """All sources, the failing ones first, and the instant."""

    now: datetime
    cards: tuple[SourceCard, ...]

    @property
    def failing(self) -> int:
        return sum(card.health in (FAILING, SWITCHED_OFF) for card in self.cards)


@dataclass(frozen=True)
class Settings:
    """What a source is set to, for the form that changes it. Its secrets are only named."""

    id: int
    name: str
    kind: str
    config: Mapping[str, object]
    every: timedelta
    secrets: frozenset[str]


@dataclass(frozen=True)
class Notices:
    """What every page says: official sources that are silent (since when), and what Tact switched off."""

    now: datetime
    silent: tuple[tuple[str, datetime], ...]
    switched_off: tuple[str, ...]


def read(store: Store) -> SourcesView:
    """The page; health is the same for everybody."""
    with store.read() as tx:
        found = [_card(row, tx.now) for row in tx.rows(_real().order_by(sources.c.name))]
        return SourcesView(tx.now, tuple(sorted(found, key=lambda card: _ORDER.get(card.health, 3))))


def settings(store: Store) -> tuple[Settings, ...]:
    """Every source as the form that changes it needs it."""
    with store.read() as tx:
        rows = tx.rows(_real().where(sources.c.kind.in_(kinds())).order_by(sources.c.name))
        return tuple(
            Settings(
                id=row["id"],
                name=row["name"],
                kind=row["kind"],
                config=row["config"],
                every=timedelta(seconds=row["interval_seconds"]),
                secrets=frozenset(row["secrets"]),
            )
            for row in rows
        )


def notices(store: Store) -> Notices:
    """One small query: it runs with every page's banner."""
    with store.read() as tx:
        troubled = or_(sources.c.switched_off_at.is_not(None), sources.c.failing_since.is_not(None))
        rows = tx.rows(_real().where(troubled).order_by(sources.c.name))
        silent = [row for row in rows if _is_loud(row, tx.now)]
        return Notices(
            now=tx.now,
            silent=tuple((row["name"], row["succeeded_at"] or row["failing_since"]) for row in silent),
            switched_off=tuple(row["name"] for row in rows if row["switched_off_at"] is not None),
        )


def called(store: Store) -> dict[int, str]:
    """The sources that others call, by their numbers."""
    return {one.id: one.name for one in settings(store) if shape_of(one.kind) == "called"}


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of source there is, by its name."""
    return discover()


def shape_of(kind: str) -> Shape:
    """Whether a kind is asked again and again, followed as long as it speaks, or called by others."""
    found = kinds().get(kind)
    return "followed" if isinstance(found, Stream) else "called" if isinstance(found, Push) else "asked"


def _real() -> Select[Any]:
    return select(sources).where(sources.c.kind.not_in((HISTORY_KIND, BY_HAND_KIND)))


def _card(row: RowMapping, now: datetime) -> SourceCard:
    shape = shape_of(row["kind"])
    return SourceCard(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        shape=shape,
        enabled=row["enabled"],
        health=_health(row, shape, now),
        said=row["last_message"],
        succeeded_at=row["succeeded_at"],
        next_poll_at=row["next_poll_at"] if row["enabled"] and shape != "called" else None,
        every=timedelta(seconds=row["interval_seconds"]),
        failures=row["failures"],
        failing_since=row["failing_since"],
        lag=timedelta(seconds=row["lag_seconds"]) if row["lag_seconds"] is not None else None,
        switched_off_at=row["switched_off_at"],
        switched_off_why=row["switched_off_why"],
        loud=_is_loud(row, now),
        address=next((bare(str(row["config"][key])) for key in ("address", "instance") if row["config"].get(key)), ""),
    )


def _is_loud(row: RowMapping, now: datetime) -> bool:
    kind = kinds().get(row["kind"])
    official = kind is not None and brings(kind, row["config"]) == "official"
    return bool(row["enabled"]) and is_loud(official, row["failing_since"], now)


def _health(row: RowMapping, shape: Shape, now: datetime) -> Badge:
    """The first line that applies, top to bottom."""
    if not row["enabled"]:
        return SWITCHED_OFF if row["switched_off_at"] is not None else OFF
    if row["lease_until"] is not None and row["lease_until"] > now and shape == "asked":
        return READING
    if row["failures"]:
        return FAILING
    if shape == "called":
        silent = now > row["next_poll_at"]
        return UNCALLED if row["succeeded_at"] is None else QUIET if silent else WELL
    if shape == "followed" and row["lease_until"] is not None and row["lease_until"] > now:
        return CONNECTED if row["succeeded_at"] is not None else NEW
    if now - row["next_poll_at"] > WORKER_LATE:
        return OVERDUE
    return WELL if row["succeeded_at"] is not None else NEW
