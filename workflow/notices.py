"""Telling people: a notice in each one's inbox, and the calls out that go with it, in the caller's own transaction.

What is told is as true as what it tells of: if the hold is rolled back, so is the note about it. Nothing is sent here;
`calls` rows wait for a worker (`workflow.calls`). A notice has a `key` of the thing it tells, so that a use case that
runs twice, or two workers that notice the same, tell it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import insert, select, update

from data.storage.store import Tx
from data.storage.tables import calls, notices, people, webhooks
from workflow.duty import to_tell
from workflow.rules.notices import Kind, wants

SCHEMA = "tact-notice/1"
LONGEST_TEXT = 1000


def tell(
    tx: Tx,
    person_ids: Iterable[int],
    kind: str,
    subject: str,
    subject_id: int | None,
    text: str,
    key: str,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Tell these people, and every program that wants this kind; how many people had not been told yet.

    `text` is one plain sentence. `key` names what happened (`hold:7:opened`): a person is told it once, and so is
    each program. `detail` goes to programs only (docs/notices.md); ValueError for a kind that nobody knows.
    """
    what = Kind(kind)
    body = _body(tx, what, subject, subject_id, text, key, detail)
    known = {row["person_id"] for row in tx.rows(select(notices.c.person_id).where(notices.c.key == key))}
    fresh = sorted(set(person_ids) - known)
    if fresh:
        row = {"kind": what.value, "subject": subject, "subject_id": subject_id, "key": key, "at": tx.now}
        tx.run(insert(notices), [{"person_id": one, "text": body["text"], **row} for one in fresh])
    _write_to(tx, fresh, what, key, body)
    _call(tx, what, key, body)
    return len(fresh)


def tell_on_duty(
    tx: Tx,
    kind: str,
    subject: str,
    subject_id: int | None,
    text: str,
    key: str,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """The same to everybody on duty; with nobody on duty, to the leads and managers (`duty.to_tell`)."""
    there = [person.id for person in to_tell(tx)]
    return tell(tx, there, kind, subject, subject_id, text, key, detail)


def letters(tx: Tx, person_ids: Iterable[int], kind: str, subject: str, subject_id: int, text: str, key: str) -> int:
    """A letter to each of these people who has an address, whatever kinds they chose: somebody named them. How many.

    It stands in no inbox: whoever calls this has given them more than a sentence to read.
    """
    what = Kind(kind)
    body = _body(tx, what, subject, subject_id, text, key, None)
    rows = tx.rows(select(people).where(people.c.id.in_(list(person_ids)), people.c.active, people.c.email != ""))
    for row in rows:
        _queue(tx, None, row["email"], what, key, {**body, "to": row["display_name"], "zone": row["zone"]})
    return len(rows)


def settled(
    tx: Tx, kinds: Iterable[str], subject: str, subject_id: int, person_ids: Iterable[int] | None = None
) -> int:
    """What these notices ask for is done, or asked no more: they count as read. For everybody, or for these people."""
    open_ones = (
        update(notices)
        .where(notices.c.subject == subject, notices.c.subject_id == subject_id, notices.c.read_at.is_(None))
        .where(notices.c.kind.in_([Kind(kind).value for kind in kinds]))
    )
    if person_ids is not None:
        open_ones = open_ones.where(notices.c.person_id.in_(list(person_ids)))
    return tx.run(open_ones.values(read_at=tx.now))


def _body(
    tx: Tx,
    kind: Kind,
    subject: str,
    subject_id: int | None,
    text: str,
    key: str,
    detail: Mapping[str, Any] | None,
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "kind": kind.value,
        "key": key,
        "at": tx.now.isoformat(),
        "subject": subject,
        "subject_id": subject_id,
        "text": text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…",
        "detail": dict(detail or {}),
    }


def _write_to(tx: Tx, person_ids: list[int], kind: Kind, key: str, body: Mapping[str, Any]) -> None:
    """E-mail for those who have an address and want this kind."""
    if not person_ids:
        return
    rows = tx.rows(select(people).where(people.c.id.in_(person_ids), people.c.active, people.c.email != ""))
    for row in rows:
        if wants(kind, row["mail_kinds"]):
            _queue(tx, None, row["email"], kind, key, {**body, "to": row["display_name"], "zone": row["zone"]})


def _call(tx: Tx, kind: Kind, key: str, body: Mapping[str, Any]) -> None:
    """A call for every program that wants this kind and was not told yet."""
    done = {row["webhook_id"] for row in tx.rows(select(calls.c.webhook_id).where(calls.c.key == key))}
    for row in tx.rows(select(webhooks).where(webhooks.c.enabled).order_by(webhooks.c.id)):
        if kind.value in row["kinds"] and row["id"] not in done:
            _queue(tx, row["id"], "", kind, key, body)


def _queue(tx: Tx, webhook_id: int | None, address: str, kind: Kind, key: str, body: Mapping[str, Any]) -> None:
    row = {"webhook_id": webhook_id, "address": address, "kind": kind.value, "key": key, "body": dict(body)}
    tx.insert(insert(calls).values(**row, created_at=tx.now, next_try_at=tx.now, tries=0))
