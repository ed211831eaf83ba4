"""Asking the judge: gather what is known about a moment, score it, and keep every verdict.

The judge itself lives in `scoring` and knows no database; this module brings it the facts and writes down what it
said. Alerts are judged outside any transaction, so that a slow model never holds up a writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, Select, func, insert, select

from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import alerts, item_topics, items, opportunities, topics, verdicts
from scoring.contract import Moment, MomentVerdict, TextScorer, Use, Warning
from scoring.judge import judge_moment
from workflow import brand as brands
from workflow.topics import topic_named
from workflow.triage import CLAIMED, OPEN

# The guide lets a tragedy silence a brand for 24 to 48 hours: that far back the judge reads.
MEMORY = timedelta(hours=48)
# A moment changes while people look at it; judge it again this often (ours).
AGAIN_AFTER = timedelta(minutes=2)
_MOST_USES, _MOST_NEWS, _MOST_WARNINGS = 200, 400, 200


def judge_open_alerts(store: Store, scorer: TextScorer) -> int:
    """Give every living alert a verdict, and a fresh one when things moved. How many verdicts were written."""
    written = 0
    for alert in _due(store):
        with store.read() as tx:
            brand = brands.the_brand(tx)
            moment = moment_of(tx, alert["topic_id"], count=alert["count"], baseline=alert["baseline"])
            now = tx.now
        verdict = judge_moment(scorer, moment, brand.profile, now)
        with store.write() as tx:
            written += _keep(tx, alert, verdict)
    return written


def _due(store: Store) -> Sequence[RowMapping]:
    newest = select(verdicts.c.alert_id, func.max(verdicts.c.at).label("at")).group_by(verdicts.c.alert_id).subquery()
    with store.read() as tx:
        return tx.rows(
            select(alerts)
            .outerjoin(newest, newest.c.alert_id == alerts.c.id)
            .where(
                alerts.c.state.in_((OPEN, CLAIMED)),
                (newest.c.at.is_(None)) | (newest.c.at < tx.now - AGAIN_AFTER),
                alerts.c.raised_at > tx.now - MEMORY,
            )
            .order_by(alerts.c.id)
        )


def _keep(tx: Tx, alert: RowMapping, verdict: MomentVerdict) -> int:
    before = latest_verdict(tx, alert["id"])
    values = _row(alert["id"], verdict)
    if before is not None and all(before[k] == values[k] for k in ("tragedy", "quadrant", "category", "reasons")):
        # Nothing that a person acts on has changed: keep the clock of re-judging, not another copy of the words.
        tx.run(verdicts.update().where(verdicts.c.id == before["id"]).values(**values | {"at": tx.now}))
        return 0
    new_id = tx.insert(insert(verdicts).values(**values, at=tx.now))
    detail = {"quadrant": verdict.cell.quadrant, "category": verdict.category, "verdict": new_id}
    events.append(
        tx,
        events.THE_PRODUCT,
        "alert_judged",
        "alert",
        alert["id"],
        before=before["tragedy"] if before else None,
        after=verdict.tragedy.label.value,
        detail=detail,
    )
    _open_opportunity(tx, alert["id"], verdict)
    return 1


def _row(alert_id: int, verdict: MomentVerdict) -> dict[str, object]:
    return {
        "alert_id": alert_id,
        "scorer": verdict.scorer,
        "sentiment": asdict(verdict.sentiment),
        "tragedy": verdict.tragedy.label.value,
        "probability": verdict.tragedy.probability,
        "reasons": [asdict(reason) for reason in verdict.tragedy.reasons],
        "relevance": verdict.relevance.value,
        "relevance_why": verdict.relevance.why,
        "interest": verdict.interest.value,
        "interest_why": verdict.interest.why,
        "quadrant": verdict.cell.quadrant,
        "decision": verdict.cell.decision,
        "category": verdict.category,
    }


def _open_opportunity(tx: Tx, alert_id: int, verdict: MomentVerdict) -> None:
    if tx.value(select(opportunities.c.id).where(opportunities.c.alert_id == alert_id)) is None:
        values = {"alert_id": alert_id, "state": "assessing", "round": 1, "category": verdict.category}
        tx.insert(insert(opportunities).values(**values, opened_at=tx.now))


def latest_verdict(tx: Tx, alert_id: int) -> RowMapping | None:
    """The newest verdict on an alert."""
    return tx.row(select(verdicts).where(verdicts.c.alert_id == alert_id).order_by(verdicts.c.id.desc()).limit(1))


def moment_of(tx: Tx, topic_id: int, *, count: float = 0.0, baseline: float | None = None) -> Moment:
    """Everything the store knows about a topic, as the judge wants it."""
    row = tx.row(select(topics).where(topics.c.id == topic_id))
    assert row is not None
    own = (
        _recent(tx.now)
        .join(item_topics, item_topics.c.item_id == items.c.id)
        .where(item_topics.c.topic_id == topic_id)
        .limit(_MOST_USES)
    )
    uses = tx.rows(own)
    return Moment(
        topic=row["label"],
        uses=tuple(_use(use, row["label"]) for use in uses),
        news=recent_news(tx),
        warnings=recent_warnings(tx),
        count=count,
        baseline=baseline,
        authors=len({use["author"] for use in uses if use["author"]}),
        first_seen=row["first_seen_at"],
    )


def moment_about(tx: Tx, topic: str | None) -> Moment:
    """The same for a topic by name; a topic nobody ever mentioned (or none) still has its news and warnings."""
    row = topic_named(tx, topic) if topic else None
    if row is not None:
        return moment_of(tx, row["id"])
    return Moment(topic=topic or "", news=recent_news(tx), warnings=recent_warnings(tx))


def recent_news(tx: Tx, since: datetime | None = None, taken_in_after: datetime | None = None) -> tuple[Use, ...]:
    """News items, newest first: those of the last 48 hours unless told otherwise."""
    query = _recent(since or tx.now, MEMORY if since is None else timedelta()).where(items.c.kind == "news")
    if taken_in_after is not None:
        query = query.where(items.c.taken_in_at > taken_in_after)
    return tuple(_use(row) for row in tx.rows(query.limit(_MOST_NEWS)))


def recent_warnings(tx: Tx, taken_in_after: datetime | None = None) -> tuple[Warning, ...]:
    """Official warnings of the last 48 hours, newest first."""
    query = _recent(tx.now).where(items.c.kind == "official")
    if taken_in_after is not None:
        query = query.where(items.c.taken_in_at > taken_in_after)
    return tuple(_warning(row) for row in tx.rows(query.limit(_MOST_WARNINGS)))


def _recent(now: datetime, memory: timedelta = MEMORY) -> Select[tuple[object, ...]]:
    return select(items).where(items.c.published_at >= now - memory).order_by(items.c.published_at.desc())


def _use(row: RowMapping, topic: str | None = None) -> Use:
    return Use(
        text=row["text"],
        at=row["published_at"],
        kind=row["kind"],
        region=row["region"],
        topic=topic,
        source=str(row["source_id"]),
        url=row["url"],
    )


def _warning(row: RowMapping) -> Warning:
    extra = row["extra"]
    expires = extra.get("expires")
    return Warning(
        agency=extra.get("agency", ""),
        event=extra.get("event") or row["text"],
        severity=extra.get("severity", "Unknown"),
        area=extra.get("area", ""),
        region=row["region"],
        at=row["published_at"],
        expires=datetime.fromisoformat(expires) if expires else None,
        cancelled=bool(extra.get("cancelled", False)),
        text=row["text"],
    )
