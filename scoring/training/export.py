"""Turns a trained network into the files that ship: three ONNX graphs, int8 per channel, and their list of hashes.

`below` is the shared trunk; `verdict` and `meaning` are the two tops that stand on it, so that a text's trunk is
computed once and its sentence embedding only where somebody asks for it. `reduce_range` leaves one bit free, so that
processors without VNNI do not overflow. Needs torch; ONNX Runtime checks the result elsewhere, never in this process.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from transformers import AutoModel

from scoring.training.base import base_folder
from scoring.training.manifest import write_manifest
from scoring.training.network import Network
from scoring.training.train import SHARED

TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "config.json")
AXES = {
    "ids": {0: "texts", 1: "words"},
    "mask": {0: "texts", 1: "words"},
    "states": {0: "texts", 1: "words"},
    "shares": {0: "texts", 1: "words"},
    "sentiment": {0: "texts"},
    "tragedy": {0: "texts"},
    "meaning": {0: "texts"},
}


class Below(nn.Module):
    """Ids and mask -> the trunk's states."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(texts, words) twice -> (texts, words, width)."""
        return self.network.below(ids, mask)


class Verdict(Below):
    """States and mask -> sentiment and tragedy logits, and each word's share in the tragedy's."""

    def forward(self, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(texts, words, width) and (texts, words) -> (texts, 3), (texts, 3), (texts, words, 3)."""
        judged = self.network.verdict(states, mask)
        return judged.sentiment, judged.tragedy, judged.shares


class Meaning(Below):
    """States and mask -> the plain sentence embedding of unit length."""

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """(texts, words, width) and (texts, words) -> (texts, width)."""
        return self.network.meaning(states, mask)


def export(network: Network, folder: Path) -> None:
    """Write the three graphs into the folder."""
    network.eval()
    ids = torch.tensor([[101, 2023, 2003, 102], [101, 2748, 102, 0]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    states = network.below(ids, mask)
    _graph(Below(network), (ids, mask), ["ids", "mask"], ["states"], folder / "below.onnx")
    outputs = ["sentiment", "tragedy", "shares"]
    _graph(Verdict(network), (states, mask), ["states", "mask"], outputs, folder / "verdict.onnx")
    _graph(Meaning(network), (states, mask), ["states", "mask"], ["meaning"], folder / "meaning.onnx")


def _graph(module: nn.Module, given: tuple[Tensor, ...], inputs: list[str], outputs: list[str], path: Path) -> None:
    module.eval()
    whole = path.with_suffix(".fp32.onnx")
    axes = {name: AXES[name] for name in (*inputs, *outputs)}
    torch.onnx.export(
        module,
        given,
        str(whole),
        input_names=inputs,
        output_names=outputs,
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(str(whole), str(path), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    onnx.checker.check_model(str(path))
    whole.unlink()


def main() -> None:
    """`python -m scoring.training.export TRAINED FOLDER`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    base = base_folder()
    network = Network(AutoModel.from_pretrained(base, attn_implementation="eager"), SHARED)
    network.load_state_dict(torch.load(options.trained / "judge.pt", weights_only=True))
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in TOKENIZER:
        shutil.copyfile(base / name, options.folder / name)
    export(network, options.folder)
    write_manifest(options.folder)


if __name__ == "__main__":
    main()
