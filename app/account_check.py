"""Trying out an account: sign in there, change nothing, and keep what came of it.

In `app`, because it takes the account's row from one room and its channel from another; not in the page, because the
command line may want the same. What a server says back is kept and logged without the secrets that it was sent.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import RowMapping

from app.wiring import House
from data.errors import TactError
from data.storage.seal import masked
from publishing.trouble import Limited
from workflow import channel_accounts

log = logging.getLogger(__name__)
QUIET = "It can be used. This kind signs in only as it posts, so nothing else could be tried."


@dataclass(frozen=True)
class Tried:
    """What came of it, in a sentence. `kept` False: somebody changed the account meanwhile, so it says nothing now."""

    ok: bool
    said: str
    kept: bool


def try_out(house: House, token: str, account_id: int) -> Tried:
    """Ask the platform whether it lets this account in. Refused for whoever may not administer."""
    row = channel_accounts.to_check(house.store, token, account_id)
    ok, said = _ask(house, row)
    kept = channel_accounts.note_check(house.store, token, account_id, said, ok, row["changed_at"], house.seal)
    return Tried(ok, said, kept)


def _ask(house: House, row: RowMapping) -> tuple[bool, str]:
    secrets: tuple[str, ...] = ()
    try:
        secrets = tuple(house.seal.open(row["secrets"]).values())
        return True, masked(house.open_account(row).check(), secrets) or QUIET
    except TactError as error:
        said, cause = masked(error.message, secrets), masked(error.cause, secrets)
        log.info("account %s was tried out: %s (%s)", row["id"], said, cause)
        _note_patience(house, row, error)
        return False, said


def _note_patience(house: House, row: RowMapping, error: TactError) -> None:
    if isinstance(error, Limited) and error.after is not None:
        with house.store.write() as tx:
            channel_accounts.limited(tx, channel_accounts.name_of(row), tx.now + error.after)
