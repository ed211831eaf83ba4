"""Which alerts are to be judged now: as soon as something came in that could change their verdict.

Apart from `workflow.judge`, which judges them: this is a question to the tables alone, asked every second, so it reads
only what was taken in since the verdicts it asks about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, Select, func, or_, select

from data.storage.store import Store, Tx
from data.storage.tables import alerts, drafts, item_topics, items, opportunities, verdicts
from scoring.contract import Tragedy
from scoring.warnings import GRAVE
from workflow.rules.drafts import FINAL
from workflow.triage import CLAIMED, OPEN, SPIKE

# The guide lets a tragedy silence a brand for 24 to 48 hours: so long a moment is looked at again.
MEMORY = timedelta(hours=48)
# Time alone changes verdicts too: warnings run out, headlines grow old. Judge again this often (ours).
AGAIN_AFTER = timedelta(minutes=2)
# So many before an instant are looked at for the highest identifier: some of them may have come again.
_SOME = 50
MAY_BE_DARK = items.c.tragedy.is_(None) | (items.c.tragedy != Tragedy.CLEAR.value)
# Warnings that can stop something, or take another back. One agency alone sends a thousand small ones on a windy day.
GRAVE_OR_OVER = or_(
    func.lower(items.c.extra["severity"].as_string()).in_(sorted(GRAVE)),
    items.c.extra["cancelled"].as_boolean().is_(True),
)


@dataclass(frozen=True)
class Arrivals:
    """When something of each topic was last taken in, and when a headline that may be dark or a warning was."""

    of_topic: Mapping[int, datetime]
    dark: datetime | None

    def since(self, topic_id: int, judged: datetime) -> bool:
        found = (self.of_topic.get(topic_id), self.dark)
        return any(at is not None and at > judged for at in found)


def due(store: Store) -> Sequence[RowMapping]:
    """The alerts without a verdict, with news since theirs, or with an old one; those that wait longest first."""
    with store.read() as tx:
        rows = tx.rows(_living(tx.now))
        judged = [row["judged_at"] for row in rows if row["judged_at"] is not None]
        fresh = _arrivals(tx, max(min(judged), tx.now - AGAIN_AFTER)) if judged else Arrivals({}, None)
        return [row for row in rows if _is_due(row, fresh, tx.now)]


def _is_due(row: RowMapping, fresh: Arrivals, now: datetime) -> bool:
    judged = row["judged_at"]
    return judged is None or judged < now - AGAIN_AFTER or fresh.since(row["topic_id"], judged)


def _living(now: datetime) -> Select[tuple[object, ...]]:
    """Alerts that people may still act on, or write about, each with the instant of its newest verdict."""
    newest = select(func.max(verdicts.c.at)).where(verdicts.c.alert_id == alerts.c.id).scalar_subquery()
    over = [state.value for state in FINAL]
    under_way = (
        select(opportunities.c.alert_id)
        .join(drafts, drafts.c.opportunity_id == opportunities.c.id)
        .where(drafts.c.state.not_in(over), drafts.c.updated_at > now - MEMORY)
    )
    open_now = alerts.c.state.in_((OPEN, CLAIMED)) & (alerts.c.raised_at > now - MEMORY)
    return (
        select(alerts, newest.label("judged_at"))
        # A falling mood is no opportunity: nobody scores it, and it has evidence of its own.
        .where(alerts.c.kind == SPIKE, or_(open_now, alerts.c.id.in_(under_way)))
        .order_by(newest.asc().nulls_first(), alerts.c.id)
    )


def _arrivals(tx: Tx, since: datetime) -> Arrivals:
    """What was taken in since then. Each query reads only what is new, however much was taken in before.

    Identifiers grow as items come in, so a topic's new ones begin after the highest of the last before that instant.
    A headline or warning that came again keeps its identifier, so the dark ones are found by their instant alone; the
    kind is written as an expression there, or the database would rather walk through all the news there is.
    """
    before = select(items.c.id).where(items.c.taken_in_at <= since).order_by(items.c.taken_in_at.desc()).limit(_SOME)
    last = tx.value(select(func.max(before.subquery().c.id))) or 0
    linked = (
        select(item_topics.c.topic_id, items.c.taken_in_at)
        .join(items, items.c.id == item_topics.c.item_id)
        .where(item_topics.c.item_id > last, items.c.taken_in_at > since)
        .order_by(item_topics.c.item_id)
    )
    kind = items.c.kind.concat("")
    dark = ((kind == "official") & GRAVE_OR_OVER) | ((kind == "news") & MAY_BE_DARK)
    newest_dark = select(func.max(items.c.taken_in_at)).where(items.c.taken_in_at > since, dark)
    of_topic = {row["topic_id"]: row["taken_in_at"] for row in tx.rows(linked)}
    return Arrivals(of_topic, tx.value(newest_dark))
