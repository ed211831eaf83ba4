"""What is remembered of posts that were heard and not kept: how many named a topic, and a few of their words.

A stream of the whole world is not stored, so a hashtag that nobody watches has no uses when somebody types it into a
draft. The terms that discovery gathers (`term_counts`) are then all there is to judge it by. Only read here, beside
`judge`, which asks when its own uses are too few; written by `monitors.heard`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from data.storage.store import Tx
from data.storage.tables import term_counts
from scoring.contract import Use

# Discovery keeps its terms a little longer than a day; the newest of them, this many at most, are read (ours).
SPAN = timedelta(hours=48)
_MOST = 200


@dataclass(frozen=True)
class Overheard:
    """`heard` posts named the topic; `uses` are the few whose words were kept."""

    heard: int = 0
    uses: tuple[Use, ...] = ()


def overheard(tx: Tx, topic: str) -> Overheard:
    """What went by about a topic, whichever way it is written: with the sign of a hashtag, without, in one word."""
    rows = tx.rows(
        select(term_counts)
        .where(term_counts.c.term.in_(spellings(topic)), term_counts.c.slot > tx.now - SPAN)
        .order_by(term_counts.c.slot.desc(), term_counts.c.source_id)
        .limit(_MOST)
    )
    uses = [
        Use(
            text=row["detail"]["text"],
            at=min(datetime.fromisoformat(row["detail"]["first"]), tx.now),
            topic=topic,
            source=str(row["source_id"]),
            url=row["detail"].get("url", ""),
        )
        for row in rows
        if row["detail"].get("text")
    ]
    different = {use.text: use for use in uses}
    return Overheard(sum(row["uses"] for row in rows), tuple(different.values()))


def spellings(topic: str) -> tuple[str, ...]:
    """The terms that stand for a topic, as discovery spells them."""
    plain = " ".join(unicodedata.normalize("NFKC", topic).casefold().split()).lstrip("#")
    return tuple(dict.fromkeys((f"#{plain.replace(' ', '')}", plain))) if plain else ()
