"""`python -m bench.queue`: what it costs to judge the waiting posts anew, and to hold all of them, at 10,000 scheduled.

Words are drawn from small lists with a fixed seed: a third of the posts carry one of fifty hashtags, each text has two
rare words of a thousand, and two thousand headlines of the last two days are there, one in five of them dark. The
judge is the lists of words alone, each text read once; a new text for the model costs what `bench.scoring_speed` says.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert

from data.storage import events
from data.storage.engine import open_store
from data.storage.store import Store, Tx
from data.storage.tables import draft_versions, drafts, item_topics, items, people, scheduled_posts, sources
from scoring.contract import BrandProfile, Scope, TextVerdict
from scoring.lexicon import LexiconScorer
from workflow import brand, hold
from workflow.rejudging import Queue
from workflow.topics import topic_id

TAGS, RARE, HEADLINES = 50, 1_000, 2_000
ADJECTIVES = ("slow", "bright", "quiet", "early", "warm", "small", "patient", "plain")


class Remembered(LexiconScorer):
    """Reads each text once, as the worker's judge does (`scoring.remembering`)."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, TextVerdict] = {}

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        self._known.update(zip(new, super().score(new), strict=True))
        return [self._known[text] for text in texts]


def main() -> None:
    """Print the figures, in seconds of this process on one core: other work on the machine does not count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--url", default="", help="a database of its own; SQLite in a temporary folder without it")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(args.url or f"sqlite:///{Path(folder) / 'bench.db'}")
        try:
            _measure(store, args.posts)
        finally:
            store.close()


def _measure(store: Store, number: int) -> None:
    rng = random.Random(7)
    with store.write() as tx:
        _fill(tx, number, rng)
    queue = Queue(store, Remembered())
    first = _seconds(queue.look)
    print(f"the whole queue, judged once: {first:.1f} s, {number / first:,.0f} posts a second")
    print(f"nothing new: {1000 * _seconds(queue.look):.1f} ms")
    arrivals: tuple[tuple[str, Callable[[Tx, int], object]], ...] = (
        ("a headline that touches no post", lambda tx, n: _headline(tx, f"Council talks about drains, part {n}")),
        ("a headline about some posts", lambda tx, n: _headline(tx, f"Visitors praise Quorvane{n:03d} gardens")),
        ("a post under a hashtag of many", lambda tx, n: _use(tx, f"Such a day {n}", f"#tag{n % TAGS}")),
    )
    for words, write in arrivals:
        took = [_arrival(store, queue, write, n) for n in range(15)]
        print(f"{words}: {1000 * statistics.median(took):.0f} ms (the slowest {1000 * max(took):.0f} ms)")
    pause = _seconds(lambda: hold.open_by_operator(store, events.Actor(None, "bench"), Scope("everything"), ""))
    print(f"a pause that stops what is left of them: {pause:.2f} s")


def _arrival(store: Store, queue: Queue, write: Callable[[Tx, int], object], number: int) -> float:
    with store.write() as tx:
        write(tx, number)
    return _seconds(queue.look)


def _seconds(deed: Callable[[], object]) -> float:
    began = time.process_time()
    deed()
    return time.process_time() - began


def _fill(tx: Tx, number: int, rng: random.Random) -> None:
    brand.found(tx, BrandProfile(name="Larkfield Tea", category="tea", keywords=("iced tea",), regions=("GB",)))
    who = {"username": "ana", "display_name": "Ana", "role": "social_team", "zone": "UTC", "password_hash": "x"}
    tx.insert(insert(people).values(**who, active=True, created_at=tx.now))
    source = {"kind": "rss", "name": "Feed", "config": {}, "interval_seconds": 900, "enabled": True, "cursor": {}}
    tx.insert(insert(sources).values(**source, next_poll_at=tx.now))
    for start in range(0, number, 1_000):
        tx_rows = [_post(tx, n, rng) for n in range(start + 1, min(start + 1_000, number) + 1)]
        for table, place in ((drafts, 0), (draft_versions, 1), (scheduled_posts, 2)):
            tx.run(insert(table), [row[place] for row in tx_rows])
    for n in range(HEADLINES):
        dark = rng.random() < 0.2
        words = f"{rng.choice(ADJECTIVES)} news {n} of Quorvane{rng.randrange(RARE):03d}x"
        _headline(tx, f"Fire kills two people, {words}" if dark else f"A {words}", back=rng.randrange(2_000))


def _post(tx: Tx, n: int, rng: random.Random) -> tuple[dict[str, object], ...]:
    tag = [f"#tag{rng.randrange(TAGS)}"] if n % 3 == 0 else []
    rare = " and ".join(f"Quorvane{rng.randrange(RARE):03d}" for _ in range(2))
    text = f"A {rng.choice(ADJECTIVES)} cup by {rare}, number {n}. {' '.join(tag)}".strip()
    common: dict[str, object] = {"content_hash": f"{n:064x}"}
    draft = {"id": n, "brand_id": 1, "author_id": 1, "channel": "dry_run", "platform": "x", "reactive": False}
    draft |= {"promotional": True, "hashtags": tag, "regions": ["GB"], "state": "scheduled", "number": 1}
    version = {"draft_id": n, "number": 1, "author_id": 1, "at": tx.now, "text": text, "links": [], "media": []}
    place = {"draft_id": n, "publish_at": tx.now + timedelta(days=3, seconds=n), "zone": "UTC", "wall_clock": ""}
    return (
        draft | common | {"created_at": tx.now, "updated_at": tx.now},
        version | common | {"fields": {}, "zone": "UTC"},
        place | common | {"refusals": [], "idempotency_key": f"k{n}", "created_at": tx.now},
    )


def _headline(tx: Tx, text: str, back: int = 0) -> int:
    at = tx.now - timedelta(minutes=back)
    row = {"source_id": 1, "external_id": text, "kind": "news", "text": text, "weight": 1, "fingerprint": text[:60]}
    row |= {"tragedy": "hold" if "kills" in text else "clear", "probability": 0.9, "scored_by": "lexicon-1"}
    return tx.insert(insert(items).values(**row, published_at=at, taken_in_at=at, extra={}, author="", region="US"))


def _use(tx: Tx, text: str, topic: str) -> None:
    row = {"source_id": 1, "external_id": text, "kind": "mentions", "text": text, "weight": 1, "fingerprint": text[:60]}
    values = row | {"published_at": tx.now, "taken_in_at": tx.now, "extra": {}, "author": "someone"}
    item = tx.insert(insert(items).values(**values))
    tx.run(insert(item_topics).values(item_id=item, topic_id=topic_id(tx, topic)))


if __name__ == "__main__":
    main()
