"""Official warnings, whatever agency they come from: one shape, and what takes back what.

An item that was taken in once is not read again. So a warning that is taken back, or replaced by a later message,
gets an item of its own which says so; the judge (`scoring.warnings.in_force`) matches the two by agency, event, area
and region. For this the source remembers, in its cursor, the grave warnings that it has shown and that still hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from data.plain import one_line
from monitors.sources import Item

SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
GRAVE = ("Extreme", "Severe")  # nothing below can open a hold, so nothing below needs taking back
MOST_LIVE = 400
DEFAULT_LIFE = timedelta(hours=24)
_REHEARSAL = re.compile(r"\b(tests?|exercise|drill)\b", re.IGNORECASE)
PART = " #"  # between a message's identifier and the number of one of its parts
_LIVE, _GRADE = "live ", "grade "


@dataclass(frozen=True)
class Notice:
    """One message of an agency. Times are aware UTC; `at` is when it was sent, never later than the poll.

    `replaces` names the messages that hold no longer because of this one. `regions` may be empty: then the judge
    reads the place from the words. `more` goes into the item's `extra` as it is.
    """

    id: str
    agency: str
    event: str
    severity: str
    area: str
    text: str
    at: datetime
    expires: datetime | None = None
    regions: tuple[str, ...] = ()
    url: str = ""
    language: str | None = None
    cancelled: bool = False
    replaces: tuple[str, ...] = ()
    onset: datetime | None = None
    more: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class _Live:
    """What must be said again, word for word, when a warning is taken back."""

    agency: str
    event: str
    severity: str
    area: str
    regions: tuple[str, ...]
    at: datetime
    until: datetime


def taken(
    notices: Sequence[Notice], cursor: Mapping[str, str], now: datetime
) -> tuple[tuple[Item, ...], dict[str, str]]:
    """The notices as items, with one more for each warning they take back; and the cursor for the next poll."""
    shown = {notice.id: _live(notice) for notice in notices if notice.severity in GRAVE and not notice.cancelled}
    known = shown | _remembered(cursor, now)  # as it was when it was first shown: that is the item we have
    replaced = {old for notice in notices for old in notice.replaces}
    gone = {id_ for id_ in (*known, *(notice.id for notice in notices)) if _message(id_) in replaced}
    standing = [notice for notice in notices if not notice.cancelled and notice.id not in gone]
    items = [item for notice in notices for item in _items(notice)]
    for old in sorted(gone & known.keys()):
        if not any(_repeats(notice, known[old]) for notice in standing):
            items += _items(_taken_back(old, known[old]))
    left = sorted((id_ for id_ in known if id_ not in gone), key=lambda id_: known[id_].at)[-MOST_LIVE:]
    return tuple(items), {_LIVE + id_: _written(known[id_]) for id_ in left if known[id_].until > now}


def regraded(found: Sequence[Notice], cursor: Mapping[str, str], now: datetime) -> tuple[list[Notice], dict[str, str]]:
    """For events whose grade changes: each notice named by event, grade and how often that had changed before.

    A changed one is dated now, when we learned of it, and replaces the one before. The second part of the answer goes
    into the cursor: the grade of each event.
    """
    notices, grades = [], {}
    for notice in found:
        word = "over" if notice.cancelled else notice.severity
        number, _, was = cursor.get(_GRADE + notice.id, f"0 {word}").partition(" ")
        own = _graded(notice.id, word, int(number))
        if was != word:
            before, own = _graded(notice.id, was, int(number)), _graded(notice.id, word, int(number) + 1)
            notice = replace(notice, at=now, replaces=(before,))
        notices.append(replace(notice, id=own))
        grades[_GRADE + notice.id] = f"{int(number) + (was != word)} {word}"
    return notices, grades


def is_real(status: str, event: str) -> bool:
    """Whether it is meant: status Actual, and no test, exercise or drill by its name."""
    return status.strip().casefold() == "actual" and not _REHEARSAL.search(event)


def severity(word: str) -> str:
    """One of the five words of CAP."""
    found = word.strip().capitalize()
    return found if found in SEVERITIES else "Unknown"


def utc(written: str | None) -> datetime | None:
    """An ISO 8601 instant in UTC; None where there is none, or no zone to understand it by."""
    try:
        at = datetime.fromisoformat((written or "").strip())
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):  # the second: its UTC is beyond the calendar
        return None


def sent(written: str | None, now: datetime) -> datetime:
    """When it was sent; now, where it does not say or says a time to come."""
    return min(utc(written) or now, now)


def joined(parts: Iterable[str]) -> str:
    """Areas in one line. Cut alike everywhere, for the judge compares areas to the letter."""
    return one_line("; ".join(dict.fromkeys(part for part in parts if part)), 500)


def titled(title: str, *rest: str) -> str:
    """The text of an item: the title, and what follows in lines of their own."""
    lines = (one_line(part) for part in (title, *rest))
    return "\n".join(dict.fromkeys(line for line in lines if line))


def _graded(event: str, word: str, number: int) -> str:
    return f"{event} {word} {number}" if number else f"{event} {word}"


def _message(id_: str) -> str:
    return id_.partition(PART)[0]


def _items(notice: Notice) -> list[Item]:
    """One item; one for each region where there are several, since an item lies in one."""
    several = len(notice.regions) > 1
    return [
        Item(
            external_id=f"{notice.id} {region}" if several else notice.id,
            text=notice.text or notice.event,
            url=notice.url,
            author=notice.agency,
            published_at=notice.at,
            kind="official",
            language=notice.language,
            region=region,
            extra={
                **notice.more,
                "onset": notice.onset.isoformat() if notice.onset else None,
                "replaces": list(notice.replaces),
                "agency": notice.agency,
                "event": notice.event,
                "severity": notice.severity,
                "area": notice.area,
                "expires": notice.expires.isoformat() if notice.expires else None,
                "cancelled": notice.cancelled,
            },
        )
        for region in notice.regions or (None,)
    ]


def _live(notice: Notice) -> _Live:
    until = notice.expires or notice.at + DEFAULT_LIFE
    return _Live(notice.agency, notice.event, notice.severity, notice.area, notice.regions, notice.at, until)


def _repeats(notice: Notice, old: _Live) -> bool:
    """Whether taking `old` back would take this one with it, because nothing tells the two apart."""
    alike = (notice.agency, notice.event, notice.area) == (old.agency, old.event, old.area)
    return alike and notice.at <= old.at


def _taken_back(old: str, live: _Live) -> Notice:
    """Dated like the warning itself, so that it reaches nothing that was sent since."""
    return Notice(
        id=f"{old} over",
        agency=live.agency,
        event=live.event,
        severity=live.severity,
        area=live.area,
        text=titled(f"No longer in force: {live.event}", live.area),
        at=live.at,
        expires=live.until,
        regions=live.regions,
        cancelled=True,
    )


def _written(live: _Live) -> str:
    words = (live.agency, live.event, live.severity, live.area)
    return json.dumps([*words, list(live.regions), live.at.isoformat(), live.until.isoformat()])


def _remembered(cursor: Mapping[str, str], now: datetime) -> dict[str, _Live]:
    """The warnings shown before that still hold."""
    found = {}
    for name, value in cursor.items():
        if name.startswith(_LIVE):
            agency, event, grade, area, regions, at, until = json.loads(value)
            live = _Live(
                agency, event, grade, area, tuple(regions), datetime.fromisoformat(at), datetime.fromisoformat(until)
            )
            if live.until > now:
                found[name.removeprefix(_LIVE)] = live
    return found
