"""A conditional go waits: when it is asked about again, and what a moment's decision lets its posts do meanwhile.

The guide has a relevant moment that few speak of drafted and watched for two to four hours, published only if people
begin to talk, and gives it twelve hours. So the post is written, but nobody signs it until two people have scored the
moment afresh; they are asked to as soon as interest has moved, and at the latest when the four hours are over. How far
it has to move is ours. Pure: `now` and the figures come in.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta

WAITS, LET_GO = "conditional_go", "no_go"
DECIDED = "decided"
# The guide: watch for two to four hours, and no longer than twelve in all.
LOOK_AGAIN_AFTER = timedelta(hours=4)
OVER_AFTER = timedelta(hours=12)
# The guide's bands of interest: none, a corner of our people, the news, their feeds, in the midst of it.
_BAND_BEGINS = (1.0, 4.0, 7.0, 10.0)
MOVED_FAR = 2.0
"""Points after which interest has moved, whatever the band; into another band half of that is enough (both ours)."""


def moved(before: float, now: float) -> bool:
    """Whether the machine's interest is another one than it was: by two points, or by one into another band."""
    far = abs(now - before)
    return far >= MOVED_FAR or (far >= MOVED_FAR / 2 and _band(before) != _band(now))


def asks_again(
    decided_at: datetime, raised_at: datetime, waited_at: float, interest: float | None, now: datetime
) -> str:
    """Why a conditional go is to be scored afresh now, as a sentence; empty while it waits, or once it is over."""
    if now >= raised_at + OVER_AFTER:
        return ""
    if interest is not None and moved(waited_at, interest):
        how = "rose" if interest > waited_at else "fell"
        return f"Interest {how} from {waited_at:g} to {interest:g} since it was scored."
    if now >= decided_at + LOOK_AGAIN_AFTER:
        return "Four hours have passed since it was scored: see whether people talk about it by now."
    return ""


def may_not_leave(state: str | None, decision: str | None) -> str:
    """Why a post about a moment may go no further, as a sentence; empty where its decision lets it. None: no moment."""
    if state is None:
        return ""
    if state != DECIDED:
        return "Two people are scoring this moment afresh. They decide first whether it is still worth a word."
    if decision == LET_GO:
        return "Two people let this moment go. Withdraw the draft: nothing about it is published."
    if decision == WAITS:
        return (
            "This moment was scored “draft and wait”. It can be written, and goes to the approvers once people talk "
            "about it and two of the team have scored it again."
        )
    return ""


def _band(interest: float) -> int:
    return bisect_right(_BAND_BEGINS, interest)
