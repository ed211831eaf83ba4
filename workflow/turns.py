"""When a verdict turns after somebody acted on it: said aloud, until each of those people has acted anew or seen it.

A verdict is judged again and again; most of that concerns nobody. But whoever scored a moment, wrote about it or signed
by a verdict must never find it changed behind their back. Such a turn is an event row of its own, and it is drawn on
every page about the moment for each person until it is theirs. It voids nothing: people decide what it means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, exists, func, or_, select

from data.errors import BadInput
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import assessments, corrections, drafts, opportunities
from data.storage.tables import events as happened
from scoring.contract import MomentVerdict, Tragedy
from workflow.access import require

TURNED, SEEN = "verdict_changed", "verdict_change_seen"
# A page tells of a turn within five seconds. Whoever acts sooner than this after it did not know of it (ours).
NOTICED_AFTER = timedelta(seconds=15)
_ORDER = tuple(one.value for one in Tragedy)
# What a person does on a moment knowing its verdict.
_ACTS = (
    "assessed",
    "discussed",
    "draft_started",
    "draft_edit",
    "draft_submit",
    "draft_withdraw",
    "draft_back_to_review",
    "signed_approve",
    "signed_changes",
    "signed_reject",
    "verdict_corrected",
    "verdict_confirmed",
    "alert_dismiss",
)


@dataclass(frozen=True)
class Turn:
    """How the verdict changed since a person last acted on it. `path`: its words from then to now, each once in a row;
    `categories`: the first and the last, where those differ.

    `event_id`: the newest of the changes; `why` and `evidence` speak for the verdict as it is now.
    """

    event_id: int
    at: datetime
    path: tuple[str, ...]
    categories: tuple[str, ...]
    why: str
    evidence: str

    @property
    def darker(self) -> bool:
        return _ORDER.index(self.path[-1]) > _ORDER.index(self.path[0])


def tell(tx: Tx, alert_id: int, before: RowMapping | None, verdict: MomentVerdict) -> None:
    """Write down that the verdict turned, if it did and somebody had acted on the one before."""
    if before is None:
        return
    old, new = before["tragedy"], verdict.tragedy.label.value
    row = tx.row(select(opportunities).where(opportunities.c.alert_id == alert_id))
    # What a person called it stands, whatever the machine calls it since.
    chosen = row is not None and row["category_by"] is not None
    categories = () if chosen or before["category"] == verdict.category else (before["category"], verdict.category)
    if (old == new and not categories) or not acted_on(tx, alert_id, row):
        return
    reason = max(verdict.tragedy.reasons, key=lambda one: one.weight, default=None)
    detail = {"categories": list(categories), "evidence": reason.evidence if reason else ""}
    why = reason.text if reason else ""
    events.append(tx, events.THE_PRODUCT, TURNED, "alert", alert_id, before=old, after=new, why=why, detail=detail)


def acted_on(tx: Tx, alert_id: int, opportunity: RowMapping | None) -> bool:
    """Whether somebody scored, decided, wrote or said anything by the verdict on this alert."""
    asked: list[ColumnElement[bool]] = [exists().where(corrections.c.alert_id == alert_id)]
    if opportunity is not None:
        asked.append(exists().where(assessments.c.opportunity_id == opportunity["id"]))
        asked.append(exists().where(drafts.c.opportunity_id == opportunity["id"]))
    decided = opportunity is not None and opportunity["decided_at"] is not None
    return decided or bool(tx.value(select(or_(*asked))))


def turn_for(tx: Tx, alert_id: int, person_id: int) -> Turn | None:
    """What turned and this person has not taken in yet; None when nothing.

    While a moment is being scored, whoever has done nothing there is told nothing: that it turned *after somebody
    acted* would tell them that another has scored. They see the verdict as it is.
    """
    told = tx.rows(_told(alert_id).order_by(happened.c.id))
    if not told:
        return None
    acted = _last_act(tx, alert_id, person_id)
    if acted is None and not _decided(tx, alert_id):
        return None
    seen = _seen_to(tx, alert_id, person_id, told, acted)
    unseen = [row for row in told if row["id"] > seen]
    found = _turn(unseen) if unseen else None
    # A category that turned and turned back concerns nobody; a verdict that was darker for a while does.
    return found if found is not None and (len(found.path) > 1 or found.categories) else None


def newest_turn(tx: Tx, alert_id: int | None) -> int:
    """The newest turn of an alert's verdict, whoever has seen it; 0 when it never turned."""
    if alert_id is None:
        return 0
    return int(tx.value(_told(alert_id).with_only_columns(func.max(happened.c.id))) or 0)


