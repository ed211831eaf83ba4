"""Two blind assessments: what they come to, and who may see them when.

The arithmetic of the guide's assessment workflow: two people score relevance and interest from 0 to 10 without
seeing each other's numbers; more than two points apart they talk and score again; otherwise the mean is plotted.
The matrix itself is in `scoring.matrix`, because the machine plots its own suggestion on the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.errors import BadInput, Refused
from scoring.contract import Cell
from scoring.matrix import cell

ASSESSORS = 2
LOWEST, HIGHEST = 0, 10
WIDEST_GAP = 2
"""Points on a scale that two people may be apart (the guide)."""
FIVE_MINUTES = timedelta(minutes=5)
"""How long the guide gives the pair, from when it is asked. A score that comes later counts all the same."""


@dataclass(frozen=True)
class Assessment:
    """One person's scores in one round, whole points from 0 to 10."""

    person_id: int
    relevance: int
    interest: int
    note: str
    at: datetime


@dataclass(frozen=True)
class Waiting:
    """Scores are missing: `given` of two people have theirs in."""

    given: int


@dataclass(frozen=True)
class Discuss:
    """Too far apart: a note of the discussion, then a fresh round. Gaps in points."""

    gap_relevance: int
    gap_interest: int


@dataclass(frozen=True)
class Plotted:
    """The means and the quadrant they fall into."""

    relevance: float
    interest: float
    cell: Cell


Outcome = Waiting | Discuss | Plotted


def check(assessment: Assessment) -> None:
    """Return if both scores are whole points on the scale, else raise `BadInput` naming the score."""
    for name, value in (("Relevance", assessment.relevance), ("Interest", assessment.interest)):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole and LOWEST <= value <= HIGHEST):
            raise BadInput(f"{name} is scored in whole points from {LOWEST} to {HIGHEST}, not {value!r}.")


def outcome(given: Sequence[Assessment]) -> Outcome:
    """What one round comes to. Only the first scores of the first two people count: later ones are not blind."""
    blind = _blind(given)
    if len(blind) < ASSESSORS:
        return Waiting(len(blind))
    one, other = blind
    gap_relevance = abs(one.relevance - other.relevance)
    gap_interest = abs(one.interest - other.interest)
    if max(gap_relevance, gap_interest) > WIDEST_GAP:
        return Discuss(gap_relevance, gap_interest)
    relevance = (one.relevance + other.relevance) / ASSESSORS
    interest = (one.interest + other.interest) / ASSESSORS
    return Plotted(relevance, interest, cell(relevance, interest))


def left_to_score(began_at: datetime, now: datetime) -> timedelta:
    """What is left of the five minutes; negative once they are over."""
    return began_at + FIVE_MINUTES - now


def visible_to(person_id: int, given: Sequence[Assessment]) -> tuple[Assessment, ...]:
    """What this person may see of a round: one's own, and the others' once the round is complete."""
    if len(_blind(given)) >= ASSESSORS:
        return tuple(given)
    return tuple(one for one in given if one.person_id == person_id)


def refusal_to_assess(person_id: int, given: Sequence[Assessment]) -> Refused | None:
    """Why this person may not add scores to a round, or None."""
    if any(one.person_id == person_id for one in given):
        return Refused("You have given your scores in this round already.", ("already_assessed",))
    if len(_blind(given)) >= ASSESSORS:
        return Refused("Two people have scored this already, so a third score would not be blind.", ("round_complete",))
    return None


def _blind(given: Sequence[Assessment]) -> list[Assessment]:
    first: dict[int, Assessment] = {}
    for one in sorted(given, key=lambda assessment: assessment.at):
        first.setdefault(one.person_id, one)
    return list(first.values())[:ASSESSORS]
