"""RSS, Google Trends and Mastodon as they answer in the world, over HTTP from the loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from data.errors import BadInput, FetchError
from monitors.fetch import Answered, Fetcher
from monitors.sources import Poll, PollState, Reading
from monitors.sources.google_trends import SOURCE as TRENDS
from monitors.sources.google_trends import traffic
from monitors.sources.mastodon import SOURCE as MASTODON
from monitors.sources.rss import SOURCE as RSS

from .conftest import NOW, Answer, Web, page, status

RECORDED = Path(__file__).parents[3] / "shared" / "fixtures" / "mastodon"
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


def rss_item(name: str, rest: str = "") -> str:
    return f"<item><title>{name}</title><guid isPermaLink='false'>{name}</guid>{rest}</item>"


def rss(*items: str, channel: str = "<title>The Example</title>") -> bytes:
    ns = "xmlns:cap='urn:oasis:names:tc:emergency:cap:1.2'"
    return f"<rss version='2.0' {ns}><channel>{channel}{''.join(items)}</channel></rss>".encode()


def poll_rss(web: Web, fetcher: Fetcher, state: PollState | None = None, **config: object) -> Poll:
    return RSS.poll({"address": web.url("/feed"), **config}, state or PollState(), fetcher, NOW)


def test_an_unchanged_feed_costs_one_line(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = page(rss(rss_item("one")), ETag='"v1"', Last_Modified="Mon, 02 Mar 2026 08:00:00 GMT")
    first = poll_rss(web, fetcher)
    web.routes["/feed"] = status(304)

    second = poll_rss(web, fetcher, first.state)

    assert [item.external_id for item in first.items] == ["one"]
    assert (second.not_modified, second.items, second.state) == (True, (), first.state)
    assert web.seen[1][1]["if-none-match"] == '"v1"'
    assert web.seen[1][1]["if-modified-since"] == "Mon, 02 Mar 2026 08:00:00 GMT"


def test_the_settings_say_what_a_feeds_items_are(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = page(rss(rss_item("one")))

    (item,) = poll_rss(web, fetcher, item_kind="mentions", region="us-nj", topic="#ferry", language="en").items

    assert (item.kind, item.region, item.topic, item.language) == ("mentions", "US-NJ", "#ferry", "en")
    assert item.author == "The Example"


def test_only_a_hashtag_among_the_categories_is_a_topic(web: Web, fetcher: Fetcher) -> None:
    tagged = rss_item("one", "<category>Business</category><category>#Ferry</category>")
    web.routes["/feed"] = page(rss(tagged, rss_item("two", "<category>Business</category>")))

    one, two = poll_rss(web, fetcher).items

    assert (one.topic, two.topic) == ("#Ferry", None)
    assert one.extra["categories"] == ["Business", "#Ferry"]


def test_a_feed_may_ask_for_patience(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = page(rss(channel="<title>x</title><ttl>40</ttl>"), Cache_Control="max-age=60")
    assert poll_rss(web, fetcher).next_poll_after == timedelta(minutes=40)

    web.routes["/feed"] = page(rss(), Retry_After="7200")
    assert poll_rss(web, fetcher).next_poll_after == timedelta(hours=2)

    web.routes["/feed"] = page(rss())
    assert poll_rss(web, fetcher).next_poll_after is None


def warning(name: str, status_: str = "Actual", kind: str = "Alert", geocode: str = "CA-BC") -> str:
    return rss_item(
        name,
        f"<cap:event>Storm Warning</cap:event><cap:severity>severe</cap:severity><cap:status>{status_}</cap:status>"
        f"<cap:geocode>{geocode}</cap:geocode><cap:msgType>{kind}</cap:msgType>"
        "<cap:areaDesc>The outer coast</cap:areaDesc>"
        "<cap:expires>2026-03-02T12:00:00-08:00</cap:expires>",
    )


def test_a_warning_that_expires_beyond_the_calendar_has_no_end(web: Web, fetcher: Fetcher) -> None:
    endless = warning("w1").replace("2026-03-02T12:00:00-08:00", "9999-12-31T23:59:59-08:00")
    web.routes["/feed"] = page(rss(endless))

    (item,) = poll_rss(web, fetcher, item_kind="official").items
    assert item.extra["expires"] is None


def test_an_official_feed_keeps_what_the_warning_says(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = page(
        rss(warning("w1"), warning("w2", kind="Cancel", geocode="009007"), warning("w3", "Exercise"))
    )

    real, cancelled = poll_rss(web, fetcher, item_kind="official", region="CA").items

    assert {name: real.extra[name] for name in ("agency", "event", "severity", "area", "expires", "cancelled")} == {
        "agency": "The Example",
        "event": "Storm Warning",
        "severity": "Severe",
        "area": "The outer coast",
        "expires": "2026-03-02T20:00:00+00:00",
        "cancelled": False,
    }
    assert cancelled.extra["cancelled"] is True
    assert (real.region, cancelled.region) == ("CA-BC", "CA")


TREND = """<item><title>ferry strike</title><{ns}:approx_traffic>2000+</{ns}:approx_traffic>
<link>https://trends.example/</link><pubDate>Mon, 2 Mar 2026 00:20:00 -0800</pubDate>
<{ns}:news_item><{ns}:news_item_title>Ferries stop at noon</{ns}:news_item_title>
<{ns}:news_item_url>https://news.example/1</{ns}:news_item_url>
<{ns}:news_item_source>The Example</{ns}:news_item_source>
</{ns}:news_item><{ns}:news_item><{ns}:news_item_title>What &lt;b&gt;now&lt;/b&gt;?</{ns}:news_item_title>
<{ns}:news_item_url>javascript:1</{ns}:news_item_url></{ns}:news_item></item>
<item><title>untold</title></item>"""


@pytest.mark.parametrize("ns", ["ht", "trends"])
def test_a_search_trend_is_a_reading_and_its_headlines_are_news(web: Web, fetcher: Fetcher, ns: str) -> None:
    body = f"<rss xmlns:{ns}='https://any.example/{ns}'><channel>{TREND.format(ns=ns)}</channel></rss>".encode()
    web.routes["/trending/rss"] = page(body)

    poll = TRENDS.poll({"geo": "US", "address": web.url("/trending/rss")}, PollState(), fetcher, NOW)

    began = datetime(2026, 3, 2, 8, 20, tzinfo=UTC)
    titles = ("Ferries stop at noon", "What now?")
    assert poll.readings == (Reading("ferry strike", NOW, 2000, None, began, NOW, "https://trends.example/", titles),)
    assert [(item.text, item.url, item.topic, item.author) for item in poll.items] == [
        ("Ferries stop at noon", "https://news.example/1", "ferry strike", "The Example"),
        ("What now?", "", "ferry strike", ""),
    ]
    assert all((item.kind, item.region, item.published_at) == ("news", "US", began) for item in poll.items)
    assert web.seen[0][0] == "/trending/rss?geo=US"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("2000+", 2000),
        ("2,000+", 2000),
        ("200K+", 200_000),
        ("1.5M+", 1_500_000),
        ("500", 500),
        ("lots", None),
        ("", None),
        ("1.2.3K", None),
        ("999999999999", 999_999_999_999),
        ("9" * 5_000 + "+", None),
        ("9" * 400 + "M+", None),
    ],
)
def test_traffic_is_read_as_its_lower_bound(written: str, number: int | None) -> None:
    assert traffic(written) == number


def a_status(number: int, text: str = "hello", **more: object) -> dict[str, Any]:
    return {
        "id": str(number),
        "created_at": "2026-03-02T08:59:00.000Z",
        "uri": f"https://social.example/{number}",
        "url": f"https://social.example/@ada/{number}",
        "content": f"<p>{text}</p>",
        "account": {"acct": "ada@social.example"},
        "language": "en",
        "reblogs_count": 0,
        **more,
    }


def timeline(numbers: list[int]) -> Answer:
    """A tag's timeline that understands since_id, max_id and limit as a real server does."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        query = parse_qs(urlsplit(request.path).query)
        since, before = int(query.get("since_id", ["0"])[0]), int(query.get("max_id", ["999999"])[0])
        fitting = [number for number in sorted(numbers, reverse=True) if since < number < before]
        page(json.dumps([a_status(number) for number in fitting[: int(query["limit"][0])]]).encode())(request)

    return answer


