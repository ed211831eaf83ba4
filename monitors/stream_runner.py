"""Following streams: claim one with a lease, listen, and save each batch with its cursor in one transaction.

The poller's sibling, apart from it because a stream holds its claim for hours. Its lease is renewed with what it
saves, every few seconds at the latest; a worker that freezes loses it, another takes the stream where the last saved
batch ended, and the fencing number makes the frozen one's late batch worthless. What was read and not saved is read
again. Each stream has a thread of its own, so that none holds up another, nor the worker's other duties.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select, update

from data.errors import BadInput, StorageError, TactError
from data.storage.seal import Seal
from data.storage.store import Store, Tx
from data.storage.tables import sources
from monitors.fetch import Answered
from monitors.heard import Terms
from monitors.intake import take_in, watching
from monitors.listening import StreamEnded, StreamStopped
from monitors.poller import brings, is_due, lag
from monitors.sources import Poll, PollState, Stream
from monitors.streaming import StreamDoor
from workflow import source_health
from workflow.rules.health import spread
from workflow.source_health import Failure

log = logging.getLogger(__name__)

# All of these are ours. The lease outlasts trying four hosts in turn, none of which answers.
LEASE = timedelta(seconds=60)
RENEW = timedelta(seconds=5)
MOST_STREAMS = 16  # followed by one worker
# Where a connection that had lasted ends, we are back this soon; one that fails at once waits like a failing poll.
SOON = timedelta(seconds=2)
MINUTE = timedelta(minutes=1)
LONGEST_MESSAGE = 1_000


class NotOurs(Exception):
    """Another worker follows this stream now, or it is gone."""


@dataclass
class Pulse:
    """What the last minute brought: for the sentence on the source's page."""

    since: datetime
    _minute: deque[tuple[datetime, tuple[int, int, int]]] = field(default_factory=deque)

    def beat(self, at: datetime, came: int, kept: int, skipped: int) -> None:
        """Note a batch, and forget what is older than a minute."""
        self._minute.append((at, (came, kept, skipped)))
        while self._minute[0][0] <= at - MINUTE:
            self._minute.popleft()

    def words(self, trouble: tuple[str, ...] = ()) -> str:
        """How it goes, in a sentence or two."""
        came, kept, skipped = (sum(numbers[part] for _, numbers in self._minute) for part in range(3))
        numbers = f"{came:,} read, {kept:,} matched" + (f", {skipped:,} unreadable" if skipped else "")
        told = f"Connected since {self.since:%d %b %H:%M} UTC. In the last minute: {numbers}."
        return " ".join([told, *trouble])[:LONGEST_MESSAGE]


@dataclass
class Claim:
    """A stream that is ours as long as `fence` is the newest. `pulse` comes with the first sign of a connection."""

    row: RowMapping
    fence: int
    state: PollState
    renewed: datetime
    pulse: Pulse | None = None


