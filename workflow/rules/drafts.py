"""The life of a draft: one dictionary of allowed moves. What is not in it cannot happen.

Here, because every door (pages, worker, replay, command line) must meet the same table. Who may make a move is in
`roles`, whether the signatures suffice in `approvals`, whether a post may leave in `gate`.

Three lines explain most of the table:
- Content that changes, its planned time included, goes back to writing and needs fresh signatures.
- The only way out of the house is scheduled -> claim -> publishing; from there on nothing is edited or sent again,
  unless it is certain that nothing left.
- Whoever may sign may also think again, until the moment a post is claimed.
"""

from __future__ import annotations

from enum import StrEnum

from data.errors import Refused


class State(StrEnum):
    """Where a draft is."""

    WRITING = "writing"
    IN_REVIEW = "in_review"
    APPROVED = "approved"  # for an instant, inside the last signer's transaction
    SCHEDULED = "scheduled"
    HELD = "held"
    BLOCKED = "blocked"  # the gate refused it, with reasons
    PUBLISHING = "publishing"  # claimed by a worker; the request may be on its way
    BY_HAND = "by_hand"  # due: a person posts it and pastes the address
    PUBLISHED = "published"
    UNKNOWN = "unknown"  # nobody knows yet whether it left
    NEEDS_TIME = "needs_time"  # agreed, but its time is past
    EXPIRED = "expired"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    """What can happen to a draft."""

    SUBMIT = "submit"
    EDIT = "edit"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    APPROVE_LAST = "approve_last"
    SCHEDULE = "schedule"
    HOLD = "hold"
    BACK_TO_REVIEW = "back_to_review"  # the last hold over it was lifted, it was blocked, or others must sign
    BLOCK = "block"
    CLAIM = "claim"
    SENT = "sent"
    LATER = "later"  # certainly not out: the platform could not be reached, or asked for patience
    LOST = "lost"  # the outcome of the request is not known
    CONFIRM_SENT = "confirm_sent"
    CONFIRM_NOT_SENT = "confirm_not_sent"
    HAND_OVER = "hand_over"
    LATE = "late"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


MOVES: dict[tuple[State, Move], State] = {
    (State.WRITING, Move.EDIT): State.WRITING,
    (State.WRITING, Move.SUBMIT): State.IN_REVIEW,
    (State.WRITING, Move.WITHDRAW): State.WITHDRAWN,
    #
    (State.IN_REVIEW, Move.EDIT): State.WRITING,
    (State.IN_REVIEW, Move.REQUEST_CHANGES): State.WRITING,
    (State.IN_REVIEW, Move.REJECT): State.REJECTED,
    (State.IN_REVIEW, Move.APPROVE_LAST): State.APPROVED,
    (State.IN_REVIEW, Move.EXPIRE): State.EXPIRED,
    (State.IN_REVIEW, Move.WITHDRAW): State.WITHDRAWN,
    #
    (State.APPROVED, Move.EDIT): State.WRITING,
    (State.APPROVED, Move.REQUEST_CHANGES): State.WRITING,
    (State.APPROVED, Move.REJECT): State.REJECTED,
    (State.APPROVED, Move.SCHEDULE): State.SCHEDULED,
    (State.APPROVED, Move.HOLD): State.HELD,
    (State.APPROVED, Move.LATE): State.NEEDS_TIME,
    (State.APPROVED, Move.EXPIRE): State.EXPIRED,
    (State.APPROVED, Move.WITHDRAW): State.WITHDRAWN,
    #
    (State.SCHEDULED, Move.EDIT): State.WRITING,
    (State.SCHEDULED, Move.REQUEST_CHANGES): State.WRITING,
    (State.SCHEDULED, Move.REJECT): State.REJECTED,
    (State.SCHEDULED, Move.HOLD): State.HELD,
    # The moment turned out to be of another kind, and others must sign.
    (State.SCHEDULED, Move.BACK_TO_REVIEW): State.IN_REVIEW,
    (State.SCHEDULED, Move.BLOCK): State.BLOCKED,
    (State.SCHEDULED, Move.CLAIM): State.PUBLISHING,
    (State.SCHEDULED, Move.LATE): State.NEEDS_TIME,
    (State.SCHEDULED, Move.EXPIRE): State.EXPIRED,
    (State.SCHEDULED, Move.WITHDRAW): State.WITHDRAWN,
    #
    (State.HELD, Move.EDIT): State.WRITING,
    (State.HELD, Move.REQUEST_CHANGES): State.WRITING,
    (State.HELD, Move.REJECT): State.REJECTED,
    (State.HELD, Move.HOLD): State.HELD,  # a second hold over the same post is never an error
    # The only way on: the world was dark meanwhile, so two people look again, however early the hold was lifted.
    (State.HELD, Move.BACK_TO_REVIEW): State.IN_REVIEW,
    (State.HELD, Move.WITHDRAW): State.WITHDRAWN,
    #
    (State.BLOCKED, Move.EDIT): State.WRITING,
    (State.BLOCKED, Move.REJECT): State.REJECTED,
    (State.BLOCKED, Move.BACK_TO_REVIEW): State.IN_REVIEW,
    (State.BLOCKED, Move.EXPIRE): State.EXPIRED,
    (State.BLOCKED, Move.WITHDRAW): State.WITHDRAWN,
    # The gate is asked once more inside the claim, so it can still block or find the post late.
    (State.PUBLISHING, Move.BLOCK): State.BLOCKED,
    (State.PUBLISHING, Move.LATE): State.NEEDS_TIME,
    (State.PUBLISHING, Move.HAND_OVER): State.BY_HAND,
    # Certainly not out, whoever claimed it: it waits in its place, and meets the whole gate again.
    (State.PUBLISHING, Move.LATER): State.SCHEDULED,
    (State.PUBLISHING, Move.SENT): State.PUBLISHED,
    (State.PUBLISHING, Move.LOST): State.UNKNOWN,
    # No edit: the text may already be out. A hold, or a verdict that turned, asks whether it is, instead of claiming
    # that it was stopped.
    (State.BY_HAND, Move.HOLD): State.UNKNOWN,
    (State.BY_HAND, Move.CONFIRM_SENT): State.PUBLISHED,
    (State.BY_HAND, Move.CONFIRM_NOT_SENT): State.NEEDS_TIME,
    #
    (State.UNKNOWN, Move.CONFIRM_SENT): State.PUBLISHED,
    (State.UNKNOWN, Move.CONFIRM_NOT_SENT): State.NEEDS_TIME,
    # A new time is new content: it is part of what was agreed.
    (State.NEEDS_TIME, Move.EDIT): State.WRITING,
    (State.NEEDS_TIME, Move.REJECT): State.REJECTED,
    (State.NEEDS_TIME, Move.EXPIRE): State.EXPIRED,
    (State.NEEDS_TIME, Move.WITHDRAW): State.WITHDRAWN,
    #
    (State.EXPIRED, Move.EDIT): State.WRITING,
    (State.EXPIRED, Move.WITHDRAW): State.WITHDRAWN,
}

