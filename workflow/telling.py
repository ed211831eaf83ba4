"""What people are told when something happened: the sentence, and whom it concerns. Each called where it happens.

One file, because it answers one question – who hears of what – that would otherwise be spread over every use case.
It only reads and tells: it changes nothing that it speaks of, and imports none of the use cases that call it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import RowMapping, select

from data.reference import playbook
from data.storage import events
from data.storage.events import Actor
from data.storage.store import Tx
from data.storage.tables import alerts, approvals, draft_versions, drafts, holds, people, topics
from workflow.access import Person, same_people
from workflow.content import authors_of
from workflow.duty import leads, on_duty, to_tell
from workflow.notices import settled, tell, tell_on_duty
from workflow.rules.codes import Code
from workflow.rules.drafts import Move, State
from workflow.rules.notices import Kind
from workflow.rules.roles import may

EXCERPT = 80
_SCOPES = {
    "everything": "everything",
    "region": "posts seen in {}",
    "topic": "posts about {}",
    "channel": "posts on {}",
    "promotional": "promotional posts",
}


def hold_opened(tx: Tx, hold_id: int, by: Actor, stopped: int) -> None:
    """Everybody on duty, and every program that wants to stop with us (docs/notices.md)."""
    hold = _hold(tx, hold_id)
    why = hold["note"] or " ".join(dict.fromkeys(reason["text"] for reason in hold["reasons"]))
    text = f"On hold: {_scope(hold)}, {_posts(stopped)} stopped. {why}"
    key = f"hold:{hold['id']}:opened"
    tell_on_duty(tx, Kind.HOLD_OPENED, "hold", hold["id"], text, key, _of_hold(hold, by, stopped))


def hold_lifted(tx: Tx, hold_id: int, by: Actor, back: int) -> None:
    """The same when it is off. Nothing of ours leaves by that: what it had stopped is in review again."""
    hold = _hold(tx, hold_id)
    text = f"The hold on {_scope(hold)} is off. {_posts(back)} went back to review: two people look again."
    key = f"hold:{hold['id']}:lifted"
    tell_on_duty(tx, Kind.HOLD_LIFTED, "hold", hold["id"], text, key, _of_hold(hold, by, back))


def alert_told(tx: Tx, alert_id: int) -> None:
    """Those on duty who triage. Called when an alert is delivered: quiet hours and mutes come before it."""
    row = tx.row(
        select(alerts, topics.c.label).join(topics, topics.c.id == alerts.c.topic_id).where(alerts.c.id == alert_id)
    )
    if row is None:
        return
    said = row["why"].get("sentence") or f"{row['count']} mentions."
    there = [one for one in to_tell(tx) if may(one.role, "triage")]
    _tell(tx, there, Kind.ALERT, "alert", alert_id, f"{row['label']}: {said}", f"alert:{alert_id}:told")


def signed(tx: Tx, person: Person, draft_id: int) -> None:
    """Whoever has said their word on a draft is not asked for it any more, in none of their accounts."""
    same = same_people(tx)
    theirs = [account for account, human in same.items() if human == same[person.id]]
    settled(tx, _ASKING, "draft", draft_id, theirs)


def draft_moved(
    tx: Tx, actor: Actor, row: RowMapping, what: Move, after: State, event_id: int, why: str, detail: Mapping[str, Any]
) -> None:
    """After a draft's move: signers are asked, authors hear what came back, and nobody misses a post that stayed."""
    key = f"event:{event_id}"
    if row["state"] == State.IN_REVIEW:
        settled(tx, _ASKING, "draft", row["id"])  # asked no more; who comes back to review is asked anew below
    if after == State.IN_REVIEW:
        if "hold" not in detail:  # of the posts that a lifted hold sends back, the note on the hold tells
            _ask_signers(tx, actor, row, what, key, why)
    elif what in (Move.REQUEST_CHANGES, Move.REJECT):
        done = "asks for changes to" if what == Move.REQUEST_CHANGES else "rejected"
        text = f"{actor.name} {done} {named(tx, row)}: {why}"
        tell(tx, _authors(tx, row, actor), Kind.CHANGES_ASKED, "draft", row["id"], text, key)
    elif what == Move.HAND_OVER:
        there = [one for one in to_tell(tx) if may(one.role, "post_by_hand")]
        text = f"It is time: post {named(tx, row)} by hand, then paste its address on the schedule."
        _tell(tx, there, Kind.POST_BY_HAND, "draft", row["id"], text, key)
    elif what == Move.HOLD and after == State.UNKNOWN and "hold" not in detail:
        there = [one for one in to_tell(tx) if may(one.role, "post_by_hand")]
        whom = {*_authors(tx, row, actor), *(one.id for one in (*there, *leads(tx)))}
        text = f"Do not post {named(tx, row)} by hand. {why} If it is out already, say so on the schedule."
        tell(tx, whom, Kind.POST_FAILED, "draft", row["id"], text, key, {"state": after.value})
    elif what == Move.CONFIRM_SENT:
        settled(tx, (Kind.POST_FAILED,), "draft", row["id"])
    elif after in _FAILED and (what != Move.CONFIRM_NOT_SENT or actor == events.THE_PRODUCT):
        text = _failed(what, after, detail).format(what=named(tx, row), why=why)
        whom = {*_authors(tx, row, actor), *(one.id for one in leads(tx))}
        tell(tx, whom, Kind.POST_FAILED, "draft", row["id"], text, key, {"state": after.value})


