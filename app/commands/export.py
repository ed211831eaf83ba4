"""`python -m app export FILE`: what happened, as one portable SQLite file that any tool can open.

Passwords, sign-ins and the files themselves stay behind.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select
from sqlite_utils import Database

from app.settings import load
from data.errors import BadInput
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import media, metadata, people, sign_ins

# What an export must not carry out of the house: secrets, and bytes that have their own owners.
LEFT_OUT_TABLES = frozenset({sign_ins.name})
LEFT_OUT_COLUMNS = {people.name: {"password_hash", "failed_sign_ins", "locked_until"}, media.name: {"content"}}


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE must not exist yet."""
    parser.add_argument("file", type=Path)


def run(args: argparse.Namespace) -> int:
    """Write the export."""
    if args.file.exists():
        raise BadInput(f"{args.file} exists already. Name another file.")
    store = open_store(load().database_url)
    try:
        rows = export(store, args.file)
    finally:
        store.close()
    print(f"{args.file} holds {rows} rows.")
    return 0


def export(store: Store, path: Path) -> int:
    """Every table but the secrets, in one consistent read; how many rows."""
    database, total = Database(path), 0
    with store.read() as tx:
        for table in metadata.sorted_tables:
            if table.name not in LEFT_OUT_TABLES:
                rows = list(_rows(tx.rows(select(table)), table))
                database.table(table.name).insert_all(rows)
                total += len(rows)
    database.close()
    return total


def _rows(found: Any, table: Table) -> Iterator[dict[str, Any]]:
    hidden = LEFT_OUT_COLUMNS.get(table.name, set())
    for row in found:
        yield {name: _plain(value) for name, value in row.items() if name not in hidden}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
