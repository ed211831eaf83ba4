"""The outbox: due posts, one at a time, through the gate and out – or not.

    look      news, warnings and the post's moment are read anew, outside any transaction
    claim     one transaction: ask the gate, and either take the post with a lease and a fencing number, or stop it
              with the gate's reasons; not at all where something has come in since the look
    begin     the last look, one transaction: still ours, the agreed bytes, two signatures, no hold; and in the same
              transaction it is written down that a request begins, with what the channel chose for it
    send      the channel, outside any transaction
    settle    one transaction: what happened, if the post is still ours

How a post is claimed is in `claiming`, what may be done after a request without a receipt in `outcomes`.

Publishing fails closed. Since a request is written down before it begins, whoever comes after a crash knows which of
two things is true: nothing left (the post goes back to its place and meets the whole gate again), or something may
have. Then it is sent again under the same key where the platform still keeps that key, and otherwise it is `unknown`,
to be looked up by `lookup` or by a person. A post is never sent twice because an answer was lost.

Why nothing begins to leave once "pause" has returned. Writers take turns (`data.storage.store`), so a pause's
transaction P comes before or after each of ours.

- P before the claim: the gate sees the hold, and nothing is claimed.
- P after the claim and before the last look: the last look sees it, and the post is stopped. Were there no second
  look, this is where a post would leave late: "check, then claim" alone is not enough.
- P after the last look: the request has begun or begins within SEND_WITHIN of that look, on this process's own steady
  clock, or never. The draft is `publishing` all that time, so the pause sees it (its look comes after P), waits for it
  up to DRAIN_SECONDS, which is longer than SEND_WITHIN, and names it. A process that was frozen in between wakes up
  past its time and looks again instead of sending.
- P while a channel brings pictures to its platform, which may take longer: it asks for the last look once more
  (`_may_begin`) right before the one request that makes the post.
- P while a post waits for its next try: on the schedule it is held like any other; one that comes back to the schedule
  after P is held in the transaction that brings it there.

What is left is a process frozen between reading its clock and the first byte: no lock can close that, only the platform
could. A claim past its lease is nobody's to send: whoever wakes up with one leaves it to `recover`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import RowMapping, update

from data.errors import ChannelError
from data.storage import events
from data.storage.store import Tx
from data.storage.tables import scheduled_posts
from publishing.channels import Outgoing, Receipt
from publishing.claiming import LEASE as LEASE
from publishing.claiming import LOOKS, Claimed, Claims, doubt_of, post_row
from publishing.outcomes import MOST_ATTEMPTS as MOST_ATTEMPTS
from publishing.outcomes import certainly_nothing, repeatable
from publishing.settling import not_posted as not_posted
from publishing.settling import outgoing_of as outgoing_of
from publishing.settling import posted_by_hand as posted_by_hand
from publishing.settling import record
from publishing.trouble import Declined, NotBegun
from publishing.unsent import failed, lost, not_out_after_all
from workflow import telling
from workflow.approve import standing_of
from workflow.channel_accounts import account_of
from workflow.content import content_of
from workflow.hold import covering
from workflow.lifecycle import draft_row, send_to, state_of
from workflow.rules.content import content_hash
from workflow.rules.drafts import Move, State
from workflow.rules.gate import Code
from workflow.schedule import any_late, note_late

log = logging.getLogger(__name__)

# A request begins so many seconds after its last look, or not at all: sooner than a pause stops waiting (ours).
SEND_WITHIN = 2.0
TOO_SLOW = "This machine was too slow to send it safely."


class Outbox(Claims):
    """Publishes what is due. Any number of these may run on one store."""

    def publish_due(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Work through everything that is due; how many posts were claimed, sent or stopped."""
        with self.store.read() as tx:
            late = any_late(tx)  # each second in each worker: who has nothing to write keeps no other writer waiting
        if late:
            with self.store.write() as tx:
                note_late(tx)
        self.recover()
        tried: set[int] = set()
        while not stopping():
            due = self._next_due(tried)
            if due is None:
                break
            tried.add(due["post_id"])
            claimed = self._claim_safely(due)
            if claimed is not None:
                self._send(claimed)
        return len(tried)

    def recover(self) -> int:
        """Take care of posts on their way whose claim is over. How many there were."""
        abandoned = self._forsaken()
        for row in abandoned:
            claimed = self._claim_again(row)
            if claimed is not None:
                self._send(claimed)
        return len(abandoned)

    def _send(self, claimed: Claimed) -> None:
        ready = self._ready(claimed) if self._loaded(claimed) else None
        if ready is None:
            return
        try:
            receipt = ready.channel.publish(replace(ready.outgoing, may_begin=lambda: self._may_begin(ready)))
        except ChannelError as error:
            log.error("post %s: %s (%s)", ready.post_id, error.message, error.cause)
            self._settle_failed(ready, error)
        except Exception as error:
            # The edge of the loop: a channel with a bug must not keep the others from leaving.
            log.exception("post %s: the channel %s failed, nobody knows where", ready.post_id, ready.channel.name)
            self._settle_failed(ready, error)
        else:
            self._settle_sent(ready, receipt)

    def _loaded(self, claimed: Claimed) -> bool:
        try:
            claimed.channel.load()
        except Exception as error:
            # The edge once more: nothing was asked of anybody yet.
            log.exception("post %s: the channel %s cannot be loaded", claimed.post_id, claimed.channel.name)
            self._settle_failed(claimed, _as_certain(error))
            return False
        return True

    def _ready(self, claimed: Claimed) -> Claimed | None:
        """The last look, and no time lost since: whoever was frozen in between looks again."""
        for _ in range(LOOKS):
            began = time.monotonic()
            ready = self._begin(claimed)
            if ready is not None and time.monotonic() - began < SEND_WITHIN:
                return ready
            if ready is None:
                break
            claimed = ready
        if claimed.counted:  # written down as begun, and never sent; nothing to do where somebody has settled it
            self._settle_failed(claimed, NotBegun(TOO_SLOW))
        return None

    def _may_begin(self, ready: Claimed) -> bool:
        """The last look once more, asked by a channel whose uploads took their time; the request comes right after."""
        began = time.monotonic()
        with self.store.read() as tx:
            found = self._mine(tx, ready, tx.now)
            allowed = found is not None and not _changed_since(tx, found[0], ready)
        return allowed and time.monotonic() - began < SEND_WITHIN

    def _begin(self, claimed: Claimed) -> Claimed | None:
        """Everything that can have changed since the claim and costs little to ask again; nothing is judged here.

        Where nothing has, the request counts as begun when this has committed.
        """
        with self.store.write() as tx:
            found = self._mine(tx, claimed, tx.now)
            if found is None:
                return None
            draft, post = found
            if _stopped(tx, draft, post, claimed):
                return None
            try:
                outgoing = _prepared(claimed, post, tx.now)
            except Exception as error:
                # The edge again. Nothing was asked of anybody yet: this attempt certainly did nothing.
                log.exception("post %s: the channel %s cannot prepare it", claimed.post_id, claimed.channel.name)
                failed(tx, draft, post, claimed.channel, _as_certain(error), requested=claimed.counted)
                return None
            values = {"prepared": dict(outgoing.prepared), "first_begun_at": outgoing.at}
            values["begun"] = post["begun"] + (not claimed.counted)
            tx.run(update(scheduled_posts).where(scheduled_posts.c.id == post["id"]).values(**values))
        return replace(claimed, outgoing=outgoing, counted=True)

    def _settle_sent(self, claimed: Claimed, receipt: Receipt) -> None:
        """It is out, whoever holds the post by now: one key or one request, so there is no other that this could be."""
        with self.store.write() as tx:
            draft, post = draft_row(tx, claimed.draft_id), post_row(tx, claimed.post_id)
            state = state_of(draft)
            if post is None or post["closed_at"] is not None or state not in (State.PUBLISHING, State.UNKNOWN):
                log.error("post %s is out at %s, but is %s here", claimed.post_id, receipt.address, state.value)
                if state != State.PUBLISHED:
                    telling.out_after_all(tx, draft, receipt.address)
                return
            record(tx, events.THE_PRODUCT, draft, claimed.post_id, receipt)
            what = Move.SENT if state == State.PUBLISHING else Move.CONFIRM_SENT
            send_to(tx, events.THE_PRODUCT, draft, what, detail={"address": receipt.address})

    def _settle_failed(self, claimed: Claimed, error: Exception) -> None:
        with self.store.write() as tx:
            found = self._mine(tx, claimed)
            if found is not None:
                failed(tx, *found, claimed.channel, error, requested=claimed.counted)
            elif claimed.counted and certainly_nothing(error):
                not_out_after_all(tx, claimed.draft_id, claimed.post_id, claimed.channel, error)

    def _mine(self, tx: Tx, claimed: Claimed, at: datetime | None = None) -> tuple[RowMapping, RowMapping] | None:
        """Draft and post, while nobody else has taken them over; with `at`, while the lease lasts besides."""
        draft, post = draft_row(tx, claimed.draft_id), post_row(tx, claimed.post_id)
        if post is None or post["fence"] != claimed.fence or state_of(draft) != State.PUBLISHING:
            return None
        return None if at is not None and (post["lease_until"] is None or post["lease_until"] <= at) else (draft, post)


