"""Opening a store: the engine's settings, the schema's version, and refusing what is not ours.

A SQLite file carries our application id; a database whose schema this program does not know (made by a newer
Tact, or by somebody else) is refused with a sentence instead of being guessed at.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from data.errors import StorageError
from data.storage.store import WRITER_LOCK, Clock, Store, _plainly

# "Tact" in ASCII; SQLite keeps it in the file's header.
APPLICATION_ID = WRITER_LOCK
BUSY_TIMEOUT_MS = 10_000
MIGRATIONS = Path(__file__).parent / "migrations"


def open_store(url: str, *, clock: Clock | None = None, migrate: bool = True) -> Store:
    """Open the database at `url`, bring its schema up to date, and return the store.

    Raises StorageError, with a sentence, for an address that makes no sense, a server that is not there, a file
    that is not ours and a schema that is newer than this program.
    """
    engine = _engine(url)
    try:
        with _plainly():
            refuse_strangers(engine)
            if migrate:
                upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, clock)


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite_engine(parsed)
        if parsed.get_backend_name() == "postgresql":
            return _postgres_engine(parsed)
    except (ArgumentError, ValueError, ImportError) as error:  # the last: a driver that is not installed
        raise StorageError("TACT_DATABASE_URL is not a database address.", cause=str(error)) from error
    raise StorageError(
        "TACT_DATABASE_URL must name an SQLite file or a PostgreSQL database.", cause=without_secret(url)
    )


def without_secret(url: str) -> str:
    """A database's address as it may be shown: a password in it becomes `***`."""
    return make_url(url).render_as_string(hide_password=True)


def _postgres_engine(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=20)


def _sqlite_engine(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        folder = Path(url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            sentence = f"The folder {folder} cannot be made; check TACT_DATABASE_URL and the folder's permissions."
            raise StorageError(sentence, cause=str(error)) from error
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(dbapi: Any, _entry: ConnectionPoolEntry) -> None:
        dbapi.isolation_level = None  # we say BEGIN ourselves, see below
        for pragma in (
            "journal_mode=WAL",
            "foreign_keys=ON",
            "synchronous=FULL",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            dbapi.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        write = conn.get_execution_options().get("tact_write", False)
        conn.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def alembic_config() -> Config:
    """Alembic's configuration, made in code: there is no ini file to keep in step."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def newest_revision() -> str:
    """The schema this program was written for."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert head is not None
    return head


def current_revision(conn: Connection) -> str | None:
    """The schema the database is at; None when it is empty."""
    return MigrationContext.configure(conn).get_current_revision()


def refuse_strangers(engine: Engine) -> None:
    """Raise StorageError for somebody else's database, or one of a newer Tact."""
    with engine.connect() as conn:
        tables = set(inspect(conn).get_table_names())
        revision = current_revision(conn) if "alembic_version" in tables else None
        ours = _carries_our_id(conn)
    if tables and not ("alembic_version" in tables and "events" in tables and ours):
        raise StorageError(
            "This database belongs to another program. Point TACT_DATABASE_URL to a new file or an empty database.",
            cause=f"tables: {', '.join(sorted(tables))[:200]}",
        )
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise StorageError(
            "This database was made by a newer Tact. Update this program, or open another database.",
            cause=f"schema {revision}, newest known here {newest_revision()}",
        )


def _carries_our_id(conn: Connection) -> bool:
    if conn.dialect.name != "sqlite":
        return True  # PostgreSQL has no such header; the tables themselves are the sign
    return conn.execute(text("PRAGMA application_id")).scalar() == APPLICATION_ID


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision; several processes may start at once."""
    with engine.connect() as conn:
        if current_revision(conn) == newest_revision():
            return
    with engine.connect().execution_options(tact_write=True) as conn, conn.begin():
        if conn.dialect.name == "postgresql":
            conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
        else:
            conn.execute(text(f"PRAGMA application_id = {APPLICATION_ID}"))
        config = alembic_config()
        config.attributes["connection"] = conn
        try:
            command.upgrade(config, "head")
        except SQLAlchemyError as error:
            raise StorageError("The database's schema could not be brought up to date.", cause=str(error)) from error
