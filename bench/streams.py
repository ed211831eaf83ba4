"""`python -m bench.streams`: how many posts a second one followed stream carries, from the socket to the store.

A Jetstream on the loopback, in a process of its own, plays recorded-like events as fast as they are taken; the real
runner reads them over a real WebSocket, matches them to monitors, counts, hears terms for discovery, and saves each
batch with its cursor in SQLite. Beside it, in the same run: the same bytes only read and parsed, and the share of
each cost. Bluesky as a whole wrote about 2.2 million posts a day in March 2026, 25 a second and 36 in its busiest
hour (https://dev.to/arielle_houlier_21f42996e, "2.2M posts/day from the firehose").
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import func, select
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import counts, sources
from monitors.sources import Poll, PollState
from monitors.sources.bluesky import EPOCH, SOURCE
from monitors.stream_runner import StreamRunner
from monitors.streaming import StreamDoor
from scoring.contract import BrandProfile
from scoring.reference import load as reference
from workflow import brand
from workflow.imports import add_monitor, add_source

NORMAL = 36  # posts a second on all of Bluesky in its busiest hour, as cited above
TEXT = (
    "ferry tea morning rain garden train music coffee window bridge river market letter summer office evening "
    "football camera theatre library kitchen bicycle harbour mountain island festival weather station student"
)


def messages(number: int, share: float, watched: int) -> list[str]:
    """Events as Jetstream writes them, of the length that posts have; `share` of them name a watched term."""
    dice, vocabulary = random.Random(7), TEXT.split()
    now = datetime.now(UTC) - timedelta(minutes=5)
    made = []
    for n in range(number):
        words = [dice.choice(vocabulary) for _ in range(dice.randint(4, 30))]
        if dice.random() < share:
            words[0] = f"term{dice.randrange(watched)}a"
        at = now + timedelta(milliseconds=n // 10)
        record = {"$type": "app.bsky.feed.post", "text": " ".join(words), "createdAt": at.isoformat(), "langs": ["en"]}
        commit = {"rev": "3l3qo2vutsw2b", "operation": "create", "collection": record["$type"], "rkey": f"k{n}"}
        event = {"did": f"did:plc:{n % 5000:024d}", "time_us": (at - EPOCH) // timedelta(microseconds=1)}
        event |= {"kind": "commit", "commit": {**commit, "record": record, "cid": "bafyrei" + "c" * 52}}
        made.append(json.dumps(event))
    return made


def play(ready: Connection, number: int, share: float, watched: int) -> None:
    """The server's process: each listener gets everything, as fast as it takes it."""
    made = messages(number, share, watched)

    def give(listener: ServerConnection) -> None:
        try:
            for message in made:
                listener.send(message)
            listener.recv()
        except ConnectionClosed:
            return

    with serve(give, "127.0.0.1", 0, compression=None) as server:
        ready.send(server.socket.getsockname()[1])
        server.serve_forever()


def seeded(store: Store, watched: int, address: str) -> None:
    """A brand, monitors of three terms each, and the stream."""
    reference()  # read once in a process, and not what is measured
    with store.write() as tx:
        founded = brand.found(tx, BrandProfile(name="Bench"))
        for n in range(watched):
            add_monitor(tx, founded.id, f"monitor {n}", "keyword", [f"term{n}a", f"two words{n}", f"#tag{n}"])
        add_source(tx, "bluesky", "Bluesky", {"address": address}, 60)


def parsed_only(door: StreamDoor, address: str, number: int) -> float:
    """Seconds to read and parse everything, and do nothing with it."""
    began, came = time.perf_counter(), 0
    for poll in SOURCE.follow({"address": address}, PollState(), door):
        came += len(poll.items)
        if came >= number:
            break
    return time.perf_counter() - began


class Enough(Exception):
    """Everything that was to be carried has been."""


class Measured(StreamRunner):
    """The real runner, which ends when it has saved as many posts as it was given, and notes how long saving took."""

    left = 0
    saving = 0.0

    def _save(self, claim, poll: Poll) -> None:  # type: ignore[no-untyped-def]
        began = time.perf_counter()
        super()._save(claim, poll)
        self.saving += time.perf_counter() - began
        self.left -= len(poll.items)
        if self.left <= 0:
            raise Enough


def carried(store: Store, door: StreamDoor, number: int) -> tuple[float, float, float]:
    """Seconds from the claim to the last saved batch, of processor time meanwhile, and how much went into saving."""
    runner = Measured(store, {"bluesky": SOURCE}, door, "bench")
    runner.left = number
    began, worked = time.perf_counter(), time.process_time()
    claim = runner.claim()
    assert claim is not None
    with suppress(Enough):
        runner._listen(claim)
    return time.perf_counter() - began, time.process_time() - worked, runner.saving


def measure(number: int, share: float, watched: int, folder: Path) -> None:
    """One line of the table."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    server = context.Process(target=play, args=(theirs, number, share, watched), daemon=True)
    server.start()
    try:
        place = f"127.0.0.1:{ours.recv()}"
        store = open_store(f"sqlite:///{folder / f'bench-{share}.db'}")
        door = StreamDoor("Tact/bench (+bench@example.org)", store.now, allow_private=frozenset({place}))
        seeded(store, watched, f"ws://{place}")
        parse = parsed_only(door, f"ws://{place}", number)
        whole, worked, saving = carried(store, door, number)
        with store.read() as tx:
            counted = int(tx.value(select(func.sum(counts.c.count))) or 0)
            assert tx.value(select(sources.c.cursor)) is not None
        store.close()
    finally:
        server.terminate()
        server.join()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{share:6.1%}  {number / parse:10,.0f}  {number / whole:10,.0f}  {number / worked:12,.0f}  "
        f"{saving / whole:6.0%}  {number / whole / NORMAL:9,.0f}  {counted:9,}  {peak:6,.0f}"
    )


def main(take: Callable[[], argparse.Namespace]) -> int:
    """Print the table."""
    asked = take()
    print(f"{asked.posts:,} posts, {asked.monitors} monitors of three terms each; posts a second:\n")
    print("matched  read+parse  whole path  a CPU-second  saving  x busiest    counted      MB")
    with tempfile.TemporaryDirectory() as folder:
        for share in (0.001, 0.01, 0.1, 1.0):
            measure(asked.posts, share, asked.monitors, Path(folder))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description=__doc__)
    parser.add_argument("--posts", type=int, default=50_000)
    parser.add_argument("--monitors", type=int, default=30)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main(_arguments))
