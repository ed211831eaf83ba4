"""Days that move: Easter, the Hebrew, Islamic and Chinese calendars, asked for one Gregorian year at a time.

Easter comes from python-dateutil and the Islamic days from hijridate (the Umm al-Qura tables of Saudi Arabia; other
countries watch the moon and may be a day off, which the days around a date must bear). The Hebrew calendar is fixed
arithmetic, and of the Chinese one only a month's new moon and the solar terms are needed, so both are written out here
rather than brought in: the small libraries for them are copyleft or no longer cared for. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from math import radians, sin

from dateutil import easter as church
from hijridate import Hijri

FIRST_YEAR, LAST_YEAR = 1951, 2075
"""Within these years every calendar here has an answer; the Islamic tables end first."""
HEBREW_MONTHS = ("tishri", "heshvan", "kislev", "tevet", "shevat", "nisan", "iyar", "sivan", "tammuz", "av", "elul")
"""Without Adar, of which a leap year has two: no date here needs it, and which one is meant would have to be told."""
ISLAMIC_MONTHS = (
    *("muharram", "safar", "rabi al-awwal", "rabi al-thani", "jumada al-awwal", "jumada al-thani", "rajab", "shaban"),
    *("ramadan", "shawwal", "dhu al-qidah", "dhu al-hijjah"),
)
_HEBREW_EPOCH = -1373427
_THURSDAY, _FRIDAY, _SATURDAY, _SUNDAY = 3, 4, 5, 6
_BEIJING = 8 / 24
_J2000 = date(2000, 1, 1).toordinal()


def easter(year: int, orthodox: bool = False) -> date:
    """Easter Sunday of the western or of the eastern churches, both as Gregorian days."""
    if orthodox:
        return church.easter(year, church.EASTER_ORTHODOX)
    return church.easter(year, church.EASTER_WESTERN)


def hebrew(year: int, month: str, day: int) -> tuple[date, ...]:
    """The days of a Gregorian year on which a day of the Hebrew calendar falls (it begins the evening before)."""
    found = (_hebrew_day(other, month, day) for other in (year + 3760, year + 3761))
    return tuple(each for each in found if each.year == year)


def off_sabbath(day: date) -> date:
    """A fast that would fall on a Saturday is kept on the Sunday."""
    return day + timedelta(days=1) if day.weekday() == _SATURDAY else day


def yom_hashoah(year: int) -> tuple[date, ...]:
    """27 Nisan, kept clear of the sabbath: on a Friday it moves to Thursday, on a Sunday to Monday."""
    moves = {_FRIDAY: -1, _SUNDAY: 1}
    return tuple(_moved(day, moves) for day in hebrew(year, "nisan", 27))


def yom_hazikaron(year: int) -> tuple[date, ...]:
    """4 Iyar, moved with the day of independence that follows it, so that neither touches the sabbath."""
    moves = {_THURSDAY: -1, _FRIDAY: -2, _SUNDAY: 1}
    return tuple(_moved(day, moves) for day in hebrew(year, "iyar", 4))


def islamic(year: int, month: str, day: int) -> tuple[date, ...]:
    """The days of a Gregorian year on which a day of the Islamic calendar falls: one, at times two."""
    number = ISLAMIC_MONTHS.index(month) + 1
    near = round((year - 622) * 33 / 32)
    found = (_islamic_day(other, number, day) for other in range(near - 1, near + 3))
    return tuple(each for each in found if each.year == year)


def chinese(year: int, month: int, day: int) -> tuple[date, ...]:
    """A day of the Chinese calendar: its month begins at the new moon before the solar term which names it."""
    term = solar_term(year, (300 + 30 * month) % 360)
    return (_new_moon_by(term) + timedelta(days=day - 1),)


def solar_term(year: int, longitude: int) -> date:
    """The day, in Beijing, on which the sun reaches a longitude counted from the spring equinox: 15 is Qingming."""
    start = date(year, 1, 1).toordinal()
    behind = (longitude - _sun(start - _BEIJING)) % 360
    at = start - _BEIJING + behind * 365.2422 / 360
    for _ in range(4):
        at += ((longitude - _sun(at) + 180) % 360 - 180) * 365.2422 / 360
    return date.fromordinal(int(at + _BEIJING))


def _moved(day: date, moves: dict[int, int]) -> date:
    return day + timedelta(days=moves.get(day.weekday(), 0))


def _hebrew_day(year: int, month: str, day: int) -> date:
    """Autumn's months are counted on from the new year, those from Nisan on back from the next: Adar lies between."""
    start, following = _hebrew_new_year(year), _hebrew_new_year(year + 1)
    length = following - start
    autumn = {
        "tishri": 0,
        "heshvan": 30,
        "kislev": 59 + (length % 10 == 5),
        "tevet": 89 + (length % 10 == 5) - (length % 10 == 3),
        "shevat": 118 + (length % 10 == 5) - (length % 10 == 3),
    }
    back = {"nisan": 177, "iyar": 147, "sivan": 118, "tammuz": 88, "av": 59, "elul": 29}
    first = start + autumn[month] if month in autumn else following - back[month]
    return date.fromordinal(first + day - 1)


