"""The Desk: the list stands still, news is announced, and every button does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.ui.alert_deeds import OWN_WORDS
from app.views.desk import REASONS
from data.storage.store import Store
from tests.conftest import HandClock
from tests.console_driver import calm, visit
from tests.factory import Team, add_alert, add_monitor, add_source, alert_state, team_in
from workflow import triage


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def topics_on(at: AppTest) -> list[str]:
    return [one.value for one in at.subheader]


def keys_on(at: AppTest) -> set[str]:
    return {str(one.key) for one in at.button}


def said_on(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.markdown, *at.caption, *at.text, *at.error, *at.toast])


def press(at: AppTest, key: str) -> AppTest:
    return calm(at.button(key=key).click().run())


def test_new_alerts_are_announced_and_shown_only_when_asked_for(team: Team, tmp_path: Path) -> None:
    add_alert(team.store, "iced tea")
    at = visit(team, "ana", "desk", tmp_path)
    assert topics_on(at) == ["iced tea"]
    for topic in ("hot tea", "tea cosy"):
        add_alert(team.store, topic)
    calm(at.run())
    assert topics_on(at) == ["iced tea"], "the list must not change under the reader's hands"
    assert at.button(key="desk_new").label == "2 new – show"
    assert "3 open · 0 mine · 0 snoozed" in said_on(at)
    press(at, "desk_new")
    assert topics_on(at) == ["tea cosy", "hot tea", "iced tea"]
    assert "desk_new" not in keys_on(at)


def test_claiming_and_releasing(team: Team, tmp_path: Path) -> None:
    alert = add_alert(team.store)
    at = press(visit(team, "ana", "desk", tmp_path), f"claim_{alert}")
    assert alert_state(team, alert) == triage.CLAIMED
    assert "1 open · 1 mine" in said_on(at)
    ben = visit(team, "ben", "desk", tmp_path)
    assert f"claim_{alert}" not in keys_on(ben)
    assert "Ana" in said_on(ben)
    press(at, f"release_{alert}")
    assert alert_state(team, alert) == triage.OPEN


def test_a_claim_that_came_too_late_is_refused_in_words(team: Team, tmp_path: Path) -> None:
    alert = add_alert(team.store)
    at = visit(team, "ana", "desk", tmp_path)
    triage.claim(team.store, team.tokens["ben"], alert)
    press(at, f"claim_{alert}")
    assert "Ben" in at.error[0].value


def test_a_snoozed_alert_sleeps_and_is_announced_when_it_wakes(team: Team, tmp_path: Path, clock: HandClock) -> None:
    alert = add_alert(team.store)
    at = press(visit(team, "ana", "desk", tmp_path), f"snooze_{alert}_15")
    assert alert_state(team, alert) == triage.SNOOZED
    assert topics_on(at) == []
    at.segmented_control(key="show").set_value("snoozed").run()
    assert topics_on(at) == ["iced tea"]
    at.segmented_control(key="show").set_value("open").run()
    clock.forward(minutes=16)
    with team.store.write() as tx:
        triage.wake_snoozed(tx)
    calm(at.run())
    assert topics_on(at) == []
    press(at, "desk_new")
    assert topics_on(at) == ["iced tea"]


def test_dismissing_asks_why_and_can_be_undone_for_a_minute(team: Team, tmp_path: Path, clock: HandClock) -> None:
    alert = add_alert(team.store)
    at = visit(team, "ana", "desk", tmp_path)
    dismiss = next(one for one in at.button if one.label == "Dismiss")
    calm(dismiss.click().run())
    assert alert_state(team, alert) == triage.OPEN
    assert "why" in at.error[0].value
    at.radio(key=f"why_{alert}").set_value(REASONS[1])
    at.text_input(key=f"words_{alert}").set_value("Too close to the vote.")
    calm(next(one for one in at.button if one.label == "Dismiss").click().run())
    assert alert_state(team, alert) == triage.DISMISSED
    assert topics_on(at) == []
    press(at, "undo_button")
    assert alert_state(team, alert) == triage.OPEN
    assert topics_on(at) == ["iced tea"]
    at.radio(key=f"why_{alert}").set_value(OWN_WORDS)
    at.text_input(key=f"words_{alert}").set_value("We said it yesterday.")
    calm(next(one for one in at.button if one.label == "Dismiss").click().run())
    clock.forward(seconds=61)
    calm(at.run())
    assert "undo_button" not in keys_on(at)
    at.segmented_control(key="show").set_value("dismissed").run()
    assert "We said it yesterday" in said_on(at)
    press(at, f"reopen_{alert}")
    assert alert_state(team, alert) == triage.OPEN


def test_a_quiet_desk_says_what_is_watched_and_when_it_looks_next(team: Team, tmp_path: Path, clock: HandClock) -> None:
    assert "No source is switched on" in said_on(visit(team, "ana", "desk", tmp_path))
    add_monitor(team.store, "Our tea")
    add_source(team.store, next_poll_at=clock.at)
    said = said_on(visit(team, "ana", "desk", tmp_path))
    assert "Watching Our tea in 1 source" in said
    assert "Next reading: 09:00" in said
    clock.forward(minutes=5)
    assert "no worker seems to be running" in said_on(visit(team, "ana", "desk", tmp_path))


def test_a_viewer_reads_and_has_no_buttons(team: Team, tmp_path: Path) -> None:
    alert = add_alert(team.store)
    keys = keys_on(visit(team, "vic", "desk", tmp_path))
    assert f"open_{alert}" in keys
    assert not {f"claim_{alert}", f"snooze_{alert}_15"} & keys


def test_mine_is_what_i_have_claimed(team: Team, tmp_path: Path) -> None:
    mine, other = add_alert(team.store, "iced tea"), add_alert(team.store, "hot tea")
    triage.claim(team.store, team.tokens["ana"], mine)
    triage.claim(team.store, team.tokens["ben"], other)
    at = visit(team, "ana", "desk", tmp_path)
    calm(at.segmented_control(key="show").set_value("mine").run())
    assert topics_on(at) == ["iced tea"]


def test_what_a_person_saw_becomes_an_alert_on_the_desk(team: Team, tmp_path: Path) -> None:
    at = visit(team, "ana", "desk", tmp_path)
    at.text_input(key="by_hand_topic").set_value("Dancing teapot")
    calm(next(one for one in at.button if one.label == "Raise it").click().run())
    assert "what you saw" in at.error[0].value
    assert at.text_input(key="by_hand_topic").value == "Dancing teapot"
    at.text_area(key="by_hand_text").set_value("It dances on every screen.")
    at.text_input(key="by_hand_url").set_value("https://station.example/1")
    calm(next(one for one in at.button if one.label == "Raise it").click().run())
    assert topics_on(at) == ["Dancing teapot"]
    assert "**no history yet** · Ana saw this&#58;" in said_on(at).replace("\u2060", "")
    assert at.text_input(key="by_hand_topic").value == ""
    moment = visit(team, "ana", "moment", tmp_path, alert=1)
    assert "It dances on every screen" in said_on(moment)
    assert "nothing has been counted" in said_on(moment)
    assert "by_hand_topic" not in {one.key for one in visit(team, "vic", "desk", tmp_path).text_input}


def test_an_alert_is_given_to_somebody_and_the_step_taken_back(team: Team, tmp_path: Path) -> None:
    alert = add_alert(team.store)
    at = visit(team, "ana", "desk", tmp_path)
    give = lambda: next(one for one in at.button if one.label == "Give it")  # noqa: E731
    calm(give().click().run())
    assert "Choose somebody" in at.error[0].value
    at.selectbox(key=f"give_to_{alert}").set_value(team.people["ben"].id)
    calm(give().click().run())
    assert alert_state(team, alert) == triage.CLAIMED
    assert "1 open · 0 mine" in said_on(at)
    ben = visit(team, "ben", "desk", tmp_path)
    assert f"release_{alert}" in keys_on(ben)
    assert "Yours, from Ana" in said_on(ben)
    press(at, "undo_button")
    assert alert_state(team, alert) == triage.OPEN
    assert f"claim_{alert}" in keys_on(at)
