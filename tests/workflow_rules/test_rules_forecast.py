"""The forecast: silent with little history, exact where growth is exact, and its interval holds what it promises."""

from __future__ import annotations

from math import exp
from random import Random

import pytest

from workflow.rules.forecast import LEAST_POSTS, forecast


def test_below_twenty_posts_it_says_nothing() -> None:
    found = forecast(100, [(10, 100)] * (LEAST_POSTS - 1))
    assert (found.speaks, found.history, found.low) == (False, LEAST_POSTS - 1, None)
    assert forecast(100, [(10, 100)] * LEAST_POSTS).speaks


def test_posts_that_always_grow_tenfold_are_told_exactly() -> None:
    past = [(n, 10 * (n + 1) - 1) for n in range(10, 40)]
    found = forecast(99, past)
    assert (found.model, found.expected) == ("ratio", pytest.approx(999.0))
    assert (found.low, found.high) == (pytest.approx(999.0), pytest.approx(999.0))


def test_posts_that_always_end_alike_are_told_so_whatever_the_hour_said() -> None:
    assert forecast(3, [(n, 500) for n in range(1, 31)]).expected == pytest.approx(500.0)


def test_it_never_tells_less_than_there_is() -> None:
    found = forecast(5_000, [(n, 500 + n) for n in range(1, 31)])
    assert found.low is not None
    assert found.low >= 5_000


def test_four_in_five_outcomes_lie_inside() -> None:
    chance = Random(7)
    inside = 0
    for _ in range(300):
        past = [_one(chance) for _ in range(40)]
        now, after = _one(chance)
        found = forecast(now, past)
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= after <= found.high
    assert 0.75 <= inside / 300 <= 0.90


def _one(chance: Random) -> tuple[int, int]:
    early = round(exp(chance.gauss(4, 1)))
    return early, round(early * exp(chance.gauss(1.5, 0.5)))
