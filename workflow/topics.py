"""Topics: what counts, alerts and posts are about. One folded name, one row, whoever wrote it how."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import RowMapping, insert, select

from data.storage.store import Tx
from data.storage.tables import topics
from workflow.rules.holds import fold

_HASHTAG = re.compile(r"(?<![\w&/])#(\w*[^\W\d]\w*)")


def hashtags(text: str) -> tuple[str, ...]:
    """The hashtags in a text, as written, each once. A mere number (#1) is not one."""
    if "#" not in text and text.isascii():  # most texts: spare them the search
        return ()
    return tuple(dict.fromkeys(f"#{tag}" for tag in _HASHTAG.findall(unicodedata.normalize("NFKC", text))))


def topic_id(tx: Tx, label: str, monitor_id: int | None = None) -> int:
    """The topic's row, made on first sight."""
    found = topic_named(tx, label)
    if found is not None:
        return int(found["id"])
    values = {"folded": fold(label)[:200], "label": label.strip()[:200], "monitor_id": monitor_id}
    return tx.insert(insert(topics).values(**values, first_seen_at=tx.now))


def topic_ids(tx: Tx, labels: Iterable[str]) -> dict[str, int]:
    """The rows of many topics by label, made on first sight: what `topic_id` does, in two statements for a batch."""
    folded = {label: fold(label)[:200] for label in labels}
    found = _ids(tx, folded.values())
    fresh = {name: label for label, name in reversed(folded.items()) if name not in found}
    if fresh:
        rows = [{"folded": name, "label": label.strip()[:200], "monitor_id": None} for name, label in fresh.items()]
        tx.run(insert(topics), [{**row, "first_seen_at": tx.now} for row in rows])
        found |= _ids(tx, fresh)
    return {label: found[name] for label, name in folded.items()}


def _ids(tx: Tx, names: Iterable[str]) -> dict[str, int]:
    wanted = sorted(set(names))
    chunks = (wanted[start : start + 500] for start in range(0, len(wanted), 500))
    rows = (
        row for some in chunks for row in tx.rows(select(topics.c.folded, topics.c.id).where(topics.c.folded.in_(some)))
    )
    return {row["folded"]: row["id"] for row in rows}


def topic_named(tx: Tx, label: str) -> RowMapping | None:
    """The topic's row, or None while nothing was ever seen about it."""
    return tx.row(select(topics).where(topics.c.folded == fold(label)[:200]))
