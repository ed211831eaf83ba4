"""Writing: versions, what an edit costs, who saved meanwhile, and what keeps a draft from the approvers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from data.errors import BadInput, NotSignedIn, Refused
from data.storage.store import Store
from data.storage.tables import alerts, approvals, draft_versions, drafts, opportunities, verdicts
from tests import factory as f
from tests.conftest import HandClock
from workflow import draft
from workflow.draft import Writing
from workflow.schedule import live_post

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


def versions(team: f.Team, draft_id: int) -> list[str]:
    with team.store.read() as tx:
        rows = tx.rows(
            select(draft_versions.c.text).where(draft_versions.c.draft_id == draft_id).order_by(draft_versions.c.number)
        )
        return [row["text"] for row in rows]


def test_an_edit_voids_every_signature_and_goes_back_to_writing(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    f.sign(team, "lea", draft_id)
    number = draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="Iced tea, patient as you."))
    assert number == 2
    assert f.state_of(team, draft_id) == "writing"
    with team.store.read() as tx:
        assert all(row["voided_at"] is not None for row in tx.rows(select(approvals)))


def test_an_edit_of_a_scheduled_post_takes_it_off_the_schedule(team: f.Team) -> None:
    draft_id = f.scheduled_draft(team)
    draft.save(team.store, team.tokens["ben"], draft_id, 1, replace(WORDS, text="Other words."))
    assert f.state_of(team, draft_id) == "writing"
    with team.store.read() as tx:
        assert live_post(tx, draft_id) is None


def test_somebody_who_saves_on_an_unseen_version_is_told_and_nothing_is_overwritten(team: f.Team) -> None:
    draft_id = draft.start(team.store, team.tokens["ana"], WORDS)
    draft.save(team.store, team.tokens["ben"], draft_id, 1, replace(WORDS, text="Ben's words."))
    with pytest.raises(Refused, match="Ben saved version 2") as refused:
        draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="Ana's words."))
    assert refused.value.codes == ("somebody_saved",)
    assert versions(team, draft_id) == [WORDS.text, "Ben's words."]


def test_saving_what_is_there_already_is_no_version(team: f.Team) -> None:
    draft_id = f.draft_in_review(team)
    assert draft.save(team.store, team.tokens["ana"], draft_id, 1, WORDS) == 1
    assert f.state_of(team, draft_id) == "in_review"


def test_evidence_for_the_signers_is_kept_although_it_is_never_sent(team: f.Team) -> None:
    begun = replace(WORDS, template="rivals_trouble", fields={"situation": "Stuck."})
    draft_id = draft.start(team.store, team.tokens["ana"], begun)
    proved = replace(begun, fields={"situation": "Stuck.", "claim_file": "The test of May"})
    assert draft.save(team.store, team.tokens["ana"], draft_id, 1, proved) == 2
    with team.store.read() as tx:
        row = tx.row(select(drafts).where(drafts.c.id == draft_id))
        assert row is not None
        assert draft.writing_of(tx, row) == proved
        assert row["content_hash"] != draft.hash_of_writing(begun), "signers read it, so it is part of what they sign"


@pytest.mark.parametrize(
    ("writing", "code", "says"),
    [
        (replace(WORDS, text="  "), "empty", "no text"),
        (replace(WORDS, text="tea " * 80), "too_long", "40 characters too long for X"),
    ],
)
def test_unfit_words_stay_with_their_author(team: f.Team, writing: Writing, code: str, says: str) -> None:
    draft_id = draft.start(team.store, team.tokens["ana"], writing)
    f.answer_well(team, draft_id)
    with pytest.raises(Refused, match=says) as refused:
        draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 1)
    assert refused.value.codes == (code,)
    assert f.state_of(team, draft_id) == "writing"


def test_a_planned_time_that_has_passed_is_not_submitted(team: f.Team, clock: HandClock) -> None:
    planned = replace(WORDS, planned_for=clock.at + timedelta(hours=1))
    draft_id = draft.start(team.store, team.tokens["ana"], planned)
    f.answer_well(team, draft_id)
    clock.forward(hours=1)
    team.sign_in_again()
    with pytest.raises(Refused) as refused:
        draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 1)
    assert refused.value.codes == ("late",)


def test_a_template_with_gaps_names_every_one_of_them(team: f.Team) -> None:
    half = replace(
        WORDS,
        text="Lids that leak. Here is something that may help: [What we can do for them]",
        template="rivals_trouble",
        fields={"situation": "Lids that leak."},
    )
    draft_id = draft.start(team.store, team.tokens["ana"], half)
    f.answer_well(team, draft_id)
    with pytest.raises(Refused, match="What we can do for them, Where the claim is proved") as refused:
        draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, 1)
    assert refused.value.codes == ("template_unfinished",)


def test_no_words_about_a_moment_that_nobody_decided(team: f.Team) -> None:
    undecided = f.add_opportunity(team.store, f.add_alert(team.store))
    with pytest.raises(Refused) as refused:
        draft.start(team.store, team.tokens["ana"], WORDS, undecided)
    assert refused.value.codes == ("not_decided",)


def test_a_dark_moment_refuses_a_merry_template_also_behind_the_pages_back(team: f.Team) -> None:
    opportunity = f.decided_opportunity(team)
    _judged_dark(team, opportunity)
    with pytest.raises(Refused, match="must not be used here: this moment touches tragedy") as refused:
        draft.start(team.store, team.tokens["ana"], replace(WORDS, template="event_tie_in"), opportunity)
    assert refused.value.codes == ("forbidden_context",)
    free = draft.start(team.store, team.tokens["ana"], WORDS, opportunity)
    with pytest.raises(Refused):
        draft.save(team.store, team.tokens["ana"], free, 1, replace(WORDS, template="event_tie_in"))


def _judged_dark(team: f.Team, opportunity: int) -> None:
    with team.store.write() as tx:
        alert = tx.value(
            select(alerts.c.id)
            .join(opportunities, opportunities.c.alert_id == alerts.c.id)
            .where(opportunities.c.id == opportunity)
        )
        said = {"code": "news", "text": "A headline.", "evidence": "Two dead after a fire", "weight": 1.0}
        values = {
            "alert_id": alert,
            "at": tx.now,
            "scorer": "t",
            "sentiment": {},
            "tragedy": "hold",
            "probability": 1.0,
        }
        values |= {"reasons": [said], "relevance": 1.0, "relevance_why": "", "interest": 1.0, "interest_why": ""}
        tx.insert(insert(verdicts).values(**values, quadrant="", decision="", category="cultural_moment"))


@pytest.mark.parametrize(
    ("writing", "says"),
    [
        (replace(WORDS, platform="pager"), "pager"),
        (replace(WORDS, zone="Mars/Base"), "Mars/Base"),
        (replace(WORDS, regions=("somewhere",)), "somewhere"),
        (replace(WORDS, text="tea\x00"), "cannot be stored"),
        (replace(WORDS, text="x" * 20_001), "20,000"),
    ],
)
def test_what_cannot_be_kept_is_said_at_once(team: f.Team, writing: Writing, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        draft.start(team.store, team.tokens["ana"], writing)


@pytest.mark.parametrize("name", ["pia", "ada", "vic"])
def test_only_writers_write(team: f.Team, name: str) -> None:
    with pytest.raises(Refused) as refused:
        draft.start(team.store, team.tokens[name], WORDS)
    assert refused.value.codes == ("role_may_not",)


def test_a_draft_is_withdrawn_for_good(team: f.Team) -> None:
    draft_id = f.scheduled_draft(team)
    draft.withdraw(team.store, team.tokens["ben"], draft_id, "The tin is sold out.")
    assert f.state_of(team, draft_id) == "withdrawn"
    with pytest.raises(Refused):
        draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="Again?"))


def test_a_blocked_post_goes_back_to_the_approvers_only_with_a_reason(team: f.Team) -> None:
    draft_id = f.scheduled_draft(team)
    with team.store.write() as tx:
        tx.run(drafts.update().where(drafts.c.id == draft_id).values(state="blocked"))
    with pytest.raises(BadInput):
        draft.ask_again(team.store, team.tokens["ana"], draft_id, " ")
    draft.ask_again(team.store, team.tokens["ana"], draft_id, "The warning is over.")
    assert f.state_of(team, draft_id) == "in_review"
    with team.store.read() as tx:
        assert all(row["voided_at"] is not None for row in tx.rows(select(approvals)))


def test_a_blocked_post_with_a_passed_time_needs_a_new_one_first(team: f.Team, clock: HandClock) -> None:
    draft_id = f.scheduled_draft(team, replace(WORDS, planned_for=clock.at + timedelta(hours=1)))
    with team.store.write() as tx:
        tx.run(drafts.update().where(drafts.c.id == draft_id).values(state="blocked"))
    clock.forward(hours=1)
    team.sign_in_again()
    with pytest.raises(Refused) as refused:
        draft.ask_again(team.store, team.tokens["ana"], draft_id, "All is well.")
    assert refused.value.codes == ("late",)


def test_words_typed_after_the_sign_in_ended_are_not_saved_under_it(team: f.Team, clock: HandClock) -> None:
    draft_id = draft.start(team.store, team.tokens["ana"], WORDS)
    clock.forward(minutes=31)
    with pytest.raises(NotSignedIn):
        draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="Late words."))
    assert versions(team, draft_id) == [WORDS.text]
