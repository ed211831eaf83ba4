"""The brand's own pulse: how much is said about it in this hour, and how much of that is negative, against the usual.

Brings together what the watch keeps anyway (counts by the minute, kept baselines, hours of tone), so that the judge
can tell a crisis of the brand's own. Beside `judge`, which hands it on; the rule is `scoring.crisis`.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from data.storage.store import Tx
from data.storage.tables import baselines, counts, monitors, topics
from scoring.contract import Pulse
from workflow.tone import mood_of

HOUR = timedelta(hours=1)
OWN = "brand"
ENOUGH_READ = 10
"""Only a sample is read; from so many texts on its negative share speaks for the others as well (ours)."""


def pulse_of(tx: Tx) -> Pulse | None:
    """The pulse of the brand monitor that is spoken of most in this hour; None while none is watched or heard."""
    heard = func.coalesce(func.sum(counts.c.count), 0)
    busiest = tx.row(
        select(topics.c.id, heard.label("count"))
        .join(monitors, monitors.c.id == topics.c.monitor_id)
        .join(counts, (counts.c.topic_id == topics.c.id) & (counts.c.minute > tx.now - HOUR))
        .where(monitors.c.kind == OWN, monitors.c.enabled)
        .group_by(topics.c.id)
        .order_by(heard.desc(), topics.c.id)
        .limit(1)
    )
    if busiest is None:
        return None
    usual = tx.value(select(baselines.c.level).where(baselines.c.topic_id == busiest["id"]))
    mood = mood_of(tx, busiest["id"])
    count, read = int(busiest["count"]), mood.now
    negative = round(count * read.share) if read.scored >= ENOUGH_READ else min(count, read.negative)
    return Pulse(count, negative, usual, mood.usual)
