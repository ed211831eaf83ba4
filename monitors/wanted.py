"""What a stream's posts are kept for although no monitor matches them: what a draft names, or an alert is about.

A stream of the whole world is not stored, and then nobody could say what a hashtag stands for when a post with it is
about to leave. Beside `intake`, which asks for every batch: the answer is read again every few seconds only, and the
posts of one subject are bounded by the hour, so that keeping them costs a stream next to nothing.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, or_, select

from data.storage.store import Tx
from data.storage.tables import alert_topics, alerts, drafts, topics
from data.storage.volumes import hour_of
from monitors.matching import Matcher, MonitorRule
from workflow.rules.drafts import State
from workflow.rules.holds import fold
from workflow.triage import CLAIMED, OPEN, SNOOZED

# As many as the judge reads of one topic.
MOST_AN_HOUR = 200
AGAIN_AFTER = timedelta(seconds=10)
_FINISHED = (State.PUBLISHED, State.EXPIRED, State.REJECTED, State.WITHDRAWN)


@dataclass
class Wanted:
    """The subjects, their matcher, and how many posts each has had in an hour."""

    read_at: datetime
    subjects: tuple[str, ...]
    matcher: Matcher
    kept: Counter[tuple[str, datetime]] = field(default_factory=Counter)

    def subjects_in(self, text: str, now: datetime) -> tuple[str, ...]:
        """The subjects that the text is to be kept for; none when they have had enough for this hour."""
        hour = hour_of(now)
        found = (self.subjects[number] for number in sorted(self.matcher.match(text)))
        named = tuple(subject for subject in found if self.kept[subject, hour] < MOST_AN_HOUR)
        self.kept.update((subject, hour) for subject in named)
        return named


_KNOWN: WeakKeyDictionary[Engine, Wanted] = WeakKeyDictionary()
_LOCK = threading.Lock()


def wanted(tx: Tx) -> Wanted:
    """What is wanted now, or was a few seconds ago."""
    with _LOCK:
        known = _KNOWN.get(tx.conn.engine)
        if known is None or not timedelta() <= tx.now - known.read_at < AGAIN_AFTER:
            known = _KNOWN[tx.conn.engine] = _again(tx, known)
        return known


def _again(tx: Tx, before: Wanted | None) -> Wanted:
    subjects = _subjects(tx)
    hour = hour_of(tx.now)
    kept = Counter({key: number for key, number in before.kept.items() if key[1] == hour}) if before else Counter()
    if before is not None and before.subjects == subjects:
        return Wanted(tx.now, subjects, before.matcher, kept)
    return Wanted(tx.now, subjects, Matcher(MonitorRule(n, (one,)) for n, one in enumerate(subjects)), kept)


def _subjects(tx: Tx) -> tuple[str, ...]:
    """Of every draft that may still leave, and of every living alert that no monitor counts; each spelling once."""
    unfinished = drafts.c.state.not_in([state.value for state in _FINISHED])
    named = [
        one
        for row in tx.rows(select(drafts.c.topic, drafts.c.hashtags).where(unfinished))
        for one in (row["topic"], *row["hashtags"])
        if one
    ]
    living = select(alerts.c.id).where(alerts.c.state.in_((OPEN, CLAIMED, SNOOZED)))
    own = select(alerts.c.topic_id).where(alerts.c.id.in_(living))
    joined = select(alert_topics.c.topic_id).where(alert_topics.c.alert_id.in_(living))
    about = or_(topics.c.id.in_(own), topics.c.id.in_(joined))
    rows = tx.rows(select(topics.c.label).where(about, topics.c.monitor_id.is_(None)))
    named += [row["label"] for row in rows]
    # "#WinterFair" and "winter fair" are one topic, and yet matched differently.
    return tuple(sorted({one.casefold(): one for one in named if fold(one)}.values()))
