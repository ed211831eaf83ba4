"""What has gone out through an account, or may have: why some of its settings must stay as they are for now.

A post is deleted, measured and looked up where it was sent. Were an account to lead elsewhere meanwhile, a post whose
answer was lost would be sent a second time, to the new place, and a deletion would be told "there is no such post" by a
server that never had it. Beside `channel_accounts`, which changes accounts and asks here first.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from data.errors import BadInput
from data.storage.store import Tx
from data.storage.tables import deletions, drafts, publications, scheduled_posts
from workflow.deletion import Stage
from workflow.rules.drafts import State


def refuse_change(tx: Tx, channel: str, *, settings: bool, moves: bool) -> None:
    """BadInput, with what to do instead, where a change would separate a post from the place that it was sent to.

    `settings`: something else than secrets changes. `moves`: an address changes.
    """
    if _is_there(tx, channel, (State.PUBLISHING,)):
        raise BadInput("A post is on its way through this account. Save again when it is out, in a minute or two.")
    if settings and _is_there(tx, channel, (State.UNKNOWN,)):
        raise BadInput(
            "Nobody knows yet whether a post left through this account. Settle that on the Schedule page first: after "
            "this change it could not be looked up any more."
        )
    if moves and _is_out(tx, channel):
        raise BadInput(
            "Posts are out through this account, and are deleted and measured at its old address. Add a new account "
            "for the new one, and switch this one off when you need it no more."
        )


def _is_there(tx: Tx, channel: str, states: Collection[State]) -> bool:
    live = (scheduled_posts.c.draft_id == drafts.c.id) & scheduled_posts.c.closed_at.is_(None)
    found = select(drafts.c.id).join(scheduled_posts, live).where(drafts.c.channel == channel)
    return tx.value(found.where(drafts.c.state.in_([one.value for one in states])).limit(1)) is not None


def _is_out(tx: Tx, channel: str) -> bool:
    down = select(deletions.c.publication_id).where(deletions.c.state == Stage.DONE.value)
    out = select(publications.c.id).where(publications.c.channel == channel, publications.c.id.not_in(down))
    return tx.value(out.limit(1)) is not None
