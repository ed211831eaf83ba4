"""What watching costs: matching against the bare automaton, intake against bare inserts, and a look at 10,000 topics.

Everything is measured in one run on one machine and given as a ratio where there is something to compare with. CPU
time of this process, so that a neighbour on the machine does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ahocorasick_rs import AhoCorasick, Implementation
from sqlalchemy import select, text

from bench.posts import Posts, as_items
from data.storage.bulk import insert_rows, stamp
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import counts, items, sources
from data.storage.volumes import hour_of
from monitors.intake import take_in, watching
from monitors.matching import Matcher, MonitorRule
from monitors.sources import Item, Poll, PollState
from monitors.volume import minute_of
from monitors.watch import look_for_spikes
from scoring.contract import BrandProfile
from workflow import brand
from workflow.imports import add_monitor, add_source

BATCH = 2_000
TERMS = 10  # of a monitor


def cpu(deed: Callable[[], object], rounds: int = 3) -> float:
    """CPU seconds of the fastest of some rounds: the least disturbed one."""
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        deed()
        taken.append(time.process_time() - began)
    return min(taken)


@dataclass(frozen=True)
class Matched:
    """Seconds for the same posts: ours, and the bare automaton as it comes and at its fastest."""

    posts: int
    keywords: int
    ours: float
    bare: float
    fastest: float


def matching(keywords: int = 1_000, posts: int = 50_000, share: float = 0.1) -> Matched:
    """Match posts one by one, as intake does, and search the same posts with nothing around it.

    The bare search finds the keywords as they are written, in lower case, inside other words too: that is all it does.
    """
    made = Posts(keywords)
    texts = made.texts(posts, share)
    matcher = Matcher(MonitorRule(number, (word,)) for number, word in enumerate(made.keywords))
    plain = AhoCorasick(made.keywords)
    fastest = AhoCorasick(made.keywords, implementation=Implementation.DFA)
    return Matched(
        posts,
        keywords,
        ours=cpu(lambda: [matcher.match(one) for one in texts]),
        bare=cpu(lambda: [plain.find_matches_as_indexes(one) for one in texts]),
        fastest=cpu(lambda: [fastest.find_matches_as_indexes(one) for one in texts]),
    )


@dataclass(frozen=True)
class Took:
    """How an intake went: seconds of CPU, and the memory that the process held when so many posts were in."""

    posts: int
    kept: int
    seconds: float
    memory: tuple[tuple[int, float], ...]


def seeded(store: Store, monitors: int, terms: Sequence[str]) -> int:
    """A brand with so many monitors that share out the terms; the id of a source."""
    with store.write() as tx:
        founded = brand.found(tx, BrandProfile(name="Bench"))
        for number in range(monitors):
            add_monitor(tx, founded.id, f"monitor {number}", "keyword", terms[number::monitors])
        return add_source(tx, "rss", "bench", {}, 60)


def intake(folder: Path, posts: int, share: float, keep_unmatched: bool = False) -> Took:
    """Take posts in, in batches, into an SQLite file: match, deduplicate, count, store, and commit each batch.

    100 monitors with 1,000 keywords. Posts are made beforehand, a pool of 50,000 texts that each come with a number of
    their own, so making them is not measured; the memory is that of the whole process.
    """
    made = Posts()
    store = open_store(f"sqlite:///{folder / f'intake-{posts}-{share}.db'}")
    source = seeded(store, 100, made.keywords)
    pool = made.texts(50_000, share)
    seconds, kept, memory = 0.0, 0, [(0, resident())]
    every = max(BATCH, posts // 20 // BATCH * BATCH)
    for first in range(0, posts, BATCH):
        given = tuple(_numbered(pool, first, store.now()))
        began = time.process_time()
        with store.write() as tx:
            row = tx.row(select(sources).where(sources.c.id == source))
            assert row is not None
            kept += take_in(tx, row, Poll(given, (), PollState()), watching(tx), keep_unmatched).items
        seconds += time.process_time() - began
        if (first + BATCH) % every == 0:
            memory.append((first + BATCH, resident()))
    store.close()
    return Took(posts, kept, seconds, tuple(memory))


def _numbered(pool: Sequence[str], first: int, now: datetime) -> Iterator[Item]:
    texts = [f"{pool[number % len(pool)]} {number}" for number in range(first, first + BATCH)]
    return as_items(texts, first, now)


def bare_inserts(folder: Path, posts: int) -> float:
    """CPU seconds to write as many rows of items by `executemany`, in the same batches, and nothing else."""
    made = Posts()
    store = open_store(f"sqlite:///{folder / 'bare.db'}")
    source = seeded(store, 1, made.keywords[:1])
    pool = made.texts(50_000, 1.0)
    columns = ("source_id", "external_id", "kind", "text", "url", "author", "language", "published_at", "taken_in_at")
    seconds = 0.0
    for first in range(0, posts, BATCH):
        put = stamp_of(store)
        rows = [
            (source, one.external_id, one.kind, one.text, one.url, one.author, "en", put, put, 1, one.external_id, "{}")
            for one in _numbered(pool, first, store.now())
        ]
        began = time.process_time()
        with store.write() as tx:
            insert_rows(tx, items, (*columns, "weight", "fingerprint", "extra"), rows)
        seconds += time.process_time() - began
    store.close()
    return seconds


def stamp_of(store: Store) -> object:
    """Now, as the driver wants it."""
    with store.read() as tx:
        return stamp(tx)(tx.now)


@dataclass(frozen=True)
class Looked:
    """Seconds of one look over all topics: the first ever, right after an hour turned, when all is settled, and quiet.

    `settled` and `turned` are with every topic above its monitor's floor, `quiet` with one in a hundred.
    """

    topics: int
    days: int
    first: float
    turned: float
    settled: float
    quiet: float


def tick(folder: Path, topics: int, days: int) -> Looked:
    """Look for spikes over so many topics, each with so many days of history, an entry in every hour of it."""
    clock = Clock(datetime.fromisoformat("2026-03-02T09:30:00+00:00"))
    path = folder / f"tick-{topics}-{days}.db"
    store = open_store(f"sqlite:///{path}", clock=clock)
    seeded(store, topics, [f"word{number}" for number in range(topics)])
    with store.write() as tx:
        tx.conn.execute(text(_HISTORY), {"newest": f"{hour_of(clock.at):%Y-%m-%d %H:00:00}", "hours": days * 24})
        # Uses of the last hour: about the usual number, in six different minutes.
        _hear(tx, topics, clock.at)
    first = cpu(lambda: look_for_spikes(store), 1)
    while _unmade(store, topics):  # their turns, a few hundred a look
        look_for_spikes(store)
    settled = cpu(lambda: look_for_spikes(store))
    clock.at += timedelta(hours=1)
    with store.write() as tx:
        _hear(tx, topics, clock.at)
    turned = cpu(lambda: look_for_spikes(store), 1)
    with store.write() as tx:
        tx.run(counts.update().where(counts.c.topic_id % 100 != 0).values(count=1))
    quiet = cpu(lambda: look_for_spikes(store))
    store.close()
    for part in folder.glob(f"{path.name}*"):
        part.unlink()
    return Looked(topics, days, first, turned, settled, quiet)


# 30 to 49 uses in each hour.
_HISTORY = """
    WITH RECURSIVE back(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM back WHERE n < :hours),
    spans AS (SELECT datetime(:newest, '-' || n || ' hours') || '.000000' AS hour FROM back ORDER BY 1)
    INSERT INTO hour_counts (topic_id, hour, source_id, count)
    SELECT topics.id, hour, 1, 30 + abs(random() % 20) FROM topics CROSS JOIN spans ORDER BY topics.id, hour
"""


class Clock:
    """A clock that is moved by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def _hear(tx, topics: int, now: datetime) -> None:  # type: ignore[no-untyped-def]
    put = stamp(tx)
    minutes = [put(minute_of(now) - timedelta(minutes=9 * part)) for part in range(6)]
    rows = [(topic, 1, minute, 5 + topic % 3) for topic in range(1, topics + 1) for minute in minutes]
    insert_rows(tx, counts, ("topic_id", "source_id", "minute", "count"), rows)


def _unmade(store: Store, topics: int) -> bool:
    with store.read() as tx:
        return bool(tx.value(text("SELECT count(*) FROM baselines")) < topics)


def resident() -> float:
    """Megabytes that this process holds in memory now (Linux; 0 elsewhere)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
