"""Each of the three kinds of people finds their number on their first page, and a rerun asks for it no second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.views import my_number
from data.storage.store import Store
from tests.conftest import HandClock
from tests.console_driver import calm, said, visit
from tests.factory import (
    Team,
    add_alert,
    decided_opportunity,
    draft_in_review,
    house_of,
    scheduled_draft,
    sign,
    team_in,
)
from workflow.draft import Writing


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def test_the_team_reads_what_is_open_and_how_fast_this_week_was(team: Team, tmp_path: Path, clock: HandClock) -> None:
    assert "**0** open · alert to post this week: –" in said(visit(team, "ana", "desk", tmp_path))
    moment = decided_opportunity(team)
    clock.forward(minutes=25)
    team.sign_in_again()
    scheduled_draft(team, opportunity=moment)
    assert house_of(team, tmp_path).outbox().publish_due() == 1
    add_alert(team.store, "gossip")
    shown = said(visit(team, "ana", "desk", tmp_path))
    assert "**1** open" in shown
    assert "alert to post this week: **25 min** in the middle, of 1" in shown
    clock.forward(days=8)
    assert my_number.response(team.store) == my_number.Median(None, 0)


def test_a_signer_reads_what_waits_since_when_and_their_own_week(team: Team, tmp_path: Path, clock: HandClock) -> None:
    drafts_there = [draft_in_review(team, Writing(f"Words {number}.", regions=("GB",))) for number in (1, 2)]
    clock.forward(minutes=12)
    sign(team, "lea", drafts_there[0])
    clock.forward(minutes=30)
    team.sign_in_again()
    third = draft_in_review(team, Writing("Other words.", regions=("GB",)))
    at = visit(team, "lea", "approvals", tmp_path)
    assert "**2** waiting for you · the oldest for **42 min**" in said(at)
    assert "handed in to your signature this week: **12 min** in the middle, of 1" in said(at)
    assert "**3** waiting for you" in said(visit(team, "pia", "approvals", tmp_path))
    sign(team, "lea", third)
    clock.forward(seconds=61)
    assert "**1** waiting for you" in said(calm(at.run()))


def test_who_takes_no_alerts_reads_no_line_about_them(team: Team, tmp_path: Path) -> None:
    assert "alert to post this week" not in said(visit(team, "vic", "desk", tmp_path))


def test_a_rerun_within_the_minute_asks_nothing(
    team: Team, tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = visit(team, "ana", "desk", tmp_path)
    asked: list[object] = []
    real = my_number.response
    monkeypatch.setattr(my_number, "response", lambda store: (asked.append(store), real(store))[1])
    calm(at.run())
    assert asked == []
    clock.forward(minutes=1)
    calm(at.run())
    assert len(asked) == 1
