"""`python -m app export FILE`: what happened, as one portable SQLite file that any tool can open.

Passwords, sign-ins and the files themselves stay behind; so do the keys that some services put into an address.
`python -m app export corrections [FILE]` writes people's words on verdicts alone, as lines to train from (JSON Lines,
on standard output without a FILE): see docs/corrections.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from app.settings import load
from app.sqlite_file import new_file
from data.addresses import bare_within
from data.errors import BadInput
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import (
    channel_accounts,
    deliveries,
    draft_words,
    events,
    identities,
    media,
    metadata,
    people,
    sign_ins,
    sources,
    spent_proofs,
    webhooks,
)
from workflow.corrections import training_rows

CORRECTIONS = "corrections"

# What an export must not carry out of the house: secrets, and bytes that have their own owners.
# Besides: words that nobody has saved yet are their writer's alone.
LEFT_OUT_TABLES = frozenset({sign_ins.name, identities.name, spent_proofs.name, draft_words.name})
LEFT_OUT_COLUMNS = {
    people.name: {"password_hash", "failed_sign_ins", "locked_until"},
    media.name: {"content"},
    sources.name: {"secrets"},
    deliveries.name: {"body"},
    # Several services put a secret into the path of a webhook's address.
    webhooks.name: {"url", "secrets"},
    channel_accounts.name: {"secrets"},
}
_WITH_SETTINGS = frozenset({sources.name, channel_accounts.name})
_TOLD_OF = frozenset({"source", "channel_account"})


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE must not exist yet. A file that is really to be called `corrections`: ./corrections."""
    parser.add_argument("file", metavar="FILE or corrections")
    parser.add_argument(
        "lines", nargs="?", type=Path, help="with `corrections`: the file to write, else standard output"
    )


def run(args: argparse.Namespace) -> int:
    """Write the export."""
    if args.lines is not None and args.file != CORRECTIONS:
        raise BadInput("One file at a time. Two words are understood only as: export corrections FILE.")
    store = open_store(load().database_url)
    try:
        return _corrections(store, args.lines) if args.file == CORRECTIONS else _everything(store, Path(args.file))
    finally:
        store.close()


def _everything(store: Store, path: Path) -> int:
    print(f"{path} holds {export(store, path)} rows.")
    return 0


def _corrections(store: Store, path: Path | None) -> int:
    with store.read() as tx:
        lines = [f"{json.dumps(row, ensure_ascii=False)}\n" for row in training_rows(tx)]
    if path is None:
        sys.stdout.writelines(lines)
        return 0
    try:
        with open(path, "x", encoding="utf-8", opener=_for_its_owner) as file:
            file.writelines(lines)
    except FileExistsError as error:
        raise BadInput(f"{path} exists already. Choose another name.") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be written.", cause=str(error)) from error
    print(f"{path} holds {len(lines)} words on verdicts.")
    return 0


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


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
        # The settings of a source or an account, and what their events say of them.
        about_one = table.name in _WITH_SETTINGS or (table.name == events.name and row["subject"] in _TOLD_OF)
        for name in {"config", "detail"} & set(shown) if about_one else ():
            shown[name] = bare_within(shown[name])
        yield {name: _plain(value) for name, value in shown.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
