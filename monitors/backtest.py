"""What a monitor would have raised in the last days, so that a team sees its words at work before it saves them.

Two parts: `replay` is pure and judges counts ten minutes by ten minutes with the live path's own functions;
`would_have_raised` brings it the counts, from the store where the rule is an unchanged monitor's, else by matching
what was taken in. Nothing is written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, func, select

from data.storage.store import Store, Tx
from data.storage.tables import items, monitors, sources, topics
from data.storage.volumes import hour_of
from monitors.baseline import HOURS_BEHIND, Baseline, usual
from monitors.history import hours_behind, volume, watched_hours, watched_since
from monitors.matching import Matcher, MonitorRule
from monitors.spikes import DEFAULT_RULE, HOUR, Previous, Spike, SpikeRule, judge
from monitors.volume import minute_of, window_end
from monitors.watch import rule_of
from workflow.by_hand import BY_HAND_KIND
from workflow.rules.holds import fold
from workflow.topics import hashtags
from workflow.triage import DOUBLED, STALE

STEP = timedelta(minutes=10)
IN_HOUR = int(HOUR / STEP)
BEHIND = HOURS_BEHIND * HOUR + 2 * HOUR
# Items read at a time: a month of them does not fit into memory at once.
PAGE = 5_000
_LEARNING = DEFAULT_RULE.learning_hours


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

    `since`: from when on Tact has anything to look at, None for nothing at all; `began`: the rule's first use, or when
    watching for it began.
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

    Reads four weeks more than `days`: what is usual on the first of them rests on it. From counts it takes a fraction
    of a second; from items about half a second for each fifty thousand of them, measured on a small machine.
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
    began = watched_since(tx, row["topic_id"])
    first = end - timedelta(days=days)
    minutes = volume(tx, row["topic_id"], first - HOUR)
    hours = watched_hours(tx, row["topic_id"], first - BEHIND, end)
    matched = sum(count for at, count in minutes.items() if at >= first)
    seen = tx.value(select(func.count()).select_from(items).where(items.c.published_at >= first))
    rule = replace(rule_of(row), floor=floor)
    told = replay(minutes, end, floor, days, began, hours, rule) if began is not None else ()
    return Backtest(told, round(matched), int(seen), began, began, end, days, counted=True)


def _from_items(tx: Tx, rule: MonitorRule, name: str, floor: float, end: datetime, days: int) -> Backtest:
    """Match what was taken in, as intake would have: warnings and what people raised by hand are not counted."""
    first = end - timedelta(days=days)
    query = (
        select(items.c.text, items.c.language, items.c.published_at, items.c.weight)
        .join(sources, sources.c.id == items.c.source_id)
        .where(items.c.published_at >= first - BEHIND, items.c.published_at < end)
        .where(items.c.kind != "official", sources.c.kind != BY_HAND_KIND)
    )
    matcher, topic = Matcher([rule]), fold(name)
    minutes: Counter[datetime] = Counter()
    matched = seen = 0
    since: datetime | None = None
    for text, language, at, weight in tx.conn.execute(query).yield_per(PAGE):
        since = at if since is None else min(since, at)
        seen += at >= first
        if matcher.match(text, language) or (topic and topic in map(fold, hashtags(text))):
            minutes[minute_of(at)] += weight
            matched += at >= first
    began = min(minutes, default=None)
    alerts = replay(minutes, end, floor, days)
    return Backtest(alerts, matched, seen, since, began, end, days, counted=False)


def replay(
    minutes: Mapping[datetime, float],
    end: datetime,
    floor: float,
    days: int = 7,
    began: datetime | None = None,
    hours: Mapping[datetime, float | None] | None = None,
    rule: SpikeRule = DEFAULT_RULE,
) -> tuple[Told, ...]:
    """Judge every ten minutes of the `days` before `end`, as the live path would have done; the alerts, oldest first.

    `minutes` are uses by the minute; what is usual comes from them too, unless `hours` says it by the hour. `began` is
    when watching began (the first of `minutes` if not given). `end` is the end of a minute, as
    `window_end` gives it. `floor` goes before the rule's own.
    """
    if not minutes and not hours:
        return ()
    since = began if began is not None else min(minutes or hours or ())
    known = _Known(_hours(minutes) if hours is None else hours, since)
    rule = replace(rule, floor=floor)
    steps = int(timedelta(days=days) / STEP)
    tens = _tens(minutes, end, steps + IN_HOUR)
    told: list[Told] = []
    previous: Previous | None = None
    for step in range(1, steps + 1):
        at = end - STEP * (steps - step)
        hour = tens[step : step + IN_HOUR]
        spike = _judge(sum(hour), hour[-1], known, at, previous, rule)
        if spike.alert and (previous is None or at - previous.at >= STALE):
            told.append(_told(spike))
            previous = Previous(at, spike.count, ended=False)
        elif spike.alert and previous is not None and spike.count >= DOUBLED * previous.count:
            previous = replace(previous, count=spike.count)  # told again within the living alert, as triage does
        elif previous is not None and not spike.over:
            previous = replace(previous, ended=True)
    return tuple(told)


class _Known:
    """What was usual before an hour; made once for every hour of the clock, as the live path does."""

    def __init__(self, hours: Mapping[datetime, float | None], began: datetime) -> None:
        self._hours, self._began = hours, began
        self._made: tuple[datetime, Baseline | None] | None = None

    def before(self, window_start: datetime) -> Baseline | None:
        hour = hour_of(window_start)
        if self._made is None or self._made[0] != hour:
            self._made = hour, usual(hours_behind(self._hours, window_start, self._began))
        return self._made[1]


def _hours(minutes: Mapping[datetime, float]) -> dict[datetime, float]:
    sums: defaultdict[datetime, float] = defaultdict(float)
    for at, count in minutes.items():
        sums[hour_of(at)] += count
    return dict(sums)


def _tens(minutes: Mapping[datetime, float], end: datetime, number: int) -> list[float]:
    """The same uses by ten minutes, up to `end`: every judged hour ends on that grid, so no sum changes."""
    tens = [0.0] * number
    start = end - STEP * number
    for at, count in minutes.items():
        if start <= at < end:
            tens[(at - start) // STEP] += count
    return tens


def _judge(count: float, fast: float, known: _Known, at: datetime, previous: Previous | None, rule: SpikeRule) -> Spike:
    if count < max(rule.floor, 1.0):  # below the floor nothing is raised, whatever was usual
        return judge(count, None, at, previous, rule)
    return judge(count, known.before(at - HOUR), at, previous, rule, fast=fast)


def _told(spike: Spike) -> Told:
    assert spike.baseline is not None  # an alert is never raised without one
    assert spike.ratio is not None
    return Told(spike.window_end, spike.count, spike.baseline, spike.ratio)
