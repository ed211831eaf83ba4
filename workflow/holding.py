"""What every hold has in common, whoever opens it: its row, the posts it stops at once, and those it stops later.

Under `hold`, where people open and lift, and `holds_by_rule`, where news, warnings and verdicts do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import RowMapping, delete, insert, update

from data.storage import events
from data.storage.store import Tx
from data.storage.tables import drills, hold_lifts, holds
from scoring.contract import Reason, Scope
from workflow import stopped as stopped_posts
from workflow import telling
from workflow.held import covering, in_states
from workflow.lifecycle import facts_of, send_all, send_to, state_of
from workflow.rules.drafts import Move, State
from workflow.rules.holds import covers


def open_hold(
    tx: Tx,
    actor: events.Actor,
    brand_id: int,
    scope: Scope,
    reasons: Sequence[Reason],
    origin: str,
    note: str,
    planned_end: datetime | None,
) -> tuple[int, tuple[int, ...]]:
    words = [asdict(reason) for reason in reasons]
    hold_id = tx.insert(
        insert(holds).values(
            brand_id=brand_id,
            scope_kind=scope.kind,
            scope_value=scope.value,
            origin=origin,
            reasons=words,
            note=note.strip(),
            opened_by=actor.id,
            opened_at=tx.now,
            planned_end=planned_end,
        )
    )
    # Nobody must take this for practice.
    tx.run(update(drills).where(drills.c.ended_at.is_(None)).values(ended_at=tx.now, note="A real hold opened."))
    detail = {"scope": asdict(scope), "reasons": words}
    events.append(tx, actor, "hold_opened", "hold", hold_id, after="open", why=note, detail=detail)
    codes = sorted({reason.code for reason in reasons})
    # A post handed to a person may be out already: the hold turns it into a question instead of claiming to stop it.
    stoppable = in_states(tx, (State.SCHEDULED, State.BY_HAND))
    stopped = [row for row in stoppable if covers(scope, facts_of(row))]
    why, said = f"hold {hold_id}", {"hold": hold_id, "reasons": codes}
    send_all(tx, actor, [row for row in stopped if state_of(row) != State.BY_HAND], Move.HOLD, why=why, detail=said)
    for row in stopped:
        if state_of(row) == State.BY_HAND:
            send_to(tx, actor, row, Move.HOLD, why=why, detail=said)
    telling.hold_opened(tx, hold_id, actor, len(stopped))
    for row in in_states(tx, (State.BLOCKED,)):
        # It is stopped already; whoever decides about it should read this too.
        if row["updated_at"] > tx.now - stopped_posts.LOOKED_AT and covers(scope, facts_of(row)):
            stopped_posts.add(tx, row, reasons)
    return hold_id, tuple(row["id"] for row in stopped)


def hold_if_covered(tx: Tx, draft: RowMapping) -> bool:
    """A post that comes onto the schedule while a hold is on is held from its first instant."""
    found = covering(tx, draft)
    if found:
        codes = sorted({reason["code"] for row in found for reason in row["reasons"]})
        detail = {"hold": found[0]["id"], "reasons": codes}
        send_to(tx, events.THE_PRODUCT, draft, Move.HOLD, why=f"hold {found[0]['id']}", detail=detail)
    for row in found:
        withdrawn = ask_again(tx, row["id"])
        if withdrawn:
            said = {"draft": draft["id"], "agreements_withdrawn": withdrawn}
            events.append(tx, events.THE_PRODUCT, "hold_posts_added", "hold", row["id"], detail=said)
    return bool(found)


def ask_again(tx: Tx, hold_id: int) -> int:
    """Whoever had agreed to lift it had not seen what came under it since. How many agreements fell."""
    return tx.run(delete(hold_lifts).where(hold_lifts.c.hold_id == hold_id))