FINAL = frozenset({State.PUBLISHED, State.REJECTED, State.WITHDRAWN})

PLAIN_STATE: dict[State, str] = {
    State.WRITING: "being written",
    State.IN_REVIEW: "in review",
    State.APPROVED: "approved",
    State.SCHEDULED: "scheduled",
    State.HELD: "on hold",
    State.BLOCKED: "blocked by the gate",
    State.PUBLISHING: "being published",
    State.BY_HAND: "waiting for a person to post it",
    State.PUBLISHED: "published",
    State.UNKNOWN: "of unknown outcome",
    State.NEEDS_TIME: "waiting for a new time",
    State.EXPIRED: "expired",
    State.REJECTED: "rejected",
    State.WITHDRAWN: "withdrawn",
}

PLAIN_MOVE: dict[Move, str] = {
    Move.SUBMIT: "submitted for review",
    Move.EDIT: "edited",
    Move.REQUEST_CHANGES: "sent back for changes",
    Move.REJECT: "rejected",
    Move.APPROVE_LAST: "approved",
    Move.SCHEDULE: "scheduled",
    Move.HOLD: "put on hold",
    Move.BACK_TO_REVIEW: "sent back to review",
    Move.BLOCK: "blocked",
    Move.CLAIM: "claimed for publishing",
    Move.SENT: "marked as sent",
    Move.LATER: "kept for a later try",
    Move.LOST: "marked as of unknown outcome",
    Move.CONFIRM_SENT: "confirmed as sent",
    Move.CONFIRM_NOT_SENT: "confirmed as not sent",
    Move.HAND_OVER: "handed over for posting by hand",
    Move.LATE: "sent to choose a new time",
    Move.EXPIRE: "expired",
    Move.WITHDRAW: "withdrawn",
}


def move(state: State, what: Move) -> State:
    """The state after the move. `Refused` (code `wrong_state`) where the table has no such move."""
    after = MOVES.get((state, what))
    if after is None:
        raise Refused(
            f"This draft is {PLAIN_STATE[state]} and cannot be {PLAIN_MOVE[what]}. {_instead(state)}",
            ("wrong_state",),
        )
    return after


def allowed(state: State) -> tuple[Move, ...]:
    """The moves that the table has for this state, in its order. Empty for a final state."""
    return tuple(what for (source, what) in MOVES if source == state)


def _instead(state: State) -> str:
    moves = allowed(state)
    if not moves:
        return "Its story is over: start a new draft instead."
    return f"From here it can be {', '.join(PLAIN_MOVE[what] for what in moves)}."
