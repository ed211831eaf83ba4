"""What a table of dates may write as a day, and on which days of a year that falls.

    09-11                        every year on that day
    last monday may              first to fourth, or last
    monday on or before 05-24    also: before, after, on or after
    easter -2                    days from Easter Sunday; "orthodox easter +9" for the eastern churches
    hebrew 10 tishri             "hebrew 9 av off sabbath" moves from a Saturday to the Sunday
    islamic 10 muharram          by the Umm al-Qura calendar
    chinese 7-15                 month and day of the Chinese calendar
    yom hashoah | yom hazikaron | qingming

Kept apart from the table's reader because it is a small language with one meaning, and pure.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from scoring import calendars

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = tuple(month.lower() for month in calendar.month_name[1:])
_NTH = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
_DAY = rf"(?P<weekday>{'|'.join(WEEKDAYS)})"
Days = tuple[date, ...]


def check_day(rule: str) -> str:
    """The rule, if it is one. Raises ValueError with a sentence that shows what a rule looks like."""
    days_of(rule, 2024)
    return rule


@lru_cache(maxsize=8192)
def days_of(rule: str, year: int) -> Days:
    """The days of a year that a rule names: mostly one, none or two where a calendar is shorter than ours.

    Beyond the years that every calendar here covers there are none, rather than an error at the gate. 29 February is
    kept on the 28th in other years.
    """
    for pattern, days in _RULES:
        found = pattern.fullmatch(rule)
        if found:
            inside = calendars.FIRST_YEAR <= year <= calendars.LAST_YEAR
            return days(found, year) if inside else ()
    raise ValueError(
        f"a day is written like 09-11, 'last monday may', 'monday on or before 05-24', 'easter -2', "
        f"'hebrew 9 av' or 'islamic 10 muharram', not {rule!r}"
    )


def _fixed(found: re.Match[str], year: int) -> Days:
    month, day = int(found["month"]), int(found["day"])
    if (month, day) == (2, 29) and not calendar.isleap(year):
        day = 28
    return (date(year, month, day),)


def _nth(found: re.Match[str], year: int) -> Days:
    month, weekday = MONTHS.index(found["name"]) + 1, WEEKDAYS.index(found["weekday"])
    length = calendar.monthrange(year, month)[1]
    days = [each for number in range(1, length + 1) if (each := date(year, month, number)).weekday() == weekday]
    return (days[_NTH[found["nth"]]],)


def _beside(found: re.Match[str], year: int) -> Days:
    """The nearest such weekday on one side of a fixed day; it may lie in the year before or after."""
    weekday, side = WEEKDAYS.index(found["weekday"]), found["side"]
    step = timedelta(days=-1 if side.endswith("before") else 1)
    days = []
    for other in (year - 1, year, year + 1):
        day = _fixed(found, other)[0]
        day = day if side.startswith("on or") else day + step
        while day.weekday() != weekday:
            day += step
        days.append(day)
    return tuple(day for day in days if day.year == year)


def _easter(found: re.Match[str], year: int) -> Days:
    sunday = calendars.easter(year, orthodox=bool(found["orthodox"]))
    return (sunday + timedelta(days=int(found["away"] or 0)),)


def _hebrew(found: re.Match[str], year: int) -> Days:
    days = calendars.hebrew(year, found["name"], int(found["number"]))
    return tuple(calendars.off_sabbath(day) for day in days) if found["moved"] else days


def _islamic(found: re.Match[str], year: int) -> Days:
    return calendars.islamic(year, found["name"], int(found["number"]))


def _chinese(found: re.Match[str], year: int) -> Days:
    return calendars.chinese(year, int(found["number"]), int(found["other"]))


def _named(found: re.Match[str], year: int) -> Days:
    return calendars.NAMED[found[0]](year)


_MONTH_DAY = r"(?P<month>\d\d)-(?P<day>\d\d)"
_NUMBER = r"(?P<number>[12]?\d|30)"
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], int], Days]], ...] = tuple(
    (re.compile(pattern), days)
    for pattern, days in (
        (_MONTH_DAY, _fixed),
        (rf"(?P<nth>{'|'.join(_NTH)}) {_DAY} (?P<name>{'|'.join(MONTHS)})", _nth),
        (rf"{_DAY} (?P<side>(?:on or )?(?:before|after)) {_MONTH_DAY}", _beside),
        (r"(?P<orthodox>orthodox )?easter(?: (?P<away>[+-]\d{1,2}))?", _easter),
        (rf"hebrew {_NUMBER} (?P<name>{'|'.join(calendars.HEBREW_MONTHS)})(?P<moved> off sabbath)?", _hebrew),
        (rf"islamic {_NUMBER} (?P<name>{'|'.join(calendars.ISLAMIC_MONTHS)})", _islamic),
        (r"chinese (?P<number>1[0-2]|[1-9])-(?P<other>[12]?\d|30)", _chinese),
        ("|".join(calendars.NAMED), _named),
    )
)
