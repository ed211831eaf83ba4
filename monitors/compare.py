"""Two sets of settings for one monitor over the same days, side by side: what each of them would have raised.

Beside `monitors.backtest`, whose judging it uses: that one answers for a form, this one compares, keeps samples of
what was matched, and takes its posts from anywhere, a recording among them. Where both sets have the same words they
are judged on what was counted; otherwise both on the posts that are stored, so that neither has an advantage.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select

from data.storage.store import Store, Tx
from data.storage.tables import items, sources, topics
from data.storage.volumes import hour_of
from monitors.backtest import BEHIND, Told, replay
from monitors.history import volume, watched_hours, watched_since
from monitors.matching import Matcher, MonitorRule
from monitors.spikes import DEFAULT_RULE, HOUR
from monitors.volume import minute_of, window_end
from workflow.by_hand import BY_HAND_KIND
from workflow.watching import Watched

PAGE = 2_000
SAMPLES = 3
# Alerts of the two sets that lie this near to each other are the same moment (ours).
SAME = timedelta(hours=3)
TODAY, THESE = 1, 2

Tick = Callable[[float], object]
# Posts by the hour in which they were written.
Texts = defaultdict[datetime, list[str]]


@dataclass(frozen=True)
class Post:
    """What a text must have to be matched and counted."""

    text: str
    language: str | None
    at: datetime
    weight: int


@dataclass(frozen=True)
class Raised:
    """An alert that would have been raised, with posts of its hour."""

    told: Told
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What one set would have done: `hours` are its uses by the hour of the clock."""

    alerts: tuple[Raised, ...]
    uses: int
    hours: Mapping[datetime, float]


@dataclass(frozen=True)
class Compared:
    """Both sets over the same days. `counted`: judged on what was counted, else on `posts` posts."""

    today: Outcome
    these: Outcome
    posts: int
    since: datetime | None
    until: datetime
    days: int
    counted: bool

    @property
    def only_today(self) -> tuple[Raised, ...]:
        """Alerts that the new settings would not have raised."""
        return _without(self.today.alerts, self.these.alerts)

    @property
    def only_these(self) -> tuple[Raised, ...]:
        """Alerts that only the new settings would have raised."""
        return _without(self.these.alerts, self.today.alerts)


def _without(some: tuple[Raised, ...], others: tuple[Raised, ...]) -> tuple[Raised, ...]:
    return tuple(one for one in some if not any(abs(one.told.at - other.told.at) <= SAME for other in others))


def compare(store: Store, monitor_id: int, today: Watched, these: Watched, tick: Tick, days: int = 7) -> Compared:
    """Over the last `days` of this workspace. `tick` hears how far it is, from 0 to 1."""
    with store.read() as tx:
        end = window_end(tx.now)
        first = end - timedelta(days=days)
        topic = tx.value(select(topics.c.id).where(topics.c.monitor_id == monitor_id))
        everything = select(func.count()).select_from(items).where(items.c.published_at >= first - BEHIND)
        posts = _ticking(_stored(tx, first - BEHIND, end), int(tx.value(everything) or 0), tick)
        found, texts = _over(posts, today, these, end, days, {})
        if not _same_words(today, these) or topic is None:
            return found
        began = watched_since(tx, topic)
        minutes, hours = volume(tx, topic, first - HOUR), watched_hours(tx, topic, first - BEHIND, end)
        if began is None:
            return found
        both = [
            _with_samples(_outcome(minutes, hours, one, end, days, began), texts[number])
            for number, one in ((TODAY, today), (THESE, these))
        ]
        return replace(found, today=both[0], these=both[1], since=began, counted=True)


def over(
    posts: Iterable[Post], today: Watched, these: Watched, end: datetime, days: int, past: Mapping[datetime, int]
) -> Compared:
    """Over any posts, oldest first or not. `past`: uses before them, by the minute, which both sets are given."""
    return _over(posts, today, these, end, days, past)[0]


def _over(
    posts: Iterable[Post], today: Watched, these: Watched, end: datetime, days: int, past: Mapping[datetime, int]
) -> tuple[Compared, dict[int, Texts]]:
    both = ((TODAY, today), (THESE, these))
    matcher = Matcher([MonitorRule(n, one.terms, one.exclusions, one.languages) for n, one in both])
    minutes: dict[int, Counter[datetime]] = {TODAY: Counter(past), THESE: Counter(past)}
    texts: dict[int, Texts] = {TODAY: defaultdict(list), THESE: defaultdict(list)}
    first, seen, since = end - timedelta(days=days), 0, min(past, default=None)
    for post in posts:
        since = post.at if since is None else min(since, post.at)
        seen += post.at >= first
        for number in matcher.match(post.text, post.language):
            minutes[number][minute_of(post.at)] += post.weight
            kept = texts[number][hour_of(post.at)] if post.at >= first - HOUR else []
            if len(kept) < SAMPLES and post.text not in kept:
                kept.append(post.text)
    found = [_with_samples(_outcome(minutes[n], None, one, end, days, since), texts[n]) for n, one in both]
    return Compared(found[0], found[1], seen, since, end, days, counted=False), texts


def _outcome(
    minutes: Mapping[datetime, float],
    hours: Mapping[datetime, float | None] | None,
    one: Watched,
    end: datetime,
    days: int,
    began: datetime | None,
) -> Outcome:
    rule = replace(DEFAULT_RULE, floor=float(one.floor))
    if one.cooldown_minutes is not None:
        rule = replace(rule, cooldown=timedelta(minutes=one.cooldown_minutes))
    told = replay(minutes, end, rule.floor, days, began, hours, rule) if minutes or hours else ()
    by_clock: Counter[datetime] = Counter()
    for at, count in minutes.items():
        if end - timedelta(days=days) <= at < end:
            by_clock[hour_of(at)] += round(count)
    return Outcome(tuple(Raised(one, ()) for one in told), sum(by_clock.values()), dict(by_clock))


def _with_samples(found: Outcome, texts: Texts) -> Outcome:
    alerts = []
    for one in found.alerts:
        near = [hour_of(one.told.at - timedelta(minutes=1)), hour_of(one.told.at - HOUR)]
        kept = [text for hour in near for text in texts.get(hour, ())]
        alerts.append(Raised(one.told, tuple(dict.fromkeys(kept))[:SAMPLES]))
    return replace(found, alerts=tuple(alerts))


def _same_words(one: Watched, other: Watched) -> bool:
    return (one.terms, one.exclusions, one.languages) == (other.terms, other.exclusions, other.languages)


def _stored(tx: Tx, since: datetime, until: datetime) -> Iterator[Post]:
    """As intake would count them: warnings and what people raised by hand are not."""
    query = (
        select(items.c.text, items.c.language, items.c.published_at, items.c.weight)
        .join(sources, sources.c.id == items.c.source_id)
        .where(items.c.published_at >= since, items.c.published_at < until)
        .where(items.c.kind != "official", sources.c.kind != BY_HAND_KIND)
    )
    for text, language, at, weight in tx.conn.execute(query).yield_per(PAGE):
        yield Post(text, language, at, weight)


def _ticking(posts: Iterable[Post], number: int, tick: Tick) -> Iterator[Post]:
    for done, post in enumerate(posts):
        if done % PAGE == 0:
            tick(min(done / max(number, 1), 1.0))
        yield post
    tick(1.0)
