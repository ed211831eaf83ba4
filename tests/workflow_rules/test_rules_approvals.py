"""Two clear heads: what counts as agreed, and every reason to refuse a signature."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.rules.approvals import Approval, Decision, refusal_to_sign, required_roles, standing
from workflow.rules.drafts import State
from workflow.rules.roles import SIGNERS, Role

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
NOW_HASH, OLD_HASH = "a" * 64, "b" * 64
AUTHORS = frozenset({1})
OK = Decision.APPROVE


def said(
    person: int,
    role: Role = Role.SOCIAL_LEAD,
    decision: Decision = OK,
    hash_: str = NOW_HASH,
    minute: int = 0,
    voided: bool = False,
) -> Approval:
    return Approval(person, role, decision, hash_, NOON + timedelta(minutes=minute), voided)


def test_two_people_who_did_not_write_it_suffice() -> None:
    result = standing([said(2), said(3, Role.MANAGER, minute=1)], NOW_HASH, AUTHORS)
    assert (result.signed, result.missing, result.complete) == ((2, 3), 0, True)


@pytest.mark.parametrize(
    ("given_approvals", "missing"),
    [
        ([], 2),
        ([said(2)], 1),
        ([said(2), said(2, minute=5)], 1),  # one person twice
        ([said(2), said(2, Role.MANAGER)], 1),  # one person in two roles
        ([said(2), said(1)], 1),  # the author
        ([said(2), said(3, hash_=OLD_HASH)], 1),  # an older version
        ([said(2), said(3, voided=True)], 1),
        ([said(2), said(3, Role.ADMINISTRATOR)], 1),
        ([said(2), said(3, Role.SOCIAL_TEAM)], 1),
        ([said(2), said(3, Role.VIEWER)], 1),
        ([said(2, Role.EXECUTIVE)], 1),  # no override
        ([said(1, Role.EXECUTIVE), said(1, Role.EXECUTIVE, minute=1)], 2),
    ],
)
def test_anything_less_does_not(given_approvals: list[Approval], missing: int) -> None:
    result = standing(given_approvals, NOW_HASH, AUTHORS)
    assert not result.complete
    assert result.missing == missing


def test_whoever_wrote_the_current_version_is_an_author_too() -> None:
    assert not standing([said(2), said(3)], NOW_HASH, frozenset({1, 3})).complete


def test_an_edit_voids_what_was_signed_because_the_hash_is_another() -> None:
    assert standing([said(2), said(3)], OLD_HASH, AUTHORS).signed == ()


def test_the_last_word_of_a_person_counts() -> None:
    regretted = [said(2), said(3), said(2, decision=Decision.CHANGES, minute=1)]
    assert standing(regretted, NOW_HASH, AUTHORS).signed == (3,)
    convinced = [said(2, decision=Decision.CHANGES), said(3), said(2, minute=1)]
    assert standing(convinced, NOW_HASH, AUTHORS).complete
    assert standing(list(reversed(convinced)), NOW_HASH, AUTHORS).complete


@pytest.mark.parametrize("decision", [Decision.CHANGES, Decision.REJECT])
def test_an_objection_to_this_content_stands_in_the_way_of_any_number_of_signatures(decision: Decision) -> None:
    words = [said(4, decision=decision), said(2, minute=1), said(3, minute=2)]
    result = standing(words, NOW_HASH, AUTHORS)
    assert (result.missing, result.complete, result.objections) == (0, False, (4,))
    answered = [replace(words[0], content_hash=OLD_HASH), *words[1:]]
    assert standing(answered, NOW_HASH, AUTHORS).complete


def test_roles_and_decisions_as_the_database_gives_them_count_as_well() -> None:
    rows = [Approval(n, "manager", "approve", NOW_HASH, NOON) for n in (2, 3)]  # type: ignore[arg-type]
    assert standing(rows, NOW_HASH, AUTHORS).complete


LEGAL, EXEC, MANAGER = frozenset({Role.LEGAL}), frozenset({Role.EXECUTIVE}), frozenset({Role.MANAGER})


@pytest.mark.parametrize(
    ("tier", "roles", "complete", "missing"),
    [
        ((), [Role.PR, Role.PR], True, 0),
        ((MANAGER,), [Role.SOCIAL_LEAD, Role.SOCIAL_LEAD], False, 1),
        ((MANAGER,), [Role.SOCIAL_LEAD, Role.SOCIAL_LEAD, Role.MANAGER], True, 0),
        ((MANAGER,), [Role.MANAGER], False, 1),  # eases whose signature, never the number
        ((EXEC, LEGAL), [Role.EXECUTIVE, Role.LEGAL], True, 0),
        ((EXEC, LEGAL), [Role.EXECUTIVE, Role.EXECUTIVE], False, 1),
        ((EXEC, LEGAL), [Role.SOCIAL_LEAD, Role.PR], False, 2),
        ((MANAGER | LEGAL, MANAGER), [Role.MANAGER, Role.PR], False, 1),  # one signature meets one demand
        ((MANAGER | LEGAL, MANAGER), [Role.PR, Role.MANAGER], False, 1),
        ((MANAGER | LEGAL, MANAGER), [Role.MANAGER, Role.LEGAL], True, 0),  # whatever the order
        ((MANAGER, MANAGER | LEGAL), [Role.LEGAL, Role.MANAGER], True, 0),
        ((EXEC, LEGAL, MANAGER), [Role.EXECUTIVE, Role.LEGAL], False, 1),
    ],
)
def test_the_tier_says_whose_signatures(
    tier: tuple[frozenset[Role], ...], roles: list[Role], complete: bool, missing: int
) -> None:
    signed = [said(person, role) for person, role in enumerate(roles, start=2)]
    result = standing(signed, NOW_HASH, AUTHORS, tier)
    assert (result.complete, result.missing) == (complete, missing)


def test_the_page_learns_which_roles_are_still_wanted() -> None:
    assert standing([said(2, Role.LEGAL)], NOW_HASH, AUTHORS, (EXEC, LEGAL)).wanted == (EXEC,)


def test_a_category_names_its_roles() -> None:
    assert required_roles(["executive", "legal"]) == (EXEC, LEGAL)
    assert required_roles(["standard"]) == ()
    assert required_roles([]) == ()


@pytest.mark.parametrize("name", ["board", "administrator", "viewer", "social_team"])
def test_a_category_cannot_ask_for_a_signature_that_nobody_can_give(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        required_roles([name])


def ask(**changes):  # type: ignore[no-untyped-def]
    facts = {
        "person_id": 2,
        "role": Role.MANAGER,
        "author_ids": AUTHORS,
        "approvals": [],
        "content_hash": NOW_HASH,
        "state": State.IN_REVIEW,
        "seen_hash": NOW_HASH,
    }
    return refusal_to_sign(**(facts | changes))


def test_nothing_stands_in_the_way_of_a_proper_signature() -> None:
    assert ask() is None
    assert ask(approvals=[said(3)]) is None
    assert ask(approvals=[said(2, hash_=OLD_HASH)]) is None
    assert ask(approvals=[said(2, voided=True)]) is None
    assert ask(approvals=[said(2, decision=Decision.CHANGES)]) is None


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"person_id": 1}, "own_draft", "two other people"),
        ({"person_id": 3, "author_ids": frozenset({1, 3})}, "own_draft", "two other people"),
        ({"approvals": [said(2)]}, "already_signed", "somebody else"),
        ({"seen_hash": OLD_HASH}, "content_changed", "Read it again"),
        ({"state": State.SCHEDULED}, "wrong_state", "is scheduled"),
        ({"role": Role.ADMINISTRATOR}, "role_may_not_sign", "administrator"),
        ({"role": Role.SOCIAL_TEAM}, "role_may_not_sign", "social team"),
    ],
)
def test_each_reason_has_its_code_and_sentence(changes: dict[str, object], code: str, words: str) -> None:
    refused = ask(**changes)
    assert refused.codes == (code,)
    assert words in refused.message


def test_all_reasons_are_told_at_once() -> None:
    refused = ask(person_id=1, role=Role.VIEWER, state=State.WRITING, seen_hash=OLD_HASH)
    assert refused.codes == ("role_may_not_sign", "own_draft", "wrong_state", "content_changed")


@pytest.mark.parametrize("state", [state for state in State if state != State.IN_REVIEW])
def test_only_a_draft_in_review_is_signed(state: State) -> None:
    assert ask(state=state).codes == ("wrong_state",)


approvals_of_anybody = st.lists(
    st.builds(
        Approval,
        person_id=st.integers(1, 5),
        role=st.sampled_from(Role),
        decision=st.sampled_from(Decision),
        content_hash=st.sampled_from([NOW_HASH, OLD_HASH]),
        at=st.integers(0, 9).map(lambda minute: NOON + timedelta(minutes=minute)),
        voided=st.booleans(),
    ),
    max_size=10,
)


@given(approvals_of_anybody, st.frozensets(st.integers(1, 5)), st.sampled_from([(), (MANAGER,), (EXEC, LEGAL)]))
def test_complete_always_means_two_distinct_non_authors_of_the_tiers_roles_on_this_hash(
    words: list[Approval], authors: frozenset[int], tier: tuple[frozenset[Role], ...]
) -> None:
    result = standing(words, NOW_HASH, authors, tier)
    valid = [
        one
        for one in words
        if one.decision == OK
        and one.content_hash == NOW_HASH
        and not one.voided
        and one.role in SIGNERS
        and one.person_id not in authors
    ]
    assert set(result.signed) <= {one.person_id for one in valid}
    assert len(set(result.signed)) == len(result.signed)
    assert not (result.complete and result.missing)
    if result.complete:
        assert len(result.signed) >= 2
        counting = [one for one in valid if one.person_id in result.signed]
        pairs = itertools.permutations(counting, len(tier))
        assert any(
            len({one.person_id for one in pick}) == len(tier)
            and all(one.role in wanted for one, wanted in zip(pick, tier, strict=True))
            for pick in pairs
        )
