"""What the Desk shows: living alerts as cards, the beat that says what is new, and what rises elsewhere.

The list is read once and then stands still; `pulse` is the small read that runs every two seconds beside it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, exists, func, select

from app.views.words import category_title
from data.storage.store import Store, Tx
from data.storage.tables import (
    alerts,
    drafts,
    monitors,
    opportunities,
    people,
    publications,
    readings,
    sources,
    topics,
    verdicts,
)  # fmt: skip
from monitors.watch import newest_readings
from scoring.matrix import cell
from workflow.access import Person
from workflow.rules.windows import closes_at
from workflow.triage import CLAIMED, DISMISSED, OPEN, SNOOZED

# The filters in the query string, and what each is called.
SHOWN = {"open": "Open", "mine": "Mine", "snoozed": "Snoozed", "answered": "Answered", "dismissed": "Dismissed"}
# One screenful and a bit: who has more open than this needs a filter, not a longer page (ours).
MOST_CARDS = 40
MOST_TRENDS = 12
# How far back answered and dismissed alerts are listed, and how old a reading may be to count as rising (ours).
OVER_SINCE = timedelta(days=7)
RISING_SINCE = timedelta(hours=2)
# A due poll that nobody has made after this long means that no worker runs (ours).
WORKER_LATE = timedelta(minutes=2)

# Why not, in one click: the six situations in which the guide keeps silent, in our words.
REASONS = (
    "Tragedy or crisis: people are grieving, and a brand has no part in that.",
    "Politics or a divisive issue: whatever we say, half of our people disagree.",
    "A culture or language that nobody here knows from the inside.",
    "Our buyers decide slowly and together: a quick post moves none of them.",
    "Regulated claims: legal cannot check this within the moment's time.",
    "Not enough people or practice on duty to do this carefully.",
)


@dataclass(frozen=True)
class Card:
    """One alert. `verdict` is empty until it is judged; `agreed` tells the people's decision from the machine's.

    `ratio` and `baseline` are None while there is no history. `closes_at` None: the quadrant has no window.
    """

    alert_id: int
    topic: str
    sentence: str
    count: int
    baseline: float | None
    ratio: float | None
    raised_at: datetime
    state: str
    claimed_by: str
    mine: bool
    snoozed_until: datetime | None
    dismissed_reason: str
    verdict: str
    reason: str
    category: str
    decision: str
    agreed: bool
    closes_at: datetime | None


@dataclass(frozen=True)
class Trend:
    """A rising topic that raised no alert. `times`: against the source's own past, None where it tells none."""

    topic: str
    count: int
    times: float | None
    source: str
    url: str
    at: datetime


@dataclass(frozen=True)
class Watch:
    """What is being watched. `late`: a poll has been due so long that no worker seems to run."""

    monitors: tuple[str, ...]
    sources: int
    next_poll_at: datetime | None
    late: bool


@dataclass(frozen=True)
class Desk:
    """The page at one instant. `more`: cards left out; `ids`: every open alert there is, drawn or not."""

    now: datetime
    cards: tuple[Card, ...]
    more: int
    ids: frozenset[int]
    elsewhere: tuple[Trend, ...]
    watch: Watch


@dataclass(frozen=True)
class Pulse:
    """How many there are of each, and how many open ones the reader has not been shown."""

    now: datetime
    open: int
    mine: int
    snoozed: int
    new: int


def read(store: Store, person: Person, show: str = "open", known: Collection[int] | None = None) -> Desk:
    """The page. `known`: draw only these open alerts, so that the list stands still; None: all of them."""
    with store.read() as tx:
        ids = _open_ids(tx)
        drawn = ids if known is None else ids & frozenset(known)
        found = tx.rows(cards(_wanted(show, person, drawn, tx.now)).limit(MOST_CARDS + 1))
        total = tx.value(select(func.count()).select_from(alerts).where(_wanted(show, person, drawn, tx.now)))
        return Desk(
            now=tx.now,
            cards=tuple(card_of(row, person) for row in found[:MOST_CARDS]),
            more=max(0, int(total) - MOST_CARDS),
            ids=ids,
            elsewhere=_elsewhere(tx),
            watch=_watch(tx),
        )


def pulse(store: Store, person: Person, known: Collection[int]) -> Pulse:
    """The counts, and how many open alerts are not among `known`. One small query: it runs every two seconds."""
    with store.read() as tx:
        wanted = (alerts.c.id, alerts.c.state, alerts.c.claimed_by)
        rows = tx.rows(select(*wanted).where(_is_open() | (alerts.c.state == SNOOZED)))
        living = [row for row in rows if row["state"] != SNOOZED]
        return Pulse(
            now=tx.now,
            open=len(living),
            mine=sum(row["state"] == CLAIMED and row["claimed_by"] == person.id for row in living),
            snoozed=len(rows) - len(living),
            new=sum(row["id"] not in known for row in living),
        )


def dismissal(choice: str | None, words: str) -> str:
    """The reason as it is kept: the chosen sentence, if one of ours was chosen, and the person's own words."""
    return " ".join(part for part in (choice if choice in REASONS else "", words.strip()) if part)


