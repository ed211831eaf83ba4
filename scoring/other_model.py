"""Sentiment by a model of the team's choice: a folder, or a name on a hub, of any sequence-classification model.

`cardiffnlp/twitter-roberta-base-sentiment-latest` is the documented example. Tragedy stays with the shipped model:
no public one knows it. A folder with `model.onnx` (or `onnx/model.onnx`) runs on ONNX Runtime as the shipped model
does; any other needs torch, which the team installs itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from data.errors import BadInput
from scoring.contract import Sentiment, TextVerdict
from scoring.encoder import loaded_quietly, tokenizer_at
from scoring.model_text import MAX_CHARACTERS
from scoring.remembering import Judge

MOST_WORDS = 256
MEANINGS: Mapping[str, str] = {
    "negative": "negative",
    "neg": "negative",
    "neutral": "neutral",
    "neu": "neutral",
    "positive": "positive",
    "pos": "positive",
    "label_0": "negative",
    "label_1": "neutral",
    "label_2": "positive",
}
Logits = Callable[[str], Sequence[float]]


class OtherSentiment:
    """The shipped judge, with sentiment by another model. Raises BadInput, with a sentence, when it cannot be used."""

    def __init__(self, judge: Judge, model: str) -> None:
        self._judge = judge
        config = _opened(model, "AutoConfig")
        self._columns = _columns(model, config.id2label)
        self._logits = _runner(model)
        self.name = f"{judge.name}+{model}"

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        """One verdict for each text, in order."""
        verdicts = self._judge.score(texts)
        return [
            replace(verdict, sentiment=self._feel(text)) if text.strip() else verdict
            for text, verdict in zip(texts, verdicts, strict=True)
        ]

    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """The shipped model's vectors."""
        return self._judge.embed(texts)

    def _feel(self, text: str) -> Sentiment:
        logits = np.asarray(self._logits(text[:MAX_CHARACTERS]), dtype=np.float64)
        powers = np.exp(logits - logits.max())
        said = {name: float(powers[places].sum() / powers.sum()) for name, places in self._columns.items()}
        negative, positive = round(said["negative"], 4), round(said["positive"], 4)
        shares = {"negative": negative, "neutral": round(1 - negative - positive, 4), "positive": positive}
        return Sentiment(max(shares, key=lambda name: shares[name]), **shares)


def _columns(model: str, named: Mapping[int, str]) -> dict[str, list[int]]:
    """Which outputs mean what; a model without a neutral one is welcome, one of something else is not."""
    found: dict[str, list[int]] = {"negative": [], "neutral": [], "positive": []}
    for place, name in named.items():
        meaning = MEANINGS.get(str(name).lower())
        if meaning is None:
            raise BadInput(f"The model {model} does not tell sentiment: it has the label “{name}”.")
        found[meaning].append(int(place))
    if not found["negative"] or not found["positive"]:
        raise BadInput(f"The model {model} does not tell sentiment: negative and positive are wanted among its labels.")
    return found


def _runner(model: str) -> Logits:
    tokenizer = _opened(model, "AutoTokenizer")
    for name in ("model.onnx", "onnx/model.onnx"):
        path = Path(model) / name
        if path.is_file():
            return _by_onnx(tokenizer, path)
    if find_spec("torch") is None:
        raise BadInput(f"The model {model} has no model.onnx, and torch is not installed: add one of the two.")
    return _by_torch(tokenizer, model)


def _by_onnx(tokenizer: Any, path: Path) -> Logits:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    wanted = [given.name for given in session.get_inputs()]

    def logits(text: str) -> Sequence[float]:
        pieces = tokenizer(text, truncation=True, max_length=MOST_WORDS, return_tensors="np")
        found: list[float] = session.run(None, {name: pieces[name].astype(np.int64) for name in wanted})[0][0].tolist()
        return found

    return logits


def _by_torch(tokenizer: Any, model: str) -> Logits:
    import torch

    network = _opened(model, "AutoModelForSequenceClassification").eval()

    def logits(text: str) -> Sequence[float]:
        pieces = tokenizer(text, truncation=True, max_length=MOST_WORDS, return_tensors="pt")
        with torch.no_grad():
            found: list[float] = network(**pieces).logits[0].tolist()
        return found

    return logits


def _opened(model: str, kind: str) -> Any:
    try:
        if kind == "AutoTokenizer":
            return tokenizer_at(model)
        return loaded_quietly(kind, model)
    except (OSError, ValueError, KeyError) as error:
        said = f"The model {model} cannot be opened: give a folder with its files, or a name that its hub knows."
        raise BadInput(said, cause=str(error)) from error
