"""Accounts: roles, addresses, access taken and given back – and a tab that stood open meanwhile (R14)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from data.errors import BadInput, NotSignedIn, Refused, TactError
from data.storage.events import Actor
from data.storage.store import Store
from data.storage.tables import drafts, events, people
from tests import factory as f
from tests.conftest import HandClock
from workflow import access, accounts, approve, draft, own_account, sessions
from workflow.rules.approvals import Decision

THE_OPERATOR = Actor(None, "operator")


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


def kinds(team: f.Team, name: str) -> list[str]:
    with team.store.read() as tx:
        mine = events.c.subject_id == team.people[name].id
        found = tx.rows(select(events.c.kind).where(events.c.subject == "person", mine).order_by(events.c.id))
        return [row["kind"] for row in found]


def email_of(team: f.Team, name: str) -> str:
    with team.store.read() as tx:
        return str(tx.value(select(people.c.email).where(people.c.id == team.people[name].id)))


def revoked(team: f.Team, lea: int) -> None:
    accounts.revoke(team.store, team.tokens["ada"], lea)


def demoted(team: f.Team, lea: int) -> None:
    accounts.change(team.store, team.tokens["ada"], lea, "viewer", "")


def ended(team: f.Team, lea: int) -> None:
    sessions.end_all(team.store, team.tokens["ada"], lea)


@pytest.mark.parametrize(
    ("deed", "error"), [(revoked, NotSignedIn), (demoted, Refused), (ended, NotSignedIn)], ids=lambda one: one.__name__
)
def test_whoever_loses_the_right_while_a_tab_is_open_is_refused_at_the_next_click(
    store: Store, deed: Callable[[f.Team, int], None], error: type[TactError]
) -> None:
    team = f.team_in(store)
    with store.write() as tx:
        access.require(tx, team.tokens["lea"], "sign", fresh=True)
    deed(team, team.people["lea"].id)
    for click in (
        lambda: draft.start(store, team.tokens["lea"], draft.Writing("Tea.", reactive=False)),
        lambda: approve.sign(store, team.tokens["lea"], 1, "any", Decision.APPROVE),
    ):
        with pytest.raises(error):
            click()
    with store.read() as tx:
        assert tx.rows(select(drafts)) == []


def test_another_role_counts_from_the_next_click_and_ends_nothing(team: f.Team) -> None:
    ana = team.people["ana"].id
    accounts.change(team.store, team.tokens["ada"], ana, "manager", "")
    found = access.who(team.store, team.tokens["ana"])
    assert found is not None
    assert found.role == "manager"
    assert kinds(team, "ana") == ["role_changed"]


def test_the_last_administrator_stays_one(team: f.Team) -> None:
    with pytest.raises(Refused) as caught:
        accounts.change(team.store, team.tokens["ada"], team.people["ada"].id, "manager", "")
    assert caught.value.codes == ("last_administrator",)


def test_access_given_back_opens_no_earlier_sign_in(team: f.Team) -> None:
    lea = team.people["lea"].id
    accounts.revoke(team.store, team.tokens["ada"], lea)
    accounts.restore(team.store, team.tokens["ada"], lea)
    assert access.who(team.store, team.tokens["lea"]) is None
    with team.store.write() as tx:
        again = access.begin_sign_in(tx, lea)
    assert access.who(team.store, again) is not None
    with pytest.raises(Refused):
        accounts.restore(team.store, team.tokens["ada"], lea)


def test_an_operator_unlocks_who_locked_themselves_out(team: f.Team) -> None:
    with team.store.write() as tx:
        tx.run(people.update().values(failed_sign_ins=5, locked_until=tx.now + timedelta(minutes=1)))
    with pytest.raises(Refused):
        access.sign_in(team.store, "lea", f.PASSWORD)
    with team.store.write() as tx:
        accounts.unlock_in(tx, THE_OPERATOR, team.people["lea"].id)
    assert access.sign_in(team.store, "lea", f.PASSWORD)


def test_an_address_is_kept_folded_and_belongs_to_one_account(store: Store) -> None:
    team = f.team_in(store)
    accounts.change(store, team.tokens["ada"], team.people["lea"].id, "social_lead", " Lea@Example.ORG ")
    assert email_of(team, "lea") == "lea@example.org"
    with pytest.raises(BadInput):
        own_account.change_own(store, team.tokens["pia"], "Pia", "UTC", "LEA@example.org")
    assert email_of(team, "pia") == ""
    assert kinds(team, "lea") == ["email_changed"]


@pytest.mark.parametrize("address", ["lea", "lea@", "@example.org", "a b@example.org", "lea@x@y.org", "l\n@x.org"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadInput):
        accounts.folded_email(address)


def test_another_own_address_needs_a_fresh_sign_in_and_another_name_does_not(team: f.Team, clock: HandClock) -> None:
    clock.forward(minutes=16)
    own_account.change_own(team.store, team.tokens["lea"], "Lea L.", "Europe/Paris", "")
    with pytest.raises(Refused) as caught:
        own_account.change_own(team.store, team.tokens["lea"], "Lea L.", "Europe/Paris", "lea@example.org")
    assert caught.value.codes == ("password_needed",)
    access.confirm_password(team.store, team.tokens["lea"], f.PASSWORD)
    own_account.change_own(team.store, team.tokens["lea"], "Lea L.", "Europe/Paris", "lea@example.org")
    assert email_of(team, "lea") == "lea@example.org"
    found = access.who(team.store, team.tokens["lea"])
    assert found is not None
    assert (found.display_name, found.zone) == ("Lea L.", "Europe/Paris")
    assert kinds(team, "lea") == ["person_changed", "email_changed"]


def test_a_new_password_needs_the_old_one_and_ends_the_other_sign_ins(team: f.Team) -> None:
    this = team.tokens["lea"]
    with team.store.write() as tx:
        other = access.begin_sign_in(tx, team.people["lea"].id)
    with pytest.raises(Refused):
        own_account.change_password(team.store, this, "not the old one", "a brand new password")
    assert access.who(team.store, other) is not None
    own_account.change_password(team.store, this, f.PASSWORD, "a brand new password")
    assert access.who(team.store, this) is not None
    assert access.who(team.store, other) is None
    assert access.sign_in(team.store, "lea", "a brand new password")


def test_an_account_may_have_no_password_and_then_no_password_opens_it(team: f.Team) -> None:
    made = ("eve", "Eve", "pr", "", "UTC")
    with pytest.raises(BadInput):
        accounts.add_person(team.store, team.tokens["ada"], *made, needs_password=False)
    accounts.add_person(team.store, team.tokens["ada"], *made, "eve@example.org", needs_password=False)
    with pytest.raises(Refused):
        access.sign_in(team.store, "eve", "")
