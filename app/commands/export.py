"""`python -m app export FILE`: what happened, as one portable SQLite file that any tool can open.

Passwords, sign-ins and the files themselves stay behind; so do the keys that some services put into an address.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from app.settings import load
from app.sqlite_file import new_file
from data.addresses import bare_within
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import deliveries, events, media, metadata, people, sign_ins, sources

# What an export must not carry out of the house: secrets, and bytes that have their own owners.
LEFT_OUT_TABLES = frozenset({sign_ins.name})
LEFT_OUT_COLUMNS = {
    people.name: {"password_hash", "failed_sign_ins", "locked_until"},
    media.name: {"content"},
    sources.name: {"secrets"},
    deliveries.name: {"body"},
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE must not exist yet."""
    parser.add_argument("file", type=Path)


def run(args: argparse.Namespace) -> int:
    """Write the export."""
    store = open_store(load().database_url)
    try:
        rows = export(store, args.file)
    finally:
        store.close()
    print(f"{args.file} holds {rows} rows.")
    return 0


def export(store: Store, path: Path) -> int:
    """Every table but the secrets, in one consistent read; how many rows. BadInput when the file cannot be made."""
    total = 0
    with new_file(path) as database, store.read() as tx:
        for table in metadata.sorted_tables:
            if table.name not in LEFT_OUT_TABLES:
                rows = list(_rows(tx.rows(select(table)), table))
                database.table(table.name).insert_all(rows)
                total += len(rows)
    return total


def _rows(found: Any, table: Table) -> Iterator[dict[str, Any]]:
    hidden = LEFT_OUT_COLUMNS.get(table.name, set())
    for row in found:
        shown = {name: value for name, value in row.items() if name not in hidden}
        # A source's settings, and what its events say of them.
        about_source = table.name == sources.name or (table.name == events.name and row["subject"] == "source")
        for name in {"config", "detail"} & set(shown) if about_source else ():
            shown[name] = bare_within(shown[name])
        yield {name: _plain(value) for name, value in shown.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
