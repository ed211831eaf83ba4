"""Measures how long it takes from a post being there to its alert standing on the Desk: `python -m bench.delay`.

Real processes throughout: a feed server on the loopback, the worker, the console, and Chromium on the Desk. Each
round publishes one burst of posts about another monitored name, at a random instant of the poll's interval, and stops
the clock when the Desk says that there is one more. The line: at the 95th percentile the poll's interval and 2 s.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import func, select

from app.settings import Settings, as_environment
from app.wiring import build
from data.storage import events
from data.storage.tables import alerts, items, topics
from scoring.contract import BrandProfile
from workflow import accounts, brand
from workflow.imports import add_monitor, add_source, import_counts
from workflow.rules.roles import Role

NAME, PASSWORD = "bench", "a password of the bench"
POSTS, USUAL, DAYS = 120, 10, 15
ALLOWANCE = 2.0
PATIENCE = 60.0
# Each round is another moment, in words of its own, so that no two are taken for one.
FIRST = ("amber", "birch", "copper", "dune", "ember", "fern", "garnet", "heron", "iris", "juniper")
SECOND = ("lantern", "meadow", "nimbus", "orchard")


class Feed:
    """A feed that holds what was published so far."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        feed = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = feed.xml().encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def publish(self, name: str) -> datetime:
        """A burst of posts about `name`; the instant from which they can be read."""
        at = format_datetime(datetime.now(UTC), usegmt=True)
        burst = [
            f"<item><title>{name} {name[::-1]}{number} {number * 7919 % 9973}</title>"
            f"<guid isPermaLink='false'>{name}{number}</guid><pubDate>{at}</pubDate></item>"
            for number in range(POSTS)
        ]
        self.entries = burst
        return datetime.now(UTC)

    def xml(self) -> str:
        return f"<rss version='2.0'><channel><title>Bench</title>{''.join(self.entries)}</channel></rss>"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def names(rounds: int) -> list[str]:
    """One monitored name for each round."""
    return [f"{first}{second}" for second in SECOND for first in FIRST][:rounds]


def prepare(settings: Settings, feed: Feed, rounds: int, interval: int) -> None:
    """A brand, one person, a monitor for each round with two weeks of a quiet past, and the feed."""
    house = build(settings)
    with house.store.write() as tx:
        found = brand.found(tx, BrandProfile("Bench", "tools", ("bench",), (), (), ("GB",)))
        accounts.add(tx, events.THE_PRODUCT, NAME, "Bench", Role.SOCIAL_LEAD, PASSWORD, "UTC")
        for name in names(rounds):
            add_monitor(tx, found.id, name, "industry", (name,), ())
        config = {"address": f"http://{feed.place}/feed", "item_kind": "mentions"}
        add_source(tx, "rss", "Bench feed", config, interval)
        import_counts(tx, _history(names(rounds), tx.now))
    house.store.close()


def _history(monitored: Sequence[str], now: datetime) -> Iterator[tuple[str, datetime, int]]:
    hour = now.replace(minute=0, second=0, microsecond=0)
    for name in monitored:
        for back in range(1, DAYS * 24):
            yield name, hour - timedelta(hours=back), USUAL


@contextmanager
def running(settings: Settings, folder: Path) -> Iterator[None]:
    """Worker and console, until the block ends."""
    started = []
    for command in ("worker", "console"):
        with (folder / f"{command}.log").open("wb") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "app", command], env=as_environment(settings), stdout=log, stderr=log
                )
            )
    try:
        _until(lambda: _answers(settings.port), "the console answers")
        yield
    finally:
        for child in started:
            child.terminate()
        for child in started:
            child.wait(30)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


def _until(condition: Callable[[], bool], what: str, every: float = 0.1) -> None:
    """Wait until `condition` holds. Exits when it does not in time."""
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            sys.exit(f"waited {PATIENCE:g} s in vain: {what}")
        time.sleep(every)


@contextmanager
def desk(port: int) -> Iterator[Page]:
    """The Desk in Chromium, signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"http://127.0.0.1:{port}/desk")
        page.get_by_label("User name").fill(NAME)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text(re.compile(r"\d+ open")).first.wait_for(timeout=PATIENCE * 1000)
        yield page
        browser.close()


def open_alerts(page: Page) -> int:
    """What the Desk says in its first line, as anybody sees it."""
    found = re.search(r"(\d+) open · ", page.evaluate("document.body.innerText"))
    return int(found[1]) if found else -1


@dataclass(frozen=True)
class Round:
    """One burst: when it could be read, and when the Desk said so."""

    name: str
    there: datetime
    seen: datetime

    @property
    def took(self) -> float:
        return (self.seen - self.there).total_seconds()


def measure(page: Page, feed: Feed, rounds: int, interval: int) -> list[Round]:
    """Publish and wait, round after round."""
    dice = random.Random(7)
    done: list[Round] = []
    for name in names(rounds):
        time.sleep(dice.uniform(0, interval))
        there = feed.publish(name)
        _until(lambda: open_alerts(page) > len(done), f"an alert on {name}", every=0.02)
        done.append(Round(name, there, datetime.now(UTC)))
        print(f"  {name:<16} {done[-1].took:6.2f} s", flush=True)
    return done


def steps(settings: Settings, done: Sequence[Round]) -> dict[str, float]:
    """The median of each part of the way, by the database's own times."""
    store = build(settings).store
    parts: dict[str, list[float]] = {"until it was read": [], "until the alert": [], "until it was seen": []}
    with store.read() as tx:
        for one in done:
            read = tx.value(select(func.min(items.c.taken_in_at)).where(items.c.external_id.like(f"{one.name}%")))
            named = select(alerts.c.raised_at).join(topics, topics.c.id == alerts.c.topic_id)
            raised = tx.value(named.where(topics.c.label == one.name).order_by(alerts.c.id))
            for part, length in zip(parts, (read - one.there, raised - read, one.seen - raised), strict=True):
                parts[part].append(length.total_seconds())
    store.close()
    return {part: percentile(values, 0.5) for part, values in parts.items()}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not pass."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def main() -> int:
    """Exit status 1 where the line is missed."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--interval", type=int, default=5, help="seconds between two polls")
    asked.add_argument("--rounds", type=int, default=20, help="40 at most")
    given = asked.parse_args()
    rounds = min(given.rounds, len(FIRST) * len(SECOND))
    feed = Feed()
    with TemporaryDirectory() as place:
        folder = Path(place)
        settings = Settings(
            database_url=f"sqlite:///{folder / 'tact.db'}",
            port=_free_port(),
            dry_run_folder=folder / "dry_run",
            allow_private=frozenset({feed.place}),
            log_level="WARNING",
        )
        prepare(settings, feed, rounds, given.interval)
        with running(settings, folder), desk(settings.port) as page:
            done = measure(page, feed, rounds, given.interval)
        for part, median in steps(settings, done).items():
            print(f"  median {part}: {median:.2f} s")
    feed.close()
    took = [one.took for one in done]
    line, found = given.interval + ALLOWANCE, percentile(took, 0.95)
    print(f"published to seen on the Desk, {rounds} alerts, a poll every {given.interval} s:", end=" ")
    print(f"median {percentile(took, 0.5):.2f} s, 95th percentile {found:.2f} s, longest {max(took):.2f} s")
    print(f"the line is {line:g} s: {'held' if found <= line else 'missed'}")
    return 0 if found <= line else 1


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
