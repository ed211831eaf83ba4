"""Measures the judge on labelled texts: `python -m bench.quality_scoring DATASETS`.

Prints recall, precision and false holds on the tragedy sets, macro-averaged recall of sentiment, and texts a second.
DATASETS is the folder with `tragedy/` and `sentiment/`; the sets are no part of the project. What the numbers do and
do not show stands in docs/quality.md.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from scoring.breaking import is_mass_harm
from scoring.contract import TextVerdict, Tragedy
from scoring.lexicon import LexiconScorer

T = TypeVar("T")
Row = dict[str, str]
# The set names its sections by number only. Section 11 reads as sports (141 headlines with NFL, NBA and the like);
# section 12, which its notes call sports, has 30 and reads as news about Black Americans. 11 is what is measured.
DARK_SECTIONS = {"20": "crime", "24": "world (a)", "28": "world (b)"}
SOFT_SECTIONS = {"11": "sports", "10": "comedy", "8": "food", "2": "entertainment"}


def main(arguments: list[str]) -> int:
    """Run every measurement that the folder allows. Exit status 2 when the folder is not given or not there."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m bench.quality_scoring DATASETS (a folder)", file=sys.stderr)
        return 2
    folder, scorer = Path(arguments[0]), LexiconScorer()
    print(f"scorer {scorer.name}")
    _about_disasters(scorer, folder / "tragedy" / "disasters_on_social_media.csv")
    _on_topic(scorer, folder / "tragedy" / "crisislex_t6_two_events.csv")
    _sections(scorer, folder / "tragedy" / "huffpost_headlines.csv")
    _sentiment(scorer, folder / "sentiment" / "tweeteval_validation.csv")
    return 0


def _about_disasters(scorer: LexiconScorer, path: Path) -> None:
    rows = [row for row in _rows(path) if row["label"] in ("Relevant", "Not Relevant")]
    verdicts = _timed(scorer, [row["text"] for row in rows], "disasters_on_social_media")
    rated = list(zip(rows, verdicts, strict=True))
    sure = [(row, verdict) for row, verdict in rated if row["confidence"] in ("1", "1.0")]
    for name, part in (("all", rated), ("confidence 1", sure)):
        pairs = [(row["label"] == "Relevant", verdict) for row, verdict in part]
        for label in ("review or hold", "hold"):
            _detection(f"  {name}, {label}", pairs, label)


def _on_topic(scorer: LexiconScorer, path: Path) -> None:
    rows = _rows(path)
    verdicts = _timed(scorer, [row["text"] for row in rows], "crisislex")
    for event in sorted({row["event"] for row in rows}):
        pairs = [
            (row["label"] == "on-topic", verdict)
            for row, verdict in zip(rows, verdicts, strict=True)
            if row["event"] == event
        ]
        _detection(f"  {event}, review or hold", pairs, "review or hold")


def _sections(scorer: LexiconScorer, path: Path) -> None:
    rows = [row for row in _rows(path) if row["section"] in DARK_SECTIONS | SOFT_SECTIONS]
    verdicts = _timed(scorer, [row["text"] for row in rows], "huffpost headlines")
    for section, name in (DARK_SECTIONS | SOFT_SECTIONS).items():
        own = [(row, verdict) for row, verdict in zip(rows, verdicts, strict=True) if row["section"] == section]
        noticed = _share(own, lambda pair: pair[1].tragedy.label is not Tragedy.CLEAR)
        held = _share(own, lambda pair: pair[1].tragedy.label is Tragedy.HOLD)
        called = _share(own, lambda pair: is_mass_harm(pair[0]["text"]))
        print(f"  {name:14} noticed {noticed:6.1%}   hold {held:6.1%}   would stop the schedule {called:6.1%}")


def _sentiment(scorer: LexiconScorer, path: Path) -> None:
    rows = _rows(path)
    verdicts = _timed(scorer, [row["text"] for row in rows], "tweeteval_validation")
    recalls = []
    for label in ("negative", "neutral", "positive"):
        own = [verdict for row, verdict in zip(rows, verdicts, strict=True) if row["label"] == label]
        recalls.append(sum(verdict.sentiment.label == label for verdict in own) / max(1, len(own)))
        print(f"  recall {label:9} {recalls[-1]:.3f}")
    print(f"  macro-averaged recall {sum(recalls) / len(recalls):.3f}")


def _detection(name: str, pairs: Iterable[tuple[bool, TextVerdict]], label: str) -> None:
    found = [
        (wanted, verdict.tragedy.label is Tragedy.HOLD or (label != "hold" and _noticed(verdict)))
        for wanted, verdict in pairs
    ]
    hits = sum(wanted and said for wanted, said in found)
    recall = hits / max(1, sum(wanted for wanted, _ in found))
    precision = hits / max(1, sum(said for _, said in found))
    false = sum(said and not wanted for wanted, said in found) / max(1, sum(not wanted for wanted, _ in found))
    print(f"{name}: recall {recall:.3f}  precision {precision:.3f}  falsely flagged {false:.3f}  ({len(found)} texts)")


def _noticed(verdict: TextVerdict) -> bool:
    return verdict.tragedy.label is not Tragedy.CLEAR


def _timed(scorer: LexiconScorer, texts: list[str], name: str) -> list[TextVerdict]:
    started = time.perf_counter()
    verdicts = scorer.score(texts)
    print(f"{name}: {len(texts)} texts, {len(texts) / (time.perf_counter() - started):,.0f} a second")
    return verdicts


def _share(items: list[T], test: Callable[[T], bool]) -> float:
    return sum(test(item) for item in items) / max(1, len(items))


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
