"""What a monitor would have raised in the last days, so that a team sees its words at work before it saves them.

Two parts: `replay` is pure and judges counts ten minutes by ten minutes with the live path's own functions;
`would_have_raised` brings it the counts, from the store where the rule is an unchanged monitor's, else by matching
what was taken in. Nothing is written.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, func, select

from data.storage.store import Store, Tx
from data.storage.tables import counts, items, monitors, sources, topics
from monitors.baseline import HOURS_BEHIND, usual
from monitors.matching import Matcher, MonitorRule
from monitors.spikes import HOUR, Previous, Spike, SpikeRule, judge
from monitors.volume import hours_before, last_hour, minute_of, window_end
from monitors.watch import series
from workflow.by_hand import BY_HAND_KIND
from workflow.rules.holds import fold
from workflow.topics import hashtags
from workflow.triage import STALE

STEP = timedelta(minutes=10)
BEHIND = HOURS_BEHIND * HOUR + HOUR
_LEARNING = SpikeRule().learning_hours


@dataclass(frozen=True)
class Told:
    """One alert that would have been raised: when, uses in its hour, the usual hour, and how many times that."""

    at: datetime
    count: float
    baseline: float
    ratio: float


@dataclass(frozen=True)
class Backtest:
    """The answer for the last `days`. `matched` of `items_seen` belong to the rule; with `counted` it is stored uses.

    `since`: from when on Tact has anything to look at, None for nothing at all; `began`: the rule's first use.
    """

    alerts: tuple[Told, ...]
    matched: int
    items_seen: int
    since: datetime | None
    began: datetime | None
    until: datetime
    days: int
    counted: bool

    @property
    def caution(self) -> str:
        """What the figures cannot show for want of history; empty where there is enough of it."""
        if self.since is None:
            return "Tact has taken in nothing yet, so this says nothing about what will come."
        known = int((self.until - self.since) / HOUR)
        if known <= _LEARNING:
            return f"Tact has only {known} hours of items. It learns for {_LEARNING} before it raises anything."
        if self.began is not None and self.until - self.began <= (_LEARNING + 1) * HOUR:
            seen = int((self.until - self.began) / HOUR)
            return f"The first use was {seen} hours ago. Tact learns for {_LEARNING} before it raises anything."
        if known < self.days * 24:
            return f"Tact has only {known} hours of items, and the first {_LEARNING} only taught it what is usual."
        return ""


def would_have_raised(store: Store, rule: MonitorRule, floor: float, days: int = 7, name: str = "") -> Backtest:
    """What the rule would have raised in the last `days`. `rule.id` 0 and a `name`: a monitor that is not there yet.

    Reads a week more than `days`: what is usual on the first of them rests on it. Takes about two seconds for fifty
    thousand items, measured on a small machine.
    """
    with store.read() as tx:
        end = window_end(tx.now)
        row = tx.row(
            select(monitors, topics.c.id.label("topic_id"))
            .join(topics, topics.c.monitor_id == monitors.c.id)
            .where(monitors.c.id == rule.id)
        )
        if row is not None and (tuple(row["terms"]), tuple(row["exclusions"])) == (rule.terms, rule.exclusions):
            return _from_counts(tx, row, floor, end, days)
        return _from_items(tx, rule, row["name"] if row else name, floor, end, days)


def _from_counts(tx: Tx, row: RowMapping, floor: float, end: datetime, days: int) -> Backtest:
    """An unchanged monitor has counted all along, an imported history included."""
    began: datetime | None = tx.value(select(func.min(counts.c.minute)).where(counts.c.topic_id == row["topic_id"]))
    first = end - timedelta(days=days)
    minutes = series(tx, row["topic_id"], first - BEHIND)
    matched = sum(count for at, count in minutes.items() if at >= first)
    seen = tx.value(select(func.count()).select_from(items).where(items.c.published_at >= first))
    told = replay(minutes, end, floor, days, began) if began is not None else ()
    return Backtest(told, round(matched), int(seen), began, began, end, days, counted=True)


def _from_items(tx: Tx, rule: MonitorRule, name: str, floor: float, end: datetime, days: int) -> Backtest:
    """Match what was taken in, as intake would have: warnings and what people raised by hand are not counted."""
    first = end - timedelta(days=days)
    rows = tx.rows(
        select(items.c.text, items.c.published_at, items.c.weight)
        .join(sources, sources.c.id == items.c.source_id)
        .where(items.c.published_at >= first - BEHIND, items.c.published_at < end)
        .where(items.c.kind != "official", sources.c.kind != BY_HAND_KIND)
    )
    matcher, topic = Matcher([rule]), fold(name)
    minutes: Counter[datetime] = Counter()
    matched = 0
    for row in rows:
        if matcher.match(row["text"]) or (topic and topic in map(fold, hashtags(row["text"]))):
            minutes[minute_of(row["published_at"])] += row["weight"]
            matched += row["published_at"] >= first
    return Backtest(
        alerts=replay(minutes, end, floor, days),
        matched=matched,
        items_seen=sum(row["published_at"] >= first for row in rows),
        since=min((row["published_at"] for row in rows), default=None),
        began=min(minutes, default=None),
        until=end,
        days=days,
        counted=False,
    )


def replay(
    minutes: Mapping[datetime, float], end: datetime, floor: float, days: int = 7, began: datetime | None = None
) -> tuple[Told, ...]:
    """Judge every ten minutes of the `days` before `end`, as the live path would have done; the alerts, oldest first.

    `minutes` are uses by the minute, from a week earlier on; `began` is the first that was ever counted (the first of
    `minutes` if not given). `end` is the end of a minute, as `window_end` gives it.
    """
    if not minutes:
        return ()
    since = min(minutes) if began is None else began
    tens = _tens(minutes, end)
    starts = sorted(tens)
    rule = SpikeRule(floor=floor)
    told: list[Told] = []
    previous: Previous | None = None
    for back in range(int(timedelta(days=days) / STEP) - 1, -1, -1):
        at = end - STEP * back
        near = {one: tens[one] for one in starts[bisect_left(starts, at - BEHIND) : bisect_left(starts, at)]}
        spike = _judge(near, at, since, previous, rule)
        if spike.alert and (previous is None or at - previous.at >= STALE):
            told.append(_told(spike))
            previous = Previous(at, spike.count, ended=False)
        elif spike.alert and previous is not None:
            previous = replace(previous, count=spike.count)  # folded into the living alert, as triage does
        elif previous is not None and not spike.over:
            previous = replace(previous, ended=True)
    return tuple(told)


def _tens(minutes: Mapping[datetime, float], end: datetime) -> dict[datetime, float]:
    """The same uses by ten minutes, on a grid that ends at `end`: every judged hour ends on it, so no sum changes."""
    tens: defaultdict[datetime, float] = defaultdict(float)
    for at, count in minutes.items():
        if at < end:
            tens[end - STEP * (-(-(end - at) // STEP))] += count
    return dict(tens)


def _judge(
    near: Mapping[datetime, float], at: datetime, since: datetime, previous: Previous | None, rule: SpikeRule
) -> Spike:
    count = last_hour(near, at)
    if count < max(rule.floor, 1.0):  # below the floor nothing is raised, whatever was usual
        return judge(count, None, at, previous, rule)
    return judge(count, usual(hours_before(near, at, since)), at, previous, rule)


def _told(spike: Spike) -> Told:
    assert spike.baseline is not None  # an alert is never raised without one
    assert spike.ratio is not None
    return Told(spike.window_end, spike.count, spike.baseline, spike.ratio)
