"""The weekly report page: made on a Monday, words on top, and what those read who may not send it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from app.views import weekly as view
from data.storage.store import Store
from data.storage.tables import calls, people
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import calm, visit
from workflow import triage
from workflow.measuring import weekly


@pytest.fixture
def team(sqlite_store: Store, clock: HandClock) -> f.Team:
    """One moment let go in the first week of March 2026, and it is Monday, six o'clock, after it."""
    team = f.team_in(sqlite_store)
    triage.dismiss(team.store, team.tokens["ana"], f.add_alert(team.store, "gossip"), "Not ours.")
    clock.forward(days=6, hours=21)
    team.sign_in_again()
    return team


def text(at: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*at.markdown, *at.caption, *at.subheader, *at.info, *at.success])


def test_the_product_counts_the_week_on_monday_once(team: f.Team, clock: HandClock) -> None:
    clock.forward(hours=-1)
    assert view.make_due(team.store), "at five the week before last is the newest that is ready"
    clock.forward(hours=1)
    assert [view.make_due(team.store), view.make_due(team.store)] == [True, False]
    found = view.read(team.store, "2026-W10")
    assert found is not None
    assert found.until - found.since == timedelta(days=7)
    choice = next(one for one in found.sections if one.title == "What we took up")
    assert choice.lines[0] == weekly.Line("Alerts", "1", "0 claimed, 1 let go, 0 written about")


def test_words_go_on_top_and_a_sent_report_is_frozen(
    team: f.Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with team.store.write() as tx:
        tx.run(update(people).where(people.c.username == "lea").values(email="lea@team.example"))
    view.make_due(team.store)
    at = visit(team, "max", "report", tmp_path)
    assert "No mail server is set" in text(at)
    [area] = at.text_area
    area.set_value("We were quiet, on purpose.")
    calm(at.button(key="report_keep").click().run())
    found = view.read(team.store, "2026-W10")
    assert found is not None
    assert (found.words, found.author) == ("We were quiet, on purpose.", "Max")
    monkeypatch.setattr("app.wiring.House.mailer", object())
    at = calm(at.run())
    at.pills(key="report_to").set_value([team.people["lea"].id])
    calm(at.run())
    calm(at.button(key="report_send").click().run())
    assert "Sent" in text(at)
    assert not at.text_area
    with team.store.read() as tx:
        assert tx.value(select(calls.c.address).where(calls.c.kind == "weekly_report")) == "lea@team.example"


def test_who_only_reads_finds_no_form_and_a_week_without_a_report_says_so(team: f.Team, tmp_path: Path) -> None:
    at = visit(team, "vic", "report", tmp_path)
    assert "Nobody has made a report of this week" in text(at)
    assert "report_make" not in [one.key for one in at.button]
    at = visit(team, "lea", "report", tmp_path)
    calm(at.button(key="report_make").click().run())
    assert view.read(team.store, "2026-W10") is not None
    at = visit(team, "vic", "report", tmp_path)
    assert "let go" in text(at)
    assert not at.text_area
