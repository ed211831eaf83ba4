"""A visit in several parts (one request for each search term): one that fails leaves the others alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from data.errors import FetchError
from monitors.fetch import JSON, Answered, Fetcher, Response, asked_wait
from monitors.guard import Deadline
from monitors.manners import quota_wait

MOST_SECONDS = 60.0  # for one visit: with the door's own deadline it stays within a worker's lease


@dataclass
class Visit:
    """One poll's requests: how long they may take together, what the server asked for, what went wrong."""

    fetcher: Fetcher
    now: datetime
    gap_seconds: float = 0.0
    bearer: str = field(default="", repr=False)
    waits: list[timedelta] = field(default_factory=list)
    failures: list[FetchError] = field(default_factory=list)
    budget: Deadline = field(default_factory=lambda: Deadline(MOST_SECONDS))

    def get(self, address: str) -> Response:
        """Ask for JSON. Raises `FetchError`, also when the visit's time is over."""
        if self.budget.over:
            raise FetchError("The server is too slow for everything that is asked of it: the rest is read next time.")
        reply = self.fetcher.get(address, now=self.now, accept=JSON, gap_seconds=self.gap_seconds, bearer=self.bearer)
        for wait in (asked_wait(reply), quota_wait(reply.headers, self.now)):
            self.waits += [wait] if wait is not None else []
        return reply

    def try_each(self, parts: Sequence[Callable[[], None]]) -> None:
        """Run the parts; stop where the server is busy or out of reach. Raises the first failure if none came through.

        The parts that were not tried after such a stop are left to the next poll.
        """
        done = 0
        for part in parts:
            try:
                part()
                done += 1
            except FetchError as error:
                self.failures.append(error)
                if isinstance(error, Answered):
                    self.waits += [error.retry_after] if error.retry_after else []
                if not isinstance(error, Answered) or error.status in (429, 503):
                    break
        if self.failures and not done:
            raise self.failures[0]

    def next_poll_after(self, least: timedelta | None = None) -> timedelta | None:
        """The longest wait that anybody asked for; `least` is the source's own."""
        return max([*self.waits, *([least] if least else [])], default=None)

    @property
    def trouble(self) -> tuple[str, ...]:
        """What went wrong, each sentence once."""
        return tuple(dict.fromkeys(error.message for error in self.failures))


@contextmanager
def explained(sentences: Mapping[int, str]) -> Iterator[None]:
    """For servers that want a key: what a refusal with one of these statuses means, and what to do about it."""
    try:
        yield
    except Answered as error:
        if error.status not in sentences:
            raise
        raise Answered(sentences[error.status], error.cause, error.status, error.retry_after) from error
