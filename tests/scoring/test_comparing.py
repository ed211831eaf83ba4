"""A competitor by name, or words that compare: found however they are written, and not in every other sentence."""

from __future__ import annotations

import pytest

from scoring.comparing import comparing_words, competitors_named

RIVALS = ("Moor & Vale", "Zo")


@pytest.mark.parametrize(
    "text",
    [
        "Kinder than MOOR & VALE.",
        "moor and vale's new blend",
        "Hi @MoorVale!",
        "#moorvale is at it again",
        "see https://moor-vale.example/tea",
        "Ⅿoor & Vale",
    ],
)
def test_a_competitor_is_found_however_it_is_written(text: str) -> None:
    assert competitors_named(text, RIVALS) == ("Moor & Vale",)


@pytest.mark.parametrize("text", ["A walk on the moor, then down the vale", "Zoology for beginners", "Patience."])
def test_other_words_name_nobody(text: str) -> None:
    assert competitors_named(text, RIVALS) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Fresher than any other brand",
        "Unlike others, we wait",
        "Besser als die Konkurrenz",
        "Número uno",
        "moins cher que",
    ],
)
def test_comparing_words_are_found(text: str) -> None:
    assert comparing_words(text)


@pytest.mark.parametrize(
    "text", ["Better than a rainy day", "As patient as you are.", "England vs France", "One more cup"]
)
def test_plain_words_compare_nothing(text: str) -> None:
    assert comparing_words(text) == ()
