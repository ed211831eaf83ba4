"""One case on the Approvals page: what stands beside the answers, and when there is no yes to give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from data.errors import Refused
from data.storage.tables import draft_looks, verdicts
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import press, said, team_at, visit
from workflow import draft, looks, presence
from workflow.draft import Writing
from workflow.rules.approvals import Decision

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[f.Team]:
    with team_at(tmp_path, clock) as found:
        yield found


def add_verdict(team: f.Team, tragedy: str) -> None:
    with team.store.write() as tx:
        row: dict[str, Any] = {"alert_id": 1, "at": tx.now, "scorer": "test", "sentiment": {}, "tragedy": tragedy}
        row |= {"probability": 0.9, "reasons": [], "relevance": 8, "relevance_why": "", "interest": 8}
        row |= {"interest_why": "", "quadrant": "", "decision": "go", "category": "cultural_moment"}
        tx.insert(insert(verdicts).values(**row))


def test_beside_a_stop_verdict_there_is_no_yes_to_give(team: f.Team, tmp_path: Path) -> None:
    opportunity = f.decided_opportunity(team)
    add_verdict(team, "clear")
    draft_id = f.draft_in_review(team, replace(WORDS, reactive=True), opportunity)
    add_verdict(team, "hold")
    at = visit(team, "lea", "approvals", tmp_path)
    assert "The verdict on this moment is Stop. Nothing is approved beside it." in said(at)
    assert at.button(key=f"approve_{draft_id}").disabled
    with pytest.raises(Refused) as refused:  # whoever calls the use case is told the same
        f.sign(team, "lea", draft_id)
    assert refused.value.codes == ("verdict_stop",)
    at.text_area(key=f"reason_{draft_id}").set_value("Not on this day.")
    press(at, f"reject_{draft_id}")
    assert f.state_of(team, draft_id) == "rejected"


def test_a_check_that_says_stop_by_now_leaves_no_yes(team: f.Team, tmp_path: Path) -> None:
    draft_id = f.draft_in_review(team, replace(WORDS, topic="iced tea"))
    source = f.add_source(team.store)
    for number in range(6):
        words = f"Four people were killed at iced tea stand {number}, police say"
        f.add_item(team.store, words, source_id=source, topic="iced tea")
    at = visit(team, "lea", "approvals", tmp_path)
    assert "A check says stop. Read it above." in said(at)
    assert at.button(key=f"approve_{draft_id}").disabled


def test_the_case_notes_the_look_and_shows_what_is_new_and_who_is_here(team: f.Team, tmp_path: Path) -> None:
    draft_id = f.draft_in_review(team)
    looks.note_look(team.store, team.tokens["max"], draft_id, 1)
    first = said(visit(team, "lea", "approvals", tmp_path))
    assert "You read version" not in first
    assert "Max read this version" in first
    draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="Iced tea, as slow as you are."))
    f.answer_well(team, draft_id)
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 2)
    presence.note_presence(team.store, team.tokens["ana"], draft_id, writing=False)
    at = visit(team, "lea", "approvals", tmp_path)
    for words in ("You read version 1 at 09:00", "Max read version 1 only", "Ana is reading", "One more after yours"):
        assert words in said(at)
    assert "You read version 1 at 09:00" in said(at.run())
    with team.store.read() as tx:
        mine = select(draft_looks.c.number).where(draft_looks.c.person_id == team.people["lea"].id)
        assert sorted(row["number"] for row in tx.rows(mine)) == [1, 2]


def test_a_signature_that_is_not_waited_for_wakes_nobody(team: f.Team, tmp_path: Path) -> None:
    opportunity = f.decided_opportunity(team)
    draft_id = f.draft_in_review(team, replace(WORDS, reactive=True), opportunity)
    f.sign(team, "pia", draft_id, Decision.APPROVE)
    at = visit(team, "max", "approvals", tmp_path)
    assert "Nothing waits for your signature" in said(at)
    assert "Your signature would not bring it further: it waits for social lead." in said(at)
    for text in ("One.", "Another."):
        f.draft_in_review(team, replace(WORDS, text=text))
    linked = visit(team, "max", "approvals", tmp_path, draft=draft_id)
    assert linked.selectbox(key="case").value == draft_id
    assert not linked.button(key=f"approve_{draft_id}").disabled
    assert "it then goes on the schedule by itself" in said(visit(team, "lea", "approvals", tmp_path))
