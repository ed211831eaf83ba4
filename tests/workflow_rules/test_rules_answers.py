"""The five answers on examples that were computed by hand; the lines are the guide's."""

from __future__ import annotations

import pytest

from workflow.rules import chance
from workflow.rules.answers import above_baseline, best_platform, follow_up, spend_efficient, suggested, turning
from workflow.rules.metrics import Rate
from workflow.rules.questions import (
    Answer,
    Measured,
    Mood,
    Organic,
    Paid,
    Question,
    Responsive,
    Says,
    Usual,
    by_urgency,
    restrained,
)

OF = "impressions"


def post(percent: float | None = 5.0, count: int | None = 100, velocity: float | None = 200.0) -> Measured:
    return Measured(7, 60, count, None if percent is None else Rate(percent, OF), velocity)


USUAL = Usual(12, 2.0, OF, 0.5)


def test_twice_the_usual_asks_for_money_with_a_sum_and_a_stop() -> None:
    found = above_baseline(post(), USUAL)
    assert (found.says, found.figure, found.threshold, found.acts) == (Says.YES, 2.5, 2.0, True)
    # 1/100 of its own count and (0.5/2)²/12 of the mean: e^(1.96·√0.015208) = 1.2734
    assert (found.sure.low, found.sure.high) == (pytest.approx(1.963, abs=0.001), pytest.approx(3.184, abs=0.001))
    assert (found.sure.word, found.sure.count) == ("leaning", 12)
    assert "$50, at most $100" in found.action
    assert "3 × an organic one" in found.action
    assert "2.5 × the usual after 1 h" in found.words


@pytest.mark.parametrize(("percent", "says"), [(4.0, Says.NO), (4.001, Says.YES)])
def test_exactly_twice_is_not_above(percent: float, says: Says) -> None:
    assert above_baseline(post(percent), USUAL).says == says


def test_many_interactions_make_it_sure() -> None:
    assert above_baseline(post(count=10_000), Usual(400, 2.0, OF, 0.5)).sure.word == "sure"


