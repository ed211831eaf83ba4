"""The outbox: due posts, one at a time, through the gate and out – or not.

    claim     one transaction: pick the next due post, ask the gate, and either take it with a lease and a fencing
              number, or stop it with the gate's reasons
    send      a last look for a hold that came in between, then the channel
    settle    one transaction: what happened, if the post is still ours

Publishing fails closed. Whatever goes wrong between claim and settle leaves the post with its lease; when that has
run out, `recover` tries it again where the channel can take the same post twice, and otherwise calls it `unknown`,
for a person to look up. A post is never sent twice because an answer was lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import RowMapping, Select, insert, select, update

from data.errors import BadInput, ChannelError, Refused, TactError
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import drafts, media, publications, scheduled_posts
from publishing.channels import Channel, Outgoing, OutgoingMedia, Receipt
from scoring.contract import TextScorer
from workflow.access import require
from workflow.checking import read_ahead
from workflow.content import content_of, version_of
from workflow.gatekeeper import ask
from workflow.hold import covering
from workflow.lifecycle import draft_row, send_to, state_of
from workflow.rules.content import content_hash
from workflow.rules.drafts import Move, State
from workflow.rules.gate import Code, Refusal, codes
from workflow.schedule import note_late

log = logging.getLogger(__name__)

# A claim that was not settled after this long is a dead worker's (ours; a platform answers within seconds).
LEASE = timedelta(seconds=60)
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

    def publish_due(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Work through everything that is due; how many posts were claimed, sent or stopped."""
        with self.store.write() as tx:
            note_late(tx)
        self.recover()
        done = 0
        while not stopping():
            due = self._next_due()
            if due is None:
                return done
            done += 1
            claimed = self._claim_safely(due)
            if claimed is not None:
                self._send(claimed)
        return done

    def recover(self) -> int:
        """Take care of posts whose worker died between claim and settle. How many there were."""
        with self.store.write() as tx:
            lost = tx.rows(_posts(State.PUBLISHING).where(scheduled_posts.c.lease_until < tx.now))
            for row in lost:
                self._recover_one(tx, row)
        for row in lost:
            claimed = self._claim_again(row)
            if claimed is not None:
                self._send(claimed)
        return len(lost)

    def _recover_one(self, tx: Tx, row: RowMapping) -> None:
        channel = self.channels.get(row["channel"])
        if channel is None or not channel.idempotent or row["fence"] >= MOST_ATTEMPTS:
            why = f"no answer after {row['fence']} attempts"
            send_to(tx, events.THE_PRODUCT, row, Move.LOST, why=why)

    def _claim_again(self, row: RowMapping) -> Claimed | None:
        read_ahead(self.store, self.scorer, row["id"])
        with self.store.write() as tx:
            draft = draft_row(tx, row["id"])
            post = tx.row(select(scheduled_posts).where(scheduled_posts.c.id == row["post_id"]))
            if post is None or state_of(draft) != State.PUBLISHING or post["lease_until"] >= tx.now:
                return None
            against = ask(tx, draft, post, self.scorer)
            if against:
                # It may or may not have left before the crash, and now it may not leave: a person looks.
                detail = {"reasons": list(codes(against))}
                send_to(tx, events.THE_PRODUCT, draft, Move.LOST, why=against[0].text, detail=detail)
                return None
            return self._lease(tx, draft, post)

    def _next_due(self) -> RowMapping | None:
        with self.store.read() as tx:
            return tx.row(
                _posts(State.SCHEDULED)
                # A post whose channel this worker lacks waits for a worker that has it.
                .where(scheduled_posts.c.publish_at <= tx.now, drafts.c.channel.in_(self.channels))
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
        read_ahead(self.store, self.scorer, due["id"])
        with self.store.write() as tx:
            draft = draft_row(tx, due["id"])
            post = tx.row(select(scheduled_posts).where(scheduled_posts.c.id == due["post_id"]))
            if post is None or post["closed_at"] is not None or state_of(draft) != State.SCHEDULED:
                return None  # another worker was faster, or a person took it back
            against = ask(tx, draft, post, self.scorer)
            if against:
                _stop(tx, draft, post["id"], against)
                return None
            return self._take(tx, draft, post)

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
        if not self._still_allowed(claimed):
            return
        try:
            receipt = claimed.channel.publish(claimed.outgoing)
        except ChannelError as error:
            log.error("post %s: %s (%s)", claimed.post_id, error.message, error.cause)
            self._settle_lost(claimed, error.message)
            return
        self._settle_sent(claimed, receipt)

    def _still_allowed(self, claimed: Claimed) -> bool:
        """The last look before the request: still ours, still the agreed bytes, and no hold since the claim."""
        with self.store.write() as tx:
            draft = self._mine(tx, claimed)
            if draft is None:
                return False
            reasons = sorted({reason["code"] for row in covering(tx, draft) for reason in row["reasons"]})
            if content_hash(content_of(tx, draft)) != claimed.outgoing.content_hash:
                reasons.append(Code.CONTENT_CHANGED.value)
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

    def _mine(self, tx: Tx, claimed: Claimed) -> RowMapping | None:
        fence = tx.value(select(scheduled_posts.c.fence).where(scheduled_posts.c.id == claimed.post_id))
        draft = draft_row(tx, claimed.draft_id)
        return draft if fence == claimed.fence and state_of(draft) == State.PUBLISHING else None


def _posts(state: State) -> Select[tuple[object, ...]]:
    return (
        select(drafts, scheduled_posts.c.id.label("post_id"), scheduled_posts.c.fence)
        .join(scheduled_posts, scheduled_posts.c.draft_id == drafts.c.id)
        .where(drafts.c.state == state.value, scheduled_posts.c.closed_at.is_(None))
    )


def _stop(tx: Tx, draft: RowMapping, post_id: int, against: tuple[Refusal, ...]) -> None:
    words = [{"code": refusal.code.value, "text": refusal.text} for refusal in against]
    tx.run(update(scheduled_posts).where(scheduled_posts.c.id == post_id).values(refusals=words))
    held = bool(covering(tx, draft))
    detail = {"reasons": list(codes(against)), "refusals": words}
    send_to(tx, events.THE_PRODUCT, draft, Move.HOLD if held else Move.BLOCK, why=against[0].text, detail=detail)


def outgoing_of(tx: Tx, draft: RowMapping, post: RowMapping) -> Outgoing:
    """The post as it will be sent, with the hash of exactly these bytes."""
    version, content = version_of(tx, draft), content_of(tx, draft)
    return Outgoing(
        key=post["idempotency_key"],
        platform=draft["platform"],
        text=content.text,
        links=content.links,
        media=tuple(_media(tx, one) for one in version["media"]),
        content_hash=content_hash(content),
        at=tx.now,
    )


def _media(tx: Tx, one: Mapping[str, object]) -> OutgoingMedia:
    row = tx.row(select(media).where(media.c.id == one["media_id"]))
    assert row is not None
    return OutgoingMedia(row["name"], row["mime"], row["content"], str(one.get("alt_text", "")))


def record(
    tx: Tx, actor: events.Actor, draft: RowMapping, post_id: int, receipt: Receipt, person_id: int | None = None
) -> None:
    """Write the publication's row."""
    tx.insert(
        insert(publications).values(
            scheduled_post_id=post_id,
            draft_id=draft["id"],
            channel=draft["channel"],
            at=tx.now,
            address=receipt.address,
            payload=dict(receipt.payload),
            content_hash=draft["content_hash"],
            person_id=person_id,
        )
    )


def posted_by_hand(store: Store, token: str, draft_id: int, address: str) -> None:
    """A person posted the approved words and pastes where. Also settles a post of unknown outcome: it is out."""
    if not address.strip().lower().startswith(("https://", "http://")):
        raise BadInput("Paste the address of the post; it begins with https://.")
    with store.write() as tx:
        draft = draft_row(tx, draft_id)
        # Whoever may say "it is not out" may say that it is.
        settling = state_of(draft) == State.UNKNOWN
        person = require(tx, token, "settle_unknown" if settling else "post_by_hand")
        post = _open_post(tx, draft_id)
        record(tx, person.actor, draft, post["id"], Receipt(address.strip(), {"by_hand": True}), person.id)
        send_to(tx, person.actor, draft, Move.CONFIRM_SENT, detail={"address": address.strip()})


def not_posted(store: Store, token: str, draft_id: int, why: str) -> None:
    """A person looked: the post is not out. It needs a new time and fresh signatures before it may leave."""
    with store.write() as tx:
        person = require(tx, token, "settle_unknown")
        send_to(tx, person.actor, draft_row(tx, draft_id), Move.CONFIRM_NOT_SENT, why=why)


def _open_post(tx: Tx, draft_id: int) -> RowMapping:
    post = tx.row(
        select(scheduled_posts)
        .where(scheduled_posts.c.draft_id == draft_id, scheduled_posts.c.closed_at.is_(None))
        .order_by(scheduled_posts.c.id.desc())
    )
    if post is None:
        raise Refused("This post is not waiting for anybody by now.", ("wrong_state",))
    return post
