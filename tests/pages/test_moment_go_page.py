"""A moment from alert to go: the five minutes, a decision beside a verdict that turned, a go that waits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.ui.text import shorten
from app.views.moment_clock import late
from data.storage.store import Store
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import calm, press, said, visit
from workflow import assess, rescoring


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


@pytest.fixture
def alert(team: f.Team) -> int:
    return f.add_alert(team.store)


@pytest.fixture
def moment(team: f.Team, alert: int) -> int:
    found = f.add_opportunity(team.store, alert)
    f.add_verdict(team.store, found, interest=4.0)
    return found


def score(team: f.Team, moment: int, relevance: int, interest: int) -> None:
    for name in ("ana", "ben"):
        assess.assess(team.store, team.tokens[name], moment, relevance, interest)


def badges(at: AppTest) -> list[str]:
    return [one.value for one in at.markdown if "-badge[" in one.value]


def test_the_five_minutes_count_down_and_are_overdue_without_refusing(
    team: f.Team, alert: int, moment: int, clock: HandClock, tmp_path: Path
) -> None:
    clock.forward(minutes=2)
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    assert "3:00" in said(at)
    clock.forward(minutes=7)
    calm(at.run())
    assert "Overdue by 4 minutes" in said(at)
    for name in ("relevance", "interest"):
        at.segmented_control(key=f"assess_{name}").set_value(9)
    calm(next(one for one in at.button if one.label == "Give my points").click().run())
    assert "Your points are in" in "\n".join(one.value for one in at.info)


def test_a_go_is_not_green_beside_a_verdict_that_turned_to_stop(
    team: f.Team, alert: int, moment: int, tmp_path: Path
) -> None:
    score(team, moment, 9, 9)
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    assert any("green-badge" in one and "Go now" in one for one in badges(at))
    assert at.button(key="start_draft")
    f.add_verdict(team.store, moment, "hold")
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    assert not any("green-badge" in one for one in badges(at))
    assert "has turned to Stop since" in "\n".join(one.value for one in at.error)
    assert "start_draft" not in {one.key for one in at.button}


def test_a_conditional_go_is_asked_about_again_and_its_story_kept(
    team: f.Team, alert: int, moment: int, tmp_path: Path
) -> None:
    score(team, moment, 9, 4)
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    assert "Draft and wait" in "\n".join(badges(at))
    press(at, "rescore")
    assert "Score it afresh. Ana asked for fresh scores." in said(at)
    assert at.segmented_control(key="assess_relevance")
    score(team, moment, 9, 8)
    calm(at.run())
    assert "Before: Draft and wait (relevance 9, interest 4), then Go now (relevance 9, interest 8)." in said(at)


def test_a_waiting_moments_draft_says_so_and_cannot_be_submitted(team: f.Team, moment: int, tmp_path: Path) -> None:
    score(team, moment, 9, 4)
    written = f.draft.start(team.store, team.tokens["ana"], f.draft.Writing("Iced tea.", regions=("GB",)), moment)
    f.answer_well(team, written)
    at = visit(team, "ana", "draft", tmp_path, draft=written)
    assert "draft and wait" in "\n".join(one.value for one in at.warning)
    assert "Who signs" in said(at)
    press(at, f"submit_{written}")
    assert "goes to the approvers once people talk" in at.error[0].value
    assert f.state_of(team, written) == "writing"
    f.add_verdict(team.store, moment, interest=8.0)
    assert rescoring.look_again(team.store) == 1
    calm(at.run())
    assert "scoring this moment afresh" in "\n".join(one.value for one in at.warning)


def test_lateness_is_told_in_a_unit_that_people_use() -> None:
    told = [late(timedelta(seconds=-seconds)) for seconds in (20, 60, 59 * 60, 3600, 3 * 3600)]
    assert told == ["less than a minute", "1 minute", "59 minutes", "1 hour", "3 hours"]


def test_a_headline_and_its_body_stay_apart_on_one_line() -> None:
    assert shorten("Stage falls\n\nFour were hurt") == "Stage falls – Four were hurt"
    assert shorten("Stage falls.\nFour were hurt") == "Stage falls. Four were hurt"
    assert shorten("  one   line ") == "one line"
