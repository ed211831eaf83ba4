"""Google News' search feed, over HTTP from the loopback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from data.errors import BadInput, FetchError
from monitors.fetch import Fetcher
from monitors.sources import Poll, PollState
from monitors.sources.google_news import SOURCE

from .conftest import NOW, Web, page, status

FEED = b"""<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>"rain" - Google News</title>
<item><title>Ferries stop at noon - The Example</title><link>https://news.google.com/rss/articles/one?oc=5</link>
<guid isPermaLink="false">one</guid><pubDate>Mon, 02 Mar 2026 08:40:00 GMT</pubDate>
<description>&lt;a href="https://news.google.com/rss/articles/one"&gt;Ferries stop&lt;/a&gt;</description>
<source url="https://news.example">The Example</source></item>
<item><title>A - B - &lt;script&gt;x()&lt;/script&gt;C</title><link>javascript:alert(1)</link><guid>two</guid>
<pubDate>Tue, 01 Jan 2999 00:00:00 GMT</pubDate></item>
<item><guid>three</guid></item></channel></rss>"""


def poll(web: Web, fetcher: Fetcher, state: PollState | None = None, **config: object) -> Poll:
    return SOURCE.poll({"address": web.url("/search"), "terms": "rain", **config}, state or PollState(), fetcher, NOW)


def test_a_headline_is_news_by_its_publisher(web: Web, fetcher: Fetcher) -> None:
    web.routes["/search"] = page(FEED)

    first, second = poll(web, fetcher).items

    assert (first.external_id, first.text, first.author) == ("one", "Ferries stop at noon", "The Example")
    assert (first.kind, first.language, first.region) == ("news", "en", "US")
    assert first.published_at == datetime(2026, 3, 2, 8, 40, tzinfo=UTC)
    assert first.url == "https://news.google.com/rss/articles/one?oc=5"
    assert (second.text, second.url, second.author, second.published_at) == ("A - B - C", "", "Google News", NOW)


@pytest.mark.parametrize(
    ("config", "asks"),
    [
        ({"terms": '"ferry strike" rain'}, {"q": '"ferry strike" OR rain when:1h', "hl": "en-US", "ceid": "US:en"}),
        ({"country": "gb"}, {"q": "rain when:1h", "hl": "en-GB", "gl": "GB", "ceid": "GB:en"}),
        ({"language": "de", "country": "DE"}, {"hl": "de", "gl": "DE", "ceid": "DE:de"}),
    ],
)
def test_the_search_is_asked_in_its_own_words(
    web: Web, fetcher: Fetcher, config: dict[str, str], asks: dict[str, str]
) -> None:
    web.routes["/search"] = page(FEED)

    poll(web, fetcher, **config)

    asked = parse_qs(urlsplit(web.seen[0][0]).query)
    assert {name: asked[name] for name in asks} == {name: [value] for name, value in asks.items()}


def test_ten_minutes_pass_between_two_visits(web: Web, fetcher: Fetcher) -> None:
    web.routes["/search"] = page(FEED, ETag='"v1"', Cache_Control="max-age=60")
    first = poll(web, fetcher)
    web.routes["/search"] = status(304)
    second = poll(web, fetcher, first.state)
    web.routes["/search"] = page(FEED, Retry_After="3600")

    assert first.next_poll_after == second.next_poll_after == timedelta(minutes=10)
    assert second.not_modified
    assert poll(web, fetcher).next_poll_after == timedelta(hours=1)


def test_a_page_that_asks_for_consent_is_not_taken_for_silence(web: Web, fetcher: Fetcher) -> None:
    web.routes["/search"] = page(b"<html><body>Before you continue</body></html>")

    with pytest.raises(FetchError, match="a page in place of its feed"):
        poll(web, fetcher)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"terms": ""}, "Terms: write at least one"),
        ({"terms": [f"t{number}" for number in range(21)]}, "at most 20"),
        ({"terms": ["x" * 121]}, "too long"),
        ({"terms": ["rain"], "language": "en&q=x"}, "Language"),
        ({"terms": ["rain"], "country": "US-NJ"}, "Country"),
    ],
)
def test_settings_that_cannot_be_asked_for_are_refused(config: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        SOURCE.check(config)
