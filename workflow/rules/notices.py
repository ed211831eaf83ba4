"""What people are told: the kinds of notice, what each is called, and which are urgent. One table, no choice elsewhere.

Here and not with the pages, because the inbox, the e-mail and the call to another program read the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a notice is about. The names go out to other programs (docs/notices.md): values are added, never changed."""

    HOLD_OPENED = "hold_opened"
    HOLD_LIFTED = "hold_lifted"
    SIGNATURE_WANTED = "signature_wanted"
    CHANGES_ASKED = "changes_asked"
    ESCALATION = "escalation"
    POST_FAILED = "post_failed"
    POST_BY_HAND = "post_by_hand"
    DRILL = "drill"
    DELETION = "deletion"
    ALERT = "alert"
    WEEKLY_REPORT = "weekly_report"
    TURNING = "turning"
    AMPLIFY = "amplify"


@dataclass(frozen=True)
class Words:
    """How people see a kind. `urgent`: also sent by e-mail to whoever chose nothing else (ours)."""

    label: str
    icon: str
    urgent: bool


WORDS: dict[Kind, Words] = {
    Kind.HOLD_OPENED: Words("A hold is on", ":material/front_hand:", True),
    Kind.HOLD_LIFTED: Words("A hold is off", ":material/play_circle:", False),
    Kind.SIGNATURE_WANTED: Words("Your signature is wanted", ":material/approval:", True),
    Kind.CHANGES_ASKED: Words("Your draft came back", ":material/edit_note:", False),
    Kind.ESCALATION: Words("Nobody has looked", ":material/priority_high:", True),
    Kind.POST_FAILED: Words("A post did not go out as planned", ":material/error:", True),
    Kind.POST_BY_HAND: Words("A post waits for your hands", ":material/front_hand:", True),
    Kind.DRILL: Words("A drill", ":material/timer:", True),
    Kind.DELETION: Words("A published post is taken down", ":material/delete:", True),
    Kind.ALERT: Words("An alert", ":material/notifications_active:", False),
    Kind.WEEKLY_REPORT: Words("The week in figures", ":material/summarize:", False),
    Kind.TURNING: Words("Replies to a post are turning negative", ":material/thumb_down:", True),
    Kind.AMPLIFY: Words("What a published post asks for", ":material/trending_up:", False),
}
URGENT = frozenset(kind for kind, words in WORDS.items() if words.urgent)


def wants(kind: Kind, chosen: object) -> bool:
    """Whether somebody who chose these kinds for e-mail gets this one; None chose nothing and gets the urgent ones."""
    if chosen is None:
        return kind in URGENT
    return isinstance(chosen, (list, tuple)) and kind.value in chosen
