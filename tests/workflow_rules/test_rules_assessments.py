"""Two blind assessments and what they come to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from scoring.matrix import cell
from workflow.rules.assessments import (
    Assessment,
    Discuss,
    Plotted,
    Waiting,
    check,
    outcome,
    refusal_to_assess,
    visible_to,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
points = st.integers(0, 10)


def scored(person: int, relevance: int, interest: int, minute: int = 0) -> Assessment:
    return Assessment(person, relevance, interest, "", NOON + timedelta(minutes=minute))


def test_one_person_is_not_enough_even_twice() -> None:
    assert outcome([]) == Waiting(0)
    assert outcome([scored(1, 8, 8)]) == Waiting(1)
    assert outcome([scored(1, 8, 8), scored(1, 8, 8, 1)]) == Waiting(1)


def test_close_scores_are_averaged_and_plotted() -> None:
    assert outcome([scored(1, 8, 9), scored(2, 7, 7)]) == Plotted(7.5, 8.0, cell(7.5, 8.0))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((8, 8), None),
        ((6, 6), None),
        ((5, 8), Discuss(3, 0)),
        ((8, 5), Discuss(0, 3)),
        ((10, 10), None),
        ((0, 10), Discuss(8, 2)),
    ],
)
def test_more_than_two_points_apart_on_either_scale_means_a_discussion(
    other: tuple[int, int], expected: Discuss | None
) -> None:
    result = outcome([scored(1, 8, 8), scored(2, *other)])
    assert result == expected if expected else isinstance(result, Plotted)


@given(points, points, points, points)
def test_the_order_of_two_people_changes_nothing_and_the_mean_lies_between(a: int, b: int, c: int, d: int) -> None:
    one, other = scored(1, a, b), scored(2, c, d, 1)
    result = outcome([one, other])
    assert outcome([other, one]) == result
    if isinstance(result, Plotted):
        assert abs(a - c) <= 2 >= abs(b - d)
        assert min(a, c) <= result.relevance <= max(a, c)
        assert min(b, d) <= result.interest <= max(b, d)
    else:
        assert isinstance(result, Discuss)
        assert max(abs(a - c), abs(b - d)) > 2


def test_only_the_first_blind_scores_count() -> None:
    blind = [scored(1, 8, 8), scored(2, 4, 8, 1)]
    assert outcome([*blind, scored(2, 8, 8, 2)]) == Discuss(4, 0)
    assert outcome([scored(3, 8, 8, 3), *blind]) == Discuss(4, 0)


def test_nobody_sees_anothers_scores_before_giving_their_own() -> None:
    mine, theirs = scored(1, 8, 8), scored(2, 7, 7, 1)
    assert visible_to(2, [mine]) == ()
    assert visible_to(1, [mine]) == (mine,)
    assert visible_to(3, [mine]) == ()
    assert visible_to(2, [mine, theirs]) == (mine, theirs)


def test_a_person_scores_once_and_a_third_would_not_be_blind() -> None:
    mine, theirs = scored(1, 8, 8), scored(2, 7, 7, 1)
    assert refusal_to_assess(2, [mine]) is None
    assert refusal_to_assess(1, [mine]).codes == ("already_assessed",)
    assert refusal_to_assess(3, [mine, theirs]).codes == ("round_complete",)


@pytest.mark.parametrize(
    ("relevance", "interest", "named"),
    [
        (-1, 5, "Relevance"),
        (11, 5, "Relevance"),
        (5, 11, "Interest"),
        (5, -1, "Interest"),
        (5, 7.5, "Interest"),
        (True, 5, "Relevance"),
    ],
)
def test_scores_are_whole_points_from_0_to_10(relevance: int, interest: int, named: str) -> None:
    with pytest.raises(BadInput, match=f"^{named} is scored in whole points from 0 to 10"):
        check(scored(1, relevance, interest))


@given(points, points)
def test_every_whole_point_on_the_scale_is_good(relevance: int, interest: int) -> None:
    check(scored(1, relevance, interest))
