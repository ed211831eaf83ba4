"""What the Desk shows: living alerts as cards, the beat that says what is new, and what rises elsewhere.

The list is read once and then stands still; `pulse` is the small read that runs every two seconds beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from app.views.cards import Card, read_cards
from app.views.speed import speeds
from app.views.steps import takers
from app.views.untold import Untold, untold
from data.storage.store import Store, Tx
from data.storage.tables import (
    alert_topics,
    alerts,
    monitors,
    readings,
    sources,
    topics,
)  # fmt: skip
from monitors.trajectory import Trajectory
from monitors.watch import newest_readings
from workflow.access import Person
from workflow.grouping import answered
from workflow.mutes import hidden
from workflow.rules.dismissals import SITUATIONS
from workflow.triage import CLAIMED, DISMISSED, OPEN, SNOOZED

# The filters in the query string, and what each is called.
SHOWN = {
    "open": "Open", "mine": "Mine", "snoozed": "Snoozed", "muted": "Muted", "answered": "Answered",
    "dismissed": "Dismissed",
}  # fmt: skip
# One screenful and a bit: who has more open than this needs a filter, not a longer page (ours).
MOST_CARDS = 40
MOST_TRENDS = 12
# How far back answered and dismissed alerts are listed, and how old a reading may be to count as rising (ours).
OVER_SINCE = timedelta(days=7)
RISING_SINCE = timedelta(hours=2)
# A due poll that nobody has made after this long means that no worker runs (ours).
WORKER_LATE = timedelta(minutes=2)

# Why not, in one click: the six situations in which the guide keeps silent, in our words.
REASONS = SITUATIONS


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
    """The page at one instant. `more`: cards left out; `ids`: every open alert there is, drawn or not.

    `over`: what the reader knew and is answered by now. Should it double, then it is new to them. `takers`: whom an
    alert can be given to.
    """

    now: datetime
    cards: tuple[Card, ...]
    more: int
    ids: frozenset[int]
    over: frozenset[int]
    elsewhere: tuple[Trend, ...]
    watch: Watch
    untold: Untold
    takers: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Pulse:
    """How many there are of each, and how many open ones the reader has not been shown.

    By alert: when a living one doubled last, and where those that are drawn are going.
    """

    now: datetime
    open: int
    mine: int
    snoozed: int
    muted: int
    new: int
    escalated: Mapping[int, datetime]
    speeds: Mapping[int, Trajectory]


def read(store: Store, person: Person, show: str = "open", known: Collection[int] | None = None) -> Desk:
    """The page. `known`: draw only these open alerts, so that the list stands still; None: all of them."""
    with store.read() as tx:
        ids = _open_ids(tx)
        drawn = ids if known is None else ids & frozenset(known)
        wanted = _wanted(show, person, drawn, tx.now)
        total = tx.value(select(func.count()).select_from(alerts).where(wanted))
        return Desk(
            now=tx.now,
            cards=read_cards(tx, wanted, person, MOST_CARDS),
            more=max(0, int(total) - MOST_CARDS),
            ids=ids,
            over=_over(tx, known or ()),
            elsewhere=_elsewhere(tx),
            watch=_watch(tx),
            untold=untold(tx),
            takers=takers(tx),
        )


def pulse(store: Store, person: Person, known: Collection[int], drawn: Sequence[Card] = ()) -> Pulse:
    """The counts, how many open alerts are not among `known`, and what moves on the cards that are `drawn`.

    Two small queries, however many cards there are: it runs every two seconds.
    """
    with store.read() as tx:
        wanted = (
            alerts.c.id,
            alerts.c.state,
            alerts.c.claimed_by,
            alerts.c.escalated_at,
            hidden(tx.now).label("muted"),
        )
        rows = tx.rows(select(*wanted).where(_is_alive() | (alerts.c.state == SNOOZED)))
        shown = [row for row in rows if not row["muted"]]
        living = [row for row in shown if row["state"] != SNOOZED]
        return Pulse(
            now=tx.now,
            open=len(living),
            mine=sum(row["state"] == CLAIMED and row["claimed_by"] == person.id for row in rows),
            snoozed=len(shown) - len(living),
            muted=len(rows) - len(shown),
            new=sum(row["id"] not in known for row in living),
            escalated={row["id"]: row["escalated_at"] for row in rows if row["escalated_at"] is not None},
            speeds=speeds(tx, drawn),
        )


def dismissal(choice: str | None, words: str) -> str:
    """The reason as it is kept: the chosen sentence, if one of ours was chosen, and the person's own words."""
    return " ".join(part for part in (choice if choice in REASONS else "", words.strip()) if part)


def _open_ids(tx: Tx) -> frozenset[int]:
    return frozenset(row["id"] for row in tx.rows(select(alerts.c.id).where(_is_open(tx.now))))


def _over(tx: Tx, known: Collection[int]) -> frozenset[int]:
    rows = tx.rows(select(alerts.c.id).where(alerts.c.id.in_(sorted(known)), answered())) if known else ()
    return frozenset(row["id"] for row in rows)


def _is_open(now: datetime) -> ColumnElement[bool]:
    return _is_alive() & ~hidden(now)


def _is_alive() -> ColumnElement[bool]:
    return alerts.c.state.in_((OPEN, CLAIMED)) & ~answered()


def _wanted(show: str, person: Person, drawn: Collection[int], now: datetime) -> ColumnElement[bool]:
    """The filter as a condition. What is over is listed for a week, what is alive for as long as it lives."""
    recent = alerts.c.raised_at > now - OVER_SINCE
    return {
        "mine": _is_alive() & (alerts.c.state == CLAIMED) & (alerts.c.claimed_by == person.id),
        "snoozed": (alerts.c.state == SNOOZED) & ~hidden(now),
        "muted": (alerts.c.state != DISMISSED) & hidden(now),
        "answered": answered() & recent,
        "dismissed": (alerts.c.state == DISMISSED) & ~answered() & recent,
    }.get(show, _is_open(now) & alerts.c.id.in_(sorted(drawn)))


def _elsewhere(tx: Tx) -> tuple[Trend, ...]:
    """The newest fresh reading of each topic without a living alert, the largest first."""
    newest = newest_readings(tx, tx.now - RISING_SINCE)
    alerted = (
        select(alert_topics.c.topic_id)
        .join(alerts, alerts.c.id == alert_topics.c.alert_id)
        .where(alerts.c.state != DISMISSED, alert_topics.c.split_at.is_(None))
    )
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
