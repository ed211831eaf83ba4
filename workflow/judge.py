"""Asking the judge: gather what is known about a moment, score it, and keep every verdict.

The judge itself lives in `scoring` and knows no database; this module brings it the facts and writes down what it
said. Alerts are judged outside any transaction, so that a slow model never holds up a writer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, Select, insert, select, update

from data.errors import TactError
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import item_topics, items, opportunities, topics, verdicts
from scoring.context import ENOUGH_USES
from scoring.contract import BrandProfile, Moment, MomentVerdict, Pulse, TextScorer, Use, Warning
from scoring.judge import judge_moment
from scoring.safety import failed, score_safely
from workflow import brand as brands
from workflow.due import GRAVE_OR_OVER, MAY_BE_DARK, due
from workflow.overheard import Overheard, overheard
from workflow.pulse import pulse_of
from workflow.topics import topic_named
from workflow.turns import tell

log = logging.getLogger(__name__)

# The guide lets a tragedy silence a brand for 24 to 48 hours: that far back the judge reads.
MEMORY = timedelta(hours=48)
# A flood warning can stand for many days; past this it is looked at no more (ours).
WARNINGS_MEMORY = timedelta(days=14)
_MOST_USES, _MOST_NEWS, _MOST_DARK = 200, 400, 2_000
_MOST_LABELLED = 2_000
# The newest uses are looked for among so many that came in last: a topic may have hundreds of thousands (ours).
_MOST_CAME_LAST = 2_000


def judge_open_alerts(store: Store, scorer: TextScorer) -> int:
    """Give every living alert a verdict, and a fresh one when things moved. How many verdicts were written."""
    written = 0
    for alert in due(store):
        try:
            written += judge_one(store, scorer, alert)
        except TactError:
            raise
        except Exception:
            # The edge of the loop: one moment that nobody can judge must not keep the others unjudged.
            log.exception("alert %s could not be judged", alert["id"])
    return written


def judge_one(store: Store, scorer: TextScorer, alert: RowMapping) -> int:
    """A verdict on this moment as it is now. 1 where it says something new."""
    with store.read() as tx:
        brand = brands.the_brand(tx)
        moment = moment_of(tx, alert["topic_id"], count=alert["count"], baseline=alert["baseline"])
        now = tx.now
    verdict = judge_moment(scorer, moment, brand.profile, now)
    with store.write() as tx:
        return _keep(tx, alert, verdict)


def _keep(tx: Tx, alert: RowMapping, verdict: MomentVerdict) -> int:
    before = latest_verdict(tx, alert["id"])
    if before is not None and before["at"] > verdict.scored_at:
        return 0  # another worker has judged it since, by what came in later
    values = _row(alert["id"], verdict)
    if before is not None and _says_the_same(before, values):
        # Nothing that a person acts on has changed: keep the clock of re-judging, not another copy of the words.
        tx.run(verdicts.update().where(verdicts.c.id == before["id"]).values(**values | {"at": verdict.scored_at}))
        return 0
    new_id = tx.insert(insert(verdicts).values(**values, at=verdict.scored_at))
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
    tell(tx, alert["id"], before, verdict)
    _open_opportunity(tx, alert["id"], verdict)
    return 1


def _says_the_same(before: RowMapping, values: Mapping[str, Any]) -> bool:
    """Whether nothing has changed that people act on, or that their words are kept with (`verdict_key`)."""
    wrong = [{one["key"] for one in said["wrong_approaches"]} for said in (before, values)]
    return wrong[0] == wrong[1] and all(before[k] == values[k] for k in ("tragedy", "quadrant", "category", "reasons"))


def _row(alert_id: int, verdict: MomentVerdict) -> dict[str, object]:
    return {
        "alert_id": alert_id,
        "scorer": verdict.scorer,
        "sentiment": asdict(verdict.sentiment),
        "tragedy": verdict.tragedy.label.value,
        "probability": verdict.tragedy.probability,
        "reasons": [asdict(reason) for reason in verdict.tragedy.reasons],
        "context": asdict(verdict.context),
        "relevance": verdict.relevance.value,
        "relevance_why": verdict.relevance.why,
        "interest": verdict.interest.value,
        "interest_why": verdict.interest.why,
        "quadrant": verdict.cell.quadrant,
        "decision": verdict.cell.decision,
        "category": verdict.category,
        "subcategory": verdict.subcategory,
        "category_why": verdict.category_why,
        "wrong_approaches": [asdict(one) for one in verdict.wrong_approaches],
    }


def _open_opportunity(tx: Tx, alert_id: int, verdict: MomentVerdict) -> None:
    """The first verdict opens it; a later one may still correct its category, until people have decided or chosen one.

    A category that a person chose is theirs: the machine's own stays in its verdict and overrules nobody.
    """
    row = tx.row(select(opportunities).where(opportunities.c.alert_id == alert_id))
    if row is None:
        values = {"alert_id": alert_id, "state": "assessing", "round": 1, "category": verdict.category}
        tx.insert(insert(opportunities).values(**values, opened_at=tx.now))
    elif row["decided_at"] is None and row["category_by"] is None and row["category"] != verdict.category:
        tx.run(update(opportunities).where(opportunities.c.id == row["id"]).values(category=verdict.category))


def latest_verdict(tx: Tx, alert_id: int) -> RowMapping | None:
    """The newest verdict on an alert."""
    return tx.row(select(verdicts).where(verdicts.c.alert_id == alert_id).order_by(verdicts.c.id.desc()).limit(1))


def moment_of(tx: Tx, topic_id: int, *, count: float = 0.0, baseline: float | None = None) -> Moment:
    """Everything the store knows about a topic, as the judge wants it."""
    row = tx.row(select(topics).where(topics.c.id == topic_id))
    assert row is not None
    moment = _moment(tx, row, recent_news(tx), recent_warnings(tx))
    return replace(moment, count=count, baseline=baseline, pulse=pulse_of(tx))


def _moment(tx: Tx, row: RowMapping, news: tuple[Use, ...], warnings: tuple[Warning, ...]) -> Moment:
    came_last = (
        select(item_topics.c.item_id)
        .where(item_topics.c.topic_id == row["id"])
        .order_by(item_topics.c.item_id.desc())
        .limit(_MOST_CAME_LAST)
        .subquery()
    )
    uses = tx.rows(_recent(tx.now).join(came_last, came_last.c.item_id == items.c.id).limit(_MOST_USES))
    # One use alone proves nothing about a topic; what a colleague saw and wrote down weighs as much as a headline.
    seen = tuple(_use(use, row["label"]) for use in uses if use["extra"].get("seen_by"))
    also = overheard(tx, row["label"]) if len(uses) < ENOUGH_USES else Overheard()
    return Moment(
        topic=row["label"],
        uses=(*(_use(use, row["label"]) for use in uses), *also.uses),
        heard=also.heard,
        news=(*news, *seen),
        warnings=warnings,
        authors=len({use["author"] for use in uses if use["author"]}),
        first_seen=row["first_seen_at"],
    )


@dataclass(frozen=True)
class World:
    """What every post is judged by, whatever it is about. Read once for many posts; `known` keeps their topics."""

    news: tuple[Use, ...]
    warnings: tuple[Warning, ...]
    pulse: Pulse | None
    brand: BrandProfile
    known: dict[str | None, Moment] = field(default_factory=dict, compare=False)


def world_of(tx: Tx) -> World:
    """The news, the warnings and the brand with its pulse, as they are now."""
    return World(recent_news(tx), recent_warnings(tx), pulse_of(tx), brands.the_brand(tx).profile)


def moments_about(
    tx: Tx, named: Sequence[str | None], world: World | None = None, news: tuple[Use, ...] | None = None
) -> tuple[Moment, ...]:
    """The same for topics by name, in their order; one nobody ever mentioned (or none) has its news and warnings.

    `world` spares reading it again for every post; `news`, where somebody knows which of it can matter here.
    """
    seen = world or world_of(tx)
    told = seen.news if news is None else news
    for topic in named:
        if topic not in seen.known:
            seen.known[topic] = _about(tx, topic, (), seen.warnings)
    found = (seen.known[topic] for topic in named)
    return tuple(replace(one, news=(*told, *one.news), pulse=seen.pulse) for one in found)


def _about(tx: Tx, topic: str | None, news: tuple[Use, ...], warnings: tuple[Warning, ...]) -> Moment:
    row = topic_named(tx, topic) if topic else None
    if row is not None:
        return _moment(tx, row, news, warnings)
    also = overheard(tx, topic) if topic else Overheard()
    return Moment(topic=topic or "", uses=also.uses, heard=also.heard, news=news, warnings=warnings)


def label_news(store: Store, scorer: TextScorer) -> int:
    """Judge each headline once by each scorer, when it has come in; how many. What has no label yet counts as dark.

    Another scorer reads what the one before it has labelled: until then the old label stands.
    """
    with store.read() as tx:
        by_another = items.c.tragedy.is_(None) | items.c.scored_by.is_distinct_from(scorer.name)
        unread = _recent(tx.now).where(items.c.kind == "news", by_another)
        rows = tx.rows(unread.limit(_MOST_LABELLED))
    verdicts = score_safely(scorer, [row["text"] for row in rows])
    with store.write() as tx:
        for row, verdict in zip(rows, verdicts, strict=True):
            if failed(verdict):
                continue  # it stays unlabelled, and is asked about again
            label, probability = verdict.tragedy.label.value, verdict.tragedy.probability
            values = {"tragedy": label, "probability": probability, "sentiment": verdict.sentiment.label}
            values["scored_by"] = scorer.name
            tx.run(update(items).where(items.c.id == row["id"]).values(**values))
    return len(rows)


def recent_news(tx: Tx) -> tuple[Use, ...]:
    """News of the last 48 hours, newest first: every headline that may be dark, and the newest of the others.

    The dark ones have no limit but a day's worth of the world: no heap of quiet headlines can bury one.
    """
    news = _recent(tx.now).where(items.c.kind == "news")
    rows = [*tx.rows(news.where(MAY_BE_DARK).limit(_MOST_DARK)), *tx.rows(news.limit(_MOST_NEWS))]
    different = {row["id"]: row for row in rows}
    return tuple(_use(row) for row in sorted(different.values(), key=lambda row: row["published_at"], reverse=True))


def dark_news(tx: Tx, taken_in_after: datetime) -> tuple[Use, ...]:
    """Every headline taken in since then that may be dark, however many and whenever it says it was published."""
    query = select(items).where(items.c.kind == "news", MAY_BE_DARK, items.c.taken_in_at > taken_in_after)
    return tuple(_use(row) for row in tx.rows(query.order_by(items.c.id)))


def recent_warnings(tx: Tx) -> tuple[Warning, ...]:
    """Official warnings of the last two weeks that can stop something or take another back, newest first.

    Which of them are in force is the judge's to say. All of them: one agency alone has more than a thousand small
    warnings out on a windy day, and no heap of those may bury a grave one.
    """
    query = _recent(tx.now, WARNINGS_MEMORY).where(items.c.kind == "official", GRAVE_OR_OVER)
    return tuple(_warning(row) for row in tx.rows(query))


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
        language=row["language"],
        author=row["author"] or "",
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
