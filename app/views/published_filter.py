"""Which publications a page or a file is about, and what has one row of each: the filter of the page of what is out.

Apart from `published`, which reads the rest of a page, because the file of all pages begins with the same statement.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, select

from data.storage.store import Tx
from data.storage.tables import (
    channel_accounts,
    collections,
    deletions,
    draft_versions,
    drafts,
    publications,
)

PERIODS: dict[str, timedelta | None] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "all": None,
}
PERIOD_WORDS = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "all": "All"}


def statement(tx: Tx, platform: str, period: str) -> Select[Any]:
    """Every publication that fits the filter, newest first, with what has one row of each."""
    return _newest_first(_rows(_wanted(tx, platform, period)))


def count(tx: Tx, platform: str, period: str) -> int:
    """How many they are."""
    return int(tx.value(select(func.count()).select_from(_source(_wanted(tx, platform, period)).subquery())))


def _wanted(tx: Tx, platform: str, period: str) -> ColumnElement[bool]:
    span = PERIODS.get(period, PERIODS["30d"])
    within = publications.c.at > tx.now - span if span is not None else publications.c.id > 0
    return and_(within, drafts.c.platform == platform) if platform else within


def _source(wanted: ColumnElement[bool]) -> Select[Any]:
    return select(publications.c.id).join(drafts, drafts.c.id == publications.c.draft_id).where(wanted)


def _newest_first(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(publications.c.at.desc(), publications.c.id.desc())


def _rows(wanted: ColumnElement[bool]) -> Select[Any]:
    """Everything about a publication that has one row; the version whose words left."""
    left = and_(
        draft_versions.c.draft_id == publications.c.draft_id,
        draft_versions.c.content_hash == publications.c.content_hash,
    )
    newer = draft_versions.alias()
    # Two versions may have the same words: the last of them stands for both.
    last = (
        select(func.max(newer.c.number))
        .where(newer.c.draft_id == publications.c.draft_id, newer.c.content_hash == publications.c.content_hash)
        .scalar_subquery()
    )
    reading = [collections.c[name] for name in _READING]
    return (
        select(publications, drafts.c.platform, draft_versions.c.text, draft_versions.c.media)
        .add_columns(draft_versions.c.answering, deletions.c.state.label("deletion"), *reading)
        .add_columns(
            channel_accounts.c.limited_until, channel_accounts.c.enabled, channel_accounts.c.name.label("account")
        )
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .outerjoin(draft_versions, and_(left, draft_versions.c.number == last))
        .outerjoin(deletions, deletions.c.publication_id == publications.c.id)
        .outerjoin(collections, collections.c.publication_id == publications.c.id)
        .outerjoin(channel_accounts, _account())
        .where(wanted)
    )


def _account() -> ColumnElement[bool]:
    """The account whose name the publication's channel is."""
    return publications.c.channel == channel_accounts.c.kind + "-" + cast(channel_accounts.c.id, String)


_READING = (
    "next_at", "failures", "collected_at", "message", "gone_at", "platform_at", "edited_at", "skew_seconds",
)  # fmt: skip
