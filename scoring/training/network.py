"""The network: one trunk that is left as it was, and two tops over it that share a pass.

The plain top is the encoder's own (its sentence embedding measures relevance); the tuned top is a copy that learns to
judge. Each task pools the tuned top's words with an attention of its own, and its logits are a sum over words, so that
every word's share in a verdict comes with it for free.
"""

from __future__ import annotations

import copy
from typing import NamedTuple

from torch import Tensor, nn

from scoring.training.labels import SENTIMENTS, TRAGEDIES


class Judged(NamedTuple):
    """Logits (batch, 3) of both tasks, and what each word adds to the tragedy's logits (batch, words, 3)."""

    sentiment: Tensor
    tragedy: Tensor
    shares: Tensor


class WordSum(nn.Module):
    """Logits as a sum over words: attention says how much a word counts, a linear layer what it says."""

    def __init__(self, width: int, labels: int) -> None:
        super().__init__()
        self.counts = nn.Linear(width, 1)
        self.says = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Dropout(0.1), nn.Linear(width, labels))

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        """(batch, words, width) and a mask of 1 and 0 -> (batch, words, labels); the sum over words is the logits."""
        weights = self.counts(words).squeeze(-1).masked_fill(mask == 0, -1e4).softmax(-1)
        return self.says(words) * weights.unsqueeze(-1)


class Network(nn.Module):
    """`encoder`: a BERT from transformers. `shared`: how many of its lowest layers stay as they are."""

    def __init__(self, encoder: nn.Module, shared: int) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        layers = list(encoder.encoder.layer)
        self.embeddings = encoder.embeddings
        self.trunk = nn.ModuleList(layers[:shared])
        self.plain = nn.ModuleList(layers[shared:])
        self.tuned = copy.deepcopy(self.plain)
        self.sentiment = WordSum(width, len(SENTIMENTS))
        self.tragedy = WordSum(width, len(TRAGEDIES))
        for part in (self.embeddings, self.trunk, self.plain):
            part.requires_grad_(False)

    def train(self, mode: bool = True) -> Network:
        """What is not trained gets no dropout either: its output is the same in every pass."""
        super().train(mode)
        for part in (self.embeddings, self.trunk, self.plain):
            part.train(False)
        return self

    def judge(self, ids: Tensor, mask: Tensor) -> Judged:
        """The tuned top alone: all that training needs."""
        return self.verdict(self.below(ids, mask), mask)

    def below(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(texts, words) ids and mask -> the trunk's states, (texts, words, width)."""
        return _through(self.trunk, self.embeddings(input_ids=ids), mask)

    def verdict(self, states: Tensor, mask: Tensor) -> Judged:
        """What the tuned top makes of the trunk's states."""
        words = _through(self.tuned, states, mask)
        shares = self.tragedy(words, mask)
        return Judged(self.sentiment(words, mask).sum(1), shares.sum(1), shares)

    def meaning(self, states: Tensor, mask: Tensor) -> Tensor:
        """The plain top's sentence embedding: the mean over words, of unit length, (texts, width)."""
        plain = _through(self.plain, states, mask)
        counted = mask.unsqueeze(-1).to(plain.dtype)
        mean = (plain * counted).sum(1) / counted.sum(1).clamp(min=1e-9)
        return nn.functional.normalize(mean, dim=-1)


def _through(layers: nn.ModuleList, states: Tensor, mask: Tensor) -> Tensor:
    wide = (1.0 - mask[:, None, None, :].to(states.dtype)) * -1e4
    for layer in layers:
        out = layer(states, wide)
        states = out[0] if isinstance(out, tuple) else out
    return states
