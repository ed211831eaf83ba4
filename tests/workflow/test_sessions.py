"""Open sign-ins: listed with their device, and ended one by one or all."""

from __future__ import annotations

import pytest

from data.errors import Refused
from data.storage.store import Store
from tests import factory as f
from tests.conftest import HandClock
from workflow import access, sessions


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


def listed(team: f.Team, name: str, mine: int | None = None) -> list[sessions.SignIn]:
    with team.store.read() as tx:
        return list(sessions.open_sign_ins(tx, team.people[name].id, mine))


def sign_in(team: f.Team, device: str = "") -> str:
    with team.store.write() as tx:
        return access.begin_sign_in(tx, team.people["lea"].id, device=device)


def id_of(team: f.Team, token: str) -> int:
    with team.store.read() as tx:
        return int(access.signed_in(tx, token)["sign_in_id"])


def test_a_sign_in_is_listed_with_its_device_until_it_ends(team: f.Team, clock: HandClock) -> None:
    began = clock.forward(minutes=5)
    phone = sign_in(team, "Firefox on Android")
    found = listed(team, "lea", id_of(team, phone))
    assert [(one.device, one.mine) for one in found] == [("Firefox on Android", True), ("", False)]
    assert (found[0].method, found[0].since, found[0].seen_at) == ("password", began, began)
    clock.forward(minutes=29)
    assert [one.device for one in listed(team, "lea")] == ["Firefox on Android"]


def test_ending_one_ends_that_one(team: f.Team) -> None:
    other = sign_in(team)
    sessions.end(team.store, team.tokens["lea"], id_of(team, other))
    assert access.who(team.store, other) is None
    assert access.who(team.store, team.tokens["lea"]) is not None


def test_ending_all_others_keeps_this_one_and_other_people(team: f.Team) -> None:
    others = [sign_in(team) for _ in range(2)]
    assert sessions.end_others(team.store, team.tokens["lea"]) == 2
    assert [access.who(team.store, one) for one in others] == [None, None]
    assert access.who(team.store, team.tokens["lea"]) is not None
    assert access.who(team.store, team.tokens["max"]) is not None


def test_only_an_administrator_ends_somebody_elses(store: Store) -> None:
    team = f.team_in(store)
    theirs = id_of(team, team.tokens["lea"])
    with pytest.raises(Refused):
        sessions.end(store, team.tokens["max"], theirs)
    with pytest.raises(Refused):
        sessions.end_all(store, team.tokens["max"], team.people["lea"].id)
    assert access.who(store, team.tokens["lea"]) is not None
    sessions.end(store, team.tokens["ada"], theirs)
    assert access.who(store, team.tokens["lea"]) is None
