"""Muting a topic: its alerts are raised, judged and counted as ever, and nobody is shown them until it ends.

Apart from `triage`, which acts on one alert: a mute is about a topic, and so about events that have not happened yet.
It hides one kind of alert only: muting spikes never hides a falling mood, nor the other way round. It hides nothing
from the brake, which reads what came in and not what is shown.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alert_topics, alerts, mutes, topics
from workflow.access import require

# Longer than a campaign, shorter than what everybody has forgotten (ours). Without an end it stands on the Desk.
LONGEST = timedelta(days=90)
SHORTEST = timedelta(minutes=5)
LONGEST_WHY = 300


def mute(store: Store, token: str, alert_id: int, until: datetime | None, why: str) -> int:
    """Mute the topic of an alert, for alerts of its kind, until then (None: until somebody lifts it); the mute's id."""
    if not why.strip() or len(why) > LONGEST_WHY:
        raise BadInput("Say in a few words why: the others will ask what they are not shown, and for what reason.")
    with store.write() as tx:
        person = require(tx, token, "triage")
        if until is not None and not SHORTEST <= until - tx.now <= LONGEST:
            raise BadInput("Mute for 5 minutes to 90 days, or until somebody lifts it.")
        alert = tx.row(
            select(alerts.c.topic_id, alerts.c.kind, topics.c.label)
            .join(topics, topics.c.id == alerts.c.topic_id)
            .where(alerts.c.id == alert_id)
        )
        if alert is None:
            raise BadInput("There is no such alert.")
        if is_muted(tx, alert["topic_id"], alert["kind"]):
            raise Refused("This is muted already. See under Muted until when, and by whom.", ("wrong_state",))
        row = {"topic_id": alert["topic_id"], "kind": alert["kind"], "why": why.strip(), "until": until}
        new_id = tx.insert(insert(mutes).values(**row, opened_at=tx.now, opened_by=person.id))
        _tell(tx, person.actor, "muted", new_id, row | {"label": alert["label"]})
        return new_id


def unmute(store: Store, token: str, mute_id: int) -> None:
    """Lift a mute before its time; its living alerts are on the Desk again."""
    with store.write() as tx:
        person = require(tx, token, "triage")
        row = tx.row(select(mutes).where(mutes.c.id == mute_id))
        if row is None:
            raise BadInput("There is no such mute.")
        if row["lifted_at"] is not None or (row["until"] is not None and row["until"] <= tx.now):
            raise Refused("This mute has ended already.", ("wrong_state",))
        tx.run(update(mutes).where(mutes.c.id == mute_id).values(lifted_at=tx.now, lifted_by=person.id))
        _tell(tx, person.actor, "unmuted", mute_id, dict(row) | {"label": _label(tx, row["topic_id"])})


def end_mutes(tx: Tx) -> None:
    """Write down the end of the mutes whose time is over. They hide nothing from that instant on, told or not."""
    for row in tx.rows(select(mutes).where(_over(tx.now))):
        tx.run(update(mutes).where(mutes.c.id == row["id"]).values(lifted_at=row["until"]))
        _tell(tx, events.THE_PRODUCT, "mute_ended", row["id"], dict(row) | {"label": _label(tx, row["topic_id"])})


def any_over(tx: Tx) -> bool:
    """Whether `end_mutes` has anything to write down."""
    return tx.row(select(mutes.c.id).where(_over(tx.now)).limit(1)) is not None


def _over(now: datetime) -> ColumnElement[bool]:
    return mutes.c.lifted_at.is_(None) & (mutes.c.until <= now)


def in_force(now: datetime) -> ColumnElement[bool]:
    """Condition on `mutes`: it hides something at this instant."""
    return mutes.c.lifted_at.is_(None) & (mutes.c.until.is_(None) | (mutes.c.until > now))


def hidden(now: datetime) -> ColumnElement[bool]:
    """Condition on `alerts`: mutes hide it, and all of it. Who muted the topic that leads muted none that joined it."""
    others = alert_topics.alias("joined")
    audible = select(others.c.topic_id).where(
        others.c.alert_id == alerts.c.id, others.c.split_at.is_(None), ~_muted_now(others.c.topic_id, now)
    )
    return _muted_now(alerts.c.topic_id, now) & ~exists(audible.correlate(alerts))


def _muted_now(topic: ColumnElement[int], now: datetime) -> ColumnElement[bool]:
    """Condition beside `alerts`: this topic is muted for alerts of its kind."""
    one = mutes.alias()
    query = select(one.c.id).where(
        one.c.topic_id == topic,
        one.c.kind == alerts.c.kind,
        one.c.lifted_at.is_(None),
        one.c.until.is_(None) | (one.c.until > now),
    )
    return exists(query.correlate_except(one))


def is_muted(tx: Tx, topic_id: int, kind: str) -> bool:
    """Whether alerts of this kind on this topic are hidden now."""
    query = select(mutes.c.id).where(mutes.c.topic_id == topic_id, mutes.c.kind == kind, in_force(tx.now))
    return tx.value(query.limit(1)) is not None


def _label(tx: Tx, topic_id: int) -> str:
    return str(tx.value(select(topics.c.label).where(topics.c.id == topic_id)))


def _tell(tx: Tx, actor: events.Actor, kind: str, mute_id: int, row: dict[str, object]) -> None:
    detail = {"topic": row["label"], "kind": row["kind"], "until": row["until"]}
    events.append(tx, actor, kind, "mute", mute_id, why=str(row["why"]) if kind == "muted" else "", detail=detail)
