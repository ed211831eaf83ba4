"""The hours behind a judged one, and what was usual in them: read in bounds, and kept until the next hour.

Between the counts in the store and the arithmetic of `monitors.baseline`; apart from `monitors.watch` because the
backtest and pages ask the same. A baseline rests on whole hours of the clock that ended before the judged hour began,
so it stands for an hour at a time and is kept in `baselines`; it is never made from the hour that it judges. What
comes late into an hour that is over is seen when the next baseline is made. Hours in which nobody counted are no hours
of silence (`monitors.pauses`); hours in which a monitor was watched and never used are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, func, select

from data.storage.bulk import among, insert_rows, packed, stamp
from data.storage.store import Tx
from data.storage.tables import baselines, counts, events, hour_counts, items, sources, topics
from data.storage.volumes import MINUTES_KEPT, hour_of
from monitors.baseline import HOURS_BEHIND, Baseline, usual
from monitors.evidence import series
from monitors.pauses import without_pauses
from monitors.spikes import DEFAULT_RULE, SpikeRule
from monitors.volume import HOUR

# Baselines that are made in one look, beyond those that may matter at once (ours: about a third of a second).
MOST_AT_ONCE = 300
# A count below this share of what an alert needed last hour can wait for its new baseline (ours).
NEAR = 0.5
TEN_MINUTES = timedelta(minutes=10)
# Topics asked for in one statement.
_CHUNK = 500
_PARTS = frozenset(part.name for part in fields(Baseline))
_NOTHING = Baseline(0.0, 0.0, 0.0, 0)
_NO_FLOOR = SpikeRule(floor=0.0)


def rule_of(row: RowMapping) -> SpikeRule:
    """A monitor's own rule: its floor, and its cool-down where it has one."""
    minutes = row["cooldown_minutes"]
    cooldown = DEFAULT_RULE.cooldown if minutes is None else timedelta(minutes=minutes)
    return SpikeRule(floor=float(row["floor"]), cooldown=cooldown)


def hours_behind(hours: Mapping[datetime, float | None], window_start: datetime, began: datetime) -> list[float | None]:
    """Whole hours of the clock before `window_start`, newest first, as `baseline.usual` takes them.

    `hours` are uses by `hour_of`, None where nobody watched; `began` is when watching began. An hour that is not among
    them is one of 0 uses.
    """
    newest = hour_of(window_start)
    behind = min(HOURS_BEHIND, max(0, int((newest - hour_of(began)) / HOUR)))
    return [hours.get(newest - HOUR * back, 0.0) for back in range(1, behind + 1)]


def baseline_of(tx: Tx, topic_id: int, window_start: datetime) -> Baseline | None:
    """What was usual for one topic before `window_start`, made afresh."""
    return make(tx, [topic_id], window_start)[topic_id]


def make(tx: Tx, topic_ids: Sequence[int], window_start: datetime) -> dict[int, Baseline | None]:
    """What was usual for each topic before `window_start`. Reads four weeks of hours, however long the history is."""
    newest = hour_of(window_start)
    oldest = newest - HOUR * HOURS_BEHIND
    put = stamp(tx)
    place = {put(newest - HOUR * back): back - 1 for back in range(1, HOURS_BEHIND + 1)}
    began = _began(tx, topic_ids)
    behind = {
        topic: [0.0] * min(HOURS_BEHIND, max(0, int((newest - hour_of(first)) / HOUR)))
        for topic, first in began.items()
    }
    for topic, hour, count in _hours(tx, list(behind), put(oldest), put(newest)):
        behind[topic][place[hour]] += float(count)
    watched = without_pauses(tx, behind, newest)
    return {topic: usual(watched.get(topic, ())) for topic in topic_ids}


def first_use(tx: Tx, topic_id: int) -> datetime | None:
    """When the topic was first counted: to the minute while that is kept, else to the hour."""
    hour: datetime | None = tx.value(select(func.min(hour_counts.c.hour)).where(hour_counts.c.topic_id == topic_id))
    minute: datetime | None = tx.value(select(func.min(counts.c.minute)).where(counts.c.topic_id == topic_id))
    return minute if minute is not None and hour is not None and hour_of(minute) == hour else hour


def watched_since(tx: Tx, topic_id: int) -> datetime | None:
    """When the topic was first counted, or when watching for it began: whichever was earlier."""
    known = (first_use(tx, topic_id), _created(tx, [topic_id]).get(topic_id))
    return min((at for at in known if at is not None), default=None)


def by_hour(tx: Tx, topic_id: int, since: datetime) -> dict[datetime, float]:
    """Uses by the hour of the clock, over all sources."""
    rows = tx.rows(
        select(hour_counts.c.hour, func.sum(hour_counts.c.count).label("n"))
        .where(hour_counts.c.topic_id == topic_id, hour_counts.c.hour >= hour_of(since))
        .group_by(hour_counts.c.hour)
    )
    return {row["hour"]: float(row["n"]) for row in rows}


def watched_hours(tx: Tx, topic_id: int, since: datetime, until: datetime) -> dict[datetime, float | None]:
    """Uses by the hour of the clock, as `by_hour`, and None for hours in which nobody watched."""
    hours, newest = by_hour(tx, topic_id, since), hour_of(until)
    behind = [hours.get(newest - HOUR * back, 0.0) for back in range(1, int((newest - hour_of(since)) / HOUR) + 1)]
    known = without_pauses(tx, {topic_id: behind}, newest)[topic_id]
    return {**hours, **{newest - HOUR * (back + 1): None for back, count in enumerate(known) if count is None}}


