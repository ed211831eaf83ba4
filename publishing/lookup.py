"""Looking up posts of which nobody knows whether they left, where the platform can be asked.

Beside the outbox and not in it: nothing is sent here, no gate is asked and no hold is waited for. Each worker does it;
a lease and the post's fencing number see to it that one look settles it once, and a person who says so first wins.

A "yes" is believed at once. A "no" only when the last request is so long ago that it cannot be on its way any more,
for what is called "not out" may be sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, RowMapping, Select, or_, select, update

from data.errors import ChannelError
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import drafts, scheduled_posts
from publishing.channels import Channel, Outgoing, Receipt
from publishing.settling import outgoing_of, record
from publishing.trouble import Limited
from workflow import channel_accounts
from workflow.lifecycle import draft_row, send_to, state_of
from workflow.rules.drafts import Move, State

log = logging.getLogger(__name__)

# A look that was not settled after this long is a dead worker's (ours; a platform answers within seconds).
LEASE = timedelta(seconds=60)
# From when on a "no" counts: until then a request that was slow may still arrive (ours).
NO_COUNTS_AFTER = timedelta(minutes=2)
# The pauses between looks: as long as nobody has known already, within these bounds (ours).
SHORTEST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=15)
# After a day a person knows it, or nobody will (ours).
GIVES_UP_AFTER = timedelta(days=1)
NOT_YET = "The platform does not show it yet; a slow request may still arrive there."


@dataclass(frozen=True)
class _Look:
    """A post that is ours to look up until the lease ends."""

    post_id: int
    draft_id: int
    fence: int
    channel: Channel
    outgoing: Outgoing


class Finder:
    """Asks platforms about posts of unknown outcome. Any number of these may run on one store."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], owner: str) -> None:
        self.store = store
        self.channels = channels
        self.owner = owner

    def look_up_due(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Ask about everything that it is time to ask about; how many posts."""
        with self.store.read() as tx:
            due = tx.rows(self._due(tx.now))
        looks = 0
        for row in due:
            look = None if stopping() else self._claim(row["post_id"])
            if look is not None:
                self._look(look)
                looks += 1
        return looks

    def _claim(self, post_id: int) -> _Look | None:
        with self.store.write() as tx:
            row = tx.row(self._due(tx.now).where(scheduled_posts.c.id == post_id))
            if row is None:
                return None  # another worker is on it, or a person has settled it
            draft, post = draft_row(tx, row["id"]), _post(tx, post_id)
            alone = channel_accounts.limited_until(tx, draft["channel"])
            if alone is not None:
                _write(tx, post_id, next_try_at=alone)
                return None
            fence = post["fence"] + 1
            lease = {"lease_owner": self.owner, "lease_until": tx.now + LEASE, "fence": fence}
            _write(tx, post_id, **lease, next_try_at=tx.now)  # "we are asking": the schedule shows it
            return _Look(post_id, row["id"], fence, self.channels[draft["channel"]], outgoing_of(tx, draft, post))

    def _look(self, look: _Look) -> None:
        try:
            found = look.channel.look_up(look.outgoing)
        except ChannelError as error:
            log.warning("post %s: %s (%s)", look.post_id, error.message, error.cause)
            self._later(look, error.message, error)
        except Exception as error:
            # The edge of the loop: a channel with a bug must not keep the other posts from being found.
            log.exception("post %s: the channel %s failed while looking it up", look.post_id, look.channel.name)
            self._later(look, f"Our way to {look.channel.label} failed; the log says why.", error)
        else:
            self._settle(look, found)

    def _settle(self, look: _Look, found: Receipt | None) -> None:
        with self.store.write() as tx:
            draft = self._mine(tx, look)
            if draft is None:
                return
            if found is not None:
                record(tx, events.THE_PRODUCT, draft, look.post_id, found)
                detail = {"address": found.address}
                send_to(tx, events.THE_PRODUCT, draft, Move.CONFIRM_SENT, why="found there", detail=detail)
            elif tx.now - draft["updated_at"] < NO_COUNTS_AFTER:
                _wait(tx, draft, look, NOT_YET)
            else:
                said = f"{look.channel.label} says that it is not there."
                send_to(tx, events.THE_PRODUCT, draft, Move.CONFIRM_NOT_SENT, why=said)

    def _later(self, look: _Look, said: str, error: Exception) -> None:
        with self.store.write() as tx:
            draft = self._mine(tx, look)
            if draft is None:
                return
            until = _wait(tx, draft, look, said)
            if isinstance(error, Limited):
                until = tx.now + (error.after or until - tx.now)
                channel_accounts.limited(tx, draft["channel"], until)
                _write(tx, look.post_id, next_try_at=until)

    def _mine(self, tx: Tx, look: _Look) -> RowMapping | None:
        """The draft, while nobody else has taken it over and no person has settled it."""
        draft, post = draft_row(tx, look.draft_id), _post(tx, look.post_id)
        mine = post["fence"] == look.fence and post["closed_at"] is None and state_of(draft) == State.UNKNOWN
        return draft if mine else None

    def _due(self, now: datetime) -> Select[tuple[object, ...]]:
        """Posts whose request began, in channels that can be asked, soonest first."""
        asked = [name for name, channel in self.channels.items() if channel.looks_up]
        return (
            select(drafts.c.id, scheduled_posts.c.id.label("post_id"))
            .join(scheduled_posts, scheduled_posts.c.draft_id == drafts.c.id)
            .where(drafts.c.state == State.UNKNOWN.value, drafts.c.channel.in_(asked))
            .where(drafts.c.updated_at > now - GIVES_UP_AFTER, scheduled_posts.c.closed_at.is_(None))
            .where(scheduled_posts.c.first_begun_at.is_not(None))
            .where(_over(scheduled_posts.c.next_try_at, now), _over(scheduled_posts.c.lease_until, now))
            .order_by(scheduled_posts.c.next_try_at, scheduled_posts.c.id)
        )


def pause(unknown_for: timedelta) -> timedelta:
    """How long to wait before the next look: it doubles the time that nobody has known."""
    return min(max(unknown_for, SHORTEST_PAUSE), LONGEST_PAUSE)


def _wait(tx: Tx, draft: RowMapping, look: _Look, said: str) -> datetime:
    until: datetime = tx.now + pause(tx.now - draft["updated_at"])
    over = until > draft["updated_at"] + GIVES_UP_AFTER
    _write(tx, look.post_id, said=said, lease_owner=None, lease_until=None, next_try_at=None if over else until)
    return until


def _over(until: ColumnElement[datetime | None], now: datetime) -> ColumnElement[bool]:
    return or_(until.is_(None), until <= now)


def _post(tx: Tx, post_id: int) -> RowMapping:
    row = tx.row(select(scheduled_posts).where(scheduled_posts.c.id == post_id))
    assert row is not None
    return row


def _write(tx: Tx, post_id: int, **values: object) -> None:
    tx.run(update(scheduled_posts).where(scheduled_posts.c.id == post_id).values(**values))
