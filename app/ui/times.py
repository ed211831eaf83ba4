"""Times as a reader says them: in their own zone, with the day when it is not today."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from workflow.access import Person


def zone_of(person: Person | None) -> ZoneInfo:
    """The person's zone; UTC for nobody."""
    return person.zone_info if person is not None else ZoneInfo("UTC")


def clock_time(at: datetime, person: Person | None, now: datetime) -> str:
    """`14:05`, or `Mon 2 Mar, 14:05` on another day, in the person's zone."""
    zone = zone_of(person)
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def ago(at: datetime, now: datetime) -> str:
    """`just now`, `4 min ago`, `3 h ago`, `2 days ago`."""
    minutes = int((now - at) / timedelta(minutes=1))
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // (24 * 60)} days ago"


def span(delta: timedelta) -> str:
    """A length of time: `45 s`, `12 min`, `3 h 20 min`."""
    seconds = int(delta.total_seconds())
    if seconds < 60:
        return f"{max(seconds, 0)} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