@pytest.mark.parametrize(
    ("one", "usual", "why"),
    [
        (post(percent=None), USUAL, "has not told"),
        (post(), None, "0 posts like it"),
        (post(), Usual(4, 2.0, OF), "4 posts like it"),
        (post(), Usual(9, 2.0, "audience"), "no comparison"),
        (post(), Usual(9, 0.0, OF), "nothing is usual yet"),
        (post(count=9), USUAL, "9 interactions so far"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_advised(one: Measured, usual: Usual | None, why: str) -> None:
    found = above_baseline(one, usual)
    assert (found.says, found.acts, found.sure.word) == (Says.UNKNOWN, False, "too little to say")
    assert why in found.words


@pytest.mark.parametrize(
    ("velocity", "sums"),
    [(None, (50, 50)), (50, (50, 50)), (200, (50, 100)), (1_250, (120, 250)), (5_000, (250, 500)), (10**6, (250, 500))],
)
def test_the_sum_grows_with_the_root_of_the_speed_inside_the_guides_range(
    velocity: float | None, sums: tuple[int, int]
) -> None:
    assert suggested(velocity) == sums


def test_more_than_eight_in_a_hundred_and_good_words_ask_for_more() -> None:
    found = follow_up(7, Rate(9.0, OF), 90, 1_000, Mood(10, 6, 1))
    assert (found.says, found.figure, found.threshold) == (Says.YES, 9.0, 8.0)
    # Wilson, 90 of 1,000: 7.38 to 10.93
    assert (found.sure.low, found.sure.high) == (pytest.approx(7.38, abs=0.01), pytest.approx(10.93, abs=0.01))
    assert found.sure.word == "leaning"
    assert "second part" in found.action


@pytest.mark.parametrize(
    ("rate", "whole", "mood", "says", "why"),
    [
        (Rate(8.0, OF), 1_000, Mood(10, 6, 1), Says.NO, "8.0 %"),
        (Rate(9.0, OF), 1_000, Mood(10, 2, 3), Says.NO, "no wish for more"),
        (Rate(9.0, OF), 1_000, Mood(10, 3, 3), Says.NO, "no wish for more"),
        (Rate(9.0, OF), 1_000, Mood(4, 4, 0), Says.UNKNOWN, "only 4 replies"),
        (Rate(9.0, OF), 199, Mood(10, 6, 1), Says.UNKNOWN, "199 impressions"),
        (Rate(9.0, "audience"), 1_000, Mood(10, 6, 1), Says.UNKNOWN, "does not tell"),
        (None, None, Mood(10, 6, 1), Says.UNKNOWN, "no impressions"),
    ],
)
def test_no_follow_up_without_shares_of_impressions_and_good_words(
    rate: Rate | None, whole: int | None, mood: Mood, says: Says, why: str
) -> None:
    found = follow_up(7, rate, 90, whole, mood)
    assert (found.says, found.acts) == (says, False)
    assert why in found.words


ORGANIC = Organic(300_000, "USD", 6_000)  # $3,000 for 6,000 interactions: $0.50 each


@pytest.mark.parametrize(
    ("hundredths", "bought", "times", "says"),
    [(9_000, 60, 3.0, Says.YES), (9_060, 60, 3.02, Says.NO), (3_000, 60, 1.0, Says.YES)],
)
def test_three_times_an_organic_interaction_is_the_most_to_pay(
    hundredths: int, bought: int, times: float, says: Says
) -> None:
    found = spend_efficient(7, Paid(hundredths, "USD", bought), ORGANIC)
    assert (found.says, found.figure) == (says, pytest.approx(times))
    assert found.acts == (says == Says.NO)


def test_money_that_brought_nothing_is_stopped() -> None:
    found = spend_efficient(7, Paid(5_000, "USD", 0), ORGANIC)
    assert (found.says, found.figure, found.acts) == (Says.NO, None, True)


@pytest.mark.parametrize(
    ("paid", "organic", "why"),
    [
        (Paid(5_000, "USD", 60), Organic(None, "USD", 6_000), "Nobody has entered what the programme costs"),
        (Paid(5_000, "USD", 60), Organic(300_000, "USD", 0), "nothing to hold the price against"),
        (Paid(5_000, "EUR", 60), ORGANIC, "one currency"),
        (Paid(5_000, "USD", None), ORGANIC, "what the money brought"),
    ],
)
def test_a_price_needs_both_sides_in_one_currency(paid: Paid, organic: Organic, why: str) -> None:
    found = spend_efficient(7, paid, organic)
    assert (found.says, found.acts) == (Says.UNKNOWN, False)
    assert why in found.words


def on(platform: str, mean: float, posts: int = 10, of: str = OF, deviation: float = 0.5) -> Responsive:
    return Responsive(platform, platform.title(), posts, mean, deviation, of)


def test_the_best_platform_is_named_where_chance_would_hardly_change_it() -> None:
    found = best_platform(7, "Cultural moment", [on("linkedin", 2.0), on("x", 4.0), on("mastodon", 9.0, of="audience")])
    assert (found.says, found.figure) == (Says.YES, 2.0)
    # Welch: 2 ± t(18)·√(0.25/10 + 0.25/10) = 2 ± 2.101·0.2236
    assert (found.sure.low, found.sure.high) == (pytest.approx(1.530, abs=0.002), pytest.approx(2.470, abs=0.002))
    assert "Lead with X" in found.action
    assert "Mastodon" not in found.words


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ([on("x", 4.0), on("linkedin", 3.9)], "too close to call"),
        ([on("x", 4.0), on("linkedin", 2.0, posts=4)], "Two platforms"),
        ([on("x", 4.0), on("mastodon", 2.0, of="audience")], "Two platforms"),
        ([], "none so far"),
    ],
)
def test_no_platform_is_best_by_chance_or_across_denominators(found: list[Responsive], why: str) -> None:
    told = best_platform(7, "Cultural moment", found)
    assert (told.says, told.acts) == (Says.UNKNOWN, False)
    assert why in told.words


@pytest.mark.parametrize(
    ("read", "negative", "says", "sure"),
    [
        (9, 9, Says.UNKNOWN, "too little to say"),
        (10, 2, Says.NO, "leaning"),  # exactly 20 %
        (10, 3, Says.YES, "leaning"),
        (100, 40, Says.YES, "sure"),
        (100, 5, Says.NO, "sure"),
    ],
)
def test_above_a_fifth_of_negative_replies_it_turns(read: int, negative: int, says: Says, sure: str) -> None:
    found = turning(7, Mood(read, 0, negative))
    assert (found.says, found.sure.word, found.acts) == (says, sure, says == Says.YES)


def test_the_lower_bound_is_shown() -> None:
    # Wilson, 40 of 100: 30.9 %
    found = turning(7, Mood(100, 10, 40))
    assert found.sure.low == pytest.approx(30.94, abs=0.01)
    assert "at least 31 %" in found.words


def answers(*moods: Mood) -> list[Answer]:
    return [one for mood in moods for one in (above_baseline(post(), USUAL), turning(7, mood))]


def test_nothing_is_pushed_while_it_turns() -> None:
    found = {one.question: one for one in restrained(answers(Mood(20, 0, 10)), {})}
    assert not found[Question.AMPLIFY].acts
    assert "turning negative" in found[Question.AMPLIFY].words
    assert found[Question.TURNING].acts


def test_nothing_is_pushed_under_a_hold_or_where_money_is_wasted_already() -> None:
    held = restrained([above_baseline(post(), USUAL)], {7: "A hold covers it."})
    wasted = restrained([above_baseline(post(), USUAL), spend_efficient(7, Paid(9_060, "USD", 60), ORGANIC)], {})
    assert not held[0].acts
    assert not wasted[0].acts
    assert wasted[1].acts
    assert restrained([above_baseline(post(), USUAL)], {8: "A hold covers it."})[0].acts


def test_what_hurts_comes_first_and_what_nobody_knows_last() -> None:
    mixed = [above_baseline(post(None), None), *answers(Mood(20, 0, 10)), turning(8, Mood(20, 0, 0))]
    order = [(one.question, one.says) for one in by_urgency(mixed)]
    assert order == [
        (Question.TURNING, Says.YES),
        (Question.AMPLIFY, Says.YES),
        (Question.TURNING, Says.NO),
        (Question.AMPLIFY, Says.UNKNOWN),
    ]


@pytest.mark.parametrize(("freedom", "point"), [(4, 2.776), (10, 2.228), (30, 2.042), (1000, 1.962)])
def test_students_t_as_in_the_tables(freedom: float, point: float) -> None:
    assert chance.student(freedom) == pytest.approx(point, rel=0.005)
