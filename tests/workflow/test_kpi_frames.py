"""What posts brought, on examples computed by hand: rates in percent, tone in points, the peak in minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from workflow.reports.frames import against_usual, newest, peaks, tone_around, with_rates
from workflow.rules.metrics import Counts, engagement_rate, response_rate, share_rate

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
COLUMNS = ["post", "age", "platform", "kind", "published_at", "at", "impressions", "interactions", "shares",
           "replies", "audience", "deleted"]  # fmt: skip


def mark(
    post: int, day: float, interactions: float | None, *, age: int = 120, platform: str = "x", kind: str = "text",
    impressions: float | None = 1_000, shares: float | None = 80, replies: float | None = 150, deleted: bool = False,
) -> tuple[object, ...]:  # fmt: skip
    """One mark of a post that was out so many days after noon of the first."""
    out = NOON + timedelta(days=day)
    at = out + timedelta(minutes=age)
    return (post, age, platform, kind, out, at, impressions, interactions, shares, replies, 500, 1 if deleted else None)


def marks(*rows: tuple[object, ...]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=COLUMNS)
    for name in ("impressions", "interactions", "shares", "replies", "audience", "deleted"):
        found[name] = pd.to_numeric(found[name])
    return found


def rates(*rows: tuple[object, ...]) -> dict[str, object]:
    (row,) = with_rates(marks(*rows)).to_dict("records")
    return row


def test_rates_are_percent_of_impressions_as_the_unified_metrics_say() -> None:
    row = rates(mark(1, 0, 230))
    counts = Counts(impressions=1_000, likes=0, shares=80, replies=150, audience=500)
    found = engagement_rate("x", counts), share_rate("x", counts), response_rate("x", counts)
    assert (row["engagement"], row["share"], row["reply"], row["of"]) == (23.0, 8.0, 15.0, "impressions")
    assert [one.percent for one in found if one] == [23.0, 8.0, 15.0]


def test_where_a_platform_tells_no_impressions_a_rate_is_of_the_followers_and_says_so() -> None:
    row = rates(mark(1, 0, 50, platform="mastodon", impressions=None))
    assert (row["engagement"], row["of"]) == (10.0, "audience")


def test_nothing_is_divided_by_nothing_and_what_is_not_told_is_missing() -> None:
    for row in (rates(mark(1, 0, 50, impressions=0)), rates(mark(1, 0, 50, impressions=None))):
        assert pd.isna(row["engagement"])
        assert pd.isna(row["share"])
    assert pd.isna(rates(mark(1, 0, None))["engagement"])


def test_the_first_two_hours_stand_against_the_mean_of_thirty_days_before() -> None:
    # Five posts with 2, 3, 4, 5 and 6 % make 4 % usual; 16 % are four times that.
    before = [mark(number, number, 20 + 10 * (number - 1)) for number in (1, 2, 3, 4, 5)]
    found = against_usual(with_rates(marks(*before, mark(6, 10, 160)))).set_index("post")
    assert found.loc[6, "usual"] == pytest.approx(4.0)
    assert found.loc[6, "times"] == pytest.approx(4.0)
    assert found.loc[1:5, "times"].isna().all()  # fewer than five before them


def test_the_usual_is_of_the_same_platform_kind_and_month_and_of_nothing_that_was_taken_down() -> None:
    like = [mark(number, number, 40) for number in (1, 2, 3, 4)]
    other = [mark(11, 5, 40, platform="linkedin"), mark(12, 5, 40, kind="picture"), mark(13, 5, 40, deleted=True)]
    old = mark(14, -25, 40)  # 31 days before the sixth day
    found = against_usual(with_rates(marks(*like, *other, old, mark(6, 6, 160)))).set_index("post")
    assert pd.isna(found.loc[6, "times"])
    enough = against_usual(with_rates(marks(*like, mark(5, 5, 40), mark(6, 6, 160)))).set_index("post")
    assert enough.loc[6, "times"] == pytest.approx(4.0)


def test_shares_and_replies_are_those_of_a_day_or_of_two_hours_while_younger() -> None:
    rows = with_rates(marks(mark(1, 0, 1, shares=20), mark(1, 0, 1, age=1440, shares=100), mark(2, 1, 1, shares=30)))
    assert newest(rows).set_index("post")["share"].to_dict() == {1: 10.0, 2: 3.0}


def course(post: int, *steps: tuple[int, int, float]) -> list[tuple[object, ...]]:
    """Marks of one post: age, minutes at which it was read, interactions by then."""
    return [
        (post, age, "x", "text", NOON, NOON + timedelta(minutes=read), 1_000, interactions, 0, 0, 500, None)
        for age, read, interactions in steps
    ]


def test_the_peak_is_the_end_of_the_step_with_most_interactions_an_hour() -> None:
    # 10 in 15 min are 40 an hour, 50 more until 30 min 200, 60 more until 60 min 120, 60 more until 360 min 12.
    rows = course(1, (15, 15, 10), (30, 30, 60), (60, 60, 120), (360, 360, 180))
    assert peaks(marks(*rows)).to_dict() == {1: 30.0}


def test_a_peak_that_nobody_could_see_is_not_told() -> None:
    late = course(1, (15, 180, 500), (30, 180, 500), (60, 180, 500), (360, 365, 501))  # first read after three hours
    young = course(2, (15, 15, 10), (30, 30, 60))
    silent = course(3, (15, 15, 0), (30, 30, 0), (360, 360, 0))
    recounted = course(4, (15, 15, 40), (30, 30, 30), (60, 60, 30), (360, 360, 30))
    assert peaks(marks(*late, *young, *silent, *recounted)).to_dict() == {4: 15.0}


def hours(*told: tuple[int, int, int]) -> pd.DataFrame:
    """Texts by the hour: hours from noon, read, negative."""
    rows = [(NOON + timedelta(hours=hour), read, negative) for hour, read, negative in told]
    return pd.DataFrame(rows, columns=["hour", "read", "negative"])


def around(tone: pd.DataFrame, minutes: int = 20, later: float = 26) -> dict[str, object]:
    posts = pd.DataFrame({"post": [1], "at": [NOON + timedelta(minutes=minutes)]})
    found = tone_around(posts, tone, pd.Timestamp(NOON + timedelta(hours=later)))
    return found.to_dict("records")[0] if len(found) else {}


def test_the_tone_is_that_of_the_day_before_and_the_day_after_without_the_hour_of_the_post() -> None:
    tone = hours((-25, 100, 100), (-24, 10, 4), (-1, 10, 2), (0, 100, 100), (1, 20, 1), (24, 5, 1), (25, 100, 100))
    row = around(tone)
    # Before: 6 of 20, 30 %. After: 2 of 25, 8 %.
    assert (row["texts_before"], row["texts_after"]) == (20, 25)
    assert (row["before"], row["after"], row["shift"]) == (30.0, 8.0, -22.0)


def test_twenty_texts_are_needed_on_either_side_and_the_day_after_has_to_be_over() -> None:
    assert pd.isna(around(hours((-1, 19, 2), (1, 50, 1)))["shift"])
    assert pd.isna(around(hours())["shift"])
    assert around(hours((-1, 30, 2), (1, 50, 1)), later=24.9) == {}
    assert around(hours((-1, 30, 3), (1, 50, 10)))["shift"] == pytest.approx(10.0)
