"""Looking for spikes in what was counted, and raising alerts that say why they fired.

The arithmetic is in `monitors.baseline` and `monitors.spikes`; this module brings them the counts and hands their
answer to `workflow.triage`. One statement sums the last hour of all topics from an index; what stays below a monitor's
floor costs nothing more, and what was usual is kept for an hour (`monitors.history`). So a look costs what was said
in the last hour, not what was ever counted. Readings of trend sources are judged in `monitors.trends`, hours that late
items have filled in `monitors.late`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, Select, case, func, select

from data.storage.store import Store, Tx
from data.storage.tables import counts, items, monitors, readings, topics
from monitors.baseline import Baseline
from monitors.evidence import evidence_of, samples, series
from monitors.history import Usual, baseline_of, rule_of
from monitors.intake import watching
from monitors.late import Late, is_told, late_spikes
from monitors.spikes import DEFAULT_RULE, FAST, HOUR, Previous, Spike, SpikeRule, judge
from monitors.trends import WEEK, fresh_readings, judge_reading, newest_readings, told_by_reading
from monitors.volume import last_hour, window_end, window_sum
from workflow import brand as brands
from workflow.grouping import Posts
from workflow.triage import Raised, latest_alert_at, raise_alert, read_posts

__all__ = ["judge_topic", "look_for_spikes", "newest_arrival", "newest_readings", "rule_of", "samples", "series"]

LOOK_BACK = timedelta(minutes=10)


@dataclass(frozen=True)
class _Loud:
    """A monitor's topic that is at alert height, before anybody asked whether it was told already."""

    topic_id: int
    count: float
    fast: float
    baseline: Baseline
    rule: SpikeRule


@dataclass(frozen=True)
class _News:
    """What is to be told, and what the topic's last alert was when that was found."""

    loud: _Loud
    last: RowMapping | None
    raised: Raised


def look_for_spikes(store: Store, after: int = 0) -> tuple[int, ...]:
    """Judge every monitor's last hour and every fresh reading; the ids of the alerts that were raised.

    Other writers wait only while something is written down, and for one alert at a time: an event that many monitors
    hear must not hold them up. The reading, the judging and the evidence come before. `after`: the newest item that the
    last look saw, so that only what came late since then is gone through; 0 where nobody knows.
    """
    with store.read() as tx:
        end = window_end(tx.now)
        rows = tx.rows(_above_their_floors(end))
        usual = Usual(tx, {row["topic_id"]: float(row["count"]) for row in rows}, end - HOUR)
        loud = [one for one in (_loud(row, usual, end) for row in rows) if one is not None]
        told = fresh_readings(tx)
        late = late_spikes(tx, after, end)
        if not (usual.fresh or loud or told or late):
            return ()
        brand = brands.the_brand(tx)
        news = [new for one in loud if (new := _news(tx, one, end)) is not None]
        posts = read_posts(tx, brand.id, [*(one.raised for one in news), *(one.raised for one in late)])
    found = [_raise(store, brand.id, one, end, posts) for one in news]
    found += [_raise_late(store, brand.id, one, posts) for one in late]
    if usual.fresh or told:
        with store.write() as tx:
            usual.keep(tx)
            found += _raise_for_readings(tx, brand.id)
    return tuple(alert for alert in found if alert is not None)


def newest_arrival(store: Store) -> tuple[int, int]:
    """The newest item and the newest reading: unchanged means that there is nothing new to look at."""
    with store.read() as tx:
        return tx.value(select(func.max(items.c.id))) or 0, tx.value(select(func.max(readings.c.id))) or 0


def _above_their_floors(end: datetime) -> Select[tuple[object, ...]]:
    """Uses of the last hour and of its last ten minutes, for enabled monitors that reach their own floor."""
    heard = (
        select(
            counts.c.topic_id,
            func.sum(counts.c.count).label("count"),
            func.sum(case((counts.c.minute >= end - FAST, counts.c.count), else_=0)).label("fast"),
        )
        .where(counts.c.minute >= end - HOUR, counts.c.minute < end)
        .group_by(counts.c.topic_id)
        .subquery()
    )
    return (
        select(heard, monitors.c.floor, monitors.c.cooldown_minutes)
        .join(topics, topics.c.id == heard.c.topic_id)
        .join(monitors, monitors.c.id == topics.c.monitor_id)
        .where(monitors.c.enabled, heard.c.count >= monitors.c.floor)
        .order_by(monitors.c.id)
    )


