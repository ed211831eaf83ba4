"""The brand that speaks: its profile, its few settings, and its regions. One brand a workspace, for now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, insert, select

from data.errors import Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import brands
from scoring.contract import BrandProfile

# How long a fully signed post waits before it may leave, so that a mistake can be taken back (ours).
SEND_DELAY = timedelta(seconds=30)
# How many posts a channel may carry in 24 hours (ours; the guide only says to spend the team's effort on few).
FREQUENCY_CAP = 6
# How many posts about one topic may leave in 24 hours on all channels together (ours).
TOPIC_CAP = 3
# What sells waits at least so long after a hold over dark events was lifted (ours), and until its planned end.
REENTRY = timedelta(hours=3)
# So soon the same words do not go out on another platform too (ours): a mistake should not be everywhere at once.
ELSEWHERE = timedelta(minutes=10)


@dataclass(frozen=True)
class Brand:
    """A brand and how it works. `frequency_cap` is posts per channel in 24 hours, `topic_cap` posts per topic."""

    id: int
    name: str
    profile: BrandProfile
    zone: str
    send_delay: timedelta
    frequency_cap: int
    topic_cap: int
    reentry: timedelta
    elsewhere: timedelta


def found(tx: Tx, profile: BrandProfile, *, zone: str = "UTC", settings: Mapping[str, Any] | None = None) -> Brand:
    """Write the brand of a new workspace."""
    row = {"name": profile.name, "profile": asdict(profile), "settings": dict(settings or {}), "zone": zone}
    new_id = tx.insert(insert(brands).values(**row, created_at=tx.now))
    events.append(tx, events.THE_PRODUCT, "brand_added", "brand", new_id, after=profile.name)
    return _brand({"id": new_id, **row})


def the_brand(tx: Tx) -> Brand:
    """The workspace's brand. Refused while there is none."""
    row = tx.row(select(brands).order_by(brands.c.id).limit(1))
    if row is None:
        raise Refused("This workspace has no brand yet. An administrator sets it up on the Set-up page.", ("no_brand",))
    return _brand(row)


def has_brand(store: Store) -> bool:
    """False in a new workspace."""
    with store.read() as tx:
        return tx.value(select(brands.c.id).limit(1)) is not None


def profile_from(values: Mapping[str, Any]) -> BrandProfile:
    """A profile from plain values: lists become tuples, unknown keys are left out."""
    known = {field.name for field in fields(BrandProfile)}
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in known}
    return BrandProfile(**plain)


def _brand(row: RowMapping | Mapping[str, Any]) -> Brand:
    settings = row["settings"]
    delay = settings.get("send_delay_seconds")
    return Brand(
        id=row["id"],
        name=row["name"],
        profile=profile_from(row["profile"]),
        zone=row["zone"],
        send_delay=SEND_DELAY if delay is None else timedelta(seconds=delay),
        frequency_cap=int(settings.get("frequency_cap", FREQUENCY_CAP)),
        topic_cap=int(settings.get("topic_cap", TOPIC_CAP)),
        reentry=timedelta(hours=settings.get("reentry_hours", REENTRY / timedelta(hours=1))),
        elsewhere=timedelta(minutes=settings.get("elsewhere_minutes", ELSEWHERE / timedelta(minutes=1))),
    )
