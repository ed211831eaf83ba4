"""The brake: what it catches, who lets go of it, and that letting go fires nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from scoring.contract import Scope
from workflow.rules.drafts import Move, State, move
from workflow.rules.holds import (
    Lifted,
    NeedsAnother,
    PostFacts,
    after_lift,
    check_scope,
    covers,
    lift_outcome,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TWO = "Two different people have to agree before this hold is lifted."
SECOND = "A second, different person has to agree before this hold is lifted."
OPENER = " The person who opened it may be one of them."
HERE = PostFacts("x", ("US-NJ",), ("#HarbourFair",))


@pytest.mark.parametrize(
    ("scope", "post", "caught"),
    [
        (Scope("everything"), HERE, True),
        (Scope("everything", "whatever"), PostFacts("email"), True),
        (Scope("region", "US-NJ"), HERE, True),
        (Scope("region", "us-nj "), HERE, True),
        (Scope("region", "US"), HERE, True),
        (Scope("region", "US-NJ"), PostFacts("x", ("US",)), True),
        (Scope("region", "US-OK"), HERE, False),
        (Scope("region", "GB"), HERE, False),
        (Scope("region", "GB"), PostFacts("x", ("US", "GB")), True),
        (Scope("region", "GB"), PostFacts("x", ()), True),  # no regions: seen everywhere
        (Scope("topic", "#harbourfair"), HERE, True),
        (Scope("topic", "HARBOURFAIR"), HERE, True),
        (Scope("topic", "Harbour Fair"), HERE, True),
        (Scope("topic", "\uff03HarbourFair"), HERE, True),
        (Scope("topic", "STRASSE"), PostFacts("x", topics=("#stra\u00dfe",)), True),
        (Scope("topic", "harbour"), HERE, False),
        (Scope("topic", "harbourfair"), PostFacts("x"), False),
        (Scope("topic", "second"), PostFacts("x", topics=("first", "#second")), True),
        (Scope("channel", "x"), HERE, True),
        (Scope("channel", "X"), HERE, True),
        (Scope("channel", "mastodon"), HERE, False),
        # What names nothing we know stops everything.
        (Scope("planet", "earth"), HERE, True),
        (Scope("topic", ""), HERE, True),
        (Scope("topic", " # "), HERE, True),
        (Scope("region", ""), HERE, True),
        (Scope("region", "the coast"), HERE, True),
        (Scope("channel", ""), HERE, True),
    ],
)
def test_what_a_hold_catches(scope: Scope, post: PostFacts, caught: bool) -> None:
    assert covers(scope, post) is caught


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Scope("planet", "earth"), "nobody knows a scope called 'planet'"),
        (Scope("topic", "#"), "Say which topic"),
        (Scope("channel", " "), "Say which channel"),
        (Scope("region", "the coast"), "no ISO 3166 code"),
    ],
)
def test_a_person_cannot_open_a_hold_that_says_nothing(scope: Scope, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        check_scope(scope)


@pytest.mark.parametrize(
    "scope", [Scope("everything"), Scope("region", "us-nj"), Scope("topic", "a"), Scope("channel", "x")]
)
def test_a_hold_that_says_what_it_stops_is_good(scope: Scope) -> None:
    check_scope(scope)


def test_two_different_people_lift_a_hold() -> None:
    assert lift_outcome(1, [2, 3]) == Lifted((2, 3))
    assert lift_outcome(1, [1, 2]) == Lifted((1, 2))
    assert lift_outcome(None, [2, 3, 4]) == Lifted((2, 3, 4))


@pytest.mark.parametrize(
    ("opened_by", "lifts", "missing", "words"),
    [
        (None, [], 2, TWO),
        (
            1,
            [],
            2,
            TWO + OPENER,
        ),
        (1, [1], 1, SECOND),
        (1, [1, 1, 1], 1, SECOND),
        (
            1,
            [2],
            1,
            SECOND + OPENER,
        ),
    ],
)
def test_one_person_never_does(opened_by: int | None, lifts: list[int], missing: int, words: str) -> None:
    result = lift_outcome(opened_by, lifts)
    assert isinstance(result, NeedsAnother)
    assert (result.missing, result.text) == (missing, words)


@given(st.none() | st.integers(1, 4), st.lists(st.integers(1, 4), max_size=6))
def test_lifted_is_exactly_two_different_people(opened_by: int | None, lifts: list[int]) -> None:
    assert isinstance(lift_outcome(opened_by, lifts), Lifted) is (len(set(lifts)) >= 2)


@given(st.lists(st.none() | st.integers(-600, 600), max_size=20))
def test_a_lifted_hold_never_fires_a_burst(minutes: list[int | None]) -> None:
    posts = [(n, None if m is None else NOON + timedelta(minutes=m)) for n, m in enumerate(minutes)]
    decided = after_lift(posts, NOON)
    assert [post_id for post_id, _ in decided] == [post_id for post_id, _ in posts]
    for (_, what), (_, at) in zip(decided, posts, strict=True):
        if at is not None and at > NOON:
            assert move(State.HELD, what) == State.SCHEDULED
        else:
            assert what == Move.BACK_TO_REVIEW
            assert move(State.HELD, what) == State.IN_REVIEW
