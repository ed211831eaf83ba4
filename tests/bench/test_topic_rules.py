"""The arithmetic by which the rule for topics was chosen."""

from __future__ import annotations

import pytest

from bench.topic_rules import RULES, cross_validated, cut_for, harmless_stopped

APART = [(number / 10, number >= 5) for number in range(10)]


def test_a_cut_lies_between_what_it_parts() -> None:
    assert cut_for(APART) == pytest.approx(0.45)
    assert cut_for([*APART, (0.05, True)]) == pytest.approx(0.45)  # one that no cut can reach moves nothing


def test_a_cut_is_tried_on_topics_it_was_not_found_on() -> None:
    many = [(value + step / 1000, tragic) for value, tragic in APART for step in range(5)]
    assert cross_validated(many)[0] > 0.97
    assert cross_validated(many)[1] < 0.03
    found, false = cross_validated([(0.5 + step / 1000, step % 2 == 0) for step in range(40)])
    assert found < 0.9  # nothing to learn here, and nothing learnt
    assert false > 0.1


def test_what_missing_none_would_cost_is_counted() -> None:
    assert [harmless_stopped([*APART, (0.25, True)], missed) for missed in (0, 1)] == [2, 0]


@pytest.mark.parametrize("name", RULES)
def test_every_rule_finds_grief_darker_than_small_talk(name: str) -> None:
    assert RULES[name]([0.95, 0.9, 0.8, *[0.05] * 7]) > RULES[name]([0.3, *[0.05] * 9])
