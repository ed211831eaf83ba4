"""Why an alert is let go: the six situations in which the guide keeps silent, and what was only noise.

Here, because the Desk offers the six as reasons in one click and the KPIs tell by them which alerts were worth raising.
A moment that a team leaves alone for one of them was real, and it was right to say so. Pure.
"""

from __future__ import annotations

SITUATIONS = (
    "Tragedy or crisis: people are grieving, and a brand has no part in that.",
    "Politics or a divisive issue: whatever we say, half of our people disagree.",
    "A culture or language that nobody here knows from the inside.",
    "Our buyers decide slowly and together: a quick post moves none of them.",
    "Regulated claims: legal cannot check this within the moment's time.",
    "Not enough people or practice on duty to do this carefully.",
)
"""The guide's six, in our words. The words are kept with each alert: change none, add at the end."""


def is_noise(reason: str, *, decided: bool) -> bool:
    """Whether an alert dismissed with this reason was noise (ours): before two people had decided about it, and for
    none of the six situations."""
    return not decided and not reason.startswith(SITUATIONS)
