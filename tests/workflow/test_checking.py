"""The checklist at work: what answers add up to, whose word counts, and which words they belong to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checklists.evaluate import Answer
from data.errors import BadInput, Refused
from data.storage.store import Store
from tests import factory as f
from workflow import checking, draft
from workflow.draft import Writing
from workflow.lifecycle import draft_row

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)
NO, UNSURE = Answer("no", "Not yet"), Answer("unsure")


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


@pytest.fixture
def draft_id(team: f.Team) -> int:
    return draft.start(team.store, team.tokens["ana"], WORDS)


def decision(team: f.Team, draft_id: int) -> str:
    with team.store.read() as tx:
        return checking.checks_of(tx, draft_row(tx, draft_id), team.scorer).decision


def submit(team: f.Team, draft_id: int, number: int = 1) -> None:
    draft.submit(team.store, team.scorer, team.tokens["ana"], draft_id, number)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({}, "go"),
        ({"critic_read": NO}, "manager"),
        ({"critic_read": NO, "best_use": UNSURE}, "manager"),
        ({"critic_read": NO, "best_use": UNSURE, "way_back": NO}, "skip"),
        ({"adds_something": NO}, "skip"),
        ({"leadership_defends": NO}, "stop"),
        ({"dark_or_divisive": Answer("yes")}, "stop"),
    ],
)
def test_what_the_answers_add_up_to(team: f.Team, draft_id: int, others: dict[str, Answer], expected: str) -> None:
    f.answer_well(team, draft_id, **others)
    assert decision(team, draft_id) == expected
    if expected != "go":
        with pytest.raises(Refused) as refused:
            submit(team, draft_id)
        assert refused.value.codes == ("checklist_incomplete",)


def test_an_unanswered_checklist_goes_nowhere(team: f.Team, draft_id: int) -> None:
    with pytest.raises(Refused):
        submit(team, draft_id)


def test_a_manager_lets_it_go_on(team: f.Team, draft_id: int) -> None:
    f.answer_well(team, draft_id, critic_read=NO)
    seen = f.hash_of(team, draft_id)
    checking.decide(team.store, team.scorer, team.tokens["max"], draft_id, seen, True, "I read it as a critic.")
    assert decision(team, draft_id) == "manager_go"
    submit(team, draft_id)
    assert f.state_of(team, draft_id) == "in_review"


def test_a_managers_no_leaves_it_where_it_is(team: f.Team, draft_id: int) -> None:
    f.answer_well(team, draft_id, critic_read=NO)
    seen = f.hash_of(team, draft_id)
    checking.decide(team.store, team.scorer, team.tokens["max"], draft_id, seen, False, "Not today.")
    with pytest.raises(Refused):
        submit(team, draft_id)


def test_only_a_manager_who_wrote_none_of_it_decides(team: f.Team, draft_id: int) -> None:
    f.answer_well(team, draft_id, critic_read=NO)
    seen = f.hash_of(team, draft_id)
    with pytest.raises(Refused) as refused:
        checking.decide(team.store, team.scorer, team.tokens["lea"], draft_id, seen, True, "Fine.")
    assert refused.value.codes == ("role_may_not",)
    draft.save(team.store, team.tokens["max"], draft_id, 1, replace(WORDS, text="Max changed a word."))
    f.answer_well(team, draft_id, critic_read=NO)
    with pytest.raises(Refused) as refused:
        seen = f.hash_of(team, draft_id)
        checking.decide(team.store, team.scorer, team.tokens["max"], draft_id, seen, True, "Fine.")
    assert refused.value.codes == ("own_draft",)


@pytest.mark.parametrize("others", [{}, {"leadership_defends": NO}, {"adds_something": NO}])
def test_a_manager_decides_nothing_that_is_not_theirs_to_decide(
    team: f.Team, draft_id: int, others: dict[str, Answer]
) -> None:
    f.answer_well(team, draft_id, **others)
    seen = f.hash_of(team, draft_id)
    with pytest.raises(Refused) as refused:
        checking.decide(team.store, team.scorer, team.tokens["max"], draft_id, seen, True, "Let it go on.")
    assert refused.value.codes == ("wrong_state",)


def test_answers_stay_with_the_words_they_were_given_for(team: f.Team, draft_id: int) -> None:
    f.answer_well(team, draft_id, critic_read=Answer("yes", "Read by Pia"))
    draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="Other words."))
    assert decision(team, draft_id) == "skip"
    with team.store.read() as tx:
        earlier = checking.expired_answers(tx, draft_row(tx, draft_id))["critic_read"]
    assert (earlier.answer, earlier.name, earlier.why) == (Answer("yes", "Read by Pia"), "Ana", "words")
    f.answer_well(team, draft_id)
    with team.store.read() as tx:
        assert checking.expired_answers(tx, draft_row(tx, draft_id)) == {}


def test_answers_for_words_that_changed_meanwhile_are_refused(team: f.Team, draft_id: int) -> None:
    seen = f.hash_of(team, draft_id)
    draft.save(team.store, team.tokens["ben"], draft_id, 1, replace(WORDS, text="Ben was faster."))
    with pytest.raises(Refused) as refused:
        checking.answer(team.store, team.tokens["ana"], draft_id, seen, f.good_answers())
    assert refused.value.codes == ("content_changed",)


def test_nobody_argues_the_machine_up(team: f.Team) -> None:
    dark = draft.start(team.store, team.tokens["ana"], replace(WORDS, text="Our tea after the mass shooting: -20 %!"))
    f.answer_well(team, dark)
    with team.store.read() as tx:
        checks = checking.checks_of(tx, draft_row(tx, dark), team.scorer)
    assert checks.answers["dark_or_divisive"].value == "no"
    assert checks.decision == "stop"
    assert "shooting" in checks.machine["tragedy"].note


def test_an_emptied_topic_takes_no_draft_out_of_its_moment(team: f.Team) -> None:
    opportunity = f.decided_opportunity(team, "iced tea")
    written = draft.start(team.store, team.tokens["ana"], replace(WORDS, topic=None, reactive=True), opportunity)
    f.answer_well(team, written)
    assert decision(team, written) == "go"
    source = f.add_source(team.store)
    for number in range(6):
        words = f"Four people were killed at iced tea stand {number}, police say"
        f.add_item(team.store, words, source_id=source, topic="iced tea")
    with team.store.read() as tx:
        checks = checking.checks_of(tx, draft_row(tx, written), team.scorer)
    assert checks.decision == "stop"
    note = checks.machine["tragedy"].note
    sentences = note.split(". ")
    assert len(sentences) == len(set(sentences)), note


def test_a_person_may_lower_what_the_machine_says(team: f.Team, draft_id: int) -> None:
    f.answer_well(team, draft_id, dark_or_divisive=Answer("yes", "I know what happened there."))
    assert decision(team, draft_id) == "stop"


@pytest.mark.parametrize("answers", [{"no_such_item": Answer("yes")}, {"critic_read": Answer("maybe")}])  # type: ignore[arg-type]
def test_answers_to_nothing_are_refused(team: f.Team, draft_id: int, answers: dict[str, Answer]) -> None:
    with pytest.raises(BadInput):
        checking.answer(team.store, team.tokens["ana"], draft_id, f.hash_of(team, draft_id), answers)


def test_a_draft_in_review_is_not_answered_again(team: f.Team) -> None:
    in_review = f.draft_in_review(team)
    with pytest.raises(Refused) as refused:
        f.answer_well(team, in_review)
    assert refused.value.codes == ("wrong_state",)
