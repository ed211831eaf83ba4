"""Recordings: what is in one and what is not, that it relives the day it was made of, and which files are refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlite_utils import Database

from app import recording
from app.recorded import read_recording
from app.recording import record
from app.replay import replay
from data.errors import BadInput
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import events, monitors, sources
from monitors.intake import take_in, watching
from monitors.sources import Item, Poll, PollState, Reading
from monitors.watch import look_for_spikes
from scoring.lexicon import LexiconScorer
from tests.conftest import HandClock
from tests.factory import add_item, add_source, team_in
from workflow import hold
from workflow.imports import add_monitor, import_counts
from workflow.judge import judge_open_alerts

TEXTS = ("Larkfield tea again", "My #larkfield cup", "larkfield, what a morning", "A kettle and larkfield")


class Live:
    """A small day as a worker lives it: polls, each looked at once."""

    def __init__(self, store: Store, clock: HandClock) -> None:
        self.store, self.clock, self.number = store, clock, 0
        team_in(store)
        add_source(store, "Town paper", config={"address": "https://x.example/?key=hidden", "alert_on": "everything"})
        add_source(store, "Mentions", kind="mastodon")
        with store.write() as tx:
            add_monitor(tx, 1, "Our tea", "brand", ("larkfield",), ("larkfield road",), 20)
            add_monitor(tx, 1, "Off", "keyword", ("cup",))
            tx.run(update(monitors).where(monitors.c.id == 2).values(enabled=False, cooldown_minutes=90))
            past = [("Our tea", clock.at - timedelta(hours=n), 30) for n in range(1, 72)]
            import_counts(tx, past)
        self.began = clock.at

    def poll(self, source: int, texts: list[str], kind: str = "mentions", **more: Any) -> None:
        given = []
        for text in texts:
            self.number += 1
            given.append(Item(f"n{self.number}", text, "", "someone", self.clock.at, kind, **more))  # type: ignore[arg-type]
        window = self.clock.at - timedelta(hours=1)
        read = [Reading("Kettles", self.clock.at, 900, 100.0, window, self.clock.at)] if source == 1 else []
        with self.store.write() as tx:
            row = tx.row(select(sources).where(sources.c.id == source))
            assert row is not None
            take_in(tx, row, Poll(tuple(given), tuple(read), PollState()), watching(tx))
        hold.watch(self.store, LexiconScorer())
        look_for_spikes(self.store)
        judge_open_alerts(self.store, LexiconScorer())
        self.clock.forward(minutes=1)

    def day(self) -> None:
        for minute in range(20):
            self.poll(2, [TEXTS[(minute + n) % 4] for n in range(12 if minute > 8 else 1)])
        self.poll(1, ["A kettle shortage", "Larkfield road closed"], kind="news", region="GB", topic="Kettles")
        storm = {"agency": "NWS", "event": "Tornado Warning", "severity": "Extreme", "area": "Ada"}
        self.poll(1, ["Tornado Warning for Ada"], kind="official", region="GB", extra=storm)

    def alerts(self) -> list[tuple[datetime, str, float]]:
        with self.store.read() as tx:
            rows = tx.rows(select(events).where(events.c.kind == "alert_raised").order_by(events.c.id))
        return [(row["at"], row["detail"]["topic"], row["detail"]["ratio"]) for row in rows]


def relived(path: Path, folder: Path) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    folder.mkdir()
    replay(read_recording(path), folder, lambda event: told.append(dict(event)))
    return told


@pytest.fixture
def live(sqlite_store: Store, clock: HandClock) -> Live:
    return Live(sqlite_store, clock)


def test_a_replayed_recording_raises_what_the_day_raised_and_twice_the_same(live: Live, tmp_path: Path) -> None:
    live.day()
    record(live.store, tmp_path / "day.db", live.began)
    first = relived(tmp_path / "day.db", tmp_path / "one")
    alerts = [(datetime.fromisoformat(e["at"]), e["topic"], e["ratio"]) for e in first if e["event"] == "alert"]
    assert alerts == live.alerts()
    assert {topic for _, topic, _ in alerts} == {"Our tea", "Kettles"}
    assert [event["scope"]["value"] for event in first if event["event"] == "hold_opened"] == ["GB"]
    assert relived(tmp_path / "day.db", tmp_path / "two") == first


def test_a_recording_holds_what_was_watched_and_no_secret_and_no_person(live: Live, tmp_path: Path) -> None:
    live.day()
    assert record(live.store, tmp_path / "day.db", live.began) == live.number + 2
    database = Database(tmp_path / "day.db")
    assert [row["name"] for row in database["monitors"].rows] == ["Our tea", "Off"]
    assert next(iter(database["tact"].rows))["schema"] == recording.SCHEMA
    assert {row["kind"] for row in database["sources"].rows} >= {"rss", "mastodon"}
    warning = next(row for row in database["items"].rows if row["kind"] == "official")
    assert json.loads(warning["extra"])["severity"] == "Extreme"
    assert database["history"].count == 71
    database.close()
    content = (tmp_path / "day.db").read_bytes()
    assert b"hidden" not in content
    assert b"argon2" not in content


def test_pages_lose_and_double_nothing(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "PAGE", 3)
    team_in(sqlite_store)
    add_source(sqlite_store)
    texts = [f"text {n}" for n in range(10)]
    for text in texts:  # all at one instant of a clock that stands still
        add_item(sqlite_store, text)
    assert record(sqlite_store, tmp_path / "day.db", sqlite_store.now() - timedelta(hours=1)) == 10
    assert [line.text for _, line in read_recording(tmp_path / "day.db") if line.kind == "item"] == texts


@pytest.fixture(scope="module")
def whole(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that nobody bent, for tests to copy."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(migrated_file, folder / "tact.db")
    clock = HandClock()
    store = open_store(f"sqlite:///{folder / 'tact.db'}", clock=clock, migrate=False)
    live = Live(store, clock)
    for _ in range(3):
        live.poll(2, list(TEXTS) * 20)
    record(store, folder / "day.db", live.began)
    store.close()
    return folder / "day.db"


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x FROM n"


def _bend(statement: str) -> Callable[[Database], None]:
    return lambda database: database.conn.executescript(statement)


@pytest.mark.parametrize(
    ("bend", "said"),
    [
        (_bend("DROP TABLE tact"), "no recording of Tact"),
        (_bend("UPDATE tact SET schema = 99"), "recorded by a newer Tact"),
        (_bend("UPDATE tact SET schema = 1"), "an older Tact"),
        (_bend("UPDATE tact SET schema = 'x'"), "no recording of Tact"),
        (_bend("DELETE FROM brand"), "names no brand"),
        (_bend("DROP TABLE brand"), "names no brand"),
        (_bend("UPDATE brand SET profile = '{'"), "cannot be read as a recording"),
        (_bend("UPDATE items SET source = 77"), "there is no source number 77"),
        (_bend("UPDATE items SET at = 'soon' WHERE rowid > 4"), "field `at`"),
        (_bend("UPDATE items SET weight = -1"), "field `weight`"),
        (_bend("UPDATE items SET text = x'00ff'"), "field `text`"),
        (_bend("UPDATE items SET text = CAST(x'fffe' AS TEXT)"), "cannot be read as a recording"),
        (_bend("UPDATE items SET text = printf('%2000000s', 'x')"), "cannot be read as a recording"),
        (_bend("UPDATE items SET extra = '[]'"), "cannot be read as a recording"),
        (_bend("UPDATE items SET at = '2025-01-01T00:00:00+00:00' WHERE rowid = 5"), "not in the order"),
        (_bend("ALTER TABLE items DROP COLUMN kind"), "cannot be read as a recording"),
        (_bend("UPDATE history SET monitor = 'Other'"), "nothing called 'Other' is watched"),
        (_bend("INSERT INTO monitors SELECT * FROM monitors"), "two monitors are called"),
        (_bend("UPDATE monitors SET floor = 0"), "field `floor`"),
        (_bend(f"DROP TABLE items; CREATE VIEW items AS {ENDLESS}"), ""),
        (_bend("ALTER TABLE tact ADD COLUMN x AS (what LIKE '%a%a%a%b')"), "cannot be read as a recording"),
    ],
)
def test_a_recording_that_somebody_bent_is_refused_with_a_sentence(
    whole: Path, tmp_path: Path, bend: Callable[[Database], None], said: str
) -> None:
    shutil.copy(whole, tmp_path / "day.db")
    database = Database(tmp_path / "day.db")
    bend(database)
    database.close()
    if not said:  # a view is not looked at, however long it would run
        assert relived(tmp_path / "day.db", tmp_path / "one") == []
        return
    with pytest.raises(BadInput, match=said):
        relived(tmp_path / "day.db", tmp_path / "one")


def test_an_sqlite_file_cut_short_is_refused(whole: Path, tmp_path: Path) -> None:
    content = whole.read_bytes()
    (tmp_path / "cut.db").write_bytes(content[: len(content) // 2])
    with pytest.raises(BadInput, match=r"cut\.db cannot be read as a recording"):
        relived(tmp_path / "cut.db", tmp_path / "one")
