"""Accounts: made, changed and taken away, and which of them are one human being.

Apart from `workflow.access`, which only asks who is there and whether they may: nothing here is needed for a click
of anybody's day. What ends in `_in` works in an open transaction, for an operator at the machine itself.
"""

from __future__ import annotations

from zoneinfo import available_timezones

from sqlalchemy import RowMapping, func, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import people, sign_ins
from workflow import passwords
from workflow.access import Person, end_sign_ins, require, same_people
from workflow.rules.roles import Role


def create_first_administrator(
    store: Store, username: str, display_name: str, password: str, zone: str = "UTC"
) -> Person:
    """The first visit's account. Refused once anybody has one."""
    with store.write() as tx:
        if tx.value(select(func.count()).select_from(people)):
            raise Refused("There is an administrator already. Sign in, or ask them for an account.")
        return add(tx, events.THE_PRODUCT, username, display_name, Role.ADMINISTRATOR, password, zone)


def add_person(
    store: Store,
    token: str,
    username: str,
    display_name: str,
    role: str,
    password: str,
    zone: str,
    email: str = "",
    *,
    needs_password: bool = True,
) -> Person:
    """An administrator adds somebody; without a password where they will come by the company's own sign-in."""
    with store.write() as tx:
        actor = require(tx, token, "administer").actor
        found = role_named(role)
        return add(tx, actor, username, display_name, found, password, zone, email, needs_password=needs_password)


def add(
    tx: Tx,
    actor: events.Actor,
    username: str,
    display_name: str,
    role: Role,
    password: str,
    zone: str = "UTC",
    email: str = "",
    *,
    needs_password: bool = True,
) -> Person:
    """Insert an account in an open transaction. BadInput when a field cannot be used.

    `needs_password` False allows an account without one: its person signs in at a provider that knows its e-mail.
    """
    username, email = username.strip().casefold(), folded_email(email)
    _check_account(tx, username, display_name, zone)
    refuse_taken_email(tx, email)
    if password or needs_password:
        passwords.check(password)
    elif not email:
        raise BadInput("An account without a password needs an e-mail address: the provider knows its person by it.")
    values = {"username": username, "display_name": display_name.strip(), "role": role.value, "zone": zone}
    secret = passwords.hashed(password) if password else ""
    new_id = tx.insert(
        insert(people).values(**values, email=email, password_hash=secret, active=True, created_at=tx.now)
    )
    events.append(tx, actor, "person_added", "person", new_id, after=role.value, detail={"username": username})
    return Person(new_id, username, values["display_name"], role, zone)


def role_named(name: str) -> Role:
    """The role with this name. BadInput lists the names there are."""
    try:
        return Role(name)
    except ValueError as error:
        raise BadInput(f"There is no role {name!r}. Roles: {', '.join(Role)}.") from error


def folded_email(given: str) -> str:
    """An address as it is kept and compared; empty for none. BadInput when it can be no address."""
    email = given.strip().casefold()
    local, _, domain = email.rpartition("@")
    whole = local and domain and "@" not in local and email.isprintable() and " " not in email and len(email) <= 254
    if email and not whole:
        raise BadInput(f"{given.strip()[:80]!r} is not an e-mail address. Use one such as lea@example.org.")
    return email


def refuse_taken_email(tx: Tx, email: str, but: int = 0) -> None:
    """Return if no other account than `but` has the address, else raise BadInput. Two accounts never share one."""
    if email and tx.value(select(people.c.id).where(people.c.email == email, people.c.id != but)):
        raise BadInput("Another account has this e-mail address. Each address belongs to one account.")


def check_zone(zone: str) -> None:
    """Return if this names a time zone, else raise BadInput."""
    if zone not in available_timezones():
        raise BadInput(f"{zone!r} is not a time zone. Use a name such as Europe/London.")


def _check_account(tx: Tx, username: str, display_name: str, zone: str) -> None:
    if not username or not display_name.strip():
        raise BadInput("Give the account a user name and a name to show.")
    check_zone(zone)
    if tx.value(select(people.c.id).where(people.c.username == username)):
        raise BadInput(f"The user name {username!r} is taken. Choose another.")


