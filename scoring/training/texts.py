"""What the model learns from: the sets given from outside, our labels for their rows, and lines of our own.

The outside sets are no part of the project. Our labels name a row by its set, its number and the beginning of its
hash, so that nothing of theirs is passed on and a changed file is noticed. A tenth of everything, chosen by hash, is
never trained on: `is_held` says which.
"""

from __future__ import annotations

import csv
import hashlib
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data.errors import BadInput
from scoring.training.labels import SENTIMENTS, TRAGEDIES

HERE = Path(__file__).parent
SETS = {
    "headlines": "tragedy/unlabelled_headlines.csv",
    "sections": "tragedy/huffpost_headlines.csv",
    "disasters": "tragedy/disasters_on_social_media.csv",
    "two_events": "tragedy/crisislex_t6_two_events.csv",
    "semeval": "sentiment/semeval2017_task4a.csv",
    "tweeteval": "sentiment/tweeteval_validation.csv",
}
# What a set's own label is worth where nobody of ours has read the row: shares of (clear, sensitive, hold) and weight.
# The shares are those that our reading of 4,500 of these rows came to; the weights are ours. What stands in no table
# and was not read teaches nothing about tragedy.
TRUST = {
    ("disasters", "Relevant"): ((0.34, 0.39, 0.27), 0.2),
    ("disasters", "Not Relevant"): ((0.91, 0.08, 0.01), 0.4),
}
QUIET_SECTIONS = frozenset(("2", "8", "10", "11"))
"""Entertainment, food, comedy and sports: where no word of ours for harm stands either, clear."""


@dataclass(frozen=True)
class Row:
    """A line of an outside set. `said`: the set's own label, empty where it has none."""

    group: str
    number: int
    text: str
    said: str
    sha: str


@dataclass(frozen=True)
class Example:
    """One text with what is known of it. `tragedy`: shares over TRAGEDIES or None; `sentiment`: an index or None."""

    text: str
    source: str
    sha: str
    tragedy: tuple[float, float, float] | None = None
    weight: float = 1.0
    sentiment: int | None = None


def sha_of(text: str) -> str:
    """The beginning of a text's hash: what a label remembers of it."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def is_held(sha: str) -> bool:
    """True for the tenth of all texts that is never trained on."""
    return int(sha[:8], 16) % 10 == 0


_NAMES = re.compile(r"https?://\S+|www\.\S+|@\w+|\bhttp\b")
_SIGNS = re.compile(r"[\W_]+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def fingerprint(text: str) -> str:
    """What is left of a text when links, names, signs, spaces and case are taken away: the same for its copies."""
    return _SIGNS.sub("", _NAMES.sub(" ", html.unescape(unescaped(text)))).casefold()


def unescaped(text: str) -> str:
    """A set's text as its author wrote it: one of them holds characters as `\\u2019`."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def rows(group: str, datasets: Path) -> Iterator[Row]:
    """The lines of one outside set. BadInput when its file is not there."""
    path = datasets / SETS[group]
    if not path.is_file():
        raise BadInput(f"The set {path.name} is not there: give the folder that holds {SETS[group]}.")
    with path.open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            text = " ".join(row["text"].split())
            yield Row(group, number, text, row.get("label") or row.get("section") or "", sha_of(text))


def our_labels(group: str) -> dict[int, tuple[str, str]]:
    """Our labels for a set's rows: row number -> (beginning of the text's hash, label)."""
    path = HERE / "rows_read" / f"{group}.csv"
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {int(row["row"]): (row["sha"], row["label"]) for row in csv.DictReader(file)}


def own_lines() -> Iterator[Example]:
    """The lines written for this project: `lines/*.tsv` with label, kind and text."""
    for path in sorted((HERE / "lines").glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            label, kind, text = [*line.split("\t"), "", "", ""][:3]
            if label not in TRAGEDIES or not text.strip():
                raise BadInput(f"{path.name}, line {number}: a label, a kind and a text are wanted.")
            yield Example(text, f"own/{kind}", sha_of(text), _sure(label), 1.0)


def corrections(path: Path) -> Iterator[Example]:
    """What people said against the judge: the lines about texts of `python -m app export corrections`."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                if row["about"] == "text" and row["aspect"] in _SAID_BY_PEOPLE:
                    yield _corrected(row["text"], row["aspect"], row["person"])
            except (ValueError, KeyError, TypeError) as error:
                raise BadInput(
                    f"{path.name}, line {number}: not a line of `export corrections`.", str(error)
                ) from error


def _corrected(text: str, aspect: str, said: str) -> Example:
    value = _SAID_BY_PEOPLE[aspect][said]
    if aspect == "tragedy":
        return Example(text, "corrections", sha_of(text), _sure(value), 1.0)
    return Example(text, "corrections", sha_of(text), sentiment=SENTIMENTS.index(value))


_SAID_BY_PEOPLE = {
    "tragedy": {"clear": "clear", "review": "sensitive", "hold": "hold"},
    "sentiment": {name: name for name in SENTIMENTS},
}


def examples(datasets: Path) -> list[Example]:
    """Everything there is to learn from, the held tenth included; texts that stand in two places are kept once."""
    kept: dict[str, Example] = {}
    held_back = {fingerprint(row.text) for row in rows("tweeteval", datasets)}
    for example in [*own_lines(), *(one for group in SETS if group != "tweeteval" for one in _of(group, datasets))]:
        key = fingerprint(example.text)
        if key not in held_back:
            kept.setdefault(key, example)
    return list(kept.values())


def _of(group: str, datasets: Path) -> Iterator[Example]:
    labels = our_labels(group)
    for row in rows(group, datasets):
        feeling = SENTIMENTS.index(row.said) if group == "semeval" else None
        shares: tuple[float, float, float] | None = None
        weight = 0.0
        if row.number in labels:
            sha, label = labels[row.number]
            if sha != row.sha:
                raise BadInput(f"Row {row.number} of {SETS[group]} is not the text that was labelled.")
            shares, weight = (None, 0.0) if label == "unreadable" else (_sure(label), 1.0)
        elif (group, row.said) in TRUST:
            shares, weight = TRUST[group, row.said]
        elif group == "sections" and row.said in QUIET_SECTIONS:
            shares, weight = (0.96, 0.03, 0.01), 0.2
        if shares is not None or feeling is not None:
            yield Example(unescaped(row.text), group, row.sha, shares, weight, feeling)


def _sure(label: str) -> tuple[float, float, float]:
    """Our label as shares: readers differ most between sensitive and its neighbours."""
    return {"clear": (0.96, 0.03, 0.01), "sensitive": (0.12, 0.76, 0.12), "hold": (0.01, 0.07, 0.92)}[label]
