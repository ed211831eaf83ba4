"""The report of agreement: which verdicts people acted on or spoke about, read from what they did.

A verdict counts when people decided about its moment, submitted a draft on it, or said a word on it. Acted on without a
word is agreement; a text counts only where somebody said something of it. `rules.agreement` adds it up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from data.storage.store import Tx
from data.storage.tables import corrections, drafts, events, opportunities, verdicts
from workflow.corrections import newest
from workflow.rules.agreement import CATEGORY, MOMENT, TEXT, TRAGEDY, Heard, Week, by_week

# A quarter of a year: enough to see whether a new model is better than the last (ours).
WEEKS = 12


def agreement(tx: Tx, zone: ZoneInfo, weeks: int = WEEKS) -> tuple[Week, ...]:
    """The last weeks on the reader's calendar, newest first."""
    since = tx.now - timedelta(weeks=weeks)
    acted = _acted_on(tx, since)
    return by_week([*_silent(tx, acted), *_spoken(tx, since, acted)], zone)


def _acted_on(tx: Tx, since: datetime) -> dict[int, datetime]:
    """When people first acted on each alert: decided about it, or submitted a draft."""
    decided = select(opportunities.c.alert_id, opportunities.c.decided_at.label("at")).where(
        opportunities.c.decided_at >= since
    )
    submitted = (
        select(opportunities.c.alert_id, events.c.at)
        .join(drafts, drafts.c.opportunity_id == opportunities.c.id)
        .join(events, (events.c.subject == "draft") & (events.c.subject_id == drafts.c.id))
        .where(events.c.kind == "draft_submit", events.c.at >= since)
    )
    found: dict[int, datetime] = {}
    for row in (*tx.rows(decided), *tx.rows(submitted)):
        found[row["alert_id"]] = min(row["at"], found.get(row["alert_id"], row["at"]))
    return found


def _silent(tx: Tx, acted: Mapping[int, datetime]) -> Iterator[Heard]:
    """What was acted on. Which label it had does not matter here: nobody said another."""
    judged = select(verdicts.c.alert_id).where(verdicts.c.alert_id.in_(list(acted))).distinct()
    for row in tx.rows(judged):
        for aspect in (TRAGEDY, CATEGORY):
            yield Heard(MOMENT, aspect, row["alert_id"], acted[row["alert_id"]], machine="")


def _spoken(tx: Tx, since: datetime, acted: Mapping[int, datetime]) -> Iterator[Heard]:
    """Everybody's newest words since then, and older ones about what was acted on since."""
    about = (corrections.c.at >= since) | corrections.c.alert_id.in_(list(acted))
    for row in newest(tx, about):
        moment = row["item_id"] is None
        subject = row["alert_id"] if moment else row["item_id"]
        yield Heard(MOMENT if moment else TEXT, row["aspect"], subject or 0, row["at"], row["machine"], row["person"])
