"""What the judge says now about a draft's moment, as the key that answers and signatures are given to.

Apart from `judge`, which writes verdicts: here the newest one is only read, by whoever stores or counts people's words
on a draft. What a changed key expires is decided in `workflow.rules.verdict_keys`.
"""

from __future__ import annotations

from sqlalchemy import RowMapping, select

from data.storage.store import Tx
from data.storage.tables import opportunities, verdicts
from workflow.rules.verdict_keys import PLANNED, UNJUDGED, Said, key_of


def verdict_key(tx: Tx, draft: RowMapping) -> str:
    """The key of the newest verdict on the draft's moment; empty for a planned post, which has none."""
    if draft["opportunity_id"] is None:
        return PLANNED
    return moment_key(tx, draft["opportunity_id"])


def moment_key(tx: Tx, opportunity_id: int) -> str:
    """The same for a moment."""
    row = tx.row(
        select(
            verdicts.c.tragedy,
            verdicts.c.reasons,
            verdicts.c.category,
            verdicts.c.wrong_approaches,
            opportunities.c.category_by,
        )
        .join(opportunities, opportunities.c.alert_id == verdicts.c.alert_id)
        .where(opportunities.c.id == opportunity_id)
        .order_by(verdicts.c.id.desc())
        .limit(1)
    )
    return key_in(row)


def key_in(row: RowMapping | None) -> str:
    """The key of a row with a verdict's columns and the opportunity's `category_by`; None: nothing was judged yet."""
    if row is None:
        return UNJUDGED
    return key_of(
        Said(
            label=row["tragedy"],
            codes=tuple(reason["code"] for reason in row["reasons"]),
            category=row["category"],
            wrong_approaches=tuple(one["key"] for one in row["wrong_approaches"]),
            chosen=row["category_by"] is not None,
        )
    )
