"""Who must sign a post, why, and how fast, in the sentences that the draft and the case show."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping

from data.reference import playbook
from data.storage.store import Tx
from workflow.rules.approvals import REQUIRED
from workflow.tiering import Fast, fast_for, needed_for

ANYBODY = "Any two people who may sign, neither of them an author."


@dataclass(frozen=True)
class TierView:
    """`reasons`: who must be among the signers and why, a sentence each. `notes`: what changed nothing, or eased it."""

    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    fast: str
    people: int

    @property
    def heading(self) -> str:
        return f"{self.people} people sign, none of them an author." if self.reasons else ANYBODY


def tier_view(tx: Tx, draft: RowMapping) -> TierView:
    """Read the tier of a draft as it is now."""
    needed = needed_for(tx, draft)
    fast = _fast(fast_for(tx, draft), playbook(draft["platform"]).label)
    return TierView(needed.reasons, needed.notes, fast, max(REQUIRED, len(needed.tier)))


def _fast(fast: Fast, platform: str) -> str:
    signed = f"On {platform} both signatures are wanted within {_within(fast.approve)}."
    return f"Such a moment is answered within {_within(fast.respond)}. {signed}" if fast.respond is not None else signed


def _within(minutes: tuple[int, int]) -> str:
    """`15 to 60 minutes`, `30 minutes to 4 hours`, `15 minutes`."""
    (first, unit), (last, last_unit) = (_unit(one) for one in minutes)
    if minutes[0] == minutes[1]:
        return f"{last} {last_unit}"
    return f"{first} to {last} {last_unit}" if unit == last_unit else f"{first} {unit} to {last} {last_unit}"


def _unit(minutes: int) -> tuple[str, str]:
    return (f"{minutes / 60:g}", "hours") if minutes > 60 and minutes % 30 == 0 else (str(minutes), "minutes")
