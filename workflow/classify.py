"""A person says what kind of moment this is; from then on the machine's suggestion is only that.

One transaction: the moment's category and who chose it, an event row with what stood there before and why, and a row
among the corrections from which the machine learns. Choosing again undoes it. Apart from `corrections`, whose words
change nothing: a category decides whose signatures a post needs (`categories` says what a change may do to those).
A post that was signed under a milder category goes back to review, where the right people find it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import drafts, opportunities
from scoring.reference import load
from workflow.access import Person, require
from workflow.approve import standing_of
from workflow.categories import CHOSEN
from workflow.corrections import CATEGORY, LONGEST_REASON, keep
from workflow.judge import latest_verdict
from workflow.lifecycle import send_to
from workflow.rules.drafts import Move, State
from workflow.triage import opportunity_of

# Signed, and not on their way yet. A draft still in review is counted afresh at the next signature.
SIGNED = (State.SCHEDULED.value, State.HELD.value)


@dataclass(frozen=True)
class Chosen:
    """What became of it: the category before, and the signed drafts that went back to review."""

    before: str
    back_to_review: tuple[int, ...]


def choose_category(store: Store, token: str, alert_id: int, key: str, reason: str) -> Chosen:
    """Make `key` the category of the alert's moment, for a reason. BadInput for an unknown one or without a reason."""
    title = _title(key)
    why = _line(reason)
    with store.write() as tx:
        person = require(tx, token, "correct")
        moment = opportunity_of(tx, alert_id)
        if moment is None:
            raise Refused("The judge has not looked at this moment yet. Try again in a minute.", ("wrong_state",))
        if moment["category"] == key and moment["category_by"] is not None:
            raise Refused(f"It is “{title}” already, and a person has chosen that.", ("chosen_already",))
        tx.run(
            update(opportunities).where(opportunities.c.id == moment["id"]).values(category=key, category_by=person.id)
        )
        _write_down(tx, person, moment, key, why)
        return Chosen(moment["category"], _send_back(tx, person, moment["id"], title))


def _write_down(tx: Tx, person: Person, moment: RowMapping, key: str, why: str) -> None:
    decided = moment["decided_at"] is not None
    events.append(
        tx,
        person.actor,
        CHOSEN,
        "opportunity",
        moment["id"],
        before=moment["category"],
        after=key,
        why=why,
        detail={"decided": decided, "chosen_before_by": moment["category_by"]},
    )
    verdict = latest_verdict(tx, moment["alert_id"])
    machine = verdict["category"] if verdict is not None else moment["category"]
    scorer = verdict["scorer"] if verdict is not None else ""
    keep(
        tx,
        person.id,
        aspect=CATEGORY,
        machine=machine,
        person=key,
        reason=why,
        scorer=scorer,
        alert_id=moment["alert_id"],
    )


def _send_back(tx: Tx, person: Person, opportunity_id: int, title: str) -> tuple[int, ...]:
    """Signed posts whose signatures no longer suffice: the gate would refuse them, but only when it is late."""
    own = (drafts.c.opportunity_id == opportunity_id) & drafts.c.state.in_(SIGNED)
    short = [row for row in tx.rows(select(drafts).where(own).order_by(drafts.c.id)) if not _complete(tx, row)]
    for row in short:
        send_to(tx, person.actor, row, Move.BACK_TO_REVIEW, why=f"The moment is “{title}” now: others must sign too.")
    return tuple(row["id"] for row in short)


def _complete(tx: Tx, draft: RowMapping) -> bool:
    return standing_of(tx, draft).complete


def _title(key: str) -> str:
    known = load().categories.get(key)
    if known is None:
        raise BadInput(f"There is no category {key!r}. Choose one of the eight.")
    return known.title


def _line(reason: str) -> str:
    said = " ".join(reason.replace("\x00", "").split())
    if not said:
        raise BadInput("Say in one line why: whoever signs a post about it will ask.")
    if len(said) > LONGEST_REASON:
        raise BadInput(f"Keep the reason to one line of up to {LONGEST_REASON} characters.")
    return said
