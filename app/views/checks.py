"""The checklist as a page draws it: steps, questions, what the machine says, and the sum in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checklists import Item
from checklists.evaluate import MOST_A_MANAGER_MAY_JUDGE, Answer
from workflow.checking import Checks


@dataclass(frozen=True)
class ItemView:
    """A question with the answer to begin with. `carried`: that answer was given on an earlier version.

    `machine` is what Tact found, None where it has no opinion; `machine_counts`: it overrules a better answer.
    """

    id: str
    question: str
    help: str
    good: str
    value: str | None
    note: str
    carried: bool
    machine: Answer | None
    machine_counts: bool


@dataclass(frozen=True)
class StepView:
    """Questions that are answered together."""

    title: str
    items: tuple[ItemView, ...]


@dataclass(frozen=True)
class ChecksView:
    """The whole checklist. `decision` is go, manager_go, manager, skip or stop; `sums` says how it came to that.

    `verdict_key`: what the judge says now; `expired`: the words were answered when it said something else.
    """

    title: str
    steps: tuple[StepView, ...]
    decision: str
    sums: str
    open: tuple[str, ...]
    complete: bool
    answered: int
    manager_said: str | None
    verdict_key: str
    expired: bool

    @property
    def carried(self) -> bool:
        """Whether some answers are only proposals from an earlier version."""
        return any(item.carried for step in self.steps for item in step.items)


def checks_view(checks: Checks, earlier: Mapping[str, Answer]) -> ChecksView:
    """From what counts (`checks`) and what was said on earlier versions."""
    steps = tuple(
        StepView(step.title, tuple(_item(item, checks, earlier) for item in checks.checklist.of_step(step.key)))
        for step in checks.checklist.steps
    )
    return ChecksView(
        title=checks.checklist.title,
        steps=steps,
        decision=checks.decision,
        sums=sums_in_words(checks),
        open=checks.outcome.reasons,
        complete=checks.outcome.complete,
        answered=len(checks.answers),
        manager_said=checks.manager_said,
        verdict_key=checks.verdict_key,
        expired=checks.expired,
    )


def _item(item: Item, checks: Checks, earlier: Mapping[str, Answer]) -> ItemView:
    given = checks.answers.get(item.id)
    machine = checks.machine.get(item.machine) if item.machine else None
    start = given or earlier.get(item.id) or machine
    return ItemView(
        id=item.id,
        question=item.question,
        help=item.help,
        good=item.good,
        value=start.value if start else None,
        # The machine's evidence stands beside the question; it is no note of the person's.
        note=start.note if start and start is not machine else "",
        carried=given is None and item.id in earlier,
        machine=machine,
        machine_counts=machine is not None and machine.value != item.good,
    )


def sums_in_words(checks: Checks) -> str:
    """`12 of 15 are well answered, 3 are open: three or more mean that we let this one go.`"""
    count, shut = len(checks.checklist.items), len(checks.outcome.open)
    if not shut:
        return f"All {count} questions are well answered."
    left = f"{count - shut} of {count} are well answered, {shut} {'is' if shut == 1 else 'are'} open"
    ends = {
        "stop": "and one of them says stop: this must not be published.",
        "manager": "one or two open questions are for a manager to decide.",
        "manager_go": "a manager has decided that it may go on.",
        "skip": "more than two open questions mean that we let this one go."
        if shut > MOST_A_MANAGER_MAY_JUDGE
        else "and one of them says that we let this one go.",
    }
    end = ends[checks.decision]
    return f"{left}{', ' if end.startswith('and') else ': '}{end}"
