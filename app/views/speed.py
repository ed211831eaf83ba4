"""How fast a moment goes, for the line that ticks: one small read for all the alerts that are drawn."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from app.ui.times import span
from app.views.cards import Card
from data.storage.store import Tx
from data.storage.tables import counts
from monitors.baseline import Baseline
from monitors.trajectory import LATELY, Trajectory, trajectory
from monitors.volume import window_end
from workflow.triage import DISMISSED

# Below a use in five minutes the direction is noise and only "now" is told (ours).
SLOWEST = 0.2


def speeds(tx: Tx, drawn: Collection[Card]) -> dict[int, Trajectory]:
    """Where each living spike among the drawn alerts is going, by alert. A mood has no speed, nor has what is over."""
    going = {card.alert_id: card for card in drawn if not card.mood and card.state != DISMISSED}
    if not going:
        return {}
    end = window_end(tx.now)
    heard = _heard(tx, {card.topic_id for card in going.values()}, end)
    return {
        alert: trajectory(heard[card.topic_id], card.onset_at, end, _usual(card))
        for alert, card in going.items()
        if card.topic_id in heard
    }


def in_words(going: Trajectory) -> str:
    """`4.2 a minute and rising · began 38 min ago · next hour about 210 (120 to 400)`. Our own words only."""
    way = "rising" if going.rising else "falling" if going.falling else "steady"
    turn = f" and {way}" if going.velocity >= SLOWEST else ""
    said = [f"**{_pace(going.velocity)} a minute**{turn}", f"began {span(going.since_onset)} ago"]
    if going.ahead:
        first = going.ahead[0]
        said.append(f"next hour about {first.expected:,.0f} ({first.low:,.0f} to {first.high:,.0f})")
    return " · ".join(said)


def _pace(velocity: float) -> str:
    return f"{velocity:,.0f}" if velocity >= 10 else f"{velocity:.1f}"


def _usual(card: Card) -> Baseline | None:
    """The baseline as the alert had it: no look into history for a line that ticks."""
    if card.baseline is None or card.band is None:
        return None
    return Baseline(card.baseline, card.band[0], card.band[1], 0)


def _heard(tx: Tx, topic_ids: Collection[int], end: datetime) -> dict[int, dict[datetime, float]]:
    """Uses by the minute of the last half hour. Topics that nobody counted in it are left out."""
    rows = tx.rows(
        select(counts.c.topic_id, counts.c.minute, func.sum(counts.c.count).label("n"))
        .where(counts.c.topic_id.in_(sorted(topic_ids)), counts.c.minute >= end - LATELY, counts.c.minute < end)
        .group_by(counts.c.topic_id, counts.c.minute)
    )
    found: dict[int, dict[datetime, float]] = {}
    for row in rows:
        found.setdefault(row["topic_id"], {})[row["minute"]] = float(row["n"])
    return found
