"""Opens what `fetch.py` brought: RSS, Atom and JSON Feed as plain entries, other XML as rows of fields.

The parsing itself happens in a child process with limits (`parse_child.py`), because a feed can be built to eat
memory and time. The child is started at the first feed and kept; one that dies,
is too slow or has grown large is replaced at the next.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast

from data.errors import FetchError
from monitors.parse_child import read_frame, write_frame

_ROOT = Path(__file__).resolve().parent.parent
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
    """A child process that parses, one feed at a time; safe to share between threads. Close it when done."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def feed(self, body: bytes, *, url: str, now: datetime, content_type: str = "") -> Feed:
        """Parse RSS, Atom or JSON Feed. Raises `FetchError` for what is no feed, and for a feed beyond the limits."""
        job = {"what": "feed", "url": url, "content_type": content_type}
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
    def pid(self) -> int | None:
        """The child's process id, None while there is none."""
        return self._child.pid if self._child else None

    def close(self) -> None:
        """End the child. A later parse starts another one."""
        with self._lock:
            self._end()

    def _ask(self, job: Mapping[str, str], body: bytes) -> dict[str, Any]:
        with self._lock:
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
        """The child's answer, or None and why there is none; a child that did not answer is gone afterwards.

        The last part is true for a child that had retired after the job before, just as this one came.
        """
        child, jobs, answers = self._running()
        late = threading.Timer(self._seconds, child.kill)
        late.start()
        try:
            write_frame(jobs, job)
            write_frame(jobs, body)
            reply = read_frame(answers)
        except OSError:
            reply = None
        finally:
            late.cancel()
        if reply is not None:
            return reply, "", False
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(0.5)  # one that retired by itself ends with status 0 now
        self._end()
        why = f"the parser ended with status {child.returncode} (limit {self._seconds:g} seconds)"
        return None, why, child.returncode == 0

    def _running(self) -> tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "monitors.parse_child"],
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C at the terminal is ours to handle; the child ends with its input
            )
        jobs, answers = self._child.stdin, self._child.stdout
        if jobs is None or answers is None:
            raise RuntimeError("the parser was started without pipes")
        return self._child, jobs, answers

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                _close_quietly(pipe)


def _close_quietly(pipe: IO[bytes]) -> None:
    """Close a pipe whose other end is gone; what was still to be written has nobody to read it."""
    try:
        pipe.close()
    except BrokenPipeError:
        return


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
