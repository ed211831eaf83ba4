"""The first judge: words and rules, no model. Every verdict names the words it rests on.

It stands behind the same contract as a trained model and needs nothing installed, so it is also the judge of last
resort. What it cannot do (irony, allusion, languages without a file) is listed in docs/quality.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scoring.contract import Reason, TextVerdict, Tragedy, TragedyVerdict
from scoring.reference import Reference, load
from scoring.sensitivity import Hit, Reading, read, read_with
from scoring.sentiment import feel

REVIEW_AT, HOLD_AT = 0.4, 0.7
MAX_REASONS = 6


class LexiconScorer:
    """Scores texts by the tables in data/reference. Some 6,000 short texts a second on one core."""

    name = "lexicon-1"

    def __init__(self, tables: Reference | None = None) -> None:
        self._own = tables
        self._tables = tables or load()

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        """One verdict for each text, in order. Empty text is clear and neutral."""
        return [TextVerdict(feel(self._tables, text), self._tragedy(text)) for text in texts]

    def _tragedy(self, text: str) -> TragedyVerdict:
        reading = read_with(self._own, text) if self._own else read(text)
        return verdict_of(reading, self._tables)


def verdict_of(reading: Reading, tables: Reference) -> TragedyVerdict:
    """The label, probability and reasons that a reading amounts to."""
    return TragedyVerdict(label_of(reading.probability), reading.probability, reasons_of(reading.hits, tables.says))


def label_of(probability: float) -> Tragedy:
    """Clear below 0.4, hold from 0.7, review between: our cuts, measured in docs/quality.md."""
    if probability >= HOLD_AT:
        return Tragedy.HOLD
    return Tragedy.REVIEW if probability >= REVIEW_AT else Tragedy.CLEAR


def reasons_of(hits: Sequence[Hit], says: Mapping[str, str]) -> tuple[Reason, ...]:
    """The words of harm as reasons, the heaviest first; `says`: what each group of words tells, in words."""
    ranked = sorted(hits, key=lambda hit: -hit.weight)[:MAX_REASONS]
    return tuple(
        Reason(hit.group, f"The text {says.get(hit.group, hit.group)}: “{hit.words}”.", hit.words, hit.weight)
        for hit in ranked
    )
