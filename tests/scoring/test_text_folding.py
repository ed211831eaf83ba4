"""Whatever people do to letters, the rules read the same words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.lexicon import LexiconScorer
from scoring.reference import load
from scoring.text import cut, fold, hashtag_words, stem, tokens

VOCABULARY = load().vocabulary


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("sho\u200bot\u2060ing", "shooting"),
        ("ｅａｒｔｈｑｕａｋｅ", "earthquake"),
        ("𝗸𝗶𝗹𝗹𝗲𝗱", "killed"),
        ("mаssасrе", "massacre"),  # four Cyrillic letters
        ("explósión", "explosion"),
        ("SHOOOOOTING", "shooting"),
        ("soft\u00adhyphen", "softhyphen"),
    ],
)
def test_disguised_words_are_read_as_what_they_look_like(written: str, read: str) -> None:
    assert tokens(written) == [read]


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("PrayForHarrow", ["pray", "for", "harrow"]),
        ("prayforlisbon", ["pray", "for", "lisbon"]),
        ("guiltyverdict", ["guilty", "verdict"]),
        ("prayforharrow", ["pray", "for", "harrow"]),
        ("harrowfire", ["harrow", "fire"]),
        ("therapist", ["therapist"]),
        ("BLM", ["blm"]),
        ("xqzzvw", ["xqzzvw"]),
    ],
)
def test_hashtags_are_cut_into_words(tag: str, words: list[str]) -> None:
    assert hashtag_words(tag, VOCABULARY) == words


def test_a_hashtag_without_known_words_costs_nothing_and_stays_whole() -> None:
    assert cut("z" * 5000, VOCABULARY) == ("z" * 5000,)


def test_links_and_names_of_people_are_not_words() -> None:
    assert tokens("see https://example.org/killed @bombfan now") == ["see", "now"]


def test_stems_let_plurals_meet() -> None:
    assert stem("cookies") == stem("cookie")
    assert stem("runners") == stem("runner")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_scored_without_an_error_and_within_bounds(text: str) -> None:
    verdict = LexiconScorer().score([text])[0]
    shares = (verdict.sentiment.negative, verdict.sentiment.neutral, verdict.sentiment.positive)
    assert abs(sum(shares) - 1) < 1e-3
    assert 0 <= verdict.tragedy.probability <= 0.99


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(fold(text))) == fold(fold(text))
