"""The outbox: due posts, one at a time, through the gate and out – or not.

    look      news, warnings and the post's moment are read anew, outside any transaction
    claim     one transaction: ask the gate, and either take the post with a lease and a fencing number, or stop it
              with the gate's reasons; not at all where something has come in since the look
    send      the last look, one transaction: still ours, the agreed bytes, two signatures, no hold; then the channel
    settle    one transaction: what happened, if the post is still ours

Publishing fails closed. Whatever goes wrong between claim and settle leaves the post with its lease; when that has
run out, `recover` tries it again where the channel can take the same post twice, and otherwise calls it `unknown`,
for a person to look up. A post is never sent twice because an answer was lost.

Why nothing begins to leave once "pause" has returned. Writers take turns (`data.storage.store`), so a pause's
transaction P comes before or after each of ours.

- P before the claim: the gate sees the hold, and nothing is claimed.
- P after the claim and before the last look: the last look sees it, and the post is stopped. Were there no second
  look, this is where a post would leave late: "check, then claim" alone is not enough.
- P after the last look: the request has begun or begins within SEND_WITHIN of that look, on this process's own steady
  clock, or never. The draft is `publishing` all that time, so the pause sees it (its look comes after P), waits for it
  up to DRAIN_SECONDS, which is longer than SEND_WITHIN, and names it. A process that was frozen in between wakes up
  past its time and looks again instead of sending.

What is left is a process frozen between reading its clock and the first byte: no lock can close that, only the platform
could. A claim past its lease is nobody's to send: whoever wakes up with one leaves it to `recover`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, RowMapping, Select, or_, select, update

from data.errors import ChannelError, TactError
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import drafts, scheduled_posts
from publishing.channels import Channel, Outgoing, Receipt
from publishing.settling import not_posted as not_posted
from publishing.settling import outgoing_of as outgoing_of
from publishing.settling import posted_by_hand as posted_by_hand
from publishing.settling import record
from scoring.contract import TextScorer
from workflow.approve import standing_of
from workflow.checking import read_ahead
from workflow.content import content_of
from workflow.gatekeeper import ask
from workflow.hold import covering
from workflow.lifecycle import draft_row, send_to, state_of
from workflow.lookout import Look, Lookout, look_fact
from workflow.rules.content import content_hash
from workflow.rules.drafts import Move, State
from workflow.rules.gate import Code, Refusal, codes
from workflow.schedule import any_late, is_in, note_late

log = logging.getLogger(__name__)

# A claim that was not settled after this long is a dead worker's (ours; a platform answers within seconds).
LEASE = timedelta(seconds=60)
# A request begins so many seconds after its last look, or not at all: sooner than a pause stops waiting (ours).
SEND_WITHIN = 2.0
# How often a post is looked at anew because something came in meanwhile, or because time ran away, at one tick (ours).
LOOKS = 3
# After so many attempts without an answer a person takes over (ours).
MOST_ATTEMPTS = 5


@dataclass(frozen=True)
class Claimed:
    """A post that is ours to send until the lease ends."""

    post_id: int
    draft_id: int
    fence: int
    channel: Channel
    outgoing: Outgoing


class Outbox:
    """Publishes what is due. Any number of these may run on one store."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], scorer: TextScorer, owner: str) -> None:
        self.store = store
        self.channels = channels
        self.scorer = scorer
        self.owner = owner
        self.lookout = Lookout(store, scorer)

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
        """Take care of posts whose worker died between claim and settle. How many there were."""
        with self.store.read() as tx:
            if tx.row(_forsaken(tx.now).limit(1)) is None:
                return 0
        with self.store.write() as tx:
            lost = tx.rows(_forsaken(tx.now))
            for row in lost:
                self._recover_one(tx, row)
        for row in lost:
            claimed = self._claim_again(row)
            if claimed is not None:
                self._send(claimed)
        return len(lost)

    def _recover_one(self, tx: Tx, row: RowMapping) -> None:
        channel = self.channels.get(row["channel"])
        if channel is None or not channel.idempotent or row["fence"] >= MOST_ATTEMPTS or row["lease_until"] is None:
            why = f"no answer after {row['fence']} attempts"
            send_to(tx, events.THE_PRODUCT, row, Move.LOST, why=why)

    def _claim_again(self, row: RowMapping) -> Claimed | None:
        look = self._look_at(row["id"])
        with self.store.write() as tx:
            draft = draft_row(tx, row["id"])
            post = tx.row(select(scheduled_posts).where(scheduled_posts.c.id == row["post_id"]))
            if post is None or state_of(draft) != State.PUBLISHING or not _is_over(post["lease_until"], tx.now):
                return None
            if look_fact(tx, look).passed_by:
                return None  # a headline came in while we read: the next tick reads that too
            against = ask(tx, draft, post, self.scorer, look, self._answers(draft))
            if against:
                # It may or may not have left before the crash, and now it may not leave: a person looks.
                detail = {"reasons": list(codes(against))}
                send_to(tx, events.THE_PRODUCT, draft, Move.LOST, why=against[0].text, detail=detail)
                return None
            return self._lease(tx, draft, post)

    def _look_at(self, draft_id: int) -> Look:
        """Everything that the gate will ask about, read while nobody waits for us."""
        look = self.lookout.look()
        self.lookout.judge_anew(draft_id)
        read_ahead(self.store, self.scorer, draft_id)
        return look

    def _next_due(self, tried: Collection[int]) -> RowMapping | None:
        """The next one of this tick. One that could not be claimed for all the news that came in waits for the next."""
        with self.store.read() as tx:
            return tx.row(
                _posts(State.SCHEDULED, is_in(State.SCHEDULED))
                # A post whose channel this worker lacks waits for a worker that has it.
                .where(scheduled_posts.c.publish_at <= tx.now, drafts.c.channel.in_(tuple(self.channels)))
                .where(scheduled_posts.c.id.not_in(tried))
                .order_by(scheduled_posts.c.publish_at, scheduled_posts.c.id)
                .limit(1)
            )

    def _claim_safely(self, due: RowMapping) -> Claimed | None:
        try:
            return self._claim(due)
        except TactError:
            raise
        except Exception:
            # The edge of the loop: one post that nobody can judge must not keep the others from leaving.
            log.exception("post %s could not be judged", due["post_id"])
            with self.store.write() as tx:
                unjudged = Refusal(Code.CONTEXT_UNVERIFIED, "The gate could not judge this post; see the log.")
                _stop(tx, draft_row(tx, due["id"]), due["post_id"], (unjudged,))
            return None

    def _claim(self, due: RowMapping) -> Claimed | None:
        for _ in range(LOOKS):
            look = self._look_at(due["id"])
            with self.store.write() as tx:
                if look_fact(tx, look).passed_by:
                    continue  # a headline came in while we read: read that too
                draft = draft_row(tx, due["id"])
                post = tx.row(select(scheduled_posts).where(scheduled_posts.c.id == due["post_id"]))
                if post is None or post["closed_at"] is not None or state_of(draft) != State.SCHEDULED:
                    return None  # another worker was faster, or a person took it back
                against = ask(tx, draft, post, self.scorer, look, self._answers(draft))
                if against:
                    _stop(tx, draft, post["id"], against)
                    return None
                return self._take(tx, draft, post)
        return None

    def _answers(self, draft: RowMapping) -> frozenset[str]:
        """What the draft's way out can do to somebody's post; nothing where this process lacks it."""
        channel = self.channels.get(draft["channel"])
        return channel.answers if channel is not None else frozenset()

    def _take(self, tx: Tx, draft: RowMapping, post: RowMapping) -> Claimed | None:
        send_to(tx, events.THE_PRODUCT, draft, Move.CLAIM, detail={"worker": self.owner})
        if self.channels[draft["channel"]].by_hand:
            send_to(tx, events.THE_PRODUCT, draft_row(tx, draft["id"]), Move.HAND_OVER)
            return None
        return self._lease(tx, draft, post)

    def _lease(self, tx: Tx, draft: RowMapping, post: RowMapping) -> Claimed:
        fence = post["fence"] + 1
        values = {"lease_owner": self.owner, "lease_until": tx.now + LEASE, "fence": fence}
        tx.run(update(scheduled_posts).where(scheduled_posts.c.id == post["id"]).values(**values))
        outgoing = outgoing_of(tx, draft, post)
        return Claimed(post["id"], draft["id"], fence, self.channels[draft["channel"]], outgoing)

    def _send(self, claimed: Claimed) -> None:
        if not self._may_begin(claimed):
            return
        try:
            receipt = claimed.channel.publish(claimed.outgoing)
        except ChannelError as error:
            log.error("post %s: %s (%s)", claimed.post_id, error.message, error.cause)
            self._settle_lost(claimed, error.message)
            return
        self._settle_sent(claimed, receipt)

    def _may_begin(self, claimed: Claimed) -> bool:
        """The last look, and no time lost since: whoever was frozen in between looks again."""
        for _ in range(LOOKS):
            began = time.monotonic()
            if not self._still_allowed(claimed):
                return False
            if time.monotonic() - began < SEND_WITHIN:
                return True
        log.error("post %s: the last look takes too long; it is left to the end of its lease", claimed.post_id)
        return False

    def _still_allowed(self, claimed: Claimed) -> bool:
        """Everything that can have changed since the claim and costs little to ask again; nothing is judged here."""
        with self.store.write() as tx:
            draft = self._mine(tx, claimed, tx.now)
            if draft is None:
                return False
            reasons = _changed_since(tx, draft, claimed)
            if reasons:
                # An earlier attempt may have arrived: then nobody knows, and a person looks.
                what = Move.LOST if claimed.fence > 1 else Move.BLOCK
                why = "the world or the content changed after the claim"
                send_to(tx, events.THE_PRODUCT, draft, what, why=why, detail={"reasons": reasons})
            return not reasons

    def _settle_sent(self, claimed: Claimed, receipt: Receipt) -> None:
        with self.store.write() as tx:
            draft = self._mine(tx, claimed)
            if draft is None:
                log.error("post %s was sent, but its lease had run out; a person has to look", claimed.post_id)
                return
            record(tx, events.THE_PRODUCT, draft, claimed.post_id, receipt)
            send_to(tx, events.THE_PRODUCT, draft, Move.SENT, detail={"address": receipt.address})

    def _settle_lost(self, claimed: Claimed, said: str) -> None:
        if claimed.channel.idempotent:
            return  # the lease runs out, and the same post is tried again with the same key
        with self.store.write() as tx:
            draft = self._mine(tx, claimed)
            if draft is not None:
                send_to(tx, events.THE_PRODUCT, draft, Move.LOST, why=said)

    def _mine(self, tx: Tx, claimed: Claimed, at: datetime | None = None) -> RowMapping | None:
        """The draft, while nobody else has taken it over; with `at`, while the lease lasts besides."""
        post = tx.row(select(scheduled_posts).where(scheduled_posts.c.id == claimed.post_id))
        draft = draft_row(tx, claimed.draft_id)
        if post is None or post["fence"] != claimed.fence or state_of(draft) != State.PUBLISHING:
            return None
        return None if at is not None and post["lease_until"] <= at else draft


