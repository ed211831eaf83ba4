"""`python -m app import-history FILE`: a team's own counts, so that its monitors need not learn first."""

from __future__ import annotations

import argparse
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.settings import load
from app.views import history as view
from data.errors import BadInput
from data.storage import events
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import monitors
from workflow import history
from workflow.history_file import LARGEST, Counted, read_history
from workflow.rules.holds import fold

OPERATOR = events.Actor(None, "operator")


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, whose it is, and the zone of times that name none."""
    parser.add_argument("file", type=Path, help="CSV, JSON or SQLite with the columns timestamp, count and monitor")
    parser.add_argument("--monitor", default="", help="whose counts they are, where the file has no column for it")
    parser.add_argument("--zone", default="UTC", help="for times that name none, such as Europe/London (default UTC)")
    parser.add_argument("--preview", action="store_true", help="say what would come in, and store nothing")


def run(args: argparse.Namespace) -> int:
    """Import, or only say what would be."""
    store = open_store(load().database_url)
    try:
        rows = read_history(_content(args.file), _zone(args.zone), store.now())
        monitor = _monitor(store, args.monitor)
        if args.preview:
            _tell_preview(store, rows, monitor)
        else:
            given = history.in_order(rows, monitor)
            with store.write() as tx:
                for plan in history.import_in(tx, OPERATOR, given):
                    print(f"{plan.name}: {view.told(plan)}")
    finally:
        store.close()
    return 0


def _tell_preview(store: Store, rows: list[Counted], monitor: int | None) -> None:
    found = view.preview(store, OPERATOR, rows, monitor)
    for plan, usual in zip(found.plans, found.usual, strict=True):
        print(f"{plan.name}: {view.told(plan)} {usual}")
    print("Nothing was stored.")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: is it there, and a file?", cause=str(error)) from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, KeyError, ValueError) as error:
        raise BadInput(f"{name!r} is no time zone. Write one such as Europe/London.", cause=str(error)) from error


def _monitor(store: Store, name: str) -> int | None:
    if not name:
        return None
    with store.read() as tx:
        found = {fold(row["name"]): row["id"] for row in tx.rows(select(monitors.c.id, monitors.c.name))}
    if fold(name) not in found:
        raise BadInput(f"There is no monitor called {name!r}. The Monitors page lists them.")
    return int(found[fold(name)])
