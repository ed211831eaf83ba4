"""Every checklist file keeps the contract, and a wrong file is refused with a sentence that names the field."""

from __future__ import annotations

from pathlib import Path

import pytest

import checklists
from checklists.evaluate import Answer, evaluate
from data.errors import BadInput

GOOD = """
title: A short list
steps: [{key: one, title: First step}]
items:
  - {id: a, step: one, question: "Is this one fine?", help: "Look twice.", good: "yes", on_bad: count, machine: null}
"""


@pytest.mark.parametrize("name", checklists.discover())
def test_every_checklist_can_be_passed_and_every_question_can_fail(name: str) -> None:
    checklist = checklists.load(name)
    good = {item.id: Answer(item.good) for item in checklist.items}
    assert evaluate(checklist, good).decision == "go"
    for item in checklist.items:
        bad = good | {item.id: Answer("no" if item.good == "yes" else "yes")}
        expected = {"stop": "stop", "skip": "skip", "count": "manager"}[item.on_bad]
        assert evaluate(checklist, bad).decision == expected, item.id


@pytest.mark.parametrize("name", checklists.discover())
def test_steps_hold_all_the_questions_between_them(name: str) -> None:
    checklist = checklists.load(name)
    by_step = [item.id for step in checklist.steps for item in checklist.of_step(step.key)]
    assert by_step == [item.id for item in checklist.items]


def test_the_guides_fifteen_questions_in_four_steps() -> None:
    checklist = checklists.load("pre_publish")
    assert len(checklist.items) == 15
    assert [len(checklist.of_step(step.key)) for step in checklist.steps] == [4, 4, 4, 3]
    assert {i.id for i in checklist.items if i.on_bad == "stop"} == {"dark_or_divisive", "leadership_defends"}
    assert {i.id for i in checklist.items if i.on_bad == "skip"} == {"adds_something"}
    assert {i.id for i in checklist.items if i.good == "no"} == {"dark_or_divisive"}


def test_a_dropped_file_is_found_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "quick.yaml").write_text(GOOD)
    assert checklists.discover(tmp_path) == ("quick",)
    assert checklists.load("quick", tmp_path).items[0].id == "a"


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (GOOD.replace("on_bad: count", "on_bad: shrug"), "items.0.on_bad"),
        (GOOD.replace("machine: null", "machin: null"), "items.0.mach"),
        (GOOD.replace("step: one,", "step: two,"), "two"),
        (GOOD.replace("steps:", "steps: ["), "line"),
        ("", "the whole file"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_field(tmp_path: Path, broken: str, named: str) -> None:
    (tmp_path / "quick.yaml").write_text(broken)
    with pytest.raises(BadInput) as refused:
        checklists.load("quick", tmp_path)
    assert "quick.yaml" in refused.value.message
    assert named in refused.value.message


@pytest.mark.parametrize("name", ["missing", "../pyproject", "", "pre_publish.yaml"])
def test_an_unknown_name_is_a_sentence_and_reads_no_other_file(name: str) -> None:
    with pytest.raises(BadInput, match="There is no checklist"):
        checklists.load(name)
