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
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import RowMapping, func, insert, select, update

from data.errors import BadInput, NotSignedIn, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import people, sign_ins
from workflow.rules.roles import Role, may

# Idle and absolute life of a sign-in: the product's promises. How long a password counts as fresh is ours.
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=8)
FRESH = timedelta(minutes=15)
# A page that is drawn every few seconds notes its reader this often at most (ours): a note waits for all writers.
NOTED_EVERY = timedelta(minutes=1)
# Five wrong passwords lock an account for a minute, every further one for a minute more (ours).
FREE_ATTEMPTS = 5
LOCK = timedelta(minutes=1)
SHORTEST_PASSWORD = 10

_hasher = PasswordHasher()
# Verified for unknown usernames, so that a wrong name takes as long as a wrong password.
_NOBODY = _hasher.hash(secrets.token_hex(16))
_WRONG = "That user name or password is not right."
_UNCHANGED = {"failed_sign_ins": people.c.failed_sign_ins}


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


def create_first_administrator(
    store: Store, username: str, display_name: str, password: str, zone: str = "UTC"
) -> Person:
    """The first visit's account. Refused once anybody has one."""
    with store.write() as tx:
        if tx.value(select(func.count()).select_from(people)):
            raise Refused("There is an administrator already. Sign in, or ask them for an account.")
        return add(tx, events.THE_PRODUCT, username, display_name, Role.ADMINISTRATOR, password, zone)


def add_person(
    store: Store, token: str, username: str, display_name: str, role: str, password: str, zone: str
) -> Person:
    """An administrator adds somebody."""
    with store.write() as tx:
        actor = require(tx, token, "administer").actor
        return add(tx, actor, username, display_name, role_named(role), password, zone)


def first_with_role(tx: Tx, role: Role) -> Person:
    """The first active person with a role. BadInput when there is none."""
    row = tx.row(select(people).where(people.c.role == role.value, people.c.active).order_by(people.c.id).limit(1))
    if row is None:
        raise BadInput(f"Nobody here is {role.value.replace('_', ' ')}.")
    return _person(row)


def role_named(name: str) -> Role:
    """The role with this name. BadInput lists the names there are."""
    try:
        return Role(name)
    except ValueError as error:
        raise BadInput(f"There is no role {name!r}. Roles: {', '.join(Role)}.") from error


def add(
    tx: Tx, actor: events.Actor, username: str, display_name: str, role: Role, password: str, zone: str = "UTC"
) -> Person:
    """Insert an account in an open transaction. BadInput when a field cannot be used."""
    username = username.strip().casefold()
    _check_account(tx, username, display_name, password, zone)
    values = {"username": username, "display_name": display_name.strip(), "role": role.value, "zone": zone}
    new_id = tx.insert(
        insert(people).values(**values, password_hash=_hasher.hash(password), active=True, created_at=tx.now)
    )
    events.append(tx, actor, "person_added", "person", new_id, after=role.value, detail={"username": username})
    return Person(new_id, username, values["display_name"], role, zone)


def _check_account(tx: Tx, username: str, display_name: str, password: str, zone: str) -> None:
    if not username or not display_name.strip():
        raise BadInput("Give the account a user name and a name to show.")
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(f"The password needs at least {SHORTEST_PASSWORD} characters.")
    if zone not in available_timezones():
        raise BadInput(f"{zone!r} is not a time zone. Use a name such as Europe/London.")
    if tx.value(select(people.c.id).where(people.c.username == username)):
        raise BadInput(f"The user name {username!r} is taken. Choose another.")


def sign_in(store: Store, username: str, password: str) -> str:
    """A new sign-in's token. Refused in the same words for a wrong name, a wrong password and a locked account.

    One answer for all three is what hides which names exist: no counter for unknown names has to be kept, bounded or
    shared between processes, and nobody learns from a lock that there is an account behind it. Whoever locked their
    own account reads the rule in the refusal. Argon2 runs outside the transactions: a stranger who guesses must not
    hold the lock that every writer waits for. Guesses at once buy nothing, the lock is looked at when each is counted.
    """
    with store.read() as tx:
        seen = tx.row(select(people).where(people.c.username == username.strip().casefold()))
    right = _matches(seen, password)
    with store.write() as tx:
        refusal = _count(tx, seen, right)
        if refusal is None and seen is not None:
            return begin_sign_in(tx, seen["id"])
    # Raised outside the transaction: the failed attempt must stay counted.
    rule = f"After {FREE_ATTEMPTS} wrong passwords even the right one has to wait, a minute at first, then longer."
    raise Refused(f"{_WRONG} {rule}", ("wrong_password",))


def begin_sign_in(tx: Tx, person_id: int) -> str:
    """Write the sign-in row for a person whose identity was just proved; return the token for their browser."""
    token = secrets.token_urlsafe(32)
    times = {"created_at": tx.now, "seen_at": tx.now, "fresh_at": tx.now}
    tx.insert(insert(sign_ins).values(person_id=person_id, token_hash=_digest(token), **times))
    return token


def confirm_password(store: Store, token: str, password: str) -> None:
    """Make the sign-in fresh again, before an approval or the lifting of a hold. Refused as for `sign_in`.

    Whoever asks is signed in already, so a lock is named here, with its seconds (code `locked`).
    """
    with store.read() as tx:
        seen = _signed_in(tx, token)
    right = _matches(seen, password)
    with store.write() as tx:
        sign_in_id = _signed_in(tx, token)["sign_in_id"]
        refusal = _count(tx, seen, right)
        if refusal is None:
            tx.run(update(sign_ins).where(sign_ins.c.id == sign_in_id).values(fresh_at=tx.now))
    if refusal is not None:
        raise refusal


