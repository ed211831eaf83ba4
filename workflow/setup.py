"""A new workspace's first hour: the brand's profile, and something to watch from the very first minute.

Apart from `brand`, which every use case reads: this is done once, by an administrator, and brings the default monitors
(the brand, its rivals, the words of its trade, what hurts its customers) and a few public sources with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import insert, select

from data.errors import BadInput, Refused
from data.reference.default_sources import HOME, default_sources
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import brands, sources
from scoring.contract import BrandProfile
from workflow.access import require
from workflow.brand import Brand, found
from workflow.imports import add_monitor
from workflow.rules.holds import REGION, fold

# Below so many mentions an hour a monitor raises no alert, whatever the ratio (ours).
FLOOR = 20
LONGEST_NAME = 200


def found_brand(store: Store, token: str, profile: BrandProfile, zone: str) -> Brand:
    """Write the brand, its default monitors and the default sources. Refused once there is a brand."""
    checked = _checked(profile, zone)
    with store.write() as tx:
        person = require(tx, token, "administer")
        if tx.value(select(brands.c.id).limit(1)) is not None:
            raise Refused("This workspace has its brand already.", ("wrong_state",))
        brand = found(tx, checked, zone=zone)
        watched = _add_monitors(tx, brand.id, checked)
        polled = _add_sources(tx, checked)
        detail = {"monitors": watched, "sources": polled}
        events.append(tx, person.actor, "workspace_set_up", "brand", brand.id, after=checked.name, detail=detail)
        return brand


def words(text: str) -> tuple[str, ...]:
    """What a person typed into one field, comma by comma or line by line, each once and without empty ones."""
    parts = (" ".join(part.split()) for line in text.splitlines() for part in line.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def regions_in(text: str) -> tuple[str, ...]:
    """ISO 3166 codes from one field, in capitals. BadInput names the first that is none."""
    codes = tuple(dict.fromkeys(word.upper() for word in words(text)))
    for code in codes:
        if not REGION.fullmatch(code):
            raise BadInput(f"{code!r} is no region code. Use codes such as US, US-NJ or GB, with commas between them.")
    return codes


def _checked(profile: BrandProfile, zone: str) -> BrandProfile:
    if not profile.name.strip() or len(profile.name) > LONGEST_NAME:
        raise BadInput("Give the brand a name: the one that people use when they speak of it.")
    if zone not in available_timezones():
        raise BadInput(f"{zone!r} is not a time zone. Use a name such as Europe/London.")
    regions_in(",".join(profile.regions))
    return profile


def _add_monitors(tx: Tx, brand_id: int, profile: BrandProfile) -> int:
    rows = list(_monitor_rows(profile))
    for name, kind, terms in rows:
        add_monitor(tx, brand_id, name[:LONGEST_NAME], kind, terms, floor=FLOOR)
    return len(rows)


def _monitor_rows(profile: BrandProfile) -> Iterable[tuple[str, str, tuple[str, ...]]]:
    """Name, kind and terms of each default monitor; what reads the same (iced tea, #IcedTea) is watched once."""
    taken = {fold(profile.name)}
    yield profile.name, "brand", (profile.name, *profile.products)
    kinds = (("competitor", profile.competitors), ("keyword", profile.keywords), ("pain_point", profile.pain_points))
    for kind, given in kinds:
        for word in given:
            if fold(word) not in taken:
                taken.add(fold(word))
                yield word, kind, (word,)


def _add_sources(tx: Tx, profile: BrandProfile) -> int:
    country = profile.regions[0].split("-")[0] if profile.regions else HOME
    there = {row["name"] for row in tx.rows(select(sources.c.name))}
    fresh = [one for one in default_sources() if one.name not in there]
    for one in fresh:
        values: dict[str, Any] = {"kind": one.kind, "name": one.name, "config": one.config_for(country)}
        values |= {"interval_seconds": one.interval_seconds, "enabled": True, "next_poll_at": tx.now, "cursor": {}}
        tx.insert(insert(sources).values(**values))
    return len(fresh)
