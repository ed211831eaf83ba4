"""Open sign-ins: which there are, from which device, and ending them.

Apart from `workflow.access`, which asks about one token: here somebody looks at all sign-ins of a person, their own
or, as an administrator, anybody's. What is ended is refused at its next click, whatever tab stands open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import people, sign_ins
from workflow.access import ABSOLUTE, IDLE, end_sign_ins, is_fresh, live_row, require, signed_in
from workflow.rules.roles import may


@dataclass(frozen=True)
class SignIn:
    """One open sign-in. `method`: password or oidc. `mine`: the one that looks at the list."""

    id: int
    person_id: int
    method: str
    device: str
    since: datetime
    seen_at: datetime
    mine: bool = False


def open_sign_ins(tx: Tx, person_id: int, mine: int | None = None) -> tuple[SignIn, ...]:
    """A person's open sign-ins, the one seen last first. `mine`: the id of the reader's own."""
    rows = tx.rows(
        select(sign_ins)
        .join(people, people.c.id == sign_ins.c.person_id)
        .where(
            sign_ins.c.person_id == person_id,
            sign_ins.c.revoked_at.is_(None),
            sign_ins.c.seen_at > tx.now - IDLE,
            sign_ins.c.created_at > tx.now - ABSOLUTE,
            people.c.active,
        )
        .order_by(sign_ins.c.seen_at.desc(), sign_ins.c.id.desc())
    )
    return tuple(
        SignIn(r["id"], r["person_id"], r["method"], r["device"], r["created_at"], r["seen_at"], r["id"] == mine)
        for r in rows
    )


def end(store: Store, token: str, sign_in_id: int) -> None:
    """End one sign-in: one's own, or as an administrator anybody's. Refused for somebody else's."""
    with store.write() as tx:
        person = require(tx, token, "read")
        owner = _owner(tx, sign_in_id)
        if owner != person.id and not may(person.role, "administer"):
            raise Refused("This is somebody else's sign-in. An administrator can end it.", ("role_may_not",))
        _ended(tx, person.actor, owner, end_sign_ins(tx, sign_ins.c.id == sign_in_id))


def end_others(store: Store, token: str) -> int:
    """End all of one's own sign-ins but this one; how many there were."""
    with store.write() as tx:
        person = require(tx, token, "read")
        this = signed_in(tx, token)["sign_in_id"]
        ended = end_sign_ins(tx, (sign_ins.c.person_id == person.id) & (sign_ins.c.id != this))
        _ended(tx, person.actor, person.id, ended)
        return ended


def end_all(store: Store, token: str, person_id: int) -> int:
    """An administrator ends every sign-in of somebody, who may sign in again; how many there were."""
    with store.write() as tx:
        return end_all_in(tx, require(tx, token, "administer").actor, person_id)


def end_all_in(tx: Tx, actor: events.Actor, person_id: int) -> int:
    """The same in an open transaction."""
    ended = end_sign_ins(tx, sign_ins.c.person_id == person_id)
    _ended(tx, actor, person_id, ended)
    return ended


def end_in(tx: Tx, actor: events.Actor, sign_in_id: int) -> None:
    """End one sign-in of anybody, for an operator. BadInput when there is none."""
    owner = _owner(tx, sign_in_id)
    _ended(tx, actor, owner, end_sign_ins(tx, sign_ins.c.id == sign_in_id))


def _owner(tx: Tx, sign_in_id: int) -> int:
    owner = tx.value(select(sign_ins.c.person_id).where(sign_ins.c.id == sign_in_id))
    if owner is None:
        raise BadInput("There is no such sign-in.")
    return int(owner)


def _ended(tx: Tx, actor: events.Actor, person_id: int, ended: int) -> None:
    if ended:
        events.append(tx, actor, "sign_ins_ended", "person", person_id, after="ended", detail={"ended": ended})


def fresh(store: Store, token: str) -> bool:
    """Whether this sign-in is open and was proved lately: what a page asks that waits for another tab."""
    with store.read() as tx:
        row = live_row(tx, token)
        return row is not None and is_fresh(tx, row)


def has_password(store: Store, token: str) -> bool:
    """Whether the person behind a token can prove with a password that it is them."""
    with store.read() as tx:
        row = live_row(tx, token)
        return row is not None and bool(row["password_hash"])
