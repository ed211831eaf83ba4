"""What pages show of a picture: what it is, what people noted about it, who looked at it, and what is still missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select

from app.views.posts import names
from app.wiring import House
from data.storage.store import Tx
from data.storage.tables import media, media_previews
from workflow.access import Person, same_people
from workflow.content import refusal_of, version_of
from workflow.lifecycle import draft_row
from workflow.media import content_of, facts_of
from workflow.refused_pictures import RefusedPicture, media_row, refused_pictures
from workflow.rules.media import Attached, Facts, provenance_gap, rights_gap, scenes


@dataclass(frozen=True)
class Look:
    """Who looked at these very bytes, and when."""

    name: str
    at: datetime


@dataclass(frozen=True)
class MediaView:
    """One picture of a post, for one reader. `looked`: this reader has looked at it. `gaps`: what still stops it.

    `made_here`: written anew by our own child; what came in with another tool's schedule was not, and is never opened.
    """

    id: int
    sha256: str
    name: str
    mime: str
    made_here: bool
    width: int | None
    height: int | None
    size: int
    alt_text: str
    facts: Facts
    searched_by: str
    searched_at: datetime | None
    looks: tuple[Look, ...]
    looked: bool
    refused: str
    gaps: tuple[str, ...]

    @property
    def attached(self) -> Attached:
        """As its platform meets it."""
        return Attached(self.name, self.mime, self.size, self.alt_text)


def media_views(tx: Tx, entries: Iterable[Mapping[str, Any]], person: Person) -> tuple[MediaView, ...]:
    """The pictures that a version, or somebody's unsaved words, name."""
    known, same = names(tx), same_people(tx)
    return tuple(_view(tx, entry, person, known, same) for entry in entries)


def pictures_of(house: House, person: Person, entries: Iterable[Mapping[str, Any]]) -> tuple[MediaView, ...]:
    """The same in a read of its own."""
    with house.store.read() as tx:
        return media_views(tx, entries, person)


def pictures_of_draft(house: House, person: Person, draft_id: int) -> tuple[MediaView, ...]:
    """The pictures of a draft's current version."""
    with house.store.read() as tx:
        return media_views(tx, version_of(tx, draft_row(tx, draft_id))["media"], person)


def refused_in(house: House) -> tuple[RefusedPicture, ...]:
    """Every picture that was ever refused, those in force first."""
    with house.store.read() as tx:
        return refused_pictures(tx)


def bytes_of(house: House, media_id: int, expected: str) -> bytes | None:
    """Exactly what would be sent; None where the store holds other bytes than were taken in."""
    with house.store.read() as tx:
        content = content_of(tx, media_id)
    return content if sha256(content).hexdigest() == expected else None


def _view(
    tx: Tx, entry: Mapping[str, Any], person: Person, known: Mapping[int, str], same: Mapping[int, int]
) -> MediaView:
    row = media_row(tx, int(entry["media_id"]))
    facts = facts_of(row)
    refused = refusal_of(tx, (row["sha256"],), scenes(row["looks"]))
    own = (media_previews.c.media_id == row["id"]) & (media_previews.c.sha256 == row["sha256"])
    seen = tx.rows(select(media_previews).where(own).order_by(media_previews.c.at))
    missing = (
        provenance_gap("It", facts.origin, facts.search).replace("where It comes", "where it comes"),
        rights_gap("It", facts.origin, facts.rights_note),
        f"The team refused it, or one that looks like it: {refused}" if refused else "",
    )
    return MediaView(
        id=row["id"],
        sha256=row["sha256"],
        name=row["name"],
        mime=row["mime"],
        made_here=row["given_sha256"] is not None,
        width=row["width"],
        height=row["height"],
        size=tx.value(select(func.length(media.c.content)).where(media.c.id == row["id"])),
        alt_text=str(entry.get("alt_text", "")),
        facts=facts,
        searched_by=known.get(row["searched_by"], ""),
        searched_at=row["searched_at"],
        looks=tuple(Look(known[one["person_id"]], one["at"]) for one in seen),
        looked=same[person.id] in {same[one["person_id"]] for one in seen},
        refused=refused,
        gaps=tuple(filter(None, missing)),
    )
