"""Two clear heads: who may sign what, and when a signature is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from data.errors import BadInput, NotSignedIn, Refused
from data.storage.store import Store
from data.storage.tables import approvals, drafts, opportunities
from tests import factory as f
from tests.conftest import HandClock
from workflow import access, accounts, approve, draft
from workflow.draft import Writing
from workflow.rules.approvals import Decision

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


def refused(team: f.Team, name: str, draft_id: int, seen: str | None = None) -> tuple[str, ...]:
    with pytest.raises(Refused) as caught:
        approve.sign(team.store, team.tokens[name], draft_id, seen or f.hash_of(team, draft_id), Decision.APPROVE)
    return caught.value.codes


def test_two_others_put_a_post_on_the_schedule(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    f.sign(team, "lea", draft_id)
    assert f.state_of(team, draft_id) == "in_review"
    f.sign(team, "pia", draft_id)
    assert f.state_of(team, draft_id) == "scheduled"


def test_an_author_cannot_sign_however_high(team: f.Team) -> None:
    draft_id = draft.start(team.store, team.tokens["max"], WORDS)
    f.answer_well(team, draft_id, "max")
    draft.submit(team.store, team.scorer, team.tokens["max"], draft_id, 1)
    assert refused(team, "max", draft_id) == ("own_draft",)


def test_who_wrote_only_an_earlier_version_cannot_sign_either(team: f.Team) -> None:
    draft_id = draft.start(team.store, team.tokens["lea"], WORDS)
    draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="Every word is new."))
    f.answer_well(team, draft_id, "ana")
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 2)
    assert refused(team, "lea", draft_id) == ("own_draft",)


def test_one_person_signs_once(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    f.sign(team, "lea", draft_id)
    assert refused(team, "lea", draft_id) == ("already_signed",)
    assert f.state_of(team, draft_id) == "in_review"


def test_one_person_in_two_browsers_is_still_one_person(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    f.sign(team, "lea", draft_id)
    team.tokens["lea"] = access.sign_in(team.store, "lea", f.PASSWORD)
    assert refused(team, "lea", draft_id) == ("already_signed",)


@pytest.mark.parametrize("name", ["ada", "vic", "ben"])
def test_administrators_viewers_and_the_team_do_not_sign(team: f.Team, name: str) -> None:
    assert refused(team, name, f.draft_in_review(team)) == ("role_may_not",)


def test_a_signature_is_for_the_words_that_were_on_the_screen(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    on_screen = f.hash_of(team, draft_id)
    draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="Quite different words."))
    f.answer_well(team, draft_id, "ana")
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 2)
    assert refused(team, "lea", draft_id, on_screen) == ("content_changed",)


def test_old_signatures_do_not_count_for_edited_words(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    f.sign(team, "lea", draft_id)
    draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="Edited between two signatures."))
    f.answer_well(team, draft_id, "ana")
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 2)
    f.sign(team, "max", draft_id)
    assert f.state_of(team, draft_id) == "in_review"


def test_going_back_to_the_old_words_does_not_bring_old_signatures_back(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    f.sign(team, "lea", draft_id)
    draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="Edited."))
    draft.save(team.store, team.tokens["ana"], draft_id, 2, WORDS)
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 3)
    f.sign(team, "max", draft_id)
    assert f.state_of(team, draft_id) == "in_review"


def test_signed_after_its_planned_time_it_waits_for_a_new_one(team: f.Team, clock: HandClock) -> None:
    draft_id = f.draft_in_review(team, replace(WORDS, planned_for=clock.at + timedelta(hours=1)))
    f.sign(team, "lea", draft_id)
    clock.forward(hours=1)
    team.sign_in_again()
    f.sign(team, "max", draft_id)
    assert f.state_of(team, draft_id) == "needs_time"


def test_changes_and_rejections_need_a_reason_and_send_it_back(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    seen = f.hash_of(team, draft_id)
    with pytest.raises(BadInput):
        approve.sign(team.store, team.tokens["lea"], draft_id, seen, Decision.CHANGES, " ")
    f.sign(team, "lea", draft_id, Decision.CHANGES, "Too cold for March.")
    assert f.state_of(team, draft_id) == "writing"
    second = f.draft_in_review(team, replace(WORDS, text="Another."))
    f.sign(team, "pia", second, Decision.REJECT, "Not ours to say.")
    assert f.state_of(team, second) == "rejected"


def test_who_signed_may_still_think_again(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    f.sign(team, "lea", draft_id)
    f.sign(team, "lea", draft_id, Decision.CHANGES, "I read it again.")
    assert f.state_of(team, draft_id) == "writing"


def test_a_password_given_long_ago_is_asked_for_again(team: f.Team, clock: HandClock) -> None:
    draft_id = f.draft_in_review(team)
    clock.forward(minutes=16)
    assert refused(team, "lea", draft_id) == ("password_needed",)
    access.confirm_password(team.store, team.tokens["lea"], f.PASSWORD)
    f.sign(team, "lea", draft_id)
    with team.store.read() as tx:
        assert [row["person_id"] for row in tx.rows(select(approvals))] == [team.people["lea"].id]


def test_a_revoked_person_is_refused_while_their_tab_is_open(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    accounts.revoke(team.store, team.tokens["ada"], team.people["lea"].id)
    with pytest.raises(NotSignedIn):
        f.sign(team, "lea", draft_id)


def test_a_trigger_that_asks_for_a_role_is_not_met_by_two_others(team: f.Team) -> None:
    opportunity = f.decided_opportunity(team)
    with team.store.write() as tx:
        tx.run(opportunities.update().values(category="viral_moment"))
    draft_id = f.draft_in_review(team, replace(WORDS, reactive=True), opportunity)
    f.sign(team, "lea", draft_id)
    f.sign(team, "pia", draft_id)
    assert f.state_of(team, draft_id) == "in_review"
    f.sign(team, "max", draft_id)
    assert f.state_of(team, draft_id) == "scheduled"


def test_the_queue_holds_what_is_mine_to_sign_and_nothing_else(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)

    def waits(name: str) -> list[int]:
        with team.store.read() as tx:
            return [row["id"] for row in approve.waiting_for(tx, team.people[name])]

    assert waits("lea") == [draft_id]
    assert waits("ana") == []
    f.sign(team, "lea", draft_id)
    assert waits("lea") == []
    assert waits("max") == [draft_id]
    f.sign(team, "max", draft_id)
    with team.store.read() as tx:
        assert tx.value(select(drafts.c.state)) == "scheduled"
    assert waits("pia") == []
