"""What is taken from the KPI page opens: CSV that no spreadsheet executes, and one SQLite file that explains itself."""

from __future__ import annotations

import csv
import io
import sqlite3
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from app.views import kpi_exports as exports
from app.views import kpis as view
from app.views.cells import csv_of
from bench.kpi_year import fill
from data.storage.store import Store
from tests.factory import Team, add_alert, team_in
from workflow.rules.kpi_targets import DEFINITIONS

SMALL = 0.01


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def opened(content: bytes, folder: Path) -> sqlite3.Connection:
    path = folder / "kpis.db"
    path.write_bytes(content)
    return sqlite3.connect(path)


def test_the_sqlite_file_holds_the_page_and_says_what_each_figure_is(team: Team, tmp_path: Path) -> None:
    fill(team.store, scale=SMALL)
    add_alert(team.store, "=1+1")
    found = view.read(team.store, team.people["max"], "365d")
    file = opened(exports.sqlite(found), tmp_path)
    (value, count), what = (
        file.execute("select value, count from figures where key = 'planned'").fetchone(),
        dict(file.execute("select key, what from definitions")),
    )
    planned, reactive = file.execute("select sum(not reactive), sum(reactive) from posts").fetchone()
    assert count == planned + reactive == len(found.report.posts)
    assert value == pytest.approx(100 * planned / count)
    assert what == {one.key: one.what for one in DEFINITIONS}
    assert file.execute("select topic from moments order by detected desc limit 1").fetchone() == ("=1+1",)
    assert file.execute("select sum(alerts) from steps").fetchone() == (found.report.moments.raised,)
    file.close()


def test_an_empty_page_gives_a_file_with_empty_tables(team: Team, tmp_path: Path) -> None:
    file = opened(exports.sqlite(view.read(team.store, team.people["max"])), tmp_path)
    assert file.execute("select count(*) from posts").fetchone() == (0,)
    assert file.execute("select count(*) from figures where value is not null").fetchone() == (0,)
    file.close()


def test_the_posts_as_csv_are_as_many_as_left_with_missing_figures_empty(team: Team) -> None:
    fill(team.store, scale=SMALL)
    found = view.read(team.store, team.people["max"], "365d", "mastodon")
    rows = list(csv.DictReader(io.StringIO(exports.posts_csv(found).decode("utf-8-sig"))))
    assert len(rows) == len(found.report.posts) > 0
    assert {row["platform"] for row in rows} == {"Mastodon"}
    assert {row["rates of"] for row in rows} == {"audience"}
    assert "nan" not in exports.posts_csv(found).decode().lower()


def test_a_cell_of_a_frame_is_no_formula_and_no_number_is_changed() -> None:
    frame = pd.DataFrame({"topic": ["=cmd()", "tea", None], "n": [1, -2, 3], "share": [0.5, None, -0.25]})
    assert csv_of(frame, ZoneInfo("UTC")).decode("utf-8-sig") == (
        "topic,n,share\r\n'=cmd(),1,0.5\r\ntea,-2,\r\n,3,-0.25\r\n"
    )


def test_posts_are_classed_by_how_many_times_the_usual_they_brought(team: Team) -> None:
    fill(team.store, scale=SMALL)
    report = view.read(team.store, team.people["max"], "365d").report
    times = [0.5, 1.0, 2.9, 3.0, 4.9, 5.0, 40.0, None]
    known = report.posts.head(len(times)).assign(reactive=True, times=times)
    planned = report.posts.tail(2).assign(reactive=False, times=9.0)
    found = exports.classes(replace(report, posts=pd.concat([known, planned])))
    assert found["posts"].tolist() == [1, 1, 1, 2, 2]


def test_no_file_names_a_person(team: Team) -> None:
    fill(team.store, scale=SMALL)
    content = exports.sqlite(view.read(team.store, team.people["max"], "365d"))
    assert not [name for name in (b"Mia", b"Uwe", b"year-") if name in content]


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (28.4, "min", "28 min"), (125, "min", "2 h 05 min"), (0.42, "s", "0.4 s"), (90, "s", "1 min"),
        (1.82, "%", "1.8%"), (66.4, "%", "66%"), (0, "%", "0%"), (-0.54, "points", "-0.5 points"), (1.71, "x", "1.7 ×"),
        (13.4, "a day", "13.4 a day"),
        (1234, "", "1,234"), (None, "min", "–"),
    ],
)  # fmt: skip
def test_a_figure_is_said_in_its_unit(value: float | None, unit: str, said: str) -> None:
    assert view.in_unit(value, unit) == said  # type: ignore[arg-type]