def _matches(row: RowMapping | None, password: str) -> bool:
    """Slow on purpose, and as slow for nobody: never called inside a transaction."""
    try:
        return _hasher.verify(row["password_hash"] if row is not None else _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _count(tx: Tx, seen: RowMapping | None, right: bool) -> Refused | None:
    """Note an attempt whose password was verified against the row `seen`; None when it may go on.

    The row is read again: since then the account may have been locked, revoked or given another password. Every
    attempt updates one row, if only to what it was, so that the time of the write tells no names either.
    """
    row = tx.row(select(people).where(people.c.id == seen["id"])) if seen is not None else None
    same = row is not None and seen is not None and row["password_hash"] == seen["password_hash"]
    values, refusal = _outcome(row, right and same, tx.now)
    target = row["id"] if row is not None else select(func.min(people.c.id)).scalar_subquery()
    tx.run(update(people).where(people.c.id == target).values(**values))
    return refusal


def _outcome(row: RowMapping | None, right: bool, now: datetime) -> tuple[dict[str, Any], Refused | None]:
    """What an attempt changes in its account, and the refusal, if it is refused."""
    wrong = Refused(_WRONG, ("wrong_password",))
    if row is None or not row["active"]:
        return _UNCHANGED, wrong
    if row["locked_until"] and row["locked_until"] > now:
        seconds = int((row["locked_until"] - now).total_seconds()) + 1
        return _UNCHANGED, Refused(f"Too many wrong passwords. Try again in {seconds} seconds.", ("locked",))
    if right:
        return {"failed_sign_ins": 0, "locked_until": None}, None
    failed = row["failed_sign_ins"] + 1
    locked = now + LOCK * (failed - FREE_ATTEMPTS + 1) if failed >= FREE_ATTEMPTS else None
    return {"failed_sign_ins": failed, "locked_until": locked}, wrong


def sign_out(store: Store, token: str) -> None:
    """End this sign-in; its token is worth nothing afterwards."""
    with store.write() as tx:
        tx.run(update(sign_ins).where(sign_ins.c.token_hash == _digest(token)).values(revoked_at=tx.now))


def revoke(store: Store, token: str, person_id: int) -> None:
    """An administrator takes somebody's access away: the account and every open sign-in, at once."""
    with store.write() as tx:
        actor = require(tx, token, "administer").actor
        _refuse_last_administrator(tx, person_id)
        tx.run(update(people).where(people.c.id == person_id).values(active=False))
        tx.run(update(sign_ins).where(sign_ins.c.person_id == person_id).values(revoked_at=tx.now))
        events.append(tx, actor, "person_revoked", "person", person_id, after="revoked")


def _refuse_last_administrator(tx: Tx, person_id: int) -> None:
    left = tx.rows(select(people.c.id).where(people.c.role == Role.ADMINISTRATOR.value, people.c.active))
    if [row["id"] for row in left] == [person_id]:
        raise Refused("This is the last administrator. Add another one first.", ("last_administrator",))


def who(store: Store, token: str | None) -> Person | None:
    """The person behind a token, for drawing a page; None when nobody is signed in."""
    if not token:
        return None
    with store.read() as tx:
        row = _live_row(tx, token)
        return _person(row) if row is not None else None


def require(tx: Tx, token: str, action: str, *, fresh: bool = False) -> Person:
    """The signed-in person, who may do `action`; every use case begins here, inside its transaction.

    Raises NotSignedIn, or Refused when the role may not, or when `fresh` and the password was last given more than
    fifteen minutes ago (code `password_needed`).
    """
    row = _signed_in(tx, token)
    person = _person(row)
    if not may(person.role, action):
        role = person.role.value.replace("_", " ")
        raise Refused(f"Your role ({role}) may not do this. Ask somebody whose role may.", ("role_may_not",))
    if fresh and tx.now - row["fresh_at"] > FRESH:
        raise Refused("Give your password once more: this step needs to know that it is you.", ("password_needed",))
    tx.run(update(sign_ins).where(sign_ins.c.id == row["sign_in_id"]).values(seen_at=tx.now))
    return person


def set_password(tx: Tx, actor: events.Actor, username: str, password: str) -> None:
    """Give somebody a new password and end their open sign-ins. BadInput for an unknown name."""
    row = tx.row(select(people).where(people.c.username == username.strip().casefold()))
    if row is None:
        raise BadInput(f"There is nobody called {username!r}.")
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(f"The password needs at least {SHORTEST_PASSWORD} characters.")
    values = {"password_hash": _hasher.hash(password), "failed_sign_ins": 0, "locked_until": None}
    tx.run(update(people).where(people.c.id == row["id"]).values(**values))
    tx.run(update(sign_ins).where(sign_ins.c.person_id == row["id"]).values(revoked_at=tx.now))
    events.append(tx, actor, "password_set", "person", row["id"])


def keep_alive(store: Store, token: str) -> None:
    """Note that the person is still there (a page was drawn for them), once a minute at most.

    A sign-in that has ended stays ended; most calls only read.
    """
    with store.read() as tx:
        row = _live_row(tx, token)
        due = row is not None and tx.now - row["seen_at"] >= NOTED_EVERY
    if not due:
        return
    with store.write() as tx:
        row = _live_row(tx, token)
        if row is not None:
            tx.run(update(sign_ins).where(sign_ins.c.id == row["sign_in_id"]).values(seen_at=tx.now))


def _signed_in(tx: Tx, token: str) -> RowMapping:
    row = _live_row(tx, token)
    if row is None:
        raise NotSignedIn("Your sign-in has ended. Sign in again; what you typed is still here.")
    return row


def _live_row(tx: Tx, token: str) -> RowMapping | None:
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
