"""Keeping what a platform says of a publication: every snapshot, and what it had reached at the ages that are compared.

The one place that writes `engagement_snapshots` and `engagement_marks`, whoever brings the figures: the collector, a
file, a person. Snapshots may come late, twice or in any order, and their numbers may fall; nothing here adds any up. A
mark is the first figure at or after its age that is not too late (`rules.collecting.reached`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, and_, bindparam, func, insert, select, update

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

COLLECTED, IMPORTED = "collected", "imported"
TELLS_NOTHING = "This channel tells no figures: bring them from a file."


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
    """A publication has left: from now on its figures are read, where there is anybody to tell them.

    `channel_measures` may be said of a channel that nobody has asked: the collector finds out, and says so.
    """
    readable = channel_measures and platform in metrics()
    message = "" if readable else TELLS_NOTHING
    row = {"publication_id": publication_id, "next_at": tx.now if readable else None, "message": message}
    tx.run(insert(collections).values(**row))


def end(tx: Tx, publication_id: int, message: str) -> None:
    """Nothing more is read of it; what is on its way in by now is not kept."""
    values = {"next_at": None, "lease_owner": None, "lease_until": None, "message": message}
    this = collections.c.publication_id == publication_id
    tx.run(update(collections).where(this).values(**values, fence=collections.c.fence + 1))


@dataclass(frozen=True)
class Brought:
    """What somebody brings of a publication: what was known of it at an instant of our clock."""

    publication_id: int
    at: datetime
    counts: Counts
    raw: Mapping[str, Any] = field(default_factory=dict)


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
    return keep_many(tx, (Brought(publication_id, at, counts, raw or {}),), origin)


def keep_many(tx: Tx, brought: Sequence[Brought], origin: str) -> tuple[int, ...]:
    """The same of many, in a handful of statements; all marks that were written."""
    found = publications_measured(tx, {one.publication_id for one in brought})
    for one in brought:
        if one.publication_id not in found:
            raise BadInput("There is no such publication.")
    _write_snapshots(tx, brought, origin)
    return _write_marks(tx, [(found[one.publication_id], one) for one in brought])


def _write_snapshots(tx: Tx, brought: Sequence[Brought], origin: str) -> None:
    table = engagement_snapshots.c
    ids, times = {one.publication_id for one in brought}, [one.at for one in brought]
    mine = table.publication_id.in_(ids) & (table.origin == origin) & table.at.between(min(times), max(times))
    rows = tx.rows(select(table.id, table.publication_id, table.at).where(mine))
    there = {(row["publication_id"], row["at"]): row["id"] for row in rows}
    last = {(one.publication_id, one.at): {**asdict(one.counts), "raw": dict(one.raw)} for one in brought}
    again = [{"_id": there[key], **values} for key, values in last.items() if key in there]
    fresh = [
        {"publication_id": key[0], "at": key[1], "origin": origin, **values}
        for key, values in last.items()
        if key not in there
    ]
    if again:
        tx.run(update(engagement_snapshots).where(table.id == bindparam("_id")), again)
    if fresh:
        tx.run(insert(engagement_snapshots), fresh)


def _write_marks(tx: Tx, brought: Sequence[tuple[Measured, Brought]]) -> tuple[int, ...]:
    """For each age the earliest figure that may stand for it, unless an earlier one does already."""
    best: dict[tuple[int, int], dict[str, Any]] = {}
    for found, one in sorted(brought, key=lambda pair: pair[1].at):
        for mark in reached(one.at - found.at):
            key = (found.id, mark)
            if key not in best or best[key]["at"] == one.at:
                best[key] = _mark(found, one, mark)
    if not best:
        return ()
    mine = engagement_marks.c.publication_id.in_({key[0] for key in best})
    there = {(row["publication_id"], row["age_minutes"]): row["at"] for row in tx.rows(select(*_MARKED).where(mine))}
    fresh = [values for key, values in best.items() if key not in there]
    nearer = [values for key, values in best.items() if key in there and values["at"] <= there[key]]
    if nearer:
        this = engagement_marks.c.publication_id == bindparam("_publication")
        statement = update(engagement_marks).where(this, engagement_marks.c.age_minutes == bindparam("_age"))
        tx.run(statement, [_named(values) for values in nearer])
    if fresh:
        tx.run(insert(engagement_marks), fresh)
    return tuple(sorted(values["age_minutes"] for values in (*fresh, *nearer)))


def _mark(found: Measured, one: Brought, age_minutes: int) -> dict[str, Any]:
    return {
        "publication_id": found.id,
        "age_minutes": age_minutes,
        "platform": found.platform,
        "kind": found.kind,
        "published_at": found.at,
        "at": one.at,
        "impressions": one.counts.impressions,
        "interactions": interactions(found.platform, one.counts),
        "shares": passed_on(one.counts),
        "replies": one.counts.replies,
        "audience": one.counts.audience,
    }


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    """A mark's row for an update, its key under names that are no columns."""
    rest = {name: value for name, value in values.items() if name not in ("publication_id", "age_minutes")}
    return {"_publication": values["publication_id"], "_age": values["age_minutes"], **rest}


def measured(tx: Tx, publication_id: int) -> Measured:
    """The publication that figures are brought for. BadInput where there is none."""
    found = publications_measured(tx, (publication_id,)).get(publication_id)
    if found is None:
        raise BadInput("There is no such publication.")
    return found


def publications_measured(tx: Tx, publication_ids: Collection[int]) -> dict[int, Measured]:
    """Publications as figures belong to them, by id; those that are not there are left out. One statement."""
    # By the words that left, whatever was written since.
    left = and_(
        draft_versions.c.draft_id == publications.c.draft_id,
        draft_versions.c.content_hash == publications.c.content_hash,
    )
    rows = tx.rows(
        select(publications.c.id, publications.c.draft_id, publications.c.at, drafts.c.platform)
        .add_columns(draft_versions.c.media, draft_versions.c.answering)
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .outerjoin(draft_versions, left)
        .where(publications.c.id.in_(tuple(publication_ids)))
        .order_by(draft_versions.c.number)
    )
    return {row["id"]: Measured(row["id"], row["draft_id"], row["platform"], kind_in(row), row["at"]) for row in rows}


def kind_in(version: RowMapping) -> str:
    """Which kind a version of a draft is, by its `media` and `answering`; text where there is no version."""
    return kind_of(
        [str(one.get("kind", "")) for one in version["media"] or ()], (version["answering"] or {}).get("kind")
    )


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
_MARKED = (engagement_marks.c.publication_id, engagement_marks.c.age_minutes, engagement_marks.c.at)
_TOLD = [engagement_snapshots.c[name] for name in ("id", "publication_id", "at", "origin", *WORDS)]


def snapshot_of(row: RowMapping) -> Snapshot:
    """A row of `engagement_snapshots` as a value."""
    return Snapshot(row["publication_id"], row["at"], Counts(**{word: row[word] for word in WORDS}), row["origin"])
