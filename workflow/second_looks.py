"""What a verdict that moved asks of people, looked for by the worker: fresh scores, and fresh signatures.

The gate refuses a post whose signatures expired, but only when it is due, and then it is late. Here such a post goes
back to review as soon as its verdict has moved, where its signers find it. Apart from `judge`, which knows no drafts,
and from `approve`, which acts for a person.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, func, select

from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import drafts, verdicts
from workflow.approve import standing_of
from workflow.lifecycle import send_to
from workflow.rescoring import look_again
from workflow.rules.approvals import Standing
from workflow.rules.drafts import Move, State


def look(store: Store, seen: int | None) -> int:
    """Ask for the scores that are due, and send back what is signed no more; the newest verdict that this looked at.

    `seen`: what an earlier look returned, None for the first. Scheduled posts are only counted again when a verdict has
    come since: nothing else moves what their signatures were given to without a person who sees it.
    """
    look_again(store)
    with store.read() as tx:
        newest = int(tx.value(select(func.max(verdicts.c.id))) or 0)
        if newest == seen or not _unsigned(tx):
            return newest
    with store.write() as tx:
        for draft, stands in _unsigned(tx):
            send_to(tx, events.THE_PRODUCT, draft, Move.BACK_TO_REVIEW, why=_why(stands))
    return newest


def _unsigned(tx: Tx) -> Sequence[tuple[RowMapping, Standing]]:
    """Scheduled posts about a moment whose signatures suffice no longer."""
    waiting = select(drafts).where(drafts.c.state == State.SCHEDULED.value, drafts.c.opportunity_id.is_not(None))
    counted = ((row, standing_of(tx, row)) for row in tx.rows(waiting.order_by(drafts.c.id)))
    return [(row, stands) for row, stands in counted if not stands.complete]


def _why(stands: Standing) -> str:
    if stands.expired:
        return "The verdict on its moment changed after it was signed. Read it, then sign again if you still mean it."
    return "What its moment is now asks for other signatures."
