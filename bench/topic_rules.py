"""How the rule for topics was chosen: `python -m bench.topic_rules` measures simple rules on the topics written for it.

Apart from `bench.quality_scoring`, which measures on what nobody may choose by. Each rule turns the probabilities of a
topic's ten items into one number; its cut is found on four fifths of the topics and tried on the rest. Printed beside
it: how many harmless topics every rule has to stop if it is to miss none, one or two of the tragic ones.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from app import settings
from app.judges import scorer_for
from bench.labelled import Topic, own_topics
from bench.quality_scoring import AT
from scoring.context import climate, level_of, topic_verdict
from scoring.contract import Tragedy, Use
from scoring.thresholds import DARK_AT, TOPIC_REVIEW

TOPICS = Path(__file__).parent.parent / "scoring" / "training" / "topics.yaml"
FOLDS, TIMES = 5, 20
MISSED = (0, 1, 2)
Rule = Callable[[Sequence[float]], float]
Rated = Sequence[tuple[float, bool]]
"""What a rule says of each topic, and whether the topic is tragic."""


def _odds(level: float, least: float = 0.01) -> float:
    kept = min(1 - least, max(least, level))
    return math.log(kept / (1 - kept))


RULES: dict[str, Rule] = {
    "dark items, counted": lambda levels: sum(level >= DARK_AT for level in levels),
    "very dark items, counted": lambda levels: sum(level >= 0.7 for level in levels),
    "mean probability": lambda levels: sum(levels) / len(levels),
    "the three darkest": lambda levels: sum(sorted(levels)[-3:]) / 3,
    "noisy or": lambda levels: -sum(math.log(1 - 0.5 * level) for level in levels),
    "mean log-odds": lambda levels: sum(map(_odds, levels)) / len(levels),
    "the same, kept in bounds (shipped)": level_of,
}


def cut_for(rated: Rated) -> float:
    """The cut of fewest mistakes, in the middle of those that are as good."""
    values = sorted({value for value, _ in rated})
    cuts = [(low + high) / 2 for low, high in pairwise(values)]
    wrong = [sum((value >= cut) != tragic for value, tragic in rated) for cut in cuts]
    best = [cut for cut, mistakes in zip(cuts, wrong, strict=True) if mistakes == min(wrong)]
    return best[len(best) // 2]


def cross_validated(rated: Rated) -> tuple[float, float]:
    """Shares of the tragic and of the harmless topics that are stopped where the cut was not chosen."""
    found = false = 0
    order, dice = list(rated), random.Random(1)
    for _ in range(TIMES):
        dice.shuffle(order)
        for fold in range(FOLDS):
            cut = cut_for([one for place, one in enumerate(order) if place % FOLDS != fold])
            stopped = [tragic for value, tragic in order[fold::FOLDS] if value >= cut]
            found += sum(stopped)
            false += len(stopped) - sum(stopped)
    tragic = sum(truth for _, truth in rated)
    return found / TIMES / tragic, false / TIMES / (len(rated) - tragic)


def harmless_stopped(rated: Rated, missed: int) -> int:
    """How many harmless topics are stopped by the highest cut that misses no more tragic ones than `missed`."""
    cut = sorted(value for value, tragic in rated if tragic)[missed]
    return sum(value >= cut for value, tragic in rated if not tragic)


def main(path: Path = TOPICS) -> int:
    """Print every rule's figures, and what the shipped rule with its own cuts says of the same topics."""
    topics = own_topics(path)
    scorer = scorer_for(settings.load())
    tragic = sum(topic.tragic for topic in topics)
    print(f"judge {scorer.name}; {len(topics)} topics, {tragic} of them tragic")
    airs = [climate([Use(text, AT) for text in topic.items], scorer.score(list(topic.items))) for topic in topics]
    print(f"{'rule':36} cross-validated: found, stopped   harmless stopped with {MISSED} tragic ones missed")
    for name, rule in RULES.items():
        rated = [
            (rule([level for level, _ in air.levels]), topic.tragic) for topic, air in zip(topics, airs, strict=True)
        ]
        found, false = cross_validated(rated)
        print(f"{name:36} {found:22.1%} {false:8.1%}   {[harmless_stopped(rated, missed) for missed in MISSED]}")
    said = [(topic, topic_verdict(air).label, air.level) for topic, air in zip(topics, airs, strict=True)]
    _shipped(said)
    return 0


def _shipped(said: Sequence[tuple[Topic, Tragedy, float]]) -> None:
    missed = [topic.name for topic, label, _ in said if topic.tragic and label is Tragedy.CLEAR]
    false = [topic.name for topic, label, _ in said if not topic.tragic and label is not Tragedy.CLEAR]
    held = sum(label is Tragedy.HOLD for topic, label, _ in said if topic.tragic)
    print(f"\nwith the shipped cuts (review from {TOPIC_REVIEW}): {held} tragic topics held")
    print(f"tragic ones missed: {', '.join(missed) or 'none'}\nharmless ones stopped: {', '.join(false) or 'none'}")


if __name__ == "__main__":
    sys.exit(main())
