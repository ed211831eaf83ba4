"""Templates at work: what a moment forbids, and what an unfinished one still lacks."""

from __future__ import annotations

import pytest

import templates_library
from data.storage.store import Store
from tests import factory as f
from workflow.templating import offers, unfinished

FILLED = {"situation": "Lids that leak.", "help_offered": "A free seal for any jar.", "claim_file": "Test of May"}
TEXT = "Lids that leak. Here is something that may help: A free seal for any jar."


def told(text: str = TEXT, platform: str = "x", **fields: str) -> tuple[str, ...]:
    return unfinished(templates_library.load("rivals_trouble"), FILLED | fields, text, platform)


def test_a_finished_template_has_nothing_against_it() -> None:
    assert told() == ()


def test_every_missing_field_is_named_evidence_too() -> None:
    assert told(help_offered=" ", claim_file="") == (
        "Still to fill in: What we can do for them, Where the claim is proved.",
    )


def test_a_place_left_open_in_the_text_is_found_although_its_field_is_filled() -> None:
    assert "[What we can do for them]" in told("Here is something: [What we can do for them]")[0]


def test_a_disclosure_that_was_cut_out_is_asked_for() -> None:
    assert told(proof="9 of 10 stay tight.") == ("The text must say: “Figures from our own tests.”",)
    assert told(f"{TEXT} 9 of 10 stay tight. Figures from our own tests.", proof="9 of 10 stay tight.") == ()


def test_a_platform_that_nobody_agreed_to_is_refused() -> None:
    assert "was not agreed for Email" in told(platform="email")[0]


@pytest.mark.parametrize(
    ("topic", "category", "met"),
    [
        ("iced tea", "cultural_moment", ()),
        ("the boycott", "cultural_moment", ("boycott",)),
        ("iced tea", "breaking_political_social", ("politics",)),
    ],
)
def test_a_moment_meets_a_templates_forbidden_contexts(
    store: Store, topic: str, category: str, met: tuple[str, ...]
) -> None:
    f.team_in(store)
    opportunity = f.add_opportunity(store, f.add_alert(store, topic), category)
    with store.read() as tx:
        found = {offer.template.name: offer for offer in offers(tx, opportunity)}
    assert found["event_tie_in"].met == met
    assert bool(found["event_tie_in"].refusal) == bool(met)


def test_a_planned_post_may_begin_with_any_template(store: Store) -> None:
    with store.read() as tx:
        assert not any(offer.met for offer in offers(tx, None))
