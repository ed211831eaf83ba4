"""Reading back what became of a publication: figures and answers, by the steps of `workflow.rules.collecting`.

Beside the outbox and not in it: reading may be late, repeated or left out, and nothing here can send anything. What is
due stands in `collections`. A worker claims one publication with a lease and a fencing number, asks the channel outside
any transaction, and writes everything that it heard in one. A worker that is killed in between has written nothing:
when its lease has run out another one asks again, and the first one's late answer is dropped.

A platform that asks for patience gets it for the whole account. A post that the platform shows no longer is looked for
once more and then left; its last figures stay. What fails is tried again after growing pauses, and says so in plain
words on the page. Times are our database's; the platform's own clock is kept beside them and never mixed in.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, or_, select, update

from data.errors import ChannelError, StorageError, TactError
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import channel_accounts, collections, deletions, drafts, publications, scheduled_posts
from publishing.channels import Channel, Figures, Published, Reply
from publishing.trouble import Declined, Gone, Limited
from scoring.contract import TextScorer
from workflow import channel_accounts as accounts
from workflow.measuring import engagement, replies
from workflow.rules.collecting import FIRST_STEP, PATIENCE, SETTLING, SURE_AFTER, next_step, pause_after
from workflow.rules.metrics import Counts

log = logging.getLogger(__name__)

# Two requests and what they need to be written down; a claim older than this is a dead worker's (ours).
LEASE = timedelta(seconds=90)
# A post by hand whose address its channel cannot use so often is left to a person's file (ours).
HOPELESS = 2
# A platform's own figures are some hundred letters; more is not kept (ours).
LONGEST_RAW = 20_000
BUG = "Something went wrong inside Tact while reading the figures; the log has the cause."
TOO_OLD = "Thirty days are over: its figures are read no more."


@dataclass(frozen=True)
class Claimed:
    """A publication that is ours to read until the lease ends. `row`: the collection with what it is of."""

    row: RowMapping
    fence: int
    channel: Channel

    @property
    def published(self) -> Published:
        row = self.row
        return Published(row["idempotency_key"], row["platform"], row["address"], row["payload"])


@dataclass(frozen=True)
class Heard:
    """What a platform said. `at`: our clock as the figures were there; `said` None: it was not asked for answers."""

    figures: Figures
    at: datetime
    said: Sequence[Reply] | None = None
    trouble: ChannelError | None = field(default=None, compare=False)


class Collector:
    """Reads figures back. Any number of these may run on one store."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        scorer: TextScorer,
        owner: str,
        first_step: timedelta = FIRST_STEP,
    ) -> None:
        self.store = store
        self.channels = channels
        self.scorer = scorer
        self.owner = owner
        self.first_step = first_step
        # A worker before us may have died between storing answers and reading them.
        self._unread = True

    def collect_due(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Read everything that is due; how many publications were asked about."""
        asked = 0
        while not stopping() and (claimed := self._claim()) is not None:
            if claimed.channel.measures:
                asked += 1
                self._collect(claimed)
        if self._unread and not stopping():
            replies.judge_new(self.store, self.scorer, stopping)
            self._unread = False
        return asked

    def _claim(self) -> Claimed | None:
        known = tuple(self.channels)
        with self.store.read() as tx:  # each second in each worker: most looks find nothing and keep no writer waiting
            if tx.row(_due(tx, known).limit(1)) is None:
                return None
        with self.store.write() as tx:
            row = tx.row(_due(tx, known).order_by(collections.c.next_at, collections.c.publication_id).limit(1))
            channel = self.channels.get(row["channel"]) if row is not None else None
            if row is None or channel is None:
                return None
            if channel.measures:
                lease = {"lease_owner": self.owner, "lease_until": tx.now + LEASE, "fence": row["fence"] + 1}
                tx.run(update(collections).where(_this(row)).values(**lease))
            else:
                engagement.end(tx, row["publication_id"], engagement.TELLS_NOTHING)
            return Claimed(row, row["fence"] + 1, channel)

    def _collect(self, claimed: Claimed) -> None:
        try:
            self._save(claimed, self._ask(claimed))
        except StorageError:
            raise  # the store is in trouble, not the platform: nothing can be noted, and the lease runs out by itself
        except TactError as error:
            log.warning("figures of publication %s: %s (%s)", claimed.row["publication_id"], error.message, error.cause)
            self._note_trouble(claimed, error)
        except Exception as error:
            # The edge of the loop: a channel with a bug must not keep the other figures from being read.
            log.exception("the channel %s failed while telling figures", claimed.channel.name)
            self._note_trouble(claimed, ChannelError(BUG, cause=str(error)))

    def _ask(self, claimed: Claimed) -> Heard:
        figures = claimed.channel.figures(claimed.published)
        at = self.store.now()
        if not claimed.channel.hears or figures.replies == 0:
            return Heard(figures, at)
        try:
            return Heard(figures, at, claimed.channel.replies(claimed.published))
        except ChannelError as error:
            # The figures are here: they are kept, whatever became of the answers.
            log.warning("answers to publication %s: %s (%s)", claimed.row["publication_id"], error.message, error.cause)
            return Heard(figures, at, trouble=error)

    def _save(self, claimed: Claimed, heard: Heard) -> None:
        row, figures = claimed.row, heard.figures
        with self.store.write() as tx:
            if not _still_ours(tx, claimed):
                return
            engagement.keep(tx, row["publication_id"], _counts(figures), heard.at, raw=_raw(figures))
            self._keep_answers(tx, claimed, heard)
            if figures.edited_at is not None and row["edited_at"] is None:
                _tell(tx, row, "publication_edited", "The words were changed on the platform, past our two signatures.")
            values: dict[str, object] = {
                "failures": 0,
                "collected_at": heard.at,
                "gone_at": None,
                "platform_at": figures.posted_at or row["platform_at"],
                "edited_at": figures.edited_at or row["edited_at"],
                "message": heard.trouble.message if heard.trouble is not None else "",
            }
            if figures.server_at is not None:
                values["skew_seconds"] = round((figures.server_at - heard.at) / timedelta(seconds=1))
            if isinstance(heard.trouble, Limited):
                _be_patient(tx, row, heard.trouble)
            self._release(tx, row, next_step(tx.now - row["published_at"], self.first_step), values)

    def _keep_answers(self, tx: Tx, claimed: Claimed, heard: Heard) -> None:
        publication_id = claimed.row["publication_id"]
        if heard.said is not None:
            self._unread = bool(replies.take_in(tx, publication_id, heard.said)) or self._unread
        elif claimed.channel.hears and heard.trouble is None:
            replies.none_left(tx, publication_id)

    def _note_trouble(self, claimed: Claimed, error: TactError) -> None:
        with self.store.write() as tx:
            if not _still_ours(tx, claimed):
                return
            row = claimed.row
            age = tx.now - row["published_at"]
            if isinstance(error, Gone) and (row["collected_at"] is not None or age > SETTLING):
                self._note_gone(tx, row, error)
                return
            values: dict[str, object] = {"message": error.message}
            if isinstance(error, Declined) and row["payload"].get("by_hand") and row["failures"] >= HOPELESS:
                engagement.end(tx, row["publication_id"], error.message)
                return
            if isinstance(error, Limited):
                wait = _be_patient(tx, row, error)
            else:
                values["failures"] = row["failures"] + 1
                wait = pause_after(row["failures"] + 1)
            self._release(tx, row, wait if next_step(age) is not None else None, values)

    def _note_gone(self, tx: Tx, row: RowMapping, error: Gone) -> None:
        """The first time it is said and looked for once more; the second time that is that."""
        ours = select(deletions.c.id).where(deletions.c.publication_id == row["publication_id"])
        if row["gone_at"] is None and tx.value(ours) is None:
            _tell(tx, row, "publication_gone", error.message)
        wait = SURE_AFTER if row["gone_at"] is None else None
        self._release(tx, row, wait, {"gone_at": row["gone_at"] or tx.now, "message": error.message, "failures": 0})

    def _release(self, tx: Tx, row: RowMapping, wait: timedelta | None, values: Mapping[str, object]) -> None:
        """Hand it back until the next look; without one it is done."""
        lease: dict[str, object] = {"lease_owner": None, "lease_until": None}
        lease["next_at"] = tx.now + wait if wait is not None else None
        if wait is None and not values.get("message"):
            lease["message"] = TOO_OLD
        tx.run(update(collections).where(_this(row)).values(**{**values, **lease}))


def _due(tx: Tx, known: Sequence[str]) -> Select[tuple[object, ...]]:
    """Everything to be read by now that nobody reads, on a channel that this process has and that may be asked."""
    until = collections.c.lease_until
    # A lease longer than any was given before the clock was set back.
    free = or_(until.is_(None), until <= tx.now, until > tx.now + 2 * LEASE)
    kept_quiet = tx.rows(
        select(channel_accounts.c.kind, channel_accounts.c.id).where(channel_accounts.c.limited_until > tx.now)
    )
    silent = {f"{row['kind']}-{row['id']}" for row in kept_quiet}
    out = (publications.c.draft_id, publications.c.channel, publications.c.address, publications.c.payload)
    return (
        select(collections, *out, publications.c.at.label("published_at"))
        .add_columns(drafts.c.platform, scheduled_posts.c.idempotency_key)
        .join(publications, publications.c.id == collections.c.publication_id)
        .join(drafts, drafts.c.id == publications.c.draft_id)
        .join(scheduled_posts, scheduled_posts.c.id == publications.c.scheduled_post_id)
        .where(collections.c.next_at <= tx.now, free)
        .where(publications.c.channel.in_([name for name in known if name not in silent]))
    )


def _still_ours(tx: Tx, claimed: Claimed) -> bool:
    """Whether nobody else took it over, and nobody ended it (a deletion does)."""
    return bool(tx.value(select(collections.c.fence).where(_this(claimed.row))) == claimed.fence)


def _this(row: RowMapping) -> ColumnElement[bool]:
    return collections.c.publication_id == int(row["publication_id"])


def _be_patient(tx: Tx, row: RowMapping, error: Limited) -> timedelta:
    """The whole account is left alone for as long as the platform asked."""
    wait = min(error.after or PATIENCE, accounts.LONGEST_PATIENCE)
    accounts.limited(tx, row["channel"], tx.now + wait)
    return wait


def _tell(tx: Tx, row: RowMapping, kind: str, why: str) -> None:
    detail = {"publication": row["publication_id"], "address": row["address"]}
    events.append(tx, events.THE_PRODUCT, kind, "draft", row["draft_id"], why=why, detail=detail)


def _raw(figures: Figures) -> Mapping[str, Any]:
    """What the platform said in its own names, where it can be kept: there is one for each look."""
    try:
        fits = len(json.dumps(dict(figures.raw), allow_nan=False)) <= LONGEST_RAW
    except ValueError:  # not a number, which JSON does not know
        return {}
    return figures.raw if fits else {}


def _counts(figures: Figures) -> Counts:
    return Counts(
        impressions=figures.impressions,
        likes=figures.likes,
        shares=figures.shares,
        quotes=figures.quotes,
        replies=figures.replies,
        clicks=figures.clicks,
        saves=figures.saves,
        audience=figures.audience,
    )
