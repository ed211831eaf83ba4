"""Deleting what is out: each deletion that was asked for, tried through its channel until the platform says yes.

Beside the outbox and not in it, because nothing here asks a gate, waits for a hold or shares a queue: a post that hurts
must come down while everything else stands still. The console calls `remove` at once for the person who decided, so
that no worker has to be alive; every worker calls `remove_due`. Deleting twice is harmless by a channel's contract, so
a lost answer is simply tried again; after MOST_TRIES, or where the platform asks for longer patience than a person
needs, it is for a person's hands.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import ColumnElement, RowMapping, or_, select, update

from data.errors import ChannelError
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import deletions, scheduled_posts
from publishing.channels import Channel, Published
from publishing.trouble import Declined, Gone, Limited
from workflow import channel_accounts
from workflow.deletion import Stage, ask, deletion_row, everything, finish, hand_over

log = logging.getLogger(__name__)

# A try that was not settled after this long is a dead process's (ours; a platform answers within seconds).
LEASE = timedelta(seconds=30)
# Then the platform has said no, or nothing, so often that a person is faster (ours).
MOST_TRIES = 5
# The wait after the first try; doubled after each (ours).
PAUSE = timedelta(seconds=1)
# Where the platform wants to be left alone for longer, a person is faster (ours).
LONGEST_PAUSE = timedelta(seconds=30)
# A post that no process had the way to for so long (its account's secrets do not open) is a person's (ours).
NOBODY_AFTER = timedelta(seconds=20)
BY_HAND = "It was posted by hand, so only a person can delete it."
OFF = "Its account is switched off, so Tact cannot delete it."
NO_WAY = "Tact cannot open the account that it left through, so it cannot delete it."


class Remover:
    """Takes down what people decided to take down. Any number of these may run on one store."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], owner: str) -> None:
        self.store = store
        self.channels = channels
        self.owner = owner

    def remove_due(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Try everything that waits to be taken down; how many tries."""
        with self.store.read() as tx:
            waiting = [row["id"] for row in tx.rows(everything().where(*_free(tx))) if self._has_to(tx, row)]
        return sum(self.remove(one) for one in waiting if not stopping())

    def take_down(self, token: str, draft_id: int) -> str:
        """Somebody decides that a post goes, and it is tried at once. What came of it, in a sentence."""
        deletion_id = ask(self.store, token, draft_id)
        self.remove(deletion_id)
        with self.store.read() as tx:
            row = deletion_row(tx, deletion_id)
        if row["state"] == Stage.DONE:
            return "It is down. Say why when you have a minute."
        if row["state"] == Stage.BY_HAND:
            return f"Delete it on the platform now. {row['message']}"
        return f"It is being taken down. {row['message']}".strip()

    def remove(self, deletion_id: int) -> bool:
        """Try this one now, unless somebody is on it or its time has not come. Whether it was tried."""
        with self.store.write() as tx:
            row = tx.row(everything().where(deletions.c.id == deletion_id, *_free(tx)))
            if row is None or not self._has_to(tx, row):
                return False
            channel = self.channels.get(row["channel"])
            if channel is None:
                hand_over(tx, row, _nobody(tx, row))
                return True
            if channel.by_hand or row["payload"].get("by_hand"):
                hand_over(tx, row, BY_HAND)
                return True
            tries = row["tries"] + 1
            lease = {"lease_owner": self.owner, "lease_until": tx.now + LEASE, "tries": tries}
            tx.run(update(deletions).where(deletions.c.id == deletion_id).values(**lease))
            published = _published(tx, row)
        self._settle(deletion_id, tries, _asked(channel, published), channel.label)
        return True

    def _has_to(self, tx: Tx, row: RowMapping) -> bool:
        """Whether this process has the way to it – or nobody has, so that it goes to a person."""
        if row["channel"] in self.channels or _is_off(tx, row):
            return True
        return bool(row["tries"] == 0 and row["asked_at"] <= tx.now - NOBODY_AFTER)

    def _settle(self, deletion_id: int, tries: int, refused: ChannelError | None, label: str) -> None:
        with self.store.write() as tx:
            row = deletion_row(tx, deletion_id)
            if row["state"] != Stage.ASKED or row["tries"] != tries:
                return  # a person was faster, or another process took it over
            if refused is None:
                finish(tx, events.THE_PRODUCT, row, f"{label}: it is gone.")
            elif isinstance(refused, Declined):
                hand_over(tx, row, refused.message)  # it will say no again, and every second counts
            elif tries >= MOST_TRIES or _patience(tx, row, refused) > LONGEST_PAUSE:
                hand_over(tx, row, refused.message)
            else:
                _try_later(tx, row, refused)


def _free(tx: Tx) -> tuple[ColumnElement[bool], ...]:
    """What waits for a machine, and is on none."""
    free = or_(deletions.c.lease_until.is_(None), deletions.c.lease_until <= tx.now)
    return deletions.c.state == Stage.ASKED.value, free


def _is_off(tx: Tx, row: RowMapping) -> bool:
    account = channel_accounts.account_of(tx, row["channel"])
    return account is not None and not account["enabled"]


def _nobody(tx: Tx, row: RowMapping) -> str:
    """Why no machine deletes it, for the person who has to."""
    return OFF if _is_off(tx, row) else NO_WAY


def _asked(channel: Channel, published: Published) -> ChannelError | None:
    """What the platform said against it; None when it is gone."""
    try:
        channel.delete(published)
    except Gone:
        return None
    except ChannelError as error:
        return error
    except Exception as error:
        # The edge of the loop: a channel with a bug must not keep the other deletions waiting.
        log.exception("the channel %s failed while deleting %s", channel.name, published.address)
        return ChannelError("The channel failed while deleting it; see the log.", cause=str(error))
    return None


def _try_later(tx: Tx, row: RowMapping, refused: ChannelError) -> None:
    log.error("deletion %s: %s (%s)", row["id"], refused.message, refused.cause)
    wait = max(PAUSE * 2 ** (row["tries"] - 1), _patience(tx, row, refused))
    values = {"message": refused.message, "lease_owner": None, "lease_until": tx.now + wait}
    tx.run(update(deletions).where(deletions.c.id == row["id"]).values(**values))
    detail = {"deletion": row["id"], "tries": row["tries"]}
    events.append(
        tx, events.THE_PRODUCT, "deletion_failed", "draft", row["draft_id"], why=refused.message, detail=detail
    )


def _patience(tx: Tx, row: RowMapping, refused: ChannelError) -> timedelta:
    """How long the platform asks to be left alone; noted, so that nothing else asks it meanwhile."""
    after = refused.after if isinstance(refused, Limited) else None
    if after:
        channel_accounts.limited(tx, row["channel"], tx.now + after)
    return after or timedelta(0)


def _published(tx: Tx, row: RowMapping) -> Published:
    key = tx.value(select(scheduled_posts.c.idempotency_key).where(scheduled_posts.c.id == row["scheduled_post_id"]))
    return Published(key, row["platform"], row["address"], row["payload"])
