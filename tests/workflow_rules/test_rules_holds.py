"""The brake: what it catches, who lets go of it, and that letting go fires nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from scoring.contract import Scope
from workflow.rules.drafts import State, move
from workflow.rules.holds import (
    AFTER_LAST_LIFT,
    Agreement,
    Lifted,
    NeedsAnother,
    PostFacts,
    check_scope,
    covers,
    lift_outcome,
    stands_for,
)
from workflow.rules.roles import SIGNERS, Role

LEAD, MANAGER = Role.SOCIAL_LEAD, Role.MANAGER
TWO = "Two different people have to agree, one of them a manager, before this hold is lifted."
SECOND = "A second, different person has to agree before this hold is lifted."
A_MANAGER = "A second, different person has to agree, a manager, before this hold is lifted."
AS_WELL = "A manager has to agree as well before this hold is lifted."
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
        (Scope("promotional"), HERE, True),
        (Scope("promotional"), PostFacts("x", ("US-NJ",), promotional=False), False),
        (Scope("promotional", "US"), HERE, True),
        (Scope("promotional", "us-nj"), PostFacts("x"), True),
        (Scope("promotional", "GB"), HERE, False),
        (Scope("promotional", "US"), PostFacts("x", ("US",), promotional=False), False),
        # What names nothing we know stops everything.
        (Scope("promotional", "the coast"), PostFacts("x", promotional=False), True),
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
        (Scope("promotional", "the coast"), "no ISO 3166 code"),
    ],
)
def test_a_person_cannot_open_a_hold_that_says_nothing(scope: Scope, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        check_scope(scope)


@pytest.mark.parametrize(
    "scope",
    [Scope("everything"), Scope("region", "us-nj"), Scope("topic", "a"), Scope("channel", "x"), Scope("promotional")],
)
def test_a_hold_that_says_what_it_stops_is_good(scope: Scope) -> None:
    check_scope(scope)


@pytest.mark.parametrize(
    ("wide", "narrow", "stands"),
    [
        (Scope("everything"), Scope("channel", "x"), True),
        (Scope("region", "US"), Scope("region", "us-nj"), True),
        (Scope("region", "US-NJ"), Scope("region", "US"), False),
        (Scope("region", "US"), Scope("region", "USX"), False),
        (Scope("region", "US"), Scope("promotional", "US"), False),
        (Scope("promotional"), Scope("promotional", "GB"), True),
        (Scope("promotional", "GB"), Scope("promotional"), False),
        (Scope("promotional", "GB"), Scope("promotional", "GB-SCT"), True),
        (Scope("promotional"), Scope("region", "GB"), False),
        (Scope("promotional"), Scope("everything"), False),
        (Scope("topic", "#Harbour Fair"), Scope("topic", "harbourfair"), True),
        (Scope("topic", "a"), Scope("topic", "b"), False),
        (Scope("topic", "x"), Scope("channel", "x"), False),
    ],
)
def test_which_hold_speaks_for_a_narrower_one(wide: Scope, narrow: Scope, stands: bool) -> None:
    assert stands_for(wide, narrow) is stands


def lifts(*said: tuple[int, Role], same: dict[int, int] | None = None) -> list[Agreement]:
    return [Agreement(who, (same or {}).get(who, who), role) for who, role in said]


def test_two_different_people_one_of_them_a_manager_lift_a_hold() -> None:
    assert lift_outcome(1, lifts((2, LEAD), (3, MANAGER))) == Lifted((2, 3))
    assert lift_outcome(1, lifts((1, MANAGER), (2, LEAD))) == Lifted((1, 2))
    assert lift_outcome(None, lifts((2, LEAD), (3, LEAD), (4, MANAGER))) == Lifted((2, 3, 4))
    assert lift_outcome(None, lifts((2, MANAGER), (3, MANAGER))) == Lifted((2, 3))


@pytest.mark.parametrize(
    ("opened_by", "given", "missing", "words"),
    [
        (None, [], 2, TWO),
        (1, [], 2, TWO + OPENER),
        (1, lifts((1, LEAD)), 1, A_MANAGER),
        (1, lifts((1, MANAGER), (1, MANAGER)), 1, SECOND),
        (1, lifts((2, MANAGER)), 1, SECOND + OPENER),
        (1, lifts((2, LEAD)), 1, A_MANAGER + OPENER),
        (1, lifts((2, LEAD), (3, LEAD)), 1, AS_WELL),
        # Two accounts of one human being, the manager's among them, are one agreement.
        (None, lifts((2, LEAD), (5, MANAGER), same={5: 2}), 1, SECOND),
        # Of before roles were kept.
        (None, [Agreement(2, 2, None), Agreement(3, 3, None)], 1, AS_WELL),
    ],
)
def test_fewer_never_do(opened_by: int | None, given: list[Agreement], missing: int, words: str) -> None:
    result = lift_outcome(opened_by, given)
    assert isinstance(result, NeedsAnother)
    assert (result.missing, result.text) == (missing, words)


@given(
    st.none() | st.integers(1, 4), st.lists(st.tuples(st.integers(1, 4), st.sampled_from(sorted(SIGNERS))), max_size=6)
)
def test_lifted_is_exactly_two_people_and_a_manager(opened_by: int | None, said: list[tuple[int, Role]]) -> None:
    enough = len({who for who, _ in said}) >= 2 and any(role == MANAGER for _, role in said)
    assert isinstance(lift_outcome(opened_by, lifts(*said)), Lifted) is enough


def test_a_lifted_hold_fires_nothing() -> None:
    assert move(State.HELD, AFTER_LAST_LIFT) == State.IN_REVIEW
