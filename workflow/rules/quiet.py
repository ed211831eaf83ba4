"""Quiet hours: when nobody is to be told, while everything goes on being counted, judged and written down.

Pure arithmetic on a wall clock of the brand's zone. A night that begins on Friday is Friday's, also after midnight.
What is too dark to wait is not decided here but asked for: `may_wait` is one small table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class QuietHours:
    """From `start` to `end` on the wall, on nights that begin on one of `days` (0 is Monday). `zone` is IANA's name."""

    start: time
    end: time
    days: frozenset[int]
    zone: str


def quiet_until(hours: QuietHours | None, now: datetime) -> datetime | None:
    """When the quiet that holds at `now` ends; None when it is not quiet."""
    if hours is None or not hours.days or hours.start == hours.end:
        return None
    zone = ZoneInfo(hours.zone)
    today = now.astimezone(zone).date()
    for begins in (today - DAY, today):
        if begins.weekday() in hours.days:
            start, end = _span(hours, begins, zone)
            if start <= now < end:
                return end
    return None


def _span(hours: QuietHours, begins: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The night that begins on this day. Where clocks change in between, the wall decides: 08:00 is 08:00."""
    ends = begins if hours.end > hours.start else begins + DAY
    return (
        datetime.combine(begins, hours.start, zone).astimezone(ZoneInfo("UTC")),
        datetime.combine(ends, hours.end, zone).astimezone(ZoneInfo("UTC")),
    )


def may_wait(kind: str, *, own_brand: bool, tragedy: str) -> bool:
    """Whether an alert may be kept for the morning.

    Not when the judge says stop (a tragedy, an official warning in force), and not when the mood about our own brand
    falls: those are the two for which somebody is glad to be woken (ours).
    """
    return tragedy != "hold" and not (kind == "sentiment" and own_brand)


def in_words(hours: QuietHours) -> str:
    """`22:00 to 08:00, Mon Tue Wed (Europe/London)`."""
    days = "every day" if len(hours.days) == 7 else " ".join(WEEKDAYS[day] for day in sorted(hours.days))
    return f"{hours.start:%H:%M} to {hours.end:%H:%M}, {days} ({hours.zone})"
