"""Giving an alert to somebody, handing it back, and taking one's own last step back within a minute."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from data.errors import BadInput, Refused
from data.storage.store import Store
from data.storage.tables import alerts, notices
from tests import factory as f
from tests.conftest import HandClock
from workflow import assess, notes, triage, undoing


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


@pytest.fixture
def alert(team: f.Team) -> int:
    return f.add_alert(team.store)


def row(team: f.Team, alert: int) -> dict[str, Any]:
    with team.store.read() as tx:
        found = tx.row(select(alerts).where(alerts.c.id == alert))
        assert found is not None
        return dict(found)


def told(team: f.Team, name: str) -> list[str]:
    with team.store.read() as tx:
        mine = select(notices.c.text).where(notices.c.person_id == team.people[name].id, notices.c.kind == "alert")
        return [one["text"] for one in tx.rows(mine.order_by(notices.c.id))]


def do(team: f.Team, name: str, deed: str, alert: int) -> None:
    store, token = team.store, team.tokens[name]
    deeds = {
        "claim": lambda: triage.claim(store, token, alert),
        "assign": lambda: triage.assign(store, token, alert, team.people["ben"].id),
        "snooze": lambda: triage.snooze(store, token, alert, 60),
        "dismiss": lambda: triage.dismiss(store, token, alert, "Not ours."),
    }
    deeds[deed]()


def undo(team: f.Team, name: str, alert: int) -> str:
    return undoing.undo(team.store, team.tokens[name], alert)


def test_who_is_given_an_alert_is_told_and_may_hand_it_back(team: f.Team, alert: int) -> None:
    do(team, "ana", "assign", alert)
    found = row(team, alert)
    assert (found["state"], found["claimed_by"]) == ("claimed", team.people["ben"].id)
    assert found["assigned_by"] == team.people["ana"].id
    assert any("Ana gave you" in text for text in told(team, "ben"))
    triage.release(team.store, team.tokens["ben"], alert)
    assert (row(team, alert)["state"], row(team, alert)["assigned_by"]) == ("open", None)
    assert any("Ben handed" in text for text in told(team, "ana"))


def test_taking_over_tells_who_had_it_when_it_goes_to_a_third(team: f.Team, alert: int) -> None:
    do(team, "lea", "claim", alert)
    do(team, "ana", "assign", alert)
    assert any("not yours any more" in text for text in told(team, "lea"))
    triage.assign(team.store, team.tokens["max"], alert, team.people["max"].id)
    assert (row(team, alert)["claimed_by"], row(team, alert)["assigned_by"]) == (team.people["max"].id, None)


@pytest.mark.parametrize("name", ["pia", "ada", "vic"])
def test_an_alert_goes_only_to_who_can_take_it(team: f.Team, alert: int, name: str) -> None:
    with pytest.raises(BadInput):
        triage.assign(team.store, team.tokens["ana"], alert, team.people[name].id)
    with pytest.raises(Refused):
        triage.assign(team.store, team.tokens[name], alert, team.people["ana"].id)


@pytest.mark.parametrize("deed", ["claim", "assign", "snooze", "dismiss"])
def test_a_step_is_undone_as_if_it_had_not_been(team: f.Team, alert: int, clock: HandClock, deed: str) -> None:
    before = row(team, alert)
    do(team, "ana", deed, alert)
    assert row(team, alert) != before
    clock.forward(seconds=59)
    assert undo(team, "ana", alert) == deed
    assert row(team, alert) == before
    with pytest.raises(Refused):  # there is no second one
        undo(team, "ana", alert)


def test_a_snooze_of_a_claimed_alert_goes_back_to_who_had_it(team: f.Team, alert: int) -> None:
    do(team, "ana", "claim", alert)
    before = row(team, alert)
    do(team, "ana", "snooze", alert)
    undo(team, "ana", alert)
    assert row(team, alert) == before


def test_nothing_is_undone_after_a_minute(team: f.Team, alert: int, clock: HandClock) -> None:
    do(team, "ana", "dismiss", alert)
    clock.forward(seconds=61)
    with pytest.raises(Refused) as caught:
        undo(team, "ana", alert)
    assert caught.value.codes == ("too_late",)


def test_nobody_undoes_the_step_of_another(team: f.Team, alert: int) -> None:
    do(team, "ana", "claim", alert)
    with pytest.raises(Refused):
        undo(team, "ben", alert)


def test_nothing_is_undone_once_somebody_went_on_from_it(team: f.Team, alert: int) -> None:
    found = f.add_opportunity(team.store, alert)
    do(team, "ana", "claim", alert)
    assess.assess(team.store, team.tokens["ben"], found, 8, 8)
    with pytest.raises(Refused, match="went on"):
        undo(team, "ana", alert)


def test_a_note_is_a_step_too(team: f.Team, alert: int) -> None:
    do(team, "ana", "snooze", alert)
    with team.store.read() as tx:
        assert undoing.undoable(tx, alert, team.people["ana"].id) == "snooze"
    notes.add_note(team.store, team.tokens["lea"], alert, "Wait for the second report.")
    with team.store.read() as tx:
        assert undoing.undoable(tx, alert, team.people["ana"].id) == ""
