"""Who is on duty: shifts on a wall clock, people who are away, and who stands in for them.

Pure arithmetic; `workflow.duty` reads the rows. A shift that begins on Friday is Friday's, also after midnight. The
wall decides where clocks change: a time that they skip is the instant at which they jump, of a time that they show
twice the first is meant, so that a shift that ends where another begins leaves no gap, and none lasts backwards.

A person who is away is replaced by their deputy; a deputy who is away too, by the deputy's own deputy, and so on.
Who was asked already is not asked again, so that two who name each other leave nobody rather than going round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shift:
    """Somebody's hours: on these weekdays (0 is Monday) from `start` to `end` in `zone` (IANA).

    Past midnight where `end` is not after `start`; the two are the same for a whole day.
    """

    id: int
    person_id: int
    weekdays: frozenset[int]
    start: time
    end: time
    zone: str


@dataclass(frozen=True)
class Absence:
    """Somebody is away from `begins` until `ends` (None: until they say that they are back)."""

    person_id: int
    deputy_id: int | None
    begins: datetime
    ends: datetime | None

    def holds_at(self, now: datetime) -> bool:
        """Whether they are away at this instant."""
        return self.begins <= now and (self.ends is None or now < self.ends)


@dataclass(frozen=True)
class Turn:
    """One stretch of duty. `instead_of`: whose it was by the rota, where somebody stands in."""

    person_id: int
    begins: datetime
    ends: datetime
    zone: str
    instead_of: int | None = None


# Whether the second may stand in for the first: of the same role, and still working here.
MayStandIn = Callable[[int, int], bool]


def turn_of(shift: Shift, day: date) -> Turn | None:
    """The shift's turn that begins on this day; None where it has none."""
    if day.weekday() not in shift.weekdays:
        return None
    last = day if shift.end > shift.start else day + DAY
    zone = ZoneInfo(shift.zone)
    begins, ends = _instant(day, shift.start, zone), _instant(last, shift.end, zone)
    return Turn(shift.person_id, begins, ends, shift.zone) if begins < ends else None


def turns_between(shifts: Iterable[Shift], begin: datetime, end: datetime) -> list[Turn]:
    """Every turn that touches the span, whole, by its beginning."""
    found = []
    for shift in shifts:
        zone = ZoneInfo(shift.zone)
        day, last = begin.astimezone(zone).date() - DAY, end.astimezone(zone).date()
        while day <= last:
            turn = turn_of(shift, day)
            if turn is not None and turn.begins < end and turn.ends > begin:
                found.append(turn)
            day += DAY
    return sorted(found, key=lambda turn: (turn.begins, turn.person_id, turn.ends))


def stand_in(person_id: int, absences: Sequence[Absence], now: datetime, may: MayStandIn) -> int | None:
    """Who does this person's duty at `now`: themselves, a deputy, or nobody (None)."""
    asked: set[int] = set()
    one: int | None = person_id
    while one is not None and one not in asked:
        asked.add(one)
        away = [absence for absence in absences if absence.person_id == one and absence.holds_at(now)]
        if not away:
            return one
        one = next((a.deputy_id for a in away if a.deputy_id is not None and may(one, a.deputy_id)), None)
    return None


def on_duty_at(turns: Iterable[Turn], absences: Sequence[Absence], now: datetime, may: MayStandIn) -> dict[int, Turn]:
    """Who is on duty at `now`, each with the turn that lasts longest; deputies stand under their own name."""
    found: dict[int, Turn] = {}
    for turn in turns:
        if not turn.begins <= now < turn.ends:
            continue
        one = stand_in(turn.person_id, absences, now, may)
        if one is None or (one in found and found[one].ends >= turn.ends):
            continue
        instead_of = turn.person_id if one != turn.person_id else None
        found[one] = Turn(one, turn.begins, turn.ends, turn.zone, instead_of)
    return found


def as_it_will_be(turns: Iterable[Turn], absences: Sequence[Absence], may: MayStandIn) -> list[Turn]:
    """The turns with deputies put in, cut where somebody leaves or comes back; stretches that nobody does left out."""
    cuts = sorted({at for one in absences for at in (one.begins, one.ends) if at is not None})
    parts: list[Turn] = []
    for turn in turns:
        edges = [turn.begins, *(cut for cut in cuts if turn.begins < cut < turn.ends), turn.ends]
        own: list[Turn] = []
        for begins, ends in pairwise(edges):
            one = stand_in(turn.person_id, absences, begins, may)
            if one is None:
                continue
            instead_of = turn.person_id if one != turn.person_id else None
            if own and own[-1].person_id == one and own[-1].ends == begins:
                begins = own.pop().begins
            own.append(Turn(one, begins, ends, turn.zone, instead_of))
        parts += own
    return sorted(parts, key=lambda part: (part.begins, part.person_id))


def until(person_id: int, turns: Iterable[Turn], now: datetime) -> datetime | None:
    """When this person's duty ends, turns that follow each other without a gap counted as one; None if off duty."""
    end: datetime | None = None
    for turn in sorted((t for t in turns if t.person_id == person_id), key=lambda t: t.begins):
        if turn.begins <= (end or now) and turn.ends > (end or now):
            end = turn.ends
    return end


def next_of(turns: Iterable[Turn], now: datetime, wanted: Callable[[int], bool]) -> Turn | None:
    """The first turn that begins after `now` and belongs to somebody who is wanted."""
    coming = [turn for turn in turns if turn.begins > now and wanted(turn.person_id)]
    return min(coming, key=lambda turn: turn.begins, default=None)


def deputies(absences: Sequence[Absence], now: datetime) -> Mapping[int, int | None]:
    """Who is away at `now`, and the deputy that they named."""
    return {one.person_id: one.deputy_id for one in absences if one.holds_at(now)}


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """When clocks in the zone show this time on this day, or the instant at which they skip it."""
    shown = datetime.combine(day, wall)
    first = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == shown:
        return first
    low, high = shown.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high.replace(microsecond=0)
