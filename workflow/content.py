"""From rows to what would be sent: the content of a draft's version, hashed anew from the bytes that are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import RowMapping, select

from data.storage.store import Tx
from data.storage.tables import draft_versions, media, media_previews, refused_media
from workflow.access import same_people
from workflow.rules.answering import answered
from workflow.rules.content import Content, Media, content_hash
from workflow.rules.gate import MediaFact
from workflow.rules.media import alike, scenes

# Everything but the bytes: those are megabytes, and read where they are hashed or sent.
_FACTS = [column for column in media.c if column.name != "content"]


def version_of(tx: Tx, draft: RowMapping, number: int | None = None) -> RowMapping:
    """A version of a draft: the current one unless a number is given."""
    wanted = draft["number"] if number is None else number
    row = tx.row(
        select(draft_versions).where(draft_versions.c.draft_id == draft["id"], draft_versions.c.number == wanted)
    )
    assert row is not None
    return row


def authors_of(tx: Tx, draft: RowMapping) -> frozenset[int]:
    """Everybody who wrote any of it, as people (`access.same_people`): the author, and each version's."""
    rows = tx.rows(select(draft_versions.c.author_id).where(draft_versions.c.draft_id == draft["id"]))
    same = same_people(tx)
    return frozenset(same[one] for one in (draft["author_id"], *(row["author_id"] for row in rows)))


def content_of(tx: Tx, draft: RowMapping) -> Content:
    """The current version as it would be sent, with media hashed from their stored bytes."""
    version = version_of(tx, draft)
    return Content(
        channel=f"{draft['platform']}/{draft['channel']}",
        text=version["text"],
        links=tuple(version["links"]),
        media=tuple(_media(tx, one) for one in version["media"]),
        regions=tuple(draft["regions"]),
        topic=draft["topic"],
        planned_for=version["planned_for"],
        zone=version["zone"],
        reactive=draft["reactive"],
        promotional=draft["promotional"],
        template=version["template"],
        fields=tuple(version["fields"].items()),
        answering=answered(version["answering"]),
    )


def hash_of(tx: Tx, draft: RowMapping) -> str:
    """The hash of what would be sent if it left now."""
    return content_hash(content_of(tx, draft))


def media_facts(tx: Tx, draft: RowMapping) -> tuple[MediaFact, ...]:
    """What the gate wants to know about each file of the current version."""
    same = same_people(tx)
    facts = []
    for one in version_of(tx, draft)["media"]:
        row = tx.row(select(*_FACTS).where(media.c.id == one["media_id"]))
        assert row is not None
        # A look at other bytes than these is a look at another picture.
        own = (media_previews.c.media_id == row["id"]) & (media_previews.c.sha256 == row["sha256"])
        seen = tx.rows(select(media_previews.c.person_id).where(own))
        facts.append(
            MediaFact(
                name=row["name"],
                kind=row["kind"],
                previewed_by=frozenset(same[r["person_id"]] for r in seen),
                origin=row["origin"],
                reverse_image_search=row["reverse_image_search"],
                rights_note=row["rights_note"],
                refused=refusal_of(tx, (row["sha256"],), scenes(row["looks"])),
            )
        )
    return tuple(facts)


def refusal_of(tx: Tx, hashes: Iterable[str], looks: Iterable[str]) -> str:
    """Why the team never wants to see a picture with these bytes, or these looks; empty where nobody said so."""
    given, seen = frozenset(hashes), tuple(looks)
    for row in tx.rows(select(refused_media).where(refused_media.c.lifted_at.is_(None))):
        if row["sha256"] in given or alike(seen, scenes(row["looks"])):
            return str(row["reason"])
    return ""


def _media(tx: Tx, one: dict[str, str]) -> Media:
    row = tx.row(select(media.c.content, media.c.kind).where(media.c.id == one["media_id"]))
    assert row is not None
    return Media(hashlib.sha256(row["content"]).hexdigest(), row["kind"], one.get("alt_text", ""))
