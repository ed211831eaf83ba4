"""Signing: two people's word on one content. No role skips it, nobody signs their own words, an edit voids it all.

The last signature puts the post on the schedule in the same transaction, so that no signed post is ever forgotten
between two steps; a signature that comes after the planned time sends it to "choose a new time" instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import RowMapping, insert, select

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alerts, approvals, draft_versions, drafts, opportunities, people
from scoring.contract import Tragedy
from workflow import telling
from workflow.access import Person, require, same_people
from workflow.checking import refuse_expired_answers
from workflow.content import authors_of
from workflow.judge import latest_verdict
from workflow.lifecycle import draft_row, send_to, state_of
from workflow.media import refuse_unseen
from workflow.rules.approvals import (
    Approval,
    Decision,
    Standing,
    Tier,
    refusal_to_object,
    refusal_to_sign,
    standing,
)
from workflow.rules.drafts import Move, State
from workflow.rules.roles import SIGNERS, Role
from workflow.rules.verdict_keys import signature_counts
from workflow.schedule import schedule
from workflow.tiering import needed_for
from workflow.turns import darker_since
from workflow.verdict_key import verdict_key

_OBJECTIONS = {Decision.CHANGES: Move.REQUEST_CHANGES, Decision.REJECT: Move.REJECT}


def sign(
    store: Store,
    token: str,
    draft_id: int,
    seen_hash: str,
    decision: Decision,
    reason: str = "",
    seen_turn: int | None = None,
) -> Standing:
    """Approve, ask for changes or reject, on the content with hash `seen_hash`. Where the signatures then stand.

    `seen_turn`: the newest change of the verdict that stood on the screen. Nobody approves by a milder verdict than
    the one there is; None where no screen was looked at.
    """
    if decision != Decision.APPROVE and not reason.strip():
        raise BadInput("Say what should change, or why not: the author reads it.")
    with store.write() as tx:
        person = require(tx, token, "sign", fresh=True)
        draft = draft_row(tx, draft_id)
        refused = _refusal(tx, person, draft, seen_hash, decision)
        if refused is not None:
            raise refused
        if decision == Decision.APPROVE:
            _refuse_beside_stop(tx, draft)
            refuse_expired_answers(tx, draft)
            if seen_turn is not None:
                _refuse_unseen_turn(tx, draft, seen_turn)
        if decision == Decision.APPROVE:
            refuse_unseen(tx, draft, person)
        return _record(tx, person, draft, decision, reason.strip())


def _refuse_beside_stop(tx: Tx, draft: RowMapping) -> None:
    """The gate would refuse the post anyway; nobody is let believe that it is agreed."""
    alert = alert_of(tx, draft)
    verdict = latest_verdict(tx, alert["id"]) if alert is not None else None
    if verdict is not None and verdict["tragedy"] == Tragedy.HOLD.value:
        raise Refused(
            "The verdict on this moment is Stop. Nothing is approved beside it; ask for changes, or reject it.",
            ("verdict_stop",),
        )


def _refuse_unseen_turn(tx: Tx, draft: RowMapping, seen: int) -> None:
    alert = alert_of(tx, draft)
    turned = darker_since(tx, alert["id"], seen) if alert is not None else None
    if turned is not None:
        raise Refused(
            "The verdict on this moment turned darker while the page stood open. Nothing was signed: read what is new, "
            "then approve if you still mean it.",
            ("verdict_changed",),
        )


def _refusal(tx: Tx, person: Person, draft: RowMapping, seen_hash: str, decision: Decision) -> Refused | None:
    state, current = state_of(draft), draft["content_hash"]
    if decision != Decision.APPROVE:
        return refusal_to_object(person.role, state, current, seen_hash)
    authors, given = authors_of(tx, draft), approvals_of(tx, draft["id"])
    me = same_people(tx)[person.id]
    return refusal_to_sign(me, person.role, authors, given, current, state, seen_hash)


def _record(tx: Tx, person: Person, draft: RowMapping, decision: Decision, reason: str) -> Standing:
    values = {"person_id": person.id, "role": person.role.value, "decision": decision.value, "reason": reason}
    key = {"content_hash": draft["content_hash"], "verdict_key": verdict_key(tx, draft)}
    tx.insert(insert(approvals).values(draft_id=draft["id"], at=tx.now, **key, **values))
    events.append(
        tx,
        person.actor,
        f"signed_{decision.value}",
        "draft",
        draft["id"],
        why=reason,
        content_hash=draft["content_hash"],
    )
    telling.signed(tx, person, draft["id"])
    stands = standing_of(tx, draft)
    if decision in _OBJECTIONS:
        send_to(tx, person.actor, draft, _OBJECTIONS[decision], why=reason)
    elif stands.complete:
        send_to(tx, person.actor, draft, Move.APPROVE_LAST)
        schedule(tx, person.actor, draft_row(tx, draft["id"]))
    return stands


def approvals_of(tx: Tx, draft_id: int) -> tuple[Approval, ...]:
    """Every signature ever given on a draft, voided and expired ones too, oldest first.

    By people: two accounts may be one.
    """
    same, now = same_people(tx), verdict_key(tx, draft_row(tx, draft_id))
    rows = tx.rows(
        select(approvals, people.c.active, people.c.role.label("role_now"))
        .join(people, people.c.id == approvals.c.person_id)
        .where(approvals.c.draft_id == draft_id)
        .order_by(approvals.c.id)
    )
    return tuple(approval_in(row, same, now) for row in rows)


def approval_in(row: RowMapping, same: Mapping[int, int], verdict_now: str) -> Approval:
    """A signature from its row with the signer's `active` and `role_now`; `verdict_now`: the key of today's verdict."""
    return Approval(
        same[row["person_id"]],
        Role(row["role"]),
        Decision(row["decision"]),
        row["content_hash"],
        row["at"],
        # Who no longer works here, or may no longer sign, no longer vouches for anything.
        row["voided_at"] is not None or not row["active"] or row["role_now"] not in SIGNERS,
        row["decision"] == Decision.APPROVE.value and not signature_counts(row["verdict_key"], verdict_now),
    )


def standing_of(tx: Tx, draft: RowMapping) -> Standing:
    """Where the signatures on the draft's current content stand, for its trigger category's tier."""
    return standing(approvals_of(tx, draft["id"]), draft["content_hash"], authors_of(tx, draft), tier_of(tx, draft))


def tier_of(tx: Tx, draft: RowMapping) -> Tier:
    """Whose signatures this post asks for (`workflow.tiering` says why); empty: any two who may sign."""
    return needed_for(tx, draft).tier


def alert_of(tx: Tx, draft: RowMapping) -> RowMapping | None:
    """The alert that the draft answers to; None for a planned post."""
    if draft["opportunity_id"] is None:
        return None
    return tx.row(
        select(alerts)
        .join(opportunities, opportunities.c.alert_id == alerts.c.id)
        .where(opportunities.c.id == draft["opportunity_id"])
    )


def waiting_for(tx: Tx, person: Person) -> tuple[RowMapping, ...]:
    """The drafts in review that this person may still sign, the ones they may not left out.

    Asked on every page, with hundreds in review: who wrote and who signed is read for all of them at once, and only
    where the person has signed before is it asked whether that signature counts.
    """
    rows = tx.rows(select(drafts).where(drafts.c.state == State.IN_REVIEW.value).order_by(drafts.c.id))
    same = same_people(tx)
    me = same[person.id]
    wrote, signed = _touched(tx, [account for account, first in same.items() if first == me])
    return tuple(row for row in rows if row["id"] not in wrote and _may_sign(tx, me, person, row, row["id"] in signed))


def _may_sign(tx: Tx, me: int, person: Person, row: RowMapping, signed: bool) -> bool:
    given = approvals_of(tx, row["id"]) if signed else ()
    current = row["content_hash"]
    return refusal_to_sign(me, person.role, frozenset(), given, current, State.IN_REVIEW, current) is None


def _touched(tx: Tx, accounts: Sequence[int]) -> tuple[set[int], set[int]]:
    """Of the drafts in review: those that one of these accounts wrote some of, and those that one has signed."""
    in_review = drafts.c.state == State.IN_REVIEW.value
    versions = select(draft_versions.c.draft_id).join(drafts, drafts.c.id == draft_versions.c.draft_id)
    wrote = tx.rows(versions.where(in_review, draft_versions.c.author_id.in_(accounts)))
    began = tx.rows(select(drafts.c.id.label("draft_id")).where(in_review, drafts.c.author_id.in_(accounts)))
    signatures = select(approvals.c.draft_id).join(drafts, drafts.c.id == approvals.c.draft_id)
    signed = tx.rows(signatures.where(in_review, approvals.c.person_id.in_(accounts)))
    return {row["draft_id"] for row in (*wrote, *began)}, {row["draft_id"] for row in signed}
