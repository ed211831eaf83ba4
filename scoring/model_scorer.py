"""The default judge: the trained model says whether to stop a text, the lists of words name what was said.

Two small formulas turn the model's odds into the probabilities that every scorer here speaks in; they are fitted on
texts that nothing was trained on (`scoring/training/calibrate.py`). Every verdict names the words that weighed most.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scoring.breaking import is_mass_harm
from scoring.contract import BY_FEEL, Reason, Sentiment, TextVerdict, Tragedy, TragedyVerdict
from scoring.encoder import FOLDER, Encoder, Seen
from scoring.lexicon import HOLD_AT, REVIEW_AT, label_of, reasons_of
from scoring.reference import load
from scoring.sensitivity import read

MOST_WORDS = 4
LEAST_OF_LOUDEST = 0.3
"""A word is named when it weighs at least so much of what the loudest does (ours): the rest only came along."""
PASSING = frozenset(
    re.findall(
        r"\w+",
        "about after again all also am away back before but can come do does down even get go here how if "
        "into just keep more no not now off one only out over please said say says she still than then "
        "there these those through today told tomorrow too until up very what when where which while who "
        "why will would yesterday shes hes",
    )
)
"""Words that a person would not take for a reason, beside those that the encoder leaves out already."""
_TINY = 1e-6
_EDGES = re.compile(r"^\W+|\W+$")
_MARK = re.compile(r"\W")


@dataclass(frozen=True)
class Curve:
    """A logistic formula over the log-odds of one of the model's shares."""

    bias: float
    slope: float

    def level(self, share: float) -> float:
        """The probability for a share in [0, 1]."""
        odds = math.log(max(share, _TINY) / max(1 - share, _TINY))
        return 1 / (1 + math.exp(-(self.bias + self.slope * odds)))


@dataclass(frozen=True)
class Calibration:
    """`stop`: whether to stop at all, from all that is not clear; `hold`: how firmly, from what is held.

    Both are shifted so that the cuts are those of every other scorer here: review from 0.4, hold from 0.7.
    `feelings`: factors on the shares of negative, neutral and positive.
    """

    stop: Curve
    hold: Curve
    feelings: tuple[float, float, float]

    def probability(self, seen: Seen) -> float:
        """In [0, 1]: from 0.4 a person has to look, from 0.7 it is held."""
        stop = self.stop.level(1 - seen.tragedy[0])
        if stop < REVIEW_AT:
            return stop
        hold = self.hold.level(seen.tragedy[2])
        return max(stop, hold) if hold >= HOLD_AT else min(stop, HOLD_AT - 0.01)


def calibration_at(folder: Path = FOLDER) -> Calibration:
    """The fitted numbers that ship beside the weights."""
    told = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    return Calibration(Curve(**told["stop"]), Curve(**told["hold"]), tuple(told["feelings"]))


class ModelScorer:
    """A `TextScorer` and an `Embedder`. Raises StorageError at once when the model is not what was released."""

    def __init__(self, encoder: Encoder | None = None, calibration: Calibration | None = None) -> None:
        self._encoder = encoder or Encoder()
        self._calibration = calibration or calibration_at()
        self._says = load().says
        self.name = f"model-{self._encoder.version}"

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        """One verdict for each text, in order; the same for a text whatever stands beside it. Empty text is clear."""
        return [self._verdict(text, seen) for text, seen in zip(texts, self._encoder.read(texts), strict=True)]

    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """A unit vector for each text."""
        return self._encoder.embed(texts)

    def _verdict(self, text: str, seen: Seen) -> TextVerdict:
        if not seen.said:
            return TextVerdict(Sentiment("neutral", 0.0, 1.0, 0.0), TragedyVerdict(Tragedy.CLEAR, 0.0))
        reading = read(text)
        level = round(self._calibration.probability(seen), 4)
        if level < REVIEW_AT and is_mass_harm(text):
            level = (
                REVIEW_AT  # what says beyond mistaking that many are harmed is never clear, whatever the model thinks
            )
        label = label_of(level)
        reasons = () if label is Tragedy.CLEAR else _reasons(seen, reasons_of(reading.hits, self._says))
        return TextVerdict(_feeling(seen, self._calibration.feelings), TragedyVerdict(label, level, reasons))


AS_A_WHOLE = Reason(BY_FEEL, "No one word weighs most: it is the sentence as a whole.")


def _reasons(seen: Seen, listed: Sequence[Reason]) -> tuple[Reason, ...]:
    """What weighed, then what is on the lists. Never nothing: whoever is stopped is told by what."""
    return (*_weighed(seen), *listed) or (AS_A_WHOLE,)


def _weighed(seen: Seen) -> tuple[Reason, ...]:
    """The words that spoke loudest, as one reason; their shares are of all that spoke for darkness."""
    bare = [(_EDGES.sub("", word), value) for word, value in seen.words]
    telling = [(word, value) for word, value in bare if word and _MARK.sub("", word.lower()) not in PASSING]
    if not telling:
        return ()
    total = sum(value for _, value in seen.words)
    least = telling[0][1] * LEAST_OF_LOUDEST
    loudest = [one for one in telling if one[1] >= least][:MOST_WORDS]
    said = ", ".join(f"“{word}”" for word, _ in loudest)
    weight = round(min(1.0, sum(value for _, value in loudest) / total), 4)
    return (Reason(BY_FEEL, f"The words that weighed most: {said}.", ", ".join(word for word, _ in loudest), weight),)


def _feeling(seen: Seen, tilt: Sequence[float]) -> Sentiment:
    """The three shares; `tilt` undoes that training weighed the rarer feelings more."""
    raw = [share * factor for share, factor in zip(seen.sentiment, tilt, strict=True)]
    negative, positive = round(raw[0] / sum(raw), 4), round(raw[2] / sum(raw), 4)
    neutral = round(1 - negative - positive, 4)
    shares = {"negative": negative, "neutral": neutral, "positive": positive}
    return Sentiment(max(shares, key=lambda name: shares[name]), **shares)
