"""What the machine answers and what it only shows: each from a fact in the store, none of them raised by a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest
from sqlalchemy import insert

from checklists.evaluate import Answer
from data.storage.store import Store
from data.storage.tables import verdicts
from tests import factory as f
from workflow import checking, draft, machine_answers, rota
from workflow.draft import Writing
from workflow.lifecycle import draft_row

WORDS = Writing("Iced tea, as patient as you are, today.", regions=("GB",), reactive=False, topic="iced tea")


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


def answers(team: f.Team, draft_id: int) -> dict[str, Answer]:
    with team.store.read() as tx:
        return machine_answers.answers(tx, draft_row(tx, draft_id), ())


def evidence(team: f.Team, draft_id: int) -> dict[str, str]:
    with team.store.read() as tx:
        return machine_answers.evidence(tx, draft_row(tx, draft_id))


def decision(team: f.Team, draft_id: int) -> str:
    with team.store.read() as tx:
        return checking.checks_of(tx, draft_row(tx, draft_id), team.scorer).decision


def start(team: f.Team, writing: Writing = WORDS, opportunity: int | None = None) -> int:
    return draft.start(team.store, team.tokens["ana"], writing, opportunity)


def test_without_facts_nothing_is_answered_that_a_person_has_to_know(team: f.Team) -> None:
    draft_id = start(team, replace(WORDS, topic=None))
    assert set(answers(team, draft_id)) == {"two_reviewers", "tragedy"}


def on_duty(team: f.Team, name: str, begin: time, end: time) -> None:
    rota.add_shift(team.store, team.tokens["ada"], team.people[name].id, tuple(range(7)), begin, end, "Europe/London")


def test_the_rota_answers_who_takes_it_down_and_who_reads_the_replies(team: f.Team) -> None:
    on_duty(team, "max", time(8), time(12))
    on_duty(team, "ben", time(8), time(17))
    draft_id = start(team)
    known = answers(team, draft_id)
    assert known["way_back"] == Answer(
        "yes", "On duty at 09:00 (Europe/London) and able to take it down: Max (manager)."
    )
    assert (known["replies_watched"].value, "Ben (social team)" in known["replies_watched"].note) == ("yes", True)


def test_nobody_argues_an_empty_rota_up_and_anybody_may_doubt_a_full_one(team: f.Team) -> None:
    on_duty(team, "ben", time(7), time(9, 30))
    draft_id = start(team)
    f.answer_well(team, draft_id)
    known = answers(team, draft_id)
    assert (known["way_back"].value, known["replies_watched"].value) == ("no", "no")
    assert "10:00 (Europe/London)" in known["replies_watched"].note
    assert decision(team, draft_id) == "manager"
    on_duty(team, "max", time(7), time(20))
    assert decision(team, draft_id) == "go"
    f.answer_well(team, draft_id, way_back=Answer("no", "Max is on a train"))
    assert decision(team, draft_id) == "manager"


@pytest.mark.parametrize(("accounts", "expected"), [(0, "go"), (49, "go"), (50, "skip")])
def test_the_fifty_first_joke_is_let_go(team: f.Team, accounts: int, expected: str) -> None:
    source = f.add_source(team.store)
    f.add_item(team.store, "The iced tea stand at the station has closed.", source_id=source, topic="iced tea")
    for number in range(accounts):
        words = f"Iced tea, as patient as you are, today. {'!' * (number + 1)}"
        f.add_item(team.store, words, source_id=source, topic="iced tea", author=f"brand {number}")
    draft_id = start(team)
    f.answer_well(team, draft_id)
    assert decision(team, draft_id) == expected
    said = evidence(team, draft_id)["said_by_others"]
    begins = f"{accounts} accounts say nearly the same among the {accounts + 1} newest uses" if accounts else "None of"
    assert said.startswith(begins)


def test_one_account_that_says_it_fifty_times_is_one(team: f.Team) -> None:
    source = f.add_source(team.store)
    for number in range(50):
        words = f"Iced tea, as patient as you are, today. {'!' * (number + 1)}"
        f.add_item(team.store, words, source_id=source, topic="iced tea", author="the same")
    assert evidence(team, start(team))["said_by_others"].startswith("One account says")


def test_what_was_read_is_shown_and_a_person_confirms_it(team: f.Team) -> None:
    opportunity = f.decided_opportunity(team, "iced tea")
    context = {"read": 34, "dark": 2, "share": 0.05, "uses": [{"text": "a"}] * 10, "says": ""}
    with team.store.write() as tx:
        row = {"alert_id": 1, "at": tx.now, "scorer": "test", "sentiment": {}, "tragedy": "clear", "probability": 0.1}
        row |= {"reasons": [], "relevance": 8, "relevance_why": "", "interest": 8, "interest_why": "", "quadrant": ""}
        tx.insert(insert(verdicts).values(**row, decision="go", category="cultural_moment", context=context))
    draft_id = start(team, replace(WORDS, reactive=True), opportunity)
    shown = evidence(team, draft_id)
    assert shown["recent_uses"].startswith("Tact has read 34 recent uses, 2 of them dark; 10 are on the moment's page")
    assert "recent_uses" not in answers(team, draft_id)
    with team.store.read() as tx:
        outcome = checking.checks_of(tx, draft_row(tx, draft_id), team.scorer).outcome
    assert "uses_read" in outcome.open


def test_the_rest_of_the_evidence(team: f.Team) -> None:
    shown = evidence(team, start(team, replace(WORDS, text="Better than Moor & Vale, tonight and right now.")))
    assert shown["values"] == "You stand for: patience, fair trade."
    assert shown["words_of_now"] == "It says “tonight”, “right now”: in six hours that means another time."
    assert "It names Moor & Vale." in shown["legal_cues"]
    assert shown["todays_posts"].startswith("0 posts went out in the last 24 hours; 0 are on the schedule")
