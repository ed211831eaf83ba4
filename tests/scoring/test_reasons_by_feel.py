"""Whoever is stopped by feel alone is told by what: words that tell, or that it is the sentence as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from scoring.contract import BY_FEEL, Tragedy
from scoring.encoder import Encoder, Seen
from scoring.model_scorer import AS_A_WHOLE, ModelScorer


class Reads:
    """An encoder that has read every text the same way."""

    version = "0"

    def __init__(self, words: tuple[tuple[str, float], ...]) -> None:
        self.seen = Seen((0.9, 0.1, 0.0), (0.0, 0.02, 0.98), words)

    def read(self, texts: Sequence[str]) -> list[Seen]:
        return [self.seen for _ in texts]


def reasons(words: tuple[tuple[str, float], ...], text: str = "And then he was no more, she said.") -> tuple[str, ...]:
    [verdict] = ModelScorer(cast(Encoder, Reads(words))).score([text])
    assert verdict.tragedy.label is Tragedy.HOLD
    return tuple(reason.text for reason in verdict.tragedy.reasons)


@pytest.mark.parametrize("words", [(), (("then", 2.0),), (("no", 2.0), ("more,", 1.0), ("said.", 0.4))])
def test_filler_words_are_no_reason_and_it_is_the_sentence_then(words: tuple[tuple[str, float], ...]) -> None:
    assert reasons(words) == (AS_A_WHOLE.text,)
    assert (AS_A_WHOLE.code, AS_A_WHOLE.evidence) == (BY_FEEL, "")


def test_telling_words_are_named_without_the_fillers_beside_them() -> None:
    assert reasons((("then", 3.0), ("gone", 2.0))) == ("The words that weighed most: “gone”.",)


def test_a_word_on_the_lists_is_reason_enough() -> None:
    told = reasons((), "Three people were killed in a fire")
    assert told
    assert AS_A_WHOLE.text not in told
