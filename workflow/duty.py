"""Who is on duty now: the rota as it stands, without those who are away, with those who stand in for them.

Read by everything that tells people something (`workflow.notices`) and by the warnings that nobody is there to sign.
The rota is changed in `workflow.rota`; the arithmetic is in `workflow.rules.duty`.

A team that never entered a shift has no rota: then everybody active counts as on duty, away or not being all that is
known of them. A rota whose every shift was ended is a rota: then nobody is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import RowMapping, select

from data.storage.store import Tx
from data.storage.tables import absences, people, shifts
from workflow.access import Person, same_people
from workflow.rules import duty as rules
from workflow.rules.approvals import Tier
from workflow.rules.cover import Cover, Head, cover, helps
from workflow.rules.duty import Absence, Shift, Turn
from workflow.rules.roles import Role

# The week that people look ahead (ours), and how much further a search for the next signer goes.
AHEAD = timedelta(days=7)
FAR = timedelta(days=14)
LEADING = (Role.SOCIAL_LEAD, Role.MANAGER)


@dataclass(frozen=True)
class Rota:
    """Everything that decides who is on duty, as it was read at one instant. `people` are those who work here."""

    people: Mapping[int, Person]
    shifts: tuple[Shift, ...]
    absences: tuple[Absence, ...]
    ever: bool

    def may_stand_in(self, one: int, other: int) -> bool:
        """Whether `other` may do the duty of `one`: both work here, in the same role."""
        here = self.people
        return one in here and other in here and here[one].role == here[other].role

    def turns(self, begin: datetime, end: datetime) -> list[Turn]:
        """The turns that touch the span, deputies put in, those of people who left taken out."""
        own = [shift for shift in self.shifts if shift.person_id in self.people]
        return rules.as_it_will_be(rules.turns_between(own, begin, end), self.absences, self.may_stand_in)

    def at(self, now: datetime) -> dict[int, Turn | None]:
        """Who is on duty at `now`, with their turn; without one where there is no rota."""
        if not self.ever:
            away = rules.deputies(self.absences, now)
            return {one: None for one in self.people if one not in away}
        own = [shift for shift in self.shifts if shift.person_id in self.people]
        turns = rules.turns_between(own, now, now + timedelta(seconds=1))
        return dict(rules.on_duty_at(turns, self.absences, now, self.may_stand_in))


def rota(tx: Tx) -> Rota:
    """The rota, read once for everything that is asked of it."""
    staff = tx.rows(select(people).where(people.c.active).order_by(people.c.id))
    rows = tx.rows(select(shifts).order_by(shifts.c.id))
    return Rota(
        people={row["id"]: _person(row) for row in staff},
        shifts=tuple(_shift(row) for row in rows if row["ended_at"] is None),
        absences=_absences(tx),
        ever=bool(rows),
    )


def on_duty(tx: Tx, now: datetime) -> tuple[Person, ...]:
    """Who is on duty: by the rota, without those who are away, with their deputies.

    While no shift was ever entered, everybody active who is not away.
    """
    found = rota(tx)
    return tuple(found.people[one] for one in sorted(found.at(now)))


def to_tell(tx: Tx) -> tuple[Person, ...]:
    """Who hears what everybody on duty is told. With nobody on duty: the leads and managers who are not away (ours).

    A hold that opens at night on a team that sleeps is still written into somebody's inbox.
    """
    found = rota(tx)
    there = found.at(tx.now) or _leading(found, tx.now)
    return tuple(found.people[one] for one in sorted(there))


def leads(tx: Tx) -> tuple[Person, ...]:
    """The social leads and managers on duty; with none of them on duty, those who are not away."""
    found = rota(tx)
    there = found.at(tx.now)
    all_of_them = _leading(found, tx.now)
    return tuple(found.people[one] for one in [o for o in all_of_them if o in there] or all_of_them)


def _leading(found: Rota, now: datetime) -> list[int]:
    away = rules.deputies(found.absences, now)
    return [one for one, who in sorted(found.people.items()) if who.role in LEADING and one not in away]


@dataclass(frozen=True)
class Signers:
    """Whether enough people who may sign are on duty, who they are, and otherwise who comes next and when.

    `next_one` None: on the rota of the coming two weeks nobody is who would help.
    """

    cover: Cover
    there: tuple[Person, ...]
    next_one: Person | None
    next_at: datetime | None
    has_rota: bool

    @property
    def enough(self) -> bool:
        """Whether what is written now can be signed by those who are there."""
        return self.cover.enough


def signers_on_duty(tx: Tx, now: datetime, tier: Tier = (), authors: frozenset[int] = frozenset()) -> Signers:
    """Who could sign now. `authors`: who writes it, as human beings (`access.same_people`); they do not count."""
    found, same = rota(tx), same_people(tx)
    heads = {one: Head(same[one], who.role) for one, who in found.people.items()}
    here = sorted(found.at(now))
    on = [heads[one] for one in here]
    stands = cover(on, authors, tier)
    signing = tuple(found.people[one] for one in here if same[one] in stands.signers)
    coming = None
    if not stands.enough and found.ever:
        turns = found.turns(now, now + FAR)
        coming = rules.next_of(turns, now, lambda one: helps(heads[one], on, authors, tier))
    next_one = found.people[coming.person_id] if coming is not None else None
    return Signers(stands, signing, next_one, coming.begins if coming is not None else None, found.ever)


def _person(row: RowMapping) -> Person:
    return Person(row["id"], row["username"], row["display_name"], Role(row["role"]), row["zone"])


def _shift(row: RowMapping) -> Shift:
    start, end = time.fromisoformat(row["start"]), time.fromisoformat(row["end"])
    return Shift(row["id"], row["person_id"], frozenset(row["weekdays"]), start, end, row["zone"])


def _absences(tx: Tx) -> tuple[Absence, ...]:
    """Those that were not called off; an absence that ended early ends there."""
    rows = tx.rows(select(absences).where(absences.c.ended_at.is_(None)).order_by(absences.c.id))
    return tuple(Absence(row["person_id"], row["deputy_id"], row["begins_at"], row["ends_at"]) for row in rows)
