"""Asks a scorer and never believes silence: a judge that fails says `review`, not `clear`.

Every room goes through here, so that no caller can forget. It lives apart from the scorers because it must hold for
any of them, a trained model and a remote one included.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

from scoring.contract import Embedder, Reason, Sentiment, TextScorer, TextVerdict, Tragedy, TragedyVerdict

log = logging.getLogger(__name__)

SCORER_FAILED = "scorer_failed"
UNKNOWN = TextVerdict(
    Sentiment("neutral", 0.0, 1.0, 0.0),
    TragedyVerdict(
        Tragedy.REVIEW,
        0.5,
        (Reason(SCORER_FAILED, "The judge gave no usable answer for this text; a person has to read it.", weight=0.5),),
    ),
)


def score_safely(scorer: TextScorer, texts: Sequence[str]) -> list[TextVerdict]:
    """One verdict for each text whatever the scorer does; where it fails, `review` with the code scorer_failed."""
    if not texts:
        return []
    try:
        verdicts = list(scorer.score(texts))
    except Exception:  # any scorer may raise anything; this is the edge that keeps it from meaning "clear"
        log.exception("scorer %s failed on %d texts", scorer.name, len(texts))
        return [UNKNOWN] * len(texts)
    if len(verdicts) != len(texts):
        log.error("scorer %s gave %d verdicts for %d texts", scorer.name, len(verdicts), len(texts))
        return [UNKNOWN] * len(texts)
    return [_believed(scorer, verdict) for verdict in verdicts]


def embed_safely(embedder: Embedder, texts: Sequence[str]) -> list[Sequence[float]] | None:
    """One vector for each text, or None where the embedder fails: then names alone have to do."""
    try:
        vectors = list(embedder.embed(texts))
    except Exception:  # the same edge as above: meaning is a help, and its absence must not stop a verdict
        log.exception("the embedder failed on %d texts", len(texts))
        return None
    if len(vectors) == len(texts) and all(math.isfinite(number) for one in vectors for number in one):
        return vectors
    log.error("the embedder gave %d vectors for %d texts, or numbers that are none", len(vectors), len(texts))
    return None


def failed(verdict: TextVerdict) -> bool:
    """True when this verdict only says that the scorer failed."""
    return any(reason.code == SCORER_FAILED for reason in verdict.tragedy.reasons)


def _believed(scorer: TextScorer, verdict: TextVerdict) -> TextVerdict:
    feeling = verdict.sentiment
    numbers = (verdict.tragedy.probability, feeling.negative, feeling.neutral, feeling.positive)
    if all(math.isfinite(number) and 0 <= number <= 1 for number in numbers):
        return verdict
    log.error("scorer %s gave numbers outside 0 to 1: %s", scorer.name, numbers)
    return UNKNOWN