class StreamRunner:
    """Follows streams. Any number of these may run on one store: each stream is followed by one of them."""

    def __init__(
        self,
        store: Store,
        kinds: Mapping[str, Stream],
        door: StreamDoor,
        owner: str,
        seal: Seal | None = None,
        terms: Terms | None = None,
    ) -> None:
        self.store = store
        self.kinds = kinds
        self.door = door
        self.owner = owner
        self.seal = seal or Seal()
        self.terms = terms or Terms()
        self._threads: dict[int, threading.Thread] = {}

    # --- the worker's side ---------------------------------------------------------------------------------------

    def start_due(self) -> int:
        """Begin to follow every stream that is due and that nobody follows; how many were begun."""
        self._threads = {source: thread for source, thread in self._threads.items() if thread.is_alive()}
        begun = 0
        while len(self._threads) < MOST_STREAMS and (claim := self.claim()) is not None:
            name = f"stream {claim.row['name']}"
            thread = threading.Thread(target=self._guarded, args=[claim], name=name, daemon=True)
            self._threads[claim.row["id"]] = thread
            thread.start()
            begun += 1
        return begun

    def stop(self, patience: float = 5.0) -> None:
        """End every stream and wait for it; each is free for another worker at once."""
        self.door.stop()
        for thread in self._threads.values():
            thread.join(patience)

    def _guarded(self, claim: Claim) -> None:
        try:
            self.follow(claim)
        except StorageError as error:
            # Nothing can be noted; the lease runs out by itself, and the stream goes on from its last saved batch.
            log.error("stream %s: %s (%s)", claim.row["name"], error.message, error.cause)
        except Exception:
            # The edge of the thread: whatever went wrong with noting a failure must be seen in the log.
            log.exception("stream %s failed", claim.row["name"])

    # --- one stream ----------------------------------------------------------------------------------------------

    def claim(self) -> Claim | None:
        """Take the stream that has been due the longest; None when none is due and free."""
        with self.store.read() as tx:  # most looks find nothing: they need not wait for whoever writes
            if tx.value(select(sources.c.id).where(is_due(self.kinds, tx.now, LEASE)).limit(1)) is None:
                return None
        with self.store.write() as tx:
            source_health.mind_the_clock(tx)
            found = select(sources).where(is_due(self.kinds, tx.now, LEASE)).order_by(sources.c.next_poll_at)
            row = tx.row(found.order_by(sources.c.id).limit(1))
            if row is None:
                return None
            fence = row["fence"] + 1
            lease = {"lease_owner": self.owner, "lease_until": tx.now + LEASE, "fence": fence, "polled_at": tx.now}
            tx.run(update(sources).where(sources.c.id == row["id"]).values(**lease))
            state = PollState(row["etag"], row["last_modified"], row["cursor"])
            return Claim(row, fence, state, tx.now)

    def follow(self, claim: Claim) -> None:
        """Listen and save until it ends, however it ends; then leave the stream free, due when it should be."""
        try:
            self._listen(claim)
            self._note_end(claim, StreamEnded("The stream ended: we connect again."))
        except NotOurs:
            log.info("stream %s: another worker follows it now", claim.row["name"])
        except StreamStopped as stopped:
            self._hand_back(claim, stopped.message)
        except StorageError:
            raise
        except TactError as error:
            log.warning("stream %s: %s (%s)", claim.row["name"], error.message, error.cause)
            self._note_end(claim, error)
        except Exception:
            # The edge of the loop: one stream with a bug must not be followed over and over without a pause.
            log.exception("stream %s failed", claim.row["name"])
            self._note_end(claim, TactError("Something went wrong inside Tact; the log has the cause."))

    def _listen(self, claim: Claim) -> None:
        kind = self.kinds[claim.row["kind"]]
        with closing(kind.follow(self.seal.config_of(claim.row), claim.state, self.door)) as polls:
            for poll in polls:
                try:
                    self._save(claim, poll)
                except BadInput as error:
                    log.warning("stream %s: %s (%s)", claim.row["name"], error.message, error.cause)
                    self._save_what_fits(claim, poll)

    def _save_what_fits(self, claim: Claim, poll: Poll) -> None:
        """One by one, so that a post that no database can hold does not keep the stream at its place for ever."""
        misfits = 0
        for item in poll.items:
            try:
                self._save(claim, replace(poll, items=(item,), readings=(), state=claim.state, skipped=0))
            except BadInput:
                misfits += 1
        self._save(claim, replace(poll, items=(), skipped=poll.skipped + misfits))

    def _save(self, claim: Claim, poll: Poll) -> None:
        """A batch, its cursor and the lease together. An empty one only renews the lease, every few seconds."""
        if self._is_quiet(claim, poll):
            return
        self.terms.prepare()
        with self.store.write() as tx:
            self._check(tx, claim)
            self.terms.note(tx, claim.row["id"], poll.items)
            taken = take_in(tx, claim.row, poll, watching(tx), keep_unmatched=False)
            pulse = claim.pulse or Pulse(tx.now)
            pulse.beat(tx.now, len(poll.items), taken.items, poll.skipped)
            self._write(
                tx,
                claim,
                lease_until=tx.now + LEASE,
                polled_at=tx.now,
                succeeded_at=tx.now,
                last_message=pulse.words(poll.trouble),
                cursor=dict(poll.state.cursor),
                etag=poll.state.etag,
                last_modified=poll.state.last_modified,
                **({**source_health.WELL, "lag_seconds": lag(poll, tx.now)} if poll.items else {}),
            )
            renewed = tx.now
        claim.renewed, claim.state, claim.pulse = renewed, poll.state, pulse

    def _is_quiet(self, claim: Claim, poll: Poll) -> bool:
        """Nothing to save, and the lease still long."""
        if claim.pulse is None or poll.items or poll.readings or poll.skipped:
            return False
        return abs(self.store.now() - claim.renewed) < RENEW

    def _check(self, tx: Tx, claim: Claim) -> None:
        """Raises `NotOurs` when another worker has taken the stream, `StreamStopped` when a person has changed it."""
        row = self._ours(tx, claim)
        if row is None:
            raise NotOurs
        if not row["enabled"]:
            raise StreamStopped("Not connected: the source is switched off.")
        if any(row[name] != claim.row[name] for name in ("config", "secrets")):
            raise StreamStopped("The settings were changed: we connect again.")

    # --- how it ends ---------------------------------------------------------------------------------------------

    def _note_end(self, claim: Claim, error: TactError) -> None:
        """Due again soon where the connection had lasted; where it fails again and again, slowed like any source."""
        with self.store.write() as tx:
            row = self._ours(tx, claim)
            if row is None:
                return
            asked = error.retry_after if isinstance(error, (Answered, StreamEnded)) else None
            lasting = timedelta(seconds=row["interval_seconds"])
            if claim.pulse is not None and tx.now - claim.pulse.since >= lasting:
                wait = max(spread(SOON, row["id"], claim.fence), asked or timedelta())
                values = {**source_health.WELL, "last_message": error.message, "next_poll_at": tx.now + wait}
            else:
                official = brings(self.kinds[row["kind"]], row["config"]) == "official"
                gone = isinstance(error, Answered) and error.gone
                values = source_health.failed(tx, row, Failure(error.message, official, gone, asked or timedelta()))
            self._free(tx, claim, **values)

    def _hand_back(self, claim: Claim, message: str) -> None:
        """Not followed by us any more: another worker, or we ourselves, may go on at once."""
        with self.store.write() as tx:
            if self._ours(tx, claim) is not None:
                self._free(tx, claim, next_poll_at=tx.now, last_message=message)

    def _ours(self, tx: Tx, claim: Claim) -> RowMapping | None:
        """The stream's row, as long as nobody else has taken it."""
        return tx.row(select(sources).where(sources.c.id == claim.row["id"], sources.c.fence == claim.fence))

    def _free(self, tx: Tx, claim: Claim, **values: object) -> None:
        self._write(tx, claim, lease_owner=None, lease_until=None, **values)

    def _write(self, tx: Tx, claim: Claim, **values: object) -> None:
        tx.run(update(sources).where(sources.c.id == claim.row["id"]).values(**values))
