"""What a KPI page of a year costs, and how that grows.

    python -m bench.kpis                 SQLite, and PostgreSQL where TACT_TEST_POSTGRES_URL names a server

A synthetic year (`bench.kpi_year`) at one, two and four times a busy team's. Timed is what the page asks before it
draws: the report of 365 days and of the year before, in words; besides, the files that it gives away. Seconds of
this process by the processor's clock and by the wall's (on PostgreSQL the server works beside it).
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, event, func, select, text

from app.views import kpi_exports as exports
from app.views import kpis as view
from bench.kpi_year import fill
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import alerts, drafts, engagement_marks, events, publications
from workflow.access import Person
from workflow.rules.roles import Role

SCALES = (1, 2, 4)
RUNS = 5
MANAGER = Person(1, "bench", "Bench", Role.MANAGER, "Europe/London")


@dataclass(frozen=True)
class Cost:
    """The middle of some runs: seconds of the wall's and of the processor's clock."""

    wall: float
    processor: float


def main() -> None:
    """Measure on every database there is."""
    with tempfile.TemporaryDirectory() as folder:
        _database("SQLite", lambda scale: f"sqlite:///{Path(folder) / str(scale)}.db")
        server = os.environ.get("TACT_TEST_POSTGRES_URL", "")
        if server:
            with _databases(server) as made:
                _database("PostgreSQL", lambda scale: made[scale])


def _database(name: str, address: Callable[[int], str]) -> None:
    print(f"\n{name}")
    first: Cost | None = None
    for scale in SCALES:
        store = open_store(address(scale))
        fill(store, scale)
        _settle(store)
        statements = _statements(store)
        year = _cost(lambda: view.read(store, MANAGER, "365d"))  # noqa: B023 - called at once
        week = _cost(lambda: view.read(store, MANAGER, "7d"))  # noqa: B023
        first = first or year
        print(
            f"  {scale} x ({_rows(store)}): a year {year.wall:.2f} s ({year.processor:.2f} s here), "
            f"{year.wall / first.wall:.2f} times the first; a week {week.wall:.2f} s; {statements} statements"
        )
        if scale == 1:
            found = view.read(store, MANAGER, "365d")
            file, posts = _cost(lambda: exports.sqlite(found)), _cost(lambda: exports.posts_csv(found))  # noqa: B023
            print(f"      everything as SQLite {file.wall:.2f} s, the posts as CSV {posts.wall:.2f} s")
        store.close()


def _settle(store: Store) -> None:
    """What PostgreSQL's own tidying does some minutes after so much came in."""
    if store.is_postgres:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("VACUUM ANALYZE"))


def _cost(work: Callable[[], object]) -> Cost:
    work()
    taken = []
    for _ in range(RUNS):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - wall, time.process_time() - processor))
    return Cost(statistics.median(one for one, _ in taken), statistics.median(one for _, one in taken))


def _statements(store: Store) -> int:
    said: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    view.read(store, MANAGER, "365d")
    event.remove(store.engine, "before_cursor_execute", note)
    return len(said)


def _rows(store: Store) -> str:
    tables = {"alerts": alerts, "drafts": drafts, "posts": publications, "marks": engagement_marks, "events": events}
    with store.read() as tx:
        return ", ".join(f"{tx.value(select(func.count()).select_from(one)):,} {name}" for name, one in tables.items())


@contextmanager
def _databases(server: str) -> Iterator[dict[int, str]]:
    """One empty database for each scale, dropped afterwards."""
    names = {scale: f"tact_bench_{uuid.uuid4().hex}" for scale in SCALES}
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        for name in names.values():
            conn.execute(text(f'CREATE DATABASE "{name}"'))
        yield {scale: f"{server.rsplit('/', 1)[0]}/{name}" for scale, name in names.items()}
        for name in names.values():
            conn.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


if __name__ == "__main__":
    main()
