"""What a failure or an answer changes in a source's row, decided and noted inside the caller's own transaction.

Beside `sources.py`, which holds what people do; this is what the product does by itself, for polled sources and
streams alike. The rules are in `rules/health.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, select, update

from data.storage import events
from data.storage.store import Tx
from data.storage.tables import sources
from workflow.rules import health
from workflow.rules.health import Trouble

# The columns of a source that is well.
WELL: dict[str, Any] = {"failures": 0, "failing_since": None}


@dataclass(frozen=True)
class Failure:
    """What went wrong, for people. `gone`: its owner says for good; `asked`: how long we are to stay away."""

    said: str
    official: bool
    gone: bool = False
    asked: timedelta = timedelta()


def failed(tx: Tx, row: RowMapping, failure: Failure) -> dict[str, Any]:
    """The columns to write after a failure: slowed, or switched off with the reason. Appends what is worth an event."""
    trouble = Trouble(
        failures=row["failures"] + 1,
        since=row["failing_since"] or tx.now,
        official=failure.official,
        gone=failure.gone,
        others_answer=_others_answer(tx, row["id"]),
    )
    wait = max(health.wait_after(trouble, timedelta(seconds=row["interval_seconds"]), row["id"]), failure.asked)
    values = {
        "failures": trouble.failures,
        "failing_since": trouble.since,
        "last_message": failure.said,
        "next_poll_at": tx.now + wait,
    }
    return values | _noted(tx, row, trouble, failure.said)


def _noted(tx: Tx, row: RowMapping, trouble: Trouble, said: str) -> dict[str, Any]:
    why = health.why_off(trouble, said, tx.now)
    if why:
        events.append(
            tx, events.THE_PRODUCT, "source_switched_off", "source", row["id"], before="on", after="off", why=why
        )
        return {"enabled": False, "switched_off_at": tx.now, "switched_off_why": why}
    was_loud = row["polled_at"] is not None and health.is_loud(trouble.official, trouble.since, row["polled_at"])
    if health.is_loud(trouble.official, trouble.since, tx.now) and not was_loud:
        events.append(tx, events.THE_PRODUCT, "source_silent", "source", row["id"], why=said)
    return {}


def _others_answer(tx: Tx, source_id: int) -> bool:
    """Whether any other source answered lately: if none did, the fault may be our own."""
    lately = sources.c.succeeded_at >= tx.now - health.LATELY
    return tx.value(select(sources.c.id).where(sources.c.id != source_id, lately).limit(1)) is not None


def mind_the_clock(tx: Tx) -> None:
    """Where the database's clock was set back, no source waits the difference as well.

    A reading that lies ahead of now tells of it. A source that was never read and a lease that ends later than any
    lease can are dealt with where sources are claimed.
    """
    ahead = (sources.c.id, sources.c.polled_at, sources.c.next_poll_at)
    for row in tx.rows(select(*ahead).where(sources.c.polled_at > tx.now)):
        due = health.re_anchored(row["polled_at"], row["next_poll_at"], tx.now)
        tx.run(update(sources).where(sources.c.id == row["id"]).values(polled_at=tx.now, next_poll_at=due))