def _loud(row: RowMapping, usual: Usual, end: datetime) -> _Loud | None:
    baseline, rule = usual[row["topic_id"]], rule_of(row)
    count, fast = float(row["count"]), float(row["fast"])
    if baseline is None or not judge(count, baseline, end, None, rule, fast=fast).over:
        return None
    return _Loud(row["topic_id"], count, fast, baseline, rule)


def _news(tx: Tx, loud: _Loud, end: datetime) -> _News | None:
    """The evidence of what is to be told; None for what people know already."""
    previous = _previous(tx, loud.topic_id, loud.baseline, loud.rule)
    spike = judge(loud.count, loud.baseline, end, previous, loud.rule, fast=loud.fast)
    if not spike.alert:
        return None
    return _News(loud, latest_alert_at(tx, loud.topic_id), evidence_of(tx, loud.topic_id, spike))


def _raise(store: Store, brand_id: int, news: _News, end: datetime, posts: Posts) -> int | None:
    """Write it down, unless somebody else has told it since it was found."""
    with store.write() as tx:
        if latest_alert_at(tx, news.loud.topic_id) != news.last and _news(tx, news.loud, end) is None:
            return None
        return raise_alert(tx, brand_id, news.raised, posts)


def _raise_late(store: Store, brand_id: int, late: Late, posts: Posts) -> int | None:
    """What came late, unless the topic has been told since it was found."""
    with store.write() as tx:
        if is_told(tx, late.topic_id, late.hour, late.cooldown):
            return None
        return raise_alert(tx, brand_id, late.raised, posts)


def _raise_for_readings(tx: Tx, brand_id: int) -> list[int | None]:
    fresh = fresh_readings(tx)
    if not fresh:
        return []
    watched = watching(tx).matcher
    return [judge_reading(tx, brand_id, row, watched) for row in fresh]


def judge_topic(tx: Tx, topic_id: int, rule: SpikeRule = DEFAULT_RULE) -> Spike:
    """The topic's last hour against what is usual for it. What the detector sees, for pages."""
    end = window_end(tx.now)
    minutes = series(tx, topic_id, end - HOUR)
    fast = window_sum(minutes, end - FAST, end)
    baseline = baseline_of(tx, topic_id, end - HOUR)
    return judge(last_hour(minutes, end), baseline, end, _previous(tx, topic_id, baseline, rule), rule, fast=fast)


def _previous(tx: Tx, topic_id: int, baseline: Baseline | None, rule: SpikeRule) -> Previous | None:
    """The topic's last alert of what we counted, and whether the count has been below alert height since.

    What the hour after an alert brought counts as told: an early alert is told at part of it (`spikes.after`).
    While the topic cools down nobody asks whether the spike has ended, so that is not looked up.
    """
    row = latest_alert_at(tx, topic_id)
    if row is None or told_by_reading(tx, row["id"], topic_id) is not None:
        return None
    cooling = window_end(tx.now) - row["raised_at"] < rule.cooldown
    ended = not cooling and _ended(tx, topic_id, row["raised_at"], baseline, rule)
    return Previous(row["raised_at"], max(row["count"], _filled(tx, topic_id, row["raised_at"])), ended)


def _filled(tx: Tx, topic_id: int, raised_at: datetime) -> float:
    """Uses in the hour after an alert."""
    told = window_end(raised_at)
    wanted = (counts.c.topic_id == topic_id, counts.c.minute >= told, counts.c.minute < told + HOUR)
    return float(tx.value(select(func.coalesce(func.sum(counts.c.count), 0)).where(*wanted)))


def _ended(tx: Tx, topic_id: int, told: datetime, baseline: Baseline | None, rule: SpikeRule) -> bool:
    """Whether any hour since was not at alert height, looked at every ten minutes of the last week."""
    since = max(told, tx.now - WEEK)
    minutes = series(tx, topic_id, window_end(since) - HOUR)
    first = window_end(since)
    steps = int((tx.now - since) / LOOK_BACK)
    tens = _tens(minutes, first - HOUR, steps + int(HOUR / LOOK_BACK))
    in_hour = int(HOUR / LOOK_BACK)
    for step in range(1, steps + 1):
        hour = tens[step : step + in_hour]
        at = first + LOOK_BACK * step
        if not judge(sum(hour), baseline, at, None, rule, fast=hour[-1]).over:
            return True
    return False


def _tens(minutes: dict[datetime, float], start: datetime, number: int) -> list[float]:
    """Uses by ten minutes from `start` on."""
    sums = [0.0] * number
    for at, count in minutes.items():
        place = (at - start) // LOOK_BACK
        if 0 <= place < number:
            sums[place] += count
    return sums
