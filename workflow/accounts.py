"""What an administrator says about accounts: which of them are one human being.

Apart from `workflow.access`, which only asks who is there and whether they may: nothing here is needed for a click
of anybody's day, and each of these is done to somebody else's account.
"""

from __future__ import annotations

from sqlalchemy import RowMapping, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import people
from workflow.access import require, same_people


def link(store: Store, token: str, one: int, other: int) -> None:
    """An administrator says that two accounts are the same human being.

    Nothing is taken back by it, but from then on the two count as one wherever people are counted: a post that both
    had signed waits for another signature, and the gate refuses it until then.
    """
    with store.write() as tx:
        link_in(tx, require(tx, token, "administer").actor, one, other)


def link_in(tx: Tx, actor: events.Actor, one: int, other: int) -> None:
    """The same in an open transaction. Refused when they are one already."""
    rows = account(tx, one), account(tx, other)
    same = same_people(tx)
    first, second = sorted((same[one], same[other]))
    if first == second:
        raise Refused("These accounts are one person's already.", ("wrong_state",))
    joining = [account_id for account_id, human in same.items() if human == second]
    tx.run(update(people).where(people.c.id.in_(joining)).values(same_as=first))
    detail = {"accounts": [row["username"] for row in rows]}
    events.append(tx, actor, "accounts_linked", "person", other, after=str(first), detail=detail)


def separate(store: Store, token: str, account_id: int) -> None:
    """An administrator takes it back: this account is somebody else again."""
    with store.write() as tx:
        separate_in(tx, require(tx, token, "administer").actor, account_id)


def separate_in(tx: Tx, actor: events.Actor, account_id: int) -> None:
    """The same in an open transaction. Refused when the account stands alone."""
    row = account(tx, account_id)
    same = same_people(tx)
    others = sorted(one for one, human in same.items() if human == same[account_id] and one != account_id)
    if not others:
        raise Refused("This account is nobody else's.", ("wrong_state",))
    tx.run(update(people).where(people.c.id.in_([account_id, others[0]])).values(same_as=None))
    tx.run(update(people).where(people.c.id.in_(others[1:])).values(same_as=others[0]))
    detail = {"account": row["username"]}
    events.append(tx, actor, "accounts_separated", "person", account_id, before=str(same[account_id]), detail=detail)


def account(tx: Tx, account_id: int) -> RowMapping:
    """The row of an account. BadInput when there is none."""
    row = tx.row(select(people).where(people.c.id == account_id))
    if row is None:
        raise BadInput("There is no such account. Reload the page.")
    return row
