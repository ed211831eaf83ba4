"""The weekly report: a week in figures, a person's words on top, sent once and frozen then.

The figures are handed in by whoever draws them (`app.views.weekly`), as they will be read: this module keeps them, lets
one person write at a time, and queues the letters. Until it is sent, the figures may be taken anew; a report that went
out is what its readers have, and stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import people, weekly_reports
from workflow.access import Person, require
from workflow.brand import the_brand
from workflow.notices import letters, tell
from workflow.rules.notices import Kind
from workflow.rules.roles import may
from workflow.rules.weeks import Week

LONGEST_WORDS = 4000


@dataclass(frozen=True)
class Line:
    """One figure as it is read: what, how much, and of how many or against what."""

    label: str
    value: str
    of: str = ""


@dataclass(frozen=True)
class Section:
    """Figures under one heading, and a sentence that says what they do not show."""

    title: str
    lines: tuple[Line, ...]
    note: str = ""


@dataclass(frozen=True)
class Report:
    """A week's report. `sent_at` None: it may still change."""

    id: int
    brand: str
    week: str
    zone: str
    since: datetime
    until: datetime
    sections: tuple[Section, ...]
    words: str
    author: str
    changed_at: datetime
    sent_at: datetime | None
    recipients: tuple[str, ...]


def make(store: Store, week: Week, sections: Sequence[Section], *, token: str | None = None) -> int:
    """Keep the figures of a week: a new report, or fresh figures for one that is not sent; its id.

    `token` None: the product itself, on a Monday morning; those who may send it are told. Refused for a sent one.
    """
    with store.write() as tx:
        actor = require(tx, token, "report").actor if token is not None else events.THE_PRODUCT
        brand = the_brand(tx)
        row = tx.row(select(weekly_reports).where(weekly_reports.c.week == week.key))
        figures = [_plain(one) for one in sections]
        if row is None:
            fresh = {"brand_id": brand.id, "week": week.key, "zone": brand.zone, "since": week.since}
            fresh |= {"until": week.until, "figures": figures, "recipients": [], "made_at": tx.now}
            new_id = tx.insert(insert(weekly_reports).values(**fresh, changed_at=tx.now))
            events.append(tx, actor, "weekly_report_made", "weekly_report", new_id, after=week.key)
            if token is None:
                _tell_senders(tx, new_id, week)
            return new_id
        _refuse_sent(row)
        if figures != row["figures"]:  # whoever has others on the screen reads these before they write or send
            values = {"figures": figures, "changed_at": max(tx.now, row["changed_at"] + timedelta(microseconds=1))}
            tx.run(update(weekly_reports).where(weekly_reports.c.id == row["id"]).values(**values))
        return int(row["id"])


def write(store: Store, token: str, report_id: int, words: str, seen: datetime) -> None:
    """Put a person's words on top. `seen` is when the words on their screen were last changed."""
    with store.write() as tx:
        person = require(tx, token, "report")
        row = _row(tx, report_id)
        _refuse_sent(row)
        if row["changed_at"] != seen:
            raise Refused(
                "Somebody changed it meanwhile, words or figures. Copy your words, load the page anew, and compare.",
                ("stale_screen",),
            )
        if len(words) > LONGEST_WORDS:
            raise BadInput(f"Keep it below {LONGEST_WORDS:,} characters: the figures speak as well.")
        values = {"words": words.strip(), "author_id": person.id, "changed_at": tx.now}
        tx.run(update(weekly_reports).where(weekly_reports.c.id == report_id).values(**values))
        events.append(tx, person.actor, "weekly_report_written", "weekly_report", report_id)


