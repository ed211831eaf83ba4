"""Topics: what counts, alerts and posts are about. One folded name, one row, whoever wrote it how."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import RowMapping, insert, select

from data.storage.store import Tx
from data.storage.tables import topics
from workflow.rules.holds import fold

_HASHTAG = re.compile(r"(?<![\w&/])#(\w*[^\W\d]\w*)")


def hashtags(text: str) -> tuple[str, ...]:
    """The hashtags in a text, as written, each once. A mere number (#1) is not one."""
    return tuple(dict.fromkeys(f"#{tag}" for tag in _HASHTAG.findall(unicodedata.normalize("NFKC", text))))


def topic_id(tx: Tx, label: str, monitor_id: int | None = None) -> int:
    """The topic's row, made on first sight."""
    found = topic_named(tx, label)
    if found is not None:
        return int(found["id"])
    values = {"folded": fold(label)[:200], "label": label.strip()[:200], "monitor_id": monitor_id}
    return tx.insert(insert(topics).values(**values, first_seen_at=tx.now))


def topic_named(tx: Tx, label: str) -> RowMapping | None:
    """The topic's row, or None while nothing was ever seen about it."""
    return tx.row(select(topics).where(topics.c.folded == fold(label)[:200]))
