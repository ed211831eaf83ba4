"""What the Set-up page shows: the brand, if there is one, and everybody with an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, func, select

from app.wiring import House
from data.storage.tables import brands, monitors, people, sign_ins, sources
from scoring.contract import BrandProfile
from workflow.access import Person
from workflow.brand import profile_from
from workflow.rules.roles import PLAIN, Role, may


@dataclass(frozen=True)
class Member:
    """One account. `seen_at`: when a page was last drawn for them, None before their first sign-in."""

    id: int
    username: str
    name: str
    role: str
    zone: str
    active: bool
    seen_at: datetime | None
    me: bool


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


def team_view(house: House, person: Person) -> TeamView:
    """The brand and the people, those without access last."""
    with house.store.read() as tx:
        brand = tx.row(select(brands).order_by(brands.c.id).limit(1))
        seen = select(sign_ins.c.person_id, func.max(sign_ins.c.seen_at).label("seen_at")).group_by(
            sign_ins.c.person_id
        )
        last = {row["person_id"]: row["seen_at"] for row in tx.rows(seen)}
        rows = tx.rows(select(people).order_by(people.c.active.desc(), people.c.display_name))
        return TeamView(
            brand=profile_from(brand["profile"]) if brand else None,
            zone=brand["zone"] if brand else "UTC",
            monitors=tx.value(select(func.count()).select_from(monitors).where(monitors.c.enabled)),
            sources=tx.value(select(func.count()).select_from(sources).where(sources.c.enabled)),
            members=tuple(_member(row, last.get(row["id"]), person) for row in rows),
            signers=sum(row["active"] and may(row["role"], "sign") for row in rows),
            may_administer=may(person.role, "administer"),
            now=tx.now,
        )


def _member(row: RowMapping, seen_at: datetime | None, person: Person) -> Member:
    return Member(
        id=row["id"],
        username=row["username"],
        name=row["display_name"],
        role=PLAIN[Role(row["role"])],
        zone=row["zone"],
        active=row["active"],
        seen_at=seen_at,
        me=row["id"] == person.id,
    )
