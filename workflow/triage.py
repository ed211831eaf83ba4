"""What people do with alerts: claim, give to somebody, put aside, dismiss, reopen, split – each one use case.

Each writes its event row, and in it how the alert stood before: `undoing` reads that. How alerts come about, and what
belongs to which, is in `raising`; its names can be had here as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alert_topics, alerts, opportunities, people, topics
from workflow import grouping
from workflow.access import Person, require
from workflow.notices import tell
from workflow.raising import (
    CLAIMED,
    DISMISSED,
    DOUBLED,
    OPEN,
    SENTIMENT,
    SNOOZED,
    SPIKE,
    STALE,
    Raised,
    awake,
    latest_alert_at,
    living_alert,
    raise_alert,
    read_posts,
    takes_in,
    write_alert,
)
from workflow.rules.roles import may

__all__ = [
    "CLAIMED",
    "DISMISSED",
    "DOUBLED",
    "OPEN",
    "SENTIMENT",
    "SNOOZED",
    "SPIKE",
    "STALE",
    "Raised",
    "any_to_wake",
    "assign",
    "claim",
    "dismiss",
    "latest_alert_at",
    "living_alert",
    "opportunity_of",
    "raise_alert",
    "read_posts",
    "release",
    "reopen",
    "skip_opportunity",
    "snooze",
    "split_off",
    "takes_in",
    "wake_snoozed",
]

# The alert's whole life, as one table: (state, deed) -> state.
DEEDS = {
    (OPEN, "claim"): CLAIMED,
    (SNOOZED, "claim"): CLAIMED,
    (OPEN, "snooze"): SNOOZED,
    (CLAIMED, "snooze"): SNOOZED,
    (OPEN, "dismiss"): DISMISSED,
    (CLAIMED, "dismiss"): DISMISSED,
    (SNOOZED, "dismiss"): DISMISSED,
    (DISMISSED, "reopen"): OPEN,
    (SNOOZED, "reopen"): OPEN,
    (CLAIMED, "release"): OPEN,
    (OPEN, "assign"): CLAIMED,
    (SNOOZED, "assign"): CLAIMED,
    (CLAIMED, "assign"): CLAIMED,
}
# What a deed changes, and an undo puts back.
KEPT = ("state", "claimed_by", "claimed_at", "assigned_by", "snoozed_until", "dismissed_reason")


def claim(store: Store, token: str, alert_id: int) -> None:
    """Say "I am on it". Refused, with the name, when somebody else was faster."""
    _do(store, token, alert_id, "claim")


def release(store: Store, token: str, alert_id: int) -> None:
    """Hand a claimed alert back to the team. Whoever had given it to somebody is told."""
    _do(store, token, alert_id, "release")


def assign(store: Store, token: str, alert_id: int, person_id: int) -> None:
    """Give an alert to a colleague, who is told and may hand it back. To oneself: take it over from whoever has it."""
    with store.write() as tx:
        giver = require(tx, token, "triage")
        taker = tx.row(select(people).where(people.c.id == person_id, people.c.active))
        if taker is None or not may(taker["role"], "triage"):
            raise BadInput("Choose somebody of the social team, a lead or a manager: the others cannot take an alert.")
        had = alert_row(tx, alert_id)
        if had["state"] == CLAIMED and had["claimed_by"] == person_id:
            raise Refused(_by_now(tx, had), ("wrong_state",))
        values = {"claimed_by": person_id, "claimed_at": tx.now, "snoozed_until": None}
        values["assigned_by"] = giver.id if person_id != giver.id else None
        event = _apply(tx, giver, alert_id, "assign", values, why=f"to {taker['display_name']}")
        _tell_of_it(tx, giver, taker, had, event)


def _tell_of_it(tx: Tx, giver: Person, taker: RowMapping, had: RowMapping, event: int) -> None:
    topic, key = label_of(tx, had["id"]), f"alert:{had['id']}:assigned:{event}"
    if taker["id"] != giver.id:
        text = f"{giver.display_name} gave you “{topic}”. Look at it, or hand it back."
        tell(tx, [taker["id"]], "alert", "alert", had["id"], text, key)
    if had["state"] == CLAIMED and had["claimed_by"] not in (giver.id, taker["id"]):
        text = f"{giver.display_name} gave “{topic}” to {taker['display_name']}: it is not yours any more."
        tell(tx, [had["claimed_by"]], "alert", "alert", had["id"], text, f"{key}:from")


def snooze(store: Store, token: str, alert_id: int, minutes: int) -> None:
    """Put an alert aside for 5 minutes to a day; new mentions do not wake it before, unless they double."""
    if not 5 <= minutes <= 24 * 60:
        raise BadInput("Snooze for 5 minutes to 24 hours.")
    _do(store, token, alert_id, "snooze", minutes=minutes)


def dismiss(store: Store, token: str, alert_id: int, reason: str) -> None:
    """Say no, and why. Most moments end here: the guide's best teams decline four of five."""
    if not reason.strip():
        raise BadInput("Say in a few words why: the next person who sees this topic will ask.")
    _do(store, token, alert_id, "dismiss", reason=reason.strip())


def reopen(store: Store, token: str, alert_id: int) -> None:
    """Undo a dismissal or a snooze."""
    _do(store, token, alert_id, "reopen")


def wake_snoozed(tx: Tx) -> None:
    """Snoozed alerts whose time is over are open again."""
    for row in tx.rows(select(alerts).where(_to_wake(tx.now))):
        after = awake(row)
        tx.run(update(alerts).where(alerts.c.id == row["id"]).values(state=after, snoozed_until=None))
        events.append(tx, events.THE_PRODUCT, "alert_woken", "alert", row["id"], before=SNOOZED, after=after)


