"""What ten uses say together: grief among jokes stops a topic, jokes in violent words and one stray dark use do not."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest

from scoring.context import climate, level_of, topic_verdict
from scoring.contract import Reason, Sentiment, TextVerdict, Tragedy, TragedyVerdict, Use
from scoring.lexicon import label_of
from scoring.model_scorer import ModelScorer
from scoring.safety import SCORER_FAILED

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
JOKES = (
    "that was a massacre, six nil and they still booed",
    "I'm dead 😂",
    "this meeting is killing me",
    "he murdered that solo",
    "leg day killed me, stairs are my enemy",
    "my phone died again",
    "this sauce is a war crime",
    "die hard is a christmas film",
    "killer pass for the fifth",
    "dying to see you",
)
CONDOLENCES = (
    "Rest in peace to the two boys who drowned in the lake",
    "Heartbroken. Five people killed in the crash on our road",
    "Our condolences to the families of those who died in the fire",
)


def read(*levels: float) -> str:
    verdicts = [
        TextVerdict(Sentiment("neutral", 0, 1, 0), TragedyVerdict(label_of(level), level, ())) for level in levels
    ]
    uses = [Use(f"use {number}", NOW) for number in range(len(levels))]
    return topic_verdict(climate(uses, verdicts)).label.value


@lru_cache(maxsize=1)
def shipped() -> ModelScorer:
    return ModelScorer()


def said(*texts: str) -> Tragedy:
    return topic_verdict(climate([Use(text, NOW) for text in texts], shipped().score(texts))).label


def test_jokes_in_violent_words_leave_a_topic_clear_and_three_condolences_among_them_stop_it() -> None:
    assert said(*JOKES) is Tragedy.CLEAR
    assert said(*JOKES[:7], *CONDOLENCES) is not Tragedy.CLEAR
    assert said(*JOKES[:9], CONDOLENCES[0]) is Tragedy.CLEAR


@pytest.mark.parametrize(
    ("levels", "label"),
    [
        ((0.99, *[0.02] * 9), "clear"),  # one stray dark use
        ((0.99, *[0.2] * 9), "clear"),  # the same among uses that nobody is sure of
        ((0.95, 0.9, 0.8, *[0.02] * 7), "review"),
        ((0.99, 0.99, *[0.02] * 8), "review"),
        ((0.5, 0.5, *[0.02] * 8), "clear"),  # two doubts are not two dark uses
        ((0.95, 0.9, 0.9, 0.9, 0.8, 0.8, *[0.1] * 4), "hold"),
        ((), "clear"),
        ((0.99,), "clear"),  # few uses: one is no reason
        ((0.9, 0.9), "review"),  # what two of them say is
        ((0.9, 0.9, 0.8), "hold"),
        ((0.3, 0.3, 0.02), "clear"),
        ((*[0.95] * 20, *[0.02] * 180), "clear"),  # a tenth of a broad topic
        ((*[0.95] * 60, *[0.02] * 140), "review"),
    ],
)
def test_what_uses_come_to(levels: tuple[float, ...], label: str) -> None:
    assert read(*levels) == label


def test_the_order_of_uses_says_nothing_and_a_darker_use_never_makes_a_topic_lighter() -> None:
    assert level_of([0.1, 0.5, 0.9]) == pytest.approx(level_of([0.9, 0.1, 0.5]))
    assert level_of([0.1, 0.6, 0.9]) > level_of([0.1, 0.5, 0.9])
    assert (level_of([]), round(level_of([1.0, 0.0]), 2)) == (0.0, 0.7)


def test_a_use_that_could_not_be_judged_is_no_evidence_here() -> None:
    lost = TextVerdict(
        Sentiment("neutral", 0, 1, 0), TragedyVerdict(Tragedy.REVIEW, 0.5, (Reason(SCORER_FAILED, "Lost."),))
    )
    air = climate([Use("a", NOW)] * 10, [lost] * 10)
    assert (air.touched, topic_verdict(air).label) == (0, Tragedy.CLEAR)


def test_the_topics_the_rule_was_chosen_on_are_whole() -> None:
    import yaml

    told = yaml.safe_load(Path("scoring/training/topics.yaml").read_text(encoding="utf-8"))
    assert len({one["name"] for one in told}) == len(told) == 168
    assert sum(one["tragic"] for one in told) == 84
    assert all(len(one["items"]) == 10 and all(text.strip() for text in one["items"]) for one in told)
