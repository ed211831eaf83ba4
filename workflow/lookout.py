"""The look before a post leaves: news and warnings read for holds, the moment judged anew, and proof in the claim.

`hold.watch` and `judge` do the looking; the worker calls them whenever something comes in. Here is what the gate needs
besides: to know, inside the claim's own transaction, that nothing has come in since. Reading texts takes seconds, so it
is done before the claim, and the claim only compares.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from data.storage.store import Store, Tx
from data.storage.tables import items
from scoring.contract import TextScorer
from workflow import hold
from workflow.approve import alert_of
from workflow.judge import judge_one, latest_verdict
from workflow.lifecycle import draft_row
from workflow.rules.facts import LookFact
from workflow.rules.gate import LOOK_LASTS, VERDICT_LASTS
from workflow.triage import SPIKE

# No transaction is open for longer (ours): what one that began before a look writes later is seen to be new.
_MARGIN = timedelta(minutes=2)

Stamp = tuple[int | None, datetime | None]


@dataclass(frozen=True)
class Look:
    """When the world was last looked at, and what the newest was by then."""

    at: datetime
    stamp: Stamp


class Lookout:
    """Looks, unless what it would read was looked at already. One for each outbox; its threads share it."""

    def __init__(self, store: Store, scorer: TextScorer) -> None:
        self.store = store
        self.scorer = scorer
        self._last: Look | None = None
        self._looking = threading.Lock()

    def look(self) -> Look:
        """Open every hold that news and warnings call for by now. Raises where that fails: then nothing may leave."""
        with self._looking:
            with self.store.read() as tx:
                now = tx.now
                if self._last is not None and not _passed(tx, self._last) and now - self._last.at < LOOK_LASTS / 2:
                    return self._last
                seen = Look(now, _stamp(tx, now))
            hold.watch(self.store, self.scorer)
            self._last = seen
            return seen

    def judge_anew(self, draft_id: int) -> None:
        """Give the draft's moment a new verdict where it has none, or one that will not last until the claim."""
        with self.store.read() as tx:
            alert = alert_of(tx, draft_row(tx, draft_id))
            if alert is None or alert["kind"] != SPIKE:
                return
            verdict = latest_verdict(tx, alert["id"])
            fresh = verdict is not None and tx.now - verdict["at"] < VERDICT_LASTS / 2
        if not fresh:
            judge_one(self.store, self.scorer, alert)


def look_fact(tx: Tx, look: Look | None) -> LookFact:
    """The look as the gate wants it, compared with what has come in by this transaction."""
    return LookFact(None, True) if look is None else LookFact(look.at, _passed(tx, look))


def _passed(tx: Tx, look: Look) -> bool:
    return _stamp(tx, look.at) != look.stamp


def _stamp(tx: Tx, at: datetime) -> Stamp:
    """The newest headline or warning of the last minutes, by when it was taken in and by its number.

    Writers take turns, so both only grow from one to the next; a headline that comes again keeps its number and gets
    another instant. The kind is written as an expression, or the database would walk through all the news there is.
    """
    dark = items.c.kind.concat("").in_(("news", "official"))
    newest = select(func.max(items.c.id).label("id"), func.max(items.c.taken_in_at).label("at"))
    row = tx.row(newest.where(items.c.taken_in_at > at - _MARGIN, dark))
    return (None, None) if row is None else (row["id"], row["at"])