def _open_ids(tx: Tx) -> frozenset[int]:
    return frozenset(row["id"] for row in tx.rows(select(alerts.c.id).where(_is_open())))


def _is_open() -> ColumnElement[bool]:
    return alerts.c.state.in_((OPEN, CLAIMED)) & ~_answered()


def _answered() -> ColumnElement[bool]:
    """A post about it is out: it needs nobody any more, though nobody has dismissed it."""
    return exists(
        select(publications.c.id)
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .join(opportunities, opportunities.c.id == drafts.c.opportunity_id)
        .where(opportunities.c.alert_id == alerts.c.id)
    )


def _wanted(show: str, person: Person, drawn: Collection[int], now: datetime) -> ColumnElement[bool]:
    """The filter as a condition. What is over is listed for a week, what is alive for as long as it lives."""
    recent = alerts.c.raised_at > now - OVER_SINCE
    return {
        "mine": _is_open() & (alerts.c.state == CLAIMED) & (alerts.c.claimed_by == person.id),
        "snoozed": alerts.c.state == SNOOZED,
        "answered": _answered() & recent,
        "dismissed": (alerts.c.state == DISMISSED) & ~_answered() & recent,
    }.get(show, _is_open() & alerts.c.id.in_(sorted(drawn)))


def cards(wanted: ColumnElement[bool]) -> Select[Any]:
    """Alerts with their topic, newest verdict, opportunity and claimant, newest alert first."""
    newest = select(func.max(verdicts.c.id).label("id")).group_by(verdicts.c.alert_id).subquery()
    current = select(verdicts).join(newest, newest.c.id == verdicts.c.id).subquery()
    return (
        select(
            alerts,
            topics.c.label,
            people.c.display_name,
            current.c.tragedy,
            current.c.reasons,
            current.c.relevance.label("guess_relevance"),
            current.c.interest.label("guess_interest"),
            current.c.category,
            opportunities.c.relevance,
            opportunities.c.interest,
        )
        .join(topics, topics.c.id == alerts.c.topic_id)
        .outerjoin(people, people.c.id == alerts.c.claimed_by)
        .outerjoin(current, current.c.alert_id == alerts.c.id)
        .outerjoin(opportunities, opportunities.c.alert_id == alerts.c.id)
        .where(wanted)
        .order_by(alerts.c.raised_at.desc(), alerts.c.id.desc())
    )


def card_of(row: RowMapping, person: Person) -> Card:
    """A row of `cards` as this person sees it."""
    agreed = row["relevance"] is not None
    relevance, interest = (row[name if agreed else f"guess_{name}"] for name in ("relevance", "interest"))
    found = cell(relevance, interest) if relevance is not None else None
    window = found.window_minutes if found else None
    claimed = row["state"] == CLAIMED
    return Card(
        alert_id=row["id"],
        topic=row["label"],
        sentence=row["why"].get("sentence", ""),
        count=row["count"],
        baseline=row["baseline"],
        ratio=row["ratio"],
        raised_at=row["raised_at"],
        state=row["state"],
        claimed_by=row["display_name"] or "" if claimed else "",
        mine=claimed and row["claimed_by"] == person.id,
        snoozed_until=row["snoozed_until"] if row["state"] == SNOOZED else None,
        dismissed_reason=row["dismissed_reason"] or "",
        verdict=row["tragedy"] or "",
        reason=next((reason["text"] for reason in row["reasons"] or ()), ""),
        category=category_title(row["category"]) if row["category"] else "",
        decision=found.decision if found else "",
        agreed=agreed,
        closes_at=closes_at(row["raised_at"], window[1]) if window else None,
    )


def _elsewhere(tx: Tx) -> tuple[Trend, ...]:
    """The newest fresh reading of each topic without a living alert, the largest first."""
    newest = newest_readings(tx, tx.now - RISING_SINCE)
    alerted = select(alerts.c.topic_id).where(alerts.c.state != DISMISSED)
    rows = tx.rows(
        select(readings, topics.c.label, sources.c.name)
        .join(topics, topics.c.id == readings.c.topic_id)
        .join(sources, sources.c.id == readings.c.source_id)
        .where(readings.c.id.in_(newest), readings.c.topic_id.not_in(alerted))
        .order_by(readings.c.count.desc(), readings.c.id.desc())
        .limit(MOST_TRENDS)
    )
    return tuple(
        Trend(
            topic=row["label"],
            count=row["count"],
            times=row["count"] / max(row["baseline"], 1.0) if row["baseline"] is not None else None,
            source=row["name"],
            url=row["url"],
            at=row["at"],
        )
        for row in rows
    )


def _watch(tx: Tx) -> Watch:
    names = tx.rows(select(monitors.c.name).where(monitors.c.enabled).order_by(monitors.c.id))
    due: datetime | None = tx.value(select(func.min(sources.c.next_poll_at)).where(sources.c.enabled))
    return Watch(
        monitors=tuple(row["name"] for row in names),
        sources=int(tx.value(select(func.count()).select_from(sources).where(sources.c.enabled))),
        next_poll_at=due,
        late=due is not None and tx.now - due > WORKER_LATE,
    )
