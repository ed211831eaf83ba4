"""Passwords: kept as argon2 hashes, verified outside every transaction, and slowed down where they are guessed.

Apart from `workflow.access`, because a sign-in can be proved without one (`workflow.identities`): an account whose
`password_hash` is empty has no password, and no word typed by anybody matches it.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import RowMapping, func, select, update

from data.errors import BadInput, Refused
from data.storage.store import Tx
from data.storage.tables import people

# Five wrong passwords lock an account for a minute, every further one for a minute more (ours).
FREE_ATTEMPTS = 5
LOCK = timedelta(minutes=1)
SHORTEST_PASSWORD = 10
WRONG = "That user name or password is not right."

_hasher = PasswordHasher()
# Verified for unknown usernames, so that a wrong name takes as long as a wrong password.
_NOBODY = _hasher.hash(secrets.token_hex(16))
_UNCHANGED = {"failed_sign_ins": people.c.failed_sign_ins}


def hashed(password: str) -> str:
    """The hash that is kept. Slow on purpose."""
    return _hasher.hash(password)


def check(password: str) -> None:
    """Return if this may be somebody's password, else raise BadInput."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(f"The password needs at least {SHORTEST_PASSWORD} characters.")


def matches(row: RowMapping | None, password: str) -> bool:
    """Slow on purpose, and as slow for nobody or without a password: never called inside a transaction."""
    known = row["password_hash"] if row is not None else ""
    try:
        return _hasher.verify(known or _NOBODY, password) and bool(known)
    except (VerifyMismatchError, InvalidHashError):
        return False


def count(tx: Tx, seen: RowMapping | None, right: bool) -> Refused | None:
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
    wrong = Refused(WRONG, ("wrong_password",))
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
