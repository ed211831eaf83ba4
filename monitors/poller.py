"""Polling what is due: claim a source with a lease, read it, and save everything it gave in one transaction.

What is due lives in the table (`next_poll_at`), so a worker that dies forgets nothing: when its lease has run out
another takes the source. The fencing number makes the old worker's late answer worthless. All times are the
database's; where that clock is set back, waits and leases that lie further ahead than they can are not believed.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from sqlalchemy import ColumnElement, RowMapping, or_, select, update

from data.errors import BadInput, FetchError, StorageError, TactError
from data.storage.seal import Seal
from data.storage.store import Store, Tx
from data.storage.tables import sources
from monitors.fetch import Answered, Fetcher
from monitors.heard import Terms
from monitors.intake import TakenIn, take_in, watching
from monitors.pace import NotNow
from monitors.sources import Config, ItemKind, Kind, Poll, PollState, Source
from workflow import source_health
from workflow.rules.health import backoff
from workflow.source_health import Failure

__all__ = ["LEASE", "Poller", "backoff", "brings", "is_due", "is_free", "lag"]

log = logging.getLogger(__name__)

# All requests of one poll share this; what they brought is then still parsed and saved within the lease.
POLL_SECONDS = 70.0
LEASE = timedelta(seconds=100)
# One that had to wait for others at the same host comes again after this (ours).
SOON = timedelta(seconds=30)
# A lease that ends later than this was given before the clock was set back (a clock may be nudged by a little).
NUDGE = timedelta(seconds=10)


@dataclass(frozen=True)
class Claimed:
    """A source that is ours to read until its lease ends. `at`: when we began."""

    row: RowMapping
    fence: int
    at: datetime


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
        lease: timedelta = LEASE,
    ) -> None:
        self.terms = terms or Terms()
        self.store = store
        self.kinds = kinds
        self.fetcher = fetcher
        self.owner = owner
        self.seal = seal or Seal()
        self.lease = lease

    def poll_one(self) -> TakenIn | None:
        """Read the source that has been due the longest; None when none is due."""
        claimed = self._claim()
        if claimed is None:
            return None
        try:
            poll = self._read(claimed.row)
            return self._save(claimed, poll)
        except NotNow as error:
            self._hand_back(claimed, error.message)
            return TakenIn()
        except StorageError:
            raise  # the store is in trouble, not the source: nothing can be noted, and the lease runs out by itself
        except TactError as error:
            log.warning("source %s: %s (%s)", claimed.row["name"], error.message, error.cause)
            self._note_failure(claimed, error)
            return TakenIn()
        except Exception:
            # The edge of the loop: one source with a bug must not stop the others; the lease keeps it from spinning.
            log.exception("source %s failed", claimed.row["name"])
            self._note_failure(claimed, TactError("Something went wrong inside Tact; the log has the cause."))
            return TakenIn()

    def _claim(self) -> Claimed | None:
        with self.store.read() as tx:  # most looks find nothing: they need not wait for whoever writes
            if tx.value(select(sources.c.id).where(is_due(self.kinds, tx.now, self.lease)).limit(1)) is None:
                return None
        with self.store.write() as tx:
            source_health.mind_the_clock(tx)
            found = (
                select(sources)
                .where(is_due(self.kinds, tx.now, self.lease))
                .order_by(sources.c.next_poll_at, sources.c.id)
            )
            row = tx.row(found.limit(1))
            if row is None:
                return None
            fence = row["fence"] + 1
            lease = {"lease_owner": self.owner, "lease_until": tx.now + self.lease, "fence": fence}
            tx.run(update(sources).where(sources.c.id == row["id"]).values(**lease))
            return Claimed(row, fence, tx.now)

    def _read(self, row: RowMapping) -> Poll:
        state = PollState(etag=row["etag"], last_modified=row["last_modified"], cursor=row["cursor"])
        with self.fetcher.allowing(POLL_SECONDS):
            return self.kinds[row["kind"]].poll(self.seal.config_of(row), state, self.fetcher, self.store.now())

    def _save(self, claimed: Claimed, poll: Poll) -> TakenIn:
        try:
            return self._take_in(claimed, poll)
        except BadInput as error:
            sentence = "Something that came back cannot be stored: it is too long, too large or unreadable."
            raise FetchError(sentence, cause=error.cause) from error

    def _take_in(self, claimed: Claimed, poll: Poll) -> TakenIn:
        row = claimed.row
        self.terms.prepare()
        with self.store.write() as tx:
            if not self._still_ours(tx, claimed):
                return TakenIn()
            self.terms.note(tx, row["id"], poll.items)
            taken = take_in(tx, row, poll, watching(tx))
            wait = max(timedelta(seconds=row["interval_seconds"]), poll.next_poll_after or timedelta())
            self._release(
                tx,
                row["id"],
                next_poll_at=max(claimed.at + wait, tx.now),  # from one beginning to the next
                polled_at=tx.now,
                succeeded_at=tx.now,
                **source_health.WELL,
                **({"lag_seconds": lag(poll, tx.now)} if taken.items or taken.readings else {}),
                last_message=_said(taken, poll.trouble),
                etag=poll.state.etag,
                last_modified=poll.state.last_modified,
                cursor=dict(poll.state.cursor),
            )
            return taken

    def _hand_back(self, claimed: Claimed, message: str) -> None:
        """It was not asked at all, and for no fault of its own: soon again, and nothing counted against it."""
        with self.store.write() as tx:
            if self._still_ours(tx, claimed):
                self._release(tx, claimed.row["id"], next_poll_at=tx.now + SOON, last_message=message)

    def _note_failure(self, claimed: Claimed, error: TactError) -> None:
        """Slower after each failure, never sooner than the server asked for, and off when it is hopeless."""
        answered = error if isinstance(error, Answered) else None
        with self.store.write() as tx:
            if not self._still_ours(tx, claimed):
                return
            failure = Failure(
                error.message,
                official=brings(self.kinds[claimed.row["kind"]], claimed.row["config"]) == "official",
                gone=answered is not None and answered.gone,
                asked=(answered.retry_after if answered else None) or timedelta(),
            )
            values = source_health.failed(tx, claimed.row, failure)
            self._release(tx, claimed.row["id"], polled_at=tx.now, **values)

    def _still_ours(self, tx: Tx, claimed: Claimed) -> bool:
        return bool(tx.value(select(sources.c.fence).where(sources.c.id == claimed.row["id"])) == claimed.fence)

    def _release(self, tx: Tx, source_id: int, **values: object) -> None:
        lease = {"lease_owner": None, "lease_until": None}
        tx.run(update(sources).where(sources.c.id == source_id).values(**lease, **values))


def is_due(kinds: Collection[str], now: datetime, lease: timedelta) -> ColumnElement[bool]:
    """Those that are due and free; also those that were never read, or read in what is now the future."""
    late = or_(sources.c.next_poll_at <= now, sources.c.polled_at.is_(None), sources.c.polled_at > now)
    return sources.c.enabled & late & is_free(now, lease) & sources.c.kind.in_(kinds)


def is_free(now: datetime, lease: timedelta) -> ColumnElement[bool]:
    """The condition that nobody works on a source: no lease, one that has run out, or one longer than any can be."""
    return or_(
        sources.c.lease_until.is_(None), sources.c.lease_until < now, sources.c.lease_until > now + lease + NUDGE
    )


def brings(kind: Kind, config: Config) -> ItemKind:
    """What a source brings: its kind says so, or the operator where the kind leaves it open."""
    chosen = next((name for name in get_args(ItemKind) if name == config.get("item_kind")), None)
    return chosen or kind.item_kind


def lag(poll: Poll, now: datetime) -> int | None:
    """How old the newest of what came was when it was taken in, in seconds; None where nothing says its time."""
    times = [item.published_at for item in poll.items if item.published_at]
    times = times or [reading.window_end for reading in poll.readings]
    return max(0, int((now - max(times)).total_seconds())) if times else None


def _said(taken: TakenIn, trouble: Sequence[str]) -> str:
    parts = [(taken.items, "item"), (taken.readings, "reading")]
    new = ", ".join(f"{n} {word}{'s' if n > 1 else ''}" for n, word in parts if n)
    return " ".join([f"New: {new}." if new else "Nothing new.", *trouble])
