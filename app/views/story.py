"""The story of one moment, from its first mention to what came back: for the manager who asks afterwards how it went.

Every line but the first and the last is an event row with its number and hash, so that what is read here can be
checked against the record (`python -m app audit verify`). Blindness holds here too: whoever has yet to score a moment
is not told that somebody else has.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select

from app.ui.times import span
from app.views.kpis import safe_cell
from app.views.moment_history import rows_about, who_did, words_for, would_tell
from app.views.ways import way_label
from app.views.words import VERDICT, times_usual
from data.errors import BadInput
from data.storage import events as chain
from data.storage.store import Store, Tx
from data.storage.tables import (
    alert_topics,
    alerts,
    drafts,
    engagement_snapshots,
    events,
    item_topics,
    items,
    people,
    publications,
    sources,
    topics,
)
from workflow import channel_accounts
from workflow.access import Person
from workflow.assess import look
from workflow.rules.roles import PLAIN, Role
from workflow.triage import opportunity_of

# How far before an alert's onset its first mention may lie (ours): what was said the day before was no part of it.
LOOK_BACK = timedelta(hours=3)
MOST_MOMENTS = 200
HEARD, NOTICED, JUDGED, DECIDED, WRITTEN, AGREED, STOPPED, SENT, BACK = (
    "Heard", "Noticed", "Judged", "Decided", "Written", "Agreed", "Stopped", "Out", "Came back",
)  # fmt: skip
# The first word that an event's kind begins with says where in the story it belongs; read from top to bottom.
CHAPTERS = (
    ("alert_judged", JUDGED),
    ("verdict_", JUDGED),
    ("category_", JUDGED),
    ("alert_", NOTICED),
    ("mute", NOTICED),
    ("unmuted", NOTICED),
    ("assessed", DECIDED),
    ("discuss", DECIDED),
    ("decided", DECIDED),
    ("rescored", DECIDED),
    ("signed_", AGREED),
    ("draft_approve_last", AGREED),
    ("draft_back_to_review", AGREED),
    ("draft_schedule", AGREED),
    ("draft_escalated", AGREED),
    ("draft_hold", STOPPED),
    ("draft_block", STOPPED),
    ("draft_expire", STOPPED),
    ("draft_late", STOPPED),
    ("draft_reject", STOPPED),
    ("draft_withdraw", STOPPED),
    ("hold_", STOPPED),
    ("draft_claim", SENT),
    ("draft_sent", SENT),
    ("draft_lost", SENT),
    ("draft_hand_over", SENT),
    ("draft_confirm", SENT),
    ("deletion_", SENT),
    ("publication_", BACK),
    ("spend_", BACK),
    ("advice_", BACK),
    ("cascade_", BACK),
    ("draft_", WRITTEN),
    ("checklist_", WRITTEN),
)
# What a manager's eye goes to first: the stations of the way, by the first event of each kind.
STATIONS = (
    ("alert", ("alert_raised", "alert_by_hand")),
    ("claimed", ("alert_claim", "alert_assign")),
    ("decided", ("decided",)),
    ("draft begun", ("draft_started",)),
    ("first signature", ("signed_approve",)),
    ("agreed", ("draft_approve_last",)),
    ("out", ("draft_sent", "draft_confirm_sent")),
)


@dataclass(frozen=True)
class Line:
    """One thing that happened. `event_id` and `digest` None: no event row (the first mention, figures from outside)."""

    at: datetime
    chapter: str
    who: str
    role: str
    what: str
    why: str
    event_id: int | None = None
    digest: str | None = None
    genuine: bool = True


@dataclass(frozen=True)
class Station:
    """A station of the way: when, and how long after the one before."""

    title: str
    at: datetime
    after: timedelta | None


@dataclass(frozen=True)
class Story:
    """One moment from end to end, oldest first. `touched`: event rows whose hash does not fit what they say."""

    now: datetime
    alert_id: int
    topic: str
    stations: tuple[Station, ...]
    lines: tuple[Line, ...]

    @property
    def touched(self) -> tuple[int, ...]:
        return tuple(line.event_id for line in self.lines if line.event_id is not None and not line.genuine)


def moments(store: Store, person: Person) -> dict[int, str]:
    """The moments to choose from, the newest first: the alert's id, and what it was about and when, for the reader."""
    query = select(alerts.c.id, topics.c.label, alerts.c.raised_at).join(topics, topics.c.id == alerts.c.topic_id)
    with store.read() as tx:
        rows = tx.rows(query.order_by(alerts.c.id.desc()).limit(MOST_MOMENTS))
    zone = person.zone_info
    return {row["id"]: f"{row['label']} · {row['raised_at'].astimezone(zone):%d %b %Y, %H:%M}" for row in rows}


def read(store: Store, person: Person, alert_id: int) -> Story:
    """The story. BadInput when there is no such alert."""
    with store.read() as tx:
        alert = tx.row(
            select(alerts, topics.c.label).join(topics, topics.c.id == alerts.c.topic_id).where(alerts.c.id == alert_id)
        )
        if alert is None:
            raise BadInput("There is no such moment.")
        rows = _rows(tx, alert_id, person)
        roles = {row["id"]: PLAIN[Role(row["role"])] for row in tx.rows(select(people.c.id, people.c.role))}
        lines = [_line(row, roles) for row in rows]
        first = _first_mention(tx, alert)
        written = [one["id"] for one in _drafts(tx, alert_id)]
        return Story(
            now=tx.now,
            alert_id=alert_id,
            topic=alert["label"],
            stations=tuple(_stations(first.at if first else None, rows)),
            lines=(*((first,) if first else ()), *lines, *_figures(tx, written)),
        )


