"""A person's word on a verdict, and a verdict that turns: on the Moment, on a draft and beside the signatures."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from data.storage.store import Store
from data.storage.tables import approvals, corrections, holds
from monitors.matching import fingerprint
from tests.conftest import HandClock
from tests.console_driver import calm, errors, press, said, visit
from tests.factory import Team, add_alert, add_item, add_source, draft_in_review, team_in
from workflow import assess, triage
from workflow.corrections import correct_verdict
from workflow.judge import judge_open_alerts, label_news

CRASH = "Iced tea festival: stage collapses, four people killed and dozens injured"
KILLED = "Iced tea stand: three people were killed, says <b>nobody</b>"


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


@pytest.fixture
def alert(team: Team, clock: HandClock) -> int:
    add_source(team.store, "The Evening Paper")
    add_item(team.store, "Iced tea on the lawn, what a day", topic="iced tea")
    found = add_alert(team.store)
    judge_open_alerts(team.store, team.scorer)
    clock.forward(seconds=5)
    return found


def decided(team: Team, alert: int) -> int:
    with team.store.read() as tx:
        row = triage.opportunity_of(tx, alert)
    assert row is not None
    for name in ("ana", "ben"):
        assess.assess(team.store, team.tokens[name], row["id"], 9, 9)
    return int(row["id"])


def darken(team: Team, clock: HandClock) -> None:
    clock.forward(minutes=1)
    add_item(team.store, CRASH, kind="news", fingerprint=fingerprint(CRASH))
    label_news(team.store, team.scorer)
    clock.forward(seconds=1)
    judge_open_alerts(team.store, team.scorer)


def count(team: Team, table, *where) -> int:
    with team.store.read() as tx:
        return int(tx.value(select(func.count()).select_from(table).where(*where)))


def keep_word(at: AppTest, place: str, label: str, why: str) -> AppTest:
    at.segmented_control(key=f"said_label_{place}").set_value(label)
    at.text_input(key=f"said_why_{place}").set_value(why)
    form = next(one for one in at.button if one.label == "Keep my word" and one.form_id == f"said_{place}")
    return calm(form.click().run())


def test_a_persons_stop_is_shown_and_offers_the_pause_that_it_does_not_open(
    team: Team, alert: int, tmp_path: Path
) -> None:
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    assert "very likely harmless" in said(at)
    keep_word(at, f"verdict_{alert}_clear", "hold", "There was a fire.")
    assert "Ana** says “Stop”, not “Clear”: There was a fire." in said(at)
    assert count(team, holds) == 0
    press(at, f"said_pause_{alert}")
    assert count(team, holds, holds.c.scope_kind == "topic", holds.c.note == "There was a fire.") == 1
    assert f"said_pause_{alert}" not in {one.key for one in calm(at.run()).button}


def test_a_word_needs_a_reason_and_agreeing_needs_none(team: Team, alert: int, tmp_path: Path) -> None:
    at = keep_word(visit(team, "ana", "moment", tmp_path, alert=alert), f"verdict_{alert}_clear", "review", "")
    assert "one line why" in errors(at)
    press(at, f"right_verdict_{alert}_clear")
    assert "Ana** agreed with “Clear”" in said(at)
    assert count(team, corrections, corrections.c.person == corrections.c.machine) == 1
    assert not visit(team, "vic", "moment", tmp_path, alert=alert).segmented_control


def test_the_words_that_weigh_are_marked_and_stay_text(team: Team, alert: int, tmp_path: Path) -> None:
    item = add_item(team.store, KILLED, topic="iced tea")
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    drawn = next(str(one.value) for one in at.markdown if "background[" in str(one.value))
    assert "killed" in drawn.split("background[")[1]
    assert "<b>" not in drawn
    assert "<b>nobody</b>" in said(at)
    keep_word(at, f"text_{item}_tragedy", "clear", "It is a play.")
    assert "says “Clear”" in said(at)
    with team.store.read() as tx:
        assert tx.value(select(corrections.c.text)) == KILLED


def test_a_headline_comes_with_its_paper_and_its_age(team: Team, alert: int, tmp_path: Path, clock: HandClock) -> None:
    darken(team, clock)
    clock.forward(minutes=7)
    shown = said(visit(team, "ana", "moment", tmp_path, alert=alert))
    assert CRASH in shown
    assert "The Evening Paper · 7 min ago" in shown


def test_a_turn_is_told_on_the_moment_and_the_draft_until_it_is_seen(
    team: Team, alert: int, tmp_path: Path, clock: HandClock
) -> None:
    draft_id = draft_in_review(team, opportunity=decided(team, alert))
    assert "turned from" not in said(visit(team, "ana", "draft", tmp_path, draft=draft_id))
    darken(team, clock)
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    assert "Since this was written the verdict turned from “Clear” to “Stop”" in errors(at)
    assert CRASH in errors(at)
    assert "turned from" in errors(visit(team, "ben", "moment", tmp_path, alert=alert))
    press(at, f"turn_seen_{alert}")
    assert "turned from" not in errors(at)
    assert "turned from" not in errors(visit(team, "ana", "moment", tmp_path, alert=alert))


def test_whoever_signs_reads_who_sees_it_otherwise(team: Team, alert: int, tmp_path: Path) -> None:
    draft_in_review(team, opportunity=decided(team, alert))
    correct_verdict(team.store, team.tokens["ben"], alert, "clear", "hold", "There was a fire.")
    assert "Ben** says “Stop”: There was a fire." in said(visit(team, "lea", "approvals", tmp_path))


def test_nobody_approves_by_a_verdict_that_turned_meanwhile(
    team: Team, alert: int, tmp_path: Path, clock: HandClock
) -> None:
    draft_id = draft_in_review(team, opportunity=decided(team, alert))
    at = visit(team, "lea", "approvals", tmp_path)
    darken(team, clock)
    press(at, f"approve_{draft_id}")
    assert "Nothing is approved beside it" in errors(at)
    assert "after this was written. Read it before you sign." in errors(at)
    assert count(team, approvals) == 0
    assert at.button(key=f"approve_{draft_id}").disabled, "not while the verdict is Stop"
