"""Who is there, and may they: accounts, sign-ins, and the check that every use case begins with.

A sign-in is a row of ours. Its token lives in the person's browser, only its SHA-256 is stored, and it is checked
inside the very transaction that changes something: a person who was revoked while a tab stood open is refused at
the next click. Pages may hide a button, but the wall is here.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, RowMapping, func, insert, select, update

from data.errors import BadInput, NotSignedIn, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import people, sign_ins
from workflow import passwords
from workflow.passwords import SHORTEST_PASSWORD as SHORTEST_PASSWORD
from workflow.rules.roles import Role, may

# Idle and absolute life of a sign-in: the product's promises. How long a password counts as fresh is ours.
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=8)
FRESH = timedelta(minutes=15)
# A page that is drawn every few seconds notes its reader this often at most (ours): a note waits for all writers.
NOTED_EVERY = timedelta(minutes=1)
LONGEST_DEVICE = 100


@dataclass(frozen=True)
class Person:
    """Somebody with an account, as rules and pages see them."""

    id: int
    username: str
    display_name: str
    role: Role
    zone: str

    @property
    def actor(self) -> events.Actor:
        return events.Actor(self.id, self.display_name)

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


def _person(row: RowMapping) -> Person:
    return Person(row["id"], row["username"], row["display_name"], Role(row["role"]), row["zone"])


def same_people(tx: Tx) -> Mapping[int, int]:
    """Every account's id, and the id of the first account of the human being behind it.

    Whatever counts distinct people (signatures, authors, scores, lifts) counts these: one person with two accounts
    is one person. `workflow.accounts` links them.
    """
    linked = {row["id"]: row["same_as"] for row in tx.rows(select(people.c.id, people.c.same_as))}
    return {one: _first(one, linked) for one in linked}


def _first(account: int, linked: Mapping[int, int | None]) -> int:
    seen = {account}
    while (before := linked.get(account)) is not None and before not in seen:
        seen.add(account := before)
    # A circle is nothing that we write; were there one, all its accounts still count as one.
    return account if linked.get(account) is None else min(seen)


def needs_first_administrator(store: Store) -> bool:
    """True until the first account exists."""
    with store.read() as tx:
        return not tx.value(select(func.count()).select_from(people))


def first_with_role(tx: Tx, role: Role) -> Person:
    """The first active person with a role. BadInput when there is none."""
    row = tx.row(select(people).where(people.c.role == role.value, people.c.active).order_by(people.c.id).limit(1))
    if row is None:
        raise BadInput(f"Nobody here is {role.value.replace('_', ' ')}.")
    return _person(row)


def sign_in(store: Store, username: str, password: str, device: str = "") -> str:
    """A new sign-in's token. Refused in the same words for a wrong name, a wrong password and a locked account.

    One answer for all three is what hides which names exist: no counter for unknown names has to be kept, bounded or
    shared between processes, and nobody learns from a lock that there is an account behind it. Whoever locked their
    own account reads the rule in the refusal. Argon2 runs outside the transactions: a stranger who guesses must not
    hold the lock that every writer waits for. Guesses at once buy nothing, the lock is looked at when each is counted.
    """
    with store.read() as tx:
        seen = tx.row(select(people).where(people.c.username == username.strip().casefold()))
    right = passwords.matches(seen, password)
    with store.write() as tx:
        refusal = passwords.count(tx, seen, right)
        if refusal is None and seen is not None:
            return begin_sign_in(tx, seen["id"], device=device)
    # Raised outside the transaction: the failed attempt must stay counted.
    tries = passwords.FREE_ATTEMPTS
    rule = f"After {tries} wrong passwords even the right one has to wait, a minute at first, then longer."
    raise Refused(f"{passwords.WRONG} {rule}", ("wrong_password",))


def begin_sign_in(
    tx: Tx, person_id: int, *, method: str = "password", device: str = "", fresh_at: datetime | None = None
) -> str:
    """Write the sign-in row for a person whose identity was just proved; return the token for their browser.

    `fresh_at`: when they gave a proof, where that is not this instant.
    """
    token = secrets.token_urlsafe(32)
    times = {"created_at": tx.now, "seen_at": tx.now, "fresh_at": fresh_at or tx.now}
    how = {"method": method, "device": device[:LONGEST_DEVICE]}
    tx.insert(insert(sign_ins).values(person_id=person_id, token_hash=_digest(token), **times, **how))
    return token


def confirm_password(store: Store, token: str, password: str) -> None:
    """Make the sign-in fresh again, before an approval or the lifting of a hold. Refused as for `sign_in`.

    Whoever asks is signed in already, so a lock is named here, with its seconds (code `locked`).
    """
    with store.read() as tx:
        seen = signed_in(tx, token)
    right = passwords.matches(seen, password)
    with store.write() as tx:
        sign_in_id = signed_in(tx, token)["sign_in_id"]
        refusal = passwords.count(tx, seen, right)
        if refusal is None:
            tx.run(update(sign_ins).where(sign_ins.c.id == sign_in_id).values(fresh_at=tx.now))
    if refusal is not None:
        raise refusal


def sign_out(store: Store, token: str) -> None:
    """End this sign-in; its token is worth nothing afterwards."""
    with store.write() as tx:
        end_sign_ins(tx, sign_ins.c.token_hash == _digest(token))


def end_sign_ins(tx: Tx, which: ColumnElement[bool]) -> int:
    """End the open sign-ins that this names; how many there were. What ended before keeps its time."""
    return tx.run(update(sign_ins).where(which, sign_ins.c.revoked_at.is_(None)).values(revoked_at=tx.now))


def who(store: Store, token: str | None) -> Person | None:
    """The person behind a token, for drawing a page; None when nobody is signed in."""
    if not token:
        return None
    with store.read() as tx:
        row = live_row(tx, token)
        return _person(row) if row is not None else None


def require(tx: Tx, token: str, action: str, *, fresh: bool = False) -> Person:
    """The signed-in person, who may do `action`; every use case begins here, inside its transaction.

    Raises NotSignedIn, or Refused when the role may not, or when `fresh` and the person last proved more than fifteen
    minutes ago that it is them (code `password_needed`, and `sign_in_again` for who has no password).
    """
    row = signed_in(tx, token)
    person = _person(row)
    if not may(person.role, action):
        role = person.role.value.replace("_", " ")
        raise Refused(f"Your role ({role}) may not do this. Ask somebody whose role may.", ("role_may_not",))
    if fresh and not is_fresh(tx, row):
        raise _not_fresh(row)
    tx.run(update(sign_ins).where(sign_ins.c.id == row["sign_in_id"]).values(seen_at=tx.now))
    return person


def is_fresh(tx: Tx, row: RowMapping) -> bool:
    """Whether the person behind this sign-in (`signed_in`) proved lately that it is them."""
    return bool(tx.now - row["fresh_at"] <= FRESH)


def _not_fresh(row: RowMapping) -> Refused:
    if row["password_hash"]:
        return Refused("Give your password once more: this step needs to know that it is you.", ("password_needed",))
    sentence = "Sign in once more at your provider: this step needs to know that it is you."
    return Refused(sentence, ("password_needed", "sign_in_again"))


def keep_alive(store: Store, token: str) -> None:
    """Note that the person is still there (a page was drawn for them), once a minute at most.

    A sign-in that has ended stays ended; most calls only read.
    """
    with store.read() as tx:
        row = live_row(tx, token)
        due = row is not None and tx.now - row["seen_at"] >= NOTED_EVERY
    if not due:
        return
    with store.write() as tx:
        row = live_row(tx, token)
        if row is not None:
            tx.run(update(sign_ins).where(sign_ins.c.id == row["sign_in_id"]).values(seen_at=tx.now))


def signed_in(tx: Tx, token: str) -> RowMapping:
    """The account behind a token, with its `sign_in_id`, `seen_at` and `fresh_at`. Raises NotSignedIn."""
    row = live_row(tx, token)
    if row is None:
        raise NotSignedIn("Your sign-in has ended. Sign in again; what you typed is still here.")
    return row


def live_row(tx: Tx, token: str) -> RowMapping | None:
    """The same; None where the sign-in has ended."""
    return tx.row(
        select(people, sign_ins.c.id.label("sign_in_id"), sign_ins.c.seen_at, sign_ins.c.fresh_at)
        .join(sign_ins, sign_ins.c.person_id == people.c.id)
        .where(
            sign_ins.c.token_hash == _digest(token),
            sign_ins.c.revoked_at.is_(None),
            sign_ins.c.seen_at > tx.now - IDLE,
            sign_ins.c.created_at > tx.now - ABSOLUTE,
            people.c.active,
        )
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
