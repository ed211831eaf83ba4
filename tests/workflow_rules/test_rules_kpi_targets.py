"""The table of KPIs, business hours, noise, and which time a report is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data.errors import BadInput
from workflow.reports.period import TICK, Period, between, lately
from workflow.rules.dismissals import SITUATIONS, is_noise
from workflow.rules.kpi_targets import BY_KEY, DEFINITIONS, HEADLINE, Target, stands
from workflow.rules.office import in_hours

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "said"),
    [(59.9, "below"), (60, "inside"), (70, "inside"), (70.1, "above"), (None, "")],
)
def test_both_ends_of_a_target_are_inside(value: float | None, said: str) -> None:
    assert stands(value, Target(60, 70, "60–70 %")) == said
    assert stands(value, None) == ""


def test_the_guides_targets_are_these() -> None:
    aims = {one.key: (one.target.low, one.target.high) for one in DEFINITIONS if one.target and one.unit != "min"}
    assert aims == {
        "skip_rate": (80, None),
        "planned": (60, 70),
        "two_hours": (3, 5),
        "share_rate_reactive": (8, 12),
        "share_rate_planned": (2, 3),
        "reply_rate": (15, None),
        "tone_shift": (None, 0),
    }
    assert BY_KEY["to_publication"].target == Target(None, 30, "under 30 min")


def test_every_figure_is_defined_once_and_explained_in_the_docs() -> None:
    told = (Path(__file__).parent.parent.parent / "docs" / "kpis.md").read_text()
    assert len(BY_KEY) == len(DEFINITIONS)
    assert set(HEADLINE) <= set(BY_KEY)
    assert [one.title for one in DEFINITIONS if f"**{one.title}**" not in told] == []


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        (datetime(2026, 6, 8, 8, 0, tzinfo=UTC), True),  # Monday, 9:00 in London in summer
        (datetime(2026, 6, 8, 7, 59, tzinfo=UTC), False),
        (datetime(2026, 6, 12, 16, 59, tzinfo=UTC), True),
        (datetime(2026, 6, 12, 17, 0, tzinfo=UTC), False),  # Friday, 18:00
        (datetime(2026, 6, 13, 10, 0, tzinfo=UTC), False),  # Saturday
        (datetime(2026, 1, 5, 8, 30, tzinfo=UTC), False),  # the same hour in winter
    ],
)
def test_business_hours_are_those_of_the_brands_clock(at: datetime, inside: bool) -> None:
    assert in_hours(at, LONDON) is inside


def test_a_moment_left_alone_for_one_of_the_guides_reasons_was_no_noise() -> None:
    assert not is_noise(f"{SITUATIONS[0]} Five dead.", decided=False)
    assert not is_noise("The matrix says no.", decided=True)
    assert is_noise("Spam.", decided=False)


def test_a_period_and_the_one_before_it_share_no_instant() -> None:
    week = lately("7d", NOW)
    assert (week.until, week.length) == (NOW + TICK, timedelta(days=7))
    assert (week.before.until, week.before.length) == (week.since, timedelta(days=7))
    assert lately("nonsense", NOW) == week


def test_days_are_whole_ones_on_the_readers_clock_and_end_now_at_the_latest() -> None:
    found = between(date(2026, 3, 29), date(2026, 3, 29), LONDON, NOW)  # the clocks go forward: 23 hours
    assert found == Period(datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 23, tzinfo=UTC))
    assert between(date(2026, 6, 1), date(2026, 6, 30), LONDON, NOW).until == NOW + TICK


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 6, 2), date(2026, 6, 1)), (date(2026, 7, 1), date(2026, 7, 2)), (date(2020, 1, 1), date(2026, 1, 1))],
)
def test_days_that_make_no_period_are_refused(first: date, last: date) -> None:
    with pytest.raises(BadInput):
        between(first, last, LONDON, NOW)
