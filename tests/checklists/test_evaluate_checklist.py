"""The arithmetic of the checklist: what it must decide, and what no set of answers may ever do."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import checklists
from checklists.evaluate import Answer, Value, evaluate, merge_machine

LIST = checklists.load("pre_publish")
ALL_GOOD = {item.id: Answer(item.good) for item in LIST.items}
COUNTED = [item.id for item in LIST.items if item.on_bad == "count"]
GRADE = {"stop": 0, "skip": 1, "manager": 2, "go": 3}

values = st.sampled_from(get_args(Value))
answer = st.builds(Answer, values, st.text(max_size=20))
answers = st.dictionaries(st.sampled_from([item.id for item in LIST.items]), answer)
facts = st.dictionaries(st.sampled_from(sorted({item.machine for item in LIST.items if item.machine})), answer)


@pytest.mark.parametrize(("unsure", "decision"), [(0, "go"), (1, "manager"), (2, "manager"), (3, "skip"), (12, "skip")])
@pytest.mark.parametrize("unanswered", [False, True])
def test_open_boxes_are_counted(unsure: int, decision: str, unanswered: bool) -> None:
    given_answers = dict(ALL_GOOD)
    for item_id in COUNTED[:unsure]:
        if unanswered:
            del given_answers[item_id]
        else:
            given_answers[item_id] = Answer("unsure")
    outcome = evaluate(LIST, given_answers)
    assert outcome.decision == decision
    assert outcome.open == tuple(COUNTED[:unsure])
    assert outcome.complete is (not unanswered or unsure == 0)


def test_tragedy_stops_whatever_else_was_said() -> None:
    outcome = evaluate(LIST, ALL_GOOD | {"dark_or_divisive": Answer("yes", "ferry"), "adds_something": Answer("no")})
    assert outcome.decision == "stop"
    assert "ferry" in outcome.reasons[0]


def test_unsure_about_tragedy_is_an_open_box_and_not_a_good_answer() -> None:
    outcome = evaluate(LIST, ALL_GOOD | {"dark_or_divisive": Answer("unsure")})
    assert outcome.decision == "manager"
    assert outcome.open == ("dark_or_divisive",)


def test_a_blank_form_never_goes() -> None:
    outcome = evaluate(LIST, {})
    assert (outcome.decision, outcome.answered, outcome.complete) == ("skip", 0, False)
    assert len(outcome.reasons) == 15


@given(answers)
def test_it_goes_only_when_every_question_was_answered_well(given_answers: dict[str, Answer]) -> None:
    outcome = evaluate(LIST, given_answers)
    all_good = all(i.id in given_answers and given_answers[i.id].value == i.good for i in LIST.items)
    assert (outcome.decision == "go") is all_good
    assert len(outcome.reasons) == len(outcome.open)
    assert outcome.answered == len(given_answers)


@given(answers, st.sampled_from(LIST.items), values)
def test_a_worse_answer_never_improves_the_decision(
    given_answers: dict[str, Answer], item: checklists.Item, value: Value
) -> None:
    better = evaluate(LIST, given_answers | {item.id: Answer(item.good)})
    changed = evaluate(LIST, given_answers | {item.id: Answer(value)})
    assert GRADE[changed.decision] <= GRADE[better.decision]


@given(answers)
def test_answers_to_no_question_change_nothing(given_answers: dict[str, Answer]) -> None:
    assert evaluate(LIST, given_answers | {"invented": Answer("no")}) == evaluate(LIST, given_answers)


@given(answers, facts)
def test_nobody_raises_the_machine_and_anybody_may_lower_it(
    person: dict[str, Answer], machine: dict[str, Answer]
) -> None:
    merged = merge_machine(LIST, person, machine)
    for item in LIST.items:
        known = machine.get(item.machine) if item.machine else None
        if known is not None and known.value != item.good:
            assert merged[item.id].value != item.good
        said = person.get(item.id)
        if said is not None and said.value != item.good:
            assert merged[item.id].value != item.good
        if known is None:
            assert merged.get(item.id) == said


def test_the_machine_answers_where_the_person_has_not() -> None:
    merged = merge_machine(LIST, {}, {"tragedy": Answer("no"), "within_window": Answer("yes")})
    assert merged == {"dark_or_divisive": Answer("no"), "in_window": Answer("yes")}


def test_a_tragedy_the_machine_sees_cannot_be_waved_through() -> None:
    merged = merge_machine(LIST, ALL_GOOD, {"tragedy": Answer("yes", "two headlines")})
    assert evaluate(LIST, merged).decision == "stop"
