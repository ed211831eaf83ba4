"""What the KPI page's read adds: figures that say from how many, and a download that no spreadsheet executes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.views import kpi_exports as exports
from app.views import kpis as view
from data.storage.store import Store
from tests.conftest import HandClock
from tests.factory import Team, add_alert, decided_opportunity, house_of, scheduled_draft, team_in


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def cells(found: view.Kpis) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exports.moments_csv(found).decode("utf-8-sig"))))


def test_a_topic_cannot_become_a_formula(team: Team) -> None:
    for topic in ('=HYPERLINK("http://evil.example")', "+1", "-1", "@SUM(A1)", "#tea, with a comma"):
        add_alert(team.store, topic)
    topics = [row["topic"] for row in cells(view.read(team.store, team.people["max"]))]
    assert topics == ['\'=HYPERLINK("http://evil.example")', "'+1", "'-1", "'@SUM(A1)", "#tea, with a comma"]


@given(st.text())
def test_no_cell_begins_with_a_sign_that_starts_a_formula(text: str) -> None:
    cell = view.safe_cell(text)
    assert cell.lstrip()[:1] not in {"=", "+", "-", "@"}
    assert cell.removeprefix("'") == text.removeprefix("'")


def test_the_download_holds_every_leg_on_the_readers_clock(team: Team, clock: HandClock, tmp_path: Path) -> None:
    clock.forward(days=120)  # into summer time
    team.sign_in_again()
    opportunity = decided_opportunity(team)
    clock.forward(minutes=10)
    scheduled_draft(team, opportunity=opportunity)
    clock.forward(minutes=1)
    assert house_of(team, tmp_path).outbox().publish_due() == 1
    found = view.read(team.store, team.people["max"])
    (row,) = cells(found)
    assert (row["detected"], row["published"]) == ("2026-06-30 10:00:00", "2026-06-30 10:11:00")
    assert (row["minutes to publication"], row["alert to claim"], row["approved to published"]) == ("11.0", "", "1.0")
    assert view.in_words(found.speeds[0]) == "median 11 min · nine of ten within 11 min · 1 of 1 inside 18 min"


def test_nothing_measured_is_a_dash_and_never_a_zero(team: Team) -> None:
    found = view.read(team.store, team.people["max"], "no such period")
    assert found.empty
    assert {line.value for line in found.lines} == {line.before for line in found.lines} == {"–"}
    assert {line.of for line in found.headline} == {"of 0 posts", "of 0 decided moments", "of 0 reactive posts"}
    assert not any(line.small or line.stands for line in found.lines)