def any_to_wake(tx: Tx) -> bool:
    """Whether `wake_snoozed` has anything to do."""
    return tx.row(select(alerts.c.id).where(_to_wake(tx.now)).limit(1)) is not None


def _to_wake(now: datetime) -> ColumnElement[bool]:
    return (alerts.c.state == SNOOZED) & (alerts.c.snoozed_until <= now)


def split_off(store: Store, token: str, alert_id: int, topic_id: int) -> int:
    """ "This is another moment": a topic that had joined gets an alert of its own, and never joins again; its id."""
    with store.write() as tx:
        person = require(tx, token, "triage")
        alert = tx.row(select(alerts).where(alerts.c.id == alert_id))
        row = grouping.member(tx, alert_id, topic_id)
        if alert is None or row is None or alert["topic_id"] == topic_id:
            raise Refused("That topic is no part of this moment any more.", ("wrong_state",))
        here = (alert_topics.c.alert_id == alert_id) & (alert_topics.c.topic_id == topic_id)
        tx.run(update(alert_topics).where(here).values(split_at=tx.now))
        names = {
            r["id"]: r["label"] for r in tx.rows(select(topics).where(topics.c.id.in_((topic_id, alert["topic_id"]))))
        }
        told = f"{names[topic_id]} is another moment"
        events.append(tx, person.actor, "alert_split", "alert", alert_id, why=told, detail={"topic": names[topic_id]})
        sentence = f"{person.display_name} says that this is another moment than {names[alert['topic_id']]}."
        raised = Raised(
            topic_id=topic_id,
            count=row["count"],
            baseline=row["baseline"],
            ratio=row["ratio"],
            onset_at=row["joined_at"],
            window_start=alert["window_start"],
            window_end=alert["window_end"],
            why={"sentence": sentence, "band": None, "sources": [], "samples": []},
            insist=True,
        )
        return write_alert(tx, alert["brand_id"], raised)


def _do(store: Store, token: str, alert_id: int, deed: str, *, reason: str = "", minutes: int = 0) -> None:
    with store.write() as tx:
        person = require(tx, token, "triage")
        values: dict[str, Any] = {}
        if deed == "snooze":
            values["snoozed_until"] = tx.now + timedelta(minutes=minutes)
        if deed == "dismiss":
            values["dismissed_reason"] = reason
        if deed in ("release", "reopen"):
            values |= {"claimed_by": None, "assigned_by": None, "snoozed_until": None, "dismissed_reason": None}
        row = alert_row(tx, alert_id)
        event = _apply(tx, person, alert_id, deed, values, why=reason)
        if deed == "release" and row["assigned_by"] is not None and row["claimed_by"] == person.id:
            text = f"{person.display_name} handed “{label_of(tx, alert_id)}” back: nobody has it now."
            tell(tx, [row["assigned_by"]], "alert", "alert", alert_id, text, f"alert:{alert_id}:released:{event}")


def _apply(tx: Tx, person: Person, alert_id: int, deed: str, values: Mapping[str, Any], why: str = "") -> int:
    """Make the deed's move, with an event row that tells how the alert stood before; the row's id."""
    row = alert_row(tx, alert_id)
    after = DEEDS.get((row["state"], deed))
    if after is None:
        raise Refused(_by_now(tx, row), ("wrong_state",))
    changed = {"state": after, **values}
    if deed == "claim":
        changed |= {"claimed_by": person.id, "claimed_at": row["claimed_at"] or tx.now, "assigned_by": None}
    tx.run(update(alerts).where(alerts.c.id == alert_id).values(**changed))
    kind, detail = f"alert_{deed}", {"was": _plain(row)}
    return events.append(
        tx, person.actor, kind, "alert", alert_id, before=row["state"], after=after, why=why, detail=detail
    )


def _plain(row: RowMapping) -> dict[str, Any]:
    return {key: row[key].isoformat() if isinstance(row[key], datetime) else row[key] for key in KEPT}


def alert_row(tx: Tx, alert_id: int) -> RowMapping:
    """The alert with this id. BadInput when there is none."""
    row = tx.row(select(alerts).where(alerts.c.id == alert_id))
    if row is None:
        raise BadInput("There is no such alert.")
    return row


def label_of(tx: Tx, alert_id: int) -> str:
    """What the alert is about."""
    named = select(topics.c.label).join(alerts, alerts.c.topic_id == topics.c.id).where(alerts.c.id == alert_id)
    return str(tx.value(named))


def _by_now(tx: Tx, row: RowMapping) -> str:
    """What stands in the way of a deed: the alert's state, and who was faster."""
    name = tx.value(select(people.c.display_name).where(people.c.id == row["claimed_by"]))
    claimed = row["state"] == CLAIMED and name is not None
    return f"This alert is {row['state']}{f' by {name}' if claimed else ''} by now; look at it again."


def skip_opportunity(tx: Tx, actor: events.Actor, alert_id: int, why: str) -> None:
    """Close the alert of an opportunity that two people scored and the matrix declined."""
    row = tx.row(select(alerts.c.state).where(alerts.c.id == alert_id))
    if row is not None and row["state"] != DISMISSED:
        tx.run(update(alerts).where(alerts.c.id == alert_id).values(state=DISMISSED, dismissed_reason=why))
        events.append(tx, actor, "alert_dismiss", "alert", alert_id, before=row["state"], after=DISMISSED, why=why)


def opportunity_of(tx: Tx, alert_id: int) -> RowMapping | None:
    """The opportunity that an alert became, if it did."""
    return tx.row(select(opportunities).where(opportunities.c.alert_id == alert_id))
