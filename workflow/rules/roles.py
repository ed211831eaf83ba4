"""Who may do what: one table of actions, read by every use case before it changes anything.

Here, because a page that hides a button protects nothing. A role says what a person may do at all; the rules about
*this* draft (author, second signature, current content) are in `approvals`, and no role is exempt from those.
"""

from __future__ import annotations

from enum import StrEnum

from data.errors import Refused


class Role(StrEnum):
    """What a person is in the team. One person has one role."""

    SOCIAL_TEAM = "social_team"
    SOCIAL_LEAD = "social_lead"
    MANAGER = "manager"
    LEGAL = "legal"
    PR = "pr"
    CUSTOMER_SERVICE_LEAD = "customer_service_lead"
    EXECUTIVE = "executive"
    ADMINISTRATOR = "administrator"
    VIEWER = "viewer"


class Action(StrEnum):
    """What a person can set out to do."""

    READ = "read"
    READ_KPIS = "read_kpis"
    READ_NAMES = "read_names"
    TRIAGE = "triage"
    WATCH = "watch"
    ASSESS = "assess"
    CORRECT = "correct"
    WRITE = "write"
    NOTE_MEDIA = "note_media"
    REFUSE_MEDIA = "refuse_media"
    ANSWER_CHECKLIST = "answer_checklist"
    DECIDE_CHECKLIST = "decide_checklist"
    SIGN = "sign"
    SCHEDULE = "schedule"
    POST_BY_HAND = "post_by_hand"
    SETTLE_UNKNOWN = "settle_unknown"
    TAKE_DOWN = "take_down"
    OPEN_HOLD = "open_hold"
    LIFT_HOLD = "lift_hold"
    DRILL = "drill"
    SET_BLACKOUT = "set_blackout"
    ENTER_COST = "enter_cost"
    ARRANGE_DUTY = "arrange_duty"
    EXPERIMENT = "experiment"
    BREAK_SILENCE = "break_silence"
    REPORT = "report"
    ADMINISTER = "administer"


EVERYBODY = frozenset(Role)
WRITERS = frozenset({Role.SOCIAL_TEAM, Role.SOCIAL_LEAD, Role.MANAGER})
SIGNERS = frozenset({Role.SOCIAL_LEAD, Role.MANAGER, Role.LEGAL, Role.PR, Role.CUSTOMER_SERVICE_LEAD, Role.EXECUTIVE})

MAY: dict[Action, frozenset[Role]] = {
    Action.READ: EVERYBODY,
    Action.READ_KPIS: EVERYBODY,
    # How long each person took, by name: for who leads them, never by the way.
    Action.READ_NAMES: frozenset({Role.MANAGER}),
    Action.TRIAGE: WRITERS,
    # What is watched decides what everybody hears of: one of the leads, or whoever set the workspace up.
    Action.WATCH: frozenset({Role.SOCIAL_LEAD, Role.MANAGER, Role.ADMINISTRATOR}),
    Action.ASSESS: WRITERS,
    # To say that a verdict is wrong: whoever writes by it, and whoever signs by it. It opens no gate.
    Action.CORRECT: WRITERS | SIGNERS,
    Action.WRITE: WRITERS,
    # Where a picture comes from, and that one has looked at it: whoever uses it, and whoever signs for it.
    Action.NOTE_MEDIA: WRITERS | SIGNERS,
    Action.REFUSE_MEDIA: SIGNERS,
    Action.ANSWER_CHECKLIST: WRITERS,
    # The guide sends one or two open checks to a manager, and to nobody else.
    Action.DECIDE_CHECKLIST: frozenset({Role.MANAGER}),
    # An administrator runs the console and by that alone signs nothing.
    Action.SIGN: SIGNERS,
    Action.SCHEDULE: WRITERS | SIGNERS,
    Action.POST_BY_HAND: WRITERS,
    Action.SETTLE_UNKNOWN: WRITERS | SIGNERS,
    # What is out and hurts comes down at once: whoever signs or writes, on duty or not, and nobody above them is asked.
    Action.TAKE_DOWN: WRITERS | SIGNERS,
    # Stopping is always safe, so everybody who is signed in may do it. Going on again is a signature.
    Action.OPEN_HOLD: EVERYBODY,
    Action.LIFT_HOLD: SIGNERS,
    # Practice wakes everybody on duty: one of the leads decides when.
    Action.DRILL: frozenset({Role.SOCIAL_LEAD, Role.MANAGER}),
    Action.SET_BLACKOUT: frozenset({Role.MANAGER}),
    # What the programme costs in a month: what every price of an interaction is held against.
    Action.ENTER_COST: frozenset({Role.MANAGER}),
    # Who is on duty, and who is away: everybody says so of themselves, these say it of anybody.
    Action.ARRANGE_DUTY: frozenset({Role.SOCIAL_LEAD, Role.CUSTOMER_SERVICE_LEAD, Role.MANAGER, Role.ADMINISTRATOR}),
    # To leave a share of the moments alone, so that something can be learned; and to make an exception of one.
    Action.EXPERIMENT: frozenset({Role.MANAGER}),
    Action.BREAK_SILENCE: frozenset({Role.SOCIAL_LEAD, Role.MANAGER}),
    # To put words on the week's figures, and send them.
    Action.REPORT: frozenset({Role.SOCIAL_LEAD, Role.MANAGER}),
    Action.ADMINISTER: frozenset({Role.ADMINISTRATOR}),
}

PLAIN: dict[Role, str] = {
    Role.SOCIAL_TEAM: "social team",
    Role.SOCIAL_LEAD: "social lead",
    Role.MANAGER: "manager",
    Role.LEGAL: "legal",
    Role.PR: "PR",
    Role.CUSTOMER_SERVICE_LEAD: "customer-service lead",
    Role.EXECUTIVE: "executive",
    Role.ADMINISTRATOR: "administrator",
    Role.VIEWER: "viewer",
}


def may(role: str, action: str) -> bool:
    """Whether the role may set out to do this. ValueError for a role or an action that nobody knows."""
    return Role(role) in MAY[Action(action)]


def require(role: str, action: str) -> None:
    """Return if the role may, else raise `Refused` saying who could do it instead."""
    if not may(role, action):
        able = ", ".join(PLAIN[one] for one in Role if one in MAY[Action(action)])
        what = Action(action).replace("_", " ")
        raise Refused(
            f"Your role ({PLAIN[Role(role)]}) may not {what}. Ask somebody with one of these roles: {able}.",
            ("role_may_not",),
        )
