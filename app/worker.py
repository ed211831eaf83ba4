"""The worker: a ticker that asks, again and again, what is due.

APScheduler only ticks, in memory; what is due lives in the tables and is claimed there. Kill this process at any
instant and start it again, or run several of them: the tables decide who does what. Each duty has its own thread and
never overlaps itself; an error in one is logged and the next tick tries again.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from app.views import weekly
from app.wiring import House
from data.errors import Refused, StorageError
from monitors.discovery import Known, propose
from monitors.rollup import roll_up
from monitors.watch import look_for_spikes, newest_arrival
from workflow import drill, hold, second_looks
from workflow.brand import has_brand
from workflow.calls import forget
from workflow.escalation import anything_to_escalate, escalate
from workflow.judge import judge_open_alerts
from workflow.measuring import advice, cascade, forecasting
from workflow.mutes import any_over, end_mutes
from workflow.quiet import anything_to_tell, deliver
from workflow.rejudging import Queue
from workflow.schedule import any_unsigned, expire_unsigned
from workflow.tone import read_tone, watch_mood
from workflow.triage import any_to_wake, wake_snoozed

log = logging.getLogger(__name__)

# Sources read side by side, so that a slow one does not hold up the rest (ours).
READERS = 3
# They look so much more often than the others: nothing is due is one small read, and each tick delays what they bring.
SOONER = 4
# An hour is looked at: a minute more or less changes little in it (ours).
DISCOVER_EVERY = timedelta(minutes=1)
# Minutes are kept for days; letting go of the oldest can wait for an hour (ours).
TIDY_EVERY = timedelta(hours=1)
# A mood is a matter of hours; half a minute is soon enough (ours).
MOOD_EVERY = timedelta(seconds=30)
# Figures come every few minutes; what follows from them may take some seconds (ours).
ADVISE_EVERY = timedelta(seconds=10)


class Worker:
    """Runs the duties until told to stop."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.stopping = threading.Event()
        self.fetcher = house.fetcher()
        self.poller = house.poller(self.fetcher)
        self.streams = house.stream_runner()
        self.outbox = house.outbox()
        self.queue = Queue(house.store, house.scorer)
        self.caller = house.caller(self.fetcher)
        self.remover = house.remover()
        self.finder = house.finder()
        self.collector = house.collector()
        self._watched: tuple[int, int] | None = None
        self._braked: tuple[int, int] | None = None
        self._watching = threading.Lock()
        self._braking = threading.Lock()
        self._discovered: datetime | None = None
        self._known = Known()
        self._felt: datetime | None = None
        self._advised: datetime | None = None
        self._tidied: datetime | None = None
        self._read_to: int | None = None
        self._judged_to: int | None = None

    def run(self) -> None:
        """Tick until a signal says stop; the tick that is running is finished first."""
        for what in (signal.SIGINT, signal.SIGTERM):
            signal.signal(what, self._stop)
        ticker = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(len(self.duties()) + 1)})
        for name, duty in self.duties().items():
            ticker.add_job(
                self._guarded,
                "interval",
                args=[name, duty],
                seconds=self.house.settings.tick_seconds / (SOONER if name.startswith("read") else 1),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
                id=name,
            )
        ticker.start()
        log.info("worker started")
        self.stopping.wait()
        ticker.shutdown(wait=True)
        self.streams.stop()
        self.fetcher.close()
        self.house.store.close()
        log.info("worker stopped")

    def duties(self) -> dict[str, Callable[[], object]]:
        """What a worker does, by name. Publishing and holding have threads of their own: neither waits for a feed."""
        readers = {f"read {n}": self.read for n in range(1, READERS + 1)}
        own = {"watch": self.watch, "judge": self.judge, "discover": self.discover, "publish": self.publish}
        own |= {"take down": self.take_down, "requeue": self.requeue, "collect": self.collect}
        own |= {"look up": self.look_up, "advise": self.advise}
        return {**readers, "follow": self.follow, **own, "mood": self.mood, "tell": self.tell, "tidy": self.tidy}

    def read(self) -> None:
        """Read every due source, and look at once at what it brought: an alert does not wait for the next tick."""
        while not self.stopping.is_set() and (taken := self.poller.poll_one()) is not None:
            if taken.items or taken.readings:
                self.watch()

    def follow(self) -> None:
        """Begin to follow every stream that is due; each goes on in a thread of its own until it ends."""
        if not self.stopping.is_set():
            self.streams.start_due()

    def watch(self) -> None:
        """Look for darkness, then for spikes, in whatever came in since the last look – or before this worker began.

        Alerts fail open: while the look for darkness fails, spikes are looked for all the same, and the failure is
        raised afterwards. Both are tried again at the next tick.
        """
        with self._watching:
            newest = newest_arrival(self.house.store)
            if newest != self._watched:
                try:
                    self.brake()
                finally:
                    look_for_spikes(self.house.store, self._watched[0] if self._watched else 0)
                self._watched = newest

    def brake(self) -> None:
        """Open every hold that what has come in calls for. One look at a time; nothing to do when nothing came."""
        with self._braking:
            newest = newest_arrival(self.house.store)
            if newest != self._braked:
                hold.watch(self.house.store, self.house.scorer)
                self._braked = newest

    def judge(self) -> None:
        """Give new alerts their verdict, wake snoozed ones, end mutes, tell what was kept, see to drafts in review."""
        judge_open_alerts(self.house.store, self.house.scorer)
        hold.heed(self.house.store)
        # What a hold has just stopped waits for its end; what else the new verdicts ask of people comes after it.
        self._judged_to = second_looks.look(self.house.store, self._judged_to)
        with self.house.store.read() as tx:
            # Each second in each worker: who has nothing to write keeps no other writer waiting.
            due = any_to_wake(tx) or any_over(tx) or anything_to_tell(tx) or any_unsigned(tx)
            due = due or anything_to_escalate(tx)
        if due:
            with self.house.store.write() as tx:
                wake_snoozed(tx)
                end_mutes(tx)
                deliver(tx)
                expire_unsigned(tx)
                escalate(tx)

    def mood(self) -> None:
        """Twice a minute: read a sample of the newest posts, and see whether the mood about anything falls."""
        now = self.house.store.now()
        if self._felt is None or now - self._felt >= MOOD_EVERY:
            self._felt = now
            self._read_to = read_tone(self.house.store, self.house.scorer, self._read_to).newest
            watch_mood(self.house.store)

    def advise(self) -> None:
        """Foretell, keep what the answers ask for, and tend the cascade. It sends nothing and spends nothing."""
        now = self.house.store.now()
        if self._advised is None or now - self._advised >= ADVISE_EVERY:
            self._advised = now
            advice.advise(self.house.store)
            self.house.refresh_channels()
            cascade.tend(self.house.store, self.house.ways_on())
            forecasting.foretell(self.house.store)

    def requeue(self) -> None:
        """Judge the waiting posts anew by what has come in. In a thread of its own: a long queue delays no post."""
        self.queue.look()

    def take_down(self) -> None:
        """Delete what people decided to delete: a thread of its own, which waits for no hold and no other duty."""
        self.house.refresh_channels()
        self.remover.remove_due(self.stopping.is_set)

    def look_up(self) -> None:
        """Ask platforms about posts of unknown outcome. In a thread of its own: a slow platform delays no post."""
        self.house.refresh_channels()
        self.finder.look_up_due(self.stopping.is_set)

    def collect(self) -> None:
        """Read back what became of publications. In a thread of its own: a slow platform delays no post."""
        self.house.refresh_channels()
        self.collector.collect_due(self.stopping.is_set)

    def tidy(self) -> None:
        """Once an hour: let go of what is too old to be asked for; on Monday morning, count the week that is over."""
        now = self.house.store.now()
        if self._tidied is None or now - self._tidied >= TIDY_EVERY:
            roll_up(self.house.store, self.stopping.is_set)
            forget(self.house.store)
            weekly.make_due(self.house.store)
            self._tidied = now

    def discover(self) -> None:
        """Once a minute: store the terms that were heard, and propose those that rise and nobody watches."""
        now = self.house.store.now()
        if self._discovered is None or now - self._discovered >= DISCOVER_EVERY:
            self._discovered = now
            with self.house.store.write() as tx:
                self.house.terms.flush(tx)
            propose(self.house.store, self._known)

    def tell(self) -> None:
        """Send what people and other programs are to be told outside. In a thread of its own: some answer slowly."""
        self.caller.call_due(self.stopping.is_set)

    def publish(self) -> None:
        """Send what is due, through the gate – but never before what has come in was looked at for darkness.

        A look that fails raises, and nothing is sent: publishing fails closed.
        """
        self.house.refresh_channels()
        self.brake()
        drill.tick(self.house.store, self.outbox.owner)
        self.outbox.publish_due(self.stopping.is_set)

    def _guarded(self, name: str, duty: Callable[[], object]) -> None:
        try:
            if has_brand(self.house.store):
                duty()
        except StorageError as error:
            log.error("%s: %s (%s)", name, error.message, error.cause)
        except Refused as error:
            log.error("%s: %s", name, error.message)
        except Exception:
            # The edge of the loop: a duty with a bug must not take the others with it.
            log.exception("%s failed", name)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping.set()
        self.fetcher.stop_waiting()
        self.streams.door.stop()
