"""Drills: a practice pause that stops nothing and measures everything.

It goes the way of a real pause: the same right of way among writers, the same look at the posts it would meet, then the
real gate asked with the practised hold as if it were in force, until it refuses. A drill is never a row of `holds`, so
that nothing can mistake one for the other; a real hold ends a drill at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import drill_answers, drills
from scoring.contract import Scope, TextScorer
from workflow import brand as brands
from workflow import hold
from workflow.access import require
from workflow.duty import to_tell
from workflow.gatekeeper import gate_facts
from workflow.held import open_rows, preview
from workflow.lifecycle import draft_row
from workflow.notices import tell
from workflow.rules.codes import Code
from workflow.rules.facts import HoldFact
from workflow.rules.gate import nothing_holds_it
from workflow.schedule import live_post

# Nobody should wonder for longer whether it is still practice (ours).
LASTS = timedelta(minutes=15)
# After so long without practice the people who would need it have changed (ours).
REMIND_AFTER = timedelta(days=30)
EVERYTHING = Scope("everything")


def start(store: Store, scorer: TextScorer, token: str) -> int:
    """Practise a pause of everything, now. The drill's id, once the gate was seen closed and the way out empty."""
    clicked = store.now()
    with store.write() as tx:
        person = require(tx, token, "drill")
        _refuse_now(tx)
        met = preview(tx, EVERYTHING)
        leaving, stops = [one.id for one in met.leaving], [one.id for one in met.stops]
        detail: dict[str, Any] = {"scope": asdict(EVERYTHING), "stops": len(stops), "leaving": leaving}
        row = {"brand_id": brands.the_brand(tx).id, "opened_by": person.id, "opened_at": clicked, "detail": detail}
        drill_id = tx.insert(insert(drills).values(**row, note=""))
        events.append(tx, person.actor, "drill_started", "drill", drill_id, after="running", detail=detail)
        _tell(tx, drill_id, person.display_name)
    closed = _closed_at(store, scorer, drill_id, stops[:1])
    drained = _drained_at(store, leaving)
    with store.write() as tx:
        tx.run(update(drills).where(drills.c.id == drill_id).values(gate_closed_at=closed, drained_at=drained))
        took = {"gate_seconds": _seconds(clicked, closed), "drain_seconds": _seconds(clicked, drained)}
        events.append(tx, events.THE_PRODUCT, "drill_measured", "drill", drill_id, detail=took)
    return drill_id


def _refuse_now(tx: Tx) -> None:
    if running(tx) is not None:
        raise Refused("A drill is running. End it before you begin another.", ("wrong_state",))
    if tx.row(open_rows().limit(1)) is not None:
        raise Refused("A real hold is on. Practise when it is over.", ("wrong_state",))


def _tell(tx: Tx, drill_id: int, name: str) -> None:
    """Everybody on duty gets a notice, and a row that waits for their answer."""
    there = [person.id for person in to_tell(tx)]
    text = f"PRACTICE: {name} started a drill of the pause. Nothing is stopped. Say that you have seen it."
    tell(tx, there, "drill", "drill", drill_id, text, f"drill:{drill_id}:started")
    if there:
        tx.run(insert(drill_answers), [{"drill_id": drill_id, "person_id": one, "told_at": tx.now} for one in there])


def _closed_at(store: Store, scorer: TextScorer, drill_id: int, waiting: Sequence[int]) -> datetime | None:
    """When the gate refused for the practised hold; None where it never did, which a real pause must not do either."""
    patience = Event()
    for _ in range(max(int(hold.DRAIN_SECONDS / 0.02), 1)):
        with store.read() as tx:
            if _refuses(tx, scorer, drill_id, waiting):
                return store.now()
        patience.wait(0.02)
    return None


def _refuses(tx: Tx, scorer: TextScorer, drill_id: int, waiting: Sequence[int]) -> bool:
    """Whether the gate, reading for itself, would stop a waiting post for this hold. With none waiting: whether it is
    there to be read."""
    drill = tx.row(select(drills).where(drills.c.id == drill_id))
    if drill is None:
        return False
    practised = HoldFact(Scope(**drill["detail"]["scope"]), (Code.PAUSED_BY_PERSON.value,))
    for draft_id in waiting:
        draft, post = draft_row(tx, draft_id), live_post(tx, draft_id)
        if post is None:
            continue
        facts = gate_facts(tx, draft, post, scorer, None)
        refused = list(nothing_holds_it(replace(facts, holds=(*facts.holds, practised))))
        return any(one.code == Code.PAUSED_BY_PERSON for one in refused)
    return True


