"""Which holds the judge's verdicts and the brand's own trouble call for, beside the news and warnings of `hold.watch`.

A moment that is judged "hold" stops the scheduled posts about its topic at once, not only when each comes due, and asks
of one that somebody is about to post by hand whether it is out. A crisis of the brand's own stops what sells, while an
answer may still go. Apart from `hold`, which opens them: here nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, func, select

from data.storage.store import Tx
from data.storage.tables import alerts, item_topics, items, monitors, topics, verdicts
from scoring.contract import BrandProfile, HoldCall, Reason, Scope, Tragedy, Use
from scoring.crisis import crisis_reasons
from workflow.held import in_states
from workflow.judge import MEMORY, recent_news
from workflow.lifecycle import facts_of
from workflow.pulse import OWN, pulse_of
from workflow.rules.codes import KNOWN, Code
from workflow.rules.drafts import State
from workflow.rules.holds import covers

# A moment that was raised longer ago than this is none any more, however often it is judged again (ours).
_MOMENTS = timedelta(days=14)
_MOST_REASONS, _MOST_USES = 3, 200


def by_verdicts(tx: Tx) -> list[HoldCall]:
    """A hold on the topic of each moment that is judged "hold", where a post on its way is about it.

    Asked every second, so the posts are read only where there is such a moment.
    """
    stopped = _stopped_moments(tx)
    waiting = [facts_of(row) for row in in_states(tx, (State.SCHEDULED, State.BY_HAND))] if stopped else []
    scopes = ((Scope("topic", row["label"]), row) for row in stopped)
    return [HoldCall(scope, _reasons(row)) for scope, row in scopes if any(covers(scope, post) for post in waiting)]


def _stopped_moments(tx: Tx) -> Sequence[RowMapping]:
    """The moments whose newest verdict is "hold" and of the last two days, whatever became of their alerts."""
    young = select(alerts.c.id).where(alerts.c.raised_at > tx.now - _MOMENTS)
    newest = select(func.max(verdicts.c.id)).where(verdicts.c.alert_id.in_(young)).group_by(verdicts.c.alert_id)
    dark = (verdicts.c.tragedy == Tragedy.HOLD.value) & (verdicts.c.at > tx.now - MEMORY)
    return tx.rows(
        select(verdicts.c.reasons, topics.c.label)
        .join(alerts, alerts.c.id == verdicts.c.alert_id)
        .join(topics, topics.c.id == alerts.c.topic_id)
        .where(verdicts.c.id.in_(newest), dark)
        .order_by(verdicts.c.id)
    )


def _reasons(moment: RowMapping) -> tuple[Reason, ...]:
    """The verdict's own reasons, the weightiest first, in the codes that a stopped post is reported with."""
    told = sorted((Reason(**one) for one in moment["reasons"]), key=lambda one: -one.weight)[:_MOST_REASONS]
    known = tuple(one if one.code in KNOWN else replace(one, code=Code.TRAGEDY.value) for one in told)
    return known or (Reason(Code.TRAGEDY.value, "A moment that it is about is judged dark.", moment["label"]),)


def by_crisis(tx: Tx, brand: BrandProfile) -> list[HoldCall]:
    """A hold on what sells while the brand itself is in trouble: by its numbers, by the news, by what is said of it."""
    pulse = pulse_of(tx)
    by_numbers = tuple(_of_today(reason, tx.now) for reason in crisis_reasons(brand, (), (), pulse))
    by_words = crisis_reasons(brand, recent_news(tx), _own_uses(tx), None)
    found = (*by_numbers, *by_words)[:_MOST_REASONS]
    return [HoldCall(Scope("promotional"), found)] if found else []


def _of_today(reason: Reason, now: datetime) -> Reason:
    """A crisis has other numbers every minute. As evidence it is one a day, or nobody could ever agree to lift."""
    return replace(reason, text=f"{reason.text} {reason.evidence}.", evidence=f"{now:%d %B %Y}")


def _own_uses(tx: Tx) -> list[Use]:
    """The newest posts under the brand's own monitors."""
    rows = tx.rows(
        select(items.c.text, items.c.published_at, items.c.kind)
        .join(item_topics, item_topics.c.item_id == items.c.id)
        .join(topics, topics.c.id == item_topics.c.topic_id)
        .join(monitors, monitors.c.id == topics.c.monitor_id)
        .where(monitors.c.kind == OWN, items.c.published_at > tx.now - MEMORY)
        .order_by(items.c.published_at.desc())
        .limit(_MOST_USES)
    )
    return [Use(text=row["text"], at=row["published_at"], kind=row["kind"]) for row in rows]