def _hebrew_new_year(year: int) -> int:
    before, this, after = (_hebrew_molad_days(other) for other in (year - 1, year, year + 1))
    if after - this == 356:
        return _HEBREW_EPOCH + this + 2
    return _HEBREW_EPOCH + this + (1 if this - before == 382 else 0)


def _hebrew_molad_days(year: int) -> int:
    months = (235 * year - 234) // 19
    days = 29 * months + (12084 + 13753 * months) // 25920
    return days + 1 if 3 * (days + 1) % 7 < 3 else days


def _islamic_day(year: int, month: int, day: int) -> date:
    return date.fromordinal(Hijri(year, month, day).to_gregorian().toordinal())


def _sun(at: float) -> float:
    """The sun's apparent longitude in degrees, to about a hundredth; `at` counts days as date.toordinal does, in UT."""
    century = (at + 0.0008 - _J2000 - 0.5) / 36525
    mean = 280.46646 + 36000.76983 * century
    orbit = radians(357.52911 + 35999.05029 * century)
    centre = (1.914602 - 0.004817 * century) * sin(orbit) + 0.019993 * sin(2 * orbit) + 0.000289 * sin(3 * orbit)
    return (mean + centre - 0.00569 - 0.00478 * sin(radians(125.04 - 1934.136 * century))) % 360


def _new_moon_by(day: date) -> date:
    """The last new moon on or before a day, in Beijing."""
    count = round((day.toordinal() - _J2000) / 29.530588861) + 1
    moons = (_new_moon(number) for number in range(count, count - 4, -1))
    return next(moon for moon in moons if moon <= day)


def _new_moon(count: int) -> date:
    """The day, in Beijing, of a new moon counted from that of 6 January 2000: the larger terms, good to minutes."""
    century = count / 1236.85
    sun = radians(2.5534 + 29.10535670 * count)
    moon = radians(201.5643 + 385.81693528 * count + 0.0107582 * century**2)
    node = radians(160.7108 + 390.67050284 * count - 0.0016118 * century**2)
    flat = 1 - 0.002516 * century
    terms = (
        (-0.40720, moon), (0.17241 * flat, sun), (0.01608, 2 * moon), (0.01039, 2 * node), (0.00739 * flat, moon - sun),
        (-0.00514 * flat, moon + sun), (0.00208 * flat**2, 2 * sun), (-0.00111, moon - 2 * node),
        (-0.00057, moon + 2 * node), (0.00056 * flat, 2 * moon + sun), (-0.00042, 3 * moon),
        (0.00042 * flat, sun + 2 * node), (0.00038 * flat, sun - 2 * node), (-0.00024 * flat, 2 * moon - sun),
    )  # fmt: skip
    at = _J2000 + 5.59766 + 29.530588861 * count + 0.00015437 * century**2
    at += sum(size * sin(angle) for size, angle in terms) - 0.0008
    return date.fromordinal(int(at + _BEIJING))


NAMED: dict[str, Callable[[int], tuple[date, ...]]] = {
    "yom hashoah": yom_hashoah,
    "yom hazikaron": yom_hazikaron,
    "qingming": lambda year: (solar_term(year, 15),),
}
"""Days whose rule is their own."""
