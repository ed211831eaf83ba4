"""What came in by webhook: the rows that make a delivery count once, those that wait for a person, and the key.

Whether a delivery is authentic and what it says is found out a floor above (`monitors.receiving`); here is what is
remembered of it. Strangers must not be able to fill the disk: of what is not signed only a number is kept, one row an
hour; of what is signed but cannot be read, at most so many bodies wait at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, RowMapping, delete, func, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.seal import Seal
from data.storage.store import Store, Tx
from data.storage.tables import deliveries, sources
from workflow.access import require

# All of these are ours.
MOST_A_MINUTE = 120
MOST_WAITING = 200
KEPT = timedelta(days=30)
OLD_KEY_LIVES = timedelta(hours=24)
_WELL = {"failures": 0, "failing_since": None}
MINUTE = timedelta(minutes=1)
# Where a source that is called remembers how often it was called lately.
_BEGUN, _ATTEMPTS = "minute_began", "attempts"
SIGNING_KEY, FORMER_KEY = "signing_key", "former_key"


class State(StrEnum):
    """What became of a delivery."""

    TAKEN = "taken"
    REFUSED = "refused"  # signed, but it could not be read: waits for a person
    MENDED = "mended"  # the sender sent it again, and then it could be read
    SET_ASIDE = "set_aside"
    UNSIGNED = "unsigned"  # a count of attempts, one row an hour
    OVERFLOW = "overflow"  # refused while too many waited already: a count, one row an hour


# --- what the receiver writes, inside its own transaction ----------------------------------------------------


def is_taken(tx: Tx, source_id: int, delivery_id: str) -> bool:
    """Whether this delivery has had its effect."""
    return tx.value(select(deliveries.c.id).where(_accepted(source_id, delivery_id))) is not None


def too_many(tx: Tx, source: RowMapping) -> bool:
    """Count one more attempt; whether the source has sent more within a minute than any honest one does.

    Attempts, not rows: of what is refused again and again there is but one row.
    """
    begun, number = source["cursor"].get(_BEGUN), int(source["cursor"].get(_ATTEMPTS, 0))
    if begun is None or not timedelta() <= tx.now - datetime.fromisoformat(begun) <= MINUTE:
        begun, number = tx.now.isoformat(), 0
    if number >= MOST_A_MINUTE:
        return True
    counted = {**source["cursor"], _BEGUN: begun, _ATTEMPTS: str(number + 1)}
    tx.run(update(sources).where(sources.c.id == source["id"]).values(cursor=counted))
    return False


def note_taken(tx: Tx, source: RowMapping, delivery_id: str, sent_at: datetime, items: int) -> None:
    """One delivery had its effect, and never has it again. Refused ones of the same name are mended by it."""
    key = _accepted_key(source["id"], delivery_id)
    row = {"source_id": source["id"], "delivery_id": delivery_id, "received_at": tx.now, "sent_at": sent_at}
    tx.insert(insert(deliveries).values(**row, accepted_key=key, state=State.TAKEN.value, items=items))
    same = (deliveries.c.source_id == source["id"]) & (deliveries.c.delivery_id == delivery_id)
    tx.run(update(deliveries).where(same, _waits()).values(state=State.MENDED.value, body=""))
    _touch(tx, source, f"A delivery came with {items} new.", well=True)
    _forget(tx, source["id"])


def note_refused(tx: Tx, source: RowMapping, delivery_id: str, sent_at: datetime, body: bytes, reason: str) -> None:
    """A signed delivery that cannot be read is kept for a person; the same one again is not kept twice."""
    text = body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    mine = deliveries.c.source_id == source["id"]
    same = mine & (deliveries.c.delivery_id == delivery_id) & _waits() & (deliveries.c.body == text)
    if tx.value(select(deliveries.c.id).where(same)) is not None:
        return
    _touch(tx, source, f"A delivery was refused: {reason}", well=False)
    if int(tx.value(select(func.count()).where(mine, _waits())) or 0) >= MOST_WAITING:
        count(tx, source["id"], State.OVERFLOW, 1, reason)
        return
    row = {"source_id": source["id"], "delivery_id": delivery_id, "received_at": tx.now, "sent_at": sent_at}
    tx.insert(insert(deliveries).values(**row, state=State.REFUSED.value, reason=reason, body=text))
    _forget(tx, source["id"])


def count(tx: Tx, source_id: int, state: State, number: int, reason: str) -> None:
    """Add to this hour's count of what is not kept; the newest reason stands for all."""
    name = f"{state} {tx.now:%Y-%m-%dT%H}"
    mine = (deliveries.c.source_id == source_id) & (deliveries.c.delivery_id == name) & (deliveries.c.state == state)
    values = {"items": deliveries.c["items"] + number, "reason": reason, "received_at": tx.now}
    if not tx.run(update(deliveries).where(mine).values(**values)):
        row = {"source_id": source_id, "delivery_id": name, "state": state.value, "received_at": tx.now}
        tx.insert(insert(deliveries).values(**row, items=number, reason=reason))
        _forget(tx, source_id)


