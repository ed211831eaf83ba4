"""Trains the judge: `python -m scoring.training.train DATASETS OUT`.

DATASETS holds `tragedy/` and `sentiment/`; OUT gets the weights and what the held tenth says of them. Sentiment and
tragedy are learnt together: a text that has one label only counts for that one. Needs torch; takes about an hour on
two cores, minutes on a graphics card.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

from scoring.model_text import readable
from scoring.reference import load
from scoring.training.augment import noisy
from scoring.training.base import base_folder
from scoring.training.measure import Seen, report
from scoring.training.network import Network
from scoring.training.texts import Example, corrections, examples, is_held, rows

log = logging.getLogger("train")
SHARED = 3
"""Layers left as they are: half of the six. With two, sentiment on the validation set was the same within its noise."""
MAX_WORDS = 64
BATCH, LAYERS_RATE, HEADS_RATE, WARM_UP = 32, 8e-5, 5e-4, 0.06
ONTO_RATE = 0.4
"""Of the usual rates, for a short pass onto trained weights."""
OURS = ("own/", "corrections")
SENTIMENT_WEIGHT = 0.7
FEELINGS = (1 / 0.16, 1 / 0.45, 1 / 0.39)
"""One over each feeling's share in the set: what is measured is the mean recall of the three."""


@dataclass(frozen=True)
class Batch:
    """Tensors of one step: (batch, words) ids and mask, (batch, 3) shares with (batch,) weights, (batch,) feelings."""

    ids: Tensor
    mask: Tensor
    shares: Tensor
    weights: Tensor
    feelings: Tensor


