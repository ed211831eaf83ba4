"""What the Monitors page shows: what is watched, in which words, and how loud each of it is against its usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select

from app.views.words import Badge
from data.storage.store import Store, Tx
from data.storage.tables import monitors, topics
from monitors.spikes import SpikeRule
from monitors.watch import judge_topic
from workflow.watching import KINDS, Watched, watched_in

STATES = {
    "learning": Badge("Learning", ":material/school:", "gray"),
    "quiet": Badge("Quiet", ":material/check_circle:", "green"),
    "alert": Badge("Alert height", ":material/notifications_active:", "red"),
    "cooling": Badge("Told already", ":material/notifications_paused:", "orange"),
}
OFF = Badge("Off", ":material/pause_circle:", "gray")
OFF_SAYS = "Switched off: nothing is counted for it and nothing is raised. What was counted and raised before is kept."


@dataclass(frozen=True)
class MonitorCard:
    """One monitor. `usual` is uses an hour, None while nothing is known; `says` is the detector's own sentence."""

    id: int
    name: str
    kind: str
    watched: Watched
    last_hour: int
    usual: float | None
    state: Badge
    says: str
    kind_key: str = ""


@dataclass(frozen=True)
class MonitorsView:
    """All monitors, those that are off last, and the instant."""

    now: datetime
    cards: tuple[MonitorCard, ...]

    @property
    def on(self) -> int:
        return sum(card.watched.enabled for card in self.cards)


def read(store: Store) -> MonitorsView:
    """The page; it is the same for everybody."""
    with store.read() as tx:
        rows = tx.rows(
            select(monitors, topics.c.id.label("topic_id"))
            .join(topics, topics.c.monitor_id == monitors.c.id)
            .order_by(monitors.c.enabled.desc(), monitors.c.id)
        )
        return MonitorsView(tx.now, tuple(_card(tx, row) for row in rows))


def _card(tx: Tx, row: RowMapping) -> MonitorCard:
    watched = watched_in(row)
    kind = row["kind"]
    fixed = {"id": row["id"], "name": row["name"], "kind": KINDS.get(kind, kind), "watched": watched, "kind_key": kind}
    if not watched.enabled:
        return MonitorCard(**fixed, last_hour=0, usual=None, state=OFF, says=OFF_SAYS)
    spike = judge_topic(tx, row["topic_id"], SpikeRule(floor=float(watched.floor)))
    state = STATES[spike.state]
    return MonitorCard(**fixed, last_hour=round(spike.count), usual=spike.baseline, state=state, says=spike.why)
