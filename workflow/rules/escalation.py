"""When nobody looks: after which share of the time a draft in review is brought before somebody else.

Ours throughout; the guide names how fast a platform's approvals should be (`approval_minutes` in playbooks.yaml), not
what to do while nobody comes. A look is not consent, but without one there can be none. Two people have to sign, so
two have to look: one who looked, or signed, does not stop the clock for the second. And who has looked may still have
forgotten: once the whole time is over, the leads hear of it however many looked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from workflow.rules.approvals import REQUIRED

# A post that is planned for next week need not be signed within minutes, nor may it be forgotten for days.
LONGEST = timedelta(hours=24)


class Whom(StrEnum):
    """Who is told."""

    NEXT = "next"  # the next person who may sign
    LEADS = "leads"  # the social leads and managers


@dataclass(frozen=True)
class Step:
    """After this share of the time, these are told."""

    number: int
    share: float
    whom: Whom
    though_looked: bool = False


STEPS = (Step(1, 1 / 3, Whom.NEXT), Step(2, 2 / 3, Whom.LEADS), Step(3, 1.0, Whom.LEADS, though_looked=True))


@dataclass(frozen=True)
class Waiting:
    """A draft in review. `approve_minutes`: what the platform's playbook allows; `planned_for`: its time, if any.

    `looked`: how many human beings who may sign it have had this version before their eyes since, or have signed it.
    """

    asked_at: datetime
    approve_minutes: int
    reactive: bool
    planned_for: datetime | None
    looked: int = 0


def allowance(one: Waiting) -> timedelta:
    """How long its signatures may take: the playbook's minutes; for a planned post until its time, a day at most.

    Never beyond the planned time, and never less than nothing.
    """
    minutes = timedelta(minutes=one.approve_minutes)
    if one.planned_for is None:
        return minutes
    left = max(one.planned_for - one.asked_at, timedelta())
    return min(left, minutes) if one.reactive else min(left, LONGEST)


def due_step(one: Waiting, taken: Iterable[int], now: datetime) -> Step | None:
    """The step to take now, or None. After a pause of the workers only the last one that is due: never a burst."""
    most = max(taken, default=0)
    allowed = allowance(one)
    steps = [step for step in STEPS if step.though_looked or one.looked < REQUIRED]
    due = [step for step in steps if step.number > most and now >= one.asked_at + allowed * step.share]
    return due[-1] if due else None


def sentence(one: Waiting, now: datetime, what: str) -> str:
    """What those are told who have not looked yet."""
    minutes = int((now - one.asked_at) / timedelta(minutes=1))
    waited = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
    if one.looked >= REQUIRED:
        return f"Two or more have looked at {what}, and after {waited} it is still not signed. Sign it, or say no."
    who = "Nobody who may sign has" if not one.looked else "Only one person who may sign has"
    return f"{who} looked at {what} for {waited}. Two have to sign it. Please look now."