def volume(tx: Tx, topic_id: int, since: datetime) -> dict[datetime, float]:
    """Uses by the minute since then. An hour whose minutes are gone is told as six even parts of ten minutes."""
    minutes = series(tx, topic_id, since)
    gone = hour_of(tx.now - MINUTES_KEPT) + HOUR
    if since >= gone:
        return minutes
    kept = {hour_of(at) for at in minutes}
    even = {
        hour + TEN_MINUTES * part: count / 6
        for hour, count in by_hour(tx, topic_id, since).items()
        if hour < gone and hour not in kept
        for part in range(6)
        if hour + TEN_MINUTES * part >= since
    }
    return even | minutes


class Usual:
    """What was usual for the topics of one look: from the kept baselines where they are of this hour, else made anew.

    `uses` are those in the judged hour. After an hour has turned, topics that may be near an alert come first and all
    at once; the others wait for their turn, `most` of them a look, with the last hour's baseline until then. So do
    those that nothing is known about yet, as after an upgrade: they are learning until their turn has come.
    """

    def __init__(self, tx: Tx, uses: Mapping[int, float], window_start: datetime, most: int = MOST_AT_ONCE) -> None:
        self._hour = hour_of(window_start)
        kept = {row["topic_id"]: row for row in _kept(tx, uses)}
        self._found: dict[int, Baseline | None] = {topic: _read(row) for topic, row in kept.items()}
        old = [topic for topic in uses if topic not in kept or kept[topic]["hour"] != self._hour]
        near = [topic for topic in old if self._is_near(topic, uses[topic])]
        later = sorted(set(old) - set(near), key=lambda topic: (topic in kept, -uses[topic]))
        self.fresh = make(tx, [*near, *later[: max(0, most - len(near))]], window_start)
        self._found |= self.fresh

    def __getitem__(self, topic: int) -> Baseline | None:
        return self._found.get(topic)

    def keep(self, tx: Tx) -> None:
        """Write down what was made anew."""
        columns = ("topic_id", "hour", "level", "low", "high", "hours", "detail")
        hour = stamp(tx)(self._hour)
        rows = (
            (topic, hour, one.level, one.low, one.high, one.hours, packed(asdict(one)))
            for topic, one in ((topic, found or _NOTHING) for topic, found in self.fresh.items())
        )
        changed = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
        insert_rows(tx, baselines, columns, rows, f"(topic_id) DO UPDATE SET {changed}")

    def _is_near(self, topic: int, count: float) -> bool:
        """Whether a count could be an alert under a new baseline, even for a monitor without a floor."""
        last = self._found.get(topic)
        return last is not None and count >= NEAR * _NO_FLOOR.height(last.level, last.tail)


def _kept(tx: Tx, topic_ids: Iterable[int]) -> list[RowMapping]:
    wanted = sorted(topic_ids)
    return [row for some in _chunks(wanted) for row in tx.rows(select(baselines).where(baselines.c.topic_id.in_(some)))]


def _read(row: RowMapping) -> Baseline | None:
    """A kept baseline; none where it was made of nothing, or by a version with other ideas of what is usual."""
    detail = row["detail"]
    return Baseline(**detail) if detail.keys() == _PARTS and detail["hours"] else None


def _began(tx: Tx, topic_ids: Sequence[int]) -> dict[int, datetime]:
    """Since when each topic is known: its first counted hour, or when it began to be watched, if that was earlier.

    The first hour is one step in the key for each of them.
    """
    first = select(func.min(hour_counts.c.hour)).where(hour_counts.c.topic_id == topics.c.id).scalar_subquery()
    found = _created(tx, topic_ids)
    for some in _chunks(topic_ids):
        for row in tx.rows(select(topics.c.id, first.label("began")).where(topics.c.id.in_(some))):
            if row["began"] is not None:
                found[row["id"]] = min(row["began"], found.get(row["id"], row["began"]))
    return found


def _created(tx: Tx, topic_ids: Sequence[int]) -> dict[int, datetime]:
    """When each monitor's topic was made, but not before the first source was there: silence since then is known.

    Nothing for a topic that nobody watches, nor while no source has answered since: that is no silence.
    """
    heard, added = _sources(tx)
    found: dict[int, datetime] = {}
    for some in _chunks(topic_ids if heard is not None else ()):
        watched = topics.c.id.in_(some) & topics.c.monitor_id.is_not(None)
        for row in tx.rows(select(topics.c.id, topics.c.first_seen_at).where(watched)):
            if heard is not None and heard >= row["first_seen_at"]:
                found[row["id"]] = max(row["first_seen_at"], added or row["first_seen_at"])
    return found


def _sources(tx: Tx) -> tuple[datetime | None, datetime | None]:
    """When a source last answered or brought something, and when the first of them was added; None for not known."""
    answered = tx.value(select(func.max(sources.c.succeeded_at)))
    brought = tx.value(select(func.max(items.c.taken_in_at)))
    here = (events.c.subject == "source") & (events.c.subject_id == sources.c.id) & (events.c.kind == "source_added")
    added = [row["at"] for row in tx.rows(select(events.c.at).select_from(sources.outerjoin(events, here)))]
    since = None if None in added else min(added, default=None)  # those of the set-up have no event of their own
    return max((at for at in (answered, brought) if at is not None), default=None), since


def _chunks(topic_ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (topic_ids[start : start + _CHUNK] for start in range(0, len(topic_ids), _CHUNK))


def _hours(tx: Tx, topic_ids: Sequence[int], oldest: Any, before: Any) -> Iterable[tuple[int, Any, float]]:
    """(topic, hour, uses) as the driver gives them: half a million rows a look would be too many objects."""
    some, given, place = among(tx, topic_ids)
    sql = f"SELECT topic_id, hour, count FROM hour_counts WHERE topic_id {some} AND hour >= {place} AND hour < {place}"  # noqa: S608
    return tx.conn.exec_driver_sql(sql, (given, oldest, before))