def _prepared(claimed: Claimed, post: RowMapping, now: datetime) -> Outgoing:
    """The post with what stays the same at each attempt: what the channel chose before the first, and when that was."""
    if post["first_begun_at"] is not None:
        return replace(claimed.outgoing, at=post["first_begun_at"], prepared=post["prepared"])
    first = replace(claimed.outgoing, at=now)
    return replace(first, prepared=claimed.channel.prepare(first))


def _as_certain(error: Exception) -> Exception:
    if certainly_nothing(error):
        return error
    said = (
        error.message if isinstance(error, ChannelError) else "Tact could not make this post ready; the log says why."
    )
    return Declined(said, repr(error))


def _stopped(tx: Tx, draft: RowMapping, post: RowMapping, claimed: Claimed) -> bool:
    """Whether something speaks against sending it now. An earlier attempt may have arrived: then nobody knows."""
    why, reasons = "the world or the content changed after the claim", _changed_since(tx, draft, claimed)
    earlier = doubt_of(post, claimed)
    forgotten = earlier.begun > 0 and not repeatable(claimed.channel, earlier, tx.now)
    if not (reasons or forgotten):
        return False
    tx.run(update(scheduled_posts).where(scheduled_posts.c.id == post["id"]).values(begun=earlier.begun))
    if earlier.begun:
        lost(tx, draft, post, claimed.channel, post["said"] or why, {"reasons": reasons})
    else:
        send_to(tx, events.THE_PRODUCT, draft, Move.BLOCK, why=why, detail={"reasons": reasons})
    return True


def _changed_since(tx: Tx, draft: RowMapping, claimed: Claimed) -> list[str]:
    """Codes of what speaks against the claimed post by now: holds, bytes, signatures, and an account that is off."""
    codes_of_holds = (
        [r["code"] for r in row["reasons"]] or [Code.PAUSED_BY_PERSON.value] for row in covering(tx, draft)
    )
    reasons = sorted({code for found in codes_of_holds for code in found})
    if content_hash(content_of(tx, draft)) != claimed.outgoing.content_hash:
        reasons.append(Code.CONTENT_CHANGED.value)
    if not standing_of(tx, draft).complete:
        reasons.append(Code.APPROVALS_MISSING.value)
    account = account_of(tx, draft["channel"])
    if account is not None and not account["enabled"]:
        reasons.append(Code.CHANNEL_OFF.value)
    return reasons
