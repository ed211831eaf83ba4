"""Reading a team's history of counts from a file: CSV, JSON or SQLite, whichever it really is.

The first bytes decide, not the name. Every row is checked before any is used, and a sentence names the row that
cannot be: a history that is read wrongly would make every later alert wrong. What is then done with the rows is in
`workflow.history`.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from data.errors import BadInput
from data.storage.foreign import foreign

# A year of minutes for one monitor, and room for the words around it (ours).
LARGEST, MOST_ROWS = 32 * 1024 * 1024, 600_000
# JSON is built whole before a row is looked at: it may hold no more objects than rows of this length would be (ours).
LARGEST_JSON, SHORTEST_ROW, SLACK = 8 * 1024 * 1024, 16, 2_000_000
MOST_USES = 10**9
LARGEST_VALUE = 10_000
SQLITE = b"SQLite format 3\x00"
TIMES, COUNTS, NAMES = ("timestamp", "time", "at"), ("count", "value", "uses"), ("monitor", "name")
_NUMBER = re.compile(r"\d{9,13}(\.\d+)?")
_FOREIGN = {
    b"PK\x03\x04": "a spreadsheet or a zip file",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"PAR1": "a Parquet file",
}


@dataclass(frozen=True)
class Counted:
    """One row: `count` uses from `at` on, until the next row. `monitor` is empty where the file has no such column."""

    number: int
    monitor: str
    at: datetime
    count: int


def read_history(content: bytes, zone: ZoneInfo, now: datetime) -> list[Counted]:
    """All rows of the file. `zone` is for times that name none. BadInput names the first row that cannot be used."""
    if len(content) > LARGEST:
        raise BadInput(f"The file is larger than {LARGEST // 1024 // 1024} MB. Split it, by monitor or by year.")
    rows: list[Counted] = []
    for number, row in _raw(content):
        if len(rows) >= MOST_ROWS:
            raise BadInput(f"The file has more than {MOST_ROWS:,} rows. Split it, by monitor or by year.")
        rows.append(_counted(number, row, zone, now))
    if not rows:
        raise BadInput("The file holds no rows. It needs the columns timestamp and count, and a row for each hour.")
    return rows


# --- what kind of file it is ---------------------------------------------------------------------------------


def _raw(content: bytes) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if content.startswith(SQLITE):
        return _from_sqlite(content)
    for magic, what in _FOREIGN.items():
        if content.startswith(magic):
            raise BadInput(f"This is {what}. Save it as CSV, JSON or SQLite, then bring it again.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("The file is neither SQLite nor text in UTF-8. Save it as CSV in UTF-8.", str(error)) from error
    if "\x00" in text:
        raise BadInput("The file is neither SQLite nor text. Save it as CSV, JSON or SQLite.")
    return _from_json(text) if text.lstrip()[:1] in ("[", "{") else _from_csv(text)


def _from_csv(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows are numbered as an editor numbers lines."""
    head = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            if any(value not in (None, "") for value in row.values()):
                yield reader.line_num, {str(key): value for key, value in row.items() if key is not None}
    except csv.Error as error:
        raise BadInput(f"Row {reader.line_num} cannot be read as CSV.", str(error)) from error


