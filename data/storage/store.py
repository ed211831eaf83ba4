"""One door to the database, for SQLite and PostgreSQL alike.

    with store.read() as tx: ...      a consistent read: what others write meanwhile is not seen
    with store.write() as tx: ...     one transaction, alone among writers; commits on leaving, rolls back on an error

`tx.now` is the database's clock at the start of the transaction (or the clock a replay was given): leases, due
times and event rows are all measured on it, so that hosts with skewed clocks agree.

Writers wait for each other: `BEGIN IMMEDIATE` on SQLite, one advisory lock on PostgreSQL. That is what lets the
hash chain of events have one head, and it makes every use case free of races by construction
(`docs/decisions/0003-one-writer-at-a-time.md` has the price).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, text
from sqlalchemy.exc import DatabaseError, DataError, InterfaceError, OperationalError
from sqlalchemy.sql import Executable
from sqlalchemy.sql.dml import Insert

from data.errors import BadInput, StorageError

Clock = Callable[[], datetime]

# Any constant would do, as long as every Tact process uses the same one.
WRITER_LOCK = 0x54616374


@dataclass(frozen=True)
class Tx:
    """An open transaction and the instant it began at."""

    conn: Connection
    now: datetime

    def rows(self, statement: Executable) -> Sequence[RowMapping]:
        """All rows of a query."""
        return self.conn.execute(statement).mappings().all()

    def row(self, statement: Executable) -> RowMapping | None:
        """The first row of a query, or None."""
        return self.conn.execute(statement).mappings().first()

    def value(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        return self.conn.execute(statement).scalar()

    def run(self, statement: Executable, rows: Sequence[Mapping[str, Any]] | None = None) -> int:
        """Execute a statement (once for each of `rows`, if given); how many rows it touched."""
        done = self.conn.execute(statement, rows) if rows is not None else self.conn.execute(statement)
        return int(done.rowcount)

    def insert(self, statement: Insert) -> int:
        """Insert one row and return its id."""
        done = self.conn.execute(statement)
        key = done.inserted_primary_key
        assert key is not None
        return int(key[0])


class Store:
    """The database behind one URL."""

    def __init__(self, engine: Engine, clock: Clock | None = None) -> None:
        self.engine = engine
        self._clock = clock

    @property
    def is_postgres(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    def now(self) -> datetime:
        """The database's clock, in UTC."""
        if self._clock is not None:
            return self._clock()
        with _plainly(), self.engine.connect() as conn:
            return self._now(conn)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that changes nothing. Every query in it sees the same state of the database."""
        with _plainly(), self.engine.connect() as conn:
            if self.is_postgres:  # SQLite's BEGIN already keeps to what the first query saw
                conn.execution_options(isolation_level="REPEATABLE READ")
            yield Tx(conn, self._now(conn))

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """A transaction that may change things.

        StorageError when the database is locked, full or gone; BadInput when a value does not fit into its column.
        """
        with _plainly(), self.engine.connect().execution_options(tact_write=True) as conn, conn.begin():
            if self.is_postgres:
                conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
            yield Tx(conn, self._now(conn))

    def close(self) -> None:
        """Close pooled connections."""
        self.engine.dispose()

    def _now(self, conn: Connection) -> datetime:
        if self._clock is not None:
            return self._clock()
        if self.is_postgres:
            at: datetime = conn.execute(text("SELECT clock_timestamp()")).scalar_one()
            return at.astimezone(UTC)
        stamp = conn.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
        return datetime.fromisoformat(stamp).replace(tzinfo=UTC)


# What the two drivers say when the store itself is in trouble, and what a person can do about it.
_PLAIN = (
    (
        "database is locked",
        "Another program is holding the database. Nothing was changed; try again in a moment.",
    ),
    ("disk is full", "The disk is full. Nothing was changed; make room, then try again."),
    ("disk i/o error", "The disk could not be written. Nothing was changed; check the disk, then try again."),
    ("readonly database", "The database file is read-only. Nothing was changed; check its permissions."),
    (
        "unable to open database file",
        "The database file cannot be opened; check TACT_DATABASE_URL and the folder.",
    ),
    (
        "file is not a database",
        "TACT_DATABASE_URL names a file that is not a database. Point it to another file.",
    ),
)

# What SQLite calls operational, and is a mistake in our own statement.
_MISTAKES = ("syntax", "no such table", "no such column")
_UNFIT = (
    "Something you entered cannot be stored: it is too long or too large, or has an unreadable character in it. "
    "Nothing was changed."
)


@contextmanager
def _plainly() -> Iterator[None]:
    """Turn a driver's complaint into a sentence; programming mistakes pass through untouched."""
    try:
        yield
    except (DataError, UnicodeEncodeError) as error:  # the second: half a character, which no database can hold
        raise BadInput(_UNFIT, cause=str(getattr(error, "orig", error))) from error
    except OverflowError as error:
        if "SQLite" not in str(error):  # arithmetic of our own
            raise
        raise BadInput(_UNFIT, cause=str(error)) from error
    except (OperationalError, InterfaceError, DatabaseError) as error:
        said = str(error.orig).lower()
        for needle, sentence in _PLAIN:
            if needle in said:
                raise StorageError(sentence, cause=str(error.orig)) from error
        connecting = error.statement is None
        trouble = isinstance(error, (OperationalError, InterfaceError)) and not any(m in said for m in _MISTAKES)
        if connecting or trouble:
            sentence = "The database cannot be reached. Nothing was changed; check that it is running."
            raise StorageError(sentence, cause=str(error.orig)) from error
        raise
