"""A moment's story, from the event rows of its alert, its opportunity and its drafts, as far as blindness allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, or_, select

from data.storage.events import SYSTEM
from data.storage.store import Tx
from data.storage.tables import alerts, drafts, events, mutes
from workflow.access import Person
from workflow.assess import ASSESSING, Round
from workflow.rules.drafts import PLAIN_MOVE, Move
from workflow.turns import SEEN, TURNED

MOST_EVENTS = 200

EVENT_WORDS = {
    "alert_raised": "raised the alert",
    "alert_judged": "judged it",
    "alert_claim": "claimed it",
    "alert_release": "handed it back",
    "alert_assign": "gave it away",
    "alert_undo": "took a step back",
    "alert_snooze": "put it aside",
    "alert_woken": "woke it again",
    "alert_dismiss": "dismissed it",
    "alert_reopen": "opened it again",
    "alert_escalated": "saw it double again",
    "alert_joined": "took another name for it in",
    "alert_split": "split a topic off",
    "alert_note": "noted",
    "draft_block_more": "found more against the blocked draft",
    "hold_posts_added": "put another post under the hold: whoever had agreed to lift it is asked again",
    "alert_delivered": "told it, after the quiet hours or a mute",
    "alert_by_hand": "saw it",
    "muted": "muted the topic",
    "unmuted": "ended the mute",
    "mute_ended": "ended the mute: its time was over",
    "assessed": "gave scores",
    "discussion_needed": "scored more than two points away from the other",
    "discussed": "wrote down the discussion",
    "decided": "completed the decision",
    "rescore_asked": "asked for fresh scores",
    "category_chosen": "said what kind of moment it is",
    "verdict_corrected": "sees it otherwise",
    "verdict_confirmed": "agreed with the verdict",
    "verdict_changed": "judged it otherwise than before",
    "verdict_change_seen": "has seen that the verdict turned",
    "draft_started": "began a draft",
    "draft_escalated": "told somebody else, because too few had looked at the draft",
    "signed_approve": "approved the draft",
    "signed_changes": "asked for changes",
    "signed_reject": "rejected the draft",
    "deletion_asked": "decided that the post must go",
    "deletion_failed": "could not take it down yet",
    "deletion_by_hand": "left it to a person to take down",
    "deletion_done": "saw that it is gone",
    "deletion_explained": "said why it had to go",
    "publication_gone": "found the post gone from its platform",
    "publication_edited": "found the post's words changed on its platform",
    "spend_entered": "noted money behind the post",
    "spend_voided": "took an entry of money back",
    "advice_given": "advised",
    "advice_done": "did what was advised",
    "advice_declined": "left what was advised",
    "advice_reopened": "took the word on an advice back",
    "cascade_begun": "laid out the next channel",
    "cascade_prepared": "prepared the draft for the next channel",
    "cascade_closed": "closed a step to the next channel",
    "cascade_declined": "left the next channel out",
    "cascade_reopened": "took the next channel in again",
}


@dataclass(frozen=True)
class Happening:
    """A line of the moment's history."""

    at: datetime
    who: str
    what: str
    why: str


def history(
    tx: Tx, alert_id: int, opportunity: RowMapping | None, seen: Round | None, person: Person
) -> tuple[Happening, ...]:
    """Every event row of the alert, its opportunity and its drafts, newest first, as far as blindness allows."""
    rows = tx.rows(rows_about(alert_id, opportunity).order_by(events.c.id.desc()).limit(MOST_EVENTS))
    return tuple(_happening(row) for row in rows if not would_tell(row, seen, person))


def rows_about(alert_id: int, opportunity: RowMapping | None) -> Select[Any]:
    """The event rows of an alert, of what hid it, of its opportunity and of its drafts."""
    mine = [(events.c.subject == "alert") & (events.c.subject_id == alert_id)]
    hiding = (
        select(mutes.c.id)
        .join(alerts, (alerts.c.topic_id == mutes.c.topic_id) & (alerts.c.kind == mutes.c.kind))
        .where(alerts.c.id == alert_id, mutes.c.opened_at >= alerts.c.raised_at)
    )
    mine.append((events.c.subject == "mute") & events.c.subject_id.in_(hiding))
    if opportunity is not None:
        mine.append((events.c.subject == "opportunity") & (events.c.subject_id == opportunity["id"]))
        own = select(drafts.c.id).where(drafts.c.opportunity_id == opportunity["id"])
        mine.append((events.c.subject == "draft") & events.c.subject_id.in_(own))
    return select(events).where(or_(*mine))


def would_tell(row: RowMapping, seen: Round | None, person: Person) -> bool:
    """Whether the row tells somebody who has yet to score that another has."""
    if seen is None or seen.mine is not None or seen.state != ASSESSING or row["actor_id"] == person.id:
        return False
    if row["kind"] == "assessed":
        return bool(row["detail"].get("round") == seen.number)
    # A verdict is only said to have turned where somebody had acted on it.
    return row["kind"] in (TURNED, SEEN)


def _happening(row: RowMapping) -> Happening:
    return Happening(row["at"], who_did(row), words_for(row["kind"]), row["why"])


def who_did(row: RowMapping) -> str:
    """The person's name as it was then, or the product's, or an operator's at a terminal."""
    return "Tact" if row["actor_id"] is None and row["actor"] == SYSTEM else str(row["actor"])


def words_for(kind: str) -> str:
    """What happened, to stand after the name of who did it."""
    return EVENT_WORDS.get(kind) or _draft_words(kind)


def _draft_words(kind: str) -> str:
    name = kind.removeprefix("draft_")
    words = PLAIN_MOVE[Move(name)] if kind != name and name in set(Move) else kind.replace("_", " ")
    return f"draft {words}" if kind != name else words