def send(store: Store, token: str, report_id: int, person_ids: Sequence[int], seen: datetime) -> tuple[str, ...]:
    """Send it to these people, once, and freeze it; the names of those who have no address and get nothing.

    BadInput without anybody to send it to, or where nobody among them can be reached.
    """
    with store.write() as tx:
        person = require(tx, token, "report")
        row = _row(tx, report_id)
        _refuse_sent(row)
        if row["changed_at"] != seen:
            raise Refused("The report was changed meanwhile. Read it again, then send it.", ("stale_screen",))
        if not row["words"]:
            raise BadInput("Put a sentence or two on top first: figures without words are misread.")
        whom = tx.rows(select(people).where(people.c.id.in_(person_ids), people.c.active).order_by(people.c.id))
        reached = [one for one in whom if one["email"]]
        if not reached:
            raise BadInput("Choose somebody with an e-mail address; it stands on each person's own page.")
        values = {"sent_at": tx.now, "sent_by": person.id, "recipients": [one["display_name"] for one in reached]}
        tx.run(update(weekly_reports).where(weekly_reports.c.id == report_id).values(**values))
        text = f"The week {row['week']} of {the_brand(tx).name}, with {person.display_name}'s words. It is attached."
        ids = [one["id"] for one in reached]
        letters(tx, ids, Kind.WEEKLY_REPORT, "weekly_report", report_id, text, f"weekly:{report_id}:sent")
        detail = {"recipients": ids}
        events.append(
            tx, person.actor, "weekly_report_sent", "weekly_report", report_id, after=row["week"], detail=detail
        )
        return tuple(one["display_name"] for one in whom if not one["email"])


def report(tx: Tx, report_id: int) -> Report:
    """One report. BadInput when there is none."""
    return _report(tx, _row(tx, report_id))


def of_week(tx: Tx, week: str) -> Report | None:
    """The report of this week, if somebody or the product made one."""
    row = tx.row(select(weekly_reports).where(weekly_reports.c.week == week))
    return _report(tx, row) if row is not None else None


def weeks(tx: Tx, most: int = 60) -> tuple[str, ...]:
    """The weeks that have a report, newest first."""
    rows = tx.rows(select(weekly_reports.c.week).order_by(weekly_reports.c.since.desc()).limit(most))
    return tuple(row["week"] for row in rows)


def readers(tx: Tx) -> tuple[tuple[int, str, bool], ...]:
    """Whom it can be sent to: id, name, and whether they have an address."""
    rows = tx.rows(select(people).where(people.c.active).order_by(people.c.display_name))
    return tuple((row["id"], row["display_name"], bool(row["email"])) for row in rows)


def _report(tx: Tx, row: RowMapping) -> Report:
    author = tx.value(select(people.c.display_name).where(people.c.id == row["author_id"]))
    return Report(
        id=row["id"],
        brand=the_brand(tx).name,
        week=row["week"],
        zone=row["zone"],
        since=row["since"],
        until=row["until"],
        sections=tuple(_section(one) for one in row["figures"]),
        words=row["words"],
        author=author or "",
        changed_at=row["changed_at"],
        sent_at=row["sent_at"],
        recipients=tuple(row["recipients"]),
    )


def _plain(section: Section) -> dict[str, Any]:
    lines = [[line.label, line.value, line.of] for line in section.lines]
    return {"title": section.title, "lines": lines, "note": section.note}


def _section(plain: dict[str, Any]) -> Section:
    return Section(plain["title"], tuple(Line(*line) for line in plain["lines"]), plain["note"])


def _tell_senders(tx: Tx, report_id: int, week: Week) -> None:
    rows = tx.rows(select(people).where(people.c.active))
    whom = [row["id"] for row in rows if may(row["role"], "report")]
    text = f"The week {week.key} in figures is ready. Put your words on top, and send it."
    tell(tx, whom, Kind.WEEKLY_REPORT, "weekly_report", report_id, text, f"weekly:{report_id}:made")


def _row(tx: Tx, report_id: int) -> RowMapping:
    row = tx.row(select(weekly_reports).where(weekly_reports.c.id == report_id))
    if row is None:
        raise BadInput("There is no such report.")
    return row


def _refuse_sent(row: RowMapping) -> None:
    if row["sent_at"] is not None:
        raise Refused("This report was sent, and stays as its readers have it.", ("wrong_state",))


def may_send(person: Person) -> bool:
    """Whether this person writes and sends reports."""
    return may(person.role, "report")