def set_password(tx: Tx, actor: events.Actor, username: str, password: str) -> None:
    """Give somebody a new password and end their open sign-ins. BadInput for an unknown name."""
    row = named(tx, username)
    passwords.check(password)
    values = {"password_hash": passwords.hashed(password), "failed_sign_ins": 0, "locked_until": None}
    tx.run(update(people).where(people.c.id == row["id"]).values(**values))
    end_sign_ins(tx, sign_ins.c.person_id == row["id"])
    events.append(tx, actor, "password_set", "person", row["id"])


def revoke(store: Store, token: str, person_id: int) -> None:
    """An administrator takes somebody's access away: the account and every open sign-in, at once."""
    with store.write() as tx:
        revoke_in(tx, require(tx, token, "administer").actor, person_id)


def revoke_in(tx: Tx, actor: events.Actor, person_id: int) -> None:
    """The same in an open transaction."""
    refuse_last_administrator(tx, person_id)
    tx.run(update(people).where(people.c.id == person_id).values(active=False))
    end_sign_ins(tx, sign_ins.c.person_id == person_id)
    events.append(tx, actor, "person_revoked", "person", person_id, after="revoked")


def refuse_last_administrator(tx: Tx, person_id: int) -> None:
    """Return if somebody else can still administer, else raise Refused."""
    left = tx.rows(select(people.c.id).where(people.c.role == Role.ADMINISTRATOR.value, people.c.active))
    if [row["id"] for row in left] == [person_id]:
        raise Refused("This is the last administrator. Add another one first.", ("last_administrator",))


def restore(store: Store, token: str, person_id: int) -> None:
    """An administrator gives the access back that was taken away."""
    with store.write() as tx:
        restore_in(tx, require(tx, token, "administer").actor, person_id)


def restore_in(tx: Tx, actor: events.Actor, person_id: int) -> None:
    """The same in an open transaction. Their earlier sign-ins stay ended."""
    if account(tx, person_id)["active"]:
        raise Refused("This account has access already.", ("wrong_state",))
    tx.run(update(people).where(people.c.id == person_id).values(active=True))
    events.append(tx, actor, "person_restored", "person", person_id, before="revoked", after="active")


def set_role_in(tx: Tx, actor: events.Actor, person_id: int, role: Role) -> None:
    """Give somebody another role, in an open transaction. It counts from that person's next click."""
    before = account(tx, person_id)["role"]
    if before == role.value:
        return
    if before == Role.ADMINISTRATOR.value:
        refuse_last_administrator(tx, person_id)
    tx.run(update(people).where(people.c.id == person_id).values(role=role.value))
    events.append(tx, actor, "role_changed", "person", person_id, before=before, after=role.value)


def change(store: Store, token: str, person_id: int, role: str, email: str) -> None:
    """An administrator changes role and e-mail address together: both, or neither."""
    with store.write() as tx:
        actor = require(tx, token, "administer").actor
        set_role_in(tx, actor, person_id, role_named(role))
        set_email_in(tx, actor, person_id, email)


def unlock_in(tx: Tx, actor: events.Actor, person_id: int) -> None:
    """Let somebody try again at once who locked their account with wrong passwords."""
    tx.run(update(people).where(people.c.id == person_id).values(failed_sign_ins=0, locked_until=None))
    events.append(tx, actor, "person_unlocked", "person", person_id)


def set_email_in(tx: Tx, actor: events.Actor, person_id: int, email: str) -> None:
    """Change somebody's e-mail address, in an open transaction; empty takes it away. The record says no address."""
    row, folded = account(tx, person_id), folded_email(email)
    refuse_taken_email(tx, folded, but=person_id)
    if row["email"] == folded:
        return
    if not folded and not row["password_hash"]:
        raise BadInput("This account has no password: its person is known by this address. Give it another one.")
    tx.run(update(people).where(people.c.id == person_id).values(email=folded))
    events.append(tx, actor, "email_changed", "person", person_id)


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


def named(tx: Tx, username: str) -> RowMapping:
    """The row of the account with this user name. BadInput when there is none."""
    row = tx.row(select(people).where(people.c.username == username.strip().casefold()))
    if row is None:
        raise BadInput(f"There is nobody called {username!r}.")
    return row