def _touch(tx: Tx, source: RowMapping, said: str, well: bool) -> None:
    wait = tx.now + timedelta(seconds=source["interval_seconds"])
    values = {"polled_at": tx.now, "next_poll_at": wait, "last_message": said}
    if well:
        values |= {"succeeded_at": tx.now, **_WELL}
    else:
        values |= {"failures": sources.c.failures + 1, "failing_since": source["failing_since"] or tx.now}
    tx.run(update(sources).where(sources.c.id == source["id"]).values(**values))


def _settled(tx: Tx, source_id: int) -> None:
    """When nothing of a source waits any more, what went wrong is over."""
    if tx.value(select(deliveries.c.id).where(deliveries.c.source_id == source_id, _waits()).limit(1)) is None:
        said = "Every delivery that could not be read has been settled."
        tx.run(update(sources).where(sources.c.id == source_id).values(**_WELL, last_message=said))


def _forget(tx: Tx, source_id: int) -> None:
    old = (deliveries.c.source_id == source_id) & (deliveries.c.received_at < tx.now - KEPT)
    tx.run(delete(deliveries).where(old, deliveries.c.state != State.REFUSED))


def _waits() -> ColumnElement[bool]:
    return deliveries.c.state == State.REFUSED.value


def _accepted(source_id: int, delivery_id: str) -> ColumnElement[bool]:
    return deliveries.c.accepted_key == _accepted_key(source_id, delivery_id)


def _accepted_key(source_id: int, delivery_id: str) -> str:
    return hashlib.sha256(f"{source_id}:{delivery_id}".encode()).hexdigest()


# --- what people do ------------------------------------------------------------------------------------------

Take = Callable[[Tx, RowMapping, bytes], int]


def try_again(store: Store, token: str, delivery: int, take: Take) -> int:
    """Read a refused delivery once more; how many items and readings were new. It has effect once, as if just sent.

    `take` reads and takes in, and raises BadInput when the body still cannot be read: then nothing is changed.
    """
    with store.write() as tx:
        person = require(tx, token, "watch")
        row, source = _waiting(tx, delivery)
        if is_taken(tx, row["source_id"], row["delivery_id"]):
            raise Refused("Its sender has sent it again, and it was taken. Set this copy aside.", ("wrong_state",))
        number = take(tx, source, row["body"].encode())
        values = {"state": State.TAKEN.value, "items": number, "body": ""}
        key = _accepted_key(row["source_id"], row["delivery_id"])
        tx.run(update(deliveries).where(deliveries.c.id == delivery).values(**values, accepted_key=key))
        _settled(tx, source["id"])
        detail = {"source": source["name"], "items": number, "was": row["reason"]}
        events.append(
            tx, person.actor, "delivery_taken", "delivery", delivery, before=row["state"], after="taken", detail=detail
        )
        return number


