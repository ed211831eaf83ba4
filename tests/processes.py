"""Real processes for tests: the worker and the console, on a sample workspace whose story a test moves on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
from sqlalchemy import update

from app.clock import utc_now
from app.sample import seed
from app.settings import Settings, as_environment
from app.wiring import House, build
from data.sample_day.day import Day, load_day
from data.sample_day.feed_server import StoryServer
from data.storage.tables import brands


class Sample:
    """A seeded sample workspace, its feed server and the processes that a test started on it."""

    def __init__(self, folder: Path, settings: Settings, server: StoryServer, passwords: dict[str, str]) -> None:
        self.folder, self.settings, self.server, self.passwords = folder, settings, server, passwords
        self.house: House = build(settings)
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, command: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{command}.log").open("ab")
        with log:
            child = subprocess.Popen(
                [sys.executable, "-m", "app", command], env=as_environment(self.settings), stdout=log, stderr=log
            )
        self.started.append(child)
        return child

    def start_console(self) -> str:
        """The console's address, once it answers."""
        self.start("console")
        address = f"http://127.0.0.1:{self.settings.port}"
        wait_for(lambda: _answers(address), "the console answers", 90)
        return address

    def kill(self, child: subprocess.Popen[bytes]) -> None:
        child.send_signal(signal.SIGKILL)
        child.wait()

    def stop(self) -> None:
        for child in self.started:
            if child.poll() is None:
                child.terminate()
        for child in self.started:
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.house.store.close()


@contextmanager
def sample_workspace(folder: Path, day: Day | None = None) -> Iterator[Sample]:
    """Seeded, its feed server running with the story waiting; everything ends with the block."""
    day = day or load_day()
    with StoryServer(day, clock=utc_now, manual=True) as server:
        settings = Settings(
            database_url=f"sqlite:///{folder / 'tact.db'}",
            port=free_port(),
            dry_run_folder=folder / "dry_run",
            allow_private=frozenset({server.address.removeprefix("http://")}),
            tick_seconds=0.3,
            log_level="WARNING",
            sample=True,
        )
        house = build(settings)
        people = seed(house, day, server.address, server.started_at)
        with house.store.write() as tx:  # a test need not wait out the half minute in which a post can be taken back
            tx.run(update(brands).values(settings={"send_delay_seconds": 2}))
        house.store.close()
        sample = Sample(folder, replace(settings), server, {one.username: one.password for one in people})
        try:
            yield sample
        finally:
            sample.stop()


def wait_for(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    """Look again and again until `condition` holds; fail with `what` when it does not in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited {seconds} s in vain: {what}"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/_stcore/health", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


def chromium() -> str | None:
    """Where the system's Chromium is."""
    for name in ("/usr/bin/chromium", "/usr/bin/chromium-browser"):
        if os.path.exists(name):
            return name
    return None
