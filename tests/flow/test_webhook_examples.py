"""The examples of docs/webhook.md, run as they stand there against a real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import select
from starlette.applications import Starlette

from app import hooks
from data.signing import new_key
from data.storage.engine import open_store
from data.storage.seal import Seal
from data.storage.store import Store
from data.storage.tables import items
from monitors.receiving import Receiver
from monitors.sources import discover, pushed
from monitors.sources.webhook import SOURCE
from tests.factory import team_in
from workflow import deliveries, sources

DOC = Path(__file__).parents[2] / "docs" / "webhook.md"
NEEDED = [tool for tool in ("curl", "openssl", "base64", "od") if shutil.which(tool) is None]


def example(language: str) -> str:
    return str(re.findall(rf"```{language}\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)[0])


@pytest.fixture
def hook(migrated_file: Path, tmp_path: Path) -> Iterator[tuple[Store, dict[str, str]]]:
    """A webhook on the real clock, behind a real server; and the environment that the examples read."""
    shutil.copy(migrated_file, tmp_path / "tact.db")
    store = open_store(f"sqlite:///{tmp_path / 'tact.db'}", migrate=False)
    team, seal, key = team_in(store), Seal(file=tmp_path / "tact.key"), new_key()
    source = sources.add(store, team.tokens["ada"], "webhook", "Shop", {}, timedelta(days=1), SOURCE.check)
    deliveries.renew_key(store, team.tokens["ada"], seal, source, key)
    receiver = Receiver(store, pushed(discover()), seal)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        config = uvicorn.Config(Starlette(routes=[hooks.route(lambda: receiver)]), log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        taken.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/hooks/{source}"
        yield store, {**os.environ, "TACT_HOOK": address, "TACT_HOOK_KEY": key, "no_proxy": "127.0.0.1"}
        server.should_exit = True
        thread.join(10)
    store.close()


@pytest.mark.skipif(bool(NEEDED), reason=f"not installed here: {', '.join(NEEDED)}")
def test_the_examples_deliver(hook: tuple[Store, dict[str, str]]) -> None:
    store, environment = hook
    for command in (["sh", "-c", example("sh")], [sys.executable, "-c", example("python")]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
        assert json.loads(done.stdout or "{}") == {"status": "taken", "new": 1, "sent": 1}, done.stderr

    with store.read() as tx:
        rows = tx.rows(select(items.c.external_id).order_by(items.c.id))
    assert [row["external_id"] for row in rows] == ["from-shell", "from-python"]


def test_the_example_of_a_body_is_one() -> None:
    poll = SOURCE.receive({}, example("json").encode(), datetime(2026, 3, 2, 9, 0, tzinfo=UTC))

    assert (len(poll.items), len(poll.readings)) == (1, 1)
