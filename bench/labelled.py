"""The labelled texts that `bench.quality_scoring` measures on: our own held-out set, and the given sets' held tenth.

`bench/held_out` was written for measuring: no model was trained on it, no list was made from it, no cut was chosen by
it. The given sets are no part of the project; of them the rows count that `scoring.training.texts.is_held` keeps out
of training, by the labels that we read into `scoring/training` and, apart from that, by the sets' own. A row that
stands in another spelling among the rows trained on is left out: posts were copied, and sets are made of other sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bench.metrics import LABELS, Line
from data.errors import BadInput
from scoring.training.texts import SETS, Row, fingerprint, is_held, our_labels, rows

HERE = Path(__file__).parent / "held_out"
FORMS = ("headline", "tweet")
READ = ("headlines", "sections", "disasters", "two_events")
"""The given sets of which we labelled rows."""
# What a given set's own label comes to. The set names its sections by number only: 20 is crime, 24 and 28 read as world
# news, 11 as sports (141 headlines with NFL, NBA and the like), 10 is comedy, 8 food, 2 entertainment.
SAID = {
    "disasters": {"Relevant": "hold", "Not Relevant": "clear"},
    "two_events": {"on-topic": "hold", "off-topic": "clear"},
    "sections": {"20": "hold", "24": "hold", "28": "hold", "11": "clear", "10": "clear", "8": "clear", "2": "clear"},
}


@dataclass(frozen=True)
class Topic:
    """Ten items about one event, with the truth about it."""

    name: str
    tragic: bool
    items: tuple[str, ...]


def own_lines(folder: Path = HERE) -> list[Line]:
    """Our held-out set. BadInput names the line that is not label, kind, form and text."""
    lines = []
    for path in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            label, kind, form, text = (line.split("\t") + [""] * 4)[:4]
            if label not in LABELS or form not in FORMS or not kind or not text.strip() or line.count("\t") != 3:
                raise BadInput(f"{path.name}, line {number}: write label, kind, form and text with tabs between.")
            lines.append(Line(text, label, path.stem, kind, form))
    return lines


def own_topics(path: Path = HERE / "topics.yaml") -> list[Topic]:
    """Our held-out topics."""
    told: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [Topic(one["name"], one["tragic"], tuple(one["items"])) for one in told]


def read_by_us(datasets: Path) -> list[Line]:
    """The held rows of the given sets that we labelled; BadInput when a set is not the one that was labelled."""
    lines = []
    for group in READ:
        labels = our_labels(group)
        for row in held_rows(group, datasets) if labels else []:
            sha, label = labels.get(row.number, ("", ""))
            if sha and sha != row.sha:
                raise BadInput(f"Row {row.number} of {group} is not the text that was labelled: is it another version?")
            if label in LABELS:
                lines.append(
                    Line(row.text, label, group, form="tweet" if group in ("disasters", "two_events") else "headline")
                )
    return lines


def read_by_others(group: str, datasets: Path) -> list[Line]:
    """The held rows of a given set by its own labels, which know tragic and not, and are noisy."""
    return [
        Line(row.text, SAID[group][row.said], group) for row in held_rows(group, datasets) if row.said in SAID[group]
    ]


def held_rows(group: str, datasets: Path) -> list[Row]:
    """The rows of a given set that nothing was trained on in any spelling, each text once."""
    once = {fingerprint(row.text): row for row in rows(group, datasets) if is_held(row.sha)}
    return [row for mark, row in once.items() if mark not in trained_on(datasets)]


def unseen(group: str, datasets: Path) -> list[Row]:
    """The rows of a set that is only measured on, without those that stand in the sets trained on."""
    return [row for row in rows(group, datasets) if fingerprint(row.text) not in trained_on(datasets)]


@lru_cache(maxsize=1)
def trained_on(datasets: Path) -> frozenset[str]:
    """The fingerprints of all rows of the given sets that training may read."""
    groups = [group for group in SETS if group != "tweeteval"]
    return frozenset(fingerprint(row.text) for group in groups for row in rows(group, datasets) if not is_held(row.sha))
