"""The new SQLite file that `export` and `record` write: for its owner alone, never over another, never half written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from data.errors import BadInput


@contextmanager
def new_file(path: Path) -> Iterator[Database]:
    """An empty SQLite file at `path`, closed afterwards. BadInput when it exists already or cannot be written."""
    database = _created(path)
    try:
        yield database
    except BaseException as error:
        database.close()
        path.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise _unwritable(path, error) from error
        raise
    database.close()


def _created(path: Path) -> Database:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return Database(path)
    except FileExistsError as error:
        raise BadInput(f"{path} exists already. Name another file.") from error
    except (OSError, sqlite3.Error) as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: Exception) -> BadInput:
    return BadInput(f"{path} cannot be written: check the folder, its permissions and the disk.", cause=str(error))
