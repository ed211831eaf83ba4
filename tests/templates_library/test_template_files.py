"""Every template file keeps the contract, and a wrong file is refused with a sentence that names the field."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import templates_library
from data.errors import BadInput
from data.reference import playbooks
from data.reference.characters import count_characters
from templates_library import Template
from templates_library.render import forbidden_by, is_due_for_review, render

NAMES = templates_library.discover()
SCENARIOS = {
    "benign_mistake": {"social_lead"},
    "event_tie_in": {"social_lead"},
    "mild_weather": {"social_lead"},
    "industry_news": {"manager"},
    "customer_story": {"social_lead", "legal"},
    "launch_countdown": {"manager", "pr"},
    "rivals_trouble": {"manager", "legal"},
    "holiday": {"social_lead"},
    "trending_hashtag": {"manager"},
    "service_issue": {"customer_service_lead", "pr"},
}
GOOD = """
name: tiny
title: Tiny
when_to_use: For a test
framework: "{what} {extra}"
fields:
  - {name: what, label: What, help: What it is, required: true, max_length: 10}
  - {name: extra, label: Extra, help: More of it, required: false, max_length: 10}
signers: [social_lead]
guardrails: [Be kind]
forbidden_contexts: [tragedy]
disclosures: []
image_types: [none]
channels: [x]
approved_on: 2026-01-01
review_date: 2026-04-01
"""


def longest(template: Template) -> dict[str, str]:
    """Every field filled to its brim."""
    return {field.name: "w" * field.max_length for field in template.fields}


def test_the_guides_ten_scenarios_are_here() -> None:
    assert set(SCENARIOS) <= set(NAMES)


@pytest.mark.parametrize(("name", "signers"), SCENARIOS.items())
def test_the_guides_chain_of_approval_is_kept(name: str, signers: set[str]) -> None:
    assert set(templates_library.load(name).signers) == signers


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_template_names_every_required_field_by_its_label(name: str) -> None:
    template = templates_library.load(name)
    blank = render(template, {})
    assert {f.name for f in blank.missing} >= {f.name for f in template.fields if f.evidence and f.required}
    assert not blank.ready
    for field in blank.missing:
        assert field.evidence or f"[{field.label}]" in blank.text
    assert "{" not in blank.text


@pytest.mark.parametrize("name", NAMES)
def test_a_filled_template_is_ready_and_keeps_its_evidence_to_itself(name: str) -> None:
    template = templates_library.load(name)
    values = {field.name: f"value of {field.name}"[: field.max_length] for field in template.fields}
    for variant in (None, *template.variants):
        rendered = render(template, values, variant)
        assert rendered.ready, rendered
        assert "[" not in rendered.text
        assert not any(values[field.name] in rendered.text for field in template.fields if field.evidence)


@pytest.mark.parametrize("name", NAMES)
def test_its_channels_have_playbooks_and_its_shortest_form_fits_the_first(name: str) -> None:
    template = templates_library.load(name)
    books = playbooks()
    assert set(template.channels) <= set(books)
    book = books[template.channels[0]]
    text = render(template, longest(template)).text
    assert book.text_limit is None or count_characters(book, text) <= 1.6 * book.text_limit, "fields invite too much"


@pytest.mark.parametrize("name", NAMES)
def test_tragedy_and_official_alerts_forbid_it_and_the_guide_has_it_reviewed_each_quarter(name: str) -> None:
    template = templates_library.load(name)
    assert forbidden_by(template, ["tragedy", "official_alert"]) == ("tragedy", "official_alert")
    assert template.review_date - template.approved_on <= timedelta(days=92)
    assert is_due_for_review(template, template.review_date)
    assert not is_due_for_review(template, template.review_date - timedelta(days=1))


def test_a_dropped_file_is_found_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(GOOD)
    assert templates_library.discover(tmp_path) == ("tiny",)
    assert render(templates_library.load("tiny", tmp_path), {"what": "Rain"}).text == "Rain"


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (GOOD.replace("[social_lead]", "[intern]"), "signers.0"),
        (GOOD.replace("{what}", "{what.__class__}"), "bare field name"),
        (GOOD.replace("{what}", "{what!r}"), "bare field name"),
        (GOOD.replace("{extra}", "{ghost}"), "ghost"),
        (GOOD.replace("{name: extra", "{name: what"), "share a name"),
        (GOOD.replace("2026-04-01", "2025-04-01"), "review_date"),
        (GOOD.replace("disclosures: []", "disclosures: [{text: Ad, when: ghost}]"), "ghost"),
        (GOOD.replace("name: tiny", "name: huge"), "same name"),
        (GOOD.replace("channels: [x]", ""), "channels"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_field(tmp_path: Path, broken: str, named: str) -> None:
    (tmp_path / "tiny.yaml").write_text(broken)
    with pytest.raises(BadInput) as refused:
        templates_library.load("tiny", tmp_path)
    assert refused.value.message.startswith("tiny.yaml")
    assert named in refused.value.message


@pytest.mark.parametrize("name", ["missing", "../checklists/pre_publish", "", "holiday.yaml"])
def test_an_unknown_name_is_a_sentence_and_reads_no_other_file(name: str) -> None:
    with pytest.raises(BadInput, match="There is no template"):
        templates_library.load(name)
