"""Reading a recording back, as the numbered lines that a replay lives through.

The file may come from anywhere, so nothing in it is trusted: it is opened to be read only, what is no plain table of
ours is not looked at (`data.storage.foreign`), no value may be larger than a page of text, and every row goes through
the same models as a scenario's lines. Rows are read one by one, in the order of their time.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.recording import SCHEMA
from app.scenario import Line, line_of
from data.errors import BadInput
from data.storage.foreign import Foreign, foreign

MAGIC = b"SQLite format 3\x00"
# A post has 10,000 characters at most, and a monitor fifty words (ours).
LARGEST_VALUE = 1_000_000
COLUMNS = {
    "tact": ("what", "schema", "since"),
    "brand": ("profile",),
    "sources": ("number", "name", "kind", "alert_on_everything"),
    "monitors": ("name", "kind", "terms", "exclusions", "floor", "enabled", "languages", "cooldown_minutes"),
    "history": ("monitor", "at", "count"),
    "items": (
        *("at", "published_at", "source", "external_id", "kind", "text", "url", "author", "language", "region"),
        *("topic", "weight", "extra"),
    ),
    "readings": ("at", "source", "topic", "count", "baseline", "window_start", "window_end", "titles", "url"),
}
Row = Mapping[str, Any]


def is_recording(path: Path) -> bool:
    """Whether the file is an SQLite database. BadInput for one that cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise BadInput(f"{path} cannot be read: is it there, and a file?", cause=str(error)) from error


def read_recording(path: Path) -> Iterator[tuple[int, Line]]:
    """The recording as numbered lines, in time order. BadInput for a file that is no recording."""
    with _opened(path) as database:
        for number, row in enumerate(_rows(path, database), start=1):
            yield number, line_of(number, row)


@contextmanager
def _opened(path: Path) -> Iterator[Foreign]:
    try:
        with foreign(path, LARGEST_VALUE) as found:
            yield found
    except (sqlite3.Error, KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"{path.name} cannot be read as a recording.", cause=repr(error)) from error


def _all(database: Foreign, table: str) -> Iterator[Row]:
    return database.rows(table, COLUMNS[table])


def _rows(path: Path, database: Foreign) -> Iterator[Row]:
    """The brand and what was watched, then items and readings as they came in."""
    at = _checked(path, database)
    brand = next(_all(database, "brand"), None)
    if brand is None:
        raise BadInput(f"{path.name} names no brand, so it cannot be lived through.")
    profile = json.loads(brand["profile"])
    if not isinstance(profile, dict):
        raise BadInput(f"{path.name} cannot be read as a recording: its brand has no fields.")
    yield {**profile, "at": at, "kind": "brand", "recorded": True}
    for table, turned in (("sources", _source), ("monitors", _monitor), ("history", _history)):
        if table in database.tables:
            yield from ({**turned(row), "at": at} for row in _all(database, table))
    arrivals = [_in_order(path, database, name, turned) for name, turned in (("items", _item), ("readings", _reading))]
    yield from heapq.merge(*arrivals, key=lambda row: str(row["at"]))


def _checked(path: Path, database: Foreign) -> str:
    """From when on it was recorded. BadInput says what the file is instead."""
    if not set(COLUMNS["tact"]) <= set(database.tables.get("tact", ())):
        raise BadInput(f"{path.name} is an SQLite file, but no recording of Tact.")
    about = next(_all(database, "tact"), None)
    if about is None or not isinstance(about["schema"], int):
        raise BadInput(f"{path.name} is an SQLite file, but no recording of Tact.")
    if about["schema"] != SCHEMA:
        age = "a newer" if about["schema"] > SCHEMA else "an older"
        raise BadInput(f"{path.name} was recorded by {age} Tact, in a form that this one does not read.")
    if "brand" not in database.tables:
        raise BadInput(f"{path.name} names no brand, so it cannot be lived through.")
    return str(about["since"])


def _in_order(path: Path, database: Foreign, table: str, turned: Callable[[Row], dict[str, Any]]) -> Iterator[Row]:
    if table not in database.tables:
        return
    last = ""
    for row in _all(database, table):
        at = str(row["at"])
        if at < last:
            raise BadInput(f"{path.name} cannot be lived through: its {table} are not in the order of their time.")
        last = at
        yield turned(row)


def _source(row: Row) -> dict[str, Any]:
    return {**row, "kind": "source", "of_kind": row["kind"]}


def _monitor(row: Row) -> dict[str, Any]:
    lists = {name: json.loads(row[name]) for name in ("terms", "exclusions", "languages")}
    return {**row, **lists, "kind": "monitor", "of_kind": row["kind"]}


def _history(row: Row) -> dict[str, Any]:
    return {"kind": "history", "monitor": row["monitor"], "minute": row["at"], "count": row["count"]}


def _item(row: Row) -> dict[str, Any]:
    extra = json.loads(row["extra"])
    if not isinstance(extra, dict):
        raise TypeError("extra is no object")
    own = {**row, "kind": "item", "id": row["external_id"], "source": row["kind"], "by": row["source"]}
    return {**own, "said": extra}


def _reading(row: Row) -> dict[str, Any]:
    return {**row, "kind": "reading", "by": row["source"], "titles": json.loads(row["titles"])}
