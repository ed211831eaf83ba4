"""What is usual for a post of this platform and kind at this age: the guide's thirty-day average, over equals.

Equals are posts of the same platform and kind, out in the last thirty days (the guide), at the same age, with the same
denominator. Left out are the post that is compared, those that were deleted by anybody, and those too young for the
age. Posts that were imported with their final figures count at the last mark only: a week's figures are no yardstick
for an hour. `posts` says how few they may be; below LEAST (ours) nothing is said.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, cast, func, or_, select

from data.reference.metrics import metrics
from data.storage.store import Tx
from data.storage.tables import collections, deletions, engagement_marks, past_posts
from workflow.rules.metrics import MARKS, Denominator, rate

DAYS = timedelta(days=30)
# Fewer posts are no average (ours).
LEAST = 5
FINAL = MARKS[-1]


@dataclass(frozen=True)
class Asked:
    """What somebody wants to compare with. `without`: the publication that is compared."""

    platform: str
    kind: str
    age_minutes: int
    without: int | None = None


@dataclass(frozen=True)
class Baseline:
    """What is usual. Rates in percent of `of`; `posts` were counted, `rated` of them had a rate.

    None where fewer than LEAST posts can say it; so nobody takes two posts for a habit.
    """

    posts: int
    rated: int
    mean_rate: float | None
    median_rate: float | None
    mean_interactions: float | None
    median_interactions: float | None
    of: Denominator | None
    age_minutes: int
    # Of the single rates, around their mean: how far the mean may be off.
    deviation_rate: float | None = None

    @property
    def too_few(self) -> bool:
        return self.posts < LEAST


def mark_for(age: timedelta) -> int | None:
    """The last mark that a post of this age has passed, in minutes; None for one younger than the first."""
    passed = [mark for mark in MARKS if timedelta(minutes=mark) <= age]
    return passed[-1] if passed else None


def baseline(tx: Tx, platform: str, kind: str, age_minutes: int, now: datetime, without: int | None = None) -> Baseline:
    """What was usual in the thirty days before `now`, at this mark."""
    asked = Asked(platform, kind, age_minutes, without)
    return baselines(tx, (asked,), now)[asked]


def baselines(tx: Tx, asked: Collection[Asked], now: datetime) -> dict[Asked, Baseline]:
    """Many at once, in two statements however many there are."""
    keys = {(one.platform, one.kind, one.age_minutes) for one in asked}
    found = _samples(tx, keys, now) if keys else {}
    nobody = _Sample()
    nobody.ready()
    return {one: _baseline(one, found.get((one.platform, one.kind, one.age_minutes), nobody)) for one in asked}


_Key = tuple[str, str, int]


class _Sample:
    """The posts of one key: their interactions and rates, sorted once, however many are compared with them."""

    def __init__(self) -> None:
        self.counts: list[float] = []
        self.rates: list[float] = []
        self.own: dict[int, tuple[float | None, float | None]] = {}

    def add(self, publication_id: int | None, count: float | None, percent: float | None) -> None:
        """A post without interactions has no rate either."""
        if count is None:
            return
        self.counts.append(count)
        if percent is not None:
            self.rates.append(percent)
        if publication_id is not None:
            self.own[publication_id] = (count, percent)

    def ready(self) -> None:
        """Sort, and add up: after the last post."""
        self.counts.sort()
        self.rates.sort()
        self.added = (sum(self.counts), sum(self.rates), sum(one * one for one in self.rates))


def _samples(tx: Tx, keys: Collection[_Key], now: datetime) -> dict[_Key, _Sample]:
    found: defaultdict[_Key, _Sample] = defaultdict(_Sample)
    _add_marks(tx, keys, now, found)
    _add_past(tx, {key for key in keys if key[2] == FINAL}, now, found)
    for sample in found.values():
        sample.ready()
    return found


def _add_marks(tx: Tx, keys: Collection[_Key], now: datetime, found: Mapping[_Key, _Sample]) -> None:
    marks = engagement_marks.c
    statement = (
        select(marks.platform, marks.kind, marks.age_minutes, marks.publication_id, marks.interactions, percent())
        .where(or_(*(_like(marks, key) & (marks.age_minutes == key[2]) for key in keys)))
        .where(marks.published_at > now - DAYS, marks.published_at <= now, marks.at <= now, still_out())
    )
    for platform, kind, age, publication_id, count, rated in tx.conn.execute(statement):
        found[platform, kind, age].add(publication_id, count, rated)


def _add_past(tx: Tx, keys: Collection[_Key], now: datetime, found: Mapping[_Key, _Sample]) -> None:
    """Imported ones that had the whole week, as their final figures say."""
    if not keys:
        return
    past = past_posts.c
    statement = (
        select(past.platform, past.kind, past.interactions, past.impressions, past.audience)
        .where(or_(*(_like(past, key) for key in keys)))
        .where(past.at > now - DAYS, past.at <= now - timedelta(minutes=FINAL))
    )
    for platform, kind, count, seen, followers in tx.conn.execute(statement):
        told = rate(platform, count, seen, followers)
        found[platform, kind, FINAL].add(None, count, told.percent if told is not None else None)


@dataclass(frozen=True)
class Average:
    """The mean rate of `rated` posts and how far single ones lie from it, in percent of `of`; None below LEAST."""

    rated: int
    mean: float | None
    deviation: float | None
    of: Denominator | None


def averages(tx: Tx, keys: Collection[_Key], now: datetime) -> dict[_Key, Average]:
    """The same mean as `baselines`, of the same posts, added up by the database: for pages that ask every few seconds.

    One statement for each denominator, and a row for each (platform, kind, age), whatever number of posts there is.
    Without medians, which a database cannot add up; and without imported posts, so not for the last mark.
    """
    found: dict[_Key, Average] = {}
    for of in DENOMINATORS:
        some = {key for key in keys if _of(key[0]) == of}
        found |= _added_up(tx, some, of, now) if some else {}
    return found


DENOMINATORS: tuple[Denominator, ...] = ("impressions", "audience")


def _of(platform: str) -> Denominator | None:
    row = metrics().get(platform)
    return row.denominator if row is not None else None


def _added_up(tx: Tx, keys: Collection[_Key], of: Denominator, now: datetime) -> dict[_Key, Average]:
    marks, each = engagement_marks.c, percent(of)
    platforms, kinds, ages = ({key[n] for key in keys} for n in range(3))
    statement = (
        select(marks.platform, marks.kind, marks.age_minutes, func.count(each), func.sum(each), func.sum(each * each))
        # Every platform with every kind and age: some more than asked, and the index finds each of them at once.
        .where(marks.platform.in_(platforms), marks.kind.in_(kinds), marks.age_minutes.in_(ages))
        .where(marks.published_at > now - DAYS, marks.published_at <= now, marks.at <= now, still_out())
        .group_by(marks.platform, marks.kind, marks.age_minutes)
    )
    rows = {(row[0], row[1], row[2]): average(of, row[3], row[4], row[5]) for row in tx.conn.execute(statement)}
    return {key: one for key, one in rows.items() if key in keys}


def percent(of: Denominator | None = None) -> ColumnElement[Any]:
    """The engagement rate of a row of `engagement_marks`, of what its platform's rates are of; null without either.

    `of`: where every row is of one denominator it is worked out faster.
    """
    marks = engagement_marks.c
    plain = {"impressions": marks.impressions, "audience": marks.audience}
    told = metrics().items()
    by_platform = [
        (marks.platform.in_([name for name, row in told if row.denominator == one]), plain[one]) for one in DENOMINATORS
    ]
    whole = plain[of] if of is not None else case(*by_platform)
    return 100.0 * cast(marks.interactions, Float) / func.nullif(whole, 0)


def still_out() -> ColumnElement[bool]:
    """That nobody took down what a row of `engagement_marks` is about: neither we nor the platform."""
    gone = select(collections.c.publication_id).where(collections.c.gone_at.is_not(None))
    return engagement_marks.c.publication_id.not_in(gone.union(select(deletions.c.publication_id)))


def average(of: Denominator | None, rated: int, added: Any, squared: Any) -> Average:
    """Of that many rates with this sum and this sum of squares."""
    if rated < LEAST:
        return Average(rated, None, None, of)
    mean = float(added) / rated
    spread = max(float(squared) - rated * mean * mean, 0.0)
    return Average(rated, mean, sqrt(spread / (rated - 1)), of)


def _like(columns: Any, key: _Key) -> ColumnElement[bool]:
    return and_(columns.platform == key[0], columns.kind == key[1])


def _baseline(asked: Asked, sample: _Sample) -> Baseline:
    """The sample without the post that is compared with it."""
    count, percentage = sample.own.get(asked.without, (None, None)) if asked.without is not None else (None, None)
    added, rates, squares = sample.added
    posts, rated = len(sample.counts) - (count is not None), len(sample.rates) - (percentage is not None)
    left = average(_of(asked.platform), rated, rates - (percentage or 0.0), squares - (percentage or 0.0) ** 2)
    return Baseline(
        posts=posts,
        rated=rated,
        mean_rate=left.mean,
        median_rate=_middle(sample.rates, percentage) if rated >= LEAST else None,
        mean_interactions=(added - (count or 0)) / posts if posts >= LEAST else None,
        median_interactions=_middle(sample.counts, count) if posts >= LEAST else None,
        of=left.of,
        age_minutes=asked.age_minutes,
        deviation_rate=left.deviation,
    )


def _middle(ordered: Sequence[float], without: float | None) -> float:
    """The median of sorted values, one of which is left out."""
    gap = bisect_left(ordered, without) if without is not None else len(ordered)
    count = len(ordered) - (without is not None)
    low, high = ((count - 1) // 2, count // 2)
    return (ordered[low + (low >= gap)] + ordered[high + (high >= gap)]) / 2
