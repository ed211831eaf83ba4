"""How fast torch judges the same texts: `python -m scoring.training.torch_speed MODEL [TRAINED] < texts`.

One text a line in, one JSON object out. MODEL is the shipped folder (tokenizer and shape), TRAINED the folder that
`make train` leaves; without it the weights are drawn at random, which takes as long to compute. A program of its own,
because torch and ONNX Runtime in one process disturb each other.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModel

from scoring.encoder import tokenizer_at
from scoring.model_text import readable
from scoring.reference import load
from scoring.training.network import Network
from scoring.training.train import MAX_WORDS, SHARED

BATCH = 32


def main(arguments: list[str]) -> int:
    """Texts a second, tokenizing included, in batches of 32 of like length, on all cores."""
    folder = Path(arguments[0])
    tokenizer, vocabulary = tokenizer_at(folder), load().vocabulary
    encoder = AutoModel.from_config(AutoConfig.from_pretrained(folder), attn_implementation="eager")
    network = Network(encoder, SHARED)
    if len(arguments) > 1:
        network.load_state_dict(torch.load(Path(arguments[1]) / "judge.pt", weights_only=True))
    network.eval()
    texts = [line.rstrip("\n") for line in sys.stdin]
    _all(network, tokenizer, vocabulary, texts[: 2 * BATCH])
    begun = time.perf_counter()
    _all(network, tokenizer, vocabulary, texts)
    speed = len(texts) / (time.perf_counter() - begun)
    sys.stdout.write(json.dumps({"texts": len(texts), "texts_per_second": round(speed, 1)}) + "\n")
    return 0


@torch.no_grad()
def _all(network: Network, tokenizer: object, vocabulary: frozenset[str], texts: list[str]) -> None:
    order = sorted(texts, key=len)
    for start in range(0, len(order), BATCH):
        plain = [readable(text, vocabulary) for text in order[start : start + BATCH]]
        given = tokenizer(plain, padding=True, truncation=True, max_length=MAX_WORDS, return_tensors="pt")  # type: ignore[operator]
        network.judge(given["input_ids"], given["attention_mask"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
