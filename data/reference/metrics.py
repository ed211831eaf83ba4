"""What the platforms count, in one table: their names for a number, and ours.

Every platform means something else by "engagement"; here, and nowhere else, is what each of its numbers is to us, so
that a figure of one platform can stand beside another's. See metrics.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from data.errors import BadInput
from data.yaml_files import FileModel, read_model

Word = Literal["impressions", "likes", "shares", "quotes", "replies", "clicks", "saves", "audience"]
WORDS: tuple[Word, ...] = ("impressions", "likes", "shares", "quotes", "replies", "clicks", "saves", "audience")
# Nobody has counted as many of anything: what is larger is no count, and fits into no column (ours).
MOST_COUNT = 10**12


class Metrics(FileModel):
    """One platform: which of its numbers is what to us, what an interaction is there, and what a rate is of."""

    platform: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    denominator: Literal["impressions", "audience"] | None
    interactions: Annotated[tuple[Word, ...], Field(min_length=1)]
    origin: Annotated[str, Field(alias="from", min_length=3)]
    counts: dict[str, Word]

    @model_validator(mode="after")
    def _told(self) -> Self:
        told = set(self.counts.values())
        missing = [word for word in (*self.interactions, self.denominator) if word is not None and word not in told]
        if missing:
            raise ValueError(f"{self.platform} tells no {', '.join(missing)}")
        return self


class _Table(FileModel):
    metrics: tuple[Metrics, ...]


@cache
def metrics() -> dict[str, Metrics]:
    """Every platform's row by its key. BadInput where the file is wrong."""
    rows = read_model(Path(__file__).parent / "metrics.yaml", _Table).metrics
    return {row.platform: row for row in rows}


def metrics_of(platform: str) -> Metrics:
    """The row of a platform. BadInput where there is none."""
    row = metrics().get(platform)
    if row is None:
        raise BadInput(f"Nothing is known of what {platform} counts: add it to metrics.yaml.")
    return row


def unified(platform: str, raw: Mapping[str, Any]) -> dict[Word, int]:
    """A platform's answer in our words. A number that is not there, or is no count, is left out: it is not zero."""
    found: dict[Word, int] = {}
    for path, word in metrics_of(platform).counts.items():
        value = _at(raw, path)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_COUNT:
            found[word] = found.get(word, 0) + value
    return found


def _at(raw: Mapping[str, Any], path: str) -> Any:
    value: Any = raw
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
