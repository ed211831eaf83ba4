"""How often the relevance scale agrees with a careful person, by names alone and with nearness in meaning.

The brands, moments and bands are ours, in tests/scoring/relevance_pairs.yaml; the cuts were chosen on some of them
and are measured on the others, printed apart. `python -m bench.quality_relevance`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from data.errors import TactError
from scoring.contract import BrandProfile, Embedder, Moment, Use
from scoring.relevance import relevance
from workflow.brand import profile_from

PAIRS = Path(__file__).resolve().parents[1] / "tests" / "scoring" / "relevance_pairs.yaml"
BANDS = (0.0, 3.0, 6.0, 9.0, 10.0)
"""The upper ends of the guide's five bands."""
HIGH = 3
"""From this band on the matrix calls relevance high."""
AT = datetime(2026, 5, 5, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Pair:
    """A moment, the brand that looks at it, and the band a person gave it. `held_out`: no cut was chosen on it."""

    brand: BrandProfile
    moment: Moment
    band: int
    held_out: bool


@dataclass(frozen=True)
class Agreement:
    """How many of `pairs` fell into the very band, into it or one beside it, and onto the same side of the matrix.

    `forced`: out of the brand's world, and given 7 or more all the same.
    """

    pairs: int
    exact: int
    near: int
    side: int
    forced: int

    def __str__(self) -> str:
        exact, near, side = (f"{count / self.pairs:.0%}" for count in (self.exact, self.near, self.side))
        forced = f"{self.forced} out of reach but given 7 or more"
        return (
            f"{exact} exact, {near} within one band, {side} on the right side of the matrix, of {self.pairs}; {forced}"
        )


def pairs() -> list[Pair]:
    """The labelled set."""
    told = yaml.safe_load(PAIRS.read_text(encoding="utf-8"))["brands"]
    return [_pair(one, moment) for one in told for moment in one["moments"]]


def _pair(told: dict[str, Any], moment: dict[str, Any]) -> Pair:
    uses = tuple(Use(text, AT) for text in moment["uses"])
    held_out = told["for"] == "measuring"
    return Pair(profile_from(told["profile"]), Moment(moment["topic"], uses), band_of(moment["band"]), held_out)


def band_of(value: float) -> int:
    """Which of the guide's five bands a value falls into, 0 to 4."""
    return next(index for index, top in enumerate(BANDS) if value <= top)


def agreement(wanted: Iterable[Pair], embedder: Embedder | None = None) -> Agreement:
    """Judge every pair and compare."""
    given = [(pair.band, band_of(relevance(pair.moment, pair.brand, embedder).value)) for pair in wanted]
    return Agreement(
        pairs=len(given),
        exact=sum(right == said for right, said in given),
        near=sum(abs(right - said) <= 1 for right, said in given),
        side=sum((right >= HIGH) == (said >= HIGH) for right, said in given),
        forced=sum(right <= 1 and said >= HIGH for right, said in given),
    )


def main() -> int:
    """Print both ways side by side."""
    every = pairs()
    parts = {
        "brands the cuts were chosen on": [pair for pair in every if not pair.held_out],
        "held-out brands": [pair for pair in every if pair.held_out],
    }
    embedder = _embedder()
    for title, part in parts.items():
        print(f"{title}: names alone {agreement(part)}")
        if embedder is not None:
            print(f"{title}: with meaning {agreement(part, embedder)}")
    return 0


def _embedder() -> Embedder | None:
    from scoring.encoder import Encoder

    try:
        return Encoder()
    except TactError as error:
        print(f"Names alone: {error.message}", file=sys.stderr)
        return None


if __name__ == "__main__":
    sys.exit(main())