def _from_json(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """A list of objects, or an object a line."""
    _refuse_large_json(text)
    try:
        given: Any = json.loads(text)
        if isinstance(given, dict):
            given = [given]
    except (ValueError, RecursionError):
        given = _lines(text)
    for number, row in enumerate(given, start=1):
        if not isinstance(row, dict):
            raise BadInput(f"Row {number} is not an object with a timestamp and a count.")
        yield number, row


def _refuse_large_json(text: str) -> None:
    """By what can be counted before anything is built: a file of empty objects takes thirty times its size."""
    if len(text) > LARGEST_JSON:
        raise BadInput(f"A JSON file may have {LARGEST_JSON // 1024 // 1024} MB. Save it as CSV, which is smaller.")
    things = text.count("{") + text.count("[")
    if things * SHORTEST_ROW > len(text) + SLACK:
        raise BadInput("The file has many objects and hardly anything in them. Each needs a timestamp and a count.")


def _lines(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError) as error:
                raise BadInput(f"Row {number} cannot be read as JSON.", str(error)) from error


def _from_sqlite(content: bytes) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The one table with a timestamp and a count, and of it no more than is needed."""
    with tempfile.TemporaryDirectory(prefix="tact-history-") as folder:
        path = Path(folder) / "history.db"
        path.write_bytes(content)
        try:
            with foreign(path, LARGEST_VALUE) as found:
                table = _table(found.tables)
                wanted = [column for column in found.tables[table] if _plain(column) in (*TIMES, *COUNTS, *NAMES)]
                yield from enumerate(found.rows(table, wanted), start=1)
        except (sqlite3.Error, ValueError) as error:
            said = "The SQLite file cannot be read: it is damaged, or cut short, or has computed columns."
            raise BadInput(said, str(error)) from error


def _table(tables: Mapping[str, Iterable[str]]) -> str:
    fits = [name for name, columns in tables.items() if _has(columns)]
    if len(fits) > 1 and "history" in fits:
        return "history"
    if len(fits) != 1:
        several = f"{len(fits)} tables" if fits else "no table"
        raise BadInput(f"The SQLite file has {several} with the columns timestamp and count. Name one of them history.")
    return fits[0]


def _has(columns: Iterable[str]) -> bool:
    known = {_plain(column) for column in columns}
    return bool(known & set(TIMES)) and bool(known & set(COUNTS))


def _plain(name: object) -> str:
    return str(name).strip().casefold()


# --- what a row says -----------------------------------------------------------------------------------------


def _counted(number: int, row: Mapping[str, Any], zone: ZoneInfo, now: datetime) -> Counted:
    named = {_plain(key): value for key, value in row.items()}
    at = _instant(number, _value(number, named, TIMES), zone)
    if at > now:
        raise BadInput(f"Row {number}: {at:%Y-%m-%d %H:%M} UTC lies in the future. Check the column and the time zone.")
    monitor = next((named[name] for name in NAMES if named.get(name) not in (None, "")), "")
    return Counted(number, str(monitor).strip(), at, _uses(number, _value(number, named, COUNTS)))


def _value(number: int, named: Mapping[str, Any], wanted: tuple[str, ...]) -> Any:
    for name in wanted:
        if named.get(name) not in (None, ""):
            return named[name]
    raise BadInput(f"Row {number} has no {wanted[0]}. The file needs the columns timestamp and count.")


def _instant(number: int, given: Any, zone: ZoneInfo) -> datetime:
    """ISO 8601, or seconds or milliseconds since 1970."""
    text = str(given).strip()
    try:
        if _NUMBER.fullmatch(text):
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds >= 1e11 else seconds, UTC)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        said = f"Row {number}: {text[:40]!r} is no time. Write 2026-03-02T09:00+00:00, or seconds since 1970."
        raise BadInput(said, str(error)) from error


def _uses(number: int, given: Any) -> int:
    try:
        value = float(str(given).strip())
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and 0 <= value <= MOST_USES and value == int(value)):
        raise BadInput(f"Row {number}: {str(given)[:40]!r} is no count. It must be a whole number, 0 or more.")
    return int(value)


def check_spacing(rows: Iterable[Counted]) -> None:
    """Rows of one monitor, in order of time: each instant once, and mostly an hour apart or less."""
    gaps: list[timedelta] = []
    last: Counted | None = None
    for row in rows:
        if last is not None and row.at == last.at:
            where = f"{row.at:%Y-%m-%d %H:%M} UTC"
            raise BadInput(f"Row {row.number}: {where} is in row {last.number} already. Add the two up first.")
        if last is not None:
            gaps.append(row.at - last.at)
        last = row
    if gaps and (middle := sorted(gaps)[(len(gaps) - 1) // 2]) > timedelta(hours=1):
        hours = middle / timedelta(hours=1)
        raise BadInput(f"The rows lie {hours:,.0f} hours apart. Tact judges hours: bring counts by the hour or finer.")
