"""That a verdict turned since somebody acted on it, in a reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.views.words import VERDICT, category_title
from data.storage.store import Store
from workflow.access import Person
from workflow.turns import Turn, turn_for


@dataclass(frozen=True)
class Turned:
    """What the banner says. `event_id` is what "seen" is said of."""

    event_id: int
    at: datetime
    now: datetime
    what: str
    why: str
    evidence: str
    darker: bool


def turned(store: Store, person: Person, alert_id: int) -> Turned | None:
    """What this person has not taken in yet; None when nothing turned."""
    with store.read() as tx:
        found = turn_for(tx, alert_id, person.id)
        if found is None:
            return None
        return Turned(found.event_id, found.at, tx.now, _what(found), found.why, found.evidence, found.darker)


def _what(found: Turn) -> str:
    """`the verdict turned from “Clear” to “Stop”`, by way of whatever lay between, and the category likewise."""
    said = []
    if len(found.path) > 1:
        first, *rest = [f"“{VERDICT[label].text}”" for label in found.path]
        said.append(f"the verdict turned from {first} to {', then to '.join(rest)}")
    if found.categories:
        first, last = (category_title(key) for key in found.categories)
        said.append(f"the kind of moment turned from “{first}” to “{last}”")
    return " and ".join(said)
