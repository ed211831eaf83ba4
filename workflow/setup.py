"""A new workspace's first hour: the brand's profile, and something to watch from the very first minute.

Apart from `brand`, which every use case reads: an administrator does this once, and it brings the default monitors
(the brand, its rivals, the words of its trade, what hurts its customers) and a few public sources with it. The profile
may be changed later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import insert, select, update

from data.errors import BadInput, Refused
from data.reference.default_sources import HOME, default_sources
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import brands, sources
from scoring.contract import BrandProfile
from workflow.access import require
from workflow.brand import Brand, found, the_brand
from workflow.imports import add_monitor
from workflow.rules.holds import REGION, fold

# Below so many mentions an hour a monitor raises no alert, whatever the ratio (ours).
FLOOR = 20
LONGEST_NAME = 200
SELLS_TO = ("people", "companies")
MOST_PEOPLE = 10_000
_LANGUAGE = re.compile("[a-z]{2}")


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


def change_profile(store: Store, token: str, profile: BrandProfile) -> Brand:
    """Write the brand's profile anew; the judge reads it at its next look. Monitors stay as they are, and so does the
    name: both are watched under it."""
    with store.write() as tx:
        person = require(tx, token, "administer")
        brand = the_brand(tx)
        checked = _checked(replace(profile, name=brand.profile.name), brand.zone)
        before, after = asdict(brand.profile), asdict(checked)
        changed = [field for field in after if after[field] != before[field]]
        if not changed:
            return brand
        tx.run(update(brands).where(brands.c.id == brand.id).values(profile=after))
        detail = {field: {"before": before[field], "after": after[field]} for field in changed}
        events.append(tx, person.actor, "profile_changed", "brand", brand.id, after=checked.name, detail=detail)
        return the_brand(tx)


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


def languages_in(text: str) -> tuple[str, ...]:
    """ISO 639-1 codes from one field, in small letters; English where it is empty. BadInput names the first that is
    none."""
    codes = tuple(dict.fromkeys(word.lower() for word in words(text)))
    for code in codes:
        if not _LANGUAGE.fullmatch(code):
            raise BadInput(f"{code!r} is no language code. Use two letters: en, es, de, with commas between them.")
    return codes or ("en",)


def _checked(profile: BrandProfile, zone: str) -> BrandProfile:
    if not profile.name.strip() or len(profile.name) > LONGEST_NAME:
        raise BadInput("Give the brand a name: the one that people use when they speak of it.")
    if zone not in available_timezones():
        raise BadInput(f"{zone!r} is not a time zone. Use a name such as Europe/London.")
    regions_in(",".join(profile.regions))
    languages_in(",".join(profile.languages))
    if profile.sells_to not in SELLS_TO:
        raise BadInput(f"Say whom you sell to: {' or '.join(SELLS_TO)}.")
    if not 0 <= profile.team_size <= MOST_PEOPLE:
        raise BadInput(f"The team's size is a number from 0 (not said) to {MOST_PEOPLE:,}.")
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
