"""Keeping what a platform says of a publication: every snapshot, and what it had reached at the ages that are compared.

The one place that writes `engagement_snapshots` and `engagement_marks`, whoever brings the figures: the collector, a
file, a person. Snapshots may come late, twice or in any order, and their numbers may fall; nothing here adds any up. A
mark is the first figure at or after its age that is not too late (`rules.collecting.reached`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update

from data.errors import BadInput
from data.reference.metrics import WORDS, metrics
from data.storage.store import Tx
from data.storage.tables import (
    collections,
    draft_versions,
    drafts,
    engagement_marks,
    engagement_snapshots,
    publications,
)
from workflow.rules.collecting import reached
from workflow.rules.metrics import Counts, interactions, kind_of, passed_on

COLLECTED, IMPORTED, TYPED = "collected", "imported", "typed"
TELLS_NOTHING = "This channel tells no figures: import them, or type them in."


@dataclass(frozen=True)
class Measured:
    """A publication as figures belong to it. `at`: our clock as it left; `kind`: one of `rules.metrics.KINDS`."""

    id: int
    draft_id: int
    platform: str
    kind: str
    at: datetime


@dataclass(frozen=True)
class Snapshot:
    """What was known at an instant of our clock; `origin`: who brought it."""

    publication_id: int
    at: datetime
    counts: Counts
    origin: str


def begin(tx: Tx, publication_id: int, platform: str, channel_measures: bool) -> None:
    """A publication has left: from now on its figures are read, where there is anybody to tell them."""
    readable = channel_measures and platform in metrics()
    message = "" if readable else TELLS_NOTHING
    row = {"publication_id": publication_id, "next_at": tx.now if readable else None, "message": message}
    tx.run(insert(collections).values(**row))


def end(tx: Tx, publication_id: int, message: str) -> None:
    """Nothing more is read of it; what is on its way in by now is not kept."""
    values = {"next_at": None, "lease_owner": None, "lease_until": None, "message": message}
    this = collections.c.publication_id == publication_id
    tx.run(update(collections).where(this).values(**values, fence=collections.c.fence + 1))


def keep(
    tx: Tx,
    publication_id: int,
    counts: Counts,
    at: datetime,
    origin: str = COLLECTED,
    raw: Mapping[str, Any] | None = None,
) -> tuple[int, ...]:
    """Write a snapshot and the marks that it reaches; those marks, in minutes.

    The same instant from the same origin is written over, so that nothing brought twice is there twice.
    """
    found = measured(tx, publication_id)
    key = {"publication_id": publication_id, "at": at, "origin": origin}
    values = {**asdict(counts), "raw": dict(raw or {})}
    if not tx.run(update(engagement_snapshots).filter_by(**key).values(**values)):
        tx.insert(insert(engagement_snapshots).values(**key, **values))
    due = reached(at - found.at)
    return tuple(mark for mark in due if _mark(tx, found, mark, counts, at))


def _mark(tx: Tx, found: Measured, age_minutes: int, counts: Counts, at: datetime) -> bool:
    """Write the mark unless an earlier figure stands for it."""
    key = {"publication_id": found.id, "age_minutes": age_minutes}
    values = {
        "at": at,
        "impressions": counts.impressions,
        "interactions": interactions(found.platform, counts),
        "shares": passed_on(counts),
        "replies": counts.replies,
        "audience": counts.audience,
    }
    there = tx.value(select(engagement_marks.c.at).filter_by(**key))
    if there is None:
        whose = {"platform": found.platform, "kind": found.kind, "published_at": found.at}
        tx.run(insert(engagement_marks).values(**key, **whose, **values))
    elif at <= there:
        tx.run(update(engagement_marks).filter_by(**key).values(**values))
    return there is None or at <= there


def measured(tx: Tx, publication_id: int) -> Measured:
    """The publication that figures are brought for. BadInput where there is none."""
    row = tx.row(
        select(publications.c.id, publications.c.draft_id, publications.c.at, publications.c.content_hash)
        .add_columns(drafts.c.platform)
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .where(publications.c.id == publication_id)
    )
    if row is None:
        raise BadInput("There is no such publication.")
    return Measured(row["id"], row["draft_id"], row["platform"], _kind(tx, row), row["at"])


def _kind(tx: Tx, row: RowMapping) -> str:
    """Of the words that left, whatever was written since."""
    version = tx.row(
        select(draft_versions.c.media, draft_versions.c.answering)
        .where(draft_versions.c.draft_id == row["draft_id"], draft_versions.c.content_hash == row["content_hash"])
        .order_by(draft_versions.c.number.desc())
        .limit(1)
    )
    return "text" if version is None else kind_in(version)


def kind_in(version: RowMapping) -> str:
    """Which kind a version of a draft is, by its `media` and `answering`."""
    return kind_of([str(one.get("kind", "")) for one in version["media"]], version["answering"].get("kind"))


def newest(tx: Tx, publication_ids: Collection[int]) -> dict[int, Snapshot]:
    """The newest snapshot of each; those without one are left out. One statement."""
    latest = func.row_number().over(
        partition_by=engagement_snapshots.c.publication_id,
        order_by=(engagement_snapshots.c.at.desc(), engagement_snapshots.c.id.desc()),
    )
    mine = engagement_snapshots.c.publication_id.in_(tuple(publication_ids))
    ranked = select(*_TOLD, latest.label("rank")).where(mine).subquery()
    rows = tx.rows(select(ranked).where(ranked.c.rank == 1))
    return {row["publication_id"]: snapshot_of(row) for row in rows}


def course(tx: Tx, publication_ids: Collection[int]) -> dict[int, tuple[Snapshot, ...]]:
    """Every snapshot of each, oldest first. One statement."""
    found: defaultdict[int, list[Snapshot]] = defaultdict(list)
    mine = engagement_snapshots.c.publication_id.in_(tuple(publication_ids))
    statement = select(*_TOLD).where(mine).order_by(engagement_snapshots.c.at, engagement_snapshots.c.id)
    for row in tx.rows(statement):
        found[row["publication_id"]].append(snapshot_of(row))
    return {one: tuple(snapshots) for one, snapshots in found.items()}


def points(platform: str, snapshots: Sequence[Snapshot]) -> list[tuple[datetime, int]]:
    """Interactions over time, as `rules.metrics.velocity` takes them; snapshots that tell none are left out."""
    told = ((one.at, interactions(platform, one.counts)) for one in snapshots)
    return [(at, count) for at, count in told if count is not None]


# Everything but `raw`, which is long and read by nobody but a person with a question.
_TOLD = [engagement_snapshots.c[name] for name in ("id", "publication_id", "at", "origin", *WORDS)]


def snapshot_of(row: RowMapping) -> Snapshot:
    """A row of `engagement_snapshots` as a value."""
    return Snapshot(row["publication_id"], row["at"], Counts(**{word: row[word] for word in WORDS}), row["origin"])
