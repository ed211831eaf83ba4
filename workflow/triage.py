"""Alerts and what people do with them: raise, claim, snooze, dismiss, reopen, split.

Raising fails open: when in doubt an alert is raised. What belongs to an alert that is there – its own topic again, or
another monitor, source or spelling of the same moment (`grouping`) – is folded into it, so that its claim, its notes
and its dismissal survive. Only a doubling is told again. A mute or quiet hours change who is told, never what is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, insert, or_, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alert_topics, alerts, monitors, opportunities, people, topics
from workflow import grouping
from workflow.access import require
from workflow.grouping import Spiking
from workflow.mutes import is_muted
from workflow.quiet import told_at

# As long as the detector's own cool-down (ours).
STALE = timedelta(hours=6)
# Twice what people were told is news again, whatever they did with it: the guide's word for a moment that grows.
DOUBLED = 2
SPIKE, SENTIMENT = "spike", "sentiment"
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
    """What the detector saw. `count` and `baseline` are mentions in the window; `why` goes on the alert's page.

    `kind` sentiment: negative posts among those read. `insist`: a person saw it, so nothing holds it back.
    """

    topic_id: int
    count: int
    baseline: float | None
    ratio: float | None
    onset_at: datetime
    window_start: datetime
    window_end: datetime
    why: Mapping[str, Any]
    kind: str = SPIKE
    insist: bool = False

    @property
    def spiking(self) -> Spiking:
        return Spiking(self.topic_id, self.count, self.baseline, self.ratio, self.window_start)


def raise_alert(tx: Tx, brand_id: int, raised: Raised) -> int | None:
    """Write a new alert, or fold the figures into the one that this belongs to. The new alert's id, or None.

    An alert older than `STALE` takes nothing more in, unless somebody put it aside: a spike that comes back after
    hours is news again. One that was dismissed within the topic's cool-down stays so until the count has doubled.
    """
    living = tx.row(living_alert(raised.topic_id, raised.kind))
    if living is not None and takes_in(living, tx.now):
        _fold(tx, living, raised)
        return None
    if not raised.insist:
        if _waved_off(tx, raised):
            return None
        if raised.kind == SPIKE and _joined(tx, brand_id, raised):
            return None
    return _write(tx, brand_id, raised)


def takes_in(living: RowMapping, now: datetime) -> bool:
    """Whether a living alert is young enough for new figures. One that was put aside is until it wakes."""
    return bool(now - living["raised_at"] < STALE or living["state"] == SNOOZED)


def _write(tx: Tx, brand_id: int, raised: Raised) -> int:
    muted = is_muted(tx, raised.topic_id, raised.kind)
    told = tx.now if raised.insist else told_at(tx, brand_id, raised.kind, raised.topic_id)
    new_id = tx.insert(
        insert(alerts).values(
            brand_id=brand_id,
            topic_id=raised.topic_id,
            kind=raised.kind,
            raised_at=tx.now,
            delivered_at=None if muted else told,
            onset_at=raised.onset_at,
            state=OPEN,
            **_figures(raised),
        )
    )
    grouping.lead(tx, new_id, raised.spiking)
    detail = {"topic": tx.value(select(topics.c.label).where(topics.c.id == raised.topic_id)), "ratio": raised.ratio}
    detail |= {"kind": raised.kind} if raised.kind != SPIKE else {}
    events.append(tx, events.THE_PRODUCT, "alert_raised", "alert", new_id, after=OPEN, detail=detail)
    return new_id


def _figures(raised: Raised) -> dict[str, Any]:
    return {
        "count": raised.count,
        "baseline": raised.baseline,
        "ratio": raised.ratio,
        "window_start": raised.window_start,
        "window_end": raised.window_end,
        "why": dict(raised.why),
    }


def _fold(tx: Tx, living: RowMapping, raised: Raised) -> None:
    """New figures into the alert that is there; told again only when the topic has doubled since it was told."""
    if living["topic_id"] == raised.topic_id:
        tx.run(update(alerts).where(alerts.c.id == living["id"]).values(**_figures(raised)))
    row = grouping.member(tx, living["id"], raised.topic_id)
    # What a person saw has no figure: the first one that is counted is no doubling of it.
    measured = row is not None and row["baseline"] is not None
    if row is not None and measured and raised.count >= DOUBLED * row["told"]:
        grouping.tell_anew(tx, living["id"], raised.spiking)
        _escalate(tx, living, raised)
    else:
        grouping.keep(tx, living["id"], raised.spiking, told=None if measured else raised.count)


def _escalate(tx: Tx, living: RowMapping, raised: Raised) -> None:
    """The same alert, once more: claim and notes stay, and one that was put aside wakes."""
    values: dict[str, Any] = {"escalations": living["escalations"] + 1, "escalated_at": tx.now}
    if living["state"] == SNOOZED:
        values |= {"state": _awake(living), "snoozed_until": None}
    tx.run(update(alerts).where(alerts.c.id == living["id"]).values(**values))
    after = values.get("state", living["state"])
    detail = {"count": raised.count, "escalations": values["escalations"]}
    kind, why = "alert_escalated", f"{raised.count:,} now"
    events.append(
        tx, events.THE_PRODUCT, kind, "alert", living["id"], before=living["state"], after=after, why=why, detail=detail
    )


def _awake(row: RowMapping) -> str:
    """What a sleeping alert wakes to: whoever had claimed it still has it."""
    return CLAIMED if row["claimed_by"] is not None else OPEN


def _joined(tx: Tx, brand_id: int, raised: Raised) -> bool:
    """Whether the spike is another name for a moment that has its alert, and joined it.

    A dismissed moment takes its other names in as well, unless they come with twice what was waved off.
    """
    found = grouping.same_moment(tx, brand_id, raised.spiking, tx.now - STALE)
    if found is None:
        return False
    alert, why = found
    if alert["state"] == DISMISSED and raised.count >= DOUBLED * alert["count"]:
        return False
    grouping.join(tx, alert, raised.spiking, why)
    return True


def _waved_off(tx: Tx, raised: Raised) -> bool:
    """Whether the topic's last alert was dismissed within its cool-down, and it has not doubled since it was told."""
    last = latest_alert_at(tx, raised.topic_id, raised.kind)
    if last is None or last["state"] != DISMISSED or tx.now - last["raised_at"] >= _cooldown(tx, raised.topic_id):
        return False
    return bool(last["baseline"] is not None and raised.count < DOUBLED * last["count"])


