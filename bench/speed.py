"""`python -m bench.speed`: what the store, the intake and the judge cost, as ratios taken in one run.

Absolute figures depend on the machine and are printed only to read the ratios by. No test asserts any of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select

from data.storage import events as chain
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import items, sources
from monitors.intake import add_count, take_in, watching
from monitors.sources import Item, Poll, PollState
from monitors.watch import judge_topic
from scoring.contract import BrandProfile
from scoring.lexicon import LexiconScorer
from workflow import brand
from workflow.imports import add_monitor, add_source
from workflow.topics import topic_id

ITEMS = 2_000
EVENTS = 1_000
TEXTS = 2_000


def seconds(deed: Callable[[], object], rounds: int = 3) -> float:
    """The fastest of some rounds: the least disturbed one."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        deed()
        taken.append(time.perf_counter() - began)
    return min(taken)


def seeded(store: Store, monitors: int) -> int:
    """A brand with so many monitors of three terms each; the source's id."""
    with store.write() as tx:
        founded = brand.found(tx, BrandProfile(name="Bench"))
        for number in range(monitors):
            terms = [f"term{number}a", f"two words{number}", f"#tag{number}"]
            add_monitor(tx, founded.id, f"monitor {number}", "keyword", terms)
        return add_source(tx, "rss", "bench", {}, 60)


def texts(start: int, number: int) -> list[str]:
    """Different short posts, each with a term of one of ten monitors and a hashtag."""
    return [
        f"Post {n}: term{n % 10}a is all over the place today #tag{n % 10} {n * 7919}" for n in range(start, number)
    ]


def intake(store: Store, source_id: int, batch: int) -> None:
    """One poll with `ITEMS` new items."""
    with store.write() as tx:
        row = tx.row(select(sources).where(sources.c.id == source_id))
        assert row is not None
        given = tuple(
            Item(f"{batch}-{n}", text, "", f"a{n}", tx.now - timedelta(seconds=n), "mentions")
            for n, text in enumerate(texts(0, ITEMS))
        )
        take_in(tx, row, Poll(given, (), PollState()), watching(tx))


def bare_inserts(store: Store, source_id: int, batch: int) -> None:
    """The same rows, written and nothing else."""
    with store.write() as tx:
        for n, text in enumerate(texts(0, ITEMS)):
            row = {"source_id": source_id, "external_id": f"bare {batch}-{n}", "kind": "mentions", "text": text}
            when = {"published_at": tx.now, "taken_in_at": tx.now}
            tx.insert(insert(items).values(**row, **when, weight=1, fingerprint=str(n), extra={}))


def append_events(store: Store) -> None:
    """`EVENTS` event rows in one transaction."""
    with store.write() as tx:
        for _ in range(EVENTS):
            chain.append(tx, chain.THE_PRODUCT, "bench", "brand", 1)


def write_transactions(store: Store, number: int) -> None:
    """`number` transactions of one event row each: what a busy team's clicks cost."""
    for _ in range(number):
        with store.write() as tx:
            chain.append(tx, chain.THE_PRODUCT, "bench", "brand", 1)


def a_week_of_minutes(store: Store) -> int:
    """A topic with a count in every minute of a week; its id."""
    with store.write() as tx:
        topic = topic_id(tx, "busy")
        for minute in range(7 * 24 * 60):
            add_count(tx, topic, 1, tx.now.replace(second=0, microsecond=0) - timedelta(minutes=minute), 3)
    return topic


def measure(url: str) -> None:
    """All measurements on one database."""
    store = open_store(url)
    source_id = seeded(store, 10)
    batches = iter(range(1_000))
    plain = seconds(lambda: bare_inserts(store, source_id, next(batches)))
    full = seconds(lambda: intake(store, source_id, next(batches)))
    one = seconds(lambda: append_events(store))
    many = seconds(lambda: write_transactions(store, 100)) / 100 * EVENTS
    walk = seconds(lambda: chain.verify(store))
    checked, _ = chain.verify(store)
    topic = a_week_of_minutes(store)

    def look() -> None:
        with store.read() as tx:
            judge_topic(tx, topic)

    looked = seconds(look)
    fresh = iter(range(0, 1_000_000, TEXTS))
    score = seconds(lambda: _score_fresh(next(fresh)))
    tell("intake of an item : bare insert of its row", full / plain, f"{ITEMS / full:,.0f} items/s")
    tell("an event in its own transaction : in a batch", many / one, f"{EVENTS / many:,.0f} transactions/s")
    tell("verifying an event : writing it", walk / checked * EVENTS / one, f"{checked / walk:,.0f} rows/s")
    tell("judging a week of minutes : one item's intake", looked / (full / ITEMS), f"{looked * 1000:.0f} ms")
    tell("judging a text : its intake", (score / TEXTS) / (full / ITEMS), f"{TEXTS / score:,.0f} texts/s")
    store.close()


def _score_fresh(start: int) -> None:
    """Texts that the judge has not seen: it remembers what it judged."""
    LexiconScorer().score(texts(start, start + TEXTS))


def tell(what: str, ratio: float, beside: str) -> None:
    """One line: the ratio, and the absolute figure to read it by."""
    print(f"{what:<52}{ratio:>8.2f}   ({beside})")


def main() -> int:
    """SQLite in a temporary folder, or the database that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", default="", help="an empty database of your own; default: a temporary file")
    args = parser.parse_args()
    if args.database_url:
        measure(args.database_url)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        measure(f"sqlite:///{Path(folder) / 'bench.db'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
