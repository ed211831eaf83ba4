"""Undoing the last thing that one did with an alert, for a minute: a slip of the thumb needs no story.

Apart from `triage`, which makes the moves: here the row of the newest one is read, and what stood before is put back –
if it is the reader's own, and nobody has gone on from it. The ledger keeps both rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, or_, select, update

from data.errors import Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alerts, drafts, opportunities
from data.storage.tables import events as happened
from workflow.access import require
from workflow.notices import tell
from workflow.triage import DEEDS, alert_row, label_of

UNDO_FOR = timedelta(minutes=1)
UNDOABLE = ("claim", "assign", "snooze", "dismiss")
_INSTANTS = ("claimed_at", "snoozed_until")


def undo(store: Store, token: str, alert_id: int) -> str:
    """Take back the claim, assignment, snooze or dismissal that this person has just made; which of them it was.

    Refused when a minute is over, or when anybody has done anything about the moment since: their step was made
    knowing this one.
    """
    with store.write() as tx:
        person = require(tx, token, "triage")
        row = alert_row(tx, alert_id)
        deed = _last_deed(tx, alert_id)
        if deed is None or deed["actor_id"] != person.id or not _still_stands(tx, row, deed):
            raise Refused("There is nothing of yours to undo here: somebody went on from it.", ("wrong_state",))
        if tx.now - deed["at"] > UNDO_FOR:
            raise Refused("A minute has passed. Reopen it, or hand it back, instead.", ("too_late",))
        was = _from_plain(deed["detail"]["was"])
        tx.run(update(alerts).where(alerts.c.id == alert_id).values(**was))
        what = str(deed["kind"]).removeprefix("alert_")
        events.append(
            tx, person.actor, "alert_undo", "alert", alert_id, before=row["state"], after=was["state"],
            why=f"took back: {what}", detail={"deed": what},
        )  # fmt: skip
        if what == "assign":
            text = f"{person.display_name} took “{label_of(tx, alert_id)}” back: it is not yours after all."
            tell(tx, [row["claimed_by"]], "alert", "alert", alert_id, text, f"alert:{alert_id}:unassigned:{deed['id']}")
        return what


def undoable(tx: Tx, alert_id: int, person_id: int) -> str:
    """The deed that this person could still undo; empty when there is none."""
    deed = _last_deed(tx, alert_id)
    if deed is None or deed["actor_id"] != person_id or tx.now - deed["at"] > UNDO_FOR:
        return ""
    stands = _still_stands(tx, alert_row(tx, alert_id), deed)
    return str(deed["kind"]).removeprefix("alert_") if stands else ""


@dataclass(frozen=True)
class Undoable:
    """A step that its maker can still take back, until when."""

    alert_id: int
    deed: str
    until: datetime


def newest_of(tx: Tx, person_id: int) -> Undoable | None:
    """This person's newest step of the last minute, if it still can be taken back."""
    kinds = [f"alert_{deed}" for deed in (*UNDOABLE, "undo")]
    mine = (happened.c.actor_id == person_id) & (happened.c.at >= tx.now - UNDO_FOR) & happened.c.kind.in_(kinds)
    row = tx.row(select(happened).where(mine).order_by(happened.c.id.desc()).limit(1))
    if row is None:
        return None
    deed = undoable(tx, row["subject_id"], person_id)
    return Undoable(row["subject_id"], deed, row["at"] + UNDO_FOR) if deed else None


def _last_deed(tx: Tx, alert_id: int) -> RowMapping | None:
    """The newest step that people made on the alert, if it is one that can be undone."""
    own = (happened.c.subject == "alert") & (happened.c.subject_id == alert_id)
    kinds = [f"alert_{deed}" for _, deed in DEEDS] + ["alert_undo"]
    newest = tx.row(select(happened).where(own, happened.c.kind.in_(kinds)).order_by(happened.c.id.desc()).limit(1))
    undoable = newest is not None and newest["kind"] in [f"alert_{deed}" for deed in UNDOABLE]
    return newest if undoable and newest is not None and "was" in newest["detail"] else None


def _still_stands(tx: Tx, alert: RowMapping, deed: RowMapping) -> bool:
    """Whether the alert is as the deed left it, and no person did anything about the moment since."""
    if alert["state"] != deed["after"]:
        return False
    moment = select(opportunities.c.id).where(opportunities.c.alert_id == alert["id"])
    written = select(drafts.c.id).where(drafts.c.opportunity_id.in_(moment))
    about = or_(
        (happened.c.subject == "alert") & (happened.c.subject_id == alert["id"]),
        (happened.c.subject == "opportunity") & happened.c.subject_id.in_(moment),
        (happened.c.subject == "draft") & happened.c.subject_id.in_(written),
    )
    later = select(happened.c.id).where(about, happened.c.id > deed["id"], happened.c.actor_id.is_not(None))
    return tx.row(later.limit(1)) is None


def _from_plain(was: Mapping[str, Any]) -> dict[str, Any]:
    return {k: datetime.fromisoformat(v) if k in _INSTANTS and v else v for k, v in was.items()}
