"""What the On duty page shows: who is there now and until when, who is away, the coming week, and the shifts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import RowMapping, select

from data.storage.store import Store, Tx
from data.storage.tables import absences, people, shifts
from workflow.access import Person, same_people
from workflow.duty import AHEAD, Rota, Signers, rota, signers_on_duty
from workflow.rules.duty import Turn, until
from workflow.rules.quiet import WEEKDAYS
from workflow.rules.roles import PLAIN, may


@dataclass(frozen=True)
class Present:
    """Somebody on duty. `until` None: there is no rota, or they are on it without an end in the coming week."""

    name: str
    role: str
    signs: bool
    zone: str
    until: datetime | None
    instead_of: str


@dataclass(frozen=True)
class Line:
    """One turn of a day, in the reader's zone. `goes_on`: it ends on a later day."""

    begins: datetime
    ends: datetime
    name: str
    role: str
    instead_of: str


@dataclass(frozen=True)
class Day:
    """A day on the reader's calendar, with the turns that begin on it."""

    day: date
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Away:
    """An absence that is on or to come. `may_end`: the reader may call it off."""

    id: int
    name: str
    begins: datetime
    ends: datetime | None
    deputy: str
    note: str
    may_end: bool
    mine: bool


@dataclass(frozen=True)
class ShiftLine:
    """A shift of the rota in words: `Mon Tue, 09:00 to 17:00 (Europe/London)`."""

    id: int
    person_id: int
    name: str
    hours: str


@dataclass(frozen=True)
class Choice:
    """Somebody who can be chosen, with the role that a deputy must share. `human`: one for all their accounts."""

    id: int
    name: str
    role: str
    zone: str
    human: int


@dataclass(frozen=True)
class DutyView:
    """The page at one instant. `has_rota` False: everybody counts as on duty."""

    now: datetime
    has_rota: bool
    there: tuple[Present, ...]
    signers: Signers
    away: tuple[Away, ...]
    days: tuple[Day, ...]
    shifts: tuple[ShiftLine, ...]
    choices: tuple[Choice, ...]
    may_arrange: bool
    stamp: str


def read(store: Store, person: Person) -> DutyView:
    """The page for this person."""
    with store.read() as tx:
        found, may_arrange = rota(tx), may(person.role, "arrange_duty")
        # Two days more, so that "until" sees through a night at the week's end.
        turns = found.turns(tx.now, tx.now + AHEAD + AHEAD) if found.ever else []
        same = same_people(tx)
        return DutyView(
            now=tx.now,
            has_rota=found.ever,
            there=_there(found, turns, tx.now),
            signers=signers_on_duty(tx, tx.now),
            away=_away(tx, person, may_arrange),
            days=_days(found, turns, tx.now, person),
            shifts=_shifts(tx, found),
            choices=tuple(
                Choice(p.id, p.display_name, p.role.value, p.zone, same[p.id]) for p in found.people.values()
            ),
            may_arrange=may_arrange,
            stamp=stamp(tx),
        )


def stamp(tx: Tx) -> str:
    """Changes when somebody changes the rota or says that they are away."""
    on = [row["id"] for row in tx.rows(select(shifts.c.id).where(shifts.c.ended_at.is_(None)).order_by(shifts.c.id))]
    gone = tx.rows(select(absences.c.id).where(absences.c.ended_at.is_(None)).order_by(absences.c.id))
    return repr((on, [row["id"] for row in gone]))


def _there(found: Rota, turns: list[Turn], now: datetime) -> tuple[Present, ...]:
    at = found.at(now)
    people_there = sorted(at, key=lambda one: (not may(found.people[one].role, "sign"), found.people[one].display_name))
    return tuple(
        Present(
            name=found.people[one].display_name,
            role=PLAIN[found.people[one].role],
            signs=may(found.people[one].role, "sign"),
            zone=found.people[one].zone,
            until=_end(one, turns, now),
            instead_of=_instead(found, at[one]),
        )
        for one in people_there
    )


def _end(person_id: int, turns: list[Turn], now: datetime) -> datetime | None:
    end = until(person_id, turns, now)
    return end if end is not None and end - now < AHEAD else None


def _instead(found: Rota, turn: Turn | None) -> str:
    if turn is None or turn.instead_of is None:
        return ""
    return found.people[turn.instead_of].display_name


def _days(found: Rota, turns: list[Turn], now: datetime, person: Person) -> tuple[Day, ...]:
    zone, last = person.zone_info, now + AHEAD
    by_day: dict[date, list[Line]] = {}
    for turn in turns:
        if turn.begins >= last or turn.ends <= now:
            continue
        who = found.people[turn.person_id]
        begins, ends = turn.begins.astimezone(zone), turn.ends.astimezone(zone)
        # What began before today is shown under today, where it still matters.
        day = max(begins.date(), now.astimezone(zone).date())
        line = Line(begins, ends, who.display_name, PLAIN[who.role], _instead(found, turn))
        by_day.setdefault(day, []).append(line)
    return tuple(Day(day, tuple(lines)) for day, lines in sorted(by_day.items()))


def _away(tx: Tx, person: Person, may_arrange: bool) -> tuple[Away, ...]:
    names = {row["id"]: row["display_name"] for row in tx.rows(select(people.c.id, people.c.display_name))}
    rows = tx.rows(
        select(absences)
        .join(people, people.c.id == absences.c.person_id)
        .where(absences.c.ended_at.is_(None), people.c.active)
        .order_by(absences.c.begins_at, absences.c.id)
    )
    return tuple(_absence(row, names, person, may_arrange) for row in _living(rows, tx.now))


def _living(rows: Iterable[RowMapping], now: datetime) -> list[RowMapping]:
    return [row for row in rows if row["ends_at"] is None or row["ends_at"] > now]


def _absence(row: RowMapping, names: dict[int, str], person: Person, may_arrange: bool) -> Away:
    mine = row["person_id"] == person.id
    return Away(
        id=row["id"],
        name=names[row["person_id"]],
        begins=row["begins_at"],
        ends=row["ends_at"],
        deputy=names.get(row["deputy_id"], ""),
        note=row["note"],
        may_end=mine or may_arrange,
        mine=mine,
    )


def _shifts(tx: Tx, found: Rota) -> tuple[ShiftLine, ...]:
    lines = []
    for shift in sorted(found.shifts, key=lambda one: (one.start, one.id)):
        who = found.people.get(shift.person_id)
        days = "Every day" if len(shift.weekdays) == 7 else " ".join(WEEKDAYS[day] for day in sorted(shift.weekdays))
        name = who.display_name if who is not None else "Somebody who left"
        lines.append(
            ShiftLine(
                shift.id, shift.person_id, name, f"{days}, {shift.start:%H:%M} to {shift.end:%H:%M} ({shift.zone})"
            )
        )
    return tuple(lines)
