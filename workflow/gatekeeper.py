"""Gathering the gate's facts: everything about a post and its world at this instant, from the database alone.

The policy is `workflow.rules.gate`; this module only reads. It trusts no earlier step: signatures are counted again,
content is hashed again from the stored bytes, and the judge reads the world as it is now. What was looked at before the
claim (`workflow.lookout`) is compared here with what has come in since.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import RowMapping, func, or_, select

from data.reference import playbook
from data.storage.store import Tx
from data.storage.tables import holds, item_topics, items
from scoring.context import ENOUGH_USES
from scoring.contract import TextScorer
from scoring.look import manner_of
from workflow import brand as brands
from workflow import channel_accounts, rescoring
from workflow.approve import alert_of, standing_of
from workflow.checking import Checks, checks_of, judge_draft, subjects_of
from workflow.content import hash_of, media_facts, version_of
from workflow.hold import covering, scope_of
from workflow.judge import MEMORY, latest_verdict
from workflow.lifecycle import facts_of, state_of, topics_in
from workflow.lookout import Look, look_fact
from workflow.rules.codes import Code
from workflow.rules.gate import ContextFact, GateFacts, HoldFact, Refusal, refusals
from workflow.rules.holds import covers
from workflow.rules.windows import closes_at
from workflow.said import said_lately
from workflow.topics import topic_named

# What a rule's hold was opened for that promotional posts wait after, even once two people have lifted it.
DARK = frozenset({Code.TRAGEDY.value, Code.OFFICIAL_ALERT.value, Code.BRAND_CRISIS.value})
# The checklist's item by which a person says that they read ten uses.
USES_READ = "uses_read"


def ask(
    tx: Tx,
    draft: RowMapping,
    post: RowMapping,
    scorer: TextScorer,
    look: Look | None = None,
    answers: frozenset[str] = frozenset(),
) -> tuple[Refusal, ...]:
    """Every reason against sending this post now; empty when it may leave. Without a look it never may.

    `answers`: what its channel can do to somebody's post (reply, quote), which only a floor above knows.
    """
    return refusals(gate_facts(tx, draft, post, scorer, look, answers))


def gate_facts(
    tx: Tx,
    draft: RowMapping,
    post: RowMapping,
    scorer: TextScorer,
    look: Look | None,
    answers: frozenset[str] = frozenset(),
) -> GateFacts:
    """The facts for `workflow.rules.gate`, as the database has them at `tx.now`."""
    against = judge_draft(tx, draft, scorer)
    checks = checks_of(tx, draft, scorer, against)
    brand = brands.the_brand(tx)
    lately = said_lately(tx, draft, brand)
    return GateFacts(
        now=tx.now,
        state=state_of(draft),
        channel=playbook(draft["platform"]).label,
        content_hash_now=hash_of(tx, draft),
        content_hash_scheduled=_scheduled(tx, draft, post),
        standing=standing_of(tx, draft),
        publish_at=post["publish_at"],
        checklist_decision=checks.decision,
        checklist_complete=checks.outcome.complete,
        moment_says=rescoring.why_not(tx, draft["opportunity_id"]),
        reactive=draft["reactive"],
        frequency_cap=brand.frequency_cap,
        sent_last_24h=lately.on_platform,
        sent_on_topic=lately.on_topic,
        topic_cap=brand.topic_cap,
        repeats=lately.repeats,
        reentry_until=_reentry(tx, draft, brand),
        look=look_fact(tx, look),
        context=_context(tx, draft, checks),
        window_closes_at=window_closes_at(tx, draft),
        holds=tuple(
            HoldFact(scope_of(row), tuple(sorted({reason["code"] for reason in row["reasons"]})))
            for row in covering(tx, draft)
        ),
        media=media_facts(tx, draft),
        judge_reasons=against,
        channel_says=channel_accounts.usable(tx, draft["channel"]),
        answering=version_of(tx, draft)["answering"].get("kind", ""),
        answers=answers,
    )


def _reentry(tx: Tx, draft: RowMapping, brand: brands.Brand) -> datetime | None:
    """Until when what sells waits after holds over dark events that were lifted; None where none covered it."""
    if not (draft["promotional"] or "selling" in manner_of(version_of(tx, draft)["text"])):
        return None
    lifted = holds.c.lifted_at.is_not(None) & (holds.c.origin == "rule")
    lately = or_(holds.c.planned_end > tx.now, holds.c.lifted_at > tx.now - brand.reentry)
    post = facts_of(draft)
    ends = [
        max(row["lifted_at"] + brand.reentry, row["planned_end"] or row["lifted_at"])
        for row in tx.rows(select(holds).where(lifted, lately))
        if DARK & {reason["code"] for reason in row["reasons"]} and covers(scope_of(row), post)
    ]
    return max(ends, default=None)


def _context(tx: Tx, draft: RowMapping, checks: Checks) -> ContextFact | None:
    """What is known of the moment, topic or hashtags that a reactive post joins; None for one that joins nothing.

    Without a moment of its own the judge has read its subjects just now (`judge_draft`), all of the uses there are.
    """
    alert = alert_of(tx, draft)
    if not draft["reactive"] or not (alert or subjects_of(draft)):
        return None
    said = checks.answers.get(USES_READ)
    person_read = said is not None and said.value == "yes"
    if alert is None:
        return ContextFact(tx.now, 0, 0, person_read)
    verdict = latest_verdict(tx, alert["id"])
    if verdict is None:
        return ContextFact(None, 0, 0, person_read)
    read = int(verdict["context"].get("read", 0))
    return ContextFact(verdict["at"], _uses_there(tx, alert["topic_id"], verdict["at"]), read, person_read)


def _uses_there(tx: Tx, topic_id: int, at: datetime) -> int:
    """How many uses of the topic there were when it was judged, up to the ten that the guide asks for."""
    in_time = (items.c.published_at > at - MEMORY, items.c.published_at <= at, items.c.taken_in_at <= at)
    newest = (
        select(item_topics.c.item_id)
        .join(items, items.c.id == item_topics.c.item_id)
        .where(item_topics.c.topic_id == topic_id, *in_time)
        .order_by(item_topics.c.item_id.desc())
        .limit(ENOUGH_USES)
        .subquery()
    )
    return int(tx.value(select(func.count()).select_from(newest)))


def _scheduled(tx: Tx, draft: RowMapping, post: RowMapping) -> str:
    """The hash that was put on the schedule; no hash at all where somebody moved what was derived from the content.

    The schedule's time and the draft's hashtags are written down beside it, to be searched for: a time before the
    agreed one, or hashtags that the text does not have, are changes behind the product's back.
    """
    version = version_of(tx, draft)
    early = version["planned_for"] is not None and post["publish_at"] < version["planned_for"]
    moved = draft["hashtags"] != topics_in(version["text"])
    return "" if early or moved else str(post["content_hash"])


def window_closes_at(tx: Tx, draft: RowMapping) -> datetime | None:
    """When the moment that a reactive draft answers to is over on its platform; None for a planned one."""
    if not draft["reactive"]:
        return None
    alert = alert_of(tx, draft)
    began: datetime | None = alert["raised_at"] if alert is not None else _first_seen(tx, draft["topic"])
    return None if began is None else closes_at(began, playbook(draft["platform"]).closes_minutes)


def _first_seen(tx: Tx, topic: str | None) -> datetime | None:
    # A topic that was around for days is no moment with a window of its own.
    row = topic_named(tx, topic) if topic else None
    return row["first_seen_at"] if row is not None and tx.now - row["first_seen_at"] < MEMORY else None
