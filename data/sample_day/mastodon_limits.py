"""How often an account may ask the sample day's Mastodon server: its documented windows, and the headers that tell.

https://docs.joinmastodon.org/api/rate-limits/ : each window begins on the clock (every five minutes, every half hour,
every three hours), and a request counts in the narrowest one that names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from data.sample_day.mastodon_wire import Answer, Asked

# The beginning of method and path, how many, and in which time. The first that fits counts.
WINDOWS: tuple[tuple[str, int, timedelta], ...] = (
    ("POST /api/v1/statuses", 300, timedelta(hours=3)),
    ("POST /api/v2/media", 30, timedelta(minutes=30)),
    ("DELETE /api/v1/statuses/", 30, timedelta(minutes=30)),
    ("", 300, timedelta(minutes=5)),
)


class Limits:
    """Counts by account, window and its beginning. `most` makes every window as narrow as a test wants it."""

    def __init__(self) -> None:
        self.most: int | None = None
        self._counted: Counter[tuple[str, str, int]] = Counter()

    def count(self, account_id: str, asked: Asked, now: datetime, skew: timedelta) -> tuple[bool, Mapping[str, str]]:
        """Whether this request is one too many, and the headers for its answer."""
        said = f"{asked.method} {asked.path}"
        name, most, lasts = next(window for window in WINDOWS if said.startswith(window[0]))
        most = most if self.most is None else self.most
        began = int(now.timestamp() // lasts.total_seconds())
        self._counted[(account_id, name, began)] += 1
        used = self._counted[(account_id, name, began)]
        until = datetime.fromtimestamp((began + 1) * lasts.total_seconds(), UTC) + skew
        return used > most, told(most, max(most - used, 0), until)


def told(most: int, left: int, until: datetime) -> dict[str, str]:
    """The three headers, in Mastodon's spelling."""
    return {
        "X-RateLimit-Limit": str(most),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


def refusal(headers: Mapping[str, str]) -> Answer:
    """One request too many."""
    return replace(Answer.json({"error": "Too many requests"}, HTTPStatus.TOO_MANY_REQUESTS), headers=headers)
