"""Changing the rota: shifts that are added and ended, people who go away and come back.

A person says of themselves that they are away and who stands in; the leads, managers and administrators arrange
everybody's shifts and absences. Nothing is overwritten: a shift that ends keeps its row, an absence that is called
off too, so that it can be read later who was there. Who is on duty is answered by `workflow.duty`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import available_timezones

from sqlalchemy import RowMapping, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import absences, people, shifts
from workflow.access import Person, require, same_people
from workflow.rules.quiet import WEEKDAYS
from workflow.rules.roles import PLAIN, Role, may

# Longer than a sabbatical: a slip of the year is noticed (ours).
LONGEST = timedelta(days=400)
LONGEST_NOTE = 300


def add_shift(
    store: Store, token: str, person_id: int, weekdays: Sequence[int], start: time, end: time, zone: str
) -> int:
    """Put somebody on the rota, on these weekdays (0 is Monday) by the wall clock of `zone`; the shift's id."""
    with store.write() as tx:
        actor = require(tx, token, "arrange_duty")
        who = _active(tx, person_id)
        row = _checked_shift(weekdays, start, end, zone)
        same = select(shifts.c.weekdays).where(
            shifts.c.person_id == person_id,
            shifts.c.ended_at.is_(None),
            shifts.c.start == row["start"],
            shifts.c.end == row["end"],
            shifts.c.zone == zone,
        )
        if any(set(one["weekdays"]) & set(weekdays) for one in tx.rows(same)):
            raise Refused(f"{who['display_name']} has this shift already.", ("wrong_state",))
        new_id = tx.insert(insert(shifts).values(person_id=person_id, opened_at=tx.now, opened_by=actor.id, **row))
        detail = {"person": person_id, **row}
        events.append(tx, actor.actor, "shift_added", "shift", new_id, after="on", detail=detail)
        return new_id


def end_shift(store: Store, token: str, shift_id: int) -> None:
    """Take a shift off the rota, from now on."""
    with store.write() as tx:
        actor = require(tx, token, "arrange_duty")
        row = tx.row(select(shifts).where(shifts.c.id == shift_id))
        if row is None:
            raise BadInput("There is no such shift.")
        if row["ended_at"] is not None:
            raise Refused("This shift was ended already.", ("wrong_state",))
        tx.run(update(shifts).where(shifts.c.id == shift_id).values(ended_at=tx.now))
        detail = {"person": row["person_id"]}
        events.append(tx, actor.actor, "shift_ended", "shift", shift_id, before="on", after="ended", detail=detail)


def go_away(
    store: Store,
    token: str,
    person_id: int,
    begins: datetime | None,
    ends: datetime | None,
    deputy_id: int | None,
    note: str = "",
) -> int:
    """Somebody is away from `begins` (None: now) until `ends` (None: until they are back); the absence's id.

    The deputy has the same role and is another human being. Without one, nobody stands in.
    """
    with store.write() as tx:
        actor = _who_may(tx, token, person_id)
        who = _active(tx, person_id)
        begins = begins or tx.now
        _check_span(tx, begins, ends, note)
        _refuse_second(tx, who, begins, ends)
        if deputy_id is not None:
            _check_deputy(tx, who, deputy_id)
        row = {"person_id": person_id, "deputy_id": deputy_id, "begins_at": begins, "ends_at": ends}
        new_id = tx.insert(insert(absences).values(**row, note=note.strip(), opened_at=tx.now, opened_by=actor.id))
        events.append(tx, actor.actor, "went_away", "absence", new_id, after="away", why=note.strip(), detail=row)
        return new_id


def come_back(store: Store, token: str, absence_id: int) -> None:
    """End an absence now, or call one off that has not begun."""
    with store.write() as tx:
        row = tx.row(select(absences).where(absences.c.id == absence_id))
        if row is None:
            raise BadInput("There is no such absence.")
        actor = _who_may(tx, token, row["person_id"])
        if row["ended_at"] is not None or (row["ends_at"] is not None and row["ends_at"] <= tx.now):
            raise Refused("This absence is over already.", ("wrong_state",))
        tx.run(update(absences).where(absences.c.id == absence_id).values(ended_at=tx.now))
        detail = {"person": row["person_id"]}
        events.append(tx, actor.actor, "came_back", "absence", absence_id, before="away", after="back", detail=detail)


def _who_may(tx: Tx, token: str, person_id: int) -> Person:
    """The signed-in person, who is the one it is about or may arrange it for anybody."""
    actor = require(tx, token, "read")
    if actor.id != person_id and not may(actor.role, "arrange_duty"):
        raise Refused(
            "You can say this of yourself. For somebody else ask a lead, a manager or an administrator.",
            ("role_may_not",),
        )
    return actor


def _active(tx: Tx, person_id: int) -> RowMapping:
    row = tx.row(select(people).where(people.c.id == person_id, people.c.active))
    if row is None:
        raise BadInput("There is nobody here with this account, or they have no access any more. Choose somebody else.")
    return row


def _checked_shift(weekdays: Sequence[int], start: time, end: time, zone: str) -> dict[str, object]:
    if not weekdays or not all(0 <= day < len(WEEKDAYS) for day in weekdays):
        raise BadInput("Choose the days on which the shift begins: at least one.")
    if zone not in available_timezones():
        raise BadInput(f"{zone!r} is not a time zone. Use a name such as Europe/London.")
    days = sorted(set(weekdays))
    return {"weekdays": days, "start": f"{start:%H:%M}", "end": f"{end:%H:%M}", "zone": zone}


def _check_span(tx: Tx, begins: datetime, ends: datetime | None, note: str) -> None:
    if ends is not None and ends <= max(begins, tx.now):
        raise BadInput("The absence has to end after it begins, and later than now. Choose a later end.")
    if begins - tx.now > LONGEST or (ends is not None and ends - begins > LONGEST):
        raise BadInput("That is more than a year away. Look at the year once more.")
    if len(note) > LONGEST_NOTE:
        raise BadInput(f"Keep the note under {LONGEST_NOTE} characters.")


def _refuse_second(tx: Tx, who: RowMapping, begins: datetime, ends: datetime | None) -> None:
    mine = tx.rows(select(absences).where(absences.c.person_id == who["id"], absences.c.ended_at.is_(None)))
    for one in mine:
        begins_before = ends is None or one["begins_at"] < ends
        if begins_before and (one["ends_at"] is None or one["ends_at"] > begins):
            raise Refused(
                f"{who['display_name']} is down as away in that time already. End that absence first.",
                ("wrong_state",),
            )


def _check_deputy(tx: Tx, who: RowMapping, deputy_id: int) -> None:
    deputy = _active(tx, deputy_id)
    same = same_people(tx)
    if same[deputy_id] == same[who["id"]]:
        raise BadInput("Nobody is their own deputy. Choose somebody else.")
    if deputy["role"] != who["role"]:
        role = PLAIN[Role(who["role"])]
        raise BadInput(f"A deputy has the same role ({role}): they sign in its place. Choose somebody with that role.")
