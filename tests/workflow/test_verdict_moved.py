"""What becomes of posts, and who is told, when the verdict on their moment moves after people have acted on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from data.storage.events import THE_PRODUCT
from data.storage.store import Store
from data.storage.tables import notices, verdicts
from scoring.contract import Reason
from tests import factory as f
from tests.conftest import HandClock
from workflow import checking, hold, judge, second_looks
from workflow.draft import Writing
from workflow.lifecycle import draft_row, send_to
from workflow.rejudging import Queue
from workflow.rules.drafts import Move
from workflow.verdict_key import moment_key

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=True, topic="iced tea")
BY_HAND = replace(WORDS, channel="by_hand")
DOUBT = (Reason("foreign_language", "Not all of it was read."),)
GRAVE = (Reason("topic_uses", "Its uses tell of harm.", "#icedtea for her", 0.9),)


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


@pytest.fixture
def moment(team: f.Team) -> int:
    return f.decided_opportunity(team)


def handed_over(team: f.Team, words: Writing, moment: int | None = None) -> int:
    """A signed post that the gate has let go to a person's hands."""
    draft_id = f.scheduled_draft(team, words, moment)
    with team.store.write() as tx:
        send_to(tx, THE_PRODUCT, draft_row(tx, draft_id), Move.CLAIM)
        send_to(tx, THE_PRODUCT, draft_row(tx, draft_id), Move.HAND_OVER)
    return draft_id


def told(team: f.Team, words: str) -> set[int]:
    with team.store.read() as tx:
        return {row["person_id"] for row in tx.rows(select(notices)) if words in row["text"]}


def ids(team: f.Team, *names: str) -> set[int]:
    return {team.people[name].id for name in names}


def test_a_dark_verdict_stops_a_post_that_somebody_is_about_to_post_by_hand(team: f.Team, moment: int) -> None:
    draft_id = handed_over(team, BY_HAND, moment)
    f.add_verdict(team.store, moment, "hold", GRAVE)
    assert len(hold.heed(team.store)) == 1
    assert f.state_of(team, draft_id) == "unknown"


def test_a_post_by_hand_whose_signatures_expired_is_called_back_from_everybody(team: f.Team, moment: int) -> None:
    draft_id = handed_over(team, BY_HAND, moment)
    f.add_verdict(team.store, moment, "review", DOUBT)
    second_looks.look(team.store, None)
    assert f.state_of(team, draft_id) == "unknown"
    assert ids(team, "ana", "ben", "lea", "max") <= told(team, "Do not post the post for X")


def test_a_headline_calls_back_a_planned_post_by_hand(team: f.Team, clock: HandClock) -> None:
    f.add_source(team.store, "News")
    words = Writing("Kestrel Ferry days: tea on the upper deck.", channel="by_hand", regions=("GB",), reactive=False)
    draft_id, queue = handed_over(team, words), Queue(team.store, team.scorer)
    assert queue.look() == ()
    clock.forward(minutes=1)
    f.add_item(team.store, "Kestrel Ferry sinks off the coast, at least forty people dead", kind="news", region="US")
    assert queue.look() == (draft_id,)
    assert f.state_of(team, draft_id) == "unknown"


def test_whose_signature_and_answers_expired_is_told_once_for_each_verdict(
    team: f.Team, moment: int, clock: HandClock
) -> None:
    draft_id = f.draft_in_review(team, WORDS, moment)
    f.sign(team, "lea", draft_id)
    for _ in range(2):  # the second verdict says the same in other words
        clock.forward(minutes=2)
        f.add_verdict(team.store, moment, "review", DOUBT)
        second_looks.look(team.store, None)
    assert f.state_of(team, draft_id) == "in_review"
    assert told(team, "The verdict changed after you signed") == ids(team, "lea")
    assert told(team, "answer the checklist again") == ids(team, "ana")
    with team.store.read() as tx:
        assert len(tx.rows(select(notices).where(notices.c.key.contains(":verdict:")))) == 2


def test_a_scheduled_post_whose_verdict_became_clear_can_be_answered_anew_and_leaves(
    team: f.Team, moment: int, clock: HandClock
) -> None:
    f.add_verdict(team.store, moment, "review", DOUBT)
    draft_id = f.scheduled_draft(team, replace(WORDS, planned_for=clock.at + timedelta(hours=1)), moment)
    f.add_verdict(team.store, moment, "clear")
    second_looks.look(team.store, None)
    assert f.state_of(team, draft_id) == "scheduled", "who signed knew more against it"
    assert told(team, "answer the checklist again") == ids(team, "ana")
    f.answer_well(team, draft_id)
    with team.store.read() as tx:
        assert checking.checks_of(tx, draft_row(tx, draft_id), team.scorer).decision == "go"
        assert not checking.open_to_answers(tx, draft_row(tx, draft_id)), "answered answers are not changed there"


def test_a_verdict_with_another_wrong_approach_is_a_new_one(team: f.Team, moment: int, clock: HandClock) -> None:
    with team.store.write() as tx:
        tx.run(update(verdicts).values(wrong_approaches=[{"key": "politics", "why": "", "evidence": ""}]))
    with team.store.read() as tx:
        before = moment_key(tx, moment)
    clock.forward(minutes=10)
    assert judge.judge_open_alerts(team.store, team.scorer) == 1
    with team.store.read() as tx:
        assert moment_key(tx, moment) != before
