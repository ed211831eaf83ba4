"""Raising alerts: a new one, the figures folded into the one that is there, or another name for its moment.

Raising fails open: when in doubt an alert is raised. What belongs to an alert that is there – its own topic again, or
another monitor, source or spelling of the same moment (`grouping`) – is folded into it, so that its claim, its notes
and its dismissal survive. Only a doubling is told again. A mute or quiet hours change who is told, never what is kept.
What people then do with an alert is in `triage`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, insert, or_, select, update

from data.storage import events
from data.storage.store import Tx
from data.storage.tables import alert_topics, alerts, monitors, topics
from workflow import grouping, telling
from workflow.grouping import Posts, Spiking
from workflow.mutes import is_muted
from workflow.quiet import told_at

# As long as the detector's own cool-down (ours).
STALE = timedelta(hours=6)
# Twice what people were told is news again, whatever they did with it: the guide's word for a moment that grows.
DOUBLED = 2
SPIKE, SENTIMENT = "spike", "sentiment"
OPEN, CLAIMED, SNOOZED, DISMISSED = "open", "claimed", "snoozed", "dismissed"


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


def read_posts(tx: Tx, brand_id: int, about_to: Sequence[Raised]) -> Posts:
    """What `raise_alert` compares these by, read beforehand: what folds into its own alert is compared with nothing."""
    living = ((one, tx.row(living_alert(one.topic_id, one.kind))) for one in about_to if one.kind == SPIKE)
    new = [one.spiking for one, row in living if row is None or not takes_in(row, tx.now)]
    return grouping.read_posts(tx, brand_id, new, tx.now - STALE)


def raise_alert(tx: Tx, brand_id: int, raised: Raised, posts: Posts | None = None) -> int | None:
    """Write a new alert, or fold the figures into the one that this belongs to. The new alert's id, or None.

    `posts`: what `read_posts` has read; what is missing there is read here, while other writers wait.

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
        if raised.kind == SPIKE and _joined(tx, brand_id, raised, posts):
            return None
    return write_alert(tx, brand_id, raised)


def takes_in(living: RowMapping, now: datetime) -> bool:
    """Whether a living alert is young enough for new figures. One that was put aside is until it wakes."""
    return bool(now - living["raised_at"] < STALE or living["state"] == SNOOZED)


def write_alert(tx: Tx, brand_id: int, raised: Raised) -> int:
    """A new alert, whatever else there is; its id."""
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
    if told is not None and not muted:
        telling.alert_told(tx, new_id)
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
        figures = _figures(raised) | {"why": _with_what_was_seen(raised.why, living["why"].get("by_hand", ()))}
        tx.run(update(alerts).where(alerts.c.id == living["id"]).values(**figures))
    row = grouping.member(tx, living["id"], raised.topic_id)
    # What a person saw has no figure: the first one that is counted is no doubling of it.
    measured = row is not None and row["baseline"] is not None
    if row is not None and measured and (raised.count >= DOUBLED * row["told"] or _first_counted(living, raised)):
        grouping.tell_anew(tx, living["id"], raised.spiking)
        _escalate(tx, living, raised)
    else:
        grouping.keep(tx, living["id"], raised.spiking, told=None if measured else raised.count)


def _first_counted(living: RowMapping, raised: Raised) -> bool:
    """Whether people know only a trend source's figure of a day, and this is the first that we counted ourselves."""
    ours = bool(raised.why.get("counted")) and living["topic_id"] == raised.topic_id
    return ours and "reading" in living["why"] and not living["why"].get("counted")


def _with_what_was_seen(why: Mapping[str, Any], seen: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """New evidence, and what people saw by hand beside it: no source will ever say that again."""
    if not seen:
        return dict(why)
    sentence = " ".join([why.get("sentence", ""), *(one["sentence"] for one in seen)]).strip()
    samples = [*(one["sample"] for one in reversed(seen)), *why.get("samples", ())]
    return dict(why) | {"sentence": sentence, "samples": samples, "by_hand": list(seen)}


def _escalate(tx: Tx, living: RowMapping, raised: Raised) -> None:
    """The same alert, once more: claim and notes stay, and one that was put aside wakes."""
    values: dict[str, Any] = {"escalations": living["escalations"] + 1, "escalated_at": tx.now}
    if living["state"] == SNOOZED:
        values |= {"state": awake(living), "snoozed_until": None}
    tx.run(update(alerts).where(alerts.c.id == living["id"]).values(**values))
    after = values.get("state", living["state"])
    detail = {"count": raised.count, "escalations": values["escalations"]}
    kind, why = "alert_escalated", f"{raised.count:,} now"
    events.append(
        tx, events.THE_PRODUCT, kind, "alert", living["id"], before=living["state"], after=after, why=why, detail=detail
    )


def awake(row: RowMapping) -> str:
    """What a sleeping alert wakes to: whoever had claimed it still has it."""
    return CLAIMED if row["claimed_by"] is not None else OPEN


def _joined(tx: Tx, brand_id: int, raised: Raised, posts: Posts | None) -> bool:
    """Whether the spike is another name for a moment that has its alert, and joined it.

    With twice what was put aside it is news: a sleeping moment wakes, and for a dismissed one there is a new alert.
    """
    found = grouping.same_moment(tx, brand_id, raised.spiking, tx.now - STALE, posts)
    if found is None:
        return False
    alert, why = found
    doubled = raised.count >= DOUBLED * alert["count"]
    if alert["state"] == DISMISSED and doubled:
        return False
    grouping.join(tx, alert, raised.spiking, why)
    if alert["state"] == SNOOZED and doubled:
        _escalate(tx, alert, raised)
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
