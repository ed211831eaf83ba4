"""Pictures as people handle them: taken in, noted where they come from, searched for, looked at before signing.

What is sent is content and belongs to a draft's version; what is known about a file belongs to the file, because the
same picture is used again and its story does not change with the post. Both rest on the bytes: a file is its SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import RowMapping, delete, func, insert, select, update

from data.errors import BadInput, Refused
from data.reference import playbook
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import media, media_previews
from workflow.access import Person, require, same_people
from workflow.content import hash_of, media_facts, refusal_of, version_of
from workflow.pictures import Picture, named, opened
from workflow.refused_pictures import expire_signatures, media_row
from workflow.rules.media import (
    KIND,
    Attached,
    Facts,
    Origin,
    Search,
    provenance_gap,
    rights_gap,
    signatures_outlive,
    unfit,
)

LONGEST_NOTE = 1_000


@dataclass(frozen=True)
class Taken:
    """A picture that is in. `entry`: how a draft's version names it. `known`: it had been in before, with its facts."""

    media_id: int
    name: str
    entry: Mapping[str, Any]
    remark: str
    known: bool


def take_in(store: Store, token: str, name: str, given: bytes) -> Taken:
    """Open a file that somebody handed in, write it anew, keep it.

    BadInput for what is no picture; Refused for one that the team refused, or that looks like it.
    """
    with store.write() as tx:
        require(tx, token, "write")  # before any work: opening costs a process
    return keep(store, token, name, opened(given))


def keep(store: Store, token: str, name: str, picture: Picture) -> Taken:
    """The second half of `take_in`: a picture that was opened and made anew is asked about, and stored."""
    with store.write() as tx:
        person = require(tx, token, "write")
        reason = refusal_of(tx, (picture.sha256, picture.given_sha256), (*picture.looks, *picture.turned))
        if not reason:
            return _keep(tx, person, named(name, picture.mime), picture)
        detail = {"sha256": picture.sha256, "name": named(name, picture.mime)}
        events.append(tx, person.actor, "media_turned_away", "media", None, why=reason, detail=detail)
    # Outside the transaction: that it was tried stays on record.
    raise Refused(f"The team refused this picture, or one that looks like it: {reason}", ("media_refused",))


def _keep(tx: Tx, person: Person, name: str, picture: Picture) -> Taken:
    row = tx.row(select(media.c.id, media.c.name).where(media.c.sha256 == picture.sha256))
    media_id = row["id"] if row is not None else _store(tx, person, name, picture)
    kept = row["name"] if row is not None else name
    detail = {
        "name": name,
        "sha256": picture.sha256,
        "given_sha256": picture.given_sha256,
        "mime": picture.mime,
        "known": row is not None,
    }
    events.append(tx, person.actor, "media_taken_in", "media", media_id, detail=detail)
    entry = {"media_id": media_id, "sha256": picture.sha256, "kind": KIND, "alt_text": ""}
    return Taken(media_id, kept, entry, picture.remark, row is not None)


def _store(tx: Tx, person: Person, name: str, picture: Picture) -> int:
    return tx.insert(
        insert(media).values(
            sha256=picture.sha256,
            given_sha256=picture.given_sha256,
            name=name,
            kind=KIND,
            mime=picture.mime,
            content=picture.content,
            width=picture.width,
            height=picture.height,
            looks=" ".join(picture.looks) or None,
            uploaded_by=person.id,
            at=tx.now,
        )
    )


# --- what people note ------------------------------------------------------------------------------------------------


def note_origin(store: Store, token: str, media_id: int, origin: str) -> None:
    """Where the picture comes from. Signatures given by another origin expire."""
    if origin not in frozenset(Origin):
        raise BadInput("Choose where the picture comes from.")
    with store.write() as tx:
        person = require(tx, token, "note_media")
        row = media_row(tx, media_id)
        _note(tx, person, row, replace(facts_of(row), origin=origin), "media_origin_noted")


def note_rights(store: Store, token: str, media_id: int, who: str, link: str = "", on: str = "") -> None:
    """Who allowed its use or which licence covers it, where that can be read, and since when (YYYY-MM-DD)."""
    who, link, on = who.strip(), link.strip(), on.strip()
    if not who or len(who) > LONGEST_NOTE:
        raise BadInput("Say who allowed its use and for what, or which licence covers it.")
    if link and not _is_address(link):
        raise BadInput("The link begins with https:// or http://; leave it empty if there is none.")
    with store.write() as tx:
        person = require(tx, token, "note_media")
        if on and not _is_past_day(on, tx.now.date()):
            raise BadInput("Give the day of the permission as it was, not one to come.")
        row = media_row(tx, media_id)
        facts = replace(facts_of(row), rights_note=who, rights_link=link, rights_on=on)
        _note(tx, person, row, facts, "media_rights_noted")


def note_search(store: Store, token: str, media_id: int, result: str, note: str = "") -> None:
    """What a reverse image search came to. The person who says so is the one who searched, now."""
    note = note.strip()
    if result not in frozenset(Search):
        raise BadInput("Choose what the search came to.")
    if result == Search.NOT_CLEAR and not note:
        raise BadInput("Say what you found: the next person would search in vain.")
    if len(note) > LONGEST_NOTE:
        raise BadInput(f"Keep what you found to {LONGEST_NOTE:,} characters.")
    with store.write() as tx:
        person = require(tx, token, "note_media")
        row = media_row(tx, media_id)
        _note(tx, person, row, replace(facts_of(row), search=result, search_note=note), "media_searched")
        tx.run(update(media).where(media.c.id == media_id).values(searched_by=person.id, searched_at=tx.now))


