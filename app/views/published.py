"""The page of what is out: a page of publications with their figures, in a fixed number of statements.

However many posts there are, one page of them is read: its rows, their snapshots, marks, answers and money each in one
statement, and what is usual for all of them in two. Frozen values; the words are in `figures`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, func, select

from app.views.published_filter import PERIOD_WORDS as PERIOD_WORDS
from app.views.published_filter import PERIODS as PERIODS
from app.views.published_filter import count, statement
from app.views.ways import way_label
from data.storage.store import Store, Tx
from data.storage.tables import (
    collections,
    drafts,
    engagement_marks,
    publications,
)
from workflow.access import Person
from workflow.measuring import engagement, replies, spend
from workflow.measuring.baselines import Asked, Baseline, baselines
from workflow.measuring.engagement import Snapshot
from workflow.measuring.replies import Mood
from workflow.measuring.spend import Spent
from workflow.rules.metrics import Rate, rate, velocity
from workflow.rules.roles import may

PAGE = 8
MOST_REPLIES = 20


@dataclass(frozen=True)
class Answer:
    """What somebody said under a post, and how it was read. `feeling` empty: nobody has read it, or nobody could."""

    author: str
    text: str
    address: str
    at: datetime
    feeling: str
    dark: bool
    gone: bool


@dataclass(frozen=True)
class Compared:
    """The post at the last mark that it passed, against its like at that age. `times` None: nothing to divide by."""

    usual: Baseline
    rate: Rate | None
    interactions: int | None

    @property
    def times(self) -> float | None:
        if self.rate is not None and self.usual.mean_rate:
            return self.rate.percent / self.usual.mean_rate
        if self.usual.mean_rate is None and self.interactions is not None and self.usual.mean_interactions:
            return self.interactions / self.usual.mean_interactions
        return None


@dataclass(frozen=True)
class Reading:
    """How reading its figures fares. `quiet_until`: the platform asked for patience for the whole account."""

    by_hand: bool
    collected_at: datetime | None
    next_at: datetime | None
    message: str
    failures: int
    gone_at: datetime | None
    platform_at: datetime | None
    edited_at: datetime | None
    skew_seconds: int | None
    quiet_until: datetime | None
    switched_off: bool


@dataclass(frozen=True)
class Post:
    """One publication. `way`: what it left through; `course` oldest first.

    `deletion`: how far taking it down is, empty where nobody asked.
    """

    id: int
    draft_id: int
    platform: str
    kind: str
    at: datetime
    text: str
    address: str
    way: str
    deletion: str
    reading: Reading
    course: tuple[Snapshot, ...]
    velocity: float | None
    compared: Compared | None
    answers: tuple[Answer, ...]
    mood: Mood
    spent: Spent | None

    @property
    def latest(self) -> Snapshot | None:
        return self.course[-1] if self.course else None


@dataclass(frozen=True)
class Published:
    """The page. `total` posts fit the filter, `ever` says whether anything was published at all."""

    now: datetime
    posts: tuple[Post, ...]
    total: int
    page: int
    ever: bool
    may_write: bool
    currency: str
    currency_stands: bool
    stamp: tuple[object, ...]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def read(store: Store, person: Person, platform: str = "", period: str = "30d", page: int = 1) -> Published:
    """One page, newest first. An unknown period is thirty days; a page past the end is the last one."""
    with store.read() as tx:
        total = count(tx, platform, period)
        page = min(max(page, 1), max(1, -(-total // PAGE)))
        rows = tx.rows(statement(tx, platform, period).limit(PAGE).offset((page - 1) * PAGE))
        ever = tx.value(select(publications.c.id).limit(1)) is not None
        return Published(
            now=tx.now,
            posts=_posts(tx, rows),
            total=total,
            page=page,
            ever=ever,
            may_write=may(person.role, "write"),
            currency=spend.currency_of(tx),
            currency_stands=spend.any_entered(tx),
            stamp=_stamp(tx),
        )


def platforms(store: Store) -> tuple[str, ...]:
    """Where anything was ever published, for the filter."""
    names = select(drafts.c.platform).join(publications, publications.c.draft_id == drafts.c.id).distinct()
    with store.read() as tx:
        return tuple(sorted(row["platform"] for row in tx.rows(names)))


def stamp(store: Store) -> tuple[object, ...]:
    """What changes when there is something new to show: the newest publication, and the newest figures."""
    with store.read() as tx:
        return _stamp(tx)


def _stamp(tx: Tx) -> tuple[object, ...]:
    return tx.value(select(func.max(publications.c.id))), tx.value(select(func.max(collections.c.collected_at)))


def _posts(tx: Tx, rows: Sequence[RowMapping]) -> tuple[Post, ...]:
    ids = [row["id"] for row in rows]
    kinds = {row["id"]: engagement.kind_in(row) for row in rows}
    course = engagement.course(tx, ids)
    compared = _compared(tx, ids)
    answers = replies.newest_of(tx, ids, MOST_REPLIES)
    moods = replies.moods(tx, ids)
    money = spend.spent(tx, ids)
    return tuple(
        Post(
            id=row["id"],
            draft_id=row["draft_id"],
            platform=row["platform"],
            kind=kinds[row["id"]],
            at=row["at"],
            text=row["text"] or "",
            address=row["address"],
            way=way_label({row["channel"]: row["account"]} if row["account"] else {}, row["channel"]),
            deletion=row["deletion"] or "",
            reading=_reading(row, tx.now),
            course=course.get(row["id"], ()),
            velocity=velocity(engagement.points(row["platform"], course.get(row["id"], ())), row["at"]),
            compared=compared.get(row["id"]),
            answers=tuple(_answer(one) for one in answers.get(row["id"], ())),
            mood=moods.get(row["id"], Mood(0, 0, None)),
            spent=money.get(row["id"]),
        )
        for row in rows
    )


def _reading(row: RowMapping, now: datetime) -> Reading:
    limited = row["limited_until"]
    return Reading(
        by_hand=bool(row["payload"].get("by_hand")),
        collected_at=row["collected_at"],
        next_at=row["next_at"],
        message=row["message"] or "",
        failures=row["failures"] or 0,
        gone_at=row["gone_at"],
        platform_at=row["platform_at"],
        edited_at=row["edited_at"],
        skew_seconds=row["skew_seconds"],
        quiet_until=limited if limited is not None and limited > now else None,
        switched_off=row["enabled"] is False,
    )


def _compared(tx: Tx, ids: Collection[int]) -> Mapping[int, Compared]:
    """Each post at the last mark that it passed with figures, against its like."""
    mine = engagement_marks.c.publication_id.in_(tuple(ids))
    marks: dict[int, RowMapping] = {}
    for row in tx.rows(select(engagement_marks).where(mine).order_by(engagement_marks.c.age_minutes)):
        marks[row["publication_id"]] = row
    asked = {one: Asked(row["platform"], row["kind"], row["age_minutes"], one) for one, row in marks.items()}
    usual = baselines(tx, asked.values(), tx.now)
    return {
        one: Compared(
            usual[asked[one]],
            rate(row["platform"], row["interactions"], row["impressions"], row["audience"]),
            row["interactions"],
        )
        for one, row in marks.items()
    }


def _answer(row: RowMapping) -> Answer:
    return Answer(
        author=row["author"],
        text=row["text"],
        address=row["address"],
        at=row["at"],
        feeling=row["sentiment"] or "",
        dark=row["tragedy"] == "hold",
        gone=row["gone_at"] is not None,
    )
