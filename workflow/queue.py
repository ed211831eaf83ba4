"""What a person's signature would bring about: whose turn it really is, before anybody reads a whole case.

Apart from `approve`, which takes signatures: here one is only imagined. A signature that the tier does not wait for is
never refused, but nobody is woken for it.
"""

from __future__ import annotations

from sqlalchemy import RowMapping

from data.storage.store import Tx
from workflow.access import Person, same_people
from workflow.approve import approvals_of, standing_of, tier_of, waiting_for
from workflow.content import authors_of
from workflow.rules.approvals import Approval, Decision, Standing, standing


def after_mine(tx: Tx, draft: RowMapping, person: Person) -> Standing:
    """Where the signatures would stand if this person signed the current content now."""
    me, now = same_people(tx)[person.id], draft["content_hash"]
    mine = Approval(me, person.role, Decision.APPROVE, now, tx.now)
    given = (*approvals_of(tx, draft["id"]), mine)
    return standing(given, now, authors_of(tx, draft), tier_of(tx, draft))


def helps(tx: Tx, draft: RowMapping, person: Person) -> bool:
    """Whether fewer signatures are missing with this person's: a free place, or a role that the tier waits for.

    Somebody who asked for changes on these words and may take that back helps, too.
    """
    before, after = standing_of(tx, draft), after_mine(tx, draft, person)
    return after.missing < before.missing or len(after.objections) < len(before.objections)


def mine_to_sign(tx: Tx, person: Person) -> tuple[RowMapping, ...]:
    """The drafts in review that wait for this person: what they may sign, and where that brings it further."""
    return tuple(row for row in waiting_for(tx, person) if helps(tx, row, person))
