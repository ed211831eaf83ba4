"""Reading an SQLite file that somebody brought: it may have been made to harm, so it is looked at as little as can be.

Only plain tables are read, and of them only the columns that are asked for. Nothing in the file may compute: a column
that is worked out from others could keep a core busy for ever. Nor may a file hold more than its size: pages that
several rows share would make millions of rows of a few. Both `app.recorded` and `workflow.history_file` read so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

# All of these are ours. A row takes six bytes at least, whatever it holds.
MOST_THINGS, MOST_COLUMNS, LONGEST_SQL = 500, 200, 100_000
LEAST_ROW = 6
# A step is one instruction of SQLite's machine: a row of one byte and many columns takes some, a circle takes them all.
STEPS_AT_A_TIME, STEPS_A_BYTE, STEPS_ANYHOW = 10_000, 5, 1_000_000


@dataclass(frozen=True)
class Foreign:
    """A file that is open. `tables`: the columns of each plain table. Raises sqlite3.Error for whatever is amiss."""

    connection: sqlite3.Connection
    size: int
    tables: Mapping[str, tuple[str, ...]]

    def rows(self, table: str, wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The `wanted` columns of every row, as the file has them. KeyError for a column that is not there."""
        missing = [name for name in wanted if name not in self.tables[table]]
        if missing:
            raise KeyError(missing[0])
        named = ", ".join(_quoted(name) for name in wanted)
        read = 0
        for row in self.connection.execute(f"SELECT {named} FROM {_quoted(table)}"):  # noqa: S608 - both are quoted
            read += LEAST_ROW + sum(len(value) for value in row if isinstance(value, str | bytes))
            if read > self.size:
                raise sqlite3.DatabaseError(f"table {table!a} holds more than the file has room for")
            yield dict(zip(wanted, row, strict=True))


@contextmanager
def foreign(path: Path, longest_value: int) -> Iterator[Foreign]:
    """The file at `path`, to be read only, with no value longer than `longest_value`."""
    connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True)
    try:
        size = path.stat().st_size
        _bind(connection, size, longest_value)
        yield Foreign(connection, size, dict(_tables(connection)))
    finally:
        connection.close()


def _bind(connection: sqlite3.Connection, size: int, longest_value: int) -> None:
    """From here on it may do nothing but select, for so many steps."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest_value)
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, LONGEST_SQL)
    connection.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, MOST_COLUMNS)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    left = (STEPS_ANYHOW + size * STEPS_A_BYTE) // STEPS_AT_A_TIME

    def goes_on_too_long() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    connection.set_progress_handler(goes_on_too_long, STEPS_AT_A_TIME)
    connection.set_authorizer(_may)


def _may(action: int, first: str | None, *_: str | None) -> int:
    """Selecting from tables, and asking for their columns: no function, no other file."""
    asked = action == sqlite3.SQLITE_PRAGMA and first == "table_xinfo"
    return sqlite3.SQLITE_OK if asked or action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ) else sqlite3.SQLITE_DENY


def _tables(connection: sqlite3.Connection) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Views, triggers and tables that a program stands behind are passed over, as if they were not there."""
    found = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchmany(MOST_THINGS + 1)
    if len(found) > MOST_THINGS:
        raise sqlite3.DatabaseError(f"more than {MOST_THINGS} tables and indexes")
    for kind, name, sql in found:
        if kind == "table" and str(sql).startswith("CREATE TABLE"):
            columns = connection.execute(f"PRAGMA table_xinfo({_quoted(str(name))})").fetchmany(MOST_COLUMNS + 1)
            if any(hidden for *_, hidden in columns):
                raise sqlite3.DatabaseError(f"table {name!a} computes a column")
            yield str(name), tuple(str(column) for _, column, *_ in columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
