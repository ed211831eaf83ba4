"""How sure the judge is, in words: a probability means little to a tired person, "very likely" means something.

Pure. The share is of the label that is shown: a clear text with a probability of 0.04 is very likely harmless.
"""

from __future__ import annotations

from dataclasses import dataclass

# From this share on these words (ours).
SURE = ((0.9, "very likely"), (0.7, "likely"), (0.0, "unsure"))
WHAT = {"clear": "harmless", "review": "delicate", "hold": "a reason to stop"}


@dataclass(frozen=True)
class Sure:
    """The words, and the number behind them for whoever asks."""

    words: str
    number: str


def how_sure(tragedy: str, probability: float) -> Sure:
    """What the judge's probability of harm says about the label that it gave."""
    share = 1 - probability if tragedy == "clear" else probability
    word = next(said for least, said in SURE if share >= least)
    meant = WHAT.get(tragedy, tragedy)
    words = f"unsure whether it is {meant}" if word == "unsure" else f"{word} {meant}"
    return Sure(words, f"{round(probability * 100)} in 100 that a brand's word beside this would hurt")
