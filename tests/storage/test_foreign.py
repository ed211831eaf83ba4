"""SQLite files that somebody brought: none may make the reader compute, and none may hold more than its size."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest

from data.storage.foreign import Foreign, foreign

PAGE = 4096


def made(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA page_size = {PAGE}")
        for statement in statements:
            database.execute(statement)
        database.commit()
    return path


def many(number: int, what: str) -> str:
    return f"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {number}) {what}"


@pytest.mark.parametrize("stored", ["VIRTUAL", "STORED"])
def test_a_column_that_computes_is_refused_before_anything_is_read(tmp_path: Path, stored: str) -> None:
    columns = f"a TEXT, b INTEGER AS (a LIKE '%a%a%a%a%b') {stored}"
    path = made(tmp_path / "a.db", f"CREATE TABLE t ({columns})")
    with pytest.raises(sqlite3.DatabaseError, match="computes"), foreign(path, 1_000):
        pass


def test_nothing_but_selecting_from_plain_tables_is_possible(tmp_path: Path) -> None:
    path = made(
        tmp_path / "a.db",
        "CREATE TABLE t (a TEXT, b)",
        "INSERT INTO t VALUES ('x', 1)",
        "CREATE VIEW v AS SELECT * FROM t",
        "CREATE VIRTUAL TABLE f USING fts5(words)",
    )
    with foreign(path, 1_000) as found:
        assert found.tables["t"] == ("a", "b")
        assert not {"v", "f"} & set(found.tables)
        assert list(found.rows("t", ("a",))) == [{"a": "x"}]
        with pytest.raises(KeyError):
            list(found.rows("t", ("zzz",)))
        for forbidden in ("SELECT hex(a) FROM t", "ATTACH ':memory:' AS other", "PRAGMA user_version", "DELETE FROM t"):
            with pytest.raises(sqlite3.DatabaseError):
                found.connection.execute(forbidden)


def test_pages_that_rows_share_do_not_make_more_rows_than_the_file_has_room_for(tmp_path: Path) -> None:
    rows = many(2_000, "INSERT INTO t SELECT 'some words of a row', x FROM n")
    path = made(tmp_path / "a.db", "CREATE TABLE t (a TEXT, b)", rows)
    with foreign(path, 1_000) as found:
        assert sum(1 for _ in found.rows("t", ("a", "b"))) == 2_000
    raw = bytearray(path.read_bytes())
    _share(raw, root=PAGE)
    path.write_bytes(raw)
    with foreign(path, 1_000) as found, pytest.raises(sqlite3.DatabaseError, match="has room for"):
        list(found.rows("t", ("a", "b")))


def _share(raw: bytearray, root: int) -> None:
    """Let the root have hundreds of cells, all of which lead to its first leaf."""
    assert raw[root] == 5, "an inner page of a table"
    (first,) = struct.unpack(">H", raw[root + 12 : root + 14])
    cells = 400
    (child,) = struct.unpack(">I", raw[root + first : root + first + 4])
    cell = struct.pack(">I", child) + b"\x01"
    start = PAGE - cells * len(cell)
    offsets = b"".join(struct.pack(">H", start + n * len(cell)) for n in range(cells))
    header = struct.pack(">BHHHBI", 5, 0, cells, start, 0, child)
    raw[root : root + 12 + len(offsets)] = header + offsets
    raw[root + start : root + PAGE] = cell * cells


def test_a_circle_of_steps_ends(tmp_path: Path) -> None:
    path = made(tmp_path / "a.db", "CREATE TABLE t (a)", many(3_000, "INSERT INTO t SELECT 0 FROM n"))
    with foreign(path, 1_000) as found, pytest.raises(sqlite3.OperationalError, match="interrupted"):
        list(found.connection.execute("SELECT 1 FROM t AS x, t AS y WHERE x.a + y.a = 1"))


def test_the_file_itself_is_what_it_was(tmp_path: Path) -> None:
    path = made(tmp_path / "a?b.db", "CREATE TABLE t (a)")
    before = path.read_bytes()
    with foreign(path, 1_000) as found:
        assert isinstance(found, Foreign)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a?b.db"]
