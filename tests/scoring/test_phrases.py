"""The pattern language says what its docstring promises."""

from __future__ import annotations

import pytest

from scoring.phrases import PhraseBook, number, parse
from scoring.text import tokens


def found(pattern: str, text: str) -> bool:
    return bool(PhraseBook([(pattern, True)]).find(tokens(text)))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("attack~", "they attacked at dawn", True),
        ("attack~", "attacker", False),
        ("flood*", "flooding", True),
        ("flavo*r", "flavour and flavor", True),
        ("opened fire", "gunman opened fire", True),
        ("opened fire", "opened the fire door", False),
        ("crash .. dead", "crash on the coast road leaves two dead", False),
        ("crash .. dead", "crash leaves two men dead", True),
        ("crash .. dead", "a crash. Nobody dead", False),
        ("# dead", "twenty dead", True),
        ("# dead", "1,200 dead", True),
        ("# dead", "in 1998 dead", False),
        ("in the? dark", "in dark", True),
        ("kill|killed _ softly", "killed me softly", True),
    ],
)
def test_patterns(pattern: str, text: str, expected: bool) -> None:
    assert found(pattern, text) is expected


@pytest.mark.parametrize("pattern", ["", "..", "_ word", "the? word"])
def test_a_pattern_that_would_match_everywhere_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="must begin with a word"):
        parse(pattern)


@pytest.mark.parametrize(("word", "value"), [("12", 12), ("2k", 2000), ("dozens", 24), ("2019", None), ("9/11", None)])
def test_numbers_are_read_and_years_are_not(word: str, value: int | None) -> None:
    assert number(word) == value
