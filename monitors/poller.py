"""Polling what is due: claim a source with a lease, read it, and save everything it gave in one transaction.

What is due lives in the table (`next_poll_at`), so a worker that dies forgets nothing: when its lease has run out
another takes the source. The fencing number makes the old worker's late answer worthless.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import RowMapping, or_, select, update

from data.errors import BadInput, FetchError, StorageError, TactError
from data.storage.seal import Seal
from data.storage.store import Store, Tx
from data.storage.tables import sources
from monitors.fetch import Answered, Fetcher
from monitors.heard import Terms
from monitors.intake import TakenIn, take_in, watching
from monitors.sources import Poll, PollState, Source

log = logging.getLogger(__name__)

# Longer than the door's total deadline for one answer (30 s), three times over, for sources that ask several times.
LEASE = timedelta(seconds=100)
# A failing source is asked less and less often, up to this (ours).
LONGEST_BACKOFF = timedelta(hours=1)


@dataclass(frozen=True)
class Claimed:
    """A source that is ours to read until its lease ends."""

    row: RowMapping
    fence: int


class Poller:
    """Reads sources. Any number of these may run on one store."""

    def __init__(
        self,
        store: Store,
        kinds: Mapping[str, Source],
        fetcher: Fetcher,
        owner: str,
        seal: Seal | None = None,
        terms: Terms | None = None,
    ) -> None:
        self.terms = terms or Terms()
        self.store = store
        self.kinds = kinds
        self.fetcher = fetcher
        self.owner = owner
        self.seal = seal or Seal()

    def poll_one(self) -> TakenIn | None:
        """Read the source that has been due the longest; None when none is due."""
        claimed = self._claim()
        if claimed is None:
            return None
        try:
            poll = self._read(claimed.row)
            return self._save(claimed, poll)
        except StorageError:
            raise  # the store is in trouble, not the source: nothing can be noted, and the lease runs out by itself
        except TactError as error:
            log.warning("source %s: %s (%s)", claimed.row["name"], error.message, error.cause)
            asked = error.retry_after if isinstance(error, Answered) else None
            self._note_failure(claimed, error.message, asked)
            return TakenIn()
        except Exception:
            # The edge of the loop: one source with a bug must not stop the others; the lease keeps it from spinning.
            log.exception("source %s failed", claimed.row["name"])
            self._note_failure(claimed, "Something went wrong inside Tact; the log has the cause.")
            return TakenIn()

    def _claim(self) -> Claimed | None:
        with self.store.write() as tx:
            row = tx.row(
                select(sources)
                .where(
                    sources.c.enabled,
                    sources.c.next_poll_at <= tx.now,
                    or_(sources.c.lease_until.is_(None), sources.c.lease_until < tx.now),
                    sources.c.kind.in_(self.kinds),
                )
                .order_by(sources.c.next_poll_at, sources.c.id)
                .limit(1)
            )
            if row is None:
                return None
            fence = row["fence"] + 1
            lease = {"lease_owner": self.owner, "lease_until": tx.now + LEASE, "fence": fence}
            tx.run(update(sources).where(sources.c.id == row["id"]).values(**lease))
            return Claimed(row, fence)

    def _read(self, row: RowMapping) -> Poll:
        state = PollState(etag=row["etag"], last_modified=row["last_modified"], cursor=row["cursor"])
        return self.kinds[row["kind"]].poll(self.seal.config_of(row), state, self.fetcher, self.store.now())

    def _save(self, claimed: Claimed, poll: Poll) -> TakenIn:
        try:
            return self._take_in(claimed, poll)
        except BadInput as error:
            sentence = "Something that came back cannot be stored: it is too long, too large or unreadable."
            raise FetchError(sentence, cause=error.cause) from error

    def _take_in(self, claimed: Claimed, poll: Poll) -> TakenIn:
        row = claimed.row
        with self.store.write() as tx:
            if not self._still_ours(tx, claimed):
                return TakenIn()
            self.terms.note(tx, row["id"], poll.items)
            taken = take_in(tx, row, poll, watching(tx))
            wait = max(timedelta(seconds=row["interval_seconds"]), poll.next_poll_after or timedelta())
            self._release(
                tx,
                row["id"],
                next_poll_at=tx.now + wait,
                polled_at=tx.now,
                succeeded_at=tx.now,
                failures=0,
                last_message=_said(taken, poll.trouble),
                etag=poll.state.etag,
                last_modified=poll.state.last_modified,
                cursor=dict(poll.state.cursor),
            )
            return taken

    def _note_failure(self, claimed: Claimed, message: str, asked: timedelta | None = None) -> None:
        """Wait longer after each failure, and never less than the server asked for (`Retry-After`)."""
        with self.store.write() as tx:
            if self._still_ours(tx, claimed):
                failures = claimed.row["failures"] + 1
                wait = backoff(timedelta(seconds=claimed.row["interval_seconds"]), failures)
                wait = max(wait, asked or timedelta())
                self._release(
                    tx,
                    claimed.row["id"],
                    next_poll_at=tx.now + wait,
                    polled_at=tx.now,
                    failures=failures,
                    last_message=message,
                )

    def _still_ours(self, tx: Tx, claimed: Claimed) -> bool:
        return bool(tx.value(select(sources.c.fence).where(sources.c.id == claimed.row["id"])) == claimed.fence)

    def _release(self, tx: Tx, source_id: int, **values: object) -> None:
        lease = {"lease_owner": None, "lease_until": None}
        tx.run(update(sources).where(sources.c.id == source_id).values(**lease, **values))


def backoff(interval: timedelta, failures: int) -> timedelta:
    """How long to wait after so many failures in a row: the interval, doubled each time, an hour at most."""
    longest = max(LONGEST_BACKOFF, interval)
    doubled: timedelta = interval * 2 ** min(failures, 12)
    return min(doubled, longest)


def _said(taken: TakenIn, trouble: Sequence[str]) -> str:
    parts = [(taken.items, "item"), (taken.readings, "reading")]
    new = ", ".join(f"{n} {word}{'s' if n > 1 else ''}" for n, word in parts if n)
    return " ".join([f"New: {new}." if new else "Nothing new.", *trouble])