def post_waits(tx: Tx, row: RowMapping, post_id: int, said: str) -> None:
    """Once for each place on the schedule: its platform does not take it, and that lasts."""
    whom = {*_authors(tx, row, events.THE_PRODUCT), *(one.id for one in leads(tx))}
    text = f"{_capital(named(tx, row))} waits: {said} It is tried again by itself; the Schedule page says when."
    tell(tx, whom, Kind.POST_FAILED, "draft", row["id"], text, f"post:{post_id}:waits", {"state": row["state"]})


def out_after_all(tx: Tx, row: RowMapping, address: str) -> None:
    """A platform's answer came when a person had already said that the post is not out."""
    whom = {*_authors(tx, row, events.THE_PRODUCT), *(one.id for one in leads(tx))}
    text = f"{_capital(named(tx, row))} is out after all: {address}. Send it no second time; delete it if it must go."
    key = f"draft:{row['id']}:out:{row['number']}"
    tell(tx, whom, Kind.POST_FAILED, "draft", row["id"], text, key, {"state": row["state"], "address": address})


def _failed(what: Move, after: State, detail: Mapping[str, Any]) -> str:
    if what == Move.CONFIRM_NOT_SENT:
        return "The platform says that {what} is not out. Choose a new time, or let it go."
    if after == State.UNKNOWN and detail.get("asked"):
        return "Nobody knows yet whether {what} went out. Tact asks the platform; if you find it first, say so."
    if after == State.BLOCKED and Code.PLATFORM_REFUSED in detail.get("reasons", ()):
        return "The platform did not take {what}: {why}"
    return _FAILED[after]


# What asks for a word on a draft that is in review.
_ASKING = (Kind.SIGNATURE_WANTED, Kind.ESCALATION)
_FAILED = {
    State.BLOCKED: "The gate stopped {what}: {why}",
    State.UNKNOWN: "Nobody knows whether {what} went out. Look there, and say what you find.",
    State.EXPIRED: "Nobody signed {what} in time, and it has expired. Choose a new time, or let it go.",
    State.NEEDS_TIME: "It is too late for {what}. Choose a new time, or let it go.",
}


def verdict_moved(tx: Tx, row: RowMapping, verdict: str, expired: Collection[int], answers: bool) -> None:
    """Once for each new verdict: its authors answer the checklist again, and whoever had signed reads and signs again.

    `expired`: the human beings whose signatures count no longer.
    """
    what, key = named(tx, row), f"draft:{row['id']}:verdict:{verdict}"
    if answers:
        text = f"The verdict on its moment changed: answer the checklist again for {what}."
        tell(tx, _authors(tx, row, events.THE_PRODUCT), Kind.CHANGES_ASKED, "draft", row["id"], text, f"{key}:answers")
    if expired:
        same = same_people(tx)
        mine = (approvals.c.draft_id == row["id"]) & (approvals.c.content_hash == row["content_hash"])
        signed = select(approvals.c.person_id).where(mine, approvals.c.voided_at.is_(None))
        whom = {one["person_id"] for one in tx.rows(signed) if same[one["person_id"]] in expired}
        text = f"The verdict changed after you signed {what}. Read it, then sign again if you still mean it."
        tell(tx, whom, Kind.SIGNATURE_WANTED, "draft", row["id"], text, f"{key}:signatures")


