"""One person is one person: two accounts of a human being count once, wherever people are counted."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from data.errors import Refused
from data.storage.store import Store
from data.storage.tables import drafts, events, people, scheduled_posts
from scoring.contract import Scope
from tests import factory as f
from workflow import access, accounts, approve, assess, checking, draft, gatekeeper, hold
from workflow.draft import Writing


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


def link(team: f.Team, one: str, other: str) -> None:
    accounts.link(team.store, team.tokens["ada"], team.people[one].id, team.people[other].id)


def gate_codes(team: f.Team, draft_id: int) -> set[str]:
    with team.store.read() as tx:
        row = tx.row(select(drafts).where(drafts.c.id == draft_id))
        post = tx.row(select(scheduled_posts).where(scheduled_posts.c.draft_id == draft_id))
        assert row is not None
        assert post is not None
        return {refusal.code.value for refusal in gatekeeper.ask(tx, row, post, team.scorer)}


def refused(team: f.Team, name: str, draft_id: int) -> tuple[str, ...]:
    with pytest.raises(Refused) as caught:
        f.sign(team, name, draft_id)
    return caught.value.codes


def test_the_second_account_of_a_signer_is_no_second_signature(team: f.Team) -> None:
    link(team, "lea", "pia")
    draft_id = f.draft_in_review(team)
    f.sign(team, "pia", draft_id)
    assert refused(team, "lea", draft_id) == ("already_signed",)
    f.sign(team, "max", draft_id)
    assert f.state_of(team, draft_id) == "scheduled"


def test_the_second_account_of_an_author_may_not_sign(team: f.Team) -> None:
    link(team, "ana", "lea")
    draft_id = f.draft_in_review(team)
    assert refused(team, "lea", draft_id) == ("own_draft",)
    with team.store.read() as tx:
        assert approve.waiting_for(tx, team.people["lea"]) == ()
        assert [row["id"] for row in approve.waiting_for(tx, team.people["max"])] == [draft_id]


def test_a_scheduled_post_whose_signers_turn_out_to_be_one_person_is_refused_by_the_gate(store: Store) -> None:
    team = f.team_in(store)
    draft_id = f.scheduled_draft(team)
    before = gate_codes(team, draft_id)
    link(team, "lea", "max")
    assert f.state_of(team, draft_id) == "scheduled"
    assert gate_codes(team, draft_id) - before == {"approvals_missing"}
    accounts.separate(team.store, team.tokens["ada"], team.people["max"].id)
    assert gate_codes(team, draft_id) == before


def test_the_two_blind_scores_are_two_peoples(team: f.Team) -> None:
    link(team, "ana", "ben")
    moment = f.add_opportunity(team.store, f.add_alert(team.store))
    assess.assess(team.store, team.tokens["ana"], moment, 9, 9)
    with pytest.raises(Refused) as caught:
        assess.assess(team.store, team.tokens["ben"], moment, 8, 8)
    assert caught.value.codes == ("already_assessed",)


def test_a_hold_is_lifted_by_two_people_not_by_two_accounts(team: f.Team) -> None:
    link(team, "max", "lea")
    paused = hold.open_by_person(team.store, team.tokens["ana"], Scope("everything", ""), "")
    assert not f.agree(team.store, team.tokens["lea"], paused.hold_id, "Over.")
    with pytest.raises(Refused) as caught:
        f.agree(team.store, team.tokens["max"], paused.hold_id, "Over.")
    assert caught.value.codes == ("second_person_needed",)


def test_a_managers_second_account_does_not_decide_on_their_own_words(team: f.Team) -> None:
    link(team, "ana", "max")
    draft_id = draft.start(team.store, team.tokens["ana"], Writing("Tea, again.", regions=("GB",), reactive=False))
    with pytest.raises(Refused) as caught:
        checking.decide(team.store, team.scorer, team.tokens["max"], draft_id, f.hash_of(team, draft_id), True, "Fine.")
    assert "own_draft" in caught.value.codes


def test_three_accounts_stay_one_person_in_whatever_order_they_are_linked(team: f.Team) -> None:
    link(team, "pia", "max")
    link(team, "max", "lea")
    first = team.people["lea"].id
    same = people_of(team)
    assert {same[team.people[name].id] for name in ("lea", "pia", "max")} == {first}
    with team.store.read() as tx:  # the database's own walls look one step far
        assert {row["same_as"] for row in tx.rows(select(people.c.same_as))} == {None, first}
    with pytest.raises(Refused):
        link(team, "lea", "max")
    accounts.separate(team.store, team.tokens["ada"], first)
    same = people_of(team)
    assert same[first] == first
    assert same[team.people["pia"].id] == same[team.people["max"].id] == team.people["pia"].id
    with team.store.read() as tx:
        kinds = [row["kind"] for row in tx.rows(select(events).where(events.c.kind.startswith("accounts_")))]
    assert kinds == ["accounts_linked", "accounts_linked", "accounts_separated"]


def people_of(team: f.Team) -> dict[int, int]:
    with team.store.read() as tx:
        return dict(access.same_people(tx))


def test_only_an_administrator_links(team: f.Team) -> None:
    with pytest.raises(Refused) as caught:
        accounts.link(team.store, team.tokens["max"], team.people["lea"].id, team.people["pia"].id)
    assert caught.value.codes == ("role_may_not",)


def test_a_circle_in_the_table_still_counts_as_one_person(team: f.Team) -> None:
    one, other = team.people["lea"].id, team.people["max"].id
    with team.store.write() as tx:
        tx.run(update(people).where(people.c.id == one).values(same_as=other))
        tx.run(update(people).where(people.c.id == other).values(same_as=one))
    same = people_of(team)
    assert same[one] == same[other] == min(one, other)
