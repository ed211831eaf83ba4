"""The life of a draft: what the table must allow, and above all what it must not."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import Refused
from workflow.rules.drafts import FINAL, MOVES, PLAIN_MOVE, PLAIN_STATE, Move, State, allowed, move

ALL_PAIRS = list(itertools.product(State, Move))


def reached_with(*moves: Move, start: State = State.WRITING) -> State:
    state = start
    for one in moves:
        state = move(state, one)
    return state


@pytest.mark.parametrize(
    ("moves", "end"),
    [
        (["submit", "approve_last", "schedule", "claim", "sent"], State.PUBLISHED),
        (["submit", "approve_last", "schedule", "claim", "hand_over", "confirm_sent"], State.PUBLISHED),
        (["submit", "approve_last", "schedule", "claim", "hand_over", "confirm_not_sent"], State.NEEDS_TIME),
        (["submit", "approve_last", "schedule", "claim", "lost", "confirm_not_sent", "edit"], State.WRITING),
        (["submit", "approve_last", "schedule", "claim", "lost", "confirm_sent"], State.PUBLISHED),
        (["submit", "approve_last", "schedule", "claim", "later", "claim", "sent"], State.PUBLISHED),
        (["submit", "approve_last", "schedule", "claim", "later", "hold", "back_to_review"], State.IN_REVIEW),
        (["submit", "approve_last", "schedule", "hold", "hold", "back_to_review"], State.IN_REVIEW),
        (["submit", "approve_last", "schedule", "claim", "block", "back_to_review"], State.IN_REVIEW),
        (["submit", "approve_last", "hold"], State.HELD),
        (["submit", "approve_last", "late", "edit"], State.WRITING),
        (["submit", "expire", "edit", "submit"], State.IN_REVIEW),
        (["submit", "request_changes", "submit", "reject"], State.REJECTED),
        (["submit", "approve_last", "schedule", "request_changes"], State.WRITING),
        (["submit", "withdraw"], State.WITHDRAWN),
    ],
)
def test_the_stories_people_live(moves: list[str], end: State) -> None:
    assert reached_with(*map(Move, moves)) == end


@pytest.mark.parametrize(("state", "what"), [pair for pair in ALL_PAIRS if pair not in MOVES])
def test_whatever_the_table_lacks_is_refused_in_plain_words(state: State, what: Move) -> None:
    with pytest.raises(Refused) as refused:
        move(state, what)
    assert refused.value.codes == ("wrong_state",)
    assert refused.value.message.startswith(f"This draft is {PLAIN_STATE[state]} and cannot be {PLAIN_MOVE[what]}.")


def test_a_refusal_says_what_is_possible_instead() -> None:
    with pytest.raises(Refused, match=r"being published and cannot be edited\. From here it can be blocked"):
        move(State.PUBLISHING, Move.EDIT)
    with pytest.raises(Refused, match="start a new draft"):
        move(State.PUBLISHED, Move.EDIT)


def test_what_can_be_done_with_a_draft_in_each_state() -> None:
    """The whole table once more, in words: a move that is lost leaves a post where nobody can get it out."""
    assert {state.value: " ".join(sorted(allowed(state))) for state in State} == {
        "writing": "edit submit withdraw",
        "in_review": "approve_last edit expire reject request_changes withdraw",
        "approved": "edit expire hold late reject request_changes schedule withdraw",
        "scheduled": "back_to_review block claim edit expire hold late reject request_changes withdraw",
        "held": "back_to_review edit hold reject request_changes withdraw",
        "blocked": "back_to_review edit expire reject withdraw",
        "publishing": "block hand_over late later lost sent",
        "by_hand": "confirm_not_sent confirm_sent hold",
        "published": "",
        "unknown": "confirm_not_sent confirm_sent",
        "needs_time": "edit expire reject withdraw",
        "expired": "edit withdraw",
        "rejected": "",
        "withdrawn": "",
    }


def test_the_only_way_out_of_the_house_begins_with_a_claim_of_a_scheduled_post() -> None:
    outside = {State.PUBLISHING, State.BY_HAND, State.UNKNOWN, State.PUBLISHED}
    crossings = {(s, m) for (s, m), end in MOVES.items() if s not in outside and end in outside}
    assert crossings == {(State.SCHEDULED, Move.CLAIM)}


def test_what_may_have_left_is_never_sent_or_edited_again() -> None:
    for state in (State.PUBLISHING, State.BY_HAND, State.UNKNOWN, State.PUBLISHED):
        assert not {Move.EDIT, Move.CLAIM, Move.SCHEDULE} & set(allowed(state))
    # Not even by way of another state: every way back to a claim leads through fresh signatures.
    assert Move.APPROVE_LAST in every_way_to_claim(State.UNKNOWN)
    assert Move.APPROVE_LAST in every_way_to_claim(State.BLOCKED)
    assert Move.APPROVE_LAST in every_way_to_claim(State.HELD)  # nothing fires by itself at the end of a hold


def every_way_to_claim(start: State) -> set[Move]:
    """The moves that no way from `start` to a claim can avoid."""
    unavoidable = set()
    for banned in Move:
        seen, todo = {start}, [start]
        while todo:
            here = todo.pop()
            for (state, what), end in MOVES.items():
                if state == here and what not in (banned, Move.CLAIM) and end not in seen:
                    seen.add(end)
                    todo.append(end)
        if not any((state, Move.CLAIM) in MOVES for state in seen):
            unavoidable.add(banned)
    return unavoidable


@pytest.mark.parametrize("state", [s for s in State if (s, Move.EDIT) in MOVES])
def test_an_edit_always_goes_back_to_writing(state: State) -> None:
    assert move(state, Move.EDIT) == State.WRITING


def test_where_a_draft_may_be_edited() -> None:
    assert {s.value for s in State if Move.EDIT in allowed(s)} == {
        "writing", "in_review", "approved", "scheduled", "held", "blocked", "needs_time", "expired",
    }  # fmt: skip


def test_only_the_last_signature_approves_and_nothing_comes_back_onto_the_schedule_without_it() -> None:
    ways = {end: {key for key, value in MOVES.items() if value == end} for end in State}
    assert ways[State.APPROVED] == {(State.IN_REVIEW, Move.APPROVE_LAST)}
    assert ways[State.SCHEDULED] == {(State.APPROVED, Move.SCHEDULE), (State.PUBLISHING, Move.LATER)}


def test_a_hold_finds_a_post_by_hand_and_asks_instead_of_claiming_to_have_stopped_it() -> None:
    assert move(State.BY_HAND, Move.HOLD) == State.UNKNOWN


def test_a_post_whose_request_may_be_on_its_way_is_never_reported_as_held() -> None:
    assert (State.PUBLISHING, Move.HOLD) not in MOVES


def test_final_states_have_no_moves_and_every_other_state_has_a_way_to_an_end() -> None:
    assert {state for state in State if not allowed(state)} == FINAL
    for state in State:
        assert FINAL & reachable(state)


def test_every_state_can_be_reached_and_every_move_is_used() -> None:
    assert reachable(State.WRITING) == set(State)
    assert {what for _, what in MOVES} == set(Move)
    assert set(PLAIN_STATE) == set(State)
    assert set(PLAIN_MOVE) == set(Move)


def reachable(start: State) -> set[State]:
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        fresh = {end for (state, _), end in MOVES.items() if state == here} - seen
        seen |= fresh
        todo += fresh
    return seen


@given(st.lists(st.sampled_from(Move), max_size=40))
def test_no_order_of_moves_publishes_without_a_last_signature_and_a_claim_after_the_last_edit(wish: list[Move]) -> None:
    state, agreed, claimed = State.WRITING, False, False
    for what in wish:
        if what not in allowed(state):
            continue
        state = move(state, what)
        if what in (Move.EDIT, Move.SUBMIT, Move.BACK_TO_REVIEW, Move.REQUEST_CHANGES):
            agreed = claimed = False
        agreed = agreed or what == Move.APPROVE_LAST
        claimed = claimed or what == Move.CLAIM
        if state in (State.PUBLISHING, State.PUBLISHED, State.BY_HAND):
            assert agreed
            assert claimed
