"""What the brand has said lately, as the gate asks about it: how much here, how much on one topic, and what twice.

Apart from `gatekeeper`, which gathers the rest: all three are read from the same few rows, the posts that are out or
on their way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select

from data.reference import playbook
from data.storage.store import Tx
from data.storage.tables import deletions, draft_versions, drafts, publications
from workflow.brand import Brand
from workflow.checking import subjects_of
from workflow.content import version_of
from workflow.deletion import Stage
from workflow.rules.drafts import State
from workflow.rules.facts import RepeatFact
from workflow.rules.holds import fold
from workflow.rules.repeats import Said, says_the_same
from workflow.templating import library

# The same words on the same platform within this time are a duplicate (ours).
REPEAT = timedelta(days=30)
DAY = timedelta(hours=24)
_ON_ITS_WAY = (State.PUBLISHING.value, State.BY_HAND.value, State.UNKNOWN.value)


@dataclass(frozen=True)
class Lately:
    """Posts of the last 24 hours on the draft's platform and about its topic, and those that say the same as it."""

    on_platform: int
    on_topic: int
    repeats: tuple[RepeatFact, ...]


def said_lately(tx: Tx, draft: RowMapping, brand: Brand) -> Lately:
    """Everything that is out or on its way, counted and compared with the draft's current words."""
    rows = _rows(tx, draft)
    today = [row for row in rows if row["at"] is None or row["at"] > tx.now - DAY]
    about = {fold(one) for one in subjects_of(draft)}
    return Lately(
        on_platform=sum(row["platform"] == draft["platform"] for row in today),
        on_topic=sum(bool(about & {fold(one) for one in subjects_of(row)}) for row in today),
        repeats=_repeats(rows, draft, _said(version_of(tx, draft)), tx.now, brand.elsewhere),
    )


def _rows(tx: Tx, draft: RowMapping) -> Sequence[RowMapping]:
    """The other posts of the last month, and whatever is on its way; `at` empty for those."""
    columns = (
        drafts.c.id,
        drafts.c.platform,
        drafts.c.topic,
        drafts.c.hashtags,
        draft_versions.c.text,
        draft_versions.c.template,
        publications.c.at,
        deletions.c.state.label("deletion"),
    )
    current = (draft_versions.c.draft_id == drafts.c.id) & (draft_versions.c.number == drafts.c.number)
    post = select(*columns).join(draft_versions, current)
    gone = deletions.c.publication_id == publications.c.id
    out = (
        post.join(publications, publications.c.draft_id == drafts.c.id)
        .outerjoin(deletions, gone)
        .where(publications.c.at > tx.now - REPEAT)
    )
    sent = post.outerjoin(publications, publications.c.draft_id == drafts.c.id).outerjoin(deletions, gone)
    under_way = sent.where(drafts.c.state.in_(_ON_ITS_WAY), publications.c.id.is_(None))
    return [row for row in (*tx.rows(out), *tx.rows(under_way)) if row["id"] != draft["id"]]


def _repeats(
    rows: Sequence[RowMapping], draft: RowMapping, mine: Said, now: datetime, elsewhere: timedelta
) -> tuple[RepeatFact, ...]:
    found = []
    for row in rows:
        if row["deletion"] == Stage.DONE.value:
            continue  # taken down: the same words, put right, may be said
        here = row["platform"] == draft["platform"]
        near = row["at"] is None or row["at"] > now - elsewhere
        if (here or (near and elsewhere)) and says_the_same(mine, _said(row)):
            exact = row["text"].strip() == mine.text.strip()
            found.append(RepeatFact(row["id"], playbook(row["platform"]).label, exact, row["at"]))
    return tuple(found)


def _said(row: RowMapping) -> Said:
    fixed = next((one.fixed for one in library() if one.name == row["template"]), ())
    return Said(row["text"], row["template"], fixed)
