"""What an interaction costs: the money behind single publications, and what thirty days brought without any.

Read only; who enters the money, and how it is corrected, is in `spend`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select

from data.storage.store import Tx
from data.storage.tables import engagement_marks, publications, spends
from workflow.brand import the_brand
from workflow.rules.questions import Organic, Paid

MONTH = timedelta(days=30)


def paid(tx: Tx, ids: Collection[int]) -> dict[int, Paid]:
    """What was put behind each of these and what it bought; those without money are left out.

    Several currencies behind one publication cannot be added: then the one with the newest entry counts.
    """
    rows = tx.rows(
        select(
            spends.c.publication_id,
            spends.c.currency,
            func.sum(spends.c.amount).label("amount"),
            func.sum(spends.c.interactions).label("interactions"),
        )
        .where(spends.c.publication_id.in_(tuple(ids)), spends.c.voided_at.is_(None))
        .group_by(spends.c.publication_id, spends.c.currency)
        .order_by(func.max(spends.c.id))
    )
    return {
        row["publication_id"]: Paid(int(row["amount"]), row["currency"], _count(row["interactions"])) for row in rows
    }


def organic(tx: Tx, now: datetime) -> Organic:
    """The programme's cost of a month over the interactions of thirty days, less those that were bought."""
    brand = the_brand(tx)
    newest = (
        select(engagement_marks.c.publication_id, func.max(engagement_marks.c.age_minutes).label("age"))
        .where(engagement_marks.c.published_at > now - MONTH, engagement_marks.c.interactions.is_not(None))
        .group_by(engagement_marks.c.publication_id)
        .subquery()
    )
    same = (engagement_marks.c.publication_id == newest.c.publication_id) & (
        engagement_marks.c.age_minutes == newest.c.age
    )
    brought = tx.value(select(func.sum(engagement_marks.c.interactions)).join(newest, same)) or 0
    bought = tx.value(
        select(func.sum(spends.c.interactions))
        .join(publications, publications.c.id == spends.c.publication_id)
        .where(publications.c.at > now - MONTH, spends.c.voided_at.is_(None))
    )
    cost = getattr(brand, "monthly_cost", None)
    return Organic(cost, "USD", max(int(brought) - int(bought or 0), 0))


def _count(value: object) -> int | None:
    return int(str(value)) if value is not None else None
