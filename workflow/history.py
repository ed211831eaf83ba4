"""A team's own history of counts, so that a monitor need not learn for a day: planned, shown, imported, taken back.

Beside `imports`, which writes what it is given: here a person brings a file, so a role is asked and a plan is shown
first. Two rules keep figures honest. Hours that were counted live are never touched: the import ends where the
monitor's own counting begins. And what was imported for the same hours before is replaced, not added to.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, Select, delete, func, select

from data.errors import BadInput
from data.storage import events
from data.storage.events import Actor
from data.storage.store import Store, Tx
from data.storage.tables import baselines, counts, hour_counts, monitors, sources, topics
from data.storage.volumes import HOURS_KEPT, hour_of
from workflow.access import require
from workflow.history_file import Counted, check_spacing
from workflow.imports import HISTORY, import_counts
from workflow.rules.holds import fold

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Plan:
    """What would come in for one monitor. `live` and `old` rows are left out; `replaced` hours were imported before."""

    monitor_id: int
    name: str
    rows: tuple[Counted, ...]
    live: int
    old: int
    replaced: int

    @property
    def first(self) -> datetime:
        return hour_of(self.rows[0].at)

    @property
    def last(self) -> datetime:
        """The end of the last hour."""
        return hour_of(self.rows[-1].at) + HOUR

    @property
    def hours(self) -> int:
        return int((self.last - self.first) / HOUR)

    @property
    def uses(self) -> int:
        return sum(row.count for row in self.rows)

    @property
    def mean(self) -> float:
        """Uses an hour."""
        return self.uses / self.hours


@dataclass(frozen=True)
class Imported:
    """What was imported for a monitor: from the first to the end of the last hour."""

    first: datetime
    last: datetime
    uses: int


@dataclass(frozen=True)
class Sorted:
    """A file's rows by whose they are, in order of time: made before a transaction begins, since it takes its time.

    `by_name` has folded names; with a `monitor_id` all rows are this monitor's, whatever they say.
    """

    by_name: Mapping[str, Sequence[Counted]]
    monitor_id: int | None = None


def in_order(rows: Sequence[Counted], monitor_id: int | None = None) -> Sorted:
    """The rows by name and time. BadInput for rows that tell an instant twice, or lie too far apart."""
    by_name: defaultdict[str, list[Counted]] = defaultdict(list)
    folded = {name: fold(name) for name in {row.monitor for row in rows}}
    for row in rows:
        by_name["" if monitor_id is not None else folded[row.monitor]].append(row)
    for given in by_name.values():
        given.sort(key=lambda row: (row.at, row.number))
        check_spacing(given)
    return Sorted(by_name, monitor_id)


def plan(tx: Tx, rows: Sorted) -> tuple[Plan, ...]:
    """What an import would bring.

    BadInput names the row that belongs to no monitor, and says so where nothing is left to bring.
    """
    known = {row["id"]: row for row in tx.rows(_watched())}
    named = {fold(row["name"]): row["id"] for row in known.values()}
    if rows.monitor_id is not None and rows.monitor_id not in known:
        raise BadInput("There is no such monitor.")
    by_monitor: dict[int, Sequence[Counted]] = {}
    for name, given in rows.by_name.items():
        found = rows.monitor_id if rows.monitor_id is not None else named.get(name)
        if found is None:
            row = min(given, key=lambda one: one.number)
            said = f"{row.monitor!r} is no monitor's name" if row.monitor else "no monitor is named"
            raise BadInput(f"Row {row.number}: {said}. Choose the monitor, or mend the column `monitor`.")
        by_monitor[found] = given
    plans = tuple(_plan(tx, known[found], given) for found, given in sorted(by_monitor.items()))
    if not any(one.rows for one in plans):
        raise BadInput("Nothing is left to import: Tact has counted all of these hours itself, or they are too old.")
    return tuple(one for one in plans if one.rows)


def _watched() -> Select[Any]:
    return select(monitors.c.id, monitors.c.name, topics.c.id.label("topic_id"), topics.c.label).join(
        topics, topics.c.monitor_id == monitors.c.id
    )


def _plan(tx: Tx, monitor: RowMapping, given: Sequence[Counted]) -> Plan:
    live_from = _live_from(tx, monitor["topic_id"])
    young = given[bisect_right(given, tx.now - HOURS_KEPT, key=_at) :]
    fresh = tuple(young if live_from is None else young[: bisect_left(young, live_from, key=_at)])
    replaced = _imported_hours(tx, monitor["topic_id"], fresh)
    left_out = len(young) - len(fresh), len(given) - len(young)
    return Plan(monitor["id"], monitor["name"], fresh, *left_out, replaced)


def _at(row: Counted) -> datetime:
    return row.at


def _live_from(tx: Tx, topic_id: int) -> datetime | None:
    """The first hour in which Tact counted this itself. From then on silence was counted too."""
    found: datetime | None = tx.value(
        select(func.min(hour_counts.c.hour))
        .join(sources, sources.c.id == hour_counts.c.source_id)
        .where(hour_counts.c.topic_id == topic_id, sources.c.name != HISTORY)
    )
    return found


def _imported_hours(tx: Tx, topic_id: int, fresh: Sequence[Counted]) -> int:
    if not fresh:
        return 0
    mine = (hour_counts.c.topic_id == topic_id) & (hour_counts.c.source_id == _source(tx))
    within = hour_counts.c.hour.between(hour_of(fresh[0].at), hour_of(fresh[-1].at))
    return int(tx.value(select(func.count()).select_from(hour_counts).where(mine, within)) or 0)


def _source(tx: Tx) -> int:
    """The source of imported counts; 0, which no source has, before the first import."""
    return int(tx.value(select(sources.c.id).where(sources.c.name == HISTORY)) or 0)


def import_history(
    store: Store, token: str, rows: Sequence[Counted], monitor_id: int | None = None
) -> tuple[Plan, ...]:
    """Bring it in, as planned at this instant; what was brought."""
    given = in_order(rows, monitor_id)
    with store.write() as tx:
        return import_in(tx, _who(tx, token), given)


def import_in(tx: Tx, actor: Actor, rows: Sorted) -> tuple[Plan, ...]:
    """The same for an operator at a terminal."""
    plans = plan(tx, rows)
    labels = {row["id"]: row for row in tx.rows(_watched())}
    for one in plans:
        topic = labels[one.monitor_id]["topic_id"]
        _forget(tx, topic, one.first, one.last)
        tally: Counter[datetime] = Counter()
        for row in one.rows:
            tally[row.at.replace(second=0, microsecond=0)] += row.count
        import_counts(tx, [(labels[one.monitor_id]["label"], at, number) for at, number in tally.items()])
        detail = {"monitor": one.name, "rows": len(one.rows), "from": one.first, "to": one.last, "uses": one.uses}
        events.append(tx, actor, "history_imported", "monitor", one.monitor_id, detail=detail)
    return plans


def remove_history(store: Store, token: str, monitor_id: int) -> None:
    """Take everything back that was ever imported for the monitor. What was counted live stays."""
    with store.write() as tx:
        person = require(tx, token, "watch")
        row = tx.row(_watched().where(monitors.c.id == monitor_id))
        found = imported(tx, monitor_id)
        if row is None or found is None:
            raise BadInput("Nothing was imported for this monitor.")
        _forget(tx, row["topic_id"], found.first, found.last)
        detail = {"monitor": row["name"], "from": found.first, "to": found.last, "uses": found.uses}
        events.append(tx, person.actor, "history_removed", "monitor", monitor_id, detail=detail)


def imported(tx: Tx, monitor_id: int) -> Imported | None:
    """What is there of imported history, or None."""
    hours = hour_counts.c
    row = tx.row(
        select(
            func.min(hours.hour).label("first"),
            func.max(hours.hour).label("last"),
            func.sum(hours.count).label("n"),
        )
        .join(topics, topics.c.id == hours.topic_id)
        .where(topics.c.monitor_id == monitor_id, hours.source_id == _source(tx))
    )
    if row is None or row["first"] is None:
        return None
    return Imported(row["first"], row["last"] + HOUR, int(row["n"]))


def _forget(tx: Tx, topic_id: int, first: datetime, last: datetime) -> None:
    """Imported counts of these hours, and what was worked out from them."""
    source = _source(tx)
    for table, at in ((counts, counts.c.minute), (hour_counts, hour_counts.c.hour)):
        mine = (table.c.topic_id == topic_id) & (table.c.source_id == source)
        tx.run(delete(table).where(mine, at >= first, at < last))
    tx.run(delete(baselines).where(baselines.c.topic_id == topic_id))


class _Undone(Exception):
    """Ends a trial: what was done in it is rolled back."""


def tried(store: Store, who: str | Actor, rows: Sorted, look: Callable[[Tx, Plan], str]) -> list[str]:
    """What `look` would see of each monitor after the import, which is then rolled back: the figure, not a guess.

    For those who may import: `who` is the token of a person, or an operator at a terminal.
    """
    seen: list[str] = []
    try:
        with store.write() as tx:
            seen += [look(tx, one) for one in import_in(tx, _who(tx, who), rows)]
            raise _Undone
    except _Undone:
        return seen


def _who(tx: Tx, who: str | Actor) -> Actor:
    return who if isinstance(who, Actor) else require(tx, who, "watch").actor
