"""What the Live page's answers cost: the five questions at 1,000, 10,000 and 100,000 snapshots, on both databases.

    python -m bench.live                 SQLite, and PostgreSQL where TACT_TEST_POSTGRES_URL names it
    python -m bench.live --most 10000    up to so many snapshots

Ten snapshots for each post, all posts of thirty days, so that every one of them is in the baseline of today's: 100,000
snapshots are 10,000 posts, of which 333 went out in the last day. Milliseconds are the wall's, the middle of seven
looks after a first, and on SQLite the processor's beside them, which other work on the machine changes little; the line
to pass is one second for all five answers.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import event, insert, text

from app.views import live
from bench.deciding import databases
from data.storage import events
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import (
    alerts,
    draft_versions,
    drafts,
    engagement_marks,
    engagement_snapshots,
    opportunities,
    post_replies,
    publications,
    scheduled_posts,
    spends,
    topics,
)
from scoring.contract import BrandProfile
from workflow import access, accounts, brand
from workflow.measuring import advice, cascade, forecasting, lately
from workflow.measuring.money import enter_cost
from workflow.rules.metrics import MARKS
from workflow.rules.roles import Role

SIZES = (1_000, 10_000, 100_000)
SNAPSHOTS_A_POST = 10
DAYS = 30
LINE = 1.0
"""Seconds that the five answers may take."""
PLATFORMS = ("x", "linkedin", "instagram_feed", "mastodon")
CATEGORIES = ("cultural_moment", "customer_win", "industry_news")
MOMENTS = 200
REPLIES_A_POST = 4


def fill(store: Store, snapshots: int, seed: int = 7) -> None:
    """A team with so many snapshots of its posts, four platforms, some moments, replies and money."""
    posts = snapshots // SNAPSHOTS_A_POST
    chance = Random(seed)
    with store.write() as tx:
        brand.found(tx, BrandProfile(name="Bench", category="tea"))
        who = accounts.add(tx, events.THE_PRODUCT, "m", "Manager", Role.MANAGER, "a long enough password")
        token = access.begin_sign_in(tx, who.id)
        now = tx.now
    enter_cost(store, token, 800_000)
    with store.write() as tx:
        tx.run(insert(topics), [_topic(n, now) for n in range(1, MOMENTS + 1)])
        tx.run(insert(alerts), [_alert(n, now) for n in range(1, MOMENTS + 1)])
        tx.run(insert(opportunities), [_opportunity(n, now) for n in range(1, MOMENTS + 1)])
    for start in range(0, posts, 1_000):
        some = [
            _Post(n, now - timedelta(days=DAYS) * n / posts, chance) for n in range(start, min(start + 1_000, posts))
        ]
        with store.write() as tx:
            tx.run(insert(drafts), [one.draft(who.id) for one in some])
            tx.run(insert(draft_versions), [one.version(who.id) for one in some])
            tx.run(insert(scheduled_posts), [one.scheduled() for one in some])
            tx.run(insert(publications), [one.publication() for one in some])
            tx.run(insert(engagement_snapshots), [row for one in some for row in one.snapshots()])
            tx.run(insert(engagement_marks), [row for one in some for row in one.marks(now)])
            tx.run(insert(post_replies), [row for one in some for row in one.replies()])
            paid = [one.spend(who.id) for one in some if one.number % 50 == 0]
            if paid:
                tx.run(insert(spends), paid)
    if store.is_postgres:  # its autovacuum does this within minutes; so many rows in seconds are the bench's doing
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("VACUUM ANALYZE"))


class _Post:
    """One made-up post, as rows."""

    def __init__(self, number: int, at: datetime, chance: Random) -> None:
        self.number, self.id, self.at, self.chance = number, number + 1, at, chance
        self.platform = PLATFORMS[number % len(PLATFORMS)]
        self.reach = round(chance.lognormvariate(8, 1)) + 1
        self.rate = chance.lognormvariate(-3.5, 0.6)

    def draft(self, author: int) -> dict[str, object]:
        moment = self.number % MOMENTS + 1 if self.number % 2 else None
        row: dict[str, object] = {
            "id": self.id,
            "brand_id": 1,
            "opportunity_id": moment,
            "author_id": author,
            "channel": "dry_run",
        }
        row |= {"platform": self.platform, "reactive": moment is not None, "promotional": False, "hashtags": []}
        row |= {"regions": ["GB"], "state": "published", "number": 1, "content_hash": f"{self.id:064x}"}
        return row | {"created_at": self.at, "updated_at": self.at}

    def version(self, author: int) -> dict[str, object]:
        row: dict[str, object] = {
            "draft_id": self.id,
            "number": 1,
            "author_id": author,
            "at": self.at,
            "text": f"Tea number {self.id}.",
        }
        return row | {"links": [], "media": [], "fields": {}, "content_hash": f"{self.id:064x}", "answering": {}}

    def scheduled(self) -> dict[str, object]:
        row = {"id": self.id, "draft_id": self.id, "content_hash": f"{self.id:064x}", "publish_at": self.at}
        row |= {"wall_clock": "", "refusals": [], "idempotency_key": f"{self.id:032x}"}
        return row | {"created_at": self.at, "closed_at": self.at}

    def publication(self) -> dict[str, object]:
        row = {"id": self.id, "scheduled_post_id": self.id, "draft_id": self.id, "channel": "dry_run", "at": self.at}
        return row | {
            "address": f"https://platform.example/{self.id}",
            "payload": {},
            "content_hash": f"{self.id:064x}",
        }

    def _by(self, minutes: float) -> dict[str, int]:
        part = minutes / (minutes + 180)
        seen = round(self.reach * part) + 1
        return {"impressions": seen, "interactions": round(seen * self.rate), "audience": 20_000}

    def snapshots(self) -> Iterator[dict[str, object]]:
        for step in range(1, SNAPSHOTS_A_POST + 1):
            told = self._by(30 * step)
            row = {"publication_id": self.id, "at": self.at + timedelta(minutes=30 * step), "origin": "collected"}
            row |= {"impressions": told["impressions"], "likes": told["interactions"], "audience": told["audience"]}
            yield row | {"shares": told["interactions"] // 4, "replies": REPLIES_A_POST, "raw": {}}

    def marks(self, now: datetime) -> Iterator[dict[str, object]]:
        for age in MARKS:
            at = self.at + timedelta(minutes=age)
            if at <= now:
                row = {"publication_id": self.id, "age_minutes": age, "platform": self.platform, "kind": "text"}
                told = self._by(age)
                yield row | {
                    "published_at": self.at,
                    "at": at,
                    **told,
                    "shares": told["interactions"] // 4,
                    "replies": 4,
                }

    def replies(self) -> Iterator[dict[str, object]]:
        for one in range(REPLIES_A_POST):
            tone = self.chance.choice(("positive", "neutral", "negative"))
            row = {
                "publication_id": self.id,
                "external_id": f"r{one}",
                "text": "Tea!",
                "at": self.at,
                "sentiment": tone,
            }
            yield row | {"taken_in_at": self.at, "scored_by": "lexicon"}

    def spend(self, who: int) -> dict[str, object]:
        row = {"publication_id": self.id, "amount": 5_000, "currency": "USD", "interactions": 80, "person_id": who}
        return row | {"at": self.at}


def _topic(number: int, now: datetime) -> dict[str, object]:
    return {"id": number, "folded": f"tea {number}", "label": f"Tea {number}", "first_seen_at": now}


def _alert(number: int, now: datetime) -> dict[str, object]:
    at = now - timedelta(days=DAYS) * number / MOMENTS
    row = {"id": number, "brand_id": 1, "topic_id": number, "raised_at": at, "onset_at": at, "window_start": at}
    return row | {"window_end": at, "count": 90, "why": {}, "state": "dismissed"}


def _opportunity(number: int, now: datetime) -> dict[str, object]:
    row = {"id": number, "alert_id": number, "state": "decided", "round": 1, "opened_at": now, "decision": "go"}
    return row | {"category": CATEGORIES[number % len(CATEGORIES)]}


@dataclass(frozen=True)
class Cost:
    """Seconds of the wall and of this process's processor, and how many statements were sent."""

    wall: float
    cpu: float
    statements: int