def facts_of(row: RowMapping) -> Facts:
    """What people noted about a file."""
    return Facts(
        origin=row["origin"],
        search=row["reverse_image_search"],
        search_note=row["search_note"],
        rights_note=row["rights_note"],
        rights_link=row["rights_link"],
        rights_on=row["rights_on"],
    )


def _note(tx: Tx, person: Person, row: RowMapping, facts: Facts, kind: str) -> None:
    """Write what changed, its event, and what it means for signatures that rest on what stood there before."""
    before = facts_of(row)
    values = {"origin": facts.origin, "reverse_image_search": facts.search, "search_note": facts.search_note}
    values |= {"rights_note": facts.rights_note, "rights_link": facts.rights_link, "rights_on": facts.rights_on}
    tx.run(update(media).where(media.c.id == row["id"]).values(**values))
    changed = {name: [old, vars(facts)[name]] for name, old in vars(before).items() if old != vars(facts)[name]}
    detail = {"name": row["name"], "sha256": row["sha256"], "changed": changed}
    events.append(tx, person.actor, kind, "media", row["id"], detail=detail)
    if not signatures_outlive(before, facts):
        why = f"what is noted about {row['name']} changed"
        expire_signatures(tx, person.actor, frozenset({row["id"]}), why)


def _is_address(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    plain = link.isprintable() and " " not in link and len(link) <= LONGEST_NOTE
    return plain and parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


def _is_past_day(on: str, today: date) -> bool:
    try:
        return date.fromisoformat(on) <= today + timedelta(days=1)  # it is tomorrow somewhere
    except ValueError:
        return False


# --- looking, before signing -----------------------------------------------------------------------------------------


def look(store: Store, token: str, media_id: int, seen_sha256: str) -> None:
    """This person has looked at the picture with this hash. Refused where the store holds other bytes by now."""
    with store.write() as tx:
        person = require(tx, token, "note_media")
        row = media_row(tx, media_id)
        if seen_sha256 != row["sha256"] or hashlib.sha256(content_of(tx, media_id)).hexdigest() != row["sha256"]:
            raise Refused(_SWAPPED.format(row["name"]), ("content_changed",))
        mine = (media_previews.c.media_id == media_id) & (media_previews.c.person_id == person.id)
        tx.run(delete(media_previews).where(mine))
        tx.run(insert(media_previews).values(media_id=media_id, person_id=person.id, at=tx.now, sha256=row["sha256"]))
        detail = {"name": row["name"], "sha256": row["sha256"]}
        events.append(tx, person.actor, "media_looked_at", "media", media_id, detail=detail)


_SWAPPED = "{} is no longer the file that was taken in. Do not sign: take it out of the draft and add the picture anew."


def content_of(tx: Tx, media_id: int) -> bytes:
    """A file's bytes, as they would be sent."""
    content: bytes | None = tx.value(select(media.c.content).where(media.c.id == media_id))
    if content is None:
        raise BadInput("There is no such picture.")
    return bytes(content)


def refuse_unseen(tx: Tx, draft: RowMapping, person: Person) -> None:
    """Nobody approves a post with a file that they have not looked at, or whose bytes are not those of the draft."""
    files = media_facts(tx, draft)
    if files and hash_of(tx, draft) != draft["content_hash"]:
        raise Refused(_SWAPPED.format(" or ".join(one.name for one in files)), ("content_changed",))
    me = same_people(tx)[person.id]
    unseen = [one.name for one in files if me not in one.previewed_by]
    if unseen:
        raise Refused(
            f"You have not looked at {' and '.join(unseen)} yet. Look at it, say so below it, then approve.",
            ("media_not_previewed",),
        )


# --- in a draft ------------------------------------------------------------------------------------------------------


def refuse_unknown(tx: Tx, entries: Iterable[Mapping[str, Any]]) -> None:
    """A version names files that are there, by their own hash, each once. BadInput otherwise."""
    seen: set[int] = set()
    for entry in entries:
        row = media_row(tx, int(entry["media_id"]))
        if row["sha256"] != entry["sha256"] or row["kind"] != entry["kind"] or row["id"] in seen:
            raise BadInput(f"{row['name']} cannot be attached as it is. Take it out and add the picture anew.")
        seen.add(row["id"])


def attached(tx: Tx, draft: RowMapping) -> tuple[Attached, ...]:
    """The files of the current version, as a platform meets them."""
    found = []
    for entry in version_of(tx, draft)["media"]:
        row = tx.row(
            select(media.c.name, media.c.mime, func.length(media.c.content).label("size")).where(
                media.c.id == entry["media_id"]
            )
        )
        assert row is not None
        found.append(Attached(row["name"], row["mime"], row["size"], entry.get("alt_text", "")))
    return tuple(found)


def unready(tx: Tx, draft: RowMapping) -> tuple[str, ...]:
    """What is still missing before the pictures of the current version can be handed to the approvers."""
    gaps = []
    for one in media_facts(tx, draft):
        gaps += [
            provenance_gap(one.name, one.origin, one.reverse_image_search),
            rights_gap(one.name, one.origin, one.rights_note),
            f"The team refused {one.name}, or one that looks like it: {one.refused}" if one.refused else "",
        ]
    return (*unfit(attached(tx, draft), playbook(draft["platform"])), *filter(None, gaps))
