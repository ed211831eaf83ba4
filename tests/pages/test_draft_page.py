"""The Drafts page as writers use it: every button and field that changes something, and words that are never lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from checklists.evaluate import Answer
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import calm, errors, press, said, submit, team_at, visit
from workflow import access, checking, draft
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


def saved(team: f.Team, draft_id: int) -> Writing:
    with team.store.read() as tx:
        return draft.writing_of(tx, draft_row(tx, draft_id))


def field(team: f.Team, draft_id: int, name: str, who: str = "ana") -> str:
    return f"draft{draft_id}.{team.people[who].id}.{name}"


def test_an_empty_house_says_where_drafts_come_from(team: f.Team, tmp_path: Path) -> None:
    at = visit(team, "ana", "draft", tmp_path)
    assert "No drafts yet" in said(at)


def test_the_list_shows_mine_or_everybodys(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ben", "draft", tmp_path)
    assert "Being written" in said(at)
    at.button_group(key="whose").set_value("Mine")
    assert "Being written" not in said(calm(at.run()))


def test_a_planned_post_begins_with_a_template_and_shows_what_is_missing(team: f.Team, tmp_path: Path) -> None:
    at = press(visit(team, "ana", "draft", tmp_path), "new_post")
    calm(at.selectbox(key="begin_template").set_value("launch_countdown").run())
    at = press(at, "begin")
    assert saved(team, 1).template == "launch_countdown"
    assert "Still to fill in" in said(at)


def test_a_decided_moment_begins_a_reactive_draft_about_its_topic(team: f.Team, tmp_path: Path) -> None:
    opportunity = f.decided_opportunity(team)
    at = visit(team, "ana", "draft", tmp_path, opportunity=opportunity)
    press(at, "begin")
    assert (saved(team, 1).topic, saved(team, 1).reactive) == ("iced tea", True)


def test_a_moment_that_is_not_decided_cannot_be_written_about(team: f.Team, tmp_path: Path) -> None:
    undecided = f.add_opportunity(team.store, f.add_alert(team.store))
    at = visit(team, "ana", "draft", tmp_path, opportunity=undecided)
    assert "Two people assess this moment first" in said(at)
    assert not [one for one in at.button if one.key == "begin"]


def test_a_template_that_the_moment_forbids_is_refused_with_the_reason(team: f.Team, tmp_path: Path) -> None:
    opportunity = f.add_opportunity(team.store, f.add_alert(team.store, "the boycott"))
    for name in ("ana", "ben"):
        f.assess.assess(team.store, team.tokens[name], opportunity, 9, 9)
    at = visit(team, "ana", "draft", tmp_path, opportunity=opportunity)
    calm(at.selectbox(key="begin_template").set_value("event_tie_in").run())
    assert "this moment touches boycott" in errors(at)
    assert not [one for one in at.button if one.key == "begin"]


def test_words_are_counted_and_saved_as_a_new_version(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    calm(at.text_area(key=field(team, draft_id, "text")).set_value("Cold tea, warm day.").run())
    assert "19 of 280 characters on X, 261 left" in said(at)
    assert "Not saved yet" in said(at)
    press(at, f"save_{draft_id}")
    assert saved(team, draft_id).text == "Cold tea, warm day."
    assert "Version 2 is saved" in said(at)


def test_too_many_characters_are_said_for_the_chosen_platform(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    at.text_area(key=field(team, draft_id, "text")).set_value("tea " * 80)
    at.selectbox(key=field(team, draft_id, "platform")).set_value("bluesky")
    assert "on Bluesky: 20 too many" in said(calm(at.run()))
    at.selectbox(key=field(team, draft_id, "platform")).set_value("linkedin")
    assert "too many" not in said(calm(at.run()))


def test_every_field_around_the_words_is_saved(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    at.selectbox(key=field(team, draft_id, "platform")).set_value("mastodon")
    at.selectbox(key=field(team, draft_id, "channel")).set_value("by_hand")
    at.text_input(key=field(team, draft_id, "regions")).set_value("us, us-nj")
    at.text_input(key=field(team, draft_id, "topic")).set_value("#icedtea")
    at.toggle(key=field(team, draft_id, "promotional")).set_value(False)
    at.toggle(key=field(team, draft_id, "reactive")).set_value(True)
    press(calm(at.run()), f"save_{draft_id}")
    assert saved(team, draft_id) == replace(
        WORDS,
        platform="mastodon",
        channel="by_hand",
        regions=("US", "US-NJ"),
        topic="#icedtea",
        promotional=False,
        reactive=True,
    )


def test_a_planned_time_is_meant_in_the_readers_zone(
    team: f.Team, tmp_path: Path, draft_id: int, clock: HandClock
) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    at.button_group(key=field(team, draft_id, "when")).set_value("At a set time")
    calm(at.run())
    at.date_input(key=field(team, draft_id, "day")).set_value(clock.at.date().replace(month=7))
    at.time_input(key=field(team, draft_id, "clock")).set_value(clock.at.time().replace(hour=9))
    press(calm(at.run()), f"save_{draft_id}")
    found = saved(team, draft_id)
    assert found.zone == "Europe/London"
    assert found.planned_for == clock.at.replace(month=7, hour=8)


def test_a_time_that_does_not_exist_is_refused_and_nothing_is_lost(
    team: f.Team, tmp_path: Path, draft_id: int, clock: HandClock
) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    at.text_area(key=field(team, draft_id, "text")).set_value("Precious words.")
    at.button_group(key=field(team, draft_id, "when")).set_value("At a set time")
    calm(at.run())
    at.date_input(key=field(team, draft_id, "day")).set_value(clock.at.date().replace(day=29))
    at.time_input(key=field(team, draft_id, "clock")).set_value(clock.at.time().replace(hour=1, minute=30))
    at = press(calm(at.run()), f"save_{draft_id}")
    assert "There is no 01:30" in errors(at)
    assert at.text_area(key=field(team, draft_id, "text")).value == "Precious words."
    assert saved(team, draft_id) == WORDS


def test_fields_of_a_template_become_the_text(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    at.text_area(key=field(team, draft_id, "text")).set_value("")
    calm(at.selectbox(key=field(team, draft_id, "template")).set_value("event_tie_in").run())
    assert "[The moment]" in at.text_area(key=field(team, draft_id, "text")).value
    calm(at.text_input(key=field(team, draft_id, "field.moment")).set_value("That final bow").run())
    calm(at.text_input(key=field(team, draft_id, "field.parallel")).set_value("a well-poured cup").run())
    text = at.text_area(key=field(team, draft_id, "text")).value
    assert text == "That final bow – and all we could think of was a well-poured cup."
    press(at, f"save_{draft_id}")
    assert saved(team, draft_id).fields == {"moment": "That final bow", "parallel": "a well-poured cup"}


def test_words_changed_by_hand_are_not_overwritten_by_a_field(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    at.text_area(key=field(team, draft_id, "text")).set_value("")
    calm(at.selectbox(key=field(team, draft_id, "template")).set_value("event_tie_in").run())
    calm(at.text_area(key=field(team, draft_id, "text")).set_value("My own words.").run())
    calm(at.text_input(key=field(team, draft_id, "field.moment")).set_value("That final bow").run())
    assert at.text_area(key=field(team, draft_id, "text")).value == "My own words."
    at = press(at, f"refill_{draft_id}")
    assert at.text_area(key=field(team, draft_id, "text")).value.startswith("That final bow")


def test_somebody_saved_meanwhile_and_both_texts_are_shown(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    calm(at.text_area(key=field(team, draft_id, "text")).set_value("Ana's words.").run())
    draft.save(team.store, team.tokens["ben"], draft_id, 1, replace(WORDS, text="Ben's words."))
    at = press(at, f"save_{draft_id}")
    assert "Ben saved version 2 while you were writing" in said(at)
    assert {"Ana's words.", "Ben's words."} <= set(said(at).splitlines())
    assert saved(team, draft_id).text == "Ben's words."
    press(press(at, f"keep_{draft_id}"), f"save_{draft_id}")
    assert saved(team, draft_id).text == "Ana's words."


def test_the_other_version_can_be_taken_instead(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    calm(at.text_area(key=field(team, draft_id, "text")).set_value("Ana's words.").run())
    draft.save(team.store, team.tokens["ben"], draft_id, 1, replace(WORDS, text="Ben's words."))
    at = press(calm(at.run()), f"take_{draft_id}")
    assert at.text_area(key=field(team, draft_id, "text")).value == "Ben's words."
    assert "while you were writing" not in said(at)


def test_who_has_typed_nothing_simply_sees_the_new_version(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    draft.save(team.store, team.tokens["ben"], draft_id, 1, replace(WORDS, text="Ben's words."))
    calm(at.run())
    assert at.text_area(key=field(team, draft_id, "text")).value == "Ben's words."


def test_words_survive_another_page_and_an_ended_sign_in(
    team: f.Team, tmp_path: Path, draft_id: int, clock: HandClock
) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    calm(at.text_area(key=field(team, draft_id, "text")).set_value("Half a thought").run())
    calm(at.switch_page("pages/schedule.py").run())
    calm(at.switch_page("pages/draft.py").run())
    assert at.text_area(key=field(team, draft_id, "text")).value == "Half a thought"
    access.sign_out(team.store, team.tokens["ana"])
    at = press(at, f"save_{draft_id}")
    assert "Your sign-in has ended" in said(at)
    at.session_state["_token"] = access.sign_in(team.store, "ana", f.PASSWORD)
    calm(at.run())
    assert at.text_area(key=field(team, draft_id, "text")).value == "Half a thought"


def test_another_person_in_the_same_browser_does_not_meet_those_words(
    team: f.Team, tmp_path: Path, draft_id: int
) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    calm(at.text_area(key=field(team, draft_id, "text")).set_value("Half a thought").run())
    at.session_state["_token"] = team.tokens["ben"]
    calm(at.run())
    assert at.text_area(key=field(team, draft_id, "text", "ben")).value == WORDS.text


def test_answers_are_saved_and_added_up(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    for one in at.radio:
        one.set_value("no" if "dark_or_divisive" in str(one.key) else "yes")
    at.radio[-1].set_value("unsure")
    at = submit(at, "Save the answers")
    assert "14 of 15 are well answered, 1 is open: one or two open questions are for a manager" in said(at)
    assert "Nobody is sure: Is this the best thing" in said(at)


def test_a_complete_checklist_opens_the_way_to_the_approvers(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    f.answer_well(team, draft_id)
    at = press(visit(team, "ana", "draft", tmp_path, draft=draft_id), f"submit_{draft_id}")
    assert f.state_of(team, draft_id) == "in_review"
    assert "Nobody has signed yet, two needed" in said(at)


def test_without_answers_the_approvers_never_see_it(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = press(visit(team, "ana", "draft", tmp_path, draft=draft_id), f"submit_{draft_id}")
    assert "Three or more checks are open" in errors(at)
    assert f.state_of(team, draft_id) == "writing"


def test_after_an_edit_each_answer_is_given_again(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    f.answer_well(team, draft_id, critic_read=Answer("no", "Not yet"))
    draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="Other words."))
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    assert "Ana said no (“Not yet”) at 09:00, before the words were changed." in said(at)
    assert "answers were given before and no longer count" in said(at)
    asked = next(one for one in at.radio if "critic_read" in str(one.key))
    assert asked.value is None
    asked.set_value("yes")
    submit(at, "Save the answers")
    with team.store.read() as tx:
        checks = checking.checks_of(tx, draft_row(tx, draft_id), team.scorer)
    # What was not read again stays open; the note of the one that was read again came along.
    assert checks.answers["critic_read"] == Answer("yes", "Not yet")
    assert "way_back" not in checks.answers


def test_nobody_submits_words_they_have_not_seen(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    f.answer_well(team, draft_id)
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    clicked = at.button(key=f"submit_{draft_id}").click()
    draft.save(team.store, team.tokens["ben"], draft_id, 1, replace(WORDS, text="Ben's words."))
    f.answer_well(team, draft_id, "ben")
    assert "Ben saved version 2" in errors(calm(clicked.run()))
    assert f.state_of(team, draft_id) == "writing"


def test_answers_for_words_that_changed_meanwhile_are_kept_but_not_counted(
    team: f.Team, tmp_path: Path, draft_id: int
) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    next(one for one in at.radio if "way_back" in str(one.key)).set_value("yes")
    next(one for one in at.text_input if "way_back" in str(one.key)).set_value("Lea, five minutes")
    clicked = next(one for one in at.button if one.label == "Save the answers").click()
    draft.save(team.store, team.tokens["ben"], draft_id, 1, replace(WORDS, text="Ben's words."))
    at = calm(clicked.run())
    assert "The draft changed since you began" in errors(at)
    assert "Nobody has answered the checklist for these words yet" in said(at)
    assert next(one for one in at.text_input if "way_back" in str(one.key)).value == "Lea, five minutes"
    submit(at, "Save the answers")
    with team.store.read() as tx:
        answers = checking.checks_of(tx, draft_row(tx, draft_id), team.scorer).answers
    assert answers["way_back"] == Answer("yes", "Lea, five minutes")


def test_a_manager_decides_about_an_open_question(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    f.answer_well(team, draft_id, critic_read=Answer("no", "Not yet"))
    at = visit(team, "max", "draft", tmp_path, draft=draft_id)
    at.text_input(key=f"decide_why_{draft_id}").set_value("I read it as a critic.")
    at = submit(at, "It may go on")
    assert "a manager has decided that it may go on" in said(at)
    assert "I read it as a critic." in said(at)


def test_a_manager_lets_it_go(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    f.answer_well(team, draft_id, critic_read=Answer("no", "Not yet"))
    at = visit(team, "max", "draft", tmp_path, draft=draft_id)
    at.text_input(key=f"decide_why_{draft_id}").set_value("Not today.")
    assert "for a manager to decide" in said(submit(at, "Let it go"))


def test_the_team_sees_no_managers_panel(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    f.answer_well(team, draft_id, critic_read=Answer("no", "Not yet"))
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    assert not [one for one in at.button if one.label == "It may go on"]


def test_a_save_says_that_it_costs_the_signatures(team: f.Team, tmp_path: Path) -> None:
    draft_id = f.draft_in_review(team)
    f.sign(team, "lea", draft_id)
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    assert "Signed by Lea, one more needed" in said(at)
    calm(at.text_area(key=field(team, draft_id, "text")).set_value("Other words.").run())
    assert "Saving voids the signatures" in said(at)
    press(at, f"save_{draft_id}")
    assert f.state_of(team, draft_id) == "writing"


def test_a_draft_is_withdrawn_with_a_reason(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    at.text_input(key=f"withdraw_why_{draft_id}").set_value("Sold out.")
    at = press(at, f"withdraw_{draft_id}")
    assert f.state_of(team, draft_id) == "withdrawn"
    assert not [one for one in at.button if one.key == f"save_{draft_id}"]


def test_a_blocked_post_shows_the_gates_reasons_and_can_ask_again(
    team: f.Team, tmp_path: Path, clock: HandClock
) -> None:
    draft_id = f.scheduled_draft(team, replace(WORDS, planned_for=clock.at + timedelta(hours=1)))
    twin = f.scheduled_draft(team)
    house = f.house_of(team, tmp_path)
    house.outbox().publish_due()
    clock.forward(hours=1)
    house.outbox().publish_due()
    assert (f.state_of(team, twin), f.state_of(team, draft_id)) == ("published", "blocked")
    team.sign_in_again()
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    assert "says this in the same words" in said(at)
    at.text_input(key=f"again_why_{draft_id}").set_value("It may be said twice.")
    assert "Its planned time has passed" in errors(press(at, f"again_{draft_id}"))


def test_versions_show_what_changed_word_by_word(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    draft.save(team.store, team.tokens["ben"], draft_id, 1, replace(WORDS, text="Iced tea, as slow as you are."))
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    assert ":red[~~patient~~]:green-background[slow]" in said(at)


def test_hostile_words_stay_words(team: f.Team, tmp_path: Path) -> None:
    hostile = "![](http://tracker.example/x.png) :red[hot] <b>bold</b> \u202eevil"
    draft_id = draft.start(team.store, team.tokens["ana"], replace(WORDS, text=hostile))
    at: AppTest = visit(team, "vic", "draft", tmp_path, draft=draft_id)
    assert any("⟦U+202E⟧evil" in one.value for one in at.text)
    assert not [one for one in at.markdown if "](http" in one.value or "<b>" in one.value]


def test_a_number_that_is_no_draft_gets_a_sentence(team: f.Team, tmp_path: Path) -> None:
    assert "There is no such draft" in said(visit(team, "ana", "draft", tmp_path, draft=999))


def test_a_viewer_reads_and_changes_nothing(team: f.Team, tmp_path: Path, draft_id: int) -> None:
    at = visit(team, "vic", "draft", tmp_path, draft=draft_id)
    assert WORDS.text in said(at)
    assert not [one for one in at.button if str(one.key).startswith(("save_", "submit_", "withdraw_"))]


def test_a_signer_thinks_again_before_the_post_leaves(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    later = clock.at + timedelta(hours=3)
    draft_id = f.scheduled_draft(team, Writing("Later, maybe.", reactive=False, planned_for=later))
    at = visit(team, "pia", "draft", tmp_path, draft=draft_id)
    at.text_area(key=f"object_why_{draft_id}").input("Not on this day.").run()
    press(at, f"object_{draft_id}")
    assert f.state_of(team, draft_id) == "writing"
    writer = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    assert "Not on this day." in said(writer)


def test_a_writer_has_no_such_button(team: f.Team, tmp_path: Path) -> None:
    draft_id = f.scheduled_draft(team)
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    assert f"object_{draft_id}" not in [one.key for one in at.button]
