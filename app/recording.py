"""Recordings: the raw items of a period in one portable SQLite file, made and read with sqlite-utils.

A recording holds the brand, its items and the trend readings, in the order in which they were taken in, so that
`python -m app replay` can live through them again. It holds no people and no drafts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from sqlite3 import Error as SQLiteError
from typing import Any

from sqlalchemy import RowMapping, select
from sqlite_utils import Database

from app.scenario import Line, line_of
from app.sqlite_file import new_file
from data.errors import BadInput
from data.storage.store import Store
from data.storage.tables import brands, items, readings, topics
from workflow.brand import the_brand

MAGIC = b"SQLite format 3\x00"


def record(store: Store, path: Path, since: datetime) -> int:
    """Write everything taken in since `since`; how many rows. BadInput when the file cannot be made."""
    with store.read() as tx:
        brand = tx.value(select(brands.c.profile).where(brands.c.id == the_brand(tx).id))
        taken = tx.rows(select(items).where(items.c.taken_in_at >= since).order_by(items.c.taken_in_at, items.c.id))
        read = tx.rows(
            select(readings, topics.c.label)
            .join(topics, topics.c.id == readings.c.topic_id)
            .where(readings.c.at >= since)
            .order_by(readings.c.id)
        )
    with new_file(path) as database:
        database.table("brand").insert({"profile": json.dumps(brand), "at": since.isoformat()})
        database.table("items").insert_all(_item(row) for row in taken)
        database.table("readings").insert_all(
            {"at": row["at"].isoformat(), "topic": row["label"], "count": row["count"]} for row in read
        )
    return len(taken) + len(read)


def _item(row: RowMapping) -> dict[str, Any]:
    return {
        "at": row["taken_in_at"].isoformat(),
        "external_id": row["external_id"],
        "kind": row["kind"],
        "text": row["text"],
        "url": row["url"],
        "author": row["author"],
        "region": row["region"],
        "weight": row["weight"],
        "extra": json.dumps(row["extra"]),
    }


def is_recording(path: Path) -> bool:
    """Whether the file is an SQLite database. BadInput for one that cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise BadInput(f"{path} cannot be read: is it there, and a file?", cause=str(error)) from error


def read_recording(path: Path) -> Iterator[tuple[int, Line]]:
    """The recording as numbered lines of a scenario, in time order. BadInput for a file that is no recording."""
    for number, row in enumerate(_rows(path), start=1):
        yield number, line_of(number, row)


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    database = Database(path)
    try:
        if not {"brand", "items"} <= set(database.table_names()):
            raise BadInput(f"{path} is an SQLite file, but no recording of Tact.")
        brand = next(iter(database["brand"].rows))
        yield {**json.loads(brand["profile"]), "at": brand["at"], "kind": "brand"}
        yield from sorted(_lines(database), key=lambda row: str(row["at"]))
    except (SQLiteError, KeyError, StopIteration, TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"{path} cannot be read as a recording.", cause=repr(error)) from error
    finally:
        database.close()


def _lines(database: Database) -> Iterator[dict[str, Any]]:
    for row in database["items"].rows:
        extra = json.loads(row.pop("extra"))
        yield {**row, **extra, "id": row["external_id"], "kind": "item", "source": row["kind"]}
    if "readings" in database.table_names():
        for row in database["readings"].rows:
            yield {**row, "kind": "volume", "source": "trends"}
