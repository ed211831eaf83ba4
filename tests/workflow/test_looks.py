"""Who has seen which version: one small write, then none for a minute, and nothing for who may not sign."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from app.views.approvals import approvals_view
from data.storage.store import Store
from data.storage.tables import draft_looks
from tests import factory as f
from tests.conftest import HandClock
from workflow import approve, draft, looks, queue
from workflow.draft import Writing
from workflow.lifecycle import draft_row
from workflow.rules.approvals import Decision

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


def note(team: f.Team, name: str, draft_id: int, number: int = 1) -> bool:
    return looks.note_look(team.store, team.tokens[name], draft_id, number)


def test_a_look_is_written_once_then_at_most_once_a_minute(store: Store, clock: HandClock) -> None:
    team = f.team_in(store)
    draft_id = f.draft_in_review(team)
    first = clock.at
    assert note(team, "lea", draft_id)
    clock.forward(seconds=50)
    assert not note(team, "lea", draft_id)
    clock.forward(seconds=10)
    assert note(team, "lea", draft_id)
    with team.store.read() as tx:
        found = looks.looks_at(tx, draft_id)
    assert [(one.number, one.first_at, one.at) for one in found] == [(1, first, clock.at)]


def test_who_may_not_sign_leaves_no_trace_and_no_version_is_foreseen(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    assert not note(team, "ana", draft_id)
    assert not note(team, "vic", draft_id)
    assert not note(team, "lea", draft_id, number=2)
    with team.store.read() as tx:
        assert tx.rows(select(draft_looks)) == []


@pytest.mark.parametrize(("text", "expected"), [("Iced tea, as slow as you are.", True), (WORDS.text, False)])
def test_the_case_tells_what_is_new_since_i_looked(team: f.Team, tmp_path: Path, text: str, expected: bool) -> None:
    draft_id = f.draft_in_review(team)
    note(team, "lea", draft_id)
    draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text=text, platform="mastodon"))
    f.answer_well(team, draft_id)
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 2)
    note(team, "lea", draft_id, 2)  # it is on the screen now, and the difference stays there while it is read
    note(team, "max", draft_id, 2)
    case = approvals_view(f.house_of(team, tmp_path), team.people["lea"]).case
    assert case is not None
    assert case.since is not None
    assert (case.since.number, case.since.decision) == (1, "")
    assert case.since.same_words is not expected
    assert [(one.field, one.before, one.after) for one in case.since.others] == [("platform", "x", "mastodon")]
    assert [(one.name, one.number, one.newest) for one in case.looked] == [("Max", 2, True)]


def test_a_signature_that_brings_it_no_further_is_nobodys_turn(team: f.Team) -> None:
    opportunity = f.add_opportunity(team.store, f.add_alert(team.store, "the recall"), "cultural_moment")
    for name in ("ana", "ben"):
        f.assess.assess(team.store, team.tokens[name], opportunity, 9, 9)
    draft_id = f.draft_in_review(team, replace(WORDS, reactive=True), opportunity)

    def turn() -> dict[str, bool]:
        with team.store.read() as tx:
            row = draft_row(tx, draft_id)
            return {name: queue.helps(tx, row, team.people[name]) for name in ("lea", "max", "pia")}

    with team.store.read() as tx:
        (wanted,) = approve.standing_of(tx, draft_row(tx, draft_id)).wanted
    needed = next(name for name in ("lea", "max", "pia") if team.people[name].role in wanted)
    other, third = (name for name in ("lea", "max", "pia") if name != needed)
    assert turn() == {"lea": True, "max": True, "pia": True}
    f.sign(team, other, draft_id)
    assert turn() == {needed: True, other: False, third: False}
    with team.store.read() as tx:
        assert [row["id"] for row in queue.mine_to_sign(tx, team.people[third])] == []
        assert queue.after_mine(tx, draft_row(tx, draft_id), team.people[needed]).complete


def test_who_objected_is_still_asked(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    f.sign(team, "lea", draft_id, Decision.APPROVE)
    with team.store.read() as tx:
        assert [row["id"] for row in queue.mine_to_sign(tx, team.people["max"])] == [draft_id]
        assert queue.mine_to_sign(tx, team.people["lea"]) == ()


def test_a_queue_that_stands_open_learns_of_drafts_and_signatures(team: f.Team) -> None:
    def stamp() -> tuple[object, ...]:
        with team.store.read() as tx:
            return queue.stamp(tx, team.people["lea"])

    seen = [stamp()]
    draft_id = f.draft_in_review(team)
    seen.append(stamp())
    f.sign(team, "max", draft_id)
    seen.append(stamp())
    assert len(set(seen)) == 3
    assert stamp() == seen[-1]
