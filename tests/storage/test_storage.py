"""The storage contract, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from data.errors import BadInput, StorageError
from data.storage import events as chain
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import brands, events, metadata


def add_brand(tx, name: str) -> int:
    return tx.insert(insert(brands).values(name=name, profile={}, settings={}, created_at=tx.now))


def test_migrations_build_exactly_the_tables_that_the_code_uses(store: Store) -> None:
    with store.engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), metadata) == []


def test_opening_twice_keeps_what_was_there(database_url: str) -> None:
    first = open_store(database_url)
    with first.write() as tx:
        add_brand(tx, "Once")
    first.close()
    again = open_store(database_url)
    with again.read() as tx:
        assert tx.value(select(brands.c.name)) == "Once"
    again.close()


def test_an_error_rolls_everything_back(store: Store) -> None:
    with pytest.raises(RuntimeError), store.write() as tx:
        add_brand(tx, "Half")
        chain.append(tx, chain.THE_PRODUCT, "brand_added", "brand", 1)
        raise RuntimeError
    with store.read() as tx:
        assert tx.rows(select(brands)) == []
        assert tx.rows(select(events)) == []


def test_instants_come_back_aware_and_to_the_microsecond(store: Store, clock) -> None:
    clock.at = datetime(2026, 10, 25, 0, 59, 59, 123456, tzinfo=UTC)
    with store.write() as tx:
        add_brand(tx, "Timely")
    with store.read() as tx:
        assert tx.value(select(brands.c.created_at)) == clock.at


def test_a_naive_instant_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="without a time zone"), store.write() as tx:
        tx.run(insert(brands).values(name="x", profile={}, settings={}, created_at=datetime(2026, 1, 1)))


def test_a_newer_schema_is_refused_with_a_sentence(database_url: str) -> None:
    opened = open_store(database_url)
    with opened.write() as tx:
        tx.run(text("UPDATE alembic_version SET version_num = '9999'"))
    opened.close()
    with pytest.raises(StorageError, match="newer Tact"):
        open_store(database_url)


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE events (a)")
        other.execute("CREATE TABLE alembic_version (version_num)")
    other.close()
    with pytest.raises(StorageError, match="another program"):
        open_store(f"sqlite:///{path}")
    check = sqlite3.connect(path)
    assert {name for (name,) in check.execute("SELECT name FROM sqlite_master")} == {
        "events",
        "alembic_version",
    }
    check.close()


def test_a_file_that_is_no_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear team,\n" * 200)
    with pytest.raises(StorageError, match="not a database"):
        open_store(f"sqlite:///{path}")


def test_an_address_that_makes_no_sense_and_a_server_that_is_not_there() -> None:
    with pytest.raises(StorageError, match="not a database address"):
        open_store("tact.db")
    with pytest.raises(StorageError, match="SQLite file or a PostgreSQL"):
        open_store("mysql://x/y")
    with pytest.raises(StorageError, match="cannot be reached"):
        open_store("postgresql://nobody@127.0.0.1:9/none")


def test_writers_wait_for_each_other_and_the_chain_has_one_head(store: Store) -> None:
    def write_some(name: str) -> None:
        for _ in range(10):
            with store.write() as tx:
                chain.append(tx, chain.Actor(None, name), "test", "brand", None)

    threads = [threading.Thread(target=write_some, args=(f"writer {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert chain.verify(store) == (40, None)


def _three_events(store: Store) -> None:
    with store.write() as tx:
        for n in (1, 2, 3):
            chain.append(tx, chain.Actor(None, "ana"), "test", "brand", n, why=f"reason {n}", detail={"n": n})


def test_event_rows_cannot_be_changed_or_deleted(store: Store) -> None:
    _three_events(store)
    for statement in (update(events).values(why="nothing happened"), events.delete()):
        with pytest.raises(DBAPIError, match="append-only"), store.write() as tx:
            tx.run(statement)
    assert chain.verify(store) == (3, None)


def test_a_read_sees_one_state_of_the_database(store: Store) -> None:
    with store.read() as tx:
        assert tx.rows(select(brands)) == []
        with store.write() as other:
            add_brand(other, "Later")
        assert tx.rows(select(brands)) == []
    with store.read() as tx:
        assert len(tx.rows(select(brands))) == 1


@pytest.mark.parametrize("name", ["half \ud800", "n\x00l", "x" * 300])
def test_what_does_not_fit_into_its_column_is_a_sentence(store: Store, name: str) -> None:
    if "\ud800" not in name and not store.is_postgres:
        pytest.skip("SQLite takes any text that is one")
    with pytest.raises(BadInput, match="cannot be stored"), store.write() as tx:
        add_brand(tx, name)
    with store.read() as tx:
        assert tx.rows(select(brands)) == []


def test_a_number_that_no_column_holds_is_a_sentence(store: Store) -> None:
    with pytest.raises(BadInput, match="cannot be stored"), store.write() as tx:
        tx.insert(insert(events).values(**_event_row(tx.now, 2**70)))


def test_arithmetic_of_our_own_that_overflows_is_not_laid_on_the_database(sqlite_store: Store) -> None:
    with pytest.raises(OverflowError), sqlite_store.write() as tx:
        tx.now.replace(year=9999) + (tx.now - tx.now.replace(year=1))


def _event_row(
    at: datetime, subject_id: int, previous: str = chain.GENESIS, digest: str = "a" * 64
) -> dict[str, object]:
    row = {"at": at, "actor": "ana", "kind": "test", "subject": "brand", "subject_id": subject_id, "detail": {}}
    return row | {"previous_hash": previous, "hash": digest}


def test_a_fork_of_the_chain_is_refused(store: Store) -> None:
    _three_events(store)
    with pytest.raises(IntegrityError), store.write() as tx:
        tx.insert(insert(events).values(**_event_row(tx.now, 4)))


QUERIES_THAT_GROW = {
    "news known by its address": "SELECT url FROM items WHERE kind = 'news' AND url IN ('a', 'b')",
    "known by its identifier": "SELECT external_id FROM items WHERE source_id = 1 AND external_id IN ('a', 'b')",
    "what the judge reads": "SELECT * FROM items WHERE published_at >= '2026' AND kind = 'news' "
    "ORDER BY published_at DESC LIMIT 400",
    "topics counted lately": "SELECT topic_id FROM counts WHERE minute > '2026'",
    "a topic's series": "SELECT minute, sum(count) FROM counts WHERE topic_id = 1 AND minute >= '2026' GROUP BY minute",
    "a topic's first minute": "SELECT min(minute) FROM counts WHERE topic_id = 1",
    "fresh readings": "SELECT id, topic_id FROM readings WHERE at > '2026'",
    "a reading's past": "SELECT count FROM readings WHERE topic_id = 1 AND source_id = 1 ORDER BY id DESC LIMIT 1",
    "open holds": "SELECT * FROM holds WHERE lifted_at IS NULL ORDER BY id",
    "waiting drafts": "SELECT * FROM drafts LEFT JOIN scheduled_posts ON scheduled_posts.draft_id = drafts.id "
    "AND scheduled_posts.closed_at IS NULL WHERE drafts.state IN ('scheduled', 'held') ORDER BY drafts.id",
}


@pytest.mark.parametrize("query", QUERIES_THAT_GROW.values(), ids=QUERIES_THAT_GROW.keys())
def test_no_query_of_the_loops_walks_a_whole_table(sqlite_store: Store, query: str) -> None:
    with sqlite_store.read() as tx:
        plan = [row["detail"] for row in tx.rows(text(f"EXPLAIN QUERY PLAN {query}"))]
    assert not [step for step in plan if step.startswith("SCAN")], plan
    if "ORDER BY published_at" in query:
        assert not [step for step in plan if "TEMP B-TREE" in step], plan
