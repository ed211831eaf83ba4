"""The Approvals page as a signer uses it: the most urgent case first, three answers, and the password in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from checklists.evaluate import Answer
from scoring.contract import Scope
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import calm, errors, press, said, submit, team_at, visit
from workflow import accounts, checking, draft, hold
from workflow.draft import Writing
from workflow.rules.approvals import Decision

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[f.Team]:
    with team_at(tmp_path, clock) as found:
        yield found


def test_nothing_to_sign_is_said_calmly(team: f.Team, tmp_path: Path) -> None:
    assert "Nothing waits for your signature" in said(visit(team, "lea", "approvals", tmp_path))


def test_the_whole_case_is_on_the_screen(team: f.Team, tmp_path: Path) -> None:
    opportunity = f.decided_opportunity(team)
    draft_id = f.draft_in_review(team, replace(WORDS, reactive=True, topic="iced tea"), opportunity)
    f.sign(team, "pia", draft_id)
    words = said(visit(team, "lea", "approvals", tmp_path))
    for expected in (
        WORDS.text,
        "32 of 280 characters on X",
        "iced tea",
        "160 in the hour against 50 usually",
        "Window closes 11:00, 2 h 00 min left",
        "All 15 questions are well answered",
        "Signed by Pia, one more needed: social lead",
        "Written by Ana",
        "seen GB",
        "no pictures",
    ):
        assert expected in words


def test_two_approvals_schedule_the_post(team: f.Team, tmp_path: Path) -> None:
    draft_id = f.draft_in_review(team)
    at = press(visit(team, "lea", "approvals", tmp_path), f"approve_{draft_id}")
    assert "Nothing waits for your signature" in said(at)
    assert "You have signed; somebody else is needed" in said(at)
    press(visit(team, "max", "approvals", tmp_path), f"approve_{draft_id}")
    assert f.state_of(team, draft_id) == "scheduled"


def test_an_authors_own_draft_waits_for_others(team: f.Team, tmp_path: Path) -> None:
    draft_id = draft.start(team.store, team.tokens["max"], WORDS)
    f.answer_well(team, draft_id, "max")
    draft.submit(team.store, team.scorer, team.tokens["max"], draft_id, 1)
    at = visit(team, "max", "approvals", tmp_path)
    assert "You wrote some of this; two others sign it" in said(at)
    assert not [one for one in at.button if str(one.key).startswith("approve_")]


def test_the_most_urgent_is_open_and_another_can_be_chosen(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    no_hurry = f.draft_in_review(team, replace(WORDS, text="No hurry."))
    tomorrow = f.draft_in_review(team, replace(WORDS, text="Tomorrow.", planned_for=clock.at + timedelta(days=1)))
    soon = f.draft_in_review(team, replace(WORDS, text="Soon.", planned_for=clock.at + timedelta(minutes=40)))
    at = visit(team, "lea", "approvals", tmp_path)
    assert at.button(key=f"approve_{soon}").label == "Approve"
    assert [option.split(" · ")[1] for option in at.selectbox(key="case").options] == [
        "Soon.",
        "Tomorrow.",
        "No hurry.",
    ]
    calm(at.selectbox(key="case").set_value(tomorrow).run())
    press(at, f"approve_{tomorrow}")
    assert at.button(key=f"approve_{soon}").label == "Approve"
    linked = visit(team, "lea", "approvals", tmp_path, draft=no_hurry)
    assert linked.button(key=f"approve_{no_hurry}").label == "Approve"


@pytest.mark.parametrize(("button", "state"), [("changes", "writing"), ("reject", "rejected")])
def test_no_needs_a_reason_and_then_goes_to_the_author(team: f.Team, tmp_path: Path, button: str, state: str) -> None:
    draft_id = f.draft_in_review(team)
    at = visit(team, "lea", "approvals", tmp_path)
    at = press(at, f"{button}_{draft_id}")
    assert "Say what should change" in errors(at)
    at.text_area(key=f"reason_{draft_id}").set_value("Too cold for March.")
    press(at, f"{button}_{draft_id}")
    assert f.state_of(team, draft_id) == state
    assert "Lea" in said(visit(team, "ana", "draft", tmp_path, draft=draft_id))
    assert "Too cold for March." in said(visit(team, "ana", "draft", tmp_path, draft=draft_id))


def test_what_changed_since_my_last_word_is_shown(team: f.Team, tmp_path: Path) -> None:
    draft_id = f.draft_in_review(team)
    f.sign(team, "lea", draft_id, Decision.CHANGES, "Slower, please.")
    draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="Iced tea, as slow as you are."))
    f.answer_well(team, draft_id)
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 2)
    words = said(visit(team, "lea", "approvals", tmp_path))
    assert "You asked for changes to version 1" in words
    assert ":red[~~patient~~]:green-background[slow]" in words
    assert "You asked" not in said(visit(team, "pia", "approvals", tmp_path))


def test_a_stale_sign_in_is_asked_for_the_password_and_goes_on(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    draft_id = f.draft_in_review(team)
    at = visit(team, "lea", "approvals", tmp_path)
    clock.forward(minutes=20)
    press(at, f"approve_{draft_id}")
    at.text_input(key=f"password_signing_{draft_id}_said").set_value("not my password")
    submit(at, "Go on")
    assert "is not right" in errors(at)
    at.text_input(key=f"password_signing_{draft_id}_said").set_value(f.PASSWORD)
    submit(at, "Go on")
    assert "Nothing waits for your signature" in said(at)
    with team.store.read() as tx:
        assert [one.person_id for one in f.approve.approvals_of(tx, draft_id)] == [team.people["lea"].id]


def test_who_leaves_the_password_has_signed_nothing(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    draft_id = f.draft_in_review(team)
    at = visit(team, "lea", "approvals", tmp_path)
    clock.forward(minutes=20)
    submit(press(at, f"approve_{draft_id}"), "Leave it")
    assert at.button(key=f"approve_{draft_id}").label == "Approve"
    with team.store.read() as tx:
        assert f.approve.approvals_of(tx, draft_id) == ()


def test_words_that_changed_under_the_reader_are_not_signed(team: f.Team, tmp_path: Path) -> None:
    draft_id = f.draft_in_review(team)
    at = visit(team, "lea", "approvals", tmp_path)
    clicked = at.button(key=f"approve_{draft_id}").click()
    _resubmit(team, draft_id, "Quite different words.")
    calm(clicked.run())
    assert f.state_of(team, draft_id) == "in_review"
    with team.store.read() as tx:
        assert [one for one in f.approve.approvals_of(tx, draft_id) if not one.voided] == []
    assert "The draft changed since you looked at it" in errors(at)
    assert "Quite different words." in said(at)


def test_a_deed_that_waits_for_the_password_signs_only_what_was_seen(
    team: f.Team, tmp_path: Path, clock: HandClock
) -> None:
    draft_id = f.draft_in_review(team)
    at = visit(team, "lea", "approvals", tmp_path)
    clock.forward(minutes=20)
    press(at, f"approve_{draft_id}")
    _resubmit(team, draft_id, "Swapped while the password was typed.")
    at.text_input(key=f"password_signing_{draft_id}_said").set_value(f.PASSWORD)
    submit(at, "Go on")
    assert "The draft changed since you looked at it" in errors(at)
    assert f.state_of(team, draft_id) == "in_review"


def _resubmit(team: f.Team, draft_id: int, text: str) -> None:
    draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text=text))
    f.answer_well(team, draft_id)
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 2)


def test_a_revoked_signers_click_changes_nothing(team: f.Team, tmp_path: Path) -> None:
    draft_id = f.draft_in_review(team)
    at = visit(team, "lea", "approvals", tmp_path)
    accounts.revoke(team.store, team.tokens["ada"], team.people["lea"].id)
    press(at, f"approve_{draft_id}")
    assert "Your sign-in has ended" in said(at)
    with team.store.read() as tx:
        assert f.approve.approvals_of(tx, draft_id) == ()


def test_open_questions_and_the_managers_word_are_part_of_the_case(team: f.Team, tmp_path: Path) -> None:
    draft_id = draft.start(team.store, team.tokens["ana"], WORDS)
    f.answer_well(team, draft_id, critic_read=Answer("no", "Nobody was awake"))
    seen = f.hash_of(team, draft_id)
    checking.decide(team.store, team.scorer, team.tokens["max"], draft_id, seen, True, "I read it as a critic.")
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 1)
    words = said(visit(team, "lea", "approvals", tmp_path))
    assert "14 of 15 are well answered" in words
    assert "Nobody was awake" in words
    assert "I read it as a critic." in words


def test_a_hold_over_the_post_is_said_before_signing(team: f.Team, tmp_path: Path) -> None:
    f.draft_in_review(team)
    hold.open_by_person(team.store, team.tokens["ana"], Scope("region", "GB"), "")
    assert "A hold is on posts seen in GB" in said(visit(team, "lea", "approvals", tmp_path))


def test_guardrails_and_evidence_of_the_template_are_there_for_signers(team: f.Team, tmp_path: Path) -> None:
    fields = {"situation": "Lids that leak.", "help_offered": "A free seal.", "claim_file": "Laboratory, May"}
    text = "Lids that leak. Here is something that may help: A free seal."
    f.draft_in_review(team, replace(WORDS, text=text, template="rivals_trouble", fields=fields))
    words = said(visit(team, "max", "approvals", tmp_path))
    assert "Nobody else is named, tagged, pictured or mimicked." in words
    assert "Laboratory, May" in words


def test_something_more_urgent_does_not_push_the_open_case_away(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    first = f.draft_in_review(team, replace(WORDS, text="First."))
    at = visit(team, "lea", "approvals", tmp_path)
    at.text_area(key=f"reason_{first}").set_value("Half a reason")
    urgent = f.draft_in_review(team, replace(WORDS, text="Urgent.", planned_for=clock.at + timedelta(minutes=5)))
    calm(at.run())
    assert at.text_area(key=f"reason_{first}").value == "Half a reason"
    assert len(at.selectbox(key="case").options) == 2
    press(at, f"approve_{first}")
    assert at.button(key=f"approve_{urgent}").label == "Approve"
