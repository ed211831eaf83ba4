"""What went out in the last day and how it fares, read at once: what the answers, the cascade and the Live page share.

A fixed number of statements, however many posts there are; nothing in here asks once for each. Posts that were taken
down, by us or by the platform, are left out: nothing is to be done about them any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from sqlalchemy import RowMapping, Select, case, func, select

from data.storage.store import Tx
from data.storage.tables import (
    collections,
    deletions,
    draft_versions,
    drafts,
    engagement_marks,
    opportunities,
    post_replies,
    publications,
)
from workflow.held import open_rows, scope_of
from workflow.lifecycle import facts_of
from workflow.measuring.baselines import LEAST, Average, averages
from workflow.measuring.engagement import Snapshot, kind_in, newest
from workflow.rules.holds import covers
from workflow.rules.metrics import Rate, rate, velocity
from workflow.rules.questions import Measured, Mood, Usual

LATELY = timedelta(days=1)
"""Ours: what is out for longer than a day answers to no push any more; the guide looks at hours."""


@dataclass(frozen=True)
class Mark:
    """What a post had reached at an age, and what was usual then. `ratio`: the one in terms of the other."""

    age_minutes: int
    at: datetime
    interactions: int | None
    rate: Rate | None
    usual: Usual | None

    @property
    def ratio(self) -> float | None:
        """Times the usual; None where either is not known."""
        usual = self.usual
        if self.rate is None or usual is None or not usual.mean or usual.posts < LEAST or usual.of != self.rate.of:
            return None
        return self.rate.percent / usual.mean


@dataclass(frozen=True)
class Post:
    """One publication of the last day. `marks` by age; `held`: an open hold covers it."""

    id: int
    draft_id: int
    author_id: int
    opportunity_id: int | None
    category: str
    reactive: bool
    platform: str
    channel: str
    kind: str
    at: datetime
    text: str
    address: str
    marks: tuple[Mark, ...]
    newest: Snapshot | None
    mood: Mood
    held: bool

    @property
    def mark(self) -> Mark | None:
        """The newest age that it has reached."""
        return self.marks[-1] if self.marks else None

    @property
    def velocity(self) -> float | None:
        """Interactions per hour in its first six hours (the guide), by the marks."""
        return velocity([(one.at, one.interactions) for one in self.marks if one.interactions is not None], self.at)

    @property
    def measured(self) -> Measured:
        """As the rules want it."""
        mark = self.mark
        if mark is None:
            return Measured(self.id, 0, None, None, None)
        return Measured(self.id, mark.age_minutes, mark.interactions, mark.rate, self.velocity)


def posts(tx: Tx, now: datetime) -> tuple[Post, ...]:
    """Everything that went out in the last day and is still out, newest first."""
    rows = tx.rows(_out(now))
    ids = [row["id"] for row in rows]
    if not ids:
        return ()
    reached, moods, seen = _marks(tx, now), moods_of(tx, ids), newest(tx, ids)
    usual = averages(tx, {_like(one) for some in reached.values() for one in some}, now)
    scopes = [scope_of(row) for row in tx.rows(open_rows())]
    return tuple(
        Post(
            id=row["id"],
            draft_id=row["draft_id"],
            author_id=row["author_id"],
            opportunity_id=row["opportunity_id"],
            category=row["category"] or "",
            reactive=row["reactive"],
            platform=row["platform"],
            channel=row["channel"],
            kind=kind_in(row),
            at=row["at"],
            text=row["text"],
            address=row["address"] or "",
            marks=tuple(_mark(one, usual.get(_like(one))) for one in reached.get(row["id"], ())),
            newest=seen.get(row["id"]),
            mood=moods.get(row["id"], Mood(0, 0, 0)),
            held=any(covers(scope, facts_of(row)) for scope in scopes),
        )
        for row in rows
    )


def _out(now: datetime) -> Select[Any]:
    """With the words that left: the version whose hash was agreed."""
    words = (draft_versions.c.draft_id == drafts.c.id) & (draft_versions.c.content_hash == publications.c.content_hash)
    newest_of = select(func.max(draft_versions.c.id)).where(words).correlate(drafts, publications).scalar_subquery()
    return (
        select(
            publications.c.id, publications.c.draft_id, publications.c.at, publications.c.address,
            publications.c.channel, drafts.c.author_id, drafts.c.opportunity_id, drafts.c.platform, drafts.c.reactive,
            drafts.c.promotional, drafts.c.topic, drafts.c.hashtags, drafts.c.regions, opportunities.c.category,
            draft_versions.c.text, draft_versions.c.media, draft_versions.c.answering,
        )
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .join(draft_versions, draft_versions.c.id == newest_of)
        .outerjoin(opportunities, opportunities.c.id == drafts.c.opportunity_id)
        .outerjoin(collections, collections.c.publication_id == publications.c.id)
        .outerjoin(deletions, deletions.c.publication_id == publications.c.id)
        .where(publications.c.at > now - LATELY, collections.c.gone_at.is_(None), deletions.c.id.is_(None))
        .order_by(publications.c.at.desc(), publications.c.id.desc())
    )  # fmt: skip


def _marks(tx: Tx, now: datetime) -> dict[int, list[RowMapping]]:
    """Of each the ages it has reached, youngest first."""
    out = select(publications.c.id).where(publications.c.at > now - LATELY)
    rows = tx.rows(
        select(engagement_marks)
        .where(engagement_marks.c.publication_id.in_(out))
        .order_by(engagement_marks.c.publication_id, engagement_marks.c.age_minutes)
    )
    found: defaultdict[int, list[RowMapping]] = defaultdict(list)
    for row in rows:
        found[row["publication_id"]].append(row)
    return found


def _like(row: RowMapping) -> tuple[str, str, int]:
    """One question for all posts of a platform, kind and age: each takes itself out of the answer (`_without`)."""
    return row["platform"], row["kind"], row["age_minutes"]


def _mark(row: RowMapping, usual: Average | None) -> Mark:
    own = rate(row["platform"], row["interactions"], row["impressions"], row["audience"])
    return Mark(row["age_minutes"], row["at"], row["interactions"], own, _without(usual, own))


def _without(usual: Average | None, own: Rate | None) -> Usual | None:
    """The mean and the deviation of the others: a post is not held against itself."""
    if usual is None or usual.of is None:
        return None
    if usual.mean is None or usual.deviation is None:
        return Usual(max(usual.rated - (own is not None), 0), None, usual.of)
    if own is None:
        return Usual(usual.rated, usual.mean, usual.of, usual.deviation)
    left = usual.rated - 1
    mean = (usual.rated * usual.mean - own.percent) / left
    # The sum of squares around the mean of all, less what this post adds to it.
    spread = left * usual.deviation**2 - (own.percent - usual.mean) ** 2 * usual.rated / left
    return Usual(left, max(mean, 0.0), usual.of, sqrt(max(spread, 0.0) / (left - 1)) if left > 1 else None)


def moods_of(tx: Tx, ids: Collection[int]) -> dict[int, Mood]:
    """How many replies of each were read, and how many were cheerful or upset; those that are gone do not count."""
    tone = post_replies.c.sentiment
    rows = tx.rows(
        select(
            post_replies.c.publication_id,
            func.count().label("read"),
            func.sum(case((tone == "positive", 1), else_=0)).label("positive"),
            func.sum(case((tone == "negative", 1), else_=0)).label("negative"),
        )
        .where(post_replies.c.publication_id.in_(tuple(ids)), post_replies.c.gone_at.is_(None), tone.is_not(None))
        .group_by(post_replies.c.publication_id)
    )
    return {row["publication_id"]: Mood(row["read"], int(row["positive"]), int(row["negative"])) for row in rows}


def ratios(post: Post) -> Mapping[int, float]:
    """Its engagement against the usual at each age where that is known."""
    return {one.age_minutes: one.ratio for one in post.marks if one.ratio is not None}


def by_id(found: Sequence[Post]) -> dict[int, Post]:
    """The same by publication."""
    return {one.id: one for one in found}
