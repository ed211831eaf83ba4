"""`python -m bench.speed`: what watching, the store and the judge cost, as ratios taken in one run.

Absolute figures depend on the machine and are printed only to read the ratios by. No test asserts any of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.watching import bare_inserts, intake, matching, tick
from data.storage import events as chain
from data.storage.engine import open_store
from data.storage.store import Store
from scoring.contract import BrandProfile
from scoring.lexicon import LexiconScorer
from workflow import brand

# Posts that are all kept, and the shorter history that a longer one is held against.
ALL_KEPT, SHORT = 60_000, 30
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


def texts(start: int, number: int) -> list[str]:
    """Different short posts."""
    return [
        f"Post {n}: term{n % 10}a is all over the place today #tag{n % 10} {n * 7919}" for n in range(start, number)
    ]


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


def house(url: str) -> None:
    """The event chain and the judge, on one database."""
    store = open_store(url)
    with store.write() as tx:
        brand.found(tx, BrandProfile(name="Bench"))
    one = seconds(lambda: append_events(store))
    many = seconds(lambda: write_transactions(store, 100)) / 100 * EVENTS
    walk = seconds(lambda: chain.verify(store))
    checked, _ = chain.verify(store)
    fresh = iter(range(0, 1_000_000, TEXTS))
    score = seconds(lambda: _score_fresh(next(fresh)))
    tell("an event in its own transaction : in a batch", many / one, f"{EVENTS / many:,.0f} transactions/s")
    tell("verifying an event : writing it", walk / checked * EVENTS / one, f"{checked / walk:,.0f} rows/s")
    tell("judging a text : writing an event", score / TEXTS * EVENTS / one, f"{TEXTS / score:,.0f} texts/s")
    store.close()


def match(keywords: int) -> None:
    """Matching against the bare automaton. 1 is as fast, above 1 faster."""
    found = matching(keywords)
    beside = f"{found.posts / found.ours:,.0f} posts/s"
    tell(f"matching {keywords:,} keywords : ahocorasick_rs", found.bare / found.ours, beside)
    beside = f"{found.posts / found.fastest:,.0f} posts/s bare"
    tell("the same : its fastest automaton", found.fastest / found.ours, beside)


def take(folder: Path, posts: int) -> None:
    """Intake into SQLite, one post in ten kept; then every post, against inserts of the same rows and nothing else."""
    some = intake(folder, posts, 0.1)
    grown = some.memory[-1][1] - some.memory[1][1]
    beside = f"{some.posts / some.seconds:,.0f} posts/s, {some.kept / some.posts:.0%} kept"
    tell(f"memory after {posts:,} posts : after the first", some.memory[-1][1] / some.memory[1][1], f"{grown:+.0f} MB")
    every = intake(folder, ALL_KEPT, 1.0)
    plain = bare_inserts(folder, ALL_KEPT)
    tell("intake, 10 % kept : bare inserts of all rows", some.seconds / posts / (plain / ALL_KEPT), beside)
    beside = f"{every.posts / every.seconds:,.0f} posts/s"
    tell("intake, all kept : bare inserts of all rows", every.seconds / plain, beside)


def look(folder: Path, topics: int, days: int) -> None:
    """One look over all topics, and how much of it the history costs."""
    looked, short = tick(folder, topics, days), tick(folder, topics, SHORT)
    many = f"a look at {topics:,} topics, {days} days : {SHORT} days"
    tell(many, looked.settled / short.settled, f"{looked.settled:.2f} s, all above their floors")
    tell("  right after an hour turned", looked.turned / short.turned, f"{looked.turned:.2f} s")
    tell("  the very first, nothing kept yet", looked.first / short.first, f"{looked.first:.2f} s")
    tell("  one in a hundred above its floor", looked.quiet / short.quiet, f"{looked.quiet:.3f} s")


def _score_fresh(start: int) -> None:
    """Texts that the judge has not seen: it remembers what it judged."""
    LexiconScorer().score(texts(start, start + TEXTS))


def tell(what: str, ratio: float, beside: str) -> None:
    """One line: the ratio, and the absolute figure to read it by."""
    print(f"{what:<56}{ratio:>8.2f}   ({beside})")


def main() -> int:
    """SQLite in a temporary folder; the house's part also on a database that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", default="", help="an empty database of your own, for events and judging only")
    parser.add_argument("--keywords", type=int, default=1_000)
    parser.add_argument("--posts", type=int, default=300_000)
    parser.add_argument("--topics", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=60, help="of history; 400 need 5 GB of disk and some minutes")
    args = parser.parse_args()
    if args.database_url:
        house(args.database_url)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        match(args.keywords)
        take(folder, args.posts)
        look(folder, args.topics, args.days)
        house(f"sqlite:///{folder / 'bench.db'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
