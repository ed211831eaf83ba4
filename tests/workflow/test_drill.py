"""A drill stops nothing, is measured on the real way, and can be mistaken for nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from data.errors import BadInput, Refused
from data.storage.store import Store
from data.storage.tables import drill_answers, drills, events, holds, notices
from scoring.contract import Scope
from tests import factory as f
from tests.conftest import HandClock
from workflow import drill, hold


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


def kept(team: f.Team, drill_id: int) -> dict[str, object]:
    with team.store.read() as tx:
        return dict(tx.row(select(drills).where(drills.c.id == drill_id)) or {})


def begin(team: f.Team, name: str = "lea") -> int:
    return drill.start(team.store, team.scorer, team.tokens[name])


def test_a_drill_stops_nothing_and_keeps_when_the_gate_was_closed(team: f.Team, clock: HandClock) -> None:
    draft_id = f.scheduled_draft(team)
    drill_id = begin(team)
    assert f.state_of(team, draft_id) == "scheduled"
    row = kept(team, drill_id)
    assert row["gate_closed_at"] == row["drained_at"] == row["opened_at"] == clock.at
    assert row["detail"] == {"scope": {"kind": "everything", "value": ""}, "stops": 1, "leaving": []}
    with team.store.read() as tx:
        assert tx.rows(select(holds)) == []
        told = {one["person_id"] for one in tx.rows(select(notices).where(notices.c.kind == "drill"))}
        asked = {one["person_id"] for one in tx.rows(select(drill_answers))}
        kinds = [one["kind"] for one in tx.rows(select(events).where(events.c.subject == "drill"))]
    assert told == asked
    assert team.people["ana"].id in told
    assert kinds == ["drill_started", "drill_measured"]


def test_a_gate_that_never_refuses_is_told_as_never(team: f.Team, monkeypatch: pytest.MonkeyPatch) -> None:
    f.scheduled_draft(team)
    monkeypatch.setattr(drill, "nothing_holds_it", lambda facts: iter(()))
    monkeypatch.setattr(hold, "DRAIN_SECONDS", 0.02)
    assert kept(team, begin(team))["gate_closed_at"] is None


def test_everybodys_answer_is_kept_with_its_time_once(team: f.Team, clock: HandClock) -> None:
    drill_id = begin(team)
    clock.forward(seconds=40)
    drill.acknowledge(team.store, team.tokens["ana"], drill_id)
    clock.forward(seconds=40)
    drill.acknowledge(team.store, team.tokens["ana"], drill_id)
    with team.store.read() as tx:
        assert not drill.waits_for(tx, drill_id, team.people["ana"].id)
        assert drill.waits_for(tx, drill_id, team.people["ben"].id)
        [answered] = [row for row in tx.rows(select(drill_answers)) if row["answered_at"]]
    assert answered["answered_at"] - answered["told_at"] == timedelta(seconds=40)
    drill.end(team.store, team.tokens["max"], "Two minutes.")
    assert kept(team, drill_id)["note"] == "Two minutes."
    with pytest.raises(Refused, match="over"):
        drill.acknowledge(team.store, team.tokens["ben"], drill_id)


def test_each_worker_notes_once_that_it_sees_it_and_ends_it_in_time(team: f.Team, clock: HandClock) -> None:
    drill_id = begin(team)
    for name in ("one", "two", "one"):
        clock.forward(seconds=1)
        drill.tick(team.store, name)
    with team.store.read() as tx:
        rows = tx.rows(select(drill_answers).where(drill_answers.c.person_id.is_(None)))
        assert [row["worker"] for row in rows] == ["one", "two"]
    clock.forward(minutes=15)
    with team.store.read() as tx:
        assert drill.running(tx) is None, "over, although nobody wrote it down yet"
    drill.tick(team.store, "one")
    assert kept(team, drill_id)["ended_at"] == clock.at


def test_practice_and_the_real_thing_never_run_at_once(team: f.Team, clock: HandClock) -> None:
    drill_id = begin(team)
    with pytest.raises(Refused, match="running"):
        begin(team)
    hold.open_by_person(team.store, team.tokens["ana"], Scope("everything"), "")
    assert kept(team, drill_id)["note"] == "A real hold opened."
    with team.store.read() as tx:
        assert drill.running(tx) is None
    with pytest.raises(Refused, match="A real hold is on"):
        begin(team)
    with pytest.raises(BadInput):
        drill.end(team.store, team.tokens["lea"])


@pytest.mark.parametrize("name", ["ana", "pia", "ada", "vic"])
def test_a_lead_or_a_manager_begins_it(team: f.Team, name: str) -> None:
    with pytest.raises(Refused):
        begin(team, name)


def test_a_month_without_practice_is_told(team: f.Team, clock: HandClock) -> None:
    with team.store.read() as tx:
        assert drill.due_again(tx)
    begin(team)
    clock.forward(days=29)
    with team.store.read() as tx:
        assert not drill.due_again(tx)
    clock.forward(days=2)
    with team.store.read() as tx:
        assert drill.due_again(tx)
