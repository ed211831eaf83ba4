"""Alerts and what people do with them: raise, claim, snooze, dismiss, reopen.

Raising fails open: when in doubt an alert is raised, and a second one for the same topic is folded into the one
that is open, so that its claim and its notes survive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alerts, opportunities, people, topics
from workflow.access import require

# As long as the detector's own cool-down (ours).
STALE = timedelta(hours=6)
# The alert's whole life, as one table: (state, deed) -> state.
OPEN, CLAIMED, SNOOZED, DISMISSED = "open", "claimed", "snoozed", "dismissed"
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
}


@dataclass(frozen=True)
class Raised:
    """What the detector saw. `count` and `baseline` are mentions in the window; `why` goes on the alert's page."""

    topic_id: int
    count: int
    baseline: float | None
    ratio: float | None
    onset_at: datetime
    window_start: datetime
    window_end: datetime
    why: Mapping[str, Any]


def raise_alert(tx: Tx, brand_id: int, raised: Raised) -> int | None:
    """Write a new alert, or fold the figures into the topic's living one. The new alert's id, or None.

    An alert older than `STALE` takes nothing more in: a spike that comes back after hours is news again.
    """
    figures = {
        "count": raised.count,
        "baseline": raised.baseline,
        "ratio": raised.ratio,
        "window_start": raised.window_start,
        "window_end": raised.window_end,
        "why": dict(raised.why),
    }
    living = tx.row(living_alert(raised.topic_id))
    if living is not None and tx.now - living["raised_at"] < STALE:
        tx.run(update(alerts).where(alerts.c.id == living["id"]).values(**figures))
        return None
    new_id = tx.insert(
        insert(alerts).values(
            brand_id=brand_id,
            topic_id=raised.topic_id,
            raised_at=tx.now,
            onset_at=raised.onset_at,
            state=OPEN,
            **figures,
        )
    )
    detail = {"topic": tx.value(select(topics.c.label).where(topics.c.id == raised.topic_id)), "ratio": raised.ratio}
    events.append(tx, events.THE_PRODUCT, "alert_raised", "alert", new_id, after=OPEN, detail=detail)
    return new_id


def living_alert(topic_id: int) -> Any:
    """Query: the topic's alert that nobody has dismissed, newest first."""
    return (
        select(alerts)
        .where(alerts.c.topic_id == topic_id, alerts.c.state != DISMISSED)
        .order_by(alerts.c.id.desc())
        .limit(1)
    )


def latest_alert_at(tx: Tx, topic_id: int) -> RowMapping | None:
    """The topic's newest alert, dismissed or not: the cool-down is measured from it."""
    return tx.row(select(alerts).where(alerts.c.topic_id == topic_id).order_by(alerts.c.id.desc()).limit(1))


def claim(store: Store, token: str, alert_id: int) -> None:
    """Say "I am on it". Refused, with the name, when somebody else was faster."""
    _do(store, token, alert_id, "claim")


def release(store: Store, token: str, alert_id: int) -> None:
    """Hand a claimed alert back to the team."""
    _do(store, token, alert_id, "release")


def snooze(store: Store, token: str, alert_id: int, minutes: int) -> None:
    """Put an alert aside for 5 minutes to a day; new mentions do not wake it before."""
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
    due = select(alerts.c.id).where(alerts.c.state == SNOOZED, alerts.c.snoozed_until <= tx.now)
    for row in tx.rows(due):
        tx.run(update(alerts).where(alerts.c.id == row["id"]).values(state=OPEN, snoozed_until=None))
        events.append(tx, events.THE_PRODUCT, "alert_woken", "alert", row["id"], before=SNOOZED, after=OPEN)


def _do(store: Store, token: str, alert_id: int, deed: str, *, reason: str = "", minutes: int = 0) -> None:
    with store.write() as tx:
        person = require(tx, token, "triage")
        row = tx.row(select(alerts).where(alerts.c.id == alert_id))
        if row is None:
            raise BadInput("There is no such alert.")
        after = DEEDS.get((row["state"], deed))
        if after is None:
            raise Refused(_by_now(tx, row), ("wrong_state",))
        values: dict[str, Any] = {"state": after}
        if deed == "claim":
            values |= {"claimed_by": person.id, "claimed_at": row["claimed_at"] or tx.now}
        if deed in ("release", "reopen"):
            values |= {"claimed_by": None, "snoozed_until": None, "dismissed_reason": None}
        if deed == "snooze":
            values["snoozed_until"] = tx.now + timedelta(minutes=minutes)
        if deed == "dismiss":
            values["dismissed_reason"] = reason
        tx.run(update(alerts).where(alerts.c.id == alert_id).values(**values))
        events.append(
            tx, person.actor, f"alert_{deed}", "alert", alert_id, before=row["state"], after=after, why=reason
        )


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
