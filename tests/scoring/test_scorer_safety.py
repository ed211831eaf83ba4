"""A judge that fails never means "clear"."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence

import pytest

from scoring.contract import Sentiment, TextVerdict, Tragedy, TragedyVerdict
from scoring.lexicon import LexiconScorer
from scoring.safety import failed, score_safely
from scoring.serialise import verdict_as_dict

CLEAR = TextVerdict(Sentiment("neutral", 0.0, 1.0, 0.0), TragedyVerdict(Tragedy.CLEAR, 0.0))


class Scripted:
    """A scorer that does what a test tells it to."""

    name = "scripted"

    def __init__(self, act: Callable[[Sequence[str]], list[TextVerdict]]) -> None:
        self._act = act

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        return self._act(texts)


def broken(texts: Sequence[str]) -> list[TextVerdict]:
    raise RuntimeError("weights are gone")


def odd(probability: float) -> TextVerdict:
    return TextVerdict(CLEAR.sentiment, TragedyVerdict(Tragedy.CLEAR, probability))


def test_a_scorer_that_raises_yields_review_and_logs_the_cause(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        verdicts = score_safely(Scripted(broken), ["one", "two"])
    assert [verdict.tragedy.label for verdict in verdicts] == [Tragedy.REVIEW, Tragedy.REVIEW]
    assert all(failed(verdict) for verdict in verdicts)
    assert "weights are gone" in caplog.text


@pytest.mark.parametrize("wrong", [[], [CLEAR], [CLEAR, CLEAR, CLEAR]])
def test_the_wrong_number_of_verdicts_yields_review(wrong: list[TextVerdict]) -> None:
    verdicts = score_safely(Scripted(lambda texts: wrong), ["one", "two"])
    assert len(verdicts) == 2
    assert all(failed(verdict) for verdict in verdicts)


@pytest.mark.parametrize("number", [math.nan, math.inf, -0.1, 1.5])
def test_a_number_that_is_none_yields_review_for_that_text_alone(number: float) -> None:
    verdicts = score_safely(Scripted(lambda texts: [CLEAR, odd(number)]), ["one", "two"])
    assert [failed(verdict) for verdict in verdicts] == [False, True]


def test_no_texts_ask_nobody() -> None:
    assert score_safely(Scripted(broken), []) == []


def test_the_dictionary_has_the_shape_that_other_programs_read() -> None:
    verdict = LexiconScorer().score(["Bombs exploded in the station, dozens dead"])[0]
    told = verdict_as_dict("a1", verdict)
    assert set(told) == {"id", "sentiment", "tragedy"}
    assert set(told["sentiment"]) == {"label", "negative", "neutral", "positive"}
    assert set(told["tragedy"]) == {"label", "probability", "reasons"}
    assert told["tragedy"]["label"] == "hold"
    assert all(isinstance(reason, str) for reason in told["tragedy"]["reasons"])