def darker_since(tx: Tx, alert_id: int | None, seen: int) -> RowMapping | None:
    """The newest turn to a darker word after the turn `seen`; None when there is none."""
    if alert_id is None:
        return None
    rows = tx.rows(_told(alert_id).where(happened.c.id > seen).order_by(happened.c.id.desc()))
    return next((row for row in rows if _ORDER.index(row["after"]) > _ORDER.index(row["before"])), None)


def mark_seen(store: Store, token: str, alert_id: int, event_id: int) -> None:
    """ "I have seen it": the turns up to this one are no longer drawn for this person. Twice is once."""
    with store.write() as tx:
        person = require(tx, token, "read")
        if event_id not in {row["id"] for row in tx.rows(_told(alert_id))}:
            raise BadInput("That change is not of this moment. Reload the page.")
        if _marked(tx, alert_id, person.id) < event_id:
            events.append(tx, person.actor, SEEN, "alert", alert_id, detail={"event": event_id})


def _told(alert_id: int) -> Select[Any]:
    return select(happened).where(
        happened.c.subject == "alert", happened.c.subject_id == alert_id, happened.c.kind == TURNED
    )


def _decided(tx: Tx, alert_id: int) -> bool:
    at = tx.value(select(opportunities.c.decided_at).where(opportunities.c.alert_id == alert_id))
    return at is not None


def _seen_to(tx: Tx, alert_id: int, person_id: int, told: Sequence[RowMapping], acted: datetime | None) -> int:
    """The newest turn that the person knows of: by saying so, or by acting when it had been on their screen."""
    known: list[int] = [row["id"] for row in told if acted is not None and row["at"] + NOTICED_AFTER <= acted]
    return max([_marked(tx, alert_id, person_id), *known])


def _marked(tx: Tx, alert_id: int, person_id: int) -> int:
    rows = tx.rows(
        select(happened.c.detail).where(
            happened.c.subject == "alert",
            happened.c.subject_id == alert_id,
            happened.c.kind == SEEN,
            happened.c.actor_id == person_id,
        )
    )
    return max((int(row["detail"]["event"]) for row in rows), default=0)


def _last_act(tx: Tx, alert_id: int, person_id: int) -> datetime | None:
    opportunity = select(opportunities.c.id).where(opportunities.c.alert_id == alert_id)
    written = select(drafts.c.id).where(drafts.c.opportunity_id.in_(opportunity))
    about = or_(
        (happened.c.subject == "alert") & (happened.c.subject_id == alert_id),
        (happened.c.subject == "opportunity") & happened.c.subject_id.in_(opportunity),
        (happened.c.subject == "draft") & happened.c.subject_id.in_(written),
    )
    mine = (happened.c.actor_id == person_id) & happened.c.kind.in_(_ACTS)
    at: datetime | None = tx.value(select(happened.c.at).where(about, mine).order_by(happened.c.id.desc()).limit(1))
    return at


def _turn(unseen: Sequence[RowMapping]) -> Turn:
    last = unseen[-1]
    path = [unseen[0]["before"], *(row["after"] for row in unseen)]
    named = [name for row in unseen for name in row["detail"].get("categories", ())]
    return Turn(
        event_id=last["id"],
        at=last["at"],
        path=_each_once(path),
        categories=(named[0], named[-1]) if named and named[0] != named[-1] else (),
        why=last["why"],
        evidence=last["detail"].get("evidence", ""),
    )


def _each_once(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for n, word in enumerate(words) if n == 0 or words[n - 1] != word)
