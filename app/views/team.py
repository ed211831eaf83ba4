"""What the Set-up page shows: the brand, if there is one, and everybody with an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, func, select

from app.wiring import House
from data.storage.store import Tx
from data.storage.tables import brands, identities, monitors, people, sign_ins, sources
from scoring.contract import BrandProfile
from workflow.access import Person, live_row, same_people
from workflow.brand import profile_from
from workflow.rules.roles import PLAIN, Role, may
from workflow.sessions import SignIn, open_sign_ins


@dataclass(frozen=True)
class Member:
    """One account. `seen_at`: when a page was last drawn for them, None before their first sign-in.

    `same_as`: the names of the same human being's other accounts. `provider`: how a company's own sign-in knows them.
    """

    id: int
    username: str
    name: str
    role: str
    zone: str
    active: bool
    seen_at: datetime | None
    me: bool
    role_key: str
    email: str
    has_password: bool
    same_as: tuple[str, ...]
    sign_ins: tuple[SignIn, ...]
    provider: str


@dataclass(frozen=True)
class TeamView:
    """The workspace as its administrator sees it. `brand` None: nothing has been set up yet."""

    brand: BrandProfile | None
    zone: str
    monitors: int
    sources: int
    members: tuple[Member, ...]
    signers: int
    may_administer: bool
    now: datetime


@dataclass(frozen=True)
class _Around:
    """What is read once for all accounts: who is the same person as whom, and whom a provider knows."""

    same: Mapping[int, int]
    names: Mapping[int, str]
    providers: Mapping[int, str]


def team_view(house: House, person: Person, token: str) -> TeamView:
    """The brand and the people, those without access last."""
    with house.store.read() as tx:
        brand = tx.row(select(brands).order_by(brands.c.id).limit(1))
        seen = select(sign_ins.c.person_id, func.max(sign_ins.c.seen_at).label("seen_at")).group_by(
            sign_ins.c.person_id
        )
        last = {row["person_id"]: row["seen_at"] for row in tx.rows(seen)}
        rows = tx.rows(select(people).order_by(people.c.active.desc(), people.c.display_name))
        around = _around(tx, rows)
        mine = _mine(tx, token)
        return TeamView(
            brand=profile_from(brand["profile"]) if brand else None,
            zone=brand["zone"] if brand else "UTC",
            monitors=tx.value(select(func.count()).select_from(monitors).where(monitors.c.enabled)),
            sources=tx.value(select(func.count()).select_from(sources).where(sources.c.enabled)),
            members=tuple(_member(tx, row, last.get(row["id"]), person, around, mine) for row in rows),
            # People, not accounts: whoever has two of them signs once.
            signers=len({around.same[row["id"]] for row in rows if row["active"] and may(row["role"], "sign")}),
            may_administer=may(person.role, "administer"),
            now=tx.now,
        )


def _around(tx: Tx, rows: Sequence[RowMapping]) -> _Around:
    known = tx.rows(select(identities).order_by(identities.c.id))
    return _Around(
        same=same_people(tx),
        names={row["id"]: row["display_name"] for row in rows},
        providers={row["person_id"]: f"{row['subject']} ({row['issuer']})" for row in known},
    )


def _mine(tx: Tx, token: str) -> int | None:
    row = live_row(tx, token)
    return row["sign_in_id"] if row is not None else None


def _member(
    tx: Tx, row: RowMapping, seen_at: datetime | None, person: Person, around: _Around, mine: int | None
) -> Member:
    human, same = around.same[row["id"]], around.same
    return Member(
        id=row["id"],
        username=row["username"],
        name=row["display_name"],
        role=PLAIN[Role(row["role"])],
        zone=row["zone"],
        active=row["active"],
        seen_at=seen_at,
        me=row["id"] == person.id,
        role_key=row["role"],
        email=row["email"],
        has_password=bool(row["password_hash"]),
        same_as=tuple(around.names[one] for one in same if same[one] == human and one != row["id"]),
        sign_ins=open_sign_ins(tx, row["id"], mine),
        provider=around.providers.get(row["id"], ""),
    )