def _posts(state: State, found_by: ColumnElement[bool] | None = None) -> Select[tuple[object, ...]]:
    return (
        select(drafts, scheduled_posts.c.id.label("post_id"), scheduled_posts.c.fence, scheduled_posts.c.lease_until)
        .join(scheduled_posts, scheduled_posts.c.draft_id == drafts.c.id)
        .where(drafts.c.state == state.value if found_by is None else found_by, scheduled_posts.c.closed_at.is_(None))
    )


def _forsaken(now: datetime) -> Select[tuple[object, ...]]:
    """Posts on their way that nobody holds: their lease is over, or they have none, because no outbox claimed them."""
    free = or_(scheduled_posts.c.lease_until < now, scheduled_posts.c.lease_until.is_(None))
    return _posts(State.PUBLISHING).where(free)


def _is_over(lease_until: datetime | None, now: datetime) -> bool:
    return lease_until is None or lease_until < now


def _changed_since(tx: Tx, draft: RowMapping, claimed: Claimed) -> list[str]:
    """Codes of what speaks against the claimed post by now: holds, bytes, signatures and who gave them."""
    codes_of_holds = (
        [r["code"] for r in row["reasons"]] or [Code.PAUSED_BY_PERSON.value] for row in covering(tx, draft)
    )
    reasons = sorted({code for found in codes_of_holds for code in found})
    if content_hash(content_of(tx, draft)) != claimed.outgoing.content_hash:
        reasons.append(Code.CONTENT_CHANGED.value)
    if not standing_of(tx, draft).complete:
        reasons.append(Code.APPROVALS_MISSING.value)
    return reasons


def _stop(tx: Tx, draft: RowMapping, post_id: int, against: tuple[Refusal, ...]) -> None:
    words = [{"code": refusal.code.value, "text": refusal.text, "then": refusal.then} for refusal in against]
    tx.run(update(scheduled_posts).where(scheduled_posts.c.id == post_id).values(refusals=words))
    held = bool(covering(tx, draft))
    detail = {"reasons": list(codes(against)), "refusals": words}
    send_to(tx, events.THE_PRODUCT, draft, Move.HOLD if held else Move.BLOCK, why=against[0].text, detail=detail)