class Reader:
    """Turns examples into batches; the noise is drawn anew each time."""

    def __init__(self, base: Path, seed: int) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(base)
        self._vocabulary = load().vocabulary
        self.dice = random.Random(seed)  # noqa: S311 - training noise, no secret

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text, at most 64."""
        plain = [readable(text, self._vocabulary) for text in texts]
        found: list[list[int]] = self._tokenizer(plain, truncation=True, max_length=MAX_WORDS)["input_ids"]
        return found

    def batches(self, examples: Sequence[Example], size: int) -> Iterator[Batch]:
        """One pass over the examples in random order, texts of like length together."""
        order = list(examples)
        self.dice.shuffle(order)
        ids = self.encode([noisy(example.text, self.dice) for example in order])
        pairs = list(zip(order, ids, strict=True))
        groups: list[list[tuple[Example, list[int]]]] = []
        for start in range(0, len(pairs), size * 50):
            near = sorted(pairs[start : start + size * 50], key=lambda pair: len(pair[1]))
            groups += [near[at : at + size] for at in range(0, len(near), size)]
        self.dice.shuffle(groups)
        for group in groups:
            yield _batch(group)


def _batch(group: Sequence[tuple[Example, list[int]]]) -> Batch:
    ids, mask = padded([found for _, found in group])
    none = (0.0, 0.0, 0.0)
    return Batch(
        ids,
        mask,
        torch.tensor([one.tragedy or none for one, _ in group]),
        torch.tensor([one.weight if one.tragedy else 0.0 for one, _ in group]),
        torch.tensor([-100 if one.sentiment is None else one.sentiment for one, _ in group]),
    )


def padded(ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids as one tensor filled up with zeros, and its mask."""
    longest = max(map(len, ids))
    filled = torch.zeros(len(ids), longest, dtype=torch.long)
    mask = torch.zeros(len(ids), longest, dtype=torch.long)
    for at, row in enumerate(ids):
        filled[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    return filled, mask


def train(
    network: Network, reader: Reader, learn: Sequence[Example], epochs: int, device: str, pace: float = 1.0
) -> Network:
    """Train the tuned top and both heads; returns the average of the last quarter's weights. `pace`: of the rates."""
    heads = [value for name, value in network.named_parameters() if name.startswith(("sentiment", "tragedy"))]
    layers = list(network.tuned.parameters())
    groups = [{"params": layers, "lr": pace * LAYERS_RATE}, {"params": heads, "lr": pace * HEADS_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = epochs * (len(learn) // BATCH + 1)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _pace(step, steps))
    average = torch.optim.swa_utils.AveragedModel(network)
    network.to(device).train()
    done = 0
    for epoch in range(epochs):
        for batch in reader.batches(learn, BATCH):
            loss = _loss(network, batch, device)
            loss.backward()
            nn.utils.clip_grad_norm_([*layers, *heads], 1.0)
            optimizer.step()
            optimizer.zero_grad()
            rate.step()
            done += 1
            if done > steps * 0.75 and done % 20 == 0:
                average.update_parameters(network)
            if done % 200 == 0:
                log.info("epoch %d, step %d of %d, loss %.4f", epoch + 1, done, steps, loss.item())
    averaged: Network = average.module
    return averaged.to("cpu").eval()


def _pace(step: int, steps: int) -> float:
    return min(1.0, step / (WARM_UP * steps)) * max(0.05, 1 - step / steps)


def _loss(network: Network, batch: Batch, device: str) -> Tensor:
    with torch.autocast(device, dtype=torch.bfloat16):
        judged = network.judge(batch.ids.to(device), batch.mask.to(device))
    dark = -(batch.shares.to(device) * judged.tragedy.float().log_softmax(-1)).sum(-1) * batch.weights.to(device)
    feelings = batch.feelings.to(device)
    felt = functional.cross_entropy(
        judged.sentiment.float(),
        feelings,
        weight=torch.tensor(FEELINGS, device=device),
        label_smoothing=0.05,
        reduction="sum",
    )
    said = torch.tensor(FEELINGS, device=device)[feelings.clamp(min=0)] * (feelings >= 0)
    return dark.sum() / batch.weights.sum().clamp(min=1.0) + SENTIMENT_WEIGHT * felt / said.sum().clamp(min=1.0)


@torch.no_grad()
def judge(network: Network, reader: Reader, texts: Sequence[str]) -> list[Seen]:
    """What the network says of each text, as probabilities."""
    network.eval()
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    found: dict[int, Seen] = {}
    for start in range(0, len(order), 64):
        part = order[start : start + 64]
        judged = network.judge(*padded(reader.encode([texts[at] for at in part])))
        feelings, darkness = judged.sentiment.softmax(-1).tolist(), judged.tragedy.softmax(-1).tolist()
        found |= {
            at: Seen(tuple(feeling), tuple(dark)) for at, feeling, dark in zip(part, feelings, darkness, strict=True)
        }
    return [found[at] for at in range(len(texts))]


def newer(learn: Sequence[Example], dice: random.Random) -> list[Example]:
    """Our own lines and corrections, and twice as many others, so that nothing is forgotten over the newer ones."""
    own = [one for one in learn if one.source.startswith(OURS)]
    others = [one for one in learn if not one.source.startswith(OURS)]
    return own + dice.sample(others, min(len(others), 2 * len(own)))


def main() -> None:
    """Train, measure on what was held back, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument(
        "--onto", type=Path, help="learn newer lines: a short pass that begins with this folder's weights"
    )
    parser.add_argument("--corrections", type=Path, help="a file of `python -m app export corrections`, learnt as well")
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.manual_seed(options.seed)
    everything = examples(options.datasets)
    learn = [one for one in everything if not is_held(one.sha)]
    held = [one for one in everything if is_held(one.sha)]
    if options.corrections:
        learn += corrections(options.corrections)
    log.info("%d texts to learn from, %d held back", len(learn), len(held))
    base = base_folder()
    reader = Reader(base, options.seed)
    network = Network(AutoModel.from_pretrained(base, attn_implementation="eager"), SHARED)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if options.onto:
        network.load_state_dict(torch.load(options.onto / "judge.pt", weights_only=True))
        learn = newer(learn, reader.dice)
    epochs, pace = (1, ONTO_RATE) if options.onto else (options.epochs, 1.0)
    trained = train(network, reader, learn, epochs, device, pace)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save(trained.state_dict(), options.out / "judge.pt")
    valid = list(rows("tweeteval", options.datasets))
    sure = [one for one in held if one.tragedy is not None and one.weight == 1.0]
    seen = judge(trained, reader, [one.text for one in sure])
    felt = judge(trained, reader, [row.text for row in valid])
    figures = report(sure, seen, [row.said for row in valid], felt)
    (options.out / "figures.json").write_text(json.dumps(figures, indent=1))
    log.info("%s", json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
