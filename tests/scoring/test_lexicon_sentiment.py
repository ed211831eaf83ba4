"""How a text feels: the turns of ordinary speech."""

from __future__ import annotations

import pytest

from scoring.lexicon import LexiconScorer
from scoring.sentiment import mean


def feel(text: str) -> str:
    return LexiconScorer().score([text])[0].sentiment.label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I love this, absolutely wonderful work", "positive"),
        ("not good at all, terrible service", "negative"),
        ("The shop opens at nine on Monday", "neutral"),
        ("this is not bad, it is great", "positive"),
        ("Nice idea but the app is awful and useless", "negative"),
        ("😍🎉", "positive"),
        ("😡 worst delivery ever", "negative"),
        ("I don't like it, so disappointing", "negative"),
    ],
)
def test_labels(text: str, label: str) -> None:
    assert feel(text) == label


def test_an_intensifier_moves_the_shares() -> None:
    plain, strong = LexiconScorer().score(["good", "really good"])
    assert strong.sentiment.positive > plain.sentiment.positive


def test_the_mean_of_nothing_is_neutral_and_of_many_is_between() -> None:
    good, bad = (item.sentiment for item in LexiconScorer().score(["wonderful, love it", "horrible, hate it"]))
    assert mean([]).label == "neutral"
    assert bad.negative > mean([good, bad]).negative > good.negative
