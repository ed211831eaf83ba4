"""Google's list of rising searches for a country, from its RSS.

Each trend gives one reading (its searches so far, as the feed rounds them) and the headlines listed with it as news.
The feed tells no history, so a reading has no baseline of its own. The feed is unofficial and its namespace has changed
before: fields are found by their local names. https://trends.google.com/trending/rss?geo=US
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from data.plain import web_link
from monitors.feeds import Row
from monitors.fetch import Fetcher, asked_wait
from monitors.manners import http_date
from monitors.sources import Config, Item, ItemKind, Poll, PollState, Reading
from monitors.sources._settings import Address, Region, Settings, form_of, read

DAY = timedelta(hours=24)
MOST_SEARCHES = 10**12  # whatever claims more is no figure
_TRAFFIC = re.compile(r"([\d.,]*\d)\s*([KM]?)", re.IGNORECASE)
_TIMES = {"": 1, "K": 1_000, "M": 1_000_000}


class TrendsSettings(Settings):
    """What the operator fills in."""

    geo: Region = Field(default="US", title="Country", description="Whose searches: US, GB, DE, or US-NJ.")
    address: Address = Field(
        default="https://trends.google.com/trending/rss", title="Address", description="Changed only for a mirror."
    )
    alert_on: Literal["watched", "everything"] = Field(
        default="watched",
        title="Alert on",
        description="Trends that touch a monitor of yours, or every trend that rises.",
    )


class GoogleTrends:
    """Rising searches, as readings and the headlines beside them."""

    kind = "google_trends"
    label = "Google Trends"
    item_kind: ItemKind = "news"
    settings = form_of(TrendsSettings)
    default_interval = timedelta(minutes=10)
    least_interval = timedelta(minutes=10)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(TrendsSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """One reading for each trend that tells its traffic, one item for each headline."""
        chosen = read(TrendsSettings, config)
        mark = "&" if "?" in chosen.address else "?"
        reply = fetcher.get(
            f"{chosen.address}{mark}geo={chosen.geo}", now=now, etag=state.etag, last_modified=state.last_modified
        )
        if reply.not_modified:
            return Poll((), (), state, not_modified=True, next_poll_after=asked_wait(reply))
        trends = fetcher.parser.rows(reply.body, "item")
        return Poll(
            items=tuple(item for trend in trends for item in _headlines(trend, chosen.geo, now)),
            readings=tuple(reading for trend in trends if (reading := _reading(trend, now)) is not None),
            state=PollState(reply.etag, reply.last_modified),
            next_poll_after=asked_wait(reply),
        )


def _reading(trend: Row, now: datetime) -> Reading | None:
    topic, count = _first(trend, "title"), traffic(_first(trend, "approx_traffic"))
    if not topic or count is None:
        return None
    return Reading(
        topic=topic,
        at=now,
        count=count,
        baseline=None,
        window_start=_published(trend, now) or now - DAY,
        window_end=now,
        url=web_link(_first(trend, "link")),
        titles=tuple(text for name, text in trend if name == "news_item_title" and text),
    )


def _headlines(trend: Row, geo: str, now: datetime) -> Iterator[Item]:
    topic, published = _first(trend, "title"), _published(trend, now)
    for piece in _news(trend):
        title, url = _first(piece, "news_item_title"), web_link(_first(piece, "news_item_url"))
        if title:
            yield Item(
                external_id=url or f"{topic}: {title}",
                text=title,
                url=url,
                author=_first(piece, "news_item_source"),
                published_at=published,
                kind="news",
                region=geo,
                topic=topic or None,
            )


def _news(trend: Row) -> Iterator[Row]:
    """The fields of each headline: they stand before the end of their `news_item`."""
    piece: list[tuple[str, str]] = []
    for name, text in trend:
        if name == "news_item":
            yield tuple(piece)
            piece = []
        elif name.startswith("news_item_"):
            piece.append((name, text))


def traffic(written: str) -> int | None:
    """The lower bound that "2000+", "2,000+" or "200K+" states; None for anything else, and beyond any figure."""
    found = _TRAFFIC.match(written)
    if found is None:
        return None
    number, times = found.group(1), _TIMES[found.group(2).upper()]
    try:
        value = float(re.sub(r"[.,]", "", number) if times == 1 else number.replace(",", ".")) * times
    except ValueError:
        return None
    return int(value) if value <= MOST_SEARCHES else None


def _published(trend: Row, now: datetime) -> datetime | None:
    at = http_date(_first(trend, "pubDate"))
    return None if at is None else min(at, now)


def _first(row: Row, name: str) -> str:
    return next((text for field, text in row if field == name and text), "")


SOURCE = GoogleTrends()
