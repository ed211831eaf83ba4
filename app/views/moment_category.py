"""What kind of moment it is, in a reader's words: the guide's category with its window, risk and signers, who says so,
and which of the six situations in which to stay out this looks like. Apart from `moment`, which puts the page together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import RowMapping, select

from app.views.words import category_title
from data.storage.store import Tx
from data.storage.tables import people
from scoring.reference import Category, load
from scoring.wrong_approaches import approach
from workflow.categories import choices, counting
from workflow.rules.approvals import REQUIRED
from workflow.rules.roles import PLAIN, Role

RISK = {
    "low": "low risk",
    "low_unless_disaster": "low risk, unless it is a disaster",
    "medium": "medium risk",
    "medium_high": "medium to high risk",
    "high": "high risk",
}
NOTES = {
    "fact_check": "Check the facts first.",
    "avoid_unless_core_to_mission": "Stay silent, unless it is what your brand is there for.",
    "answer_within_the_hour": "Answer within the hour.",
    "rights_clearance": "Ask whose picture or words it is before you use them.",
    "context_verification": "Read what it means before you join in.",
    "comparative_claims": "Legal reads whatever compares you with them.",
    "never_in_active_disaster": "Never while people are in danger.",
}


@dataclass(frozen=True)
class Kind:
    """The category that counts now. `machine`: what the judge suggests, where a person said otherwise, else empty.

    `also`: categories it had when people had decided already, whose signers are still asked for.
    """

    key: str
    title: str
    part: str
    why: str
    terms: str
    note: str
    chosen_by: str
    machine: str
    also: tuple[str, ...]


@dataclass(frozen=True)
class Situation:
    """One of the six: its name, what shows that it is there, and the better way."""

    title: str
    why: str
    instead: str


@cache
def eight() -> Mapping[str, str]:
    """Each category's key, and its line in the list to choose from."""
    return {key: f"{row.title} – {_terms(row)}" for key, row in load().categories.items()}


def kind_of(tx: Tx, verdict: RowMapping | None, opportunity: RowMapping | None) -> Kind | None:
    """The category that counts, the machine's or a person's; None until the judge has spoken."""
    if opportunity is None:
        return None
    key = opportunity["category"]
    own = opportunity["category_by"] is not None
    row = load().categories.get(key)
    suggested = verdict["category"] if verdict is not None else key
    same = verdict is not None and suggested == key
    part = row.part(verdict["subcategory"]) if row is not None and verdict is not None and same else None
    return Kind(
        key=key,
        title=category_title(key),
        part=part.title if part is not None else "",
        why=_reason(tx, opportunity["id"]) if own else verdict["category_why"] if verdict is not None and same else "",
        terms=_terms(row) if row is not None else "",
        note=" ".join(NOTES.get(one, "") for one in row.notes) if row is not None else "",
        chosen_by=_name(tx, opportunity["category_by"]) if own else "",
        machine=category_title(suggested) if suggested != key else "",
        also=tuple(category_title(one) for one in counting(tx, opportunity["id"])[1:]),
    )


def situations_of(verdict: RowMapping | None) -> tuple[Situation, ...]:
    """The situations that the newest verdict names, in the guide's order."""
    told = verdict["wrong_approaches"] if verdict is not None else ()
    known = [(approach(one["key"]), one["why"]) for one in told]
    return tuple(Situation(row.title, why, row.instead) for row, why in known if row is not None)


def _terms(row: Category) -> str:
    roles = [PLAIN[Role(role)] for role in row.signers]
    signers = " and ".join(roles if len(roles) >= REQUIRED else [*roles, "one more"])
    return f"{_window(row.window_minutes)} · {RISK[row.risk]} · {signers} must sign"


def _window(minutes: tuple[int, int] | None) -> str:
    if minutes is None:
        return "no window: silence is the rule"
    first, last = minutes
    if last <= 60:
        return f"answer in {first}–{last} min"
    return f"answer in {first} min–{last // 60} h" if first < 60 else f"answer in {first // 60}–{last // 60} h"


def _reason(tx: Tx, opportunity_id: int) -> str:
    """The newest choice's."""
    made = choices(tx, opportunity_id)
    return str(made[0]["why"]) if made else ""


def _name(tx: Tx, person_id: int) -> str:
    return str(tx.value(select(people.c.display_name).where(people.c.id == person_id)))
