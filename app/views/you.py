"""What the page "You" shows: one's own account, and where one is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from data.storage.store import Store
from workflow.access import Person, signed_in
from workflow.rules.roles import PLAIN
from workflow.sessions import SignIn, open_sign_ins

METHODS = {"password": "with a password", "oidc": "at the company's sign-in"}


@dataclass(frozen=True)
class YouView:
    """One's own account. `others`: how many sign-ins there are besides this one."""

    person: Person
    role: str
    email: str
    has_password: bool
    sign_ins: tuple[SignIn, ...]
    others: int
    now: datetime


def you_view(store: Store, token: str, person: Person) -> YouView:
    """The reader's own account. NotSignedIn when the sign-in has ended since."""
    with store.read() as tx:
        row = signed_in(tx, token)
        found = open_sign_ins(tx, person.id, mine=row["sign_in_id"])
        return YouView(
            person=person,
            role=PLAIN[person.role],
            email=row["email"],
            has_password=bool(row["password_hash"]),
            sign_ins=found,
            others=sum(not one.mine for one in found),
            now=tx.now,
        )
