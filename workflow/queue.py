"""What a person's signature would bring about: whose turn it really is, before anybody reads a whole case.

Apart from `approve`, which takes signatures: here one is only imagined. A signature that the tier does not wait for is
never refused, but nobody is woken for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import RowMapping, func, select

from data.storage.store import Tx
from data.storage.tables import approvals, drafts
from workflow.access import Person, same_people
from workflow.approve import approvals_of, tier_of, waiting_for
from workflow.content import authors_of
from workflow.rules.approvals import Approval, Decision, Standing, refusal_to_sign, standing
from workflow.rules.drafts import State
from workflow.standings import Case, cases


def after_mine(tx: Tx, draft: RowMapping, person: Person) -> Standing:
    """Where the signatures would stand if this person signed the current content now."""
    return _before_and_after(tx, draft, person)[1]


def helps(tx: Tx, draft: RowMapping, person: Person) -> bool:
    """Whether fewer signatures are missing with this person's: a free place, or a role that the tier waits for.

    Somebody who asked for changes on these words and may take that back helps, too.
    """
    before, after = _before_and_after(tx, draft, person)
    return after.missing < before.missing or len(after.objections) < len(before.objections)


def _before_and_after(tx: Tx, draft: RowMapping, person: Person) -> tuple[Standing, Standing]:
    given, authors, tier = approvals_of(tx, draft["id"]), authors_of(tx, draft), tier_of(tx, draft)
    mine = Approval(same_people(tx)[person.id], person.role, Decision.APPROVE, draft["content_hash"], tx.now)
    now = draft["content_hash"]
    return standing(given, now, authors, tier), standing((*given, mine), now, authors, tier)


@dataclass(frozen=True)
class Queue:
    """The drafts in review, oldest first; those that the reader `may` sign, and where it is their `turn`."""

    rows: tuple[RowMapping, ...]
    cases: Mapping[int, Case]
    may: frozenset[int]
    turn: frozenset[int]


def queue_of(tx: Tx, person: Person) -> Queue:
    """Everything in review, read together: a dozen statements, however long the queue is."""
    rows = tuple(tx.rows(select(drafts).where(drafts.c.state == State.IN_REVIEW.value).order_by(drafts.c.id)))
    known, me = cases(tx, rows), same_people(tx)[person.id]
    may = frozenset(row["id"] for row in rows if _may_sign(me, person, known[row["id"]]))
    turn = frozenset(one for one in may if known[one].helped_by(me, person, tx.now))
    return Queue(rows, known, may, turn)


def _may_sign(me: int, person: Person, case: Case) -> bool:
    now = case.content_hash
    return refusal_to_sign(me, person.role, case.authors, case.given, now, State.IN_REVIEW, now) is None


def mine_to_sign(tx: Tx, person: Person) -> tuple[RowMapping, ...]:
    """The drafts in review that wait for this person: what they may sign, and where that brings it further."""
    found = queue_of(tx, person)
    return tuple(row for row in found.rows if row["id"] in found.turn)


def stamp(tx: Tx, person: Person) -> tuple[object, ...]:
    """What tells a queue that stands open that it is no longer this one: cheap enough to ask every few seconds."""
    waiting = tuple((row["id"], row["content_hash"]) for row in waiting_for(tx, person))
    in_review = select(drafts.c.id).where(drafts.c.state == State.IN_REVIEW.value)
    signed = tx.value(select(func.max(approvals.c.id)).where(approvals.c.draft_id.in_(in_review)))
    return (waiting, signed)
