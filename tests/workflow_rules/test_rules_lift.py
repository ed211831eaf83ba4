"""Speaking against silence, on figures that were worked out by hand."""

from __future__ import annotations

import math

import pytest

from workflow.rules.lift import LEAST_EACH, Outcome, is_silent, lift


def outcomes(silent: bool, *afters: float, before: float = 99.0) -> list[Outcome]:
    return [Outcome(silent, before, after, spoke=not silent) for after in afters]


def test_a_draw_below_the_share_is_silent_and_one_at_it_is_not() -> None:
    assert [is_silent(draw, 0.2) for draw in (0.0, 0.19, 0.2, 0.99)] == [True, True, False, False]


@pytest.mark.parametrize(("draw", "share"), [(1.0, 0.2), (-0.1, 0.2), (0.1, 0.51), (math.nan, 0.2)])
def test_a_number_that_cannot_be_drawn_is_an_error(draw: float, share: float) -> None:
    with pytest.raises(ValueError, match="a draw of"):
        is_silent(draw, share)


def test_nothing_is_said_below_ten_moments_on_either_side() -> None:
    found = lift(outcomes(False, *[150.0] * 40) + outcomes(True, *[99.0] * (LEAST_EACH - 1)))
    assert (found.spoken, found.silent, found.lift, found.says, found.wanted) == (40, 9, None, False, None)


def test_twice_the_mentions_without_any_spread_is_a_lift_of_one() -> None:
    found = lift(outcomes(False, *[199.0] * 10) + outcomes(True, *[99.0] * 10))
    assert found.lift == pytest.approx(1.0)
    assert (found.low, found.high) == (pytest.approx(1.0), pytest.approx(1.0))


def test_the_interval_is_welchs_on_the_logarithm() -> None:
    """By hand: growth of ln 2 and ln 1 alternating against ln 1 and ln 0.5, five each of ten.

    Means differ by ln 2; each side's variance is (ln 2 / 2)^2 * 10 / 9, so the error is ln 2 / 3 * sqrt(0.5) and the
    degrees of freedom are 18, where t is 2.1009.
    """
    found = lift(outcomes(False, *[199.0, 99.0] * 5) + outcomes(True, *[99.0, 49.0] * 5))
    reach = 2.1009 * math.log(2) / 3 * math.sqrt(0.5)
    assert found.lift == pytest.approx(1.0)
    assert found.low == pytest.approx(math.exp(math.log(2) - reach) - 1, abs=1e-4)
    assert found.high == pytest.approx(math.exp(math.log(2) + reach) - 1, abs=1e-4)
    assert found.says


def test_a_difference_within_its_own_noise_says_nothing_but_how_many_it_would_take() -> None:
    noisy = [20.0, 400.0] * 6
    found = lift(outcomes(False, *noisy, 99.0) + outcomes(True, *noisy, 90.0))
    assert not found.says
    assert found.wanted is not None
    assert found.wanted > 500


def test_a_moment_spoken_about_all_the_same_counts_where_it_was_drawn() -> None:
    quiet = [*outcomes(True, *([99.0] * 9)), Outcome(True, 99.0, 199.0, spoke=True)]
    found = lift(outcomes(False, *[99.0] * 10) + quiet)
    assert (found.silent, found.kept_silent) == (10, 9)
    assert found.lift is not None
    assert found.lift < 0


def test_a_brand_that_nobody_mentioned_has_a_growth_too() -> None:
    found = lift(outcomes(False, *[0.0] * 10, before=0.0) + outcomes(True, *[0.0] * 10, before=0.0))
    assert found.lift == 0
