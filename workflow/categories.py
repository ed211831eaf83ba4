"""Which trigger categories count for a moment: the present one, and those it had when people had already decided.

Read by whoever asks for signatures (`approve`) or offers templates (`templating`), and apart from `classify`, which
changes them and needs both. A category may be corrected at any time, and before two people have decided the correction
simply holds. Afterwards it can only add: drafts were begun with the old category's signers in mind, so both categories'
signers are asked for, and what one of them forbids stays forbidden. Nobody loosens an approval by renaming a moment.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import RowMapping, select

from data.storage.store import Tx
from data.storage.tables import events, opportunities

CHOSEN = "category_chosen"
"""The event of a person's choice; its detail says whether the moment had been decided by then."""


def counting(tx: Tx, opportunity_id: int) -> tuple[str, ...]:
    """The present category first, then each one that it replaced after the decision."""
    current = tx.value(select(opportunities.c.category).where(opportunities.c.id == opportunity_id))
    return counted(str(current), choices(tx, opportunity_id))


def counted(current: str, chosen: Iterable[RowMapping]) -> tuple[str, ...]:
    """The same from a moment's present category and every choice that a person made, newest first."""
    left = [row["before"] for row in chosen if row["detail"].get("decided")]
    return tuple(dict.fromkeys((current, *left)))


def choices(tx: Tx, opportunity_id: int) -> tuple[RowMapping, ...]:
    """Every choice a person made, newest first."""
    own = (events.c.subject == "opportunity") & (events.c.subject_id == opportunity_id) & (events.c.kind == CHOSEN)
    return tuple(tx.rows(select(events).where(own).order_by(events.c.id.desc())))
