"""Who is there: sign-ins end, wrong passwords are slowed down, and a revoked person is refused at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from data.errors import BadInput, NotSignedIn, Refused
from data.storage.store import Store
from data.storage.tables import events, people, sign_ins
from tests import factory as f
from tests.conftest import HandClock
from workflow import access, accounts, passwords
from workflow.rules.roles import Role


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


def act(team: f.Team, name: str) -> None:
    with team.store.write() as tx:
        access.require(tx, team.tokens[name], "read")


def test_the_first_visit_makes_the_first_administrator_and_only_that(store: Store) -> None:
    assert access.needs_first_administrator(store)
    person = accounts.create_first_administrator(store, " Ada ", "Ada", f.PASSWORD, "Europe/London")
    assert (person.username, person.role) == ("ada", Role.ADMINISTRATOR)
    with pytest.raises(Refused):
        accounts.create_first_administrator(store, "eve", "Eve", f.PASSWORD)
    assert not access.needs_first_administrator(store)


def test_only_the_tokens_hash_is_stored(team: f.Team) -> None:
    token = access.sign_in(team.store, "LEA", f.PASSWORD)
    assert access.who(team.store, token) == team.people["lea"]
    with team.store.read() as tx:
        assert token not in {row["token_hash"] for row in tx.rows(select(sign_ins))}


@dataclass
class Interrupted:
    """Argon2 itself, with something else happening in the time that it takes."""

    meanwhile: Callable[[], object]

    def verify(self, password_hash: str, password: str) -> bool:
        self.meanwhile()
        return PasswordHasher().verify(password_hash, password)

    def hash(self, password: str) -> str:
        return PasswordHasher().hash(password)


def refusal(team: f.Team, name: str, password: str) -> tuple[str, tuple[str, ...]]:
    with pytest.raises(Refused) as refused:
        access.sign_in(team.store, name, password)
    return refused.value.message, refused.value.codes


def test_wrong_and_locked_and_unknown_read_the_same(team: f.Team) -> None:
    known = [refusal(team, "lea", "wrong password") for _ in range(6)]
    unknown = [refusal(team, "nobody", "wrong password") for _ in range(6)]
    assert {*known, *unknown, refusal(team, "lea", f.PASSWORD)} == {known[0]}
    assert "After 5 wrong passwords" in known[0][0]


@pytest.mark.parametrize(("name", "password"), [("lea", f.PASSWORD), ("lea", "wrong password"), ("nobody", "x")])
def test_nobody_waits_for_the_database_while_a_password_is_verified(
    team: f.Team, monkeypatch: pytest.MonkeyPatch, name: str, password: str
) -> None:
    in_use: list[int] = []
    monkeypatch.setattr(passwords, "_hasher", Interrupted(lambda: in_use.append(team.store.engine.pool.checkedout())))
    for deed in (
        lambda: access.sign_in(team.store, name, password),
        lambda: access.confirm_password(team.store, team.tokens["lea"], password),
    ):
        try:
            deed()
        except Refused:
            assert password != f.PASSWORD
    assert in_use == [0, 0]


def new_password(team: f.Team) -> None:
    with team.store.write() as tx:
        accounts.set_password(tx, team.people["ada"].actor, "lea", "another long password")


def lock(team: f.Team) -> None:
    with team.store.write() as tx:
        tx.run(update(people).where(people.c.username == "lea").values(locked_until=tx.now + timedelta(minutes=1)))


def revoke(team: f.Team) -> None:
    accounts.revoke(team.store, team.tokens["ada"], team.people["lea"].id)


@pytest.mark.parametrize("meanwhile", [new_password, lock, revoke])
def test_what_happens_while_a_password_is_verified_counts(
    team: f.Team, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[f.Team], None]
) -> None:
    before = access.sign_in(team.store, "lea", f.PASSWORD)
    monkeypatch.setattr(passwords, "_hasher", Interrupted(lambda: meanwhile(team)))
    refusal(team, "lea", f.PASSWORD)
    with pytest.raises(Refused):
        access.confirm_password(team.store, before, f.PASSWORD)


def test_a_sign_in_that_ends_while_its_password_is_verified_is_not_made_fresh(
    team: f.Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = team.tokens["lea"]
    monkeypatch.setattr(passwords, "_hasher", Interrupted(lambda: access.sign_out(team.store, token)))
    with pytest.raises(NotSignedIn):
        access.confirm_password(team.store, token, f.PASSWORD)


def test_an_idle_sign_in_ends_after_half_an_hour(team: f.Team, clock: HandClock) -> None:
    clock.forward(minutes=29)
    act(team, "ana")
    clock.forward(minutes=29)
    act(team, "ana")
    with pytest.raises(NotSignedIn):
        act(team, "ben")
    clock.forward(minutes=30)
    assert access.who(team.store, team.tokens["ana"]) is None


def test_a_page_that_is_drawn_keeps_its_reader_signed_in(team: f.Team, clock: HandClock) -> None:
    clock.forward(minutes=29)
    access.keep_alive(team.store, team.tokens["ana"])
    clock.forward(minutes=29)
    act(team, "ana")


def test_a_page_that_is_drawn_often_writes_once_a_minute(team: f.Team, clock: HandClock) -> None:
    def seen() -> object:
        with team.store.read() as tx:
            return tx.value(select(sign_ins.c.seen_at).where(sign_ins.c.person_id == team.people["ana"].id))

    began = clock.at
    clock.forward(seconds=59)
    access.keep_alive(team.store, team.tokens["ana"])
    assert seen() == began
    clock.forward(seconds=1)
    access.keep_alive(team.store, team.tokens["ana"])
    assert seen() == clock.at


def test_an_ended_sign_in_is_not_revived_by_an_open_tab(team: f.Team, clock: HandClock) -> None:
    clock.forward(minutes=31)
    access.keep_alive(team.store, team.tokens["ana"])
    assert access.who(team.store, team.tokens["ana"]) is None


def test_nobody_stays_signed_in_for_more_than_eight_hours(team: f.Team, clock: HandClock) -> None:
    for _ in range(24):
        clock.forward(minutes=19)
        act(team, "ana")
    clock.forward(minutes=24)
    with pytest.raises(NotSignedIn):
        act(team, "ana")


def test_signing_out_ends_this_sign_in_and_no_other(team: f.Team) -> None:
    other = access.sign_in(team.store, "ana", f.PASSWORD)
    access.sign_out(team.store, team.tokens["ana"])
    assert access.who(team.store, team.tokens["ana"]) is None
    assert access.who(team.store, other) is not None


def test_five_wrong_passwords_lock_the_account_for_a_minute(team: f.Team, clock: HandClock) -> None:
    for _ in range(4):
        refusal(team, "lea", "wrong password")
    assert access.sign_in(team.store, "lea", f.PASSWORD)
    for _ in range(5):
        refusal(team, "lea", "wrong password")
    clock.forward(seconds=59)
    refusal(team, "lea", f.PASSWORD)
    clock.forward(seconds=2)
    assert access.sign_in(team.store, "lea", f.PASSWORD)


def test_the_lock_grows_with_every_further_wrong_password(team: f.Team, clock: HandClock) -> None:
    for _ in range(5):
        refusal(team, "lea", "wrong password")
    clock.forward(seconds=61)
    refusal(team, "lea", "still wrong")
    clock.forward(seconds=61)
    refusal(team, "lea", f.PASSWORD)
    clock.forward(seconds=60)
    assert access.sign_in(team.store, "lea", f.PASSWORD)


def test_guessing_in_the_middle_of_a_step_is_slowed_down_too(team: f.Team) -> None:
    for _ in range(5):
        with pytest.raises(Refused):
            access.confirm_password(team.store, team.tokens["lea"], "wrong password")
    with pytest.raises(Refused, match=r"Try again in 6[01] seconds") as refused:
        access.confirm_password(team.store, team.tokens["lea"], f.PASSWORD)
    assert refused.value.codes == ("locked",)


def test_a_password_is_fresh_for_fifteen_minutes(team: f.Team, clock: HandClock) -> None:
    def sign() -> None:
        with team.store.write() as tx:
            access.require(tx, team.tokens["lea"], "sign", fresh=True)

    clock.at += timedelta(minutes=15)
    sign()
    clock.at += timedelta(seconds=1)
    with pytest.raises(Refused) as refused:
        sign()
    assert refused.value.codes == ("password_needed",)


def test_a_revoked_person_is_refused_everywhere_at_once(team: f.Team) -> None:
    second_tab = access.sign_in(team.store, "lea", f.PASSWORD)
    accounts.revoke(team.store, team.tokens["ada"], team.people["lea"].id)
    for token in (team.tokens["lea"], second_tab):
        assert access.who(team.store, token) is None
        with pytest.raises(NotSignedIn), team.store.write() as tx:
            access.require(tx, token, "read")
    with pytest.raises(Refused):
        access.sign_in(team.store, "lea", f.PASSWORD)


def test_the_last_administrator_cannot_lock_the_house(team: f.Team) -> None:
    with pytest.raises(Refused) as refused:
        accounts.revoke(team.store, team.tokens["ada"], team.people["ada"].id)
    assert refused.value.codes == ("last_administrator",)
    added = accounts.add_person(team.store, team.tokens["ada"], "eve", "Eve", "administrator", f.PASSWORD, "UTC")
    accounts.revoke(team.store, team.tokens["ada"], team.people["ada"].id)
    with team.store.read() as tx:
        active = tx.rows(select(people.c.id).where(people.c.role == "administrator", people.c.active))
    assert [row["id"] for row in active] == [added.id]


@pytest.mark.parametrize("name", ["ana", "max", "vic"])
def test_only_an_administrator_adds_and_revokes(team: f.Team, name: str) -> None:
    with pytest.raises(Refused):
        accounts.add_person(team.store, team.tokens[name], "eve", "Eve", "viewer", f.PASSWORD, "UTC")
    with pytest.raises(Refused):
        accounts.revoke(team.store, team.tokens[name], team.people["lea"].id)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (("", "Eve", "viewer", f.PASSWORD, "UTC"), "user name"),
        (("eve", " ", "viewer", f.PASSWORD, "UTC"), "a name to show"),
        (("eve", "Eve", "king", f.PASSWORD, "UTC"), "no role 'king'"),
        (("eve", "Eve", "viewer", "short", "UTC"), "at least 10"),
        (("eve", "Eve", "viewer", f.PASSWORD, "Moon"), "not a time zone"),
        (("LEA", "Eve", "viewer", f.PASSWORD, "UTC"), "'lea' is taken"),
    ],
)
def test_an_account_that_cannot_be_is_explained(team: f.Team, fields: tuple[str, ...], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        accounts.add_person(team.store, team.tokens["ada"], *fields)


def test_coming_and_going_is_written_down(team: f.Team) -> None:
    accounts.revoke(team.store, team.tokens["ada"], team.people["vic"].id)
    with team.store.read() as tx:
        row = tx.row(select(events).where(events.c.kind == "person_revoked"))
    assert row is not None
    assert (row["actor"], row["subject_id"]) == ("Ada", team.people["vic"].id)
