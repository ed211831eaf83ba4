"""Following streams: claim one with a lease, listen, and save each batch with its cursor in one transaction.

The poller's sibling, apart from it because a stream holds its claim for hours. Its lease is renewed with what it
saves, every few seconds at the latest; a worker that freezes loses it, another takes the stream where the last saved
batch ended, and the fencing number makes the frozen one's late batch worthless. What was read and not saved is read
again. Each stream has a thread of its own, so that none holds up another, nor the worker's other duties.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, or_, select, update

from data.errors import BadInput, StorageError, TactError
from data.storage.seal import Seal
from data.storage.store import Store, Tx
from data.storage.tables import monitors, sources
from monitors.fetch import Answered
from monitors.heard import Terms
from monitors.intake import Watching, take_in, watching
from monitors.listening import StreamEnded, StreamStopped
from monitors.poller import backoff
from monitors.sources import Poll, PollState, Stream
from monitors.streaming import StreamDoor

log = logging.getLogger(__name__)

# All of these are ours. The lease outlasts a slow save; its renewal leaves room for several to fail.
LEASE = timedelta(seconds=30)
RENEW = timedelta(seconds=5)
MOST_STREAMS = 16  # followed by one worker
# Where a connection that had lasted ends, we are back this soon; one that fails at once waits like a failing poll.
SOON = timedelta(seconds=2)
MINUTE = timedelta(minutes=1)
LONGEST_MESSAGE = 1_000
_DICE = random.SystemRandom()  # so that many streams that lost their network do not all come back at once


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
    failures: int
    pulse: Pulse | None = None


class _Monitors:
    """What is watched, read again only where a monitor has changed."""

    def __init__(self) -> None:
        self._last: tuple[str, Watching] | None = None

    def now(self, tx: Tx) -> Watching:
        rows = tx.rows(select(monitors).where(monitors.c.enabled).order_by(monitors.c.id))
        looks = repr([tuple(row.values()) for row in rows])
        if self._last is None or self._last[0] != looks:
            self._last = (looks, watching(tx))
        return self._last[1]


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
        self._monitors = _Monitors()

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
            lease = {"lease_owner": self.owner, "lease_until": tx.now + LEASE, "fence": fence, "polled_at": tx.now}
            tx.run(update(sources).where(sources.c.id == row["id"]).values(**lease))
            state = PollState(row["etag"], row["last_modified"], row["cursor"])
            return Claim(row, fence, state, tx.now, row["failures"])

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
        with self.store.write() as tx:
            self._check(tx, claim)
            self.terms.note(tx, claim.row["id"], poll.items)
            taken = take_in(tx, claim.row, poll, self._monitors.now(tx), keep_unmatched=False)
            pulse = claim.pulse or Pulse(tx.now)
            pulse.beat(tx.now, len(poll.items), taken.items, poll.skipped)
            failures = 0 if poll.items else claim.failures
            self._write(
                tx,
                claim,
                lease_until=tx.now + LEASE,
                succeeded_at=tx.now,
                failures=failures,
                last_message=pulse.words(poll.trouble),
                cursor=dict(poll.state.cursor),
                etag=poll.state.etag,
                last_modified=poll.state.last_modified,
                **_lag(poll, tx.now),
            )
            renewed = tx.now
        claim.renewed, claim.state, claim.failures, claim.pulse = renewed, poll.state, failures, pulse

    def _is_quiet(self, claim: Claim, poll: Poll) -> bool:
        """Nothing to save, and the lease still long."""
        if claim.pulse is None or poll.items or poll.readings or poll.skipped:
            return False
        return abs(self.store.now() - claim.renewed) < RENEW

    def _check(self, tx: Tx, claim: Claim) -> None:
        """Raises `NotOurs` when another worker has taken the stream, `StreamStopped` when a person has changed it."""
        row = tx.row(select(sources).where(sources.c.id == claim.row["id"]))
        if row is None or row["fence"] != claim.fence:
            raise NotOurs
        if not row["enabled"]:
            raise StreamStopped("Not connected: the source is switched off.")
        if any(row[name] != claim.row[name] for name in ("config", "secrets")):
            raise StreamStopped("The settings were changed: we connect again.")

    # --- how it ends ---------------------------------------------------------------------------------------------

    def _note_end(self, claim: Claim, error: TactError) -> None:
        """Due again soon where the connection had lasted; where it fails again and again, later and later."""
        with self.store.write() as tx:
            if not self._fits(tx, claim):
                return
            interval = timedelta(seconds=claim.row["interval_seconds"])
            lasted = claim.pulse is not None and tx.now - claim.pulse.since >= interval
            failures = 0 if lasted else claim.failures + 1
            wait = SOON if lasted else backoff(interval, failures - 1)
            asked = error.retry_after if isinstance(error, (Answered, StreamEnded)) else None
            self._free(
                tx,
                claim,
                next_poll_at=tx.now + max(wait * _DICE.uniform(1.0, 1.2), asked or timedelta()),
                failures=failures,
                last_message=error.message,
            )

    def _hand_back(self, claim: Claim, message: str) -> None:
        """Not followed by us any more: another worker, or we ourselves, may go on at once."""
        with self.store.write() as tx:
            if self._fits(tx, claim):
                self._free(tx, claim, next_poll_at=tx.now, last_message=message)

    def _fits(self, tx: Tx, claim: Claim) -> bool:
        return bool(tx.value(select(sources.c.fence).where(sources.c.id == claim.row["id"])) == claim.fence)

    def _free(self, tx: Tx, claim: Claim, **values: object) -> None:
        self._write(tx, claim, lease_owner=None, lease_until=None, **values)

    def _write(self, tx: Tx, claim: Claim, **values: object) -> None:
        tx.run(update(sources).where(sources.c.id == claim.row["id"]).values(**values))


def _lag(poll: Poll, now: datetime) -> dict[str, int]:
    """How old the newest of a batch was when it was taken in; nothing where it says no time."""
    newest = max((item.published_at for item in poll.items if item.published_at is not None), default=None)
    return {} if newest is None else {"lag_seconds": max(0, int((now - newest).total_seconds()))}
