"""Sentiment by a model of the team's choice, tried with a tiny one of the documented example's architecture."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from data.errors import BadInput
from scoring.contract import Sentiment, TextVerdict, Tragedy, TragedyVerdict
from scoring.other_model import OtherSentiment

TINY = Path(__file__).parent / "tiny_roberta"
SHIPPED = TextVerdict(Sentiment("neutral", 0.1, 0.8, 0.1), TragedyVerdict(Tragedy.REVIEW, 0.5))


class Shipped:
    name = "shipped"

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        return [SHIPPED for _ in texts]

    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        return [(1.0,) for _ in texts]


def copy_without(tmp_path: Path, name: str) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "model", ignore=shutil.ignore_patterns(name)))


def test_sentiment_is_the_other_models_and_tragedy_stays(tmp_path: Path) -> None:
    scorer = OtherSentiment(Shipped(), str(TINY))
    lovely, awful = scorer.score(["what a lovely cup of tea", "this is awful tea"])
    assert lovely.tragedy == awful.tragedy == SHIPPED.tragedy
    assert lovely.sentiment != awful.sentiment != SHIPPED.sentiment
    assert sum((lovely.sentiment.negative, lovely.sentiment.neutral, lovely.sentiment.positive)) == pytest.approx(1)
    assert scorer.name == f"shipped+{TINY}"


def test_an_empty_text_keeps_the_shipped_verdict() -> None:
    assert OtherSentiment(Shipped(), str(TINY)).score(["  "]) == [SHIPPED]


def test_a_model_that_tells_something_else_is_refused(tmp_path: Path) -> None:
    folder = copy_without(tmp_path, "nothing")
    config = json.loads((folder / "config.json").read_text())
    config["id2label"] = {"0": "joy", "1": "anger", "2": "fear"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadInput, match="does not tell sentiment"):
        OtherSentiment(Shipped(), str(folder))


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be opened"):
        OtherSentiment(Shipped(), str(tmp_path))


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed here")
def test_without_graph_and_without_torch_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="torch is not installed"):
        OtherSentiment(Shipped(), str(copy_without(tmp_path, "model.onnx")))


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed here")
def test_torch_says_the_same_as_the_graph(tmp_path: Path) -> None:
    by_torch = OtherSentiment(Shipped(), str(copy_without(tmp_path, "model.onnx")))
    by_graph = OtherSentiment(Shipped(), str(TINY))
    for text in ("what a lovely cup of tea", "this is awful tea"):
        one, other = by_torch.score([text])[0].sentiment, by_graph.score([text])[0].sentiment
        assert one.negative == pytest.approx(other.negative, abs=2e-3)
