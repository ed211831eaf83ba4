"""A judge that is loaded late and remembers: once for each text, in order, and never silent about a failure."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from data.errors import StorageError
from scoring.contract import Sentiment, TextVerdict, Tragedy, TragedyVerdict
from scoring.remembering import UNAVAILABLE, Remembering
from scoring.safety import failed, score_safely


class Counting:
    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        self.asked += texts
        return [
            TextVerdict(Sentiment("neutral", 0, 1, 0), TragedyVerdict(Tragedy.CLEAR, len(text) / 100)) for text in texts
        ]

    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        self.asked += texts
        return [(float(len(text)),) for text in texts]


def test_each_text_is_asked_once_and_answers_stay_in_order() -> None:
    judge = Counting()
    remembering = Remembering(lambda: judge)
    first = remembering.score(["a", "bb", "a", "ccc"])
    second = remembering.score(["ccc", "a", "dddd"])
    assert judge.asked == ["a", "bb", "ccc", "dddd"]
    assert [verdict.tragedy.probability for verdict in first] == [0.01, 0.02, 0.01, 0.03]
    assert [verdict.tragedy.probability for verdict in second] == [0.03, 0.01, 0.04]


def test_vectors_are_remembered_apart_from_verdicts() -> None:
    judge = Counting()
    remembering = Remembering(lambda: judge)
    remembering.score(["a"])
    assert remembering.embed(["a", "a"]) == [(1.0,), (1.0,)]
    assert judge.asked == ["a", "a"]


def test_nothing_is_loaded_before_somebody_asks() -> None:
    made: list[Counting] = []
    remembering = Remembering(lambda: made.append(Counting()) or made[-1])  # type: ignore[func-returns-value]
    assert made == []
    remembering.score(["a"])
    remembering.score(["b"])
    assert len(made) == 1


@pytest.mark.parametrize("error", [StorageError("A file is missing."), KeyError("sha256"), RuntimeError("protobuf")])
def test_a_judge_that_cannot_be_loaded_means_review_and_is_tried_again(error: Exception) -> None:
    broken = [True]

    def make() -> Counting:
        if broken[0]:
            raise error
        return Counting()

    remembering = Remembering(make, again_after=0)
    verdict = score_safely(remembering, ["a"])[0]
    assert (remembering.name, verdict.tragedy.label, failed(verdict)) == (UNAVAILABLE, Tragedy.REVIEW, True)
    broken[0] = False
    assert score_safely(remembering, ["a"])[0].tragedy.label is Tragedy.CLEAR
    assert remembering.name == "counting"


def test_a_judge_that_takes_a_minute_to_fail_is_not_asked_at_every_text() -> None:
    tried: list[int] = []

    def make() -> Counting:
        tried.append(1)
        raise StorageError("The hub does not answer.")

    remembering = Remembering(make)
    labels = [score_safely(remembering, [text])[0].tragedy.label for text in "abc"]
    assert (labels, remembering.name, len(tried)) == ([Tragedy.REVIEW] * 3, UNAVAILABLE, 1)