def measured(store: Store, deed: Callable[[], object], times: int = 7) -> Cost:
    """The middle of some runs after a first."""
    sent: list[str] = []
    listen = lambda *given: sent.append(str(given[2]))  # noqa: E731
    deed()
    event.listen(store.engine, "before_cursor_execute", listen)
    deed()
    event.remove(store.engine, "before_cursor_execute", listen)
    wall, cpu = [], []
    for _ in range(times):
        began, worked = time.perf_counter(), time.process_time()
        deed()
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
    return Cost(statistics.median(wall), statistics.median(cpu), len(sent))


def deeds(store: Store) -> dict[str, Callable[[], object]]:
    """What is asked again and again, each in a read of its own."""

    def answers() -> object:
        with store.read() as tx:
            return advice.answers(tx, tx.now)

    def posts() -> object:
        with store.read() as tx:
            return lately.posts(tx, tx.now)

    with store.read() as tx:
        person = access.first_with_role(tx, Role.MANAGER)
    return {
        "the five answers": answers,
        "what went out lately, for them": posts,
        "the Live page, one tick": lambda: live.read(store, person),
        "the worker's look for steps": lambda: cascade.tend(store, cascade.Ways()),
        "its look for forecasts": lambda: forecasting.foretell(store),
    }


def main() -> None:
    """Fill, measure, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--most", type=int, default=SIZES[-1])
    most = parser.parse_args().most
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as makers:
        for kind, make in makers.items():
            tell(kind, make, [size for size in SIZES if size <= most])


def tell(kind: str, make: Callable[[], str], sizes: list[int]) -> None:
    """One database: a table of milliseconds, and how they grow."""
    print(f"\n{kind}: milliseconds of the wall and of our processor, at so many snapshots (statements)")
    found: dict[str, list[Cost]] = {}
    for size in sizes:
        store = open_store(make())
        fill(store, size)
        for what, deed in deeds(store).items():
            found.setdefault(what, []).append(measured(store, deed))
        store.close()
    print(f"{'':32}" + "".join(f"{size:>22,}" for size in sizes) + "   last : first")
    for what, costs in found.items():
        cells = "".join(f"{1000 * one.wall:>9,.0f} cpu {1000 * one.cpu:>4,.0f} ({one.statements:>2})" for one in costs)
        print(f"{what:32}{cells}   {costs[-1].wall / costs[0].wall:.1f}")
    took = found["the five answers"][-1].wall
    verdict = "PASS" if took <= LINE else "FAIL"
    print(f"{verdict}: the five answers at {sizes[-1]:,} snapshots in {took:.3f} s (line: {LINE} s)")
    print(f"load of the machine then: {os.getloadavg()[0]:.0f}")


if __name__ == "__main__":
    main()
