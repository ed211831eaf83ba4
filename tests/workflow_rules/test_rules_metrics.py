"""Every unified metric on an example computed by hand, with its unit, and where there is nothing to divide by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from data.errors import BadInput
from data.reference.metrics import unified
from workflow.rules import metrics
from workflow.rules.metrics import Counts, Rate

OUT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def _after(**span: float) -> datetime:
    return OUT + timedelta(**span)


# 12 likes, 3 shares, 1 quote, 4 replies, 2 saves, 7 clicks, seen 800 times by the followers of an account with 2000.
TOLD = Counts(impressions=800, likes=12, shares=3, quotes=1, replies=4, clicks=7, saves=2, audience=2000)


@pytest.mark.parametrize(
    ("platform", "counted"),
    [
        ("x", 12 + 3 + 1 + 4 + 2),
        ("linkedin", 12 + 3 + 4 + 7),
        ("instagram_feed", 12 + 3 + 4 + 2),
        ("instagram_story", 3 + 4),
        ("facebook", 12 + 3 + 4 + 7),
        ("tiktok", 12 + 3 + 4),
        ("mastodon", 12 + 3 + 1 + 4),
        ("bluesky", 12 + 3 + 1 + 4 + 2),
        ("email", 7 + 4),
        ("blog", 12 + 3 + 4 + 7),
    ],
)
def test_an_interaction_is_what_counts_as_one_on_that_platform(platform: str, counted: int) -> None:
    assert metrics.interactions(platform, TOLD) == counted


def test_rates_are_percent_of_impressions_where_the_platform_tells_them() -> None:
    # X: 22 of 800 is 2.75 %; passed on 3 + 1 = 4 of 800 is 0.5 %; 4 replies of 800 are 0.5 %.
    assert metrics.engagement_rate("x", TOLD) == Rate(2.75, "impressions")
    assert metrics.share_rate("x", TOLD) == Rate(0.5, "impressions")
    assert metrics.response_rate("x", TOLD) == Rate(0.5, "impressions")


def test_rates_are_percent_of_followers_where_no_views_are_told() -> None:
    # Mastodon: 20 of 2000 followers is 1 %, 4 of 2000 is 0.2 %; the 800 impressions are never its denominator.
    assert metrics.engagement_rate("mastodon", TOLD) == Rate(1.0, "audience")
    assert metrics.share_rate("mastodon", TOLD) == Rate(0.2, "audience")
    assert metrics.response_rate("mastodon", TOLD) == Rate(0.2, "audience")


@pytest.mark.parametrize(
    ("platform", "counts"),
    [
        ("x", Counts(likes=5, audience=100)),  # missing impressions: followers do not stand in
        ("x", Counts(likes=5, impressions=0, audience=100)),  # nobody saw it yet
        ("mastodon", Counts(likes=5, impressions=100)),  # nobody said how many follow
        ("mastodon", Counts(likes=5, audience=0)),  # nobody follows
        ("x", Counts(impressions=100)),  # seen, but no word of what people did
    ],
)
def test_a_rate_of_nothing_or_of_the_unknown_is_no_rate(platform: str, counts: Counts) -> None:
    assert metrics.engagement_rate(platform, counts) is None
    assert metrics.share_rate(platform, counts) is None
    assert metrics.response_rate(platform, counts) is None


def test_what_is_not_told_is_unknown_and_what_is_told_as_zero_is_zero() -> None:
    assert metrics.interactions("x", Counts(impressions=10)) is None
    assert metrics.interactions("x", Counts(likes=0)) == 0
    assert metrics.interactions("mastodon", Counts(likes=3)) == 3  # an older server tells no quotes
    assert metrics.engagement_rate("x", Counts(impressions=10, likes=0)) == Rate(0.0, "impressions")
    assert metrics.passed_on(Counts(quotes=2)) == 2
    assert metrics.passed_on(Counts(replies=2)) is None


def test_a_platform_that_nobody_described_has_no_metrics() -> None:
    with pytest.raises(BadInput, match=r"metrics\.yaml"):
        metrics.interactions("nowhere", TOLD)


def test_velocity_is_interactions_per_hour_by_the_last_figure_of_the_first_six_hours() -> None:
    # 90 by the third hour are 30 an hour; the 400 of the seventh hour are outside.
    assert metrics.velocity([(_after(hours=1), 50), (_after(hours=3), 90), (_after(hours=7), 400)], OUT) == 30.0
    assert metrics.velocity([(_after(hours=6), 120)], OUT) == 20.0
    assert metrics.velocity([(_after(minutes=30), 6)], OUT) == 12.0


def test_velocity_takes_snapshots_in_any_order_and_believes_a_platform_that_recounts() -> None:
    assert metrics.velocity([(_after(hours=3), 90), (_after(hours=1), 50)], OUT) == 30.0
    assert metrics.velocity([(_after(hours=2), 80), (_after(hours=4), 60)], OUT) == 15.0


@pytest.mark.parametrize(
    "points",
    [
        [],
        [(_after(minutes=-5), 3)],  # a clock that runs behind: before it was out
        [(OUT, 3)],
        [(_after(minutes=14), 9)],  # too young to say
        [(_after(hours=6, seconds=1), 9)],
    ],
)
def test_velocity_says_nothing_without_a_figure_inside_its_span(points: list[tuple[datetime, int]]) -> None:
    assert metrics.velocity(points, OUT) is None


def test_cost_per_engagement_is_whole_currency_for_one_interaction() -> None:
    # 50.00 for 200 interactions: 0.25 each.
    assert metrics.cost_per_engagement(5000, 200) == 0.25
    assert metrics.cost_per_engagement(0, 200) == 0.0
    assert metrics.cost_per_engagement(5000, 0) is None
    assert metrics.cost_per_engagement(5000, None) is None


@pytest.mark.parametrize(
    ("media", "answering", "kind"),
    [((), None, "text"), (("image",), None, "picture"), (("image",), "reply", "reply"), ((), "quote", "quote")],
)
def test_a_post_is_of_one_kind(media: tuple[str, ...], answering: str | None, kind: str) -> None:
    assert metrics.kind_of(media, answering) == kind
    assert kind in metrics.KINDS


def test_ages_to_compare_at_rise_and_hold_the_guides_six_hours() -> None:
    assert list(metrics.MARKS) == sorted(set(metrics.MARKS))
    assert timedelta(minutes=360) == metrics.VELOCITY_SPAN


def test_a_number_that_cannot_be_a_count_is_not_told() -> None:
    said = {"favourites_count": 10**30, "reblogs_count": -1, "replies_count": True, "quotes_count": 2}
    assert unified("mastodon", said) == {"quotes": 2}
