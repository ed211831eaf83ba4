"""Hours in which nobody watched: no worker was running, or the monitor was switched off. They are no silence.

Apart from `monitors.history`, which reads the hours and takes the pauses out of them. Nothing writes down that nothing
was watched, so it is asked for only where it shows: a topic that was heard in many hours of a day and then not once
for a day or longer. Then the others are looked at: where no monitor was counted and no item came in either, nobody
watched. A topic that is seldom heard has no such gap, and its silence stays what it is. Both numbers are ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from data.storage.store import Tx
from data.storage.tables import events, hour_counts, items, topics
from data.storage.volumes import hour_of

HOUR = timedelta(hours=1)
DAY = 24
# Hours of the day before, in which the topic was heard, that make a silent day after it look like a pause.
HEARD = 6

Stretch = tuple[datetime, datetime]


def stretches(hours: Sequence[float], newest: datetime) -> list[Stretch]:
    """Where a topic that had been heard a lot was silent for a day or longer: `[start, end)`. Pure.

    `hours` are newest first, and `hours[0]` ends at `newest`.
    """
    found: list[Stretch] = []
    silent = 0
    for at, count in enumerate([*hours, 1.0]):  # as if it was heard before: what is not known is no gap
        if not count:
            silent += 1
            continue
        heard = sum(one > 0 for one in hours[at : at + DAY])
        if silent >= DAY and heard >= HEARD:
            found.append((newest - HOUR * at, newest - HOUR * (at - silent)))
        silent = 0
    return found


def without_pauses(
    tx: Tx, hours: Mapping[int, Sequence[float]], newest: datetime
) -> dict[int, Sequence[float] | list[float | None]]:
    """The same hours of each topic, with None where nobody watched for it."""
    gaps = {topic: found for topic, counts in hours.items() if (found := stretches(counts, newest))}
    if not gaps:
        return dict(hours)
    kept: dict[int, Sequence[float] | list[float | None]] = dict(hours)
    at_work = _at_work(tx, sorted({gap for found in gaps.values() for gap in found}))
    off = _switched_off(tx, list(gaps), newest)
    for topic, found in gaps.items():
        gone = {
            hour for gap in found for hour in _each(gap) if hour not in at_work or _within(hour, off.get(topic, ()))
        }
        kept[topic] = [None if newest - HOUR * (back + 1) in gone else count for back, count in enumerate(hours[topic])]
    return kept


def _at_work(tx: Tx, gaps: Sequence[Stretch]) -> set[datetime]:
    """Hours of these gaps that belong to a time at work: some monitor was counted, or something came in.

    So do those between them, unless nothing was heard for a day.
    """
    found: set[datetime] = set()
    for start, end in _merged(gaps):
        heard = _counted(tx, start, end) | _brought(tx, start, end)
        edge = start - HOUR  # the gap begins after an hour that was heard
        for hour in [*sorted(heard), end]:
            if hour - edge <= HOUR * DAY:
                found |= set(_each((edge, hour)))
            found.add(hour)
            edge = hour
    return found


def _merged(gaps: Sequence[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for start, end in gaps:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _counted(tx: Tx, start: datetime, end: datetime) -> set[datetime]:
    """Hours in which any monitor was counted: a step in the key for each of them."""
    query = (
        select(hour_counts.c.hour)
        .distinct()
        .join(topics, topics.c.id == hour_counts.c.topic_id)
        .where(topics.c.monitor_id.is_not(None), hour_counts.c.hour >= start, hour_counts.c.hour < end)
    )
    return {row["hour"] for row in tx.rows(query)}


def _brought(tx: Tx, start: datetime, end: datetime) -> set[datetime]:
    """Hours in which anything was taken in, from one to the next: a step in the index for each of them."""
    found: set[datetime] = set()
    while start < end:
        within = (items.c.taken_in_at >= start) & (items.c.taken_in_at < end)
        at: datetime | None = tx.value(select(func.min(items.c.taken_in_at)).where(within))
        if at is None:
            break
        found.add(hour_of(at))
        start = hour_of(at) + HOUR
    return found


def _switched_off(tx: Tx, topic_ids: Sequence[int], until: datetime) -> dict[int, list[Stretch]]:
    """When the monitors of these topics were switched off, from what was written down about it."""
    query = (
        select(topics.c.id, events.c.at, events.c.kind)
        .join(topics, topics.c.monitor_id == events.c.subject_id)
        .where(events.c.subject == "monitor", events.c.kind.in_(("monitor_off", "monitor_on")))
        .where(topics.c.id.in_(topic_ids))
        .order_by(events.c.id)
    )
    found: dict[int, list[Stretch]] = {}
    since: dict[int, datetime] = {}
    for row in tx.rows(query):
        if row["kind"] == "monitor_off":
            since.setdefault(row["id"], row["at"])
        elif row["id"] in since:
            found.setdefault(row["id"], []).append((since.pop(row["id"]), row["at"]))
    for topic, at in since.items():
        found.setdefault(topic, []).append((at, until))
    return found


def _each(gap: Stretch) -> Iterator[datetime]:
    hour, end = gap
    while hour < end:
        yield hour
        hour += HOUR


def _within(hour: datetime, stretches: Sequence[Stretch]) -> bool:
    """Whether any part of the hour lies in one of them."""
    return any(hour < end and hour + HOUR > start for start, end in stretches)
