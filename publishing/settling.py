"""What is sent, what is written down of it, and what a person says about it when no machine can know.

Beside the outbox, which sends: here a post becomes the bytes that leave, and its publication becomes a row, whether a
channel's receipt or a person says that it is out.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import RowMapping, insert, select

from data.addresses import is_web_address
from data.errors import BadInput, Refused
from data.plain import one_line
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import media, publications, scheduled_posts
from publishing.channels import Answering, Outgoing, OutgoingMedia, Receipt
from workflow import deletion
from workflow.access import require
from workflow.content import content_of, version_of
from workflow.lifecycle import draft_row, send_to, state_of
from workflow.measuring import engagement
from workflow.rules.answering import LONGEST_ADDRESS
from workflow.rules.content import content_hash
from workflow.rules.drafts import Move, State


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
        at=post["first_begun_at"] or tx.now,
        prepared=post["prepared"],
        answering=_answering(version["answering"]),
    )


def _answering(given: Mapping[str, str]) -> Answering | None:
    """The post that this one replies to or quotes. The gate has refused what is neither."""
    if not given:
        return None
    return Answering("reply" if given["kind"] == "reply" else "quote", given["address"])


def _media(tx: Tx, one: Mapping[str, object]) -> OutgoingMedia:
    row = tx.row(select(media).where(media.c.id == one["media_id"]))
    assert row is not None
    return OutgoingMedia(row["name"], row["mime"], row["content"], str(one.get("alt_text", "")))


def record(
    tx: Tx, actor: events.Actor, draft: RowMapping, post_id: int, receipt: Receipt, person_id: int | None = None
) -> None:
    """Write the publication's row, and begin to read what becomes of it, whoever posted it."""
    publication_id = tx.insert(
        insert(publications).values(
            scheduled_post_id=post_id,
            draft_id=draft["id"],
            channel=draft["channel"],
            at=tx.now,
            # A platform's word: whatever stands in it, that the post is out must not be lost for it.
            address=one_line(receipt.address),
            payload=dict(receipt.payload),
            content_hash=draft["content_hash"],
            person_id=person_id,
        )
    )
    engagement.begin(tx, publication_id, draft["platform"], channel_measures=True)


def posted_by_hand(store: Store, token: str, draft_id: int, address: str, take_down: bool = False) -> None:
    """A person posted the approved words and pastes where. Also settles a post of unknown outcome: it is out.

    `take_down`: it must not be – the deletion is asked for in the same step (workflow.deletion).
    """
    if len(address.strip()) > LONGEST_ADDRESS or not is_web_address(address.strip()):
        raise BadInput("Paste the address of the post; it begins with https:// and holds no name or password.")
    with store.write() as tx:
        draft = draft_row(tx, draft_id)
        # Whoever may say "it is not out" may say that it is.
        settling = state_of(draft) == State.UNKNOWN
        person = require(tx, token, "settle_unknown" if settling else "post_by_hand")
        post = _open_post(tx, draft_id)
        record(tx, person.actor, draft, post["id"], Receipt(address.strip(), {"by_hand": True}), person.id)
        send_to(tx, person.actor, draft, Move.CONFIRM_SENT, detail={"address": address.strip()})
        if take_down:
            require(tx, token, "take_down")
            deletion.ask_in(tx, person.actor, draft)


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
