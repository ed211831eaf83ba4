"""The texts of a moment as the judge reads each of them: its word on them, and the words in them that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.views.evidence import Piece, marked
from app.views.sure import Sure, how_sure
from scoring.contract import TextScorer, TextVerdict
from scoring.safety import failed, score_safely


@dataclass(frozen=True)
class ReadText:
    """One text. `tragedy` is empty where the judge could not read it; then nothing is marked either."""

    pieces: tuple[Piece, ...]
    tragedy: str
    sentiment: str
    sure: Sure
    why: tuple[str, ...]


def read_texts(scorer: TextScorer, texts: Sequence[str], shown: Callable[[str], str] = str) -> tuple[ReadText, ...]:
    """The texts in their order. Each is read as a whole; `shown` may cut what of it is drawn."""
    return tuple(_read(shown(text), verdict) for text, verdict in zip(texts, score_safely(scorer, texts), strict=True))


def _read(text: str, verdict: TextVerdict) -> ReadText:
    if failed(verdict):
        return ReadText((Piece(text, marked=False),), "", "", Sure("the judge could not read it", ""), ())
    found = verdict.tragedy
    return ReadText(
        # A reason may name several words apart from each other, with commas between.
        pieces=marked(text, [words for reason in found.reasons for words in reason.evidence.split(", ")]),
        tragedy=found.label.value,
        sentiment=verdict.sentiment.label,
        sure=how_sure(found.label.value, found.probability),
        why=tuple(reason.text for reason in found.reasons),
    )
