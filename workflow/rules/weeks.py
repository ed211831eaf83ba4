"""Weeks as a team counts them: from Monday to Monday on the brand's own clock, named as ISO 8601 names them.

Pure. A week with a change of clocks has 167 or 169 hours; its ends are midnights all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.errors import BadInput

# When the week before is complete enough to be looked at: Monday morning, as people come in (ours).
READY_AT = time(6)


@dataclass(frozen=True)
class Week:
    """A week by its name (`2026-W47`), from `since` up to `until`, both in UTC."""

    key: str
    since: datetime
    until: datetime


def week_of(at: datetime, zone: str) -> Week:
    """The week that this instant lies in."""
    local = at.astimezone(ZoneInfo(zone)).date()
    return _from(local - timedelta(days=local.weekday()), zone)


def week_named(key: str, zone: str) -> Week:
    """The week of this name. BadInput for what is none."""
    if not re.fullmatch(r"[0-9]{4}-W[0-9]{2}", key):
        raise BadInput("A week is written like 2026-W47.")
    try:
        monday = date.fromisocalendar(int(key[:4]), int(key[6:]), 1)
    except ValueError as error:
        raise BadInput(f"There is no week {key}.", str(error)) from error
    return _from(monday, zone)


def newest_ready(now: datetime, zone: str) -> Week:
    """The newest week that is over and whose Monday morning has come."""
    before = week_of(now, zone)
    morning = _instant(before.since.astimezone(ZoneInfo(zone)).date(), READY_AT, zone)
    last = week_of(before.since - timedelta(hours=1), zone)
    return last if now >= morning else week_of(last.since - timedelta(hours=1), zone)


def _from(monday: date, zone: str) -> Week:
    year, number, _ = monday.isocalendar()
    ends = monday + timedelta(days=7)
    return Week(f"{year}-W{number:02}", _instant(monday, time(), zone), _instant(ends, time(), zone))


def _instant(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
