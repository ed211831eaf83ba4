"""When a source that does not answer is slowed, and when it is switched off: pure, `now` and the row's facts passed in.

All numbers are ours. A source whose owner says "gone for good" is switched off at once; any other after a day of
failures – but only while something else still answers, or else a broken network of our own would switch off
everything there is. A source of official warnings is never switched off by us: the brake listens to it, so it is
slowed less, and its silence is said loudly.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_WAIT = timedelta(hours=1)
LONGEST_OFFICIAL_WAIT = timedelta(minutes=10)
OFF_AFTER = timedelta(days=1)
OFF_AFTER_FAILURES = 12
# An official source that has been silent for so long is said on every page.
LOUD_AFTER = timedelta(minutes=15)
# Something else answered so lately that the fault is not our own network's.
LATELY = timedelta(hours=1)
# Waits are lengthened by up to this share, each by its own, so that what failed together does not come back together.
SPREAD = 0.2


@dataclass(frozen=True)
class Trouble:
    """A source that failed again. `since`: its first failure in a row; `failures`: this one included."""

    failures: int
    since: datetime
    official: bool
    gone: bool = False
    others_answer: bool = True


def backoff(interval: timedelta, failures: int, longest: timedelta = LONGEST_WAIT) -> timedelta:
    """How long to wait after so many failures in a row: the interval, doubled each time, `longest` at most."""
    doubled: timedelta = interval * 2 ** min(failures, 12)
    return min(doubled, max(longest, interval))


def spread(wait: timedelta, source_id: int, failures: int) -> timedelta:
    """The wait and a share of it that looks random and is not: the same source and failure get the same one."""
    drawn = hashlib.blake2b(f"{source_id}:{failures}".encode(), digest_size=4).digest()
    return wait * (1 + SPREAD * int.from_bytes(drawn) / 2**32)


def wait_after(trouble: Trouble, interval: timedelta, source_id: int) -> timedelta:
    """When a failing source is asked again."""
    longest = LONGEST_OFFICIAL_WAIT if trouble.official else LONGEST_WAIT
    return spread(backoff(interval, trouble.failures, longest), source_id, trouble.failures)


def why_off(trouble: Trouble, said: str, now: datetime) -> str:
    """Why the product switches the source off now; empty while it does not."""
    if trouble.official:
        return ""
    if trouble.gone:
        return said
    lasting = now - trouble.since >= OFF_AFTER and trouble.failures >= OFF_AFTER_FAILURES
    if lasting and trouble.others_answer:
        return f"It failed {trouble.failures} times in a row for more than a day. The last time: {said}"
    return ""


def is_loud(official: bool, since: datetime | None, now: datetime) -> bool:
    """Whether a failing source's silence has to be said on every page."""
    return official and since is not None and now - since >= LOUD_AFTER


def re_anchored(polled_at: datetime, next_poll_at: datetime, now: datetime) -> datetime:
    """When a source is due whose last reading lies ahead of the clock: it was set back, and the wait begins anew."""
    return now + max(next_poll_at - polled_at, timedelta())
