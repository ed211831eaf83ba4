"""A post that did not leave, or of which nobody knows: what is written down about it, and where it waits from then on.

Beside `settling`, where what is out becomes a publication. What may be done is decided in `outcomes`; here it is done,
inside the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select, update

from data.storage import events
from data.storage.store import Tx
from data.storage.tables import scheduled_posts
from publishing.channels import Channel
from publishing.outcomes import Doubt, Then, certainly_nothing, pause, then, words, worth_telling
from publishing.trouble import Limited
from workflow import channel_accounts, telling
from workflow.gatekeeper import window_closes_at
from workflow.hold import covering, hold_if_covered
from workflow.lifecycle import draft_row, send_to, state_of
from workflow.rules.codes import NEXT
from workflow.rules.drafts import Move, State
from workflow.rules.gate import Code, Refusal, codes
from workflow.schedule import LONGEST_WAIT

UNANSWERED = "draft_unanswered"


def failed(
    tx: Tx, draft: RowMapping, post: RowMapping, channel: Channel, error: Exception, requested: bool = True
) -> Then:
    """Settle an attempt that ended in `error`. `requested`: its request is counted in the post's `begun`."""
    earlier = Doubt(post["begun"] - requested, post["first_begun_at"])
    until, said = tx.now + pause(error, post["fence"]), words(error, channel)
    what = then(error, channel, earlier, until)  # by the time of the next request the key must still be known
    if isinstance(error, Limited):
        channel_accounts.limited(tx, draft["channel"], until)
    if certainly_nothing(error):
        _write(tx, post, begun=earlier.begun)
    if what == Then.LATER:
        later(tx, draft, post, until, said)
    elif what == Then.REFUSED:
        stop(tx, draft, post["id"], (Refusal(Code.PLATFORM_REFUSED, said, NEXT[Code.PLATFORM_REFUSED]),))
    elif what == Then.AGAIN:
        _again(tx, draft, post, until, said)
    else:
        lost(tx, draft, post, channel, said)
    return what


def later(tx: Tx, draft: RowMapping, post: RowMapping, until: datetime, said: str) -> None:
    """Nothing is out: back to its place on the schedule, or under the hold that came meanwhile."""
    if _too_late(tx, draft, post, until, said):
        return
    detail = {"next_try_at": until.isoformat()}
    send_to(tx, events.THE_PRODUCT, draft, Move.LATER, why=said, detail=detail)
    if not hold_if_covered(tx, draft_row(tx, draft["id"])):
        _keep(tx, draft, post, until, said)


def wait(tx: Tx, draft: RowMapping, post: RowMapping, until: datetime, said: str) -> None:
    """A post that was not even claimed, because its platform asked for patience: it stays in its place."""
    if not _too_late(tx, draft, post, until, said):
        _keep(tx, draft, post, until, said)


def stop(tx: Tx, draft: RowMapping, post_id: int, against: tuple[Refusal, ...]) -> None:
    """Nothing is out, and it may not leave: the reasons, kept with its place on the schedule."""
    told = [{"code": refusal.code.value, "text": refusal.text, "then": refusal.then} for refusal in against]
    tx.run(update(scheduled_posts).where(scheduled_posts.c.id == post_id).values(refusals=told, next_try_at=None))
    held = state_of(draft) == State.SCHEDULED and bool(covering(tx, draft))
    detail = {"reasons": list(codes(against)), "refusals": told}
    send_to(tx, events.THE_PRODUCT, draft, Move.HOLD if held else Move.BLOCK, why=against[0].text, detail=detail)


def lost(
    tx: Tx,
    draft: RowMapping,
    post: RowMapping,
    channel: Channel | None,
    said: str,
    detail: dict[str, Any] | None = None,
) -> None:
    """It may be out: the platform is asked where it can be (publishing.lookup), and a person in any case."""
    _write(tx, post, next_try_at=None, said=said, lease_owner=None, lease_until=None)
    asked = channel is not None and channel.looks_up and post["first_begun_at"] is not None
    send_to(tx, events.THE_PRODUCT, draft, Move.LOST, why=said, detail={**(detail or {}), "asked": asked})


def not_out_after_all(tx: Tx, draft_id: int, post_id: int, channel: Channel, error: Exception) -> None:
    """A long upload outlived its lease, its post was called unknown, and now its only request did certainly nothing."""
    draft = draft_row(tx, draft_id)
    post = tx.row(select(scheduled_posts).where(scheduled_posts.c.id == post_id, scheduled_posts.c.closed_at.is_(None)))
    if post is not None and state_of(draft) == State.UNKNOWN and post["begun"] == 1:
        _write(tx, post, begun=0)
        send_to(tx, events.THE_PRODUCT, draft, Move.CONFIRM_NOT_SENT, why=words(error, channel))


def _again(tx: Tx, draft: RowMapping, post: RowMapping, until: datetime, said: str) -> None:
    """It may be out, and the same key makes no second post: when this time is over, `recover` sends it once more."""
    _write(tx, post, next_try_at=until, said=said, lease_owner=None, lease_until=until)
    detail = {"next_try_at": until.isoformat(), "begun": post["begun"]}
    events.append(tx, events.THE_PRODUCT, UNANSWERED, "draft", draft["id"], why=said, detail=detail)


def _too_late(tx: Tx, draft: RowMapping, post: RowMapping, until: datetime, said: str) -> bool:
    """Whether it would leave so long after its time that a person chooses another one now."""
    if until <= post["publish_at"] + LONGEST_WAIT:
        return False
    send_to(tx, events.THE_PRODUCT, draft, Move.LATE, why=said)
    return True


def _keep(tx: Tx, draft: RowMapping, post: RowMapping, until: datetime, said: str) -> None:
    _write(tx, post, next_try_at=until, said=said, lease_owner=None, lease_until=None)
    if worth_telling(post["publish_at"], until, window_closes_at(tx, draft)):
        telling.post_waits(tx, draft, post["id"], said)


def _write(tx: Tx, post: RowMapping, **values: Any) -> None:
    tx.run(update(scheduled_posts).where(scheduled_posts.c.id == post["id"]).values(**values))
