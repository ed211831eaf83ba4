"""What a verdict rests on, with where that comes from: a headline's paper and age, a warning's agency, area and end.

The judge's reasons carry a sentence and the very words; whose words those are is found here, among the items.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select

from data.plain import web_link
from data.storage.store import Tx
from data.storage.tables import items, sources
from monitors.matching import fingerprint


@dataclass(frozen=True)
class Origin:
    """Whose words they are. `agency`, `area` and `until` only where it is an official warning."""

    kind: str
    source: str
    at: datetime
    url: str
    agency: str = ""
    area: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Evidence:
    """Why the judge says so: a sentence of ours, the words it rests on, and whose they are (None: nobody's we keep)."""

    sentence: str
    words: str
    origin: Origin | None = None


@dataclass(frozen=True)
class Piece:
    """Some words of a text. `marked`: a reason names them."""

    words: str
    marked: bool


def evidence_of(tx: Tx, reasons: Sequence[dict[str, Any]]) -> tuple[Evidence, ...]:
    """The reasons of a verdict as it was kept, each with the origin of its words."""
    told = [(str(one["text"]), str(one.get("evidence", ""))) for one in reasons]
    known = _origins(tx, {words for _, words in told if words})
    return tuple(Evidence(sentence, words, known.get(words)) for sentence, words in told)


def _origins(tx: Tx, texts: set[str]) -> dict[str, Origin]:
    """Found by fingerprint, which has an index, and held against the words themselves. The newest of several."""
    prints = {fingerprint(text) for text in texts}
    rows = tx.rows(
        select(items, sources.c.name)
        .join(sources, sources.c.id == items.c.source_id)
        .where(items.c.fingerprint.in_(prints))
        .order_by(items.c.published_at)
        .limit(200)
    )
    return {row["text"]: _origin(row) for row in rows if row["text"] in texts}


def _origin(row: RowMapping) -> Origin:
    extra = row["extra"] if row["kind"] == "official" else {}
    until = extra.get("expires")
    return Origin(
        kind=row["kind"],
        source=row["name"],
        at=row["published_at"],
        url=web_link(row["url"]),
        agency=str(extra.get("agency", "")),
        area=str(extra.get("area", "")),
        until=datetime.fromisoformat(until) if until else None,
    )


def marked(text: str, named: Sequence[str]) -> tuple[Piece, ...]:
    """The text in pieces, those that a reason names apart; the words that are not in it as such mark nothing."""
    patterns = [_loosely(words) for words in sorted(set(named), key=len, reverse=True)]
    found = "|".join(pattern for pattern in patterns if pattern)
    if not found:
        return (Piece(text, marked=False),)
    # With one group around it, every second part is what was found.
    parts = re.split(f"((?<!\\w)(?:{found})(?!\\w))", text, flags=re.IGNORECASE)
    return tuple(Piece(part, marked=n % 2 == 1) for n, part in enumerate(parts) if part)


def _loosely(words: str) -> str:
    """The words in their order, whatever stands between them: `car crash` is in "Car-crash"."""
    return r"\W{1,3}".join(re.escape(word) for word in re.findall(r"\w+", words))
