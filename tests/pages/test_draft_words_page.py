"""Words that are not saved yet, as their writer meets them: kept, given back, put together with another's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import calm, press, said, team_at, visit
from workflow import draft, presence, schedule, unsaved
from workflow.draft import Writing
from workflow.lifecycle import draft_row

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[f.Team]:
    with team_at(tmp_path, clock) as found:
        yield found


@pytest.fixture
def draft_id(team: f.Team) -> int:
    return draft.start(team.store, team.tokens["ana"], WORDS)


def field(team: f.Team, draft_id: int, name: str) -> str:
    return f"draft{draft_id}.{team.people['ana'].id}.{name}"


def typed(at: AppTest, team: f.Team, draft_id: int, text: str) -> AppTest:
    return calm(at.text_area(key=field(team, draft_id, "text")).set_value(text).run())


def kept_text(team: f.Team, draft_id: int) -> str | None:
    with team.store.read() as tx:
        found = unsaved.kept_words(tx, draft_id, team.people["ana"].id)
    return None if found is None else str(found.words["text"])


def saved(team: f.Team, draft_id: int) -> Writing:
    with team.store.read() as tx:
        return draft.writing_of(tx, draft_row(tx, draft_id))


def test_a_closed_tab_loses_nothing_bad_fields_included(
    team: f.Team, tmp_path: Path, draft_id: int, clock: HandClock
) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    at.segmented_control(key=field(team, draft_id, "when")).set_value("At a set time")
    calm(at.run())
    day = (clock.at + timedelta(days=3)).date()
    at.date_input(key=field(team, draft_id, "day")).set_value(day)
    at.text_input(key=field(team, draft_id, "regions")).set_value("Atlantis??")
    at = typed(at, team, draft_id, "Half a thought")
    assert "Kept at 09:00, not yet a version" in said(at)
    assert kept_text(team, draft_id) == "Half a thought"
    assert saved(team, draft_id) == WORDS
    assert "Half a thought" not in said(visit(team, "ben", "draft", tmp_path, draft=draft_id))

    clock.forward(minutes=7)
    again = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    assert "Your words from 09:00 are back" in said(again)
    assert again.text_area(key=field(team, draft_id, "text")).value == "Half a thought"
    assert again.text_input(key=field(team, draft_id, "regions")).value == "Atlantis??"
    assert again.date_input(key=field(team, draft_id, "day")).value == day
    again.text_input(key=field(team, draft_id, "regions")).set_value("GB")
    press(calm(again.run()), f"save_{draft_id}")
    assert saved(team, draft_id).text == "Half a thought"
    assert kept_text(team, draft_id) is None


def test_thrown_away_words_are_gone_and_typing_back_keeps_nothing(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = typed(visit(team, "ana", "draft", tmp_path, draft=draft_id), team, draft_id, "A slip")
    at = press(at, f"throw_{draft_id}")
    assert at.text_area(key=field(team, draft_id, "text")).value == WORDS.text
    assert kept_text(team, draft_id) is None
    typed(typed(at, team, draft_id, "Another slip"), team, draft_id, WORDS.text)
    assert kept_text(team, draft_id) is None


@pytest.mark.parametrize(("button", "expected"), [("others", "On the phone"), ("these", "At the desk, later")])
def test_two_windows_of_one_person_ask_which_words_stay(
    team: f.Team, tmp_path: Path, draft_id: int, clock: HandClock, button: str, expected: str
) -> None:
    at = typed(visit(team, "ana", "draft", tmp_path, draft=draft_id), team, draft_id, "At the desk")
    clock.forward(minutes=1)
    with team.store.read() as tx:
        found = unsaved.kept_words(tx, draft_id, team.people["ana"].id)
    assert found is not None
    phone = dict(found.words) | {"text": "On the phone"}
    unsaved.keep(team.store, team.tokens["ana"], draft_id, 1, phone, found.at)
    at = typed(at, team, draft_id, "At the desk, later")
    assert "Another window of yours keeps other words" in said(at)
    assert kept_text(team, draft_id) == "On the phone"
    at = press(at, f"{button}_{draft_id}")
    assert at.text_area(key=field(team, draft_id, "text")).value == expected
    assert kept_text(team, draft_id) == expected


def test_changes_that_do_not_touch_are_put_together(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    typed(at, team, draft_id, "Cold tea, as patient as you are.")
    theirs = replace(WORDS, text="Iced tea, as patient as we are.", platform="mastodon")
    draft.save(team.store, team.tokens["ben"], draft_id, 1, theirs)
    at = calm(at.run())
    assert "The two changes do not touch each other" in said(at)
    at = press(at, f"keep_{draft_id}")
    assert "while you were writing" not in said(at)
    press(at, f"save_{draft_id}")
    assert saved(team, draft_id) == replace(theirs, text="Cold tea, as patient as we are.")


def test_where_both_changed_the_same_words_the_writer_chooses(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    typed(at, team, draft_id, "Ana's tea.")
    draft.save(team.store, team.tokens["ben"], draft_id, 1, replace(WORDS, text="Ben's tea.", topic="tea"))
    at = calm(at.run())
    assert "Both of you changed the words" in said(at)
    press(press(at, f"keep_{draft_id}"), f"save_{draft_id}")
    assert (saved(team, draft_id).text, saved(team, draft_id).topic) == ("Ana's tea.", "tea")


def test_two_people_in_one_draft_see_each_other(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    typed(visit(team, "ana", "draft", tmp_path, draft=draft_id), team, draft_id, "Half a thought")
    presence.note_presence(team.store, team.tokens["max"], draft_id, writing=False)
    words = said(visit(team, "ben", "draft", tmp_path, draft=draft_id))
    assert "Ana is writing here" in words
    assert "Max is reading" in words


def test_words_on_a_draft_that_is_over_are_still_their_writers(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    typed(visit(team, "ana", "draft", tmp_path, draft=draft_id), team, draft_id, "Half a thought")
    draft.withdraw(team.store, team.tokens["ben"], draft_id)
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    assert "Half a thought" in said(at)
    assert "Half a thought" not in said(press(at, f"throw_{draft_id}"))
    assert kept_text(team, draft_id) is None


def test_words_that_cannot_be_kept_are_said_to_be_and_are_as_soon_as_they_can(
    team: f.Team, tmp_path: Path, draft_id: int
) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    at = typed(at, team, draft_id, "x" * (unsaved.LONGEST + 1))
    assert "Not kept yet. That is more than 200,000 characters" in said(at).replace("**", "")
    assert kept_text(team, draft_id) is None
    at = typed(at, team, draft_id, "Shorter.")
    assert "Kept at 09:00" in said(at)


def test_what_nobody_signed_in_time_gets_a_new_time_in_one_click(
    team: f.Team, tmp_path: Path, clock: HandClock
) -> None:
    late = f.draft_in_review(team, replace(WORDS, planned_for=clock.at + timedelta(minutes=10)))
    clock.forward(minutes=12)
    with team.store.write() as tx:
        schedule.expire_unsigned(tx)
    words = said(visit(team, "ana", "draft", tmp_path))
    assert "Needs a new time" in words
    assert "Its time was 09:10." in words
    at = visit(team, "ana", "draft", tmp_path, draft=late)
    assert "Its planned time came before two people had signed. Choose a new time" in said(at)
    at = press(at, f"new_time_{late}")
    press(at, f"save_{late}")
    assert saved(team, late).planned_for == clock.at.replace(hour=10, minute=10)
    assert f.state_of(team, late) == "writing"
    linked = visit(team, "ana", "draft", tmp_path, draft=late, time="new")
    assert linked.segmented_control(key=field(team, late, "when")).value == "At a set time"


@pytest.mark.parametrize(
    ("platform", "text", "expected"),
    [
        ("email", "Your tea is early\n\nIt ships today.", "Subject, the first line: 17 of 60 characters"),
        ("linkedin", "One.\nTwo.\nThree.\nFour.", "only who taps it reads on"),
        ("instagram_feed", "Tea.", "takes no post without a picture"),
    ],
)
def test_a_preview_looks_its_part(team: f.Team, tmp_path: Path, platform: str, text: str, expected: str) -> None:
    made = draft.start(team.store, team.tokens["ana"], replace(WORDS, text=text, platform=platform))
    words = said(visit(team, "ana", "draft", tmp_path, draft=made))
    assert expected in words
    assert all(part in words for part in text.split())
