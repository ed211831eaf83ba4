"""What a verdict that moved asks of people, looked for by the worker: fresh scores, fresh signatures, fresh answers.

The gate refuses a post whose signatures or answers expired, but only when it is due, and then it is late. Here a
scheduled post goes back to review as soon as its verdict has moved, one that waits for somebody's hands becomes the
question whether it is out, and whoever has to sign or answer again is told. Apart from `judge`, which knows no drafts,
and from `approve`, which acts for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import RowMapping, func, select

from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import drafts, verdicts
from workflow import telling
from workflow.approve import standing_of
from workflow.checking import answers_expired
from workflow.lifecycle import send_to, state_of
from workflow.rescoring import look_again
from workflow.rules.approvals import Standing
from workflow.rules.drafts import Move, State
from workflow.verdict_key import verdict_key

# What becomes of a post that is signed no more.
_THEN = {State.SCHEDULED: Move.BACK_TO_REVIEW, State.BY_HAND: Move.HOLD}


def look(store: Store, seen: int | None) -> int:
    """Ask for what is due, and send back what is signed no more; the newest verdict that this looked at.

    `seen`: what an earlier look returned, None for the first. Posts are only counted again when a verdict has come
    since: nothing else moves what their signatures were given to without a person who sees it.
    """
    look_again(store)
    with store.read() as tx:
        newest = int(tx.value(select(func.max(verdicts.c.id))) or 0)
        if newest == seen or not (_unsigned(tx) or any(_expired(tx))):
            return newest
    with store.write() as tx:
        for draft, stands in _unsigned(tx):
            send_to(tx, events.THE_PRODUCT, draft, _THEN[state_of(draft)], why=_why(stands))
        for draft, stands, answers in _expired(tx):
            telling.verdict_moved(tx, draft, verdict_key(tx, draft), stands.expired, answers)
    return newest


def _about_moments(tx: Tx, *states: State) -> Sequence[RowMapping]:
    there = drafts.c.state.in_([state.value for state in states]) & drafts.c.opportunity_id.is_not(None)
    return tx.rows(select(drafts).where(there).order_by(drafts.c.id))


def _unsigned(tx: Tx) -> Sequence[tuple[RowMapping, Standing]]:
    """Posts on their way about a moment whose signatures suffice no longer."""
    counted = ((row, standing_of(tx, row)) for row in _about_moments(tx, *_THEN))
    return [(row, stands) for row, stands in counted if not stands.complete]


def _expired(tx: Tx) -> Iterator[tuple[RowMapping, Standing, bool]]:
    """Drafts that wait with people while signatures, or answers to the checklist, count no longer."""
    for row in _about_moments(tx, State.IN_REVIEW, State.SCHEDULED):
        stands, answers = standing_of(tx, row), answers_expired(tx, row)
        if stands.expired or answers:
            yield row, stands, answers


def _why(stands: Standing) -> str:
    if stands.expired:
        return "The verdict on its moment changed after it was signed. Read it, then sign again if you still mean it."
    return "What its moment is now asks for other signatures."
