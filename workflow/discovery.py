"""Proposed topics: what rises and nobody watches yet, and what people make of it.

`monitors.discovery` finds them and puts them forward here, as `triage` takes its alerts; a person watches one, or
says that it is not for us. A dismissed term stays away for a week, unless it rises to a multiple of what it was then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import monitors, proposals, topics
from workflow.access import Person, require
from workflow.rules.holds import fold
from workflow.setup import FLOOR
from workflow.watching import add_in

OPEN, WATCHED, DISMISSED, FADED = "open", "watched", "dismissed", "faded"
# Ours: how long a "not for us" holds, what breaks it earlier, and after how much silence a proposal is withdrawn.
AWAY_FOR = timedelta(days=7)
FAR_HIGHER = 5
FADES_AFTER = timedelta(hours=3)


@dataclass(frozen=True)
class Rising:
    """What was found: `authors` different people in the last hour, `rise` times what was to be expected."""

    label: str
    uses: int
    authors: int
    rise: float
    first_source_id: int | None
    first_seen_at: datetime
    why: Mapping[str, Any]


def put_forward(tx: Tx, found: Rising) -> int | None:
    """Propose it, or bring what was proposed up to date; the id where people hear of something new."""
    folded = fold(found.label)[:200]
    values = {"uses": found.uses, "authors": found.authors, "rise": found.rise, "why": dict(found.why)}
    row = tx.row(select(proposals).where(proposals.c.folded == folded))
    if row is not None and row["state"] == OPEN:
        tx.run(update(proposals).where(proposals.c.id == row["id"]).values(**values, last_seen_at=tx.now))
        return None
    if row is not None and not _comes_back(row, found, tx.now):
        return None
    first = {"first_source_id": found.first_source_id, "first_seen_at": found.first_seen_at}
    values |= {**first, "label": found.label[:200], "state": OPEN, "proposed_at": tx.now, "last_seen_at": tx.now}
    values |= {"decided_by": None, "decided_at": None}
    if row is None:
        new_id = tx.insert(insert(proposals).values(folded=folded, **values))
    else:
        new_id = int(row["id"])
        tx.run(update(proposals).where(proposals.c.id == new_id).values(**values))
    detail = {"label": found.label, "authors": found.authors, "rise": round(found.rise, 1)}
    before = row["state"] if row is not None else None
    events.append(
        tx, events.THE_PRODUCT, "topic_proposed", "proposal", new_id, before=before, after=OPEN, detail=detail
    )
    return new_id


def _comes_back(row: RowMapping, found: Rising, now: datetime) -> bool:
    """A faded one when it rises again; a dismissed one after a week or far above what was dismissed."""
    if row["state"] != DISMISSED:
        return bool(row["state"] == FADED)
    long_ago = row["decided_at"] is None or now - row["decided_at"] >= AWAY_FOR
    return long_ago or found.authors >= FAR_HIGHER * row["authors"]


def let_fade(tx: Tx) -> None:
    """Withdraw proposals that no longer rise. No event: nobody decided anything."""
    quiet = (proposals.c.state == OPEN) & (proposals.c.last_seen_at < tx.now - FADES_AFTER)
    tx.run(update(proposals).where(quiet).values(state=FADED))


def watch(store: Store, token: str, proposal_id: int) -> int:
    """Make a monitor of it, with its own words; the monitor's id."""
    with store.write() as tx:
        person = require(tx, token, "watch")
        row = _in_state(tx, proposal_id, (OPEN, FADED))
        monitor_id = add_in(tx, person, row["label"], "keyword", (row["label"],), (), FLOOR)
        detail = {"label": row["label"], "monitor": monitor_id}
        _decide(tx, row, person, WATCHED, "topic_watched", detail)
        return monitor_id


def unwatch(store: Store, token: str, proposal_id: int, monitor_id: int) -> None:
    """Take "Watch it" back: the monitor is gone, and the proposal stands again. What was counted stays its topic's."""
    with store.write() as tx:
        person = require(tx, token, "watch")
        row = _in_state(tx, proposal_id, (WATCHED,))
        mine = tx.row(select(monitors).where(monitors.c.id == monitor_id))
        if mine is None or fold(mine["name"]) != row["folded"] or mine["terms"] != [row["label"]]:
            raise Refused("That monitor was changed meanwhile. Switch it off instead.", ("stale_screen",))
        tx.run(update(topics).where(topics.c.monitor_id == monitor_id).values(monitor_id=None))
        tx.run(delete(monitors).where(monitors.c.id == monitor_id))
        events.append(tx, person.actor, "monitor_removed", "monitor", monitor_id, detail={"name": mine["name"]})
        _decide(tx, row, person, OPEN, "topic_reopened", {"label": row["label"]})


def dismiss(store: Store, token: str, proposal_id: int) -> None:
    """Not for us: it stays away for a week, or until it rises far higher."""
    with store.write() as tx:
        person = require(tx, token, "watch")
        row = _in_state(tx, proposal_id, (OPEN, FADED))
        _decide(tx, row, person, DISMISSED, "topic_dismissed", {"label": row["label"]})


def reopen(store: Store, token: str, proposal_id: int) -> None:
    """Take "Not for us" back."""
    with store.write() as tx:
        person = require(tx, token, "watch")
        row = _in_state(tx, proposal_id, (DISMISSED,))
        _decide(tx, row, person, OPEN, "topic_reopened", {"label": row["label"]})


def _in_state(tx: Tx, proposal_id: int, states: tuple[str, ...]) -> RowMapping:
    row = tx.row(select(proposals).where(proposals.c.id == proposal_id))
    if row is None:
        raise BadInput("There is no such proposal.")
    if row["state"] not in states:
        raise Refused(f"{row['label']} was decided by somebody else meanwhile. Look again.", ("stale_screen",))
    return row


def _decide(tx: Tx, row: RowMapping, person: Person, state: str, kind: str, detail: Mapping[str, Any]) -> None:
    open_again = state == OPEN
    values: dict[str, Any] = {"state": state, "decided_by": None if open_again else person.id}
    values["decided_at"] = None if open_again else tx.now
    if open_again:
        values["last_seen_at"] = tx.now
    tx.run(update(proposals).where(proposals.c.id == row["id"]).values(**values))
    events.append(tx, person.actor, kind, "proposal", row["id"], before=row["state"], after=state, detail=detail)
