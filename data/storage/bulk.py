"""Many rows in one statement: what intake and imports write by the thousand.

SQLAlchemy's own insert costs more for a row than SQLite does, so here the statement is written once and the driver is
handed plain tuples. That is the price: values go in as the driver wants them (`stamp` for instants, `packed` for
JSON), and nothing checks them on the way. Everything else in the house uses `Tx.run` and `Tx.insert`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, text

from data.storage.store import Tx


def insert_rows(tx: Tx, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]], clash: str = "") -> None:
    """Insert `rows`, tuples in the order of `columns`. `clash`: what follows ON CONFLICT, if anything."""
    given = list(rows)
    if not given:
        return
    place = "%s" if _postgres(tx) else "?"
    places = ", ".join([place] * len(columns))
    named = ", ".join(f'"{column}"' for column in columns)
    # Names are those of our own tables; values are bound.
    sql = f"INSERT INTO {table.name} ({named}) VALUES ({places})"  # noqa: S608
    tx.conn.exec_driver_sql(f"{sql} ON CONFLICT {clash}" if clash else sql, given)


def known_values(tx: Tx, table: Table, column: str, values: Iterable[str], **where: object) -> set[str]:
    """Those of `values` that `column` holds already, in rows that are as `where` says."""
    wanted = sorted(set(values))
    if not wanted:
        return set()
    some, given, place = among(tx, wanted)
    also = "".join(f' AND "{name}" = {place}' for name in where)
    sql = f'SELECT "{column}" FROM {table.name} WHERE "{column}" {some}{also}'  # noqa: S608
    return {row[0] for row in tx.conn.exec_driver_sql(sql, (given, *where.values()))}


def among(tx: Tx, values: Sequence[str] | Sequence[int]) -> tuple[str, Any, str]:
    """Any number of values as one: the words after a column's name, what to bind to them, and a place's own sign."""
    if _postgres(tx):
        return "= ANY(%s)", list(values), "%s"
    return "IN (SELECT value FROM json_each(?))", json.dumps(list(values)), "?"


def stamp(tx: Tx) -> Callable[[datetime], Any]:
    """How this database's driver wants an instant; the same text or value that `Instant` would have bound."""
    if _postgres(tx):
        return lambda at: at
    return lambda at: at.astimezone(UTC).isoformat(" ", "microseconds")[:26]  # without the zone


def packed(value: object) -> str:
    """A JSON column's value."""
    return json.dumps(value)


def next_ids(tx: Tx, table: Table, number: int) -> Sequence[int]:
    """`number` ids that no row of `table` has and that nobody else will take: this transaction is the only writer."""
    if _postgres(tx):
        drawn = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :number)")
        return list(tx.conn.execute(drawn, {"table": table.name, "number": number}).scalars())
    highest = tx.conn.exec_driver_sql(f"SELECT max(id) FROM {table.name}").scalar() or 0  # noqa: S608
    return range(highest + 1, highest + 1 + number)


def _postgres(tx: Tx) -> bool:
    return tx.conn.dialect.name == "postgresql"
