"""The rota's use cases: who may change it, what is refused, and who is then on duty."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from sqlalchemy import select, update

from data.errors import BadInput, Refused
from data.storage.store import Store
from data.storage.tables import events, people
from tests import factory as f
from tests.conftest import HandClock
from workflow import rota
from workflow.duty import on_duty, signers_on_duty, to_tell
from workflow.rules.cover import Gap


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


@pytest.fixture
def plain(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


def put(team: f.Team, name: str, start: int = 9, end: int = 17, by: str = "max") -> int:
    who = team.people[name].id
    return rota.add_shift(team.store, team.tokens[by], who, range(7), time(start), time(end), "UTC")


def away(team: f.Team, name: str, deputy: str | None, by: str = "", hours: float | None = None) -> int:
    ends = team.store.now() + timedelta(hours=hours) if hours else None
    second = team.people[deputy].id if deputy else None
    return rota.go_away(team.store, team.tokens[by or name], team.people[name].id, None, ends, second, "dentist")


def there(team: f.Team) -> set[str]:
    with team.store.read() as tx:
        return {person.username for person in on_duty(tx, tx.now)}


def kinds(team: f.Team) -> list[str]:
    with team.store.read() as tx:
        mine = events.c.subject.in_(("shift", "absence"))
        return [row["kind"] for row in tx.rows(select(events.c.kind).where(mine).order_by(events.c.id))]


def test_a_rota_says_who_is_on_duty_and_an_ended_shift_no_more(team: f.Team, clock: HandClock) -> None:
    assert there(team) == set(f.TEAM)
    mine = put(team, "ana")
    assert there(team) == {"ana"}
    clock.forward(hours=9)
    assert there(team) == set()
    clock.forward(hours=15.5)
    team.sign_in_again()
    assert there(team) == {"ana"}
    rota.end_shift(team.store, team.tokens["max"], mine)
    assert there(team) == set()  # a rota with nobody on it is still a rota
    assert kinds(team) == ["shift_added", "shift_ended"]


def test_with_nobody_on_duty_the_leads_and_managers_are_told(plain: f.Team) -> None:
    put(plain, "ana", 1, 2)
    away(plain, "lea", None)
    with plain.store.read() as tx:
        assert [person.username for person in to_tell(tx)] == ["max"]


def test_a_deputy_of_the_same_role_stands_in_until_the_other_is_back(team: f.Team, clock: HandClock) -> None:
    put(team, "ana")
    gone = away(team, "ana", "ben", hours=4)
    assert there(team) == {"ben"}
    rota.come_back(team.store, team.tokens["ana"], gone)
    assert there(team) == {"ana"}
    away(team, "ana", "ben", hours=1)
    clock.forward(hours=2)
    team.sign_in_again()
    assert there(team) == {"ana"}
    assert kinds(team) == ["shift_added", "went_away", "came_back", "went_away"]


def test_who_left_is_not_on_duty_nor_stands_in(plain: f.Team) -> None:
    for name in ("ana", "lea"):
        put(plain, name)
    away(plain, "ana", "ben")
    with plain.store.write() as tx:
        for name in ("ben", "lea"):
            tx.run(update(people).where(people.c.username == name).values(active=False))
    assert there(plain) == set()


def test_a_deputy_whose_role_changed_since_stands_in_no_more(plain: f.Team) -> None:
    put(plain, "ana")
    away(plain, "ana", "ben")
    with plain.store.write() as tx:
        tx.run(update(people).where(people.c.username == "ben").values(role="viewer"))
    assert there(plain) == set()


@pytest.mark.parametrize("name", ["ana", "pia", "vic"])
def test_the_rota_is_for_leads_managers_and_administrators(plain: f.Team, name: str) -> None:
    with pytest.raises(Refused) as refused:
        put(plain, "ana", by=name)
    assert refused.value.codes == ("role_may_not",)
    with pytest.raises(Refused, match="of yourself"):
        away(plain, "ben", "ana", by="ana" if name == "pia" else name)
    for other in ("lea", "ada"):
        put(plain, other, by=other)
        rota.come_back(plain.store, plain.tokens[other], away(plain, name, None, by=other, hours=1))


@pytest.mark.parametrize("deputy", ["lea", "ana", "ben"])
def test_a_deputy_is_somebody_else_with_the_same_role_who_works_here(plain: f.Team, deputy: str) -> None:
    if deputy == "ben":
        with plain.store.write() as tx:
            tx.run(update(people).where(people.c.username == "ben").values(active=False))
    with pytest.raises(BadInput):
        away(plain, "ana", deputy)


def test_two_accounts_of_one_person_do_not_stand_in_for_each_other(plain: f.Team) -> None:
    with plain.store.write() as tx:
        ana = plain.people["ana"].id
        tx.run(update(people).where(people.c.username == "ben").values(same_as=ana))
    with pytest.raises(BadInput, match="own deputy"):
        away(plain, "ana", "ben")


def test_what_cannot_be_an_absence_is_refused(plain: f.Team, clock: HandClock) -> None:
    me, token = plain.people["ana"].id, plain.tokens["ana"]
    with pytest.raises(BadInput, match="later end"):
        rota.go_away(plain.store, token, me, clock.at + timedelta(days=2), clock.at + timedelta(days=1), None)
    with pytest.raises(BadInput, match="year"):
        rota.go_away(plain.store, token, me, None, clock.at + timedelta(days=500), None)
    gone = away(plain, "ana", None)
    with pytest.raises(Refused, match="End that absence first"):
        away(plain, "ana", "ben")
    rota.come_back(plain.store, token, gone)
    with pytest.raises(Refused, match="over already"):
        rota.come_back(plain.store, token, gone)
    away(plain, "ana", "ben")


def test_what_cannot_be_a_shift_is_refused(plain: f.Team) -> None:
    ana, token = plain.people["ana"].id, plain.tokens["lea"]
    for days, zone in (([], "UTC"), ([7], "UTC"), ([1], "Mars/Olympus")):
        with pytest.raises(BadInput):
            rota.add_shift(plain.store, token, ana, days, time(9), time(17), zone)
    put(plain, "ana")
    with pytest.raises(Refused, match="this shift already"):
        put(plain, "ana")
    with pytest.raises(BadInput, match="no such shift"):
        rota.end_shift(plain.store, token, 99)


# --- who could sign ----------------------------------------------------------------------------------------------


def test_a_team_without_a_rota_has_everybody_who_may_sign(plain: f.Team) -> None:
    with plain.store.read() as tx:
        found = signers_on_duty(tx, tx.now)
    assert found.enough
    assert {person.username for person in found.there} == {"lea", "pia", "max"}


def test_a_night_without_a_second_signer_says_who_comes_and_when(plain: f.Team, clock: HandClock) -> None:
    put(plain, "ana", 0, 0)
    put(plain, "lea", 8, 18)
    put(plain, "max", 20, 23)
    put(plain, "pia", 21, 23)
    with plain.store.read() as tx:
        found = signers_on_duty(tx, tx.now)
        alone = signers_on_duty(tx, tx.now, authors=frozenset({plain.people["lea"].id, plain.people["max"].id}))
    assert (found.cover.gap, [person.username for person in found.there]) == (Gap.ONLY_ONE, ["lea"])
    assert found.next_one is not None
    assert (found.next_one.username, found.next_at) == ("max", clock.at.replace(hour=20))
    assert alone.cover.gap == Gap.ONLY_THE_AUTHOR
    assert alone.next_one is not None
    assert alone.next_one.username == "pia"


def test_with_no_signer_on_the_rota_nobody_comes(plain: f.Team) -> None:
    put(plain, "ana")
    with plain.store.read() as tx:
        found = signers_on_duty(tx, tx.now)
    assert (found.cover.gap, found.next_one, found.there) == (Gap.NOBODY, None, ())
