"""What a moment of falling sentiment shows: the share of negative posts hour by hour against the usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from data.storage.store import Tx
from workflow.rules.tone import HOUR, PER_SLOT
from workflow.tone import hours_heard, mood_of
from workflow.triage import SENTIMENT

SHOWN = timedelta(hours=48)
AFTERMATH = timedelta(hours=6)
# A share of fewer texts than this is not drawn: it would be noise with a line through it (ours).
LEAST_DRAWN = 5
MOST_READ = PER_SLOT * 6


@dataclass(frozen=True)
class Share:
    """The share of negatives among `scored` posts of the hour that begins at `at`."""

    at: datetime
    share: float
    scored: int


@dataclass(frozen=True)
class MoodView:
    """What fired it (`share` of `scored` posts, really between `low` and `high`, usual `usual`), the hours, and now."""

    share: float
    usual: float
    low: float
    high: float
    scored: int
    hours: tuple[Share, ...]
    now_says: str


def mood_of_alert(tx: Tx, alert: RowMapping) -> MoodView | None:
    """The figures of an alert about sentiment; None for any other."""
    if alert["kind"] != SENTIMENT:
        return None
    why = alert["why"]
    until = min(tx.now, alert["window_end"] + AFTERMATH)
    heard = hours_heard(tx, alert["topic_id"], until)
    return MoodView(
        share=why.get("share", 0.0),
        usual=why.get("usual_share", 0.0),
        low=why.get("low", 0.0),
        high=why.get("high", 1.0),
        scored=why.get("scored", 0),
        hours=tuple(
            Share(hour, one.share, one.scored)
            for hour, one in heard.items()
            if one.scored >= LEAST_DRAWN and hour > until - SHOWN - HOUR
        ),
        now_says=mood_of(tx, alert["topic_id"]).why,
    )