def _drained_at(store: Store, leaving: Sequence[int]) -> datetime | None:
    """When everything that was on its way had arrived; None where a real pause would have given up waiting."""
    patience = Event()
    for _ in range(max(int(hold.DRAIN_SECONDS / 0.1), 1)):
        with store.read() as tx:
            still = {one.id for one in preview(tx, EVERYTHING).leaving}
        if not still & set(leaving):
            return store.now()
        patience.wait(0.1)
    return None


def running(tx: Tx) -> RowMapping | None:
    """The drill that is on, if one is. After a quarter of an hour it is over, written down or not."""
    young = drills.c.ended_at.is_(None) & (drills.c.opened_at > tx.now - LASTS)
    return tx.row(select(drills).where(young).order_by(drills.c.id.desc()).limit(1))


def waits_for(tx: Tx, drill_id: int, person_id: int) -> bool:
    """Whether this person was told of the drill and has not said yet that they have seen it."""
    mine = (drill_answers.c.drill_id == drill_id) & (drill_answers.c.person_id == person_id)
    return tx.row(select(drill_answers.c.id).where(mine, drill_answers.c.answered_at.is_(None))) is not None


def acknowledge(store: Store, token: str, drill_id: int) -> None:
    """ "I have seen it". Counts once, and only while the drill runs."""
    with store.write() as tx:
        person = require(tx, token, "read")
        found = running(tx)
        if found is None or found["id"] != drill_id:
            raise Refused("This drill is over.", ("wrong_state",))
        if waits_for(tx, drill_id, person.id):
            mine = (drill_answers.c.drill_id == drill_id) & (drill_answers.c.person_id == person.id)
            tx.run(update(drill_answers).where(mine).values(answered_at=tx.now))
            events.append(tx, person.actor, "drill_seen", "drill", drill_id)


def end(store: Store, token: str, note: str = "") -> None:
    """End the drill that is on, with a word on how it went."""
    with store.write() as tx:
        person = require(tx, token, "drill")
        found = running(tx)
        if found is None:
            raise BadInput("No drill is running.")
        _end(tx, person.actor, found["id"], note.strip())


def tick(store: Store, worker: str) -> None:
    """A worker's part, before it sends anything: note that it sees a drill, once, and end those whose time is over."""
    with store.read() as tx:
        seen, over = running(tx), _over(tx)
        todo = seen is not None and not _noted(tx, seen["id"], worker)
    if not todo and not over:
        return
    with store.write() as tx:
        for row in _over(tx):
            _end(tx, events.THE_PRODUCT, row["id"], "")
        if seen is not None and running(tx) is not None and not _noted(tx, seen["id"], worker):
            told = {"worker": worker, "told_at": seen["opened_at"], "answered_at": tx.now}
            tx.insert(insert(drill_answers).values(drill_id=seen["id"], **told))


def _over(tx: Tx) -> Sequence[RowMapping]:
    return tx.rows(select(drills).where(drills.c.ended_at.is_(None), drills.c.opened_at <= tx.now - LASTS))


def _noted(tx: Tx, drill_id: int, worker: str) -> bool:
    mine = (drill_answers.c.drill_id == drill_id) & (drill_answers.c.worker == worker)
    return tx.row(select(drill_answers.c.id).where(mine)) is not None


def _end(tx: Tx, actor: events.Actor, drill_id: int, note: str) -> None:
    tx.run(update(drills).where(drills.c.id == drill_id).values(ended_at=tx.now, note=note))
    events.append(tx, actor, "drill_ended", "drill", drill_id, before="running", after="ended", why=note)


def _seconds(begin: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - begin).total_seconds()


def due_again(tx: Tx) -> bool:
    """Whether nobody has practised for a month."""
    last = tx.value(select(drills.c.opened_at).order_by(drills.c.id.desc()).limit(1))
    return last is None or tx.now - last > REMIND_AFTER
