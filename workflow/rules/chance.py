"""How far a figure from few posts, replies or interactions may be off: intervals that hold 95 times in 100.

Pure, and apart from the answers that show them, because a forecast and a comparison of platforms ask the same. What is
computed here is chance alone: it says nothing of posts that differ in kind, nor of a platform that counts wrongly.
"""

from __future__ import annotations

from math import exp, sqrt
from statistics import NormalDist

SURE = 0.95
Z = NormalDist().inv_cdf((1 + SURE) / 2)

Bounds = tuple[float, float]


def of_share(part: int, whole: int) -> Bounds:
    """Wilson's interval of a share in [0, 1]; of nothing, anything is possible."""
    if whole <= 0:
        return 0.0, 1.0
    share, spread = part / whole, Z * Z / whole
    middle = share + spread / 2
    reach = Z * sqrt(share * (1 - share) / whole + spread / (4 * whole))
    return max(0.0, (middle - reach) / (1 + spread)), min(1.0, (middle + reach) / (1 + spread))


def of_ratio(ratio: float, count: int, mean: float, deviation: float | None, posts: int) -> Bounds | None:
    """Of a post's figure (from `count` interactions) over the mean of earlier posts, on the scale of logarithms.

    Two things vary: the post's own count, and the mean of `posts` figures with this `deviation` (None: not known, and
    then the interval is of the count alone and too narrow). None where there is nothing to vary.
    """
    if count <= 0 or mean <= 0 or ratio <= 0:
        return None
    of_mean = (deviation / mean) ** 2 / posts if deviation is not None and posts > 0 else 0.0
    reach = exp(Z * sqrt(1 / count + of_mean))
    return ratio / reach, ratio * reach


def of_difference(one: tuple[float, float, int], other: tuple[float, float, int]) -> Bounds | None:
    """Of the difference of two means, each (mean, deviation, of how many), after Welch; None below two of each."""
    (mean_a, sd_a, n_a), (mean_b, sd_b, n_b) = one, other
    if n_a < 2 or n_b < 2:
        return None
    var_a, var_b = sd_a**2 / n_a, sd_b**2 / n_b
    between = var_a + var_b
    gap = mean_a - mean_b
    if between == 0:
        return gap, gap
    freedom = between**2 / (var_a**2 / (n_a - 1) + var_b**2 / (n_b - 1))
    reach = student(freedom) * sqrt(between)
    return gap - reach, gap + reach


def student(freedom: float) -> float:
    """The 97.5 % point of Student's t, by its usual expansion around the normal one; within 2 % from four degrees."""
    z = Z
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
