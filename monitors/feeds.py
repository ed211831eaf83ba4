"""Opens what `fetch.py` brought: RSS, Atom and JSON Feed as plain entries, other XML as rows of fields.

The parsing itself, and all that looks at a feed's inside, happens in child processes with limits (`parse_child.py`),
because a feed can be built to eat memory and time. A child is started when none is idle, so that a tangled feed holds
up nobody else's, and kept for the next feed; one that dies, is too slow or has grown large is not. What it answers is
read up to a size only.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from data.children import Child
from data.errors import FetchError
from monitors import json_feed
from monitors.parse_child import MOST_ANSWER
from monitors.trim import MOST_BYTES

_CHILD = "monitors.parse_child"
Row = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Entry:
    """One entry in plain text. `external_id`: the feed's id, else the link, else a hash. Dates in UTC, never ahead.

    `warning` holds the fields of an official warning (CAP's names in lower case), where the entry is one.
    """

    external_id: str
    title: str
    summary: str
    url: str
    author: str
    published_at: datetime | None
    language: str | None
    categories: tuple[str, ...]
    warning: Mapping[str, str]

    @property
    def text(self) -> str:
        """Title and summary, as the judge reads them."""
        return f"{self.title}\n{self.summary}" if self.title and self.summary else self.title or self.summary


@dataclass(frozen=True)
class Feed:
    """A parsed feed: at most 500 entries in the feed's order; `ttl` is how long it says it may be kept."""

    title: str
    language: str | None
    ttl: timedelta | None
    entries: tuple[Entry, ...]


class FeedParser:
    """Child processes that parse, as many as are asked at once; safe to share between threads. Close it when done."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._idle: list[Child] = []

    def feed(self, body: bytes, *, url: str, now: datetime, content_type: str = "") -> Feed:
        """Parse RSS, Atom or JSON Feed. Raises `FetchError` for what is no feed, and for a feed beyond the limits."""
        job = {"what": "feed", "url": url, "content_type": content_type}
        if len(body) > MOST_BYTES and json_feed.looks_like(body, content_type):  # what cannot be cut
            raise FetchError(f"The feed is larger than {MOST_BYTES // 1_000_000} MB, so it was given up.", "JSON Feed")
        answer = self._ask(job, body)
        if not answer["known"]:
            raise FetchError("What came back is not a feed: check that the address is the feed's own, not the page's.")
        ttl = answer["ttl"]
        return Feed(
            title=answer["title"],
            language=answer["language"] or None,
            ttl=timedelta(minutes=ttl) if ttl else None,
            entries=tuple(_entry(entry, answer["language"], now) for entry in answer["entries"]),
        )

    def rows(self, body: bytes, element: str) -> tuple[Row, ...]:
        """Each `element` of an XML document as (local name, plain text) pairs. Raises `FetchError` for broken XML."""
        answer = self._ask({"what": "rows", "element": element}, body)
        return tuple(tuple((name, text) for name, text in row) for row in answer["rows"])

    @property
    def pids(self) -> frozenset[int]:
        """The process ids of the children that wait for a feed."""
        with self._lock:
            return frozenset(child.pid for child in self._idle)

    def close(self) -> None:
        """End the children that are idle. A later parse starts another one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def _ask(self, job: Mapping[str, str], body: bytes) -> dict[str, Any]:
        sent = json.dumps(job).encode()
        reply, why, retired = self._exchange(sent, body)
        if retired:
            reply, why, _ = self._exchange(sent, body)
        if reply is None:
            raise FetchError("The feed is too large or too tangled to be read, so it was given up.", why)
        answer = cast(dict[str, Any], json.loads(reply))
        if "error" in answer:
            raise FetchError("What came back is not a feed that can be read.", str(answer["error"]))
        return answer

    def _exchange(self, job: bytes, body: bytes) -> tuple[bytes | None, str, bool]:
        """A child's answer, or None and why there is none; a child that did not answer is gone afterwards.

        The last part is true for a child that had retired after the job before, just as this one came.
        """
        with self._lock:
            child = self._idle.pop() if self._idle else None
        if child is not None and not child.lives:
            child.end()
            child = None
        child = child or Child(_CHILD)
        found = child.exchange((job, body), self._seconds, MOST_ANSWER)
        if found:
            with self._lock:
                self._idle.append(child)
            return found[0], "", False
        status = child.end(patience=0.5)
        return None, f"the parser ended with status {status} (limit {self._seconds:g} seconds)", status == 0


def _entry(entry: Mapping[str, Any], feed_language: str, now: datetime) -> Entry:
    return Entry(
        external_id=entry["id"],
        title=entry["title"],
        summary=entry["summary"],
        url=entry["url"],
        author=entry["author"],
        published_at=sane_date(entry["published"], now),
        language=(entry["language"] or feed_language) or None,
        categories=tuple(name for name in entry["categories"] if name),
        warning=entry["warning"],
    )


def sane_date(seconds: float | None, now: datetime) -> datetime | None:
    """An instant from seconds since 1970, never after `now`; None for what cannot be a date."""
    if seconds is None:
        return None
    try:
        return min(datetime.fromtimestamp(seconds, UTC), now)
    except (ValueError, OverflowError, OSError):
        return None