def _cooldown(tx: Tx, topic_id: int) -> timedelta:
    query = select(monitors.c.cooldown_minutes).join(topics, topics.c.monitor_id == monitors.c.id)
    minutes = tx.value(query.where(topics.c.id == topic_id))
    return STALE if minutes is None else timedelta(minutes=minutes)


def living_alert(topic_id: int, kind: str = SPIKE) -> Any:
    """Query: the alert that nobody has dismissed which the topic leads or has joined, newest first."""
    return (
        select(alerts)
        .where(_about(topic_id), alerts.c.kind == kind, alerts.c.state != DISMISSED)
        .order_by(alerts.c.id.desc())
        .limit(1)
    )


def _about(topic_id: int) -> ColumnElement[bool]:
    joined = select(alert_topics.c.alert_id).where(
        alert_topics.c.topic_id == topic_id, alert_topics.c.split_at.is_(None)
    )
    return or_(alerts.c.topic_id == topic_id, alerts.c.id.in_(joined))


def latest_alert_at(tx: Tx, topic_id: int, kind: str = SPIKE) -> RowMapping | None:
    """When the topic was last told of and at which count, by an alert of its own or one that it joined.

    Its alert may be dismissed: the cool-down is measured from it all the same. `raised_at` is when the topic joined.
    """
    joined = (
        select(
            alerts.c.id,
            alerts.c.state,
            alert_topics.c.joined_at.label("raised_at"),
            alert_topics.c.told.label("count"),
            alert_topics.c.baseline,
        )
        .join(alerts, alerts.c.id == alert_topics.c.alert_id)
        .where(alert_topics.c.topic_id == topic_id, alert_topics.c.split_at.is_(None), alerts.c.kind == kind)
    )
    return tx.row(joined.order_by(alert_topics.c.joined_at.desc(), alerts.c.id.desc()).limit(1))


def claim(store: Store, token: str, alert_id: int) -> None:
    """Say "I am on it". Refused, with the name, when somebody else was faster."""
    _do(store, token, alert_id, "claim")


def release(store: Store, token: str, alert_id: int) -> None:
    """Hand a claimed alert back to the team."""
    _do(store, token, alert_id, "release")


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
    due = select(alerts).where(alerts.c.state == SNOOZED, alerts.c.snoozed_until <= tx.now)
    for row in tx.rows(due):
        after = _awake(row)
        tx.run(update(alerts).where(alerts.c.id == row["id"]).values(state=after, snoozed_until=None))
        events.append(tx, events.THE_PRODUCT, "alert_woken", "alert", row["id"], before=SNOOZED, after=after)


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
        return _write(tx, alert["brand_id"], raised)


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
