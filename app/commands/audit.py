"""`python -m app audit`: check the hash chain of event rows, and keep what proves it somewhere else.

audit verify                       walk the chain in the database; exit status 1 and the first bad row if it breaks
audit verify --head "ID HASH"      and see that the head kept earlier is still in it: finds a cut-off end
audit verify --against FILE        the same, with the head of an earlier export
audit verify --file FILE           check an export by itself, without the database
audit head                         the last row's number and hash, to keep elsewhere
audit export FILE                  every row, as JSON Lines, with the head as the last line
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.settings import load
from data.errors import BadInput
from data.storage import events
from data.storage.engine import open_store
from data.storage.store import Store

Head = tuple[int, str]


def arguments(parser: argparse.ArgumentParser) -> None:
    """`verify`, `head` or `export FILE`."""
    verbs = parser.add_subparsers(dest="what", required=True)
    verify = verbs.add_parser("verify", help="walk the chain; exit status 1 and the first bad row where it breaks")
    given = verify.add_mutually_exclusive_group()
    given.add_argument("--head", metavar='"ID HASH"', help="what `audit head` printed earlier")
    given.add_argument("--against", metavar="FILE", type=Path, help="an earlier export: is its head still there?")
    given.add_argument("--file", metavar="FILE", type=Path, help="check an export by itself, not the database")
    verbs.add_parser("head", help="the last row's number and hash, to keep elsewhere")
    export = verbs.add_parser("export", help="every row as JSON Lines, the head last")
    export.add_argument("file", metavar="FILE", type=Path)


def run(args: argparse.Namespace) -> int:
    """Do the one thing asked."""
    if args.what == "verify" and args.file is not None:
        return _file(args.file)
    kept = _kept(args) if args.what == "verify" else None
    store = open_store(load().database_url)
    try:
        if args.what == "head":
            print("{} {}".format(*events.head(store)))
            return 0
        if args.what == "export":
            return _export(store, args.file)
        checked, broken = events.verify(store)
        if broken is None and kept is not None:
            broken = events.missing_head(store, *kept)
        return _said(checked, broken, events.head(store), kept)
    finally:
        store.close()


def _file(path: Path) -> int:
    """An export by itself: its rows hold, and they end with the head that its last line names."""
    head, last = _head_of(path), (0, events.GENESIS)

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal last
        for row in _rows_of(path):
            yield row
            last = row["id"], row["hash"]

    checked, broken = events.verify_rows(rows())
    if broken is None and last != head:
        broken = events.Broken(head[0], "it is the head that the file names, and its rows do not end with it")
    return _said(checked, broken, head, None)


def _said(checked: int, broken: events.Broken | None, head: Head, kept: Head | None) -> int:
    if broken is not None:
        print(f"The chain breaks at event {broken.event_id}: {broken.why}. {checked} rows hold.")
        return 1
    print(f"{checked} event rows hold; the last is {head[0]} {head[1]}.")
    if kept is not None:
        print(f"The head that was kept, event {kept[0]}, is among them unchanged: nothing up to it was cut off.")
    else:
        print("Rows cut off the end show only against a head kept elsewhere: audit verify --head or --against.")
    return 0


def _kept(args: argparse.Namespace) -> Head | None:
    if args.against is not None:
        return _head_of(args.against)
    if args.head is None:
        return None
    number, _, digest = args.head.strip().partition(" ")
    if not number.isdigit() or len(digest.strip()) != len(events.GENESIS):
        raise BadInput('A head is a number and 64 characters, as `audit head` prints it: --head "12 ab34…".')
    return int(number), digest.strip()


def _export(store: Store, path: Path) -> int:
    number, last = 0, (0, events.GENESIS)
    try:
        with open(path, "x", encoding="utf-8", opener=_for_its_owner) as file:
            for row in events.exported(store):
                file.write(f"{json.dumps(row, ensure_ascii=False)}\n")
                number, last = number + 1, (row["id"], row["hash"])
            file.write(f"{json.dumps({'head': {'id': last[0], 'hash': last[1], 'rows': number}})}\n")
    except FileExistsError as error:
        raise BadInput(f"{path} exists already. Choose another name.") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be written.", cause=str(error)) from error
    print(f"{path} holds {number} event rows. Keep it, or at least its last line, where this machine cannot reach it.")
    return 0


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                try:
                    found = json.loads(line)
                except ValueError as error:
                    raise BadInput(f"Line {number} of {path} is no JSON: it is not an export.", str(error)) from error
                if not isinstance(found, dict):
                    raise BadInput(f"Line {number} of {path} is no event row: it is not an export.")
                yield found
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read.", cause=str(error)) from error


def _rows_of(path: Path) -> Iterator[dict[str, Any]]:
    for line in _lines(path):
        if "head" in line:
            return
        if not events.is_row(line):
            raise BadInput(f"{path} holds a line that is no event row: it is not an export.")
        yield line


def _head_of(path: Path) -> Head:
    head = next((line["head"] for line in _lines(path) if "head" in line), None)
    if not (isinstance(head, dict) and isinstance(head.get("id"), int) and isinstance(head.get("hash"), str)):
        raise BadInput(f"{path} does not end with its head: it is not a whole export.")
    return head["id"], head["hash"]


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
