"""How near a moment is in meaning to what a brand says of itself, where no name is spoken: `the courier lost it again`
is about late delivery. Kept from `relevance`, which weighs names first and decides what a nearness is worth.

A topic and its uses become one vector, their mean; each phrase of the profile another. Some phrases lie near to
everything ("waiting on the phone" more than "gambling"), so what counts is how much nearer the moment is than a dozen
everyday subjects are on average. Names of products and competitors are left out: their meaning is not their words'.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.contract import BrandProfile, Embedder, Moment
from scoring.overlap import topic_tokens
from scoring.safety import embed_safely

MOST_USES = 30
EVERYDAY = (
    "the match tonight",
    "a new film everybody talks about",
    "what is for dinner",
    "my cat did something silly",
    "the morning commute",
    "exam results at school",
    "a song I cannot stop singing",
    "holiday photos",
    "the weather this weekend",
    "a new phone",
    "a birthday party",
    "breaking news from the capital",
)
"""What people talk about on any day (ours): the measure of how near a phrase lies to just anything."""
KINDS = (
    ("trade", "category"),
    ("keyword", "keywords"),
    ("pain point", "pain_points"),
    ("value", "values"),
    ("never-list", "never_list"),
)

_Vectors = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Near:
    """A phrase of the profile and how near it is: the cosine, and by how much that exceeds the everyday subjects'."""

    kind: str
    phrase: str
    cosine: float
    excess: float

    @property
    def said(self) -> str:
        return f"«{self.kind}: {self.phrase}» ({self.cosine:.2f})"


def nearness(moment: Moment, brand: BrandProfile, embedder: Embedder) -> tuple[Near, ...]:
    """Every phrase of the profile, the nearest first; empty where there is nothing to compare, or the embedder failed.

    Which texts were met lately is for the embedder to remember: a profile's phrases come back at every look.
    """
    phrases = list(_phrases(brand))
    said = [" ".join(topic_tokens(moment.topic)) or moment.topic, *(use.text for use in moment.uses[-MOST_USES:])]
    texts = [text for text in said if text.strip()]
    if not phrases or not texts:
        return ()
    vectors = embed_safely(embedder, [*texts, *(phrase for _, phrase in phrases), *EVERYDAY])
    if vectors is None:
        return ()
    every = np.asarray(vectors, dtype=np.float64)
    own, named, common = np.split(every, [len(texts), len(texts) + len(phrases)])
    cosines = named @ _middle(own)
    excess = cosines - (named @ common.T).mean(axis=1)
    found = [
        Near(kind, phrase, float(one), float(more))
        for (kind, phrase), one, more in zip(phrases, cosines, excess, strict=True)
    ]
    return tuple(sorted(found, key=lambda near: -near.excess))


def _phrases(brand: BrandProfile) -> Iterable[tuple[str, str]]:
    for kind, field in KINDS:
        told: str | Sequence[str] = getattr(brand, field)
        yield from ((kind, phrase) for phrase in ([told] if isinstance(told, str) else told) if phrase.strip())


def _middle(own: _Vectors) -> _Vectors:
    """The direction of the mean; zero where the texts cancel each other out."""
    mean: _Vectors = own.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return mean / length if length else mean
