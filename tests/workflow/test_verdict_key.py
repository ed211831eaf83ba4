"""Answers and signatures belong to words and to a verdict: when the verdict moves they expire, and the gate knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from checklists.evaluate import Answer
from data.errors import Refused
from data.storage.store import Store
from data.storage.tables import approvals, checklist_answers, events
from scoring.contract import Reason
from tests import factory as f
from tests.conftest import HandClock
from workflow import approve, checking
from workflow.draft import Writing
from workflow.lifecycle import draft_row
from workflow.verdict_key import verdict_key

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=True)
DARK = (Reason("news", "A headline about this topic is dark.", "A stage fell"),)


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


@pytest.fixture
def moment(team: f.Team) -> int:
    found = f.decided_opportunity(team)
    judged(team, found)
    return found


def judged(team: f.Team, opportunity: int, tragedy: str = "clear", reasons: tuple[Reason, ...] = ()) -> None:
    f.add_verdict(team.store, opportunity, tragedy, reasons)


def standing(team: f.Team, draft_id: int):
    with team.store.read() as tx:
        return approve.standing_of(tx, draft_row(tx, draft_id))


def refused(team: f.Team, name: str, draft_id: int) -> Refused:
    with pytest.raises(Refused) as caught:
        f.sign(team, name, draft_id)
    return caught.value


def test_a_planned_post_has_no_verdict_that_could_move(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    f.sign(team, "lea", draft_id)
    with team.store.read() as tx:
        assert verdict_key(tx, draft_row(tx, draft_id)) == ""
        assert {row["verdict_key"] for row in tx.rows(select(approvals))} == {""}


def test_a_darker_verdict_expires_answers_and_signatures(team: f.Team, moment: int, clock: HandClock) -> None:
    draft_id = f.draft_in_review(team, WORDS, moment)
    f.sign(team, "lea", draft_id)
    judged(team, moment, "review", DARK)
    clock.forward(minutes=1)
    assert standing(team, draft_id).expired == (team.people["lea"].id,)
    assert standing(team, draft_id).signed == ()
    # Nobody signs by a checklist that was answered to another verdict; it may be answered where it waits.
    assert refused(team, "max", draft_id).codes == ("checklist_expired",)
    f.answer_well(team, draft_id)
    for name in ("lea", "max"):
        f.sign(team, name, draft_id)
    assert f.state_of(team, draft_id) == "scheduled"


def test_the_same_verdict_with_other_examples_expires_nothing(team: f.Team, moment: int) -> None:
    draft_id = f.draft_in_review(team, WORDS, moment)
    f.sign(team, "lea", draft_id)
    judged(team, moment, "clear", (Reason("uses", "None of 12 recent uses is dark."),))
    assert standing(team, draft_id).signed == (team.people["lea"].id,)


def test_a_signed_post_whose_verdict_moved_is_refused_by_the_gate_in_plain_words(
    team: f.Team, moment: int, clock: HandClock, tmp_path: Path
) -> None:
    draft_id = f.scheduled_draft(team, WORDS, moment)
    judged(team, moment, "review", DARK)
    clock.forward(minutes=1)
    f.house_of(team, tmp_path).outbox().publish_due()
    assert f.state_of(team, draft_id) == "blocked"
    with team.store.read() as tx:
        told = tx.rows(select(events.c.detail).where(events.c.kind == "draft_block"))[0]["detail"]["refusals"]
    said = [one["text"] for one in told if one["code"] == "approvals_missing"]
    assert len(said) == 1
    assert "sign again" in said[0]


def test_answers_are_refused_when_the_verdict_moved_under_them(team: f.Team, moment: int) -> None:
    draft_id = f.draft_in_review(team, WORDS, moment)
    with team.store.read() as tx:
        seen = verdict_key(tx, draft_row(tx, draft_id))
    judged(team, moment, "review", DARK)
    given, on = {"tone": Answer("yes", "")}, f.hash_of(team, draft_id)
    item = next(iter(f.good_answers()))
    with pytest.raises(Refused) as caught:
        checking.answer(team.store, team.tokens["ana"], draft_id, on, {item: given["tone"]}, seen)
    assert caught.value.codes == ("verdict_changed",)


def test_a_draft_in_review_whose_answers_count_is_not_answered_again(team: f.Team, moment: int) -> None:
    draft_id = f.draft_in_review(team, WORDS, moment)
    with pytest.raises(Refused, match="while the draft is being written"):
        f.answer_well(team, draft_id)


def test_what_was_signed_before_keys_were_kept_counts_no_longer_for_a_moment(team: f.Team, moment: int) -> None:
    draft_id = f.draft_in_review(team, WORDS, moment)
    with team.store.write() as tx:
        tx.run(update(checklist_answers).values(verdict_key=""))
        lea = team.people["lea"]
        row = {"draft_id": draft_id, "person_id": lea.id, "role": lea.role.value, "decision": "approve", "at": tx.now}
        tx.insert(insert(approvals).values(**row, content_hash=draft_row(tx, draft_id)["content_hash"]))
    assert standing(team, draft_id).expired == (lea.id,)
    assert refused(team, "pia", draft_id).codes == ("checklist_expired",)
