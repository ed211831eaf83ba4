"""What the shipped judge is compared with: the guide's list of words, TF-IDF with logistic regression, and VADER.

None of them is part of the product. scikit-learn and vaderSentiment are wanted only here, and asked for only when used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from bench.labelled import SAID
from data.errors import TactError
from scoring.contract import TextScorer, Tragedy, TragedyVerdict
from scoring.lexicon import label_of
from scoring.safety import score_safely
from scoring.training.labels import SENTIMENTS, TRAGEDIES
from scoring.training.texts import examples, fingerprint, is_held, rows

GUIDE = ("shooting", "attack", "disaster", "crash", "death toll", "earthquake", "bombing", "hostage")
"""The words of the guide's first scenario in which to stay silent."""
VADER_CUT = 0.05
"""Its makers' cut: from here a compound score is positive, and down from minus this negative."""


class Missing(TactError):
    """A package for comparing is not installed."""


class Rival(Protocol):
    """Anything that says how dark texts are."""

    name: str

    def judge(self, texts: Sequence[str]) -> list[TragedyVerdict]:
        """One verdict for each text, in order."""
        ...


class Shipped:
    """A scorer of ours, asked the way the product asks it."""

    def __init__(self, scorer: TextScorer) -> None:
        self.name, self.scorer = scorer.name, scorer

    def judge(self, texts: Sequence[str]) -> list[TragedyVerdict]:
        """The scorer's verdicts; where it fails, review."""
        return [verdict.tragedy for verdict in score_safely(self.scorer, list(texts))]


class Keywords:
    """The guide's own method: one of its eight words, and everything stops."""

    name = "guide's word list"

    def __init__(self) -> None:
        self._words = re.compile(rf"\b(?:{'|'.join(GUIDE)})s?\b", re.IGNORECASE)

    def judge(self, texts: Sequence[str]) -> list[TragedyVerdict]:
        """Hold where a word stands, clear elsewhere."""
        return [_sure(bool(self._words.search(text))) for text in texts]


class Bag:
    """TF-IDF over words and pairs of words with logistic regression; it stops from one half on."""

    def __init__(self, name: str, texts: Sequence[str], labels: Sequence[int], weights: Sequence[float]) -> None:
        self.name = name
        self._model = _fitted(texts, labels, weights)

    def judge(self, texts: Sequence[str]) -> list[TragedyVerdict]:
        """Its probability of tragic, moved so that one half lies at our cut for review."""
        return [_moved(float(row[-1])) for row in self._model.predict_proba(list(texts))]


def on_given_labels(datasets: Path) -> Bag:
    """Trained on what the given sets say of themselves, the held tenth left out."""
    texts, labels = [], []
    for group, said in SAID.items():
        for row in rows(group, datasets):
            if row.said in said and not is_held(row.sha):
                texts.append(row.text)
                labels.append(int(said[row.said] == "hold"))
    return Bag("TF-IDF, given labels", texts, labels, [1.0] * len(texts))


def on_our_data(datasets: Path) -> Bag:
    """Trained on just what our model is trained on: our labels, our lines, and what is trusted of the sets' own."""
    texts, labels, weights = [], [], []
    for one in examples(datasets):
        if one.tragedy is None or is_held(one.sha):
            continue
        for name, part in zip(TRAGEDIES, one.tragedy, strict=True):
            if name != "sensitive":  # tragic against clear is what it is asked
                texts.append(one.text)
                labels.append(int(name == "hold"))
                weights.append(one.weight * part)
    return Bag("TF-IDF, our data", texts, labels, weights)


def feelings_by_words(datasets: Path) -> Callable[[Sequence[str]], list[str]]:
    """TF-IDF with logistic regression for sentiment, trained on the given tweets that are not measured on."""
    asked = {fingerprint(row.text) for row in rows("tweeteval", datasets)}
    read = [row for row in rows("semeval", datasets) if not is_held(row.sha) and fingerprint(row.text) not in asked]
    numbers = [SENTIMENTS.index(row.said) for row in read]
    model = _fitted([row.text for row in read], numbers, [1.0] * len(read), balanced=True)
    return lambda texts: [SENTIMENTS[number] for number in model.predict(list(texts))]


def feelings_by_vader() -> Callable[[Sequence[str]], list[str]]:
    """VADER with its makers' cuts."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError as error:
        raise Missing("VADER is left out: install vaderSentiment (make setup-dev) to compare with it.") from error
    reader = SentimentIntensityAnalyzer()
    return lambda texts: [_named(reader.polarity_scores(text)["compound"]) for text in texts]


def _named(compound: float) -> str:
    if abs(compound) < VADER_CUT:
        return "neutral"
    return "positive" if compound > 0 else "negative"


def _fitted(texts: Sequence[str], labels: Sequence[int], weights: Sequence[float], *, balanced: bool = False) -> Any:
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
    except ImportError as error:
        raise Missing("TF-IDF is left out: install scikit-learn (make setup-dev) to compare with it.") from error
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    regression = LogisticRegression(C=4.0, max_iter=400, class_weight="balanced" if balanced else None)
    model = make_pipeline(words, regression)
    return model.fit(list(texts), list(labels), logisticregression__sample_weight=list(weights))


def _sure(dark: bool) -> TragedyVerdict:
    return TragedyVerdict(Tragedy.HOLD if dark else Tragedy.CLEAR, float(dark))


def _moved(probability: float) -> TragedyVerdict:
    moved = 0.8 * probability if probability < 0.5 else 0.4 + 1.2 * (probability - 0.5)
    return TragedyVerdict(label_of(moved), moved)
