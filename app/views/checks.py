"""The checklist as a page draws it: steps, questions, what the machine says, and the sum in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checklists import Item
from checklists.evaluate import MOST_A_MANAGER_MAY_JUDGE, Answer
from workflow.checking import Checks, Expired


@dataclass(frozen=True)
class ItemView:
    """A question with the answer that it has. `expired`: one that was given and counts no longer, to be given again.

    `machine` is what Tact answers, None where it has no answer; `machine_counts`: it overrules a better one.
    `evidence`: what Tact found for whoever answers, where that answers nothing by itself.
    """

    id: str
    question: str
    help: str
    good: str
    value: str | None
    note: str
    expired: Expired | None
    machine: Answer | None
    machine_counts: bool
    evidence: str


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
    def to_confirm(self) -> int:
        """How many answers were given before, count no longer and wait to be given again."""
        return sum(item.expired is not None and item.value is None for step in self.steps for item in step.items)


def checks_view(
    checks: Checks, expired: Mapping[str, Expired] | None = None, evidence: Mapping[str, str] | None = None
) -> ChecksView:
    """From what counts (`checks`), what was said and counts no longer, and what Tact found without answering."""
    before, found = expired or {}, evidence or {}
    steps = tuple(
        StepView(step.title, tuple(_item(item, checks, before, found) for item in checks.checklist.of_step(step.key)))
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


def _item(item: Item, checks: Checks, before: Mapping[str, Expired], found: Mapping[str, str]) -> ItemView:
    given = checks.answers.get(item.id)
    machine = checks.machine.get(item.machine) if item.machine else None
    # Where the machine answers, nobody has to answer again; they still may lower it.
    expired = before.get(item.id) if given is None and machine is None else None
    start = given or machine
    return ItemView(
        id=item.id,
        question=item.question,
        help=item.help,
        good=item.good,
        value=start.value if start else None,
        # The machine's evidence stands beside the question; it is no note of the person's.
        note=given.note if given else (expired.answer.note if expired else ""),
        expired=expired,
        machine=machine,
        machine_counts=machine is not None and machine.value != item.good,
        evidence=found.get(item.machine, "") if item.machine and machine is None else "",
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
