"""Relevance by nearness in meaning: what it can lift, what it cannot, and how often it agrees with a person."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bench.quality_relevance import agreement, pairs
from data.errors import StorageError
from scoring.contract import BrandProfile, Moment, Use
from scoring.meaning import nearness
from scoring.relevance import relevance

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
BRAND = BrandProfile(
    name="Pellwood",
    category="river banking",
    keywords=("pruning",),
    pain_points=("late delivery",),
    values=("patience",),
    never_list=("gambling",),
)
AXES = (("late", "delivery", "parcel", "courier"), ("patience", "waiting", "slow"), ("gambling", "casino", "chips"))


class ByWords:
    """A vector space of three subjects and of everything else: real distances, no model."""

    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        return [self._one(text.lower().split()) for text in texts]

    @staticmethod
    def _one(words: Sequence[str]) -> list[float]:
        counts = [float(sum(word in axis for word in words)) for axis in AXES]
        rest = float(len(words)) - sum(counts)
        length = math.sqrt(sum(count**2 for count in (*counts, rest))) or 1.0
        return [count / length for count in (*counts, rest)]


class Broken:
    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        raise RuntimeError("no weights")


def moment(topic: str, *texts: str) -> Moment:
    return Moment(topic, tuple(Use(text, NOON) for text in texts))


PARCELS = moment("parcel", "courier late", "parcel late courier", "delivery parcel")


def test_a_nameless_moment_is_lifted_to_the_trade_and_says_by_what() -> None:
    score = relevance(PARCELS, replace(BRAND, category="tea", pain_points=("courier delivery",)), ByWords())
    assert score.value == 8.0
    assert "«pain point: courier delivery» (1.00)" in score.why
    assert relevance(PARCELS, BRAND).value == 2.0


def test_a_value_is_worth_a_little_less_and_a_loose_tie_less_again() -> None:
    assert relevance(moment("waiting", "slow", "waiting slow", "slow"), BRAND, ByWords()).value == 7.0
    mixed = moment("tin", *["tin cup here now"] * 3, "slow")
    score = relevance(mixed, BRAND, ByWords())
    assert (score.value, "loose tie" in score.why) == (5.0, True)


def test_a_topics_name_alone_is_a_loose_tie_at_most() -> None:
    assert relevance(moment("parcel courier"), BRAND, ByWords()).value == 5.0


def test_names_win_and_only_they_reach_ten() -> None:
    assert relevance(moment("#pellwood", "casino chips", "casino"), BRAND, ByWords()).value == 10.0
    assert relevance(moment("pruning", "casino"), BRAND, Broken()).value == 10.0


def test_the_never_list_counts_by_its_meaning_too_where_it_is_plain() -> None:
    score = relevance(moment("casino night", "chips casino", "casino chips", "casino"), BRAND, ByWords())
    assert score.value == 1.0
    assert "never-list: gambling" in score.why
    assert "look before you go on" in score.why


def test_a_word_of_the_trade_in_another_sense_is_worth_a_word_in_passing() -> None:
    away = moment("river walk", "tin cup", "tin cup here", "here now")
    assert relevance(away, replace(BRAND, category="river parcel courier delivery")).value == 8.0
    score = relevance(away, replace(BRAND, category="river parcel courier delivery", keywords=()), ByWords())
    assert (score.value, "something else" in score.why) == (4.0, True)


def test_an_embedder_that_fails_leaves_the_names() -> None:
    assert relevance(PARCELS, BRAND, Broken()) == relevance(PARCELS, BRAND)
    assert nearness(PARCELS, BRAND, Broken()) == ()
    assert nearness(moment("parcel"), BrandProfile("Pellwood"), ByWords()) == ()


def test_names_alone_agree_with_a_person_as_often_as_the_docs_say() -> None:
    found = agreement(pairs())
    assert found.pairs == 95
    assert found.exact >= 32
    assert found.near >= 54


@pytest.mark.long
def test_meaning_agrees_with_a_person_far_more_often_on_brands_it_was_not_fitted_to() -> None:
    from scoring.encoder import Encoder

    try:
        embedder = Encoder()
    except StorageError as error:
        pytest.skip(f"the model's files are not here: {error.message}")
    held_out = [pair for pair in pairs() if pair.held_out]
    found = agreement(held_out, embedder)
    assert found.exact >= 22
    assert found.near >= 38
    assert found.forced <= 2
