"""Days that move, held against published calendars of 2024 to 2030."""

from __future__ import annotations

from datetime import date

import pytest

from scoring.calendars import FIRST_YEAR, LAST_YEAR
from scoring.day_rules import check_day, days_of

# One line a rule: the days of 2024, 2025, ... 2030 as churches, hebcal, the Umm al-Qura calendar and the Hong Kong
# Observatory publish them.
PUBLISHED = {
    "easter": "03-31 04-20 04-05 03-28 04-16 04-01 04-21",
    "easter -2": "03-29 04-18 04-03 03-26 04-14 03-30 04-19",
    "easter -46": "02-14 03-05 02-18 02-10 03-01 02-14 03-06",
    "orthodox easter": "05-05 04-20 04-12 05-02 04-16 04-08 04-28",
    "orthodox easter -2": "05-03 04-18 04-10 04-30 04-14 04-06 04-26",
    "orthodox easter +9": "05-14 04-29 04-21 05-11 04-25 04-17 05-07",
    "yom hashoah": "05-06 04-24 04-14 05-04 04-24 04-12 04-30",
    "yom hazikaron": "05-13 04-30 04-21 05-11 05-01 04-18 05-07",
    "hebrew 10 tishri": "10-12 10-02 09-21 10-11 09-30 09-19 10-07",
    "hebrew 9 av off sabbath": "08-13 08-03 07-23 08-12 08-01 07-22 08-08",
    "hebrew 18 iyar": "05-26 05-16 05-05 05-25 05-14 05-03 05-21",
    "chinese 1-1": "02-10 01-29 02-17 02-06 01-26 02-13 02-03",
    "chinese 7-15": "08-18 09-06 08-27 08-16 09-03 08-24 08-13",
    "chinese 8-15": "09-17 10-06 09-25 09-15 10-03 09-22 09-12",
    "qingming": "04-04 04-04 04-05 04-05 04-04 04-04 04-05",
    "last monday may": "05-27 05-26 05-25 05-31 05-29 05-28 05-27",
    "second sunday november": "11-10 11-09 11-08 11-14 11-12 11-11 11-10",
    "fourth thursday november": "11-28 11-27 11-26 11-25 11-23 11-22 11-28",
    "sunday on or after 11-20": "11-24 11-23 11-22 11-21 11-26 11-25 11-24",
    "sunday on or after 11-13": "11-17 11-16 11-15 11-14 11-19 11-18 11-17",
    "wednesday before 11-23": "11-20 11-19 11-18 11-17 11-22 11-21 11-20",
    "monday on or before 05-24": "05-20 05-19 05-18 05-24 05-22 05-21 05-20",
    "sunday on or after 07-16": "07-21 07-20 07-19 07-18 07-16 07-22 07-21",
}
UMM_AL_QURA = {
    "islamic 10 muharram": ("2024-07-16", "2025-07-05", "2026-06-25"),
    "islamic 1 muharram": ("2024-07-07", "2025-06-26", "2026-06-16"),
    "islamic 1 ramadan": ("2024-03-11", "2025-03-01", "2026-02-18"),
    "islamic 1 shawwal": ("2024-04-10", "2025-03-30", "2026-03-20"),
}


@pytest.mark.parametrize("rule", PUBLISHED)
def test_a_moveable_day_falls_where_it_is_published(rule: str) -> None:
    found = [days_of(rule, year) for year in range(2024, 2031)]
    assert [[day.isoformat()[5:] for day in days] for days in found] == [[day] for day in PUBLISHED[rule].split()]


def test_chinese_new_year_of_other_decades() -> None:
    new_years = ("1987-01-29", "1990-01-27", "1996-02-19", "2007-02-18", "2012-01-23", "2013-02-10", "2023-01-22")
    assert [days_of("chinese 1-1", int(day[:4]))[0].isoformat() for day in new_years] == list(new_years)


@pytest.mark.parametrize("rule", UMM_AL_QURA)
def test_islamic_days_follow_the_umm_al_qura_calendar(rule: str) -> None:
    found = tuple(days_of(rule, year)[0].isoformat() for year in (2024, 2025, 2026))
    assert found == UMM_AL_QURA[rule]


def test_a_shorter_year_may_hold_a_day_twice_or_not_at_all() -> None:
    assert [len(days_of("hebrew 10 tevet", year)) for year in (2024, 2025)] == [0, 2]
    assert max(len(days_of("islamic 10 muharram", year)) for year in range(2001, 2041)) == 2


def test_the_memorial_of_7_october_leaves_the_sabbath() -> None:
    rule = "hebrew 24 tishri off sabbath"
    assert days_of(rule, 2024) == (date(2024, 10, 27),)
    assert days_of(rule, 2025) == (date(2025, 10, 16),)


def test_a_weekday_beside_the_turn_of_the_year_is_found_in_the_year_it_falls_in() -> None:
    assert days_of("sunday before 01-01", 2026) == (date(2026, 12, 27),)
    assert days_of("sunday on or before 01-01", 2028) == (date(2028, 12, 31),)
    assert days_of("02-29", 2027) == (date(2027, 2, 28),)
    assert days_of("02-29", 2028) == (date(2028, 2, 29),)


def test_beyond_the_calendars_there_is_no_day_and_no_error() -> None:
    assert days_of("islamic 10 muharram", LAST_YEAR)
    assert days_of("islamic 10 muharram", FIRST_YEAR)
    assert days_of("islamic 10 muharram", LAST_YEAR + 1) == ()
    assert days_of("hebrew 10 tishri", 1700) == ()


@pytest.mark.parametrize(
    "rule", ["13-41", "fifth monday may", "easter 2", "hebrew 9 adar", "islamic 31 safar", "soon", ""]
)
def test_what_is_no_rule_is_refused_with_an_example(rule: str) -> None:
    with pytest.raises(ValueError, match=r"month|day is written"):
        check_day(rule)
