"""How a due post becomes one worker's to send, and how a post that a dead worker left behind becomes another's.

Under the outbox, which sends: what happens here ends before the first byte of a request. Everything that a claim
needs is read before its transaction, and asked inside it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, RowMapping, Select, or_, select, update

from data.errors import TactError
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import channel_accounts as accounts
from data.storage.tables import drafts, scheduled_posts
from publishing.channels import Channel, Outgoing
from publishing.outcomes import Doubt, repeatable
from publishing.settling import outgoing_of
from publishing.unsent import later, lost, stop, wait
from scoring.contract import TextScorer
from workflow.channel_accounts import account_of, limited_until
from workflow.checking import read_ahead
from workflow.gatekeeper import ask
from workflow.lifecycle import draft_row, send_to, state_of
from workflow.lookout import Look, Lookout, look_fact
from workflow.rules.drafts import Move, State
from workflow.rules.gate import Code, Refusal, codes
from workflow.schedule import LATEST, is_in

log = logging.getLogger(__name__)

# A claim that was not settled after this long is a dead worker's (ours; a platform answers within seconds).
LEASE = timedelta(seconds=60)
# How often a post is looked at anew because something came in meanwhile, or because time ran away, at one tick (ours).
LOOKS = 3
ALONE = "The platform asks to be left alone for a while."


@dataclass(frozen=True)
class Claimed:
    """A post that is ours to send until the lease ends. `counted`: its request is written down as begun."""

    post_id: int
    draft_id: int
    fence: int
    channel: Channel
    outgoing: Outgoing
    counted: bool = False


class Claims:
    """Takes posts with a lease and a fencing number. Any number of these may work on one store."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], scorer: TextScorer, owner: str) -> None:
        self.store = store
        self.channels = channels
        self.scorer = scorer
        self.owner = owner
        self.lookout = Lookout(store, scorer)

    # --- what is due -----------------------------------------------------------------------------------------------

    def _next_due(self, tried: Collection[int]) -> RowMapping | None:
        """The next one of this tick. One that could not be claimed for all the news that came in waits for the next."""
        with self.store.read() as tx:
            patient = scheduled_posts.c.next_try_at
            return tx.row(
                _posts(State.SCHEDULED, is_in(State.SCHEDULED))
                # A post whose channel this worker lacks waits for a worker that has it.
                .where(
                    scheduled_posts.c.publish_at <= tx.now, drafts.c.channel.in_((*self.channels, *_switched_off(tx)))
                )
                .where(or_(patient.is_(None), patient <= tx.now), scheduled_posts.c.id.not_in(tried))
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
                stop(tx, draft_row(tx, due["id"]), due["post_id"], (unjudged,))
            return None

    def _claim(self, due: RowMapping) -> Claimed | None:
        for _ in range(LOOKS):
            look = self._look_at(due["id"])
            with self.store.write() as tx:
                if look_fact(tx, look).passed_by:
                    continue  # a headline came in while we read: read that too
                draft, post = draft_row(tx, due["id"]), post_row(tx, due["post_id"])
                if post is None or post["closed_at"] is not None or state_of(draft) != State.SCHEDULED:
                    return None  # another worker was faster, or a person took it back
                alone = limited_until(tx, draft["channel"])
                if alone is not None:
                    wait(tx, draft, post, alone, ALONE)
                    return None
                against = ask(tx, draft, post, self.scorer, look, self._answers(draft))
                if against:
                    stop(tx, draft, post["id"], against)
                    return None
                return self._take(tx, draft, post)
        return None

    def _look_at(self, draft_id: int) -> Look:
        """Everything that the gate will ask about, read while nobody waits for us."""
        look = self.lookout.look()
        self.lookout.judge_anew(draft_id)
        read_ahead(self.store, self.scorer, draft_id)
        return look

    def _answers(self, draft: RowMapping) -> frozenset[str]:
        """What the draft's way out can do to somebody's post; nothing where this process lacks it."""
        channel = self.channels.get(draft["channel"])
        return channel.answers if channel is not None else frozenset()

    def _current(self, tx: Tx, draft: RowMapping) -> Channel | None:
        """The draft's way out; None where this process lacks it, or has it open as it was before somebody changed it.

        From the claim on nobody can change the account (workflow.account_posts), so what is sent goes where it says.
        """
        channel = self.channels.get(draft["channel"])
        if channel is None or channel.as_of is None:
            return channel
        account = account_of(tx, draft["channel"])
        return channel if account is not None and account["changed_at"] == channel.as_of else None

    def _take(self, tx: Tx, draft: RowMapping, post: RowMapping) -> Claimed | None:
        channel = self._current(tx, draft)
        if channel is None:
            return (
                None  # switched on or changed since this process looked which accounts there are: the next tick has it
            )
        send_to(tx, events.THE_PRODUCT, draft, Move.CLAIM, detail={"worker": self.owner})
        if channel.by_hand:
            send_to(tx, events.THE_PRODUCT, draft_row(tx, draft["id"]), Move.HAND_OVER)
            return None
        return self._lease(tx, draft, post, channel)

    def _lease(self, tx: Tx, draft: RowMapping, post: RowMapping, channel: Channel) -> Claimed:
        fence = post["fence"] + 1
        values = {"lease_owner": self.owner, "lease_until": tx.now + LEASE, "fence": fence, "next_try_at": None}
        tx.run(update(scheduled_posts).where(scheduled_posts.c.id == post["id"]).values(**values))
        outgoing = outgoing_of(tx, draft, post)
        return Claimed(post["id"], draft["id"], fence, channel, outgoing)

    # --- what a dead worker left -----------------------------------------------------------------------------------

    def _forsaken(self) -> list[RowMapping]:
        """Posts whose claim is over; settled, but for those that may be sent once more."""
        with self.store.read() as tx:
            if tx.row(_abandoned(tx.now).limit(1)) is None:
                return []
        with self.store.write() as tx:
            found = tx.rows(_abandoned(tx.now))
            for row in found:
                self._recover_one(tx, row)
        return list(found)

    def _recover_one(self, tx: Tx, row: RowMapping) -> None:
        draft, post = draft_row(tx, row["id"]), post_row(tx, row["post_id"])
        assert post is not None
        channel = self.channels.get(draft["channel"])
        if post["lease_until"] is None:
            lost(tx, draft, post, channel, "It was on its way without a worker that says so.")
        elif not post["begun"]:
            self._take_back(tx, draft, post)
        elif channel is None or not repeatable(channel, doubt_of(post), tx.now):
            said = post["said"] or f"The worker stopped, and there was no answer to attempt {post['begun']}."
            lost(tx, draft, post, channel, said)

    def _take_back(self, tx: Tx, draft: RowMapping, post: RowMapping) -> None:
        """The worker died between its claim and its first request: certainly nothing left."""
        if post["publish_at"] < tx.now - LATEST:
            send_to(tx, events.THE_PRODUCT, draft, Move.LATE, why="nothing could send it in time")
        else:
            later(tx, draft, post, tx.now, "The worker stopped before it sent anything.")

    def _claim_again(self, row: RowMapping) -> Claimed | None:
        look = self._look_at(row["id"])
        with self.store.write() as tx:
            draft, post = draft_row(tx, row["id"]), post_row(tx, row["post_id"])
            channel = self._current(tx, draft)
            if post is None or channel is None or not _is_abandoned(draft, post, tx.now):
                return None
            if look_fact(tx, look).passed_by:
                return None  # a headline came in while we read: the next tick reads that too
            alone = limited_until(tx, draft["channel"])
            if alone is not None and not repeatable(channel, doubt_of(post), alone):
                lost(tx, draft, post, channel, post["said"] or ALONE)  # nobody would hear of it before that is over
                return None
            if alone is not None:
                values = {"lease_until": alone, "next_try_at": alone, "said": post["said"] or ALONE}
                tx.run(update(scheduled_posts).where(scheduled_posts.c.id == post["id"]).values(**values))
                return None
            against = ask(tx, draft, post, self.scorer, look, self._answers(draft))
            if against:
                # It may or may not have left before, and now it may not leave: a person looks.
                lost(tx, draft, post, channel, against[0].text, {"reasons": list(codes(against))})
                return None
            return self._lease(tx, draft, post, channel)


def post_row(tx: Tx, post_id: int) -> RowMapping | None:
    """A place on the schedule, open or closed."""
    return tx.row(select(scheduled_posts).where(scheduled_posts.c.id == post_id))


def doubt_of(post: RowMapping, claimed: Claimed | None = None) -> Doubt:
    """What is known of the post's requests; of those before this claim's own, where one is given."""
    own = claimed is not None and claimed.counted
    return Doubt(post["begun"] - own, post["first_begun_at"])


def _switched_off(tx: Tx) -> tuple[str, ...]:
    """The channels of accounts that are off. Their posts come to the gate all the same, which says why they stay."""
    rows = tx.rows(select(accounts.c.kind, accounts.c.id).where(~accounts.c.enabled))
    return tuple(f"{row['kind']}-{row['id']}" for row in rows)


def _posts(state: State, found_by: ColumnElement[bool] | None = None) -> Select[tuple[object, ...]]:
    return (
        select(drafts, scheduled_posts.c.id.label("post_id"), scheduled_posts.c.fence, scheduled_posts.c.lease_until)
        .join(scheduled_posts, scheduled_posts.c.draft_id == drafts.c.id)
        .where(drafts.c.state == state.value if found_by is None else found_by, scheduled_posts.c.closed_at.is_(None))
    )


def _abandoned(now: datetime) -> Select[tuple[object, ...]]:
    """Posts on their way that nobody holds: their lease is over, or they have none, because no outbox claimed them."""
    free = or_(scheduled_posts.c.lease_until < now, scheduled_posts.c.lease_until.is_(None))
    return _posts(State.PUBLISHING).where(free)


def _is_abandoned(draft: RowMapping, post: RowMapping, now: datetime) -> bool:
    return state_of(draft) == State.PUBLISHING and post["lease_until"] is not None and post["lease_until"] < now
