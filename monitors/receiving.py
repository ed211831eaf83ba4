"""Taking deliveries that others send us: authentic, of now, once, readable – asked in this order, and answered at once.

Beside `poller`, which asks; here we are asked. A delivery and what it brought are written in one transaction, so that a
crash leaves either both or neither, and the sender, who then got no answer, may safely send it again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select

from data.errors import BadInput, Refused, StorageError
from data.storage.seal import Seal
from data.storage.store import Store, Tx
from data.storage.tables import sources
from monitors.heard import Terms
from monitors.intake import take_in, watching
from monitors.signatures import Signed, check, claimed
from monitors.sources import Poll, Push
from workflow import deliveries as rows

log = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024
# How often unsigned attempts are written down at most (ours): a stranger must not keep the database's one writer busy.
COUNT_EVERY = timedelta(seconds=10)
UNFIT = "Something in it cannot be stored: it is too long, too large or unreadable."


@dataclass(frozen=True)
class Reply:
    """What the sender is told: an HTTP status, and the body's fields."""

    status: int
    said: Mapping[str, object]
    retry_after: int | None = None


NOBODY = Reply(404, {"error": "Nothing takes deliveries at this address."})
BUSY = Reply(503, {"error": "The database cannot be used right now. Send it again later."})


@dataclass
class _Uncounted:
    """Unsigned attempts of one source that are not written down yet."""

    number: int = 0
    reason: str = ""
    written_at: datetime | None = None


@dataclass
class Receiver:
    """Takes deliveries for all sources that are called. Any number of these may run on one store."""

    store: Store
    kinds: Mapping[str, Push]
    seal: Seal
    terms: Terms = field(default_factory=Terms)
    _uncounted: dict[int, _Uncounted] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def turns_away(self, source_id: int, headers: Mapping[str, str]) -> Reply | None:
        """Why a delivery would not be taken whatever its body is; None where it is worth reading. Asked before that."""
        with self.store.read() as tx:
            known, now = self._source(tx, source_id) is not None, tx.now
        if not known:
            return NOBODY
        try:
            claimed(headers, now)
        except Refused as error:
            self._count(source_id, error.message, now)
            return Reply(401, {"error": error.message})
        return None

    def receive(self, source_id: int, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take one delivery. `headers` have names in lower case; `body` is what came, byte for byte."""
        try:
            with self.store.read() as tx:
                source, now = self._source(tx, source_id), tx.now
            return NOBODY if source is None else self._judged(source, headers, body, now)
        except StorageError as error:
            log.error("a delivery could not be taken: %s (%s)", error.message, error.cause)
            return BUSY

    def take_again(self, tx: Tx, source: RowMapping, body: bytes) -> int:
        """Read a kept body once more, inside the transaction of the person who asked. Raises BadInput."""
        if source["kind"] not in self.kinds:
            raise BadInput("This kind of source is not installed here any more.")
        poll = self.kinds[source["kind"]].receive(source["config"], body, tx.now)
        return self._take_in(tx, source, poll)

    def _judged(self, source: RowMapping, headers: Mapping[str, str], body: bytes, now: datetime) -> Reply:
        try:
            keys = rows.good_keys(self.seal, source, now)
        except BadInput as error:
            log.error("source %s: %s (%s)", source["name"], error.message, error.cause)
            return Reply(
                503, {"error": "This address cannot check signatures now. Its administrator has to mend that."}
            )
        try:
            signed = check(headers, body, keys, now)
        except Refused as error:
            self._count(source["id"], error.message, now)
            return Reply(401, {"error": error.message})
        try:
            poll = self.kinds[source["kind"]].receive(source["config"], body, now)
        except BadInput as error:
            return self._refused(source["id"], signed, body, error.message, error.cause)
        try:
            return self._taken(source["id"], signed, poll)
        except BadInput as error:
            log.warning("source %s: a delivery cannot be stored (%s)", source["name"], error.cause)
            return self._refused(source["id"], signed, body, UNFIT, "")

    def _taken(self, source_id: int, signed: Signed, poll: Poll) -> Reply:
        self.terms.prepare()
        with self.store.write() as tx:
            source = self._source(tx, source_id)
            if (stop := self._stop(tx, source, signed)) is not None or source is None:
                return stop or NOBODY
            new = self._take_in(tx, source, poll)
            rows.note_taken(tx, source, signed.delivery_id, signed.sent_at, new)
        return Reply(200, {"status": "taken", "new": new, "sent": len(poll.items) + len(poll.readings)})

    def _refused(self, source_id: int, signed: Signed, body: bytes, reason: str, place: str) -> Reply:
        with self.store.write() as tx:
            source = self._source(tx, source_id)
            if (stop := self._stop(tx, source, signed)) is not None or source is None:
                return stop or NOBODY
            rows.note_refused(tx, source, signed.delivery_id, signed.sent_at, body, reason)
        log.info("source %s: a delivery was refused", source["name"])
        return Reply(400, {"error": reason, **({"field": place} if place else {})})

    def _stop(self, tx: Tx, source: RowMapping | None, signed: Signed) -> Reply | None:
        """What is decided before the body counts: the source may have gone, and a delivery counts once."""
        if source is None:
            return NOBODY
        if rows.is_taken(tx, source["id"], signed.delivery_id):
            return Reply(200, {"status": "already taken"})
        if rows.too_many(tx, source):
            said = f"At most {rows.MOST_A_MINUTE} deliveries a minute are taken: put more events into each."
            return Reply(429, {"error": said}, retry_after=60)
        return None

    def _take_in(self, tx: Tx, source: RowMapping, poll: Poll) -> int:
        self.terms.note(tx, source["id"], poll.items)
        taken = take_in(tx, source, poll, watching(tx))
        return taken.items + taken.readings

    def _source(self, tx: Tx, source_id: int) -> RowMapping | None:
        mine = (sources.c.id == source_id) & sources.c.enabled & sources.c.kind.in_(self.kinds)
        return tx.row(select(sources).where(mine))

    def _count(self, source_id: int, reason: str, now: datetime) -> None:
        """Remember that somebody knocked. The first time at once, then at most every few seconds."""
        with self._lock:
            waiting = self._uncounted.setdefault(source_id, _Uncounted())
            waiting.number += 1
            waiting.reason = reason
            if waiting.written_at is not None and now - waiting.written_at < COUNT_EVERY:
                return
            number, waiting.number, waiting.written_at = waiting.number, 0, now
        with self.store.write() as tx:
            rows.count(tx, source_id, rows.State.UNSIGNED, number, reason)
