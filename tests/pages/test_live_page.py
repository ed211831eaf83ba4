"""The Live page: what to do on top, what is new behind a button, and every button that changes something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from data.storage.tables import advices, brands, cascade_steps, deletions
from tests.conftest import HandClock
from tests.console_driver import calm, errors, press, said, submit, team_at, visit
from tests.factory import Team
from tests.live_kit import figures, moment, out, replies, usual
from workflow.measuring import advice, cascade


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[Team]:
    with team_at(tmp_path, clock) as found:
        yield found


def value(team: Team, statement: object) -> object:
    with team.store.read() as tx:
        return tx.value(statement)  # type: ignore[arg-type]


def test_an_empty_page_says_what_will_come_here(team: Team, tmp_path: Path) -> None:
    words = said(visit(team, "vic", "live", tmp_path))
    assert "Nothing went out in the last day" in words
    assert "No open alert" in words
    assert "No post leads yet" in words


def test_what_turns_can_be_taken_down_beside_the_words_in_two_clicks(
    team: Team, tmp_path: Path, clock: HandClock
) -> None:
    post = out(team, clock.at - timedelta(hours=1), text="Iced tea for *everybody*.")
    replies(team.store, post, negative=6, neutral=6)
    at = visit(team, "lea", "live", tmp_path)
    assert "50 % of 12 replies are negative; at least 25 % once chance is allowed for." in said(at)
    found = [one for one in at.button if str(one.key).startswith("delete_live_")]
    press(at, str(found[0].key))
    assert value(team, select(deletions.c.publication_id)) == post


def test_advice_is_done_and_taken_back(team: Team, tmp_path: Path, clock: HandClock) -> None:
    usual(team, clock.at)
    post = out(team, clock.at - timedelta(hours=1))
    figures(team.store, post, clock.at, likes=50)
    advice.advise(team.store)
    at = visit(team, "ben", "live", tmp_path)
    assert "2.5 × the usual after 1 h" in said(at)
    assert "▲▲" in said(at)
    press(at, "done_1")
    assert value(team, select(advices.c.state)) == "done"
    press(at, "reopen_1")
    assert value(team, select(advices.c.state)) == "open"
    press(at, "decline_1")
    assert value(team, select(advices.c.state)) == "declined"
    assert not [one for one in visit(team, "vic", "live", tmp_path).button if str(one.key).startswith("reopen_")]


def test_what_is_new_waits_for_a_click(team: Team, tmp_path: Path, clock: HandClock) -> None:
    out(team, clock.at - timedelta(hours=1), text="The first one.")
    at = visit(team, "ana", "live", tmp_path)
    second = out(team, clock.at, text="The second one.")
    replies(team.store, second, negative=6, neutral=6)
    at = calm(at.run())
    assert "The second one." not in said(at)
    assert at.button(key="live_show").label == "1 post turning negative, 1 new post – show"
    press(at, "live_show")
    assert "The second one." in said(at)


def test_a_step_of_the_cascade_is_left_out_and_taken_back(team: Team, tmp_path: Path, clock: HandClock) -> None:
    usual(team, clock.at)
    post = out(team, clock.at - timedelta(hours=1), channel="by_hand", opportunity=moment(team))
    figures(team.store, post, clock.at, likes=50)
    cascade.tend(team.store, cascade.Ways({"linkedin": "linkedin-1"}))
    at = visit(team, "ana", "live", tmp_path)
    assert "Its window is not open yet." in said(at)
    press(at, "step_decline_1")
    assert value(team, select(cascade_steps.c.state)) == "declined"
    press(at, "step_reopen_1")
    assert value(team, select(cascade_steps.c.state)) == "waiting"
    clock.forward(hours=5.5)
    cascade.tend(team.store, cascade.Ways())
    team.sign_in_again()
    assert "Its window is over." in said(visit(team, "ana", "live", tmp_path))


def test_a_manager_enters_what_a_month_costs(team: Team, tmp_path: Path) -> None:
    at = visit(team, "max", "live", tmp_path)
    at.text_input(key="cost_month").set_value("a lot")
    submit(at, "Save")
    assert "Type an amount" in errors(at)
    at.text_input(key="cost_month").set_value("8,000.50")
    submit(at, "Save")
    settings = value(team, select(brands.c.settings))
    assert isinstance(settings, dict)
    assert settings["programme_month"] == 800_050
    assert "8,000.50 USD" in said(visit(team, "lea", "live", tmp_path))
