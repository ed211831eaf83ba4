"""A worker and its streams: begun when due, let go at once, and killed in the middle without losing a post."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.clock import utc_now
from app.settings import Settings, as_environment
from app.wiring import build
from app.worker import Worker
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import counts, items, sources
from tests.factory import add_monitor, add_source, team_in

from .streams import Jetstream, post_event

POSTS = 1_500
FOLLOW = """
import threading
from app.settings import load
from app.wiring import build
runner = build(load()).stream_runner()
while True:
    runner.start_due()
    threading.Event().wait(0.05)
"""


@pytest.fixture
def jet() -> Iterator[Jetstream]:
    server = Jetstream()
    yield server
    server.close()


def wait_for(true: Callable[[], bool], what: str, seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.01)


def counted(store: Store) -> int:
    with store.read() as tx:
        return int(tx.value(select(func.sum(counts.c.count))) or 0)


@pytest.mark.long
def test_a_process_killed_in_mid_stream_costs_nothing(migrated_file: Path, tmp_path: Path, jet: Jetstream) -> None:
    url = f"sqlite:///{tmp_path / 'tact.db'}"
    (tmp_path / "tact.db").write_bytes(migrated_file.read_bytes())
    store = open_store(url, migrate=False)
    team_in(store)
    add_monitor(store)
    add_source(store, "Bluesky", "bluesky", config={"address": jet.url}, interval_seconds=60)
    environment = as_environment(Settings(database_url=url, allow_private=frozenset({jet.place})))

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", FOLLOW], env=environment)

    def play() -> None:
        began = utc_now() - timedelta(minutes=5)
        for start_at in range(0, POSTS, 50):
            jet.give(post_event(n, began + timedelta(milliseconds=20 * n)) for n in range(start_at, start_at + 50))
            time.sleep(0.02)

    playing = threading.Thread(target=play)
    child = start()
    try:
        wait_for(lambda: bool(jet.asked), "the first listener")
        playing.start()
        wait_for(lambda: counted(store) > 0, "the first batch")
        child.send_signal(signal.SIGKILL)
        child.wait()
        before = counted(store)
        assert 0 < before < POSTS
        with store.write() as tx:  # a test need not wait until the dead one's lease is over
            tx.run(update(sources).values(lease_until=tx.now - timedelta(seconds=1)))
        child = start()
        wait_for(lambda: counted(store) >= POSTS, "the rest")
        time.sleep(0.3)
    finally:
        child.kill()
        child.wait()
        if playing.ident is not None:
            playing.join()

    assert "cursor" in jet.asked[1]
    assert counted(store) == POSTS
    with store.read() as tx:
        assert tx.value(select(func.count()).select_from(items)) == POSTS
        assert tx.value(select(sources.c.fence)) == 2
    store.close()


def test_a_worker_begins_what_is_due_and_lets_go_of_it_within_a_second(
    migrated_file: Path, tmp_path: Path, jet: Jetstream
) -> None:
    url = f"sqlite:///{tmp_path / 'tact.db'}"
    (tmp_path / "tact.db").write_bytes(migrated_file.read_bytes())
    store = open_store(url, migrate=False)
    team_in(store)
    add_monitor(store)
    add_source(store, "Bluesky", "bluesky", config={"address": jet.url}, interval_seconds=60)
    worker = Worker(build(Settings(database_url=url, allow_private=frozenset({jet.place}))))
    jet.give([post_event(1, utc_now())])

    assert "follow" in worker.duties()
    worker.follow()
    worker.follow()
    wait_for(lambda: counted(store) == 1, "the post")
    asked = time.monotonic()
    worker._stop(signal.SIGTERM, None)
    worker.streams.stop()
    assert time.monotonic() - asked < 1
    worker.follow()

    assert len(jet.asked) == 1, "one connection, and none after the stop"
    with store.read() as tx:
        assert tx.value(select(sources.c.lease_until)) is None
    worker.fetcher.close()
    worker.house.store.close()
    store.close()
