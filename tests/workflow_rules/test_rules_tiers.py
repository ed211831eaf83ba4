"""Who must sign, as the table says it: what tightens, what eases, and that nothing gets below two people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.rules.approvals import Approval, Decision, required_roles, standing
from workflow.rules.roles import SIGNERS, Role
from workflow.rules.tiers import (
    NEVER_EASED,
    CategoryFact,
    TemplateFact,
    TierFacts,
    tier_for,
)

CULTURAL = CategoryFact("cultural_moment", "Cultural moment", ("social_lead",), (120, 1440))
VIRAL = CategoryFact("viral_moment", "A trend", ("manager",), (30, 360))
COMPLAINT = CategoryFact("complaint", "Complaints", ("customer_service_lead", "pr"), (15, 60))
POLITICS = CategoryFact("breaking_political_social", "Politics", ("executive", "legal"), None)
RIVAL = CategoryFact("competitor_action", "A competitor", ("manager", "legal"), (240, 2880))
LEAD_SIGNS = TemplateFact("holiday", "A holiday", ("social_lead",))
PLANNED = TierFacts((), (), (), (), False, None, None)
AT = datetime(2026, 3, 2, tzinfo=UTC)


def roles(facts: TierFacts) -> set[frozenset[str]]:
    return {frozenset(one) for one in tier_for(facts).tier}


def of(*names: str) -> set[frozenset[str]]:
    return {frozenset({name}) for name in names}


def test_a_planned_post_asks_for_nobody_in_particular() -> None:
    assert tier_for(PLANNED).tier == ()
    assert tier_for(PLANNED).reasons == ()


@pytest.mark.parametrize("category", [CULTURAL, VIRAL, COMPLAINT, POLITICS, RIVAL], ids=lambda one: one.key)
def test_the_category_is_the_base(category: CategoryFact) -> None:
    assert roles(replace(PLANNED, categories=(category,))) == of(*category.signers)


@pytest.mark.parametrize(
    ("change", "role", "said"),
    [
        ({"rivals": ("Moor & Vale",)}, "legal", "Legal must sign: it names a competitor (Moor & Vale)."),
        ({"comparing": ("cheaper than",)}, "legal", "Legal must sign: it compares (“cheaper than”)."),
        ({"regulated": True}, "legal", "Legal must sign: the brand's trade is regulated."),
        (
            {"verdict": "review"},
            "manager",
            "Manager or executive must sign: the verdict on the moment asks for a closer",
        ),
        (
            {"decision": "caution"},
            "manager",
            "Manager or executive must sign: two people scored the moment “with care”.",
        ),
        ({"media_kinds": ("image",)}, "social_lead", "Social lead or manager or PR must sign: it shows an image."),
    ],
)
def test_what_tightens_says_why(change: dict[str, object], role: str, said: str) -> None:
    needed = tier_for(replace(PLANNED, **change))  # type: ignore[arg-type]
    assert any(role in one for one in needed.tier)
    assert needed.reasons[0].startswith(said)


def test_a_clear_verdict_tightens_nothing() -> None:
    assert tier_for(replace(PLANNED, verdict="clear")).tier == ()


def test_a_demand_that_is_met_already_asks_for_nobody_more_but_is_still_said() -> None:
    needed = tier_for(replace(PLANNED, categories=(VIRAL,), verdict="review", media_kinds=("image", "image")))
    assert {frozenset(one) for one in needed.tier} == of("manager")
    assert len(needed.reasons) == 3


def test_the_template_for_other_makers_always_asks_legal() -> None:
    rivals = TemplateFact("rivals_trouble", "A hand", ("manager",), ("Its words were changed.",))
    assert roles(replace(PLANNED, categories=(VIRAL,), template=rivals)) == of("manager", "legal")


def test_a_template_within_its_guardrails_changes_whose_signatures() -> None:
    eased = replace(PLANNED, categories=(COMPLAINT,), template=LEAD_SIGNS)
    assert roles(eased) == of("social_lead")
    changed = replace(LEAD_SIGNS, outside=("Its words were changed.",))
    outside = replace(eased, template=changed)
    assert roles(outside) == of("customer_service_lead", "pr")
    assert "Its words were changed." in " ".join(tier_for(outside).notes)


def test_no_template_eases_politics() -> None:
    facts = replace(PLANNED, categories=(POLITICS,), template=LEAD_SIGNS)
    assert roles(facts) == of("executive", "legal")
    assert any("silence" in note for note in tier_for(facts).notes)


def test_the_reason_says_where_silence_is_the_usual_answer() -> None:
    facts = replace(PLANNED, categories=(VIRAL, POLITICS))
    assert tier_for(facts).reasons == (
        "Manager must sign: for a moment of the kind “A trend”.",
        "Executive must sign: for a moment of the kind “Politics”, where silence is the usual answer.",
        "Legal must sign: for a moment of the kind “Politics”, where silence is the usual answer.",
    )


def test_a_planned_post_from_a_template_asks_for_its_signers() -> None:
    assert roles(replace(PLANNED, template=LEAD_SIGNS)) == of("social_lead")


categories = st.lists(st.sampled_from([CULTURAL, VIRAL, COMPLAINT, POLITICS, RIVAL]), max_size=3, unique=True)
templates = st.none() | st.builds(
    TemplateFact,
    name=st.sampled_from(["holiday", "rivals_trouble"]),
    title=st.just("T"),
    signers=st.lists(st.sampled_from(sorted(SIGNERS)), min_size=1, max_size=2, unique=True).map(tuple),
    outside=st.sampled_from([(), ("Its words were changed.",)]),
)
anything = st.builds(
    TierFacts,
    categories=categories.map(tuple),
    media_kinds=st.sampled_from([(), ("image",), ("image", "video")]),
    rivals=st.sampled_from([(), ("Moor & Vale",)]),
    comparing=st.sampled_from([(), ("cheaper than",)]),
    regulated=st.booleans(),
    verdict=st.sampled_from([None, "clear", "review", "hold"]),
    template=templates,
    decision=st.sampled_from([None, "go", "caution"]),
)
signatures = st.lists(st.tuples(st.integers(1, 6), st.sampled_from(sorted(SIGNERS))), max_size=6)


def signed(given_by: list[tuple[int, Role]]) -> list[Approval]:
    return [Approval(person, Role(role), Decision.APPROVE, "h", AT) for person, role in given_by]


@settings(max_examples=150, deadline=None)
@given(anything, signatures)
def test_whatever_the_facts_two_different_people_sign(facts: TierFacts, given_by: list[tuple[int, Role]]) -> None:
    stands = standing(signed(given_by), "h", frozenset({1}), tier_for(facts).tier)
    if stands.complete:
        assert len(set(stands.signed)) >= 2
        assert 1 not in stands.signed


@settings(max_examples=150, deadline=None)
@given(anything, signatures)
def test_tightening_never_lets_a_role_go(facts: TierFacts, given_by: list[tuple[int, Role]]) -> None:
    """Whatever suffices with all that tightens suffices for the bare base: no demand gets easier to meet."""
    bare = replace(facts, media_kinds=(), rivals=(), comparing=(), regulated=False, verdict=None, decision=None)
    if facts.template is not None and facts.template.name == "rivals_trouble":
        bare = replace(bare, template=replace(facts.template, name="holiday"))
    with_all = standing(signed(given_by), "h", frozenset(), tier_for(facts).tier)
    if with_all.complete:
        present = {Role(role) for person, role in given_by if person in with_all.signed}
        assert all(one & present for one in tier_for(bare).tier)


@settings(max_examples=80, deadline=None)
@given(anything)
def test_easing_takes_only_the_category_and_never_politics(facts: TierFacts) -> None:
    roles_with = tier_for(facts).tier
    if any(one.key in NEVER_EASED for one in facts.categories):
        for role in required_roles(("executive", "legal")):
            assert any(one <= role for one in roles_with)
    if facts.rivals or facts.comparing or facts.regulated:
        assert any(one <= {Role.LEGAL} for one in roles_with)
