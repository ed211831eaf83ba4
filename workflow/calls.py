"""Calls out: what a worker takes to tell another program or a mail server, and what became of it.

`workflow.notices` queues them; a floor above sends them (`app.caller`). A call is claimed with a lease and a fencing
number (its count of tries), so that any number of workers may send and none settles what another has taken over. What
fails for a while is tried again after growing gaps, for a day; then it is given up, and stays visible as given up.
A call that was sent and whose answer was lost is sent again under the same identifier: telling fails open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, delete, or_, select, update

from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import calls, notices, webhooks

# Longer than the door gives a request (20 s) or a mail server gets (ours).
LEASE = timedelta(seconds=60)
# Between one try and the next: half a minute, twice as long each time, an hour at most, for a day (ours).
FIRST_GAP, LONGEST_GAP, PATIENCE = timedelta(seconds=30), timedelta(hours=1), timedelta(hours=24)
LONGEST_SAID = 300
# How long calls stay to be looked at after they arrived or were given up, and notices after they were read (ours).
KEPT, KEPT_READ = timedelta(days=30), timedelta(days=180)


@dataclass(frozen=True)
class Call:
    """A call that is ours until the lease ends. `webhook` None: an e-mail to `address`."""

    id: int
    fence: int
    webhook: RowMapping | None
    address: str
    kind: str
    body: dict[str, Any]
    created_at: datetime


def anything_to_call(tx: Tx, mail: bool) -> bool:
    """Whether `claim` or `give_up_old` has anything to do: one small read for each tick of a worker."""
    return tx.row(select(calls.c.id).where(_due(tx.now, mail)).limit(1)) is not None or bool(_old(tx))


def claim(store: Store, owner: str, mail: bool) -> Call | None:
    """The next call that is due, for this worker alone. `mail`: whether it can send e-mail."""
    with store.write() as tx:
        row = tx.row(select(calls).where(_due(tx.now, mail)).order_by(calls.c.next_try_at, calls.c.id).limit(1))
        if row is None:
            return None
        fence = row["tries"] + 1
        values = {"tries": fence, "lease_owner": owner, "lease_until": tx.now + LEASE}
        tx.run(update(calls).where(calls.c.id == row["id"]).values(**values))
        hook = None
        if row["webhook_id"] is not None:
            hook = tx.row(select(webhooks).where(webhooks.c.id == row["webhook_id"]))
        return Call(row["id"], fence, hook, row["address"], row["kind"], dict(row["body"]), row["created_at"])


def done(store: Store, call: Call, said: str) -> bool:
    """It arrived. False when another worker has taken it over since."""
    with store.write() as tx:
        return _settle(tx, call, done_at=tx.now, next_try_at=None, last_message=said[:LONGEST_SAID])


def failed(
    store: Store, call: Call, said: str, *, again: bool, after: timedelta | None = None, nobody_there: bool = False
) -> bool:
    """It did not arrive. `again`: it may another time; `after`: the least wait that the other side asked for.

    `nobody_there`: the other side itself is in trouble, so what else waits for it waits as long. Each try may take
    twenty seconds, in which nobody else is told anything.
    """
    with store.write() as tx:
        at = tx.now + max(gap(call.fence), after or timedelta())
        over = not again or at > call.created_at + PATIENCE
        mine = _settle(tx, call, next_try_at=None if over else at, last_message=said[:LONGEST_SAID])
        if mine and nobody_there:
            _hold_back(tx, call, at)
        if mine and over:
            _tell(tx, call.id, call.webhook["id"] if call.webhook is not None else None, call.kind, said)
        return mine


def give_up_old(store: Store) -> int:
    """Calls that nobody could send for a day (no worker knows a mail server) are given up; how many."""
    with store.write() as tx:
        rows = _old(tx)
        for row in rows:
            said = row["last_message"] or "No worker could send it: is TACT_SMTP_URL set?"
            tx.run(update(calls).where(calls.c.id == row["id"]).values(next_try_at=None, last_message=said))
            _tell(tx, row["id"], row["webhook_id"], row["kind"], said)
        return len(rows)


def forget(store: Store) -> int:
    """Let go of calls that are over, and of notices that were read, once nobody asks for them any more; how many.

    What they told of stays: that is in the event rows.
    """
    with store.write() as tx:
        over = calls.c.next_try_at.is_(None) & (calls.c.created_at < tx.now - KEPT)
        read = notices.c.read_at.is_not(None) & (notices.c.at < tx.now - KEPT_READ)
        return tx.run(delete(calls).where(over)) + tx.run(delete(notices).where(read))


def gap(tries: int) -> timedelta:
    """How long to wait after so many tries."""
    return min(FIRST_GAP * int(2 ** min(tries - 1, 20)), LONGEST_GAP)


def _tell(tx: Tx, call_id: int, webhook_id: int | None, kind: str, said: str) -> None:
    detail = {"webhook": webhook_id, "kind": kind}
    events.append(tx, events.THE_PRODUCT, "call_given_up", "call", call_id, why=said[:LONGEST_SAID], detail=detail)


def _hold_back(tx: Tx, call: Call, at: datetime) -> None:
    """Calls to the same program (or letters) that would be tried before `at` wait until then, in their order."""
    same = calls.c.webhook_id == call.webhook["id"] if call.webhook is not None else calls.c.webhook_id.is_(None)
    free = or_(calls.c.lease_until.is_(None), calls.c.lease_until <= tx.now)
    tx.run(update(calls).where(same, free, calls.c.next_try_at < at).values(next_try_at=at))


def _settle(tx: Tx, call: Call, **values: object) -> bool:
    mine = (calls.c.id == call.id) & (calls.c.tries == call.fence) & calls.c.done_at.is_(None)
    return tx.run(update(calls).where(mine).values(lease_owner=None, lease_until=None, **values)) == 1


def _due(now: datetime, mail: bool) -> ColumnElement[bool]:
    free = or_(calls.c.lease_until.is_(None), calls.c.lease_until <= now)
    ours = calls.c.webhook_id.is_not(None) if not mail else True
    young = calls.c.created_at > now - PATIENCE
    return (calls.c.next_try_at <= now) & free & young & ours


def _old(tx: Tx) -> list[RowMapping]:
    free = or_(calls.c.lease_until.is_(None), calls.c.lease_until <= tx.now)
    late = calls.c.next_try_at.is_not(None) & (calls.c.created_at <= tx.now - PATIENCE)
    return list(tx.rows(select(calls).where(late, free)))
