"""What people change about themselves: name, zone, e-mail address, password.

Apart from `workflow.accounts`, where an administrator changes somebody else: nobody here can change a role.
"""

from __future__ import annotations

from sqlalchemy import update

from data.errors import BadInput
from data.storage import events
from data.storage.store import Store
from data.storage.tables import people, sign_ins
from workflow import passwords
from workflow.access import end_sign_ins, require, signed_in
from workflow.accounts import account, check_zone, folded_email, set_email_in


def change_own(store: Store, token: str, display_name: str, zone: str, email: str) -> None:
    """A person's own name, zone and e-mail address. Another address needs a fresh sign-in: it opens the account."""
    with store.write() as tx:
        person = require(tx, token, "read")
        if account(tx, person.id)["email"] != folded_email(email):
            require(tx, token, "read", fresh=True)
            set_email_in(tx, person.actor, person.id, email)
        if not display_name.strip():
            raise BadInput("Give a name that your colleagues see.")
        check_zone(zone.strip())
        given = {"display_name": display_name.strip(), "zone": zone.strip()}
        if given != {"display_name": person.display_name, "zone": person.zone}:
            tx.run(update(people).where(people.c.id == person.id).values(**given))
            detail = {"before": {"display_name": person.display_name, "zone": person.zone}, "after": given}
            events.append(tx, person.actor, "person_changed", "person", person.id, detail=detail)


def change_password(store: Store, token: str, old: str, new: str) -> None:
    """A person's own new password, for the old one. Their other sign-ins end: somebody may have had the old one.

    Refused for a wrong old password, which counts as every wrong one does.
    """
    passwords.check(new)
    with store.read() as tx:
        seen = signed_in(tx, token)
    right, secret = passwords.matches(seen, old), passwords.hashed(new)
    with store.write() as tx:
        row = signed_in(tx, token)
        refusal = passwords.count(tx, seen, right)
        if refusal is None:
            tx.run(update(people).where(people.c.id == row["id"]).values(password_hash=secret))
            tx.run(update(sign_ins).where(sign_ins.c.id == row["sign_in_id"]).values(fresh_at=tx.now))
            end_sign_ins(tx, (sign_ins.c.person_id == row["id"]) & (sign_ins.c.id != row["sign_in_id"]))
            events.append(tx, events.Actor(row["id"], row["display_name"]), "password_set", "person", row["id"])
    if refusal is not None:
        raise refusal