def set_aside(store: Store, token: str, delivery: int) -> None:
    """Nobody needs this one any more; its words are forgotten, that it came is not."""
    with store.write() as tx:
        person = require(tx, token, "watch")
        row, source = _waiting(tx, delivery)
        values = {"state": State.SET_ASIDE.value, "body": ""}
        tx.run(update(deliveries).where(deliveries.c.id == delivery).values(**values))
        _settled(tx, source["id"])
        detail = {"source": source["name"], "was": row["reason"]}
        events.append(
            tx,
            person.actor,
            "delivery_set_aside",
            "delivery",
            delivery,
            before=row["state"],
            after=State.SET_ASIDE.value,
            detail=detail,
        )


def _waiting(tx: Tx, delivery: int) -> tuple[RowMapping, RowMapping]:
    row = tx.row(select(deliveries).where(deliveries.c.id == delivery))
    if row is None:
        raise BadInput("There is no such delivery.")
    if row["state"] != State.REFUSED:
        raise Refused("Somebody has settled this delivery already.", ("wrong_state",))
    source = tx.row(select(sources).where(sources.c.id == row["source_id"]))
    assert source is not None  # the database keeps every source that a delivery came from
    return row, source


def renew_key(store: Store, token: str, seal: Seal, source_id: int, fresh: str, *, end_old: bool = False) -> None:
    """Give a source the signing key `fresh`. The one before is still good for a day, so that nothing is lost meanwhile.

    `end_old`: it has leaked, and is good for nothing from now on. Whoever made `fresh` shows it once; from here on it
    is sealed.
    """
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _source(tx, source_id)
        until = tx.now + OLD_KEY_LIVES
        before = "" if end_old else current_key(seal, row)
        kept = {name: value for name, value in row["secrets"].items() if name != FORMER_KEY}
        closed = kept | seal.close({SIGNING_KEY: fresh})
        if before:
            closed |= seal.close({FORMER_KEY: f"{until.isoformat()} {before}"})
        tx.run(update(sources).where(sources.c.id == source_id).values(secrets=closed))
        detail = {"former_until": until.isoformat() if before else None}
        events.append(tx, person.actor, "source_key_renewed", "source", source_id, detail=detail)


def end_old_key(store: Store, token: str, source_id: int) -> None:
    """From now on only the newest key of a source is good. Refused when there is no other."""
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _source(tx, source_id)
        if FORMER_KEY not in row["secrets"]:
            raise Refused("There is no old key: only the newest is good.", ("wrong_state",))
        kept = {name: value for name, value in row["secrets"].items() if name != FORMER_KEY}
        tx.run(update(sources).where(sources.c.id == source_id).values(secrets=kept))
        events.append(tx, person.actor, "source_old_key_ended", "source", source_id)


def _source(tx: Tx, source_id: int) -> RowMapping:
    row = tx.row(select(sources).where(sources.c.id == source_id))
    if row is None:
        raise BadInput("There is no such source.")
    return row


def current_key(seal: Seal, source: RowMapping) -> str:
    """The key that is in force; empty when there is none, or none that can be opened: renewing mends that."""
    try:
        return seal.open({SIGNING_KEY: source["secrets"][SIGNING_KEY]})[SIGNING_KEY]
    except (KeyError, BadInput):
        return ""


def good_keys(seal: Seal, source: RowMapping, now: datetime) -> tuple[str, ...]:
    """The keys with which a delivery may be signed now. BadInput when they cannot be opened."""
    opened = seal.open({name: value for name, value in source["secrets"].items() if name in (SIGNING_KEY, FORMER_KEY)})
    until, _, former = opened.get(FORMER_KEY, "").partition(" ")
    good = [opened[SIGNING_KEY]] if SIGNING_KEY in opened else []
    if former and datetime.fromisoformat(until) > now:
        good.append(former)
    return tuple(good)