def _ask_signers(tx: Tx, actor: Actor, row: RowMapping, what: Move, key: str, why: str) -> None:
    """Those on duty who may sign and wrote none of it; with none of them on duty, the leads (whom it then concerns)."""
    text = f"{actor.name} asks for your signature on {named(tx, row)}"
    if what == Move.BACK_TO_REVIEW:
        text = f"{_capital(named(tx, row))} is back in review and needs two signatures again. {why}".strip()
    there = could_sign(tx, row, on_duty(tx, tx.now)) or could_sign(tx, row, leads(tx))
    _tell(tx, there, Kind.SIGNATURE_WANTED, "draft", row["id"], text, key)


def could_sign(tx: Tx, row: RowMapping, some: Iterable[Person]) -> tuple[Person, ...]:
    """Those of them whose signature on this draft would count: they may sign, and wrote none of it."""
    same, authors = same_people(tx), authors_of(tx, row)
    return tuple(one for one in some if may(one.role, "sign") and same[one.id] not in authors)


def _authors(tx: Tx, row: RowMapping, actor: Actor) -> set[int]:
    """The accounts that wrote any of it and still have access, but for whoever just did this."""
    wrote = select(draft_versions.c.author_id).where(draft_versions.c.draft_id == row["id"])
    mine = (people.c.id == row["author_id"]) | people.c.id.in_(wrote)
    return {one["id"] for one in tx.rows(select(people.c.id).where(mine, people.c.active))} - {actor.id or 0}


def _tell(tx: Tx, there: Iterable[Person], kind: Kind, subject: str, subject_id: int, text: str, key: str) -> None:
    tell(tx, [one.id for one in there], kind, subject, subject_id, text, key)


def named(tx: Tx, row: RowMapping) -> str:
    """The draft as people would name it: its platform and its first words."""
    number = select(drafts.c.number).where(drafts.c.id == row["id"]).scalar_subquery()
    text = tx.value(
        select(draft_versions.c.text).where(draft_versions.c.draft_id == row["id"], draft_versions.c.number == number)
    )
    flat = " ".join((text or "").split())
    short = flat if len(flat) <= EXCERPT else f"{flat[: EXCERPT - 1].rsplit(' ', 1)[0]}…"
    return f"the post for {playbook(row['platform']).label}, “{short}”"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _hold(tx: Tx, hold_id: int) -> RowMapping:
    row = tx.row(select(holds).where(holds.c.id == hold_id))
    assert row is not None
    return row


def _scope(hold: RowMapping) -> str:
    words = _SCOPES.get(hold["scope_kind"], f"{hold['scope_kind']} {{}}").format(hold["scope_value"])
    where = hold["scope_kind"] == "promotional" and hold["scope_value"]
    return f"{words} seen in {where}" if where else words


def _posts(count: int) -> str:
    return "1 post" if count == 1 else f"{count} posts"


def _of_hold(hold: RowMapping, by: Actor, posts: int) -> dict[str, Any]:
    """What an external scheduler needs in order to stop with us."""
    end = hold["planned_end"]
    return {
        "hold": hold["id"],
        "scope": {"kind": hold["scope_kind"], "value": hold["scope_value"]},
        "reasons": [{name: one.get(name, "") for name in ("code", "text", "evidence")} for one in hold["reasons"]],
        "note": hold["note"],
        "origin": hold["origin"],
        "opened_at": hold["opened_at"].isoformat(),
        "planned_end": end.isoformat() if end is not None else None,
        "by": by.name,
        "posts": posts,
    }
