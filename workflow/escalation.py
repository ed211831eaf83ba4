"""When nobody looks at a draft in review: tell the next person who may sign, then the leads. Each step is kept.

Called by the worker's `judge` duty, behind a read that costs the same few queries however many drafts wait. A step is
an event row, and writers wait for each other: however many workers ask, each step is taken once for each time that a
draft came into review. What is due when is in `workflow.rules.escalation`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, Select, select

from data.reference import playbook
from data.storage import events
from data.storage.store import Tx
from data.storage.tables import approvals, draft_looks, draft_versions, drafts, notices
from data.storage.tables import events as happened
from workflow.access import Person, same_people
from workflow.duty import FAR, leads, on_duty, rota
from workflow.notices import tell
from workflow.rules.approvals import Decision
from workflow.rules.drafts import State
from workflow.rules.escalation import Step, Waiting, Whom, due_step, sentence
from workflow.rules.notices import Kind
from workflow.telling import could_sign, named

ESCALATED = "draft_escalated"


@dataclass(frozen=True)
class Due:
    """A draft at which too few have looked, and the step that it is time for."""

    draft: RowMapping
    waiting: Waiting
    step: Step


def anything_to_escalate(tx: Tx) -> bool:
    """Whether `escalate` has anything to do."""
    return bool(_due(tx))


def escalate(tx: Tx) -> int:
    """Take the steps that are due; how many."""
    due = _due(tx)
    for one in due:
        _take(tx, one)
    return len(due)


def _take(tx: Tx, one: Due) -> None:
    told = _next(tx, one.draft) if one.step.whom == Whom.NEXT else ()
    told = told or could_sign(tx, one.draft, leads(tx)) or leads(tx)
    text = sentence(one.waiting, tx.now, named(tx, one.draft))
    event_id = events.append(
        tx,
        events.THE_PRODUCT,
        ESCALATED,
        "draft",
        one.draft["id"],
        after=one.step.whom.value,
        why=text,
        content_hash=one.draft["content_hash"],
        detail={"step": one.step.number, "told": [person.id for person in told], "looked": one.waiting.looked},
    )
    people = [person.id for person in told]
    tell(tx, people, Kind.ESCALATION, "draft", one.draft["id"], text, f"event:{event_id}", {"step": one.step.number})


def _next(tx: Tx, draft: RowMapping) -> tuple[Person, ...]:
    """Who may sign it, has not looked, and is on duty without having been asked; else who comes next on the rota."""
    same, seen = same_people(tx), _seen(tx, [draft]).get(draft["id"], set())
    asked = _asked(tx, draft)
    fresh = [
        person
        for person in could_sign(tx, draft, on_duty(tx, tx.now))
        if person.id not in asked and same[person.id] not in seen
    ]
    if fresh:
        return (fresh[0],)
    found = rota(tx)
    for turn in found.turns(tx.now, tx.now + FAR) if found.ever else ():
        person = found.people[turn.person_id]
        able = could_sign(tx, draft, (person,))
        if able and person.id not in asked and same[person.id] not in seen and turn.begins > tx.now:
            return able
    return ()


def _asked(tx: Tx, draft: RowMapping) -> set[int]:
    """Who was told since it came into review: they know."""
    kinds = (Kind.SIGNATURE_WANTED.value, Kind.ESCALATION.value)
    mine = (notices.c.subject == "draft") & (notices.c.subject_id == draft["id"]) & notices.c.kind.in_(kinds)
    rows = tx.rows(select(notices.c.person_id).where(mine, notices.c.at >= draft["updated_at"]))
    return {row["person_id"] for row in rows}


def _due(tx: Tx) -> list[Due]:
    rows = tx.rows(_in_review())
    if not rows:
        return []
    seen, taken = _seen(tx, rows), _taken(tx, rows)
    found = []
    for row in rows:
        waiting = Waiting(
            row["updated_at"],
            playbook(row["platform"]).approval_minutes[1],
            row["reactive"],
            row["planned_for"],
            len(seen.get(row["id"], ())),
        )
        step = due_step(waiting, taken.get(row["id"], ()), tx.now)
        if step is not None:
            found.append(Due(row, waiting, step))
    return found


def _in_review() -> Select[tuple[object, ...]]:
    """`updated_at` of a draft in review is when it came there: every edit takes it out."""
    return (
        select(drafts, draft_versions.c.planned_for)
        .join(
            draft_versions,
            (draft_versions.c.draft_id == drafts.c.id) & (draft_versions.c.number == drafts.c.number),
        )
        .where(drafts.c.state == State.IN_REVIEW.value)
        .order_by(drafts.c.id)
    )


def _seen(tx: Tx, rows: Sequence[RowMapping]) -> dict[int, set[int]]:
    """For each draft the human beings who looked at this version since it was asked for, or signed this content.

    Only they are noted who may sign (`workflow.looks`); authors are left out, their look decides nothing.
    """
    by_id, same = {row["id"]: row for row in rows}, same_people(tx)
    found: dict[int, set[int]] = {}
    for look in tx.rows(select(draft_looks).where(draft_looks.c.draft_id.in_(by_id))):
        draft = by_id[look["draft_id"]]
        if look["number"] == draft["number"] and look["at"] >= draft["updated_at"]:
            found.setdefault(draft["id"], set()).add(same[look["person_id"]])
    signed = approvals.c.voided_at.is_(None) & (approvals.c.decision == Decision.APPROVE.value)
    for word in tx.rows(select(approvals).where(approvals.c.draft_id.in_(by_id), signed)):
        if word["content_hash"] == by_id[word["draft_id"]]["content_hash"]:
            found.setdefault(word["draft_id"], set()).add(same[word["person_id"]])
    wrote = _authors(tx, by_id, same) if found else {}
    return {draft_id: humans - wrote[draft_id] for draft_id, humans in found.items()}


def _authors(tx: Tx, by_id: Mapping[int, RowMapping], same: Mapping[int, int]) -> dict[int, set[int]]:
    """Who wrote any of each draft, as human beings: `content.authors_of` for all that wait at once."""
    found = {draft_id: {same[row["author_id"]]} for draft_id, row in by_id.items()}
    wrote = select(draft_versions.c.draft_id, draft_versions.c.author_id).where(draft_versions.c.draft_id.in_(by_id))
    for row in tx.rows(wrote):
        found[row["draft_id"]].add(same[row["author_id"]])
    return found


def _taken(tx: Tx, rows: Sequence[RowMapping]) -> dict[int, list[int]]:
    """The steps taken since each of them came into review."""
    since = {row["id"]: row["updated_at"] for row in rows}
    mine = (happened.c.subject == "draft") & happened.c.subject_id.in_(since) & (happened.c.kind == ESCALATED)
    found: dict[int, list[int]] = {}
    for row in tx.rows(select(happened).where(mine)):
        if row["at"] > since[row["subject_id"]]:
            found.setdefault(row["subject_id"], []).append(row["detail"]["step"])
    return found
