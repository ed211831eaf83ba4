"""A team's own history: which files are read, which row is refused and why, and that nothing is ever counted twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlite_utils import Database

from app.cli import main
from app.views.history import preview, told
from data.errors import BadInput, Refused
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import counts, events, hour_counts, items
from data.storage.volumes import add_counts
from monitors.watch import judge_topic
from tests.conftest import HandClock
from tests.factory import Team, add_monitor, add_source, team_in
from workflow import history
from workflow.history_file import LARGEST, LARGEST_JSON, Counted, read_history

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONDON, UTC_ZONE = ZoneInfo("Europe/London"), ZoneInfo("UTC")
HOUR = timedelta(hours=1)


@pytest.fixture
def team(store: Store) -> Team:
    team = team_in(store)
    add_source(store, "Live")
    add_monitor(store, "Our tea")
    return team


def hourly(hours: int = 48, count: int = 50, end: datetime = NOW, step: int = 60) -> list[Counted]:
    times = [end - timedelta(minutes=step * n) for n in range(hours * 60 // step, 0, -1)]
    return [Counted(n, "", at, count * step // 60) for n, at in enumerate(times, start=2)]


def sqlite_bytes(folder: Path, *tables: str) -> bytes:
    database = Database(folder / "given.db")
    for table in tables:
        database.table(table).insert_all([{"timestamp": 1_772_400_000 + 3600 * n, "count": n} for n in range(3)])
    database.close()
    return (folder / "given.db").read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"timestamp,count\n2026-03-02T06:00:00Z,5\n2026-03-02T07:00:00+00:00,7\n",
        "\ufeffTimestamp;Value\r\n2026-03-02 06:00;5\r\n\r\n2026-03-02 07:00;7\r\n".encode(),
        b"monitor\ttime\tuses\n\t1772431200\t5\n\t1772434800000\t7.0\n",
        b'[{"timestamp": "2026-03-02T06:00", "count": 5}, {"at": 1772434800, "count": "7"}]',
        b'{"timestamp": 1772431200, "count": 5}\n\n{"timestamp": 1772434800.0, "count": 7}\n',
    ],
    ids=["iso", "semicolons, a mark, no zone", "tabs, epochs", "json", "json lines"],
)
def test_the_content_decides_what_a_file_is(content: bytes) -> None:
    rows = read_history(content, UTC_ZONE, NOW)
    assert [(row.at.hour, row.count) for row in rows] == [(6, 5), (7, 7)]


def test_a_zone_is_for_times_that_name_none(tmp_path: Path) -> None:
    content = b"timestamp,count\n2025-07-01 06:00,5\n2025-07-01T07:00Z,5\n"
    assert [row.at.hour for row in read_history(content, LONDON, NOW)] == [5, 7]


def test_sqlite_by_its_first_bytes(tmp_path: Path) -> None:
    assert [row.count for row in read_history(sqlite_bytes(tmp_path, "other"), UTC_ZONE, NOW)] == [0, 1, 2]
    assert len(read_history(sqlite_bytes(tmp_path, "history"), UTC_ZONE, NOW)) == 3
    with pytest.raises(BadInput, match="damaged, or cut short"):
        read_history(sqlite_bytes(tmp_path)[:5000], UTC_ZONE, NOW)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no rows"),
        (b"timestamp,count\n", "holds no rows"),
        (b"PK\x03\x04....", "a spreadsheet or a zip file"),
        (b"\xff\xfe\x00", "neither SQLite nor text"),
        (b"SQLite format 3\x00nonsense", "damaged, or cut short"),
        (b"timestamp,count\n2026-03-01,5\nsoon,5\n", "Row 3: 'soon' is no time"),
        (b"timestamp,count\n2026-03-01,5\n2026-03-03,5\n", "Row 3: 2026-03-03 00:00 UTC lies in the future"),
        (b"timestamp,count\n2026-03-01,-5\n", "Row 2: '-5' is no count"),
        (b"timestamp,count\n2026-03-01,nan\n", "Row 2: 'nan' is no count"),
        (b"timestamp,count\n2026-03-01,2.5\n", "Row 2: '2.5' is no count"),
        (b"timestamp,count\n2026-03-01,\n", "Row 2 has no count"),
        (b"when,count\n2026-03-01,5\n", "Row 2 has no timestamp"),
        (b'[{"timestamp": 1}, 5]', "Row 1"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b"timestamp,count\n2026-03-01T00:00+99:99,5\n", "is no time"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_row(content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said.replace("+", r"\+")):
        read_history(content, UTC_ZONE, NOW)


def test_a_table_that_computes_is_refused(tmp_path: Path) -> None:
    database = Database(tmp_path / "given.db")
    database.execute("CREATE TABLE history (timestamp, count, s TEXT, x AS (s LIKE '%a%a%a%a%a%a%a%a%b'))")
    database.execute("INSERT INTO history VALUES (1772400000, 1, ?)", ["a" * 400])
    database.conn.commit()
    database.close()
    with pytest.raises(BadInput, match="computed columns"):
        read_history((tmp_path / "given.db").read_bytes(), UTC_ZONE, NOW)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"[" + b"{}," * 1_000_000 + b"{}]", "hardly anything in them"), (b"[" + b" " * LARGEST_JSON, "may have 8 MB")],
)
def test_json_that_would_fill_the_memory_is_not_built(content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_history(content, UTC_ZONE, NOW)


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(BadInput, match="larger than 32 MB"):
        read_history(b"t" * (LARGEST + 1), UTC_ZONE, NOW)


def total(store: Store) -> tuple[int, int]:
    with store.read() as tx:
        sums = [tx.value(select(func.sum(table.c.count))) for table in (counts, hour_counts)]
    return int(sums[0] or 0), int(sums[1] or 0)


def test_learning_is_over_and_importing_twice_doubles_nothing(team: Team, clock: HandClock) -> None:
    found = preview(team.store, team.tokens["lea"], hourly(), 1)
    assert total(team.store) == (0, 0), "a preview stores nothing"
    assert "The usual at this hour would be 50.0" in found.usual[0]
    assert told(found.plans[0]).startswith("48 rows, 2026-02-28 09:00 to 2026-03-02 09:00 UTC, 48 hours, 50.0 uses")
    for step in (60, 15, 60):
        history.import_history(team.store, team.tokens["lea"], hourly(step=step), 1)
        uses = 48 * (48 if step == 15 else 50)  # quarters of fifty, whole
        assert total(team.store) == (uses, uses)
    with team.store.read() as tx:
        assert judge_topic(tx, 1).state == "quiet"
        assert history.imported(tx, 1) == history.Imported(NOW - 48 * HOUR, NOW, 2400)
        kinds = [row["kind"] for row in tx.rows(select(events.c.kind).where(events.c.subject == "monitor"))]
    assert kinds == ["history_imported"] * 3


def test_hours_that_were_counted_live_are_never_touched(team: Team) -> None:
    with team.store.write() as tx:
        add_counts(tx, 1, {(1, NOW - 5 * HOUR): 7, (1, NOW - 2 * HOUR): 9})
    (plan,) = history.import_history(team.store, team.tokens["lea"], hourly(), 1)
    assert (len(plan.rows), plan.live) == (43, 5)
    assert total(team.store) == (43 * 50 + 16, 43 * 50 + 16)
    with pytest.raises(BadInput, match="Nothing is left to import"):
        history.import_history(team.store, team.tokens["lea"], hourly(3), 1)


def test_taking_it_back_leaves_what_was_counted_live(team: Team) -> None:
    with team.store.write() as tx:
        add_counts(tx, 1, {(1, NOW - 2 * HOUR): 9})
    history.import_history(team.store, team.tokens["lea"], hourly(), 1)
    history.remove_history(team.store, team.tokens["max"], 1)
    assert total(team.store) == (9, 9)
    with pytest.raises(BadInput, match="Nothing was imported"):
        history.remove_history(team.store, team.tokens["max"], 1)


def test_rows_find_their_monitor_by_name_and_old_ones_are_left_out(team: Team) -> None:
    add_monitor(team.store, "Hot tea", ("hot tea",))
    rows = [
        Counted(n, name, NOW - n * HOUR / 2, 5) for n, name in enumerate(["our TEA", "Hot tea", "#OurTea"], start=1)
    ]
    rows.append(Counted(9, "Hot tea", NOW - timedelta(days=401), 5))
    with team.store.read() as tx:
        plans = history.plan(tx, history.in_order([*rows, Counted(10, "Hot tea", NOW - 2 * HOUR, 1)]))
        assert [(plan.name, len(plan.rows), plan.old) for plan in plans] == [("Our tea", 2, 0), ("Hot tea", 2, 1)]
        for name, said in (("Cold tea", "Row 4: 'Cold tea' is no monitor"), ("", "Row 4: no monitor is named")):
            with pytest.raises(BadInput, match=said):
                history.plan(tx, history.in_order([Counted(4, name, NOW, 5)]))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([Counted(2, "", NOW - HOUR, 5), Counted(3, "", NOW - HOUR, 5)], "Row 3: .* is in row 2 already"),
        ([Counted(n, "", NOW - n * 24 * HOUR, 5) for n in range(1, 5)], "24 hours apart"),
    ],
)
def test_rows_that_make_no_series_are_refused(team: Team, rows: list[Counted], said: str) -> None:
    with team.store.read() as tx, pytest.raises(BadInput, match=said):
        history.plan(tx, history.in_order(rows, 1))


def test_roles(team: Team) -> None:
    for deed in (
        lambda token: history.import_history(team.store, token, hourly(), 1),
        lambda token: history.remove_history(team.store, token, 1),
    ):
        with pytest.raises(Refused):
            deed(team.tokens["ana"])


def test_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("TACT_DATABASE_URL", f"sqlite:///{tmp_path / 'tact.db'}")
    store = open_store(f"sqlite:///{tmp_path / 'tact.db'}")
    team_in(store)
    add_monitor(store, "Our tea")
    now = store.now().replace(minute=0)
    file = tmp_path / "mine.txt"
    file.write_text(json.dumps([{"timestamp": (now - n * HOUR).isoformat(), "count": 4} for n in range(1, 31)]))
    assert main(["import-history", str(file), "--monitor", "our tea", "--preview"]) == 0
    assert "Nothing was stored" in capsys.readouterr().out
    assert main(["import-history", str(file)]) == 2
    assert "Row 1: no monitor is named" in capsys.readouterr().err
    for wrong in (["--monitor", "Nobody"], ["--zone", "Mars/Base"]):
        assert main(["import-history", str(file), *wrong]) == 2
    assert main(["import-history", str(tmp_path / "nothing")]) == 2
    assert main(["import-history", str(file), "--monitor", "Our tea"]) == 0
    assert "30 rows" in capsys.readouterr().out
    assert total(store)[1] == 120
    with store.read() as tx:
        assert tx.value(select(func.count()).select_from(items)) == 0
    store.close()


def test_only_those_who_may_import_may_try_it(team: Team) -> None:
    with pytest.raises(Refused):
        preview(team.store, team.tokens["vic"], hourly(), 1)
