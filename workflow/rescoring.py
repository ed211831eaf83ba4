"""A conditional go in the tables: what it waits at, when the pair is asked again, and how each re-scoring came out.

Apart from `assess`, which takes scores and does not care why a round began. The rules are `workflow.rules.rescoring`;
the worker asks (`look_again`), and anybody who may score can ask sooner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alerts, assessments, opportunities, rescorings
from workflow.access import require
from workflow.judge import latest_verdict
from workflow.notices import tell
from workflow.rules.rescoring import DECIDED, WAITS, asks_again, may_not_leave
from workflow.triage import label_of

ASKED = "rescore_asked"


def look_again(store: Store) -> int:
    """Ask the pairs of conditional goes whose interest has moved, or whose time has come; how many were asked."""
    with store.read() as tx:
        if not _due(tx):
            return 0
    with store.write() as tx:
        due = _due(tx)
        for moment, why in due:
            _ask(tx, events.THE_PRODUCT, moment, why)
        return len(due)


def ask_now(store: Store, token: str, opportunity_id: int) -> None:
    """A person who may score asks for fresh scores before the machine does: they saw what no source brought."""
    with store.write() as tx:
        person = require(tx, token, "assess")
        moment = tx.row(_waiting().where(opportunities.c.id == opportunity_id))
        if moment is None:
            raise Refused("Only a moment that was scored “draft and wait” is scored again.", ("wrong_state",))
        _ask(tx, person.actor, moment, f"{person.display_name} asked for fresh scores.")


def waits_at(tx: Tx, moment: RowMapping, decision: str, people_say: float) -> dict[str, Any]:
    """The columns of a decision just made: for a conditional go, which interest its waiting is measured from."""
    interest = _machine_interest(tx, moment["alert_id"])
    waited_at = (people_say if interest is None else interest) if decision == WAITS else None
    return {"waits_at_interest": waited_at, "asks_again_at": None}


def note_outcome(tx: Tx, moment: RowMapping, outcome: Mapping[str, str | float]) -> None:
    """Keep what a re-scoring came to; nothing where this was the first scoring."""
    open_one = next((row for row in of_moment(tx, moment["id"]) if not row["after"]), None)
    if open_one is not None:
        after = {**outcome, "machine_interest": _machine_interest(tx, moment["alert_id"])}
        tx.run(update(rescorings).where(rescorings.c.id == open_one["id"]).values(after=after))


def of_moment(tx: Tx, opportunity_id: int) -> Sequence[RowMapping]:
    """Every re-scoring of a moment, oldest first."""
    return tx.rows(select(rescorings).where(rescorings.c.opportunity_id == opportunity_id).order_by(rescorings.c.id))


def why_not(tx: Tx, opportunity_id: int | None) -> str:
    """Why posts about this moment go no further now, as a sentence; empty where they may, or for a planned post."""
    if opportunity_id is None:
        return ""
    row = tx.row(select(opportunities).where(opportunities.c.id == opportunity_id))
    if row is None:
        raise BadInput("There is no such moment.")
    return may_not_leave(row["state"], row["decision"])


def _waiting() -> Any:
    """Conditional goes that nobody has been asked about again."""
    return (
        select(opportunities, alerts.c.raised_at)
        .join(alerts, alerts.c.id == opportunities.c.alert_id)
        .where(
            opportunities.c.state == DECIDED,
            opportunities.c.decision == WAITS,
            opportunities.c.asks_again_at.is_(None),
        )
    )


def _due(tx: Tx) -> list[tuple[RowMapping, str]]:
    found = []
    for row in tx.rows(_waiting().order_by(opportunities.c.id)):
        # Decided before the interest was kept: it waits at what people said.
        waited_at = row["waits_at_interest"] if row["waits_at_interest"] is not None else row["interest"]
        interest = _machine_interest(tx, row["alert_id"])
        why = asks_again(row["decided_at"], row["raised_at"], waited_at, interest, tx.now)
        if why:
            found.append((row, why))
    return found


def _ask(tx: Tx, actor: events.Actor, moment: RowMapping, why: str) -> None:
    """A fresh blind round; the decision so far stays on record, and its posts wait."""
    number = moment["round"] + 1
    before = {key: moment[key] for key in ("relevance", "interest", "decision")}
    before["machine_interest"] = moment["waits_at_interest"]
    row = {"opportunity_id": moment["id"], "at": tx.now, "round": number, "before": before, "after": {}, "why": why}
    tx.insert(insert(rescorings).values(**row))
    here = opportunities.c.id == moment["id"]
    tx.run(update(opportunities).where(here).values(state="assessing", round=number, asks_again_at=tx.now))
    events.append(tx, actor, ASKED, "opportunity", moment["id"], before=DECIDED, after="assessing", why=why)
    text = f"“{label_of(tx, moment['alert_id'])}”: {why} Give your points afresh."
    pair = {one["person_id"] for one in tx.rows(_scored(moment["id"]))}
    tell(tx, pair, "alert", "alert", moment["alert_id"], text, f"opportunity:{moment['id']}:round:{number}")


def _scored(opportunity_id: int) -> Any:
    return select(assessments.c.person_id).where(assessments.c.opportunity_id == opportunity_id)


def _machine_interest(tx: Tx, alert_id: int) -> float | None:
    verdict = latest_verdict(tx, alert_id)
    return float(verdict["interest"]) if verdict is not None else None
