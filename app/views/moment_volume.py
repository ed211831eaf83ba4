"""The figures behind a moment's chart: mentions per ten minutes, each trailing hour, and what would be usual.

Topics of a monitor are counted by us, minute by minute. A topic that only a trend source told us about has the
source's own readings instead, which are totals of its own window and are never added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select

from data.storage.store import Tx
from data.storage.tables import monitors, readings, topics
from monitors.history import baseline_of, volume
from monitors.spikes import DEFAULT_RULE
from monitors.trajectory import Trajectory, trajectory
from monitors.volume import HOUR, window_end
from monitors.watch import judge_topic

DAY = timedelta(hours=24)
STEP = timedelta(minutes=10)
# An old moment is drawn as it was: up to this long after its alert (ours).
AFTERMATH = timedelta(hours=6)


@dataclass(frozen=True)
class Point:
    """`value` uses in the span that ends at `at`."""

    at: datetime
    value: float


@dataclass(frozen=True)
class Usual:
    """Uses an hour: the middle, the range of most hours, and the count from which an alert is raised."""

    level: float
    low: float
    high: float
    alert_at: float


@dataclass(frozen=True)
class Volume:
    """`counted`: by us, so `tens` and `hours` are filled; otherwise `hours` holds a source's readings.

    `going`: speed, way and the hours to come, while the moment is young enough for that.
    """

    counted: bool
    tens: tuple[Point, ...]
    hours: tuple[Point, ...]
    usual: Usual | None
    now_says: str
    going: Trajectory | None = None


def volume_of(tx: Tx, alert: RowMapping) -> Volume:
    """The day up to now, or up to some hours after an old alert: by hours once its minutes are gone."""
    floor = tx.value(
        select(monitors.c.floor)
        .join(topics, topics.c.monitor_id == monitors.c.id)
        .where(topics.c.id == alert["topic_id"])
    )
    until = min(window_end(tx.now), window_end(alert["window_end"] + AFTERMATH))
    if floor is None:
        return _told(tx, alert, until)
    minutes = volume(tx, alert["topic_id"], until - DAY - HOUR)
    current = until == window_end(tx.now)
    usual, says = _usual(tx, alert, float(floor), current=current)
    going = _going(tx, alert, minutes, until) if current else None
    return Volume(True, _sums(minutes, until, STEP), _sums(minutes, until, HOUR), usual, says, going)


def _going(tx: Tx, alert: RowMapping, minutes: Mapping[datetime, float], until: datetime) -> Trajectory:
    baseline = baseline_of(tx, alert["topic_id"], until - HOUR)
    return trajectory(minutes, alert["onset_at"], until, baseline)


def _usual(tx: Tx, alert: RowMapping, floor: float, *, current: bool) -> tuple[Usual | None, str]:
    """What is usual now; for an old moment what was usual then."""
    if current:
        spike = judge_topic(tx, alert["topic_id"])
        level, band, says = spike.baseline, spike.band, spike.why
    else:
        level, band, says = alert["baseline"], alert["why"].get("band"), ""
    if level is None or not band:
        return None, says
    return Usual(level, band[0], band[1], max(DEFAULT_RULE.factor * level, floor)), says


def _sums(minutes: Mapping[datetime, float], until: datetime, span: timedelta) -> tuple[Point, ...]:
    """Sums over `span`, one for every ten minutes of the day that ends at `until`."""
    ends = [until - STEP * back for back in range(int(DAY / STEP) - 1, -1, -1)]
    return tuple(Point(end, sum(_in(minutes, end - span, end))) for end in ends)


def _in(minutes: Mapping[datetime, float], start: datetime, end: datetime) -> list[float]:
    every = int((end - start) / timedelta(minutes=1))
    return [minutes.get(start + timedelta(minutes=one), 0.0) for one in range(every)]


def _told(tx: Tx, alert: RowMapping, until: datetime) -> Volume:
    rows = tx.rows(
        select(readings.c.at, readings.c.count)
        .where(readings.c.topic_id == alert["topic_id"], readings.c.at > until - DAY, readings.c.at <= until)
        .order_by(readings.c.at)
    )
    points = tuple(Point(row["at"], float(row["count"])) for row in rows)
    level = alert["baseline"]
    usual = None if level is None else Usual(level, level, level, DEFAULT_RULE.factor * level)
    return Volume(False, (), points, usual, "")
