"""Keeping alerts for the morning: the brand's quiet hours, and telling what came in them when they are over.

Evaluating never sleeps: an alert is raised, judged and shown to whoever looks. Only `delivered_at` waits, which is what
every way of telling people goes by. What may not wait is in `rules.quiet`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import ColumnElement, RowMapping, Select, exists, func, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alert_topics, alerts, brands, monitors, mutes, topics, verdicts
from workflow import telling
from workflow.access import require
from workflow.mutes import hidden
from workflow.rules.quiet import QuietHours, in_words, may_wait, quiet_until

SETTING = "quiet_hours"
# An alert that nobody was told of for this long is no news any more (ours).
TOO_OLD = timedelta(days=7)


def hours_of(tx: Tx, brand_id: int) -> QuietHours | None:
    """The brand's quiet hours, or None."""
    row = tx.row(select(brands.c.settings, brands.c.zone).where(brands.c.id == brand_id))
    return _hours(row["settings"], row["zone"]) if row is not None else None


def set_quiet_hours(
    store: Store, token: str, wanted: tuple[time, time, Sequence[int]] | None, seen: QuietHours | None
) -> None:
    """Say from when to when, and on which nights, nobody is told (None: never). `seen` is what was on the screen."""
    with store.write() as tx:
        person = require(tx, token, "watch")
        row = tx.row(select(brands).order_by(brands.c.id).limit(1))
        if row is None:
            raise BadInput("This workspace has no brand yet.")
        before = _hours(row["settings"], row["zone"])
        if before != seen:
            raise Refused(
                "Somebody changed the quiet hours meanwhile. Look at them, then save yours.", ("stale_screen",)
            )
        after = _checked(wanted, row["zone"]) if wanted is not None else None
        if after == before:
            return
        settings = {name: value for name, value in row["settings"].items() if name != SETTING}
        if after is not None:
            settings[SETTING] = _plain(after)
        tx.run(update(brands).where(brands.c.id == row["id"]).values(settings=settings))
        told = [in_words(one) if one else "none" for one in (before, after)]
        events.append(tx, person.actor, "quiet_hours_set", "brand", row["id"], before=told[0], after=told[1])


def told_at(tx: Tx, brand_id: int, kind: str, topic_id: int) -> datetime | None:
    """What `delivered_at` of a new alert is: now, or None while it is kept for the end of the quiet hours."""
    if not may_wait(kind, own_brand=_own(tx, topic_id), tragedy=""):
        return tx.now
    return None if quiet_until(hours_of(tx, brand_id), tx.now) else tx.now


def deliver(tx: Tx) -> int:
    """Tell the alerts that were kept, as far as they may be told by now; how many.

    In the quiet hours too: what the judge found dark since does not wait. What a mute hides stays untold until it ends.
    """
    due = _to_tell(tx)
    for row in due:
        tx.run(update(alerts).where(alerts.c.id == row["id"]).values(delivered_at=tx.now))
        detail = {"raised_at": row["raised_at"]}
        events.append(tx, events.THE_PRODUCT, "alert_delivered", "alert", row["id"], detail=detail)
        telling.alert_told(tx, row["id"])
    return len(due)


def anything_to_tell(tx: Tx) -> bool:
    """Whether `deliver` has anything to do: asked every second, so it costs next to nothing when nothing is kept."""
    return anything_kept(tx) and bool(_to_tell(tx))


def _to_tell(tx: Tx) -> list[RowMapping]:
    """The alerts that were kept and may be told now."""
    hours: dict[int, datetime | None] = {}
    due = []
    for row in tx.rows(_undelivered(tx.now)):
        if row["brand_id"] not in hours:
            hours[row["brand_id"]] = quiet_until(hours_of(tx, row["brand_id"]), tx.now)
        waits = may_wait(row["kind"], own_brand=row["monitor_kind"] == "brand", tragedy=row["tragedy"] or "")
        if not (waits and hours[row["brand_id"]]):
            due.append(row)
    return due


def anything_kept(tx: Tx) -> bool:
    """Whether any alert is kept that no mute hides."""
    return tx.value(select(alerts.c.id).where(_untold(tx.now), ~hidden(tx.now)).limit(1)) is not None


def _untold(now: datetime) -> ColumnElement[bool]:
    recent = (alerts.c.raised_at > now - TOO_OLD) | _muted_until_lately(now)
    return alerts.c.delivered_at.is_(None) & alerts.c.state.in_(("open", "claimed")) & recent


def _muted_until_lately(now: datetime) -> ColumnElement[bool]:
    """Condition on `alerts`: a mute on one of its topics has ended so lately that nobody can have been told before."""
    ours = alert_topics.c.split_at.is_(None) & (alert_topics.c.alert_id == alerts.c.id)
    ended = func.coalesce(mutes.c.lifted_at, mutes.c.until)
    return exists(
        select(mutes.c.id)
        .join(alert_topics, alert_topics.c.topic_id == mutes.c.topic_id)
        .where(ours, mutes.c.kind == alerts.c.kind, ended > now - TOO_OLD, ended > alerts.c.raised_at)
        .correlate(alerts)
    )


def _undelivered(now: datetime) -> Select[Any]:
    waiting = select(alerts.c.id).where(_untold(now))
    newest = select(func.max(verdicts.c.id)).where(verdicts.c.alert_id.in_(waiting)).group_by(verdicts.c.alert_id)
    verdict = select(verdicts.c.alert_id, verdicts.c.tragedy).where(verdicts.c.id.in_(newest)).subquery()
    return (
        select(alerts, monitors.c.kind.label("monitor_kind"), verdict.c.tragedy)
        .join(topics, topics.c.id == alerts.c.topic_id)
        .outerjoin(monitors, monitors.c.id == topics.c.monitor_id)
        .outerjoin(verdict, verdict.c.alert_id == alerts.c.id)
        .where(_untold(now), ~hidden(now))
        .order_by(alerts.c.id)
    )


def _own(tx: Tx, topic_id: int) -> bool:
    query = select(monitors.c.kind).join(topics, topics.c.monitor_id == monitors.c.id).where(topics.c.id == topic_id)
    return bool(tx.value(query) == "brand")


def _hours(settings: Mapping[str, Any], zone: str) -> QuietHours | None:
    kept = settings.get(SETTING)
    if not kept:
        return None
    start, end = time.fromisoformat(kept["from"]), time.fromisoformat(kept["to"])
    return QuietHours(start, end, frozenset(kept["days"]), zone)


def _plain(hours: QuietHours) -> dict[str, Any]:
    return {"from": f"{hours.start:%H:%M}", "to": f"{hours.end:%H:%M}", "days": sorted(hours.days)}


def _checked(wanted: tuple[time, time, Sequence[int]], zone: str) -> QuietHours:
    start, end, days = wanted
    if start == end:
        raise BadInput("Quiet hours begin and end at different times; to have none, switch them off.")
    if not days or not all(0 <= day <= 6 for day in days):
        raise BadInput("Choose the nights on which it is quiet: at least one.")
    if zone not in available_timezones():
        raise BadInput(f"The brand's time zone {zone!r} is unknown, so that nobody can say when its night is.")
    return QuietHours(
        start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0), frozenset(days), zone
    )
