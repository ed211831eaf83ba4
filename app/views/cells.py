"""Frames as files: CSV that no spreadsheet executes, and one SQLite file of many tables.

Text from outside stands in these (topics are what strangers write), so each cell is defused. Times are written on the
clock of the report's zone, and the column says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from app.sqlite_file import new_file

# What a formula begins with, in narrow and in wide signs.
FORMULA = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula: those begin with one of these signs."""
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def csv_of(frame: pd.DataFrame, zone: ZoneInfo) -> bytes:
    """A frame as a spreadsheet reads it: no index, a mark that says UTF-8, empty where nothing is known."""
    shown = frame.copy()
    for name in shown.columns:
        shown[name] = _cells(shown[name], zone)
    return shown.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _cells(column: pd.Series, zone: ZoneInfo) -> pd.Series:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        local: pd.Series = column.dt.tz_convert(zone).dt.strftime("%Y-%m-%d %H:%M:%S")
        return local
    if pd.api.types.is_float_dtype(column):
        return column.round(4)
    if pd.api.types.is_numeric_dtype(column):
        return column
    return column.map(lambda cell: safe_cell(cell) if isinstance(cell, str) else cell)


def sqlite_of(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """One SQLite file with these tables, empty ones too. Instants as ISO 8601 in UTC, missing values as NULL."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kpis.db"
        with new_file(path) as database:
            for name, frame in tables.items():
                columns: dict[str, Any] = {column: _type(frame[column]) for column in frame.columns}
                table = database.table(name)
                table.create(columns)
                table.insert_all(_rows(frame))
        return path.read_bytes()


def _type(column: pd.Series) -> type:
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_integer_dtype(column):
        return int
    return float if pd.api.types.is_float_dtype(column) else str


def _rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    plain = frame.astype("object").where(frame.notna(), None)
    return [{str(name): _plain(value) for name, value in row.items()} for row in plain.to_dict("records")]


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, (bool, int, float, str)) else _in_words(value)


def _in_words(value: Any) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
