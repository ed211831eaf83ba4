"""What comes in from outside the flow: a team's history of counts, and posts that another tool had scheduled.

An imported post takes no short cut: it enters the schedule with whatever signatures, checklist and media facts it
brought, and the gate, which trusts nobody, decides.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import RowMapping, insert, select, update

import checklists
from data.errors import BadInput
from data.storage import events
from data.storage.store import Tx
from data.storage.tables import (
    approvals,
    channel_accounts,
    checklist_answers,
    drafts,
    media,
    media_previews,
    monitors,
    sources,
    topics,
)
from data.storage.volumes import replace_counts
from workflow.access import Person
from workflow.checking import CHECKLIST
from workflow.draft import Writing, create
from workflow.hold import hold_if_covered
from workflow.lifecycle import draft_row
from workflow.rules.approvals import Decision
from workflow.rules.drafts import State
from workflow.schedule import place
from workflow.topics import topic_id
from workflow.verdict_key import verdict_key

# A team's own counts come under a source that is never read, and that pages leave out.
HISTORY, HISTORY_KIND = "Imported history", "history"


@dataclass(frozen=True)
class ImportedMedia:
    """A file with what is known about it. `content` None: only its name is known."""

    name: str
    kind: str
    previewed_by: tuple[Person, ...] = ()
    origin: str | None = None
    reverse_image_search: str | None = None
    rights_note: str | None = None
    content: bytes | None = None
    alt_text: str = ""


@dataclass(frozen=True)
class ImportedPost:
    """A post from another tool's schedule, with those who signed it there."""

    author: Person
    writing: Writing
    publish_at: datetime
    signed_by: tuple[Person, ...] = ()
    checklist_complete: bool = False
    media: tuple[ImportedMedia, ...] = field(default_factory=tuple)


def import_post(tx: Tx, post: ImportedPost) -> int:
    """Put a post on the schedule as it came; the draft's id. A hold that is on holds it from its first instant."""
    files = [_store_media(tx, post.author, one) for one in post.media]
    writing = Writing(**{**vars(post.writing), "media": tuple(files)})
    draft_id = create(tx, post.author, writing, None)
    tx.run(update(drafts).where(drafts.c.id == draft_id).values(state=State.SCHEDULED.value))
    draft = draft_row(tx, draft_id)
    verdict = verdict_key(tx, draft)
    for person in post.signed_by:
        key = {"draft_id": draft_id, "content_hash": draft["content_hash"], "person_id": person.id}
        values = {"role": person.role.value, "decision": Decision.APPROVE.value, "reason": "imported", "at": tx.now}
        values["verdict_key"] = verdict
        tx.insert(insert(approvals).values(**key, **values))
    if post.checklist_complete:
        _answer_well(tx, draft, post.author)
    place(tx, draft, post.publish_at, writing.zone)
    events.append(
        tx,
        events.THE_PRODUCT,
        "draft_imported",
        "draft",
        draft_id,
        after=State.SCHEDULED.value,
        content_hash=draft["content_hash"],
        detail={"signed_by": [person.username for person in post.signed_by]},
    )
    hold_if_covered(tx, draft)
    return draft_id


def _answer_well(tx: Tx, draft: RowMapping, person: Person) -> None:
    key = {"draft_id": draft["id"], "content_hash": draft["content_hash"], "verdict_key": verdict_key(tx, draft)}
    for item in checklists.load(CHECKLIST).items:
        row = {**key, "item": item.id, "value": item.good}
        tx.insert(insert(checklist_answers).values(**row, note="imported", person_id=person.id, at=tx.now))


def _store_media(tx: Tx, author: Person, one: ImportedMedia) -> dict[str, object]:
    content = one.content if one.content is not None else one.name.encode()
    digest = hashlib.sha256(content).hexdigest()
    found = tx.value(select(media.c.id).where(media.c.sha256 == digest))
    media_id = found or tx.insert(
        insert(media).values(
            sha256=digest,
            name=one.name,
            kind=one.kind,
            mime="application/octet-stream",
            content=content,
            origin=one.origin,
            reverse_image_search=one.reverse_image_search,
            rights_note=one.rights_note,
            uploaded_by=author.id,
            at=tx.now,
        )
    )
    seen = {row["person_id"] for row in tx.rows(select(media_previews).where(media_previews.c.media_id == media_id))}
    for person in one.previewed_by:
        if person.id not in seen:
            tx.run(insert(media_previews).values(media_id=media_id, person_id=person.id, at=tx.now, sha256=digest))
    return {"media_id": media_id, "sha256": digest, "kind": one.kind, "alt_text": one.alt_text or one.name}


def add_monitor(
    tx: Tx, brand_id: int, name: str, kind: str, terms: Sequence[str], exclusions: Sequence[str] = (), floor: int = 20
) -> int:
    """A monitor and the topic that it counts under; the monitor's id."""
    row = {"brand_id": brand_id, "name": name, "kind": kind, "terms": list(terms), "exclusions": list(exclusions)}
    monitor_id = tx.insert(insert(monitors).values(**row, floor=floor, enabled=True))
    topic = topic_id(tx, name)
    if tx.value(select(topics.c.monitor_id).where(topics.c.id == topic)) is not None:
        raise BadInput(f"Something that reads like {name!r} is watched already. Choose another name.")
    tx.run(update(topics).where(topics.c.id == topic).values(monitor_id=monitor_id))
    return monitor_id


def add_source(
    tx: Tx, kind: str, name: str, config: Mapping[str, object], interval_seconds: int, enabled: bool = True
) -> int:
    """A source that is due at once; its id."""
    row = {"kind": kind, "name": name, "config": dict(config), "interval_seconds": interval_seconds, "cursor": {}}
    return tx.insert(insert(sources).values(**row, enabled=enabled, next_poll_at=tx.now))


def add_account(tx: Tx, kind: str, name: str, config: Mapping[str, object], secrets: Mapping[str, str]) -> str:
    """An account on a platform, switched on, with secrets that are sealed already; the name of its channel."""
    row = {"kind": kind, "name": name, "config": dict(config), "secrets": dict(secrets), "enabled": True}
    account_id = tx.insert(insert(channel_accounts).values(**row, created_at=tx.now, changed_at=tx.now))
    detail = {"kind": kind, "name": name, "config": dict(config), "secrets": sorted(secrets)}
    events.append(tx, events.THE_PRODUCT, "account_added", "channel_account", account_id, after="on", detail=detail)
    return f"{kind}-{account_id}"


def import_counts(tx: Tx, rows: Iterable[tuple[str, datetime, int]]) -> int:
    """A team's own history: (monitor's name, minute in UTC, uses). How many rows; learning is then over at once.

    The same history may be brought again: an hour in it replaces what was imported of that hour.
    """
    source_id = tx.value(select(sources.c.id).where(sources.c.name == HISTORY)) or add_source(
        tx, HISTORY_KIND, HISTORY, {}, 86_400, enabled=False
    )
    named = {row["label"]: row["id"] for row in tx.rows(select(topics).where(topics.c.monitor_id.is_not(None)))}
    given = [(named[name], minute, count) for name, minute, count in rows if count]
    tally: Counter[tuple[int, datetime]] = Counter()
    for topic, minute, count in given:
        tally[topic, minute] += count
    replace_counts(tx, source_id, tally)
    return len(given)
