"""What may be done after a request to a platform that did not end in a receipt. Pure: the outbox does it.

Two questions decide. Is it certain that this request did nothing (`publishing.trouble`)? And is there an earlier one
of the same post of which nobody knows what became? Only where nothing at all can be out may the post go back to the
schedule or to its author; else it is asked for again under the same key while the platform keeps that key, or looked
up, or left to a person. So on a platform without keys no second request begins after one whose outcome is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from data.errors import ChannelError
from publishing.channels import Channel
from publishing.trouble import Declined, Gone, Limited, NotBegun
from workflow.schedule import LONGEST_WAIT

# After so many requests without an answer a person takes over (ours).
MOST_ATTEMPTS = 5
# Between two tries where the platform did not say how long it wants to be left alone (ours).
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
# The first such pause where a request may have been done: the platform is given time to be itself again (ours).
ANSWER_PAUSE = timedelta(seconds=15)
# A key counts as forgotten so long before the platform forgets it: a request takes its time to arrive (ours).
KEY_MARGIN = timedelta(minutes=1)
# Somebody hears of a post that waits longer than this, or whose moment is over within this (ours).
PATIENCE = timedelta(minutes=10)


class Then(StrEnum):
    """What becomes of the post."""

    LATER = "later"  # nothing is out: it waits on the schedule
    REFUSED = "refused"  # nothing is out, and the platform said no: its author changes something
    AGAIN = "again"  # it may be out: the same key once more, which cannot make a second post
    UNKNOWN = "unknown"  # it may be out: look it up, or ask a person


@dataclass(frozen=True)
class Doubt:
    """What is known of earlier requests for a post. `begun`: those of which nobody knows what became."""

    begun: int
    first_begun_at: datetime | None


def certainly_nothing(error: Exception) -> bool:
    """Whether this request certainly did nothing. A plain ChannelError, or a bug, does not say so."""
    return isinstance(error, (NotBegun, Limited, Declined, Gone))


def then(error: Exception, channel: Channel, earlier: Doubt, again_at: datetime) -> Then:
    """What becomes of a post whose latest request ended in `error`; `earlier` does not count that one.

    `again_at`: when the next request would be.
    """
    nothing = certainly_nothing(error)
    if nothing and not earlier.begun:
        return Then.LATER if isinstance(error, (NotBegun, Limited)) else Then.REFUSED
    if isinstance(error, (Declined, Gone)):
        return Then.UNKNOWN  # it says no to this one, perhaps because it took the one before
    doubt = earlier if nothing else Doubt(earlier.begun + 1, earlier.first_begun_at)
    return Then.AGAIN if repeatable(channel, doubt, again_at) else Then.UNKNOWN


def repeatable(channel: Channel, doubt: Doubt, at: datetime) -> bool:
    """Whether the same key may be sent again then: the platform keeps it, and the post is not long past its time."""
    if not channel.idempotent or doubt.begun >= MOST_ATTEMPTS or doubt.first_begun_at is None:
        return False
    keeps = LONGEST_WAIT if channel.repeatable_for is None else min(channel.repeatable_for - KEY_MARGIN, LONGEST_WAIT)
    return at - doubt.first_begun_at < keeps


def pause(error: Exception, tries: int) -> timedelta:
    """How long to wait before try number `tries` + 1: as long as the platform asks for, or ever longer."""
    if isinstance(error, Limited) and error.after:
        return error.after
    wait = FIRST_PAUSE if certainly_nothing(error) else ANSWER_PAUSE
    for _ in range(min(tries - 1, 10)):
        wait *= 2
    return min(wait, LONGEST_PAUSE)


def words(error: Exception, channel: Channel) -> str:
    """What a person reads of it: the platform's own reason, or that our own program failed."""
    if isinstance(error, ChannelError):
        return error.message
    return f"Our way to {channel.label} failed; the log says why."


def worth_telling(due: datetime, next_try_at: datetime, closes_at: datetime | None) -> bool:
    """Whether somebody should hear that a post waits: it takes long, or its moment is over before it can leave."""
    return next_try_at - due > PATIENCE or (closes_at is not None and closes_at - next_try_at < PATIENCE)