def _drafts(tx: Tx, alert_id: int) -> Sequence[RowMapping]:
    opportunity = opportunity_of(tx, alert_id)
    if opportunity is None:
        return ()
    return tx.rows(select(drafts.c.id).where(drafts.c.opportunity_id == opportunity["id"]))


def _rows(tx: Tx, alert_id: int, person: Person) -> list[RowMapping]:
    """The moment's event rows and those of every hold that stopped one of its posts, in the order of the record."""
    opportunity = opportunity_of(tx, alert_id)
    seen = look(tx, opportunity, person) if opportunity is not None else None
    own = [row for row in tx.rows(rows_about(alert_id, opportunity)) if not would_tell(row, seen, person)]
    named = {row["detail"].get("hold") for row in own if row["kind"] == "draft_hold"} - {None}
    held = (events.c.subject == "hold") & events.c.subject_id.in_(named)
    others = tx.rows(select(events).where(held)) if named else ()
    return sorted([*own, *others], key=lambda row: int(row["id"]))


def _line(row: RowMapping, roles: dict[int, str]) -> Line:
    return Line(
        at=row["at"],
        chapter=next((chapter for start, chapter in CHAPTERS if row["kind"].startswith(start)), NOTICED),
        who=who_did(row),
        role=roles.get(row["actor_id"], ""),
        what=words_for(row["kind"]),
        why=row["why"] or _said(row),
        event_id=row["id"],
        digest=row["hash"],
        genuine=row["hash"] == chain.chained(row["previous_hash"], row),
    )


def _said(row: RowMapping) -> str:
    """What the row's detail says to a person, where it has no reason in words."""
    detail = row["detail"]
    if row["kind"] == "assessed":
        return f"relevance {detail.get('relevance')}, interest {detail.get('interest')}"
    if row["kind"] == "decided":
        return str(row["after"]).replace("_", " ")
    if row["kind"] == "alert_judged":
        return f"verdict: {VERDICT[str(row['after'])].text}"
    if row["kind"] == "alert_raised" and detail.get("ratio"):
        return times_usual(detail["ratio"])
    if reasons := detail.get("reasons"):
        texts = [one.get("text", "") if isinstance(one, dict) else str(one).replace("_", " ") for one in reasons]
        return "; ".join(dict.fromkeys(text for text in texts if text))
    return str(detail.get("address") or "")


def _first_mention(tx: Tx, alert: RowMapping) -> Line | None:
    """The earliest item about the moment's topics that its own surge can have begun with."""
    about = select(alert_topics.c.topic_id).where(alert_topics.c.alert_id == alert["id"])
    row = tx.row(
        select(items.c.text, items.c.published_at, sources.c.name)
        .join(item_topics, item_topics.c.item_id == items.c.id)
        .join(sources, sources.c.id == items.c.source_id)
        .where(item_topics.c.topic_id.in_(about), items.c.published_at >= alert["onset_at"] - LOOK_BACK)
        .order_by(items.c.published_at, items.c.id)
        .limit(1)
    )
    return Line(row["published_at"], HEARD, row["name"], "", "first mention", row["text"]) if row is not None else None


def _figures(tx: Tx, draft_ids: Sequence[int]) -> Iterator[Line]:
    """The newest figures of each post that is out."""
    newest = (
        select(engagement_snapshots, publications.c.channel)
        .join(publications, publications.c.id == engagement_snapshots.c.publication_id)
        .where(publications.c.draft_id.in_(draft_ids))
        .order_by(engagement_snapshots.c.at)
    )
    last = {row["publication_id"]: row for row in tx.rows(newest)} if draft_ids else {}
    accounts = channel_accounts.names(tx)
    for row in last.values():
        told = [
            f"{row[name]:,} {name}" for name in ("impressions", "likes", "shares", "replies") if row[name] is not None
        ]
        yield Line(row["at"], BACK, way_label(accounts, row["channel"]), "", "newest figures", ", ".join(told))


def _stations(first: datetime | None, rows: Sequence[RowMapping]) -> Iterator[Station]:
    before = first
    if first is not None:
        yield Station("first mention", first, None)
    for title, kinds in STATIONS:
        at = next((row["at"] for row in rows if row["kind"] in kinds), None)
        if at is not None:
            # A first mention may be dated later than the alert that counted it: clocks of sources differ.
            yield Station(title, at, max(at - before, timedelta()) if before is not None else None)
            before = at


def as_csv(story: Story, person: Person) -> bytes:
    """The whole story as a spreadsheet reads it, times on the reader's clock."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["when", "part", "who", "role", "what", "why", "event", "hash"])
    for line in story.lines:
        when = line.at.astimezone(person.zone_info).strftime("%Y-%m-%d %H:%M:%S")
        cells = [line.chapter, line.who, line.role, line.what, line.why]
        writer.writerow([when, *map(safe_cell, cells), line.event_id or "", line.digest or ""])
    return out.getvalue().encode("utf-8-sig")


def after_words(station: Station) -> str:
    """How long after the station before, in words; empty for the first."""
    return "" if station.after is None else f"{span(station.after)} later"
