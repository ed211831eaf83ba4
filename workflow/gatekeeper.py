"""Gathering the gate's facts: everything about a post and its world at this instant, from the database alone.

The policy is `workflow.rules.gate`; this module only reads. It trusts no earlier step: signatures are counted again,
content is hashed again from the stored bytes, and the judge reads the world as it is now.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import RowMapping, func, select

from data.reference import playbook
from data.storage.store import Tx
from data.storage.tables import draft_versions, drafts, publications
from scoring.contract import TextScorer
from workflow import brand as brands
from workflow.approve import alert_of, standing_of
from workflow.checking import checks_of, judge_draft
from workflow.content import hash_of, media_facts, version_of
from workflow.hold import covering, scope_of
from workflow.judge import MEMORY
from workflow.lifecycle import state_of
from workflow.rules.drafts import State
from workflow.rules.gate import GateFacts, HoldFact, Refusal, refusals
from workflow.rules.windows import closes_at
from workflow.topics import topic_named

# The same words on the same platform within this time are a duplicate (ours).
REPEAT = timedelta(days=30)
_ON_ITS_WAY = (State.PUBLISHING.value, State.BY_HAND.value, State.UNKNOWN.value)


def ask(tx: Tx, draft: RowMapping, post: RowMapping, scorer: TextScorer) -> tuple[Refusal, ...]:
    """Every reason against sending this post now; empty when it may leave."""
    return refusals(gate_facts(tx, draft, post, scorer))


def gate_facts(tx: Tx, draft: RowMapping, post: RowMapping, scorer: TextScorer) -> GateFacts:
    """The facts for `workflow.rules.gate`, as the database has them at `tx.now`."""
    against = judge_draft(tx, draft, scorer)
    checks = checks_of(tx, draft, scorer, against)
    return GateFacts(
        now=tx.now,
        state=state_of(draft),
        channel=playbook(draft["platform"]).label,
        content_hash_now=hash_of(tx, draft),
        content_hash_scheduled=post["content_hash"],
        standing=standing_of(tx, draft),
        publish_at=post["publish_at"],
        checklist_decision=checks.decision,
        checklist_complete=checks.outcome.complete,
        reactive=draft["reactive"],
        frequency_cap=brands.the_brand(tx).frequency_cap,
        sent_last_24h=_sent(tx, draft),
        duplicate=_said_before(tx, draft),
        window_closes_at=window_closes_at(tx, draft),
        holds=tuple(
            HoldFact(scope_of(row), tuple(sorted({reason["code"] for reason in row["reasons"]})))
            for row in covering(tx, draft)
        ),
        media=media_facts(tx, draft),
        judge_reasons=against,
    )


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


def _sent(tx: Tx, draft: RowMapping) -> int:
    """Posts of the last 24 hours on the draft's platform, the others that are on their way among them."""
    same = drafts.c.platform == draft["platform"]
    out = (
        select(func.count())
        .select_from(publications)
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .where(same, publications.c.at > tx.now - timedelta(hours=24))
    )
    under_way = (
        select(func.count())
        .select_from(drafts)
        .where(same, drafts.c.state.in_(_ON_ITS_WAY), drafts.c.id != draft["id"])
    )
    return int(tx.value(out)) + int(tx.value(under_way))


def _said_before(tx: Tx, draft: RowMapping) -> bool:
    """Whether another draft with the same words left recently, or waits to leave, on this platform."""
    words = version_of(tx, draft)["text"]
    twins = tx.rows(
        select(drafts.c.state, publications.c.at)
        .join(draft_versions, (draft_versions.c.draft_id == drafts.c.id) & (draft_versions.c.number == drafts.c.number))
        .outerjoin(publications, publications.c.draft_id == drafts.c.id)
        .where(drafts.c.platform == draft["platform"], drafts.c.id != draft["id"], draft_versions.c.text == words)
    )
    return any(row["state"] in _ON_ITS_WAY or (row["at"] is not None and row["at"] > tx.now - REPEAT) for row in twins)
