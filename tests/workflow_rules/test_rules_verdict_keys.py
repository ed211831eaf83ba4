"""What outlives a new verdict: its words, a person's choice of category, and for signatures a cleared moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scoring.wrong_approaches import APPROACHES
from workflow.rules.verdict_keys import PLANNED, UNJUDGED, Said, answers_count, key_of, signature_counts

CLEAR = Said("clear", ("uses",), "cultural_moment", ())
REVIEW = Said("review", ("news", "political"), "cultural_moment", ("politics",))
HOLD = replace(REVIEW, label="hold", wrong_approaches=("politics", "tragedy"))

MOVES = [
    # given to, now, answers count, signature counts
    (CLEAR, CLEAR, True, True),
    (REVIEW, replace(REVIEW, codes=("political", "news", "news")), True, True),
    (CLEAR, replace(CLEAR, codes=("anything",)), True, True),
    (CLEAR, REVIEW, False, False),
    (REVIEW, HOLD, False, False),
    (HOLD, REVIEW, False, False),
    (REVIEW, replace(REVIEW, codes=("news", "death")), False, False),
    (REVIEW, CLEAR, False, True),
    (HOLD, CLEAR, False, True),
    (HOLD, replace(CLEAR, wrong_approaches=("politics",)), False, True),
    (HOLD, replace(CLEAR, wrong_approaches=("tragedy",)), False, True),
    (HOLD, replace(CLEAR, wrong_approaches=("tragedy", "understaffed")), False, False),
    (REVIEW, replace(CLEAR, category="viral_moment"), False, False),
    (REVIEW, replace(CLEAR, wrong_approaches=("politics",)), False, True),
    (REVIEW, replace(CLEAR, wrong_approaches=("understaffed",)), False, False),
    (CLEAR, replace(CLEAR, category="viral_moment"), False, False),
    (CLEAR, replace(CLEAR, chosen=True, category="viral_moment"), True, True),
    (CLEAR, replace(REVIEW, chosen=True), False, False),
    (replace(CLEAR, chosen=True), CLEAR, False, False),
    (CLEAR, replace(CLEAR, wrong_approaches=("understaffed",)), False, False),
]


@pytest.mark.parametrize(("given", "now", "answers", "signature"), MOVES)
def test_what_a_move_leaves(given: Said, now: Said, answers: bool, signature: bool) -> None:
    assert answers_count(key_of(given), key_of(now)) is answers
    assert signature_counts(key_of(given), key_of(now)) is signature


@pytest.mark.parametrize("other", [key_of(CLEAR), key_of(REVIEW), UNJUDGED])
def test_what_was_given_before_there_were_keys_counts_only_without_a_moment(other: str) -> None:
    assert signature_counts(PLANNED, PLANNED)
    assert answers_count(PLANNED, PLANNED)
    for one, two in ((PLANNED, other), (other, PLANNED), (UNJUDGED, key_of(CLEAR))):
        assert not signature_counts(one, two)
        assert not answers_count(one, two)


def test_every_key_fits_its_column_and_tells_the_wrong_approaches_apart() -> None:
    every = tuple(one.key for one in APPROACHES)
    assert len(key_of(replace(HOLD, wrong_approaches=(*every, *"abcdefgh")))) <= 64
    assert len(key_of(replace(HOLD, wrong_approaches=(*every, *"abcdefgh"))).split(".")[3]) == 30
    assert len({key_of(replace(CLEAR, wrong_approaches=(key,))) for key in every}) == len(every)


def test_a_key_that_was_kept_is_read_by_every_later_release() -> None:
    """Keys lie beside signatures and answers: another form of them would take every one of those away."""
    assert key_of(CLEAR) == "clear.ba26b7eb.0."
    assert key_of(replace(CLEAR, chosen=True)) == "clear.chosen.0."
    assert key_of(HOLD) == "hold.ba26b7eb.b65a4f9b953f.0bf1a1"
