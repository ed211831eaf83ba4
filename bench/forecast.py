"""How good the forecast of a week from the first hour is: coverage of its interval, and error, on made-up posts.

    python -m bench.forecast              made-up teams of several habits
    python -m bench.forecast URL          your own database, every post left out once and told from the others

A made-up team has one habit: how strongly a post's first hour is tied to its week (`tie`, 1: entirely; 0: not at all).
For each, 400 posts are told from the N posts before them. "held" is how many outcomes lay inside an interval that
should hold 80 of 100; "off by" is the factor between what was told and what came, half of them below it; beside it the
same for the plain median of earlier weeks, which knows nothing of the first hour.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from random import Random
from statistics import median

from data.storage.engine import open_store
from workflow.measuring.forecasting import every_pair
from workflow.rules.forecast import FROM_MINUTES, HOLDS, LEAST_POSTS, Pair, forecast

HISTORIES = (20, 50, 100, 300)
TOLD = 400


@dataclass(frozen=True)
class Score:
    """Of `told` forecasts: the share that held, the median factor they were off by, and that of the plain median."""

    told: int
    held: float
    off: float
    plain: float


def team(chance: Random, tie: float, spread: float = 1.0, heavy: bool = False) -> Iterator[Pair]:
    """Posts of one habit, newest first: the logarithm of the week is tied to that of the hour by `tie`."""
    while True:
        early = chance.gauss(4.0, spread)
        noise = chance.gauss(0.0, 1.0) / (sqrt(chance.gammavariate(1.5, 2 / 3)) if heavy else 1.0)
        final = 6.0 + tie * (early - 4.0) + 0.5 * noise
        now = round(exp(early))
        yield now, max(now, round(exp(final)))


def scored(pairs: Sequence[Pair], history: int) -> Score:
    """Each of the newest TOLD posts, told from the `history` posts before it."""
    return _score([(pairs[n], pairs[n + 1 : n + 1 + history]) for n in range(min(TOLD, len(pairs) - history))])


def left_out(pairs: Sequence[Pair]) -> Score:
    """Every post of one platform and kind, told from all the others."""
    return _score([(one, [*pairs[:n], *pairs[n + 1 :]]) for n, one in enumerate(pairs)])


def _score(cases: Sequence[tuple[Pair, Sequence[Pair]]]) -> Score:
    held, off, plain = 0, [], []
    for (now, came), past in cases:
        one = forecast(now, past)
        if one.expected is not None and one.low is not None and one.high is not None:
            held += one.low <= came <= one.high
            off.append(abs(log((one.expected + 1) / (came + 1))))
            plain.append(abs(log((median(after for _, after in past) + 1) / (came + 1))))
    told = max(len(off), 1)
    return Score(len(off), held / told, exp(median(off or [0.0])), exp(median(plain or [0.0])))


def synthetic() -> None:
    """Habits by rows, lengths of history by columns."""
    print(f"made-up teams: held of {HOLDS:.0%} / off by (plain median), by posts of history")
    habits = (("tie 1.0", 1.0, False), ("tie 0.6", 0.6, False), ("tie 0.0", 0.0, False), ("tie 1.0, wild", 1.0, True))
    print(f"{'':16}" + "".join(f"{one:>24}" for one in HISTORIES))
    for name, tie, heavy in habits:
        cells = []
        for history in HISTORIES:
            posts = team(Random(history), tie, heavy=heavy)
            one = scored([next(posts) for _ in range(TOLD + history)], history)
            cells.append(f"{one.held:>8.0%} / {one.off:.2f} ({one.plain:.2f})")
        print(f"{name:16}" + "".join(f"{cell:>24}" for cell in cells))


def of_database(url: str) -> None:
    """Every platform, kind and age with enough posts."""
    store = open_store(url, migrate=False)
    with store.read() as tx:
        found = every_pair(tx, FROM_MINUTES)
    for (platform, kind, age), pairs in sorted(found.items()):
        if len(pairs) <= LEAST_POSTS:
            print(f"{platform} {kind} from {age} min: {len(pairs)} posts, too few")
            continue
        one = left_out(pairs)
        print(f"{platform} {kind} from {age} min, {one.told} posts: held {one.held:.0%}, off by {one.off:.2f} "
              f"({one.plain:.2f})")  # fmt: skip
    store.close()


def main() -> None:
    """Made-up teams, or the database that is named."""
    if len(sys.argv) > 1:
        of_database(sys.argv[1])
    else:
        synthetic()


if __name__ == "__main__":
    main()
