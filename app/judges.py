"""Which judge speaks: the one place that knows the concrete scorers.

Apart from `app.wiring`, because judging texts needs no database: `python -m app score` stays small.
"""

from __future__ import annotations

from functools import lru_cache

from app.settings import Settings
from scoring.contract import TextScorer
from scoring.lexicon import LexiconScorer
from scoring.remembering import Judge, Remembering


def scorer_for(settings: Settings) -> TextScorer:
    """The judge that the settings name, one for each process; a model is loaded when it is first asked."""
    return _judge(settings.judge, settings.sentiment_model)


# By the judge's own settings alone: another database is no reason to load the weights once more.
@lru_cache(maxsize=4)
def _judge(judge: str, sentiment_model: str) -> TextScorer:
    if judge == "words":
        return LexiconScorer()
    return Remembering(lambda: _trained(sentiment_model))


def _trained(sentiment_model: str) -> Judge:
    # Loaded here and not above: half of the commands never judge a text, and ONNX Runtime takes a second.
    from scoring.model_scorer import ModelScorer

    shipped = ModelScorer()
    if not sentiment_model:
        return shipped
    from scoring.other_model import OtherSentiment

    return OtherSentiment(shipped, sentiment_model)
