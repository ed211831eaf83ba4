"""What the answers of a checklist add up to. Pure: a checklist and answers in, a decision and its reasons out.

Here and not in `workflow.rules` because the arithmetic belongs to the questions; the workflow decides what a decision
lets people do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from checklists import Checklist, Item

Value = Literal["yes", "no", "unsure"]
Decision = Literal["go", "manager", "skip", "stop"]

# The guide: one or two open boxes are a manager's to judge, three are too many.
MOST_A_MANAGER_MAY_JUDGE = 2


@dataclass(frozen=True)
class Answer:
    """What somebody, or the machine, said to one question."""

    value: Value
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """`open` holds the ids not answered well, in the checklist's order; `reasons` has one sentence for each.

    `answered` counts the questions that have any answer, `unsure` among them; `complete`: none is left unanswered.
    """

    decision: Decision
    open: tuple[str, ...]
    reasons: tuple[str, ...]
    answered: int
    complete: bool


def evaluate(checklist: Checklist, answers: Mapping[str, Answer]) -> Outcome:
    """Stop beats skip, skip beats counting. Missing and `unsure` count as not good; answers to no item are ignored.

    Only a plain bad answer stops or skips: somebody who is unsure leaves a box open, which a manager then sees.
    """
    shut = [item for item in checklist.items if not _is_good(item, answers.get(item.id))]
    answered = sum(item.id in answers for item in checklist.items)
    return Outcome(
        decision=_decide(shut, answers),
        open=tuple(item.id for item in shut),
        reasons=tuple(_reason(item, answers.get(item.id)) for item in shut),
        answered=answered,
        complete=answered == len(checklist.items),
    )


def merge_machine(
    checklist: Checklist, person: Mapping[str, Answer], machine: Mapping[str, Answer]
) -> dict[str, Answer]:
    """The answers that count: for each question the worse of the two, so nobody argues the machine up.

    `person` is keyed by item id, `machine` by the name of the fact. A fact that the machine does not know is left
    out of `machine`, and the person's answer stands; on a tie the person's words are kept.
    """
    merged: dict[str, Answer] = {}
    for item in checklist.items:
        said = person.get(item.id)
        known = machine.get(item.machine) if item.machine else None
        worse = _worse(item, said, known)
        if worse is not None:
            merged[item.id] = worse
    return merged


def _worse(item: Item, said: Answer | None, known: Answer | None) -> Answer | None:
    if said is None or known is None:
        return said or known
    return known if _rank(item, known) < _rank(item, said) else said


def _rank(item: Item, answer: Answer) -> int:
    if answer.value == "unsure":
        return 1
    return 2 if answer.value == item.good else 0


def _is_good(item: Item, answer: Answer | None) -> bool:
    return answer is not None and answer.value == item.good


def _decide(shut: list[Item], answers: Mapping[str, Answer]) -> Decision:
    plainly_bad = {item.on_bad for item in shut if item.id in answers and answers[item.id].value != "unsure"}
    if "stop" in plainly_bad:
        return "stop"
    if "skip" in plainly_bad or len(shut) > MOST_A_MANAGER_MAY_JUDGE:
        return "skip"
    return "manager" if shut else "go"


def _reason(item: Item, answer: Answer | None) -> str:
    if answer is None:
        return f"Not answered yet: {item.question}"
    note = f" ({answer.note})" if answer.note else ""
    if answer.value == "unsure":
        return f"Nobody is sure: {item.question}{note}"
    consequence = {"stop": "Stop", "skip": "Let it go", "count": "Open"}[item.on_bad]
    return f"{consequence}: {item.question} – answered {answer.value}{note}"
