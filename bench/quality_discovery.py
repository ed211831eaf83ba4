"""How well discovery finds what rises: a made-up day of posts with planted rises, noise and spam.

`python -m bench.quality_discovery [SEEDS]` prints precision, recall and delay. The stream is invented from a seed:
words by a power law, an evening peak, morning tags, bursts of one spammer, small circles of five friends, and rises
of known start that ten to two hundred people join. What it does not show is said in docs/quality-discovery.md.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

from sqlalchemy import select

from data.storage import events
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import proposals
from monitors.discovery import Known, propose
from monitors.heard import Terms
from monitors.sources import Item
from workflow.imports import add_source

START = datetime(2026, 5, 4, tzinfo=UTC)
HOURS, LEARNT = 30, 6
MINUTE = timedelta(minutes=1)
POSTS_A_MINUTE = 20
SOURCES = ("Large", "Middle", "Niche")
SYLLABLES = [
    "ka",
    "ro",
    "ti",
    "mun",
    "vel",
    "dra",
    "so",
    "pli",
    "ne",
    "bor",
    "ush",
    "wen",
    "ta",
    "gri",
    "lo",
    "fex",
    "yam",
    "ocu",
    "dri",
    "zan",
]


@dataclass(frozen=True)
class Rise:
    """Planted: from `at` on, `people` different people in about an hour, the first of them on the niche source."""

    term: str
    at: datetime
    people: int


def word(number: int) -> str:
    """The same invented word for the same number."""
    parts = []
    number += 400
    while number:
        number, rest = divmod(number, len(SYLLABLES))
        parts.append(SYLLABLES[rest])
    return "".join(parts)


class Stream:
    """A day and some hours of posts, minute by minute."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.words = [word(n) for n in range(4_000)]
        self.weights = [1 / (rank + 8) for rank in range(len(self.words))]
        self.rises = [self._rise(n) for n in range(40)]
        self.number = 0

    def _rise(self, n: int) -> Rise:
        at = START + timedelta(hours=LEARNT) + MINUTE * self.random.randrange((HOURS - LEARNT - 2) * 60)
        people = round(math.exp(self.random.uniform(math.log(10), math.log(200))))
        term = f"#{word(9_000 + n)}" if n % 2 else f"{word(20_000 + n)} {word(30_000 + n)}".title()
        return Rise(term, at, people)

    def minute(self, at: datetime) -> Iterator[tuple[str, Item]]:
        """(source, post) of one minute."""
        hour = at.hour + at.minute / 60
        many = POSTS_A_MINUTE * (1 + 0.6 * math.sin((hour - 14) / 24 * 2 * math.pi))
        for _ in range(max(0, round(self.random.gauss(many, math.sqrt(many))))):
            words = self.random.choices(self.words, self.weights, k=8)
            if 6 <= hour < 8 and self.random.random() < 0.15:
                words.append("#goodmorning")
            yield self._source(), self._post(at, " ".join(words), f"p{self.random.randrange(20_000)}")
        if at.minute == 0:
            spam = f"#{word(50_000 + at.hour)}"
            for _ in range(60):
                yield self._source(), self._post(at, f"{spam} buy now", f"spammer {at.hour}")
        if at.minute == 30:
            circle = f"#{word(60_000 + at.hour)}"
            for n in range(30):
                yield self._source(), self._post(at, f"{circle} our evening", f"friend {at.hour} {n % 5}")
        for rise in self.rises:
            yield from self._of(rise, at)

    def _of(self, rise: Rise, at: datetime) -> Iterator[tuple[str, Item]]:
        since = (at - rise.at) / MINUTE
        if not 0 <= since < 60:
            return
        mean = rise.people / 60
        many = int(mean) + (self.random.random() < mean % 1)
        for _ in range(many):
            source = "Niche" if since < 5 else self._source()
            words = " ".join(self.random.choices(self.words, self.weights, k=4))
            yield source, self._post(at, f"{words} {rise.term}", f"r{self.random.randrange(20_000)}")

    def _source(self) -> str:
        return self.random.choices(SOURCES, (6, 3, 1))[0]

    def _post(self, at: datetime, text: str, author: str) -> Item:
        self.number += 1
        return Item(str(self.number), text, "", author, at, "mentions")


class Clock:
    """A clock that the stream moves."""

    at = START

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Found:
    """One proposal: what, when, who was said to have had it first."""

    label: str
    also: tuple[str, ...]
    at: datetime
    first_source: int


def run(seed: int, folder: Path) -> tuple[list[Rise], list[Found]]:
    """Let a stream pass through the live path; what was planted and what was proposed."""
    clock, stream, terms = Clock(), Stream(seed), Terms()
    store = open_store(f"sqlite:///{folder / f'{seed}.db'}", clock=clock)
    with store.write() as tx:
        ids = {name: add_source(tx, "rss", name, {}, 900) for name in SOURCES}
        events.append(tx, events.THE_PRODUCT, "began", "bench", None)
    found, known = list[Found](), Known()
    for minute in range(HOURS * 60):
        clock.at = START + MINUTE * minute
        batch: dict[str, list[Item]] = {name: [] for name in SOURCES}
        for source, post in stream.minute(clock.at):
            batch[source].append(post)
        clock.at += MINUTE - timedelta(seconds=1)
        with store.write() as tx:
            for name, posts in batch.items():
                terms.note(tx, ids[name], posts)
        found += _proposed(store, propose(store, known))
    store.close()
    return stream.rises, found


def _proposed(store: Store, new: tuple[int, ...]) -> list[Found]:
    if not new:
        return []
    with store.read() as tx:
        rows = tx.rows(select(proposals).where(proposals.c.id.in_(new)))
        return [Found(r["label"], tuple(r["why"]["also"]), r["proposed_at"], r["first_source_id"]) for r in rows]


def score(rises: list[Rise], found: list[Found]) -> tuple[int, int, list[float], int, list[str]]:
    """Planted and found, proposals that were one, delays in minutes, first sources right, and what was wrong."""
    by_term = {rise.term.casefold(): rise for rise in rises}
    hit: dict[str, float] = {}
    right, wrong, niche = 0, [], 0
    for one in found:
        said = next((t for t in (one.label, *one.also) if t.casefold() in by_term), None)
        if said is None:
            wrong.append(one.label)
            continue
        rise = by_term[said.casefold()]
        right += 1
        hit.setdefault(rise.term, (one.at - rise.at) / MINUTE)
        niche += one.first_source == len(SOURCES)
    return len(hit), right, list(hit.values()), niche, wrong


def main() -> None:
    """Print the table."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print("seed  planted  found  recall  proposals  precision  median delay  first source right  wrong ones")
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            rises, found = run(seed, Path(folder))
        hits, right, delays, niche, wrong = score(rises, found)
        small = [rise for rise in rises if rise.people < 20]
        recall, precision = hits / len(rises), right / max(len(found), 1)
        print(
            f"{seed:>4}  {len(rises):>7}  {hits:>5}  {recall:>6.2f}  {len(found):>9}  {precision:>9.2f}  "
            f"{median(delays or [0]):>8.0f} min  {niche:>9} of {right:<6}  {', '.join(wrong[:5])}  ({len(small)} small)"
        )


if __name__ == "__main__":
    main()
