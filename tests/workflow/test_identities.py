"""Coming back from a company's own sign-in: who gets in, who does not, and that what it said counts once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from data.errors import BadInput, Refused
from data.storage.store import Store
from data.storage.tables import events, identities, people, sign_ins
from tests import factory as f
from tests.conftest import HandClock
from workflow import access, accounts, sessions
from workflow import identities as oidc

ISSUER = "https://sign-in.example.org"


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return with_addresses(f.team_in(sqlite_store))


def with_addresses(team: f.Team) -> f.Team:
    for name in ("lea", "pia"):
        who = team.people[name]
        accounts.change(team.store, team.tokens["ada"], who.id, who.role, f"{name}@example.org")
    return team


class Provider:
    """What an ID token says, each a new one."""

    def __init__(self, clock: HandClock) -> None:
        self.clock, self.issued = clock, 0

    def claims(self, subject: str = "s-1", email: str = "lea@example.org", **other: Any) -> dict[str, Any]:
        self.issued += 1
        now = self.clock.at.timestamp()
        said = {"iss": ISSUER, "sub": subject, "nonce": f"n{self.issued}", "iat": now, "auth_time": now}
        return said | {"email": email, "email_verified": True} | other


@pytest.fixture
def provider(clock: HandClock) -> Provider:
    return Provider(clock)


def enter(team: f.Team, claims: dict[str, Any], token: str | None = None) -> oidc.Entered:
    found = oidc.enter(team.store, claims, token, "Firefox on Linux")
    assert found is not None
    return found


def refused(team: f.Team, claims: dict[str, Any], token: str | None = None) -> tuple[str, ...]:
    with pytest.raises(Refused) as caught:
        oidc.enter(team.store, claims, token)
    return caught.value.codes


def test_a_verified_address_links_once_and_the_subject_counts_from_then_on(store: Store, clock: HandClock) -> None:
    team, provider = with_addresses(f.team_in(store)), Provider(clock)
    first = enter(team, provider.claims(email="LEA@example.org"))
    again = enter(team, provider.claims(email="another@example.org"))
    for found in (first, again):
        assert access.who(store, found.token) == team.people["lea"]
    with store.read() as tx:
        assert tx.value(select(func.count()).select_from(identities)) == 1
        kinds = [row["kind"] for row in tx.rows(select(events.c.kind))]
    assert kinds.count("identity_linked") == 1


@pytest.mark.parametrize(
    "said",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email": "stranger@example.org"},
        {"email": None},
    ],
)
def test_a_stranger_is_told_whom_to_ask_and_nothing_is_created(
    team: f.Team, provider: Provider, said: dict[str, Any]
) -> None:
    before = counts(team)
    with pytest.raises(Refused, match="administrator"):
        oidc.enter(team.store, provider.claims(**said), None)
    assert counts(team) == before


def counts(team: f.Team) -> list[int]:
    with team.store.read() as tx:
        return [tx.value(select(func.count()).select_from(table)) for table in (people, identities, sign_ins, events)]


def test_an_address_that_passed_on_to_somebody_else_opens_nothing(team: f.Team, provider: Provider) -> None:
    enter(team, provider.claims("s-1"))
    assert refused(team, provider.claims("s-2")) == ("unknown_identity",)


def test_a_revoked_person_does_not_come_back_in(team: f.Team, provider: Provider) -> None:
    token = enter(team, provider.claims()).token
    accounts.revoke(team.store, team.tokens["ada"], team.people["lea"].id)
    assert access.who(team.store, token) is None
    assert refused(team, provider.claims()) == ("no_access",)
    assert refused(team, provider.claims("s-9", "lea@example.org")) == ("unknown_identity",)


def test_what_the_provider_said_signs_in_once(team: f.Team, provider: Provider) -> None:
    claims = provider.claims()
    token = enter(team, claims).token
    assert oidc.enter(team.store, claims, None) is None
    access.sign_out(team.store, token)
    assert oidc.enter(team.store, claims, None) is None


def test_what_it_said_long_ago_signs_nobody_in(team: f.Team, provider: Provider, clock: HandClock) -> None:
    claims = provider.claims()
    clock.forward(minutes=11)
    assert refused(team, claims) == ("proof_too_old",)
    ahead = provider.claims(iat=(clock.at + timedelta(minutes=3)).timestamp())
    assert refused(team, ahead) == ("proof_too_old",)


def test_a_provider_that_remembered_instead_of_asking_signs_nobody_in(
    team: f.Team, provider: Provider, clock: HandClock
) -> None:
    asked = (clock.at - timedelta(hours=3)).timestamp()
    assert refused(team, provider.claims(auth_time=asked)) == ("not_asked",)


@pytest.mark.parametrize("missing", ["iss", "sub", "nonce", "iat"])
def test_claims_without_which_nobody_is_known_are_refused(team: f.Team, provider: Provider, missing: str) -> None:
    claims = provider.claims()
    del claims[missing]
    with pytest.raises(BadInput):
        oidc.enter(team.store, claims, None)


def test_our_row_ends_after_half_an_hour_whatever_the_provider_thinks(
    team: f.Team, provider: Provider, clock: HandClock
) -> None:
    token = enter(team, provider.claims()).token
    clock.forward(minutes=31)
    assert access.who(team.store, token) is None


def test_a_step_that_needs_a_fresh_sign_in_takes_one_from_the_provider(store: Store, clock: HandClock) -> None:
    team, provider = with_addresses(f.team_in(store)), Provider(clock)
    token = enter(team, provider.claims()).token
    with store.write() as tx:
        tx.run(people.update().where(people.c.username == "lea").values(password_hash=""))
    clock.forward(minutes=16)
    with pytest.raises(Refused) as caught:
        sign(team, token)
    assert caught.value.codes == ("password_needed", "sign_in_again")
    assert not sessions.fresh(store, token)
    again = enter(team, provider.claims(), token)
    assert (again.token, again.again) == (token, True)
    assert sessions.fresh(store, token)
    sign(team, token)


def sign(team: f.Team, token: str) -> None:
    """The wall that every signature and every lift begins at."""
    with team.store.write() as tx:
        access.require(tx, token, "sign", fresh=True)


def test_somebody_elses_sign_in_does_not_make_mine_fresh(team: f.Team, provider: Provider, clock: HandClock) -> None:
    lea = enter(team, provider.claims()).token
    clock.forward(minutes=16)
    pia = enter(team, provider.claims("s-2", "pia@example.org"), lea)
    assert not pia.again
    assert access.who(team.store, pia.token) == team.people["pia"]
    assert not sessions.fresh(team.store, lea)


def test_a_provider_that_does_not_say_when_it_asked_signs_in_and_makes_nothing_fresh(
    team: f.Team, provider: Provider
) -> None:
    token = enter(team, provider.claims(auth_time=None)).token
    assert access.who(team.store, token) is not None
    assert not sessions.fresh(team.store, token)
    assert refused(team, provider.claims(auth_time=None), token) == ("not_asked",)
    with pytest.raises(Refused):
        sign(team, token)


def test_a_link_by_hand_serves_a_provider_that_confirms_no_address(team: f.Team, provider: Provider) -> None:
    with team.store.write() as tx:
        oidc.link_in(tx, team.people["ada"].actor, team.people["max"].id, ISSUER, "s-7")
    token = enter(team, provider.claims("s-7", "", email_verified=False)).token
    assert access.who(team.store, token) == team.people["max"]
    assert oidc.unlink(team.store, team.tokens["ada"], team.people["max"].id) == 1
    assert access.who(team.store, token) is None
    assert refused(team, provider.claims("s-7", "")) == ("unknown_identity",)


def test_an_address_of_other_letters_is_nobodys(team: f.Team, provider: Provider) -> None:
    """Folded, `groß.example` and `gross.example` are one: whoever owns the one must not come in as the other."""
    accounts.change(team.store, team.tokens["ada"], team.people["max"].id, "manager", "max@gross.example")
    assert refused(team, provider.claims(email="max@groß.example")) == ("unknown_identity",)
