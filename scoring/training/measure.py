"""What the held tenth says of a trained network. Pure arithmetic; the full measurement is `bench.quality_scoring`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from scoring.training.labels import SENTIMENTS
from scoring.training.texts import Example

CLEAR_STOPPED = 0.08
"""The share of clear texts that may be stopped at all."""


class Seen(NamedTuple):
    """Probabilities over SENTIMENTS and over TRAGEDIES."""

    feeling: tuple[float, ...]
    dark: tuple[float, ...]


def report(
    texts: Sequence[Example], seen: Sequence[Seen], feelings: Sequence[str], felt: Sequence[Seen]
) -> dict[str, float | dict[str, float]]:
    """Recall of `hold` where 8 % of the clear are stopped, by source and together; mean recall of the sentiments."""
    together = _recall(texts, seen)
    by_source: dict[str, list[int]] = defaultdict(list)
    for at, example in enumerate(texts):
        by_source[example.source.split("/")[0]].append(at)
    parts = {
        name: _recall([texts[at] for at in places], [seen[at] for at in places]) for name, places in by_source.items()
    }
    return {"recall at 8 %": together, "by source": parts, "sentiment": _mean_recall(feelings, felt)}


def _recall(texts: Sequence[Example], seen: Sequence[Seen]) -> float:
    clear = sorted((1 - one.dark[0] for text, one in zip(texts, seen, strict=True) if _is(text, 0)), reverse=True)
    dark = [1 - one.dark[0] for text, one in zip(texts, seen, strict=True) if _is(text, 2)]
    cut = clear[int(len(clear) * CLEAR_STOPPED)] if clear else 0.5
    return round(sum(level > cut for level in dark) / max(1, len(dark)), 4)


def _is(text: Example, label: int) -> bool:
    return text.tragedy is not None and max(range(3), key=text.tragedy.__getitem__) == label


def _mean_recall(feelings: Sequence[str], felt: Sequence[Seen]) -> float:
    said = [SENTIMENTS[max(range(3), key=one.feeling.__getitem__)] for one in felt]
    recalls = []
    for name in SENTIMENTS:
        own = [guess for guess, truth in zip(said, feelings, strict=True) if truth == name]
        recalls.append(sum(guess == name for guess in own) / max(1, len(own)))
    return round(sum(recalls) / len(recalls), 4)
