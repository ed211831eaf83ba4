"""Publications as they stand after a post has left, written straight into the tables: where measuring begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import insert, select

from data.storage.store import Store
from data.storage.tables import draft_versions, drafts, people, publications, scheduled_posts
from workflow.measuring import engagement
from workflow.rules.metrics import Counts

_NUMBER = count(1)


def publication(
    store: Store,
    at: datetime,
    *,
    platform: str = "mastodon",
    channel: str = "mastodon-1",
    text: str = "Iced tea, as patient as you are.",
    media: tuple[dict[str, object], ...] = (),
    answering: dict[str, str] | None = None,
    address: str | None = None,
    measures: bool = True,
    draft_state: str = "published",
) -> int:
    """A publication of the first person's that left at `at`; its id. Its collection begins."""
    number = next(_NUMBER)
    digest = f"{number:064x}"
    with store.write() as tx:
        author = tx.value(select(people.c.id).order_by(people.c.id).limit(1))
        draft = {"brand_id": 1, "author_id": author, "channel": channel, "platform": platform, "reactive": True}
        draft |= {"promotional": False, "hashtags": [], "regions": [], "state": draft_state, "number": 1}
        times = {"created_at": at, "updated_at": at}
        draft_id = tx.insert(insert(drafts).values(**draft, **times, content_hash=digest))
        version = {"draft_id": draft_id, "number": 1, "author_id": author, "at": at, "text": text, "links": []}
        version |= {"media": list(media), "fields": {}, "content_hash": digest, "answering": answering or {}}
        tx.insert(insert(draft_versions).values(**version))
        post = {"draft_id": draft_id, "content_hash": digest, "publish_at": at, "wall_clock": "", "refusals": []}
        post |= {"idempotency_key": digest, "created_at": at, "closed_at": at}
        post_id = tx.insert(insert(scheduled_posts).values(**post))
        where = address if address is not None else f"https://social.example/@tea/{number}"
        out = {"scheduled_post_id": post_id, "draft_id": draft_id, "channel": channel, "at": at, "address": where}
        new_id = tx.insert(insert(publications).values(**out, payload={"id": str(number)}, content_hash=digest))
        engagement.begin(tx, new_id, platform, measures)
    return new_id


def figures(store: Store, publication_id: int, after: timedelta, **counts: int | None) -> tuple[int, ...]:
    """What was read of it so long after it left; the marks that it reached."""
    with store.write() as tx:
        at = engagement.measured(tx, publication_id).at + after
        return engagement.keep(tx, publication_id, Counts(**counts), at)