def poll_tags(web: Web, fetcher: Fetcher, cursor: Mapping[str, str] | None = None, *tags: str) -> Poll:
    config = {"instance": web.url(""), "tags": tags or ("rain",)}
    return MASTODON.poll(config, PollState(cursor=cursor or {}), fetcher, NOW)


def test_a_status_is_a_mention_that_counts_its_reblogs(web: Web, fetcher: Fetcher) -> None:
    told = a_status(7, "Look:<br><a href='#'>#<span>rain</span></a>", reblogs_count=4, spoiler_text="weather")
    web.routes["/api/v1/timelines/tag/rain"] = page(json.dumps([told]).encode())

    (item,) = poll_tags(web, fetcher).items

    assert (item.external_id, item.text, item.weight) == ("https://social.example/7", "weather Look: #rain", 5)
    assert (item.kind, item.topic, item.author) == ("mentions", "#rain", "ada@social.example")
    assert item.published_at == datetime(2026, 3, 2, 8, 59, tzinfo=UTC)


def test_a_status_from_beyond_the_calendar_leaves_the_others_alone(web: Web, fetcher: Fetcher) -> None:
    statuses = [a_status(8, created_at="9999-12-31T23:30:00-05:00"), a_status(7)]
    web.routes["/api/v1/timelines/tag/rain"] = page(json.dumps(statuses).encode())

    assert [item.url for item in poll_tags(web, fetcher).items] == ["https://social.example/@ada/7"]


