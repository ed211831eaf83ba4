"""What the feeds show at a given instant: the story's seconds turned into real time, and bounded lists of what came.

Knows no socket: `feed_server` asks it under a lock. Every method takes `now`, and nothing happens between two
questions: whatever has become due since the last one is shown when the next one is asked.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from data.sample_day.day import Day, Moment, Search, Trend
from data.sample_day.story import Arrival, Piece, arrivals, chatter

# How much a feed shows at most, like any feed of the world. All waves of the day at once still fit.
LONGEST_FEED = 400


@dataclass(frozen=True)
class Shown:
    """A piece as its feed shows it. `number` grows with arrival, whatever the date says."""

    number: int
    piece: Piece
    published: datetime


@dataclass(frozen=True)
class Searched:
    """A rising search, with the headlines beside it."""

    search: Search
    published: datetime
    news: tuple[Shown, ...]


class Broadcast:
    """The day as told so far. `speed` is story seconds for each real second; `manual` waits for `advance_to`."""

    def __init__(self, day: Day, start: datetime, speed: float | None = None, *, manual: bool = False) -> None:
        self.day = day
        self.start = start.astimezone(UTC)
        self.speed = speed or day.frame.speed
        self.manual = manual
        self.released: dict[str, datetime] = {}
        self._waiting = deque(arrivals(day))
        self._chatter = chatter(day, self.start)
        self._next = next(self._chatter)
        self._feeds: dict[str, deque[Shown]] = {}
        self._changed: dict[str, datetime] = {}
        self._trends: dict[str, Trend] = {trend.tag: trend for trend in day.frame.steady_tags}
        self._searches: list[tuple[str, Search, datetime]] = []
        # Ids are like Mastodon's own: milliseconds and a running number, so that a later day's are higher.
        self._number = int(self.start.timestamp() * 1000) << 16

    def tell(self, now: datetime) -> None:
        """Show everything that is due by `now`."""
        while self._next[0] <= now:
            at, piece = self._next
            self._show(piece, at, max(at, self.start))
            self._next = next(self._chatter)
        while not self.manual and self._waiting and (at := self.due(self._waiting[0].second)) <= now:
            self._release(self._waiting.popleft(), at)

    def due(self, second: float) -> datetime:
        """The real instant of a story second, where nobody advances the story by hand."""
        return self.start + timedelta(seconds=second / self.speed)

    def advance_to(self, key: str, now: datetime) -> None:
        """Show every moment up to and including this one now. Raises BadInput for an unknown one."""
        last = self.day.moment(key)
        keys = [moment.key for moment in self.day.moments]
        self._release_all(set(keys[: keys.index(last.key) + 1]), now)

    def release(self, key: str, now: datetime) -> None:
        """Show this moment now, and no other. Raises BadInput for an unknown one."""
        self._release_all({self.day.moment(key).key}, now)

    def shown(self, feed: str) -> list[Shown]:
        """What a feed shows, in order of arrival."""
        return list(self._feeds.get(feed, ()))

    def changed(self, feed: str) -> datetime:
        """When something last arrived in a feed; the day's start where nothing has."""
        return self._changed.get(feed, self.start)

    def find(self, number: int) -> Shown | None:
        """A piece by its number, while its feed still shows it."""
        return next((shown for feed in self._feeds.values() for shown in feed if shown.number == number), None)

    def trends(self) -> list[Trend]:
        """The rising tags, strongest rise first."""
        return sorted(self._trends.values(), key=lambda trend: trend.uses / trend.earlier, reverse=True)

    def searches(self) -> list[Searched]:
        """The rising searches, newest first, each with the headlines of its moment that are out by now."""
        return [
            Searched(search, at, tuple(self._news_of(self.day.moment(moment))))
            for moment, search, at in reversed(self._searches)
        ]

    def _news_of(self, moment: Moment) -> list[Shown]:
        titles = {news.title for news in moment.news}
        papers = {news.feed for news in moment.news}
        return [shown for paper in sorted(papers) for shown in self.shown(paper) if shown.piece.text in titles]

    def _release_all(self, keys: set[str], now: datetime) -> None:
        self.tell(now)
        for arrival in self._waiting:
            if arrival.moment in keys:
                self._release(arrival, now)
        self._waiting = deque(arrival for arrival in self._waiting if arrival.moment not in keys)

    def _release(self, arrival: Arrival, at: datetime) -> None:
        self.released.setdefault(arrival.moment, at)
        if isinstance(arrival.what, Trend):
            self._trends[arrival.what.tag] = arrival.what
            self._note_change("trends", at)
        elif isinstance(arrival.what, Search):
            self._searches.append((arrival.moment, arrival.what, at))
            self._note_change("searches", at)
        else:
            self._show(arrival.what, at - arrival.lag, at)

    def _show(self, piece: Piece, published: datetime, arrived: datetime) -> None:
        self._number += 1
        shown = Shown(self._number, piece, published)
        self._feeds.setdefault(piece.feed, deque(maxlen=LONGEST_FEED)).append(shown)
        self._note_change(piece.feed, arrived)
        if piece.feed in self.day.headlines.headlines:
            # The headlines beside a search come from the papers, so that list changes with them.
            self._note_change("searches", arrived)

    def _note_change(self, feed: str, at: datetime) -> None:
        self._changed[feed] = max(at, self.changed(feed))
