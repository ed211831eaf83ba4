"""What the newspapers wrote in the last hour about your terms, from Google News' search feed.

One request asks for all terms. The headline is the item's text and the publisher its author: the feed writes the
publisher behind each headline as well, where it would only add a word to every one. The address is undocumented and
asks for no more than a visit in ten minutes; a longer silence of ours costs what is older than its hour.
https://news.google.com/rss/search?q=ferry+when:1h&hl=en-US&gl=US&ceid=US:en
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from pydantic import AfterValidator, Field

from data.errors import FetchError
from data.plain import one_line, web_link
from monitors.feeds import Row
from monitors.fetch import Fetcher, asked_wait
from monitors.manners import http_date
from monitors.sources import Config, Item, ItemKind, Poll, PollState
from monitors.sources._settings import Address, Settings, Terms, form_of, one_query, read

LEAST_WAIT = timedelta(minutes=10)
MOST_TERMS = 20  # a search of more is cut by the server
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?")


def _a_search(terms: tuple[str, ...]) -> tuple[str, ...]:
    if len(terms) > MOST_TERMS:
        raise ValueError(f"at most {MOST_TERMS} terms for one source")
    return terms


def _country(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", value):
        raise ValueError("write a country like US or DE")
    return value.upper()


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError("write a language like en, de or pt-BR")
    return value


class NewsSettings(Settings):
    """What the operator fills in."""

    terms: Annotated[Terms, AfterValidator(_a_search)] = Field(
        title="Terms", description='Any of these is searched for. Put phrases in quotation marks: "ferry strike".'
    )
    language: Annotated[str, AfterValidator(_language)] = Field(
        default="en", title="Language", description="Of the edition: en, de, pt-BR."
    )
    country: Annotated[str, AfterValidator(_country)] = Field(
        default="US", title="Country", description="Of the edition: US, GB, DE."
    )
    address: Address = Field(
        default="https://news.google.com/rss/search", title="Address", description="Changed only for a mirror."
    )


class GoogleNews:
    """Headlines of the last hour, as news."""

    kind = "google_news"
    label = "Google News"
    item_kind: ItemKind = "news"
    settings = form_of(NewsSettings)
    default_interval = LEAST_WAIT

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(NewsSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """One item for each headline. Never sooner than ten minutes after the last visit."""
        chosen = read(NewsSettings, config)
        reply = fetcher.get(_search(chosen), now=now, etag=state.etag, last_modified=state.last_modified)
        wait = max(asked_wait(reply) or LEAST_WAIT, LEAST_WAIT)
        if reply.not_modified:
            return Poll((), (), state, not_modified=True, next_poll_after=wait)
        if b"<rss" not in reply.body[:2_000]:
            raise FetchError(
                "Google News sent a page in place of its feed: open the address in a browser to see what it asks for.",
                one_line(reply.body[:200].decode("utf-8", "replace")),
            )
        rows = fetcher.parser.rows(reply.body, "item")
        return Poll(
            items=tuple(item for row in rows if (item := _item(row, chosen, now)) is not None),
            readings=(),
            state=PollState(reply.etag, reply.last_modified),
            next_poll_after=wait,
        )


def _search(chosen: NewsSettings) -> str:
    """English editions are told apart by country, others are named by their language alone."""
    edition = f"en-{chosen.country}" if chosen.language == "en" else chosen.language
    query = {
        "q": f"{one_query(chosen.terms)} when:1h",
        "hl": edition,
        "gl": chosen.country,
        "ceid": f"{chosen.country}:{chosen.language}",
    }
    return f"{chosen.address}{'&' if '?' in chosen.address else '?'}{urlencode(query)}"


def _item(row: Row, chosen: NewsSettings, now: datetime) -> Item | None:
    told: dict[str, str] = {}
    for name, text in row:
        told.setdefault(name, text)
    publisher, url = one_line(told.get("source", ""), 200), web_link(told.get("link", ""))
    headline = one_line(told.get("title", ""), 500).removesuffix(f" - {publisher}").strip()
    published = http_date(told.get("pubDate", ""))
    if not headline:
        return None
    return Item(
        external_id=one_line(told.get("guid", "") or url or f"{publisher}: {headline}", 500),
        text=headline,
        url=url,
        author=publisher or "Google News",
        published_at=None if published is None else min(published, now),
        kind="news",
        language=chosen.language,
        region=chosen.country,
    )


SOURCE = GoogleNews()
