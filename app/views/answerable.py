"""Posts from outside that a draft may answer: those that came from a platform we have a playbook for, with an address.

Apart from the moment's view, because the Drafts page asks for one of them by its number.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import RowMapping, select

from data.addresses import is_web_address
from data.reference import playbooks
from data.storage.store import Tx
from data.storage.tables import items, sources
from workflow.by_hand import BY_HAND_KIND
from workflow.rules.answering import kept


@dataclass(frozen=True)
class Answerable:
    """One of them. `platform`: the playbook that it belongs to; empty where a person saw it and did not say where."""

    item_id: int
    platform: str
    answering: Mapping[str, str]


def answerable(tx: Tx, item_ids: Collection[int]) -> dict[int, Answerable]:
    """Those of these items that can be answered, by their numbers."""
    if not item_ids:
        return {}
    columns = (items.c.id, items.c.url, items.c.author, items.c.text, items.c.kind, sources.c.kind.label("source_kind"))
    rows = tx.rows(
        select(*columns).join(sources, sources.c.id == items.c.source_id).where(items.c.id.in_(tuple(item_ids)))
    )
    found = (_one(row) for row in rows)
    return {one.item_id: one for one in found if one is not None}


def _one(row: RowMapping) -> Answerable | None:
    # A kind of source is called after its platform, with what it reads there behind: mastodon, mastodon_mentions.
    platform = str(row["source_kind"]).partition("_")[0]
    by_hand = row["source_kind"] == BY_HAND_KIND
    if row["kind"] != "mentions" or not (by_hand or platform in playbooks()) or not is_web_address(row["url"] or ""):
        return None
    words = kept("reply", row["url"], row["author"] if not by_hand else "", row["text"])
    return Answerable(row["id"], "" if by_hand else platform, words)
