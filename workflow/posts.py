"""The newest posts of a topic, as an alert keeps them for its page: for spikes, and for moods that fall."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from data.storage.store import Tx
from data.storage.tables import item_topics, items

# The newest are looked for among so many that came in last: a topic may have hundreds of thousands (ours).
CAME_LAST = 5_000


def newest_posts(tx: Tx, topic_id: int, since: datetime, most: int, *only: ColumnElement[bool]) -> list[dict[str, Any]]:
    """At most `most` posts since `since`, newest first, different texts only, with their addresses and identifiers."""
    came_last = (
        select(item_topics.c.item_id)
        .where(item_topics.c.topic_id == topic_id)
        .order_by(item_topics.c.item_id.desc())
        .limit(CAME_LAST)
        .subquery()
    )
    rows = tx.rows(
        select(items.c.id, items.c.text, items.c.url, items.c.author, items.c.published_at, items.c.fingerprint)
        .join(came_last, came_last.c.item_id == items.c.id)
        .where(items.c.published_at >= since, *only)
        .order_by(items.c.published_at.desc(), items.c.id.desc())
        .limit(most * 10)
    )
    different = {row["fingerprint"]: row for row in reversed(rows)}
    newest = sorted(different.values(), key=lambda row: row["published_at"], reverse=True)[:most]
    return [
        {
            "id": row["id"],
            "text": row["text"],
            "url": row["url"],
            "author": row["author"],
            "at": row["published_at"].isoformat(),
        }
        for row in newest
    ]
