"""Filling a template in: nothing a person types may break it, and nothing missing may go unnamed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import templates_library
from templates_library.render import forbidden_by, render

HOLIDAY = templates_library.load("holiday")
RIVALS = templates_library.load("rivals_trouble")
SERVICE = templates_library.load("service_issue")
VALUES = {"greeting": "Happy first rain!", "activity": "mending jackets for free", "reader": "Ingrid"}


def test_the_text_holds_the_values_and_no_gap_for_what_is_optional() -> None:
    rendered = render(HOLIDAY, VALUES)
    assert rendered.text == "Happy first rain! We are keeping it by mending jackets for free."
    assert rendered.ready


def test_missing_fields_are_named_with_their_labels() -> None:
    rendered = render(HOLIDAY, {"greeting": "Happy first rain!", "activity": "   "})
    assert [field.label for field in rendered.missing] == ["What we are doing", "Who keeps this day and has read it"]
    assert "[What we are doing]" in rendered.text


def test_a_disclosure_comes_with_what_it_discloses_and_only_once() -> None:
    assert render(HOLIDAY, VALUES | {"offer": "10 % off."}).text.endswith("10 % off. Terms on our site.")
    twice = render(HOLIDAY, VALUES | {"offer": "10 % off, terms on our site."}).text
    assert twice.casefold().count("terms on our site.") == 1
    assert "own tests" not in render(RIVALS, {"situation": "a", "help_offered": "b"}).text


def test_a_field_too_long_is_reported_with_the_excess() -> None:
    rendered = render(HOLIDAY, VALUES | {"greeting": "x" * 73})
    assert rendered.problems == ("The greeting: 3 characters too long (70 at most).",)


@pytest.mark.parametrize("hidden", ["\u202e", "\x00", "\x1b", "\u2067"])
def test_marks_that_hide_or_turn_text_are_reported(hidden: str) -> None:
    assert "invisible" in render(HOLIDAY, VALUES | {"greeting": f"Hi{hidden}!"}).problems[0]


def test_unknown_fields_and_variants_are_reported() -> None:
    problems = render(HOLIDAY, VALUES | {"joke": "x"}, variant="sung").problems
    assert len(problems) == 2
    assert "sung" in problems[0]
    assert "joke" in problems[1]


def test_a_variant_asks_only_for_what_it_uses() -> None:
    rendered = render(SERVICE, {"acknowledgement": "The zip fails.", "action": "We replace it."}, "everyone")
    assert rendered.ready
    assert rendered.text.startswith("To everybody")


@pytest.mark.parametrize("nasty", ["{0}", "{reader}", "{x.__class__}", "{greeting.__init__}", "{", "}}", r"\1", "%s"])
def test_braces_in_a_value_stay_what_they_are(nasty: str) -> None:
    rendered = render(HOLIDAY, VALUES | {"greeting": nasty})
    assert rendered.text == f"{nasty} We are keeping it by mending jackets for free."
    assert rendered.ready


@given(st.text(max_size=70), st.text(max_size=110))
def test_any_text_survives_untouched(greeting: str, activity: str) -> None:
    rendered = render(HOLIDAY, VALUES | {"greeting": greeting, "activity": activity})
    assert (greeting.strip() or "[The greeting]") in rendered.text
    assert (activity.strip() or "[What we are doing]") in rendered.text


@pytest.mark.parametrize(
    ("contexts", "met"),
    [
        (["official_alert"], ("official_alert",)),
        (["Official Alert: gale"], ("official_alert",)),
        (["FLOOD watch for the valley"], ("flood",)),
        (["floodlights at the stadium"], ()),
        (["a storm  warning is in force"], ("storm warning",)),
        ([], ()),
    ],
)
def test_forbidden_contexts_are_met_as_codes_and_as_whole_words(contexts: list[str], met: tuple[str, ...]) -> None:
    assert forbidden_by(templates_library.load("mild_weather"), contexts) == met