def test_each_tag_goes_on_from_its_own_cursor(web: Web, fetcher: Fetcher) -> None:
    web.routes["/api/v1/timelines/tag/rain"] = timeline([1, 2, 3])
    web.routes["/api/v1/timelines/tag/snow"] = timeline([])
    first = poll_tags(web, fetcher, {}, "rain", "snow")
    web.routes["/api/v1/timelines/tag/rain"] = timeline(list(range(1, 104)))

    second = poll_tags(web, fetcher, first.state.cursor, "rain", "snow")

    assert first.state.cursor == {"rain": "3"}
    assert sorted(int(item.url.rsplit("/", 1)[1]) for item in second.items) == list(range(4, 104))
    assert second.state.cursor == {"rain": "103"}


def test_a_flood_is_read_newest_first_and_has_an_end(web: Web, fetcher: Fetcher) -> None:
    web.routes["/api/v1/timelines/tag/rain"] = timeline(list(range(1, 2_000)))

    poll = poll_tags(web, fetcher, {"rain": "1"})

    assert len(poll.items) == 200
    assert poll.items[0].url.endswith("/1999")
    assert len(web.seen) == 5


def test_one_tag_that_fails_leaves_the_others_alone(web: Web, fetcher: Fetcher) -> None:
    web.routes["/api/v1/timelines/tag/snow"] = timeline([5])

    poll = poll_tags(web, fetcher, {"rain": "3"}, "rain", "snow")

    assert len(poll.items) == 1
    assert poll.state.cursor == {"rain": "3", "snow": "5"}
    assert len(poll.trouble) == 1


def test_a_busy_server_is_not_asked_for_the_next_tag(web: Web, fetcher: Fetcher) -> None:
    web.routes["/api/v1/timelines/tag/rain"] = timeline([5])
    web.routes["/api/v1/timelines/tag/snow"] = status(429, {"Retry-After": "600"})
    web.routes["/api/v1/timelines/tag/hail"] = timeline([6])

    poll = poll_tags(web, fetcher, {}, "rain", "snow", "hail")

    assert poll.next_poll_after == timedelta(minutes=10)
    assert len(poll.items) == 1
    assert len(web.seen) == 2


def test_when_nothing_comes_through_the_first_refusal_is_raised(web: Web, fetcher: Fetcher) -> None:
    with pytest.raises(Answered, match="nothing at this address"):
        poll_tags(web, fetcher, {}, "rain", "snow")


def history(*uses: int) -> list[dict[str, str]]:
    """As servers tell it: newest day first, numbers as text."""
    days = (int((MIDNIGHT - timedelta(days=back)).timestamp()) for back in range(len(uses)))
    return [{"day": str(day), "uses": str(number), "accounts": "1"} for day, number in zip(days, uses, strict=True)]


def test_a_rising_tag_is_measured_against_its_own_past(web: Web, fetcher: Fetcher) -> None:
    tags = [
        {"name": "Ferry", "url": "https://social.example/tags/ferry", "history": history(90, 20, 40)},
        {"name": "New", "history": history(5)},
        {"name": "Yesterday", "history": history(0, 9)[1:]},
        {"name": "Liar", "history": history(50, 10**400)},
    ]
    web.routes["/api/v1/trends/tags"] = page(json.dumps(tags).encode())

    poll = MASTODON.poll({"instance": web.url("/"), "trends": True}, PollState(), fetcher, NOW)

    assert poll.readings == (
        Reading("#Ferry", NOW, 90, 30.0, MIDNIGHT, NOW, "https://social.example/tags/ferry"),
        Reading("#New", NOW, 5, None, MIDNIGHT, NOW),
    )


def test_the_servers_name_is_enough(web: Web) -> None:
    MASTODON.check({"instance": "social.example", "tags": "#Rain, snow"})

    with pytest.raises(BadInput, match="at least one hashtag"):
        MASTODON.check({"instance": "social.example"})
    with pytest.raises(BadInput, match="cannot be a hashtag"):
        MASTODON.check({"instance": "social.example", "tags": ["../../admin"]})


def recorded(name: str) -> Iterator[str]:
    """The bodies that a real server gave to GET requests for one path."""
    file = RECORDED / name
    if not file.is_file():
        pytest.skip("../shared/fixtures/mastodon is not here")
    for exchange in yaml.safe_load(file.read_text(encoding="utf-8"))["interactions"]:
        if exchange["request"]["method"] == "GET" and "/timelines/tag/" in exchange["request"]["uri"]:
            yield exchange["response"]["body"]["string"]


def test_a_recorded_timeline_is_read(web: Web, fetcher: Fetcher) -> None:
    bodies = list(recorded("test_hashtag_tl.yaml"))
    found = []
    for body in bodies:
        web.routes["/api/v1/timelines/tag/rain"] = page(body.encode())
        try:
            found += poll_tags(web, fetcher).items
        except FetchError:
            continue  # the recording also holds the answer that asks to sign in

    assert any("hashtag toot" in item.text for item in found)
    assert all("<" not in item.text for item in found)
