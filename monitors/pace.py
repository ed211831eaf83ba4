"""How often one host is asked: a least gap between two requests to it, however many sources lead there.

Apart from `fetch.py` because it is a clock and a memory, not HTTP. The memory is this process's own: two workers
keep the gap each for itself.
"""

from __future__ import annotations

import ipaddress
import threading
import time

import httpx

from data.errors import FetchError
from monitors.guard import Deadline, is_allowed

MOST_HOSTS = 1_000  # remembered at once; past that, those whose gap is over are forgotten


class NotNow(FetchError):
    """Nothing was asked: it is not this request's turn. No fault of the source."""


class Pace:
    """Gives each request to a host its turn; safe to share between threads. Waiting ends at once when it is closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._free_at: dict[str, float] = {}  # by host, on the monotonic clock

    def take_turn(self, host: str, gap: float, deadline: Deadline) -> None:
        """Wait until `host` was left alone for the gap of the request before, then claim `gap` seconds for this one.

        Raises `NotNow` when the turn would come after the deadline, or when we are closed while waiting.
        """
        wait = self._claim(host.casefold(), gap, deadline.left())
        if wait is None:
            raise NotNow(
                f"Too many of our sources read from {host} at once: this one waits for its next time.",
                f"no turn within {deadline.left():.1f} seconds",
            )
        if wait > 0 and self._closed.wait(wait):
            raise NotNow("Tact is stopping: this source is read after the next start.")

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._closed.set()

    def _claim(self, host: str, gap: float, patience: float) -> float | None:
        """Seconds until our turn, which is then ours; None, and nothing claimed, where it comes too late."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._free_at.get(host, now))
            if turn - now >= patience:
                return None
            if len(self._free_at) >= MOST_HOSTS:
                self._free_at = {name: until for name, until in self._free_at.items() if until > now}
            self._free_at[host] = turn + gap
            return turn - now


def is_paced(url: httpx.URL, allowed: frozenset[str]) -> bool:
    """Whether the gap holds for `url`: everywhere but on loopback addresses that were named as private and welcome."""
    port = url.port or (443 if url.scheme == "https" else 80)
    return not (is_allowed(url.host, port, allowed) and _is_loopback(url.host))


def _is_loopback(host: str) -> bool:
    name = host.strip("[]").casefold().rstrip(".")
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
