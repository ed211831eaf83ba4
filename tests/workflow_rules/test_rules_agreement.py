"""Agreement by week: which way a correction goes, and what a week adds up to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from workflow.rules.agreement import MOMENT, TEXT, Heard, Way, by_week, way

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("aspect", "machine", "person", "expected"),
    [
        ("tragedy", "clear", "hold", Way.DARKER),
        ("tragedy", "hold", "review", Way.MILDER),
        ("tragedy", "hold", "hold", Way.AGREED),
        ("tragedy", "review", None, Way.AGREED),
        ("sentiment", "positive", "negative", Way.DARKER),
        ("sentiment", "neutral", "positive", Way.MILDER),
        ("category", "industry_news", "cultural_moment", Way.OTHER),
    ],
)
def test_which_way_a_word_goes(aspect: str, machine: str, person: str | None, expected: Way) -> None:
    assert way(aspect, machine, person) is expected


def test_a_verdict_counts_once_in_the_week_it_was_first_heard_of() -> None:
    acted = Heard(MOMENT, "tragedy", 1, MONDAY, "clear")
    corrected = Heard(MOMENT, "tragedy", 1, MONDAY + timedelta(days=8), "clear", "hold")
    confirmed = Heard(MOMENT, "tragedy", 2, MONDAY, "hold", "hold")
    (week,) = by_week([acted, corrected, confirmed], LONDON)
    assert (week.begins, week.verdicts, week.agreed, week.darker, week.share) == (date(2026, 3, 2), 2, 1, 1, 0.5)


def test_where_people_differ_the_most_cautious_counts() -> None:
    said = [Heard(TEXT, "tragedy", 7, MONDAY, "review", person) for person in ("clear", "review", "hold")]
    (week,) = by_week(said, LONDON)
    assert (week.verdicts, week.darker, week.milder) == (1, 1, 0)


def test_weeks_begin_on_the_readers_monday_and_kinds_stay_apart() -> None:
    late_sunday = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    heard = [Heard(MOMENT, "tragedy", 1, late_sunday, "clear"), Heard(TEXT, "tragedy", 1, late_sunday, "clear")]
    assert {week.begins for week in by_week(heard, LONDON)} == {date(2026, 2, 23)}
    assert {week.begins for week in by_week(heard, ZoneInfo("Europe/Berlin"))} == {date(2026, 3, 2)}
    assert [(week.about, week.verdicts) for week in by_week(heard, LONDON)] == [("moment", 1), ("text", 1)]
