"""What the pages show of drills: the one that is on, and what each one before it measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import RowMapping, select

from app.views.posts import names
from app.wiring import House
from data.storage.store import Tx
from data.storage.tables import drill_answers, drills
from workflow import drill
from workflow.access import Person
from workflow.blackout import blackout
from workflow.rules.roles import may

# So many drills are listed (ours); the export holds all of them.
MOST = 50


@dataclass(frozen=True)
class Drill:
    """One drill. Times count from the click; None where it never came to that."""

    id: int
    at: datetime
    by: str
    would_stop: int
    gate: timedelta | None
    drained: timedelta | None
    seen: tuple[tuple[str, timedelta | None], ...]
    workers: tuple[tuple[str, timedelta], ...]
    over: bool
    note: str

    @property
    def never(self) -> tuple[str, ...]:
        """Who was told and never said that they had seen it."""
        return tuple(name for name, after in self.seen if after is None)

    @property
    def median_seen(self) -> timedelta | None:
        return _median([after for _, after in self.seen if after is not None])


@dataclass(frozen=True)
class Drills:
    """The section. `due`: nobody has practised for a month. `blackout_hours`: what a rule's hold is planned for."""

    all: tuple[Drill, ...]
    running: Drill | None
    due: bool
    may_drill: bool
    may_set_blackout: bool
    blackout_hours: int

    @property
    def median_gate(self) -> timedelta | None:
        return _median([one.gate for one in self.all if one.gate is not None])


def drills_view(house: House, person: Person) -> Drills:
    """The drills, newest first, and what this person may do about them."""
    with house.store.read() as tx:
        known, on = names(tx), drill.running(tx)
        rows = tx.rows(select(drills).order_by(drills.c.id.desc()).limit(MOST))
        found = tuple(_drill(tx, row, known, on) for row in rows)
        return Drills(
            all=found,
            running=next((one for one in found if not one.over), None),
            due=drill.due_again(tx),
            may_drill=may(person.role, "drill"),
            may_set_blackout=may(person.role, "set_blackout"),
            blackout_hours=int(blackout(tx) / timedelta(hours=1)),
        )


def _drill(tx: Tx, row: RowMapping, known: Mapping[int, str], on: RowMapping | None) -> Drill:
    answers = tx.rows(
        select(drill_answers).where(drill_answers.c.drill_id == row["id"]).order_by(drill_answers.c.answered_at)
    )
    people = [one for one in answers if one["person_id"] is not None]
    return Drill(
        id=row["id"],
        at=row["opened_at"],
        by=known[row["opened_by"]],
        would_stop=row["detail"]["stops"],
        gate=_after(row, row["gate_closed_at"]),
        drained=_after(row, row["drained_at"]),
        seen=tuple((known[one["person_id"]], _after(row, one["answered_at"])) for one in people),
        workers=tuple(
            (one["worker"], one["answered_at"] - row["opened_at"]) for one in answers if one["person_id"] is None
        ),
        over=on is None or on["id"] != row["id"],
        note=row["note"],
    )


def _after(row: RowMapping, at: datetime | None) -> timedelta | None:
    return None if at is None else at - row["opened_at"]


def _median(found: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(one.total_seconds() for one in found)) if found else None
