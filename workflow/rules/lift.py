"""What speaking is worth, against silence: a random share of go moments is left alone, and the two are compared.

Pure arithmetic. What is compared is how much more (or less) the brand was talked about in the day after the decision
than it usually is on such a day; silence is measured by the same ruler, which engagement could not be. A moment counts
where the draw put it, whatever people did afterwards (intention to treat), or the comparison would only tell which
moments people found worth the effort.

The guide asks for a lift of 15 to 25 % before a programme pays for itself, and names no way to measure one; the method
and its bounds are ours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance

# A share above a half would be a team that is paid to be silent (ours).
MOST_SHARE = 0.5
# Below so many moments on either side nothing is said (ours): one loud day would be the whole result.
LEAST_EACH = 10
# The guide's least lift that pays for the smallest programme: what a test should be able to see.
WORTH_SEEING = 0.15
CONFIDENCE, POWER = 0.95, 0.80


@dataclass(frozen=True)
class Outcome:
    """One drawn moment. `before`: mentions on a usual day like it; `after`: in the day after the decision.

    `spoke`: something about it was published. It changes no figure; it is told.
    """

    silent: bool
    before: float
    after: float
    spoke: bool


@dataclass(frozen=True)
class Lift:
    """Speaking against silence. `lift`, `low`, `high` are shares (0.2: a fifth more mentions) at 95 % confidence.

    None while there are too few moments. `wanted` is how many on each side would show a lift of 15 %, at the spread
    seen so far; None while that cannot be told.
    """

    spoken: int
    silent: int
    kept_silent: int
    lift: float | None
    low: float | None
    high: float | None
    wanted: int | None

    @property
    def says(self) -> bool:
        """Whether the interval lies on one side of nothing at all."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def is_silent(draw: float, share: float) -> bool:
    """Whether a moment with this draw in [0, 1) is left alone. ValueError where a number cannot be one."""
    if not 0 <= draw < 1 or not 0 <= share <= MOST_SHARE:
        raise ValueError(f"a draw of {draw} at a share of {share}")
    return draw < share


def lift(outcomes: Sequence[Outcome]) -> Lift:
    """The comparison. Growth is taken as a logarithm, so that twice as much and half as much weigh the same."""
    spoken = [_growth(one) for one in outcomes if not one.silent]
    silent = [_growth(one) for one in outcomes if one.silent]
    kept = sum(one.silent and not one.spoke for one in outcomes)
    if min(len(spoken), len(silent)) < LEAST_EACH:
        return Lift(len(spoken), len(silent), kept, None, None, None, None)
    middle = fmean(spoken) - fmean(silent)
    shares = variance(spoken) / len(spoken), variance(silent) / len(silent)
    error = math.sqrt(sum(shares))
    reach = error * _t(CONFIDENCE, _freedom(shares, (len(spoken), len(silent)))) if error else 0.0
    low, high = math.expm1(middle - reach), math.expm1(middle + reach)
    wanted = _wanted((variance(spoken) + variance(silent)) / 2)
    return Lift(len(spoken), len(silent), kept, math.expm1(middle), low, high, wanted)


def _growth(one: Outcome) -> float:
    """Logarithm of after over before; one mention is added to both, so that a quiet brand has a number too."""
    return math.log((one.after + 1) / (one.before + 1))


def _freedom(shares: tuple[float, float], counts: tuple[int, int]) -> float:
    """Welch's degrees of freedom: the two sides need not spread alike."""
    below = sum(share**2 / (count - 1) for share, count in zip(shares, counts, strict=True))
    return sum(shares) ** 2 / below if below else float(sum(counts) - 2)


def _t(confidence: float, freedom: float) -> float:
    """Student's quantile, two-sided, by the first three terms of its series in 1/freedom.

    From nine degrees of freedom on, which LEAST_EACH makes sure of, it is off by less than 0.001.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def _wanted(spread: float) -> int | None:
    """Moments on each side that show a lift of WORTH_SEEING four times out of five, at this variance."""
    if not spread:
        return None
    sure = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) + NormalDist().inv_cdf(POWER)
    return math.ceil(2 * spread * (sure / math.log1p(WORTH_SEEING)) ** 2)
