"""What the database itself refuses, to whoever opens it past all use cases: too few heads, and rewritten records."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from data.storage.store import Store
from data.storage.tables import approvals
from scoring.contract import Scope
from tests.factory import Team, draft_in_review, hash_of, scheduled_draft, sign, state_of, team_in
from workflow import hold, lifecycle
from workflow.rules.drafts import Move


@pytest.fixture
def team(store: Store) -> Team:
    return team_in(store)


def behind_the_back(team: Team, statement: str, **values: object) -> None:
    """What somebody with the database's own tools would do."""
    with team.store.write() as tx:
        tx.conn.execute(text(statement), values)


def ids(team: Team, *names: str) -> dict[str, object]:
    return {name: team.people[name].id for name in names}


def refused(team: Team, said: str, statement: str, **values: object) -> None:
    with pytest.raises(DBAPIError, match=said):
        behind_the_back(team, statement, **values)


def sign_behind_the_back(team: Team, draft_id: int, person_id: int) -> None:
    digest = hash_of(team, draft_id)
    with team.store.write() as tx:
        row = {"draft_id": draft_id, "content_hash": digest, "person_id": person_id, "role": "manager"}
        tx.insert(insert(approvals).values(**row, decision="approve", at=tx.now))


AGREE = (
    "INSERT INTO hold_lifts (hold_id, person_id, at, why, role) "
    "SELECT holds.id, people.id, opened_at, '', people.role FROM holds, people WHERE people.id = :who"
)
CLAIM = "UPDATE drafts SET state = 'publishing' WHERE id = :id"


def test_nothing_is_claimed_with_one_signature(team: Team) -> None:
    draft_id = draft_in_review(team)
    sign(team, "lea", draft_id)
    refused(team, "two people", CLAIM, id=draft_id)
    refused(team, "after it was claimed", "UPDATE drafts SET state = 'published' WHERE id = :id", id=draft_id)
    assert state_of(team, draft_id) == "in_review"


def test_the_authors_word_is_no_signature(team: Team) -> None:
    draft_id = draft_in_review(team)
    sign(team, "lea", draft_id)
    sign_behind_the_back(team, draft_id, team.people["ana"].id)
    refused(team, "two people", CLAIM, id=draft_id)


def test_two_accounts_of_one_person_are_one_signature(team: Team) -> None:
    draft_id = draft_in_review(team)
    sign(team, "lea", draft_id)
    behind_the_back(team, "UPDATE people SET same_as = :lea WHERE id = :pia", **ids(team, "lea", "pia"))
    sign_behind_the_back(team, draft_id, team.people["pia"].id)
    refused(team, "two people", CLAIM, id=draft_id)


def test_signatures_on_other_content_claim_nothing(team: Team) -> None:
    draft_id = scheduled_draft(team)
    behind_the_back(team, "UPDATE drafts SET content_hash = :other WHERE id = :id", other="f" * 64, id=draft_id)
    refused(team, "two people", CLAIM, id=draft_id)


def test_a_signature_that_was_voided_stays_void(team: Team) -> None:
    draft_id = scheduled_draft(team)
    with team.store.write() as tx:
        lifecycle.void_signatures(tx, draft_id)
    refused(team, "two people", CLAIM, id=draft_id)
    refused(team, "stays void", "UPDATE approvals SET voided_at = NULL")


def test_the_proper_way_is_open(team: Team) -> None:
    draft_id = scheduled_draft(team)
    with team.store.write() as tx:
        lifecycle.send_to(tx, team.people["max"].actor, lifecycle.draft_row(tx, draft_id), Move.CLAIM)
    assert state_of(team, draft_id) == "publishing"


@pytest.mark.parametrize(
    ("said", "statement"),
    [
        ("never changed", "UPDATE approvals SET person_id = :one"),
        ("never changed", "UPDATE approvals SET content_hash = 'a' WHERE :one = :one"),
        ("never deleted", "DELETE FROM approvals WHERE :one = :one"),
        ("never changed", "UPDATE draft_versions SET text = 'other' WHERE :one = :one"),
        ("never deleted", "DELETE FROM draft_versions WHERE :one = :one"),
    ],
)
def test_what_people_wrote_and_signed_is_not_rewritten(team: Team, said: str, statement: str) -> None:
    draft_in_review(team)
    sign(team, "lea", 1)
    refused(team, said, statement, one=1)


def test_nothing_is_claimed_while_everything_is_held(team: Team) -> None:
    draft_id = scheduled_draft(team)
    hold.open_by_person(team.store, team.tokens["ben"], Scope("everything"), "")
    refused(team, "on hold", CLAIM, id=draft_id)


def test_a_hold_is_not_lifted_without_a_manager(team: Team) -> None:
    paused = hold.open_by_person(team.store, team.tokens["ben"], Scope("everything"), "")
    for name in ("lea", "pia"):
        behind_the_back(team, AGREE, who=team.people[name].id)
    lifted = "UPDATE holds SET lifted_at = opened_at WHERE id = :id"
    refused(team, "a manager", lifted, id=paused.hold_id)
    behind_the_back(team, AGREE, who=team.people["max"].id)
    behind_the_back(team, lifted, id=paused.hold_id)


def test_a_hold_is_not_lifted_by_one(team: Team) -> None:
    paused = hold.open_by_person(team.store, team.tokens["ben"], Scope("everything"), "")
    lifted = "UPDATE holds SET lifted_at = opened_at WHERE id = :id"
    refused(team, "two people|a manager", lifted, id=paused.hold_id)
    behind_the_back(team, AGREE, who=team.people["max"].id)
    refused(team, "two people", lifted, id=paused.hold_id)
    behind_the_back(team, "UPDATE people SET same_as = :max WHERE id = :pia", **ids(team, "max", "pia"))
    behind_the_back(team, AGREE, who=team.people["pia"].id)
    refused(team, "two people", lifted, id=paused.hold_id)
    refused(team, "never deleted", "DELETE FROM holds WHERE id = :id", id=paused.hold_id)
