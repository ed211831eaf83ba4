"""Which time a report is about, the time before it that it is compared with, and how it is cut up for a chart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from data.errors import BadInput

PERIODS: Mapping[str, timedelta] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
    "365d": timedelta(days=365),
}
USUAL = "7d"
# An end is left out, and what happens this very instant is not.
TICK = timedelta(microseconds=1)
# A page of more than three years is a mistyped year (ours).
LONGEST = timedelta(days=3 * 366)
# Up to so long by the day, up to so long by the week, longer by the month (ours): a chart of some thirty steps.
BY_DAY, BY_WEEK = timedelta(days=31), timedelta(days=183)


@dataclass(frozen=True)
class Period:
    """From an instant until another, the end left out."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        return self.until - self.since

    @property
    def days(self) -> float:
        return self.length / timedelta(days=1)

    @property
    def before(self) -> Period:
        """As long, and right before it."""
        return Period(self.since - self.length, self.since)

    @property
    def step(self) -> str:
        """How a chart cuts it up: day, week or month."""
        if self.length <= BY_DAY:
            return "day"
        return "week" if self.length <= BY_WEEK else "month"


def during(frame: pd.DataFrame, column: str, period: Period) -> pd.DataFrame:
    """The rows whose instant lies in the period."""
    return frame[(frame[column] >= period.since) & (frame[column] < period.until)]


def lately(name: str, now: datetime) -> Period:
    """The period with this name that ends now; an unknown name is a week."""
    until = now + TICK
    return Period(until - PERIODS.get(name, PERIODS[USUAL]), until)


def between(first: date, last: date, zone: ZoneInfo, now: datetime) -> Period:
    """Whole days on the wall clock of the zone, both ends counted; what has not come yet is left out.

    Raises BadInput where it ends before it begins, has not begun, or is too long to mean it.
    """
    since = datetime.combine(first, time.min, zone)
    until = min(datetime.combine(last + timedelta(days=1), time.min, zone), now + TICK)
    if last < first or until <= since:
        raise BadInput("The first day has to lie before the last one, and not in the future.")
    if until - since > LONGEST:
        raise BadInput("Choose three years at most.")
    return Period(since, until)
