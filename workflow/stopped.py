"""What a stopped post was stopped for, and what came to that since: kept with its newest place on the schedule.

Whoever decides about a stopped post reads every reason, those too that a later hold or headline would have stopped it
for. Apart from `lifecycle`, because nothing moves here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, ScalarSelect, func, select, update

from data.storage import events
from data.storage.store import Tx
from data.storage.tables import scheduled_posts
from scoring.contract import Reason
from workflow.rules.codes import KNOWN, NEXT, Code

MORE = "draft_block_more"
# So long a stopped post gets further reasons (the guide's longest blackout).
LOOKED_AT = timedelta(hours=48)


def reasons_of(tx: Tx, draft_id: int) -> list[dict[str, str]]:
    """The code, sentence and advice of each reason that the draft was stopped for."""
    return tx.value(select(scheduled_posts.c.refusals).where(scheduled_posts.c.id == _newest(draft_id))) or []


def keep(tx: Tx, draft_id: int, against: Sequence[Reason], told: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """Write these reasons beside those `told` already; the detail of the event that says so."""
    words = [{"code": one.code, "text": one.text, "then": _then(one.code)} for one in against]
    known = {one["text"] for one in told}
    everything = [*told, *(word for word in words if word["text"] not in known)]
    tx.run(update(scheduled_posts).where(scheduled_posts.c.id == _newest(draft_id)).values(refusals=everything))
    return {"reasons": sorted({one.code for one in against}), "refusals": words}


def add(tx: Tx, draft: RowMapping, against: Sequence[Reason]) -> bool:
    """Tell a stopped draft what else there is against it, with an event; False where it knew these codes already."""
    told = reasons_of(tx, draft["id"])
    if {one.code for one in against} <= {one["code"] for one in told}:
        return False
    detail = keep(tx, draft["id"], against, told)
    events.append(tx, events.THE_PRODUCT, MORE, "draft", draft["id"], content_hash=draft["content_hash"], detail=detail)
    return True


def _then(code: str) -> str:
    return NEXT[Code(code)] if code in KNOWN else ""


def _newest(draft_id: int) -> ScalarSelect[Any]:
    """The draft's newest place on the schedule; closed, once it was stopped."""
    return select(func.max(scheduled_posts.c.id)).where(scheduled_posts.c.draft_id == draft_id).scalar_subquery()
