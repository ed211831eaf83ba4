"""GDELT as it answers, plain words under status 200 included, over HTTP from the loopback."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from data.errors import BadInput, FetchError
from monitors.fetch import Fetcher, Limits
from monitors.sources import Poll, PollState, Reading
from monitors.sources.gdelt import SOURCE, hourly

from .conftest import NOW, Answer, Web, page, status

EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def article(number: int, **told: Any) -> dict[str, Any]:
    return {
        "url": f"https://news.example/{number}",
        "url_mobile": "",
        "title": f"Rain number {number}",
        "seendate": "20260302T081500Z",
        "socialimage": "",
        "domain": "news.example",
        "language": "English",
        "sourcecountry": "United States",
        **told,
    }


def volume(*values: float, until: datetime = EIGHT) -> dict[str, Any]:
    """A timeline whose last hour begins at `until`, oldest first."""
    hours = [until - timedelta(hours=back) for back in range(len(values))][::-1]
    steps = [
        {"date": f"{at:%Y%m%dT%H%M%SZ}", "value": value, "norm": 9_000} for at, value in zip(hours, values, strict=True)
    ]
    return {"query_details": {"title": "rain"}, "timeline": [{"series": "Article Count", "data": steps}]}


def gdelt(articles: object, timeline: object, asked: list[dict[str, str]] | None = None) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        if asked is not None:
            asked.append(query)
        told = articles if query["mode"] == "artlist" else timeline
        (told if callable(told) else page(json.dumps(told).encode()))(request)

    return answer


def poll(web: Web, fetcher: Fetcher, terms: object = ("rain",), **config: object) -> Poll:
    return SOURCE.poll({"address": web.url("/doc"), "terms": terms, **config}, PollState(), fetcher, NOW)


def test_an_article_is_news(web: Web, fetcher: Fetcher) -> None:
    told = [article(1), article(2, seendate="29990101T000000Z", language="Klingon"), article(3, seendate="soon")]
    web.routes["/doc"] = gdelt({"articles": told}, volume(5))

    first, second = poll(web, fetcher).items

    assert (first.external_id, first.text, first.kind) == ("https://news.example/1", "Rain number 1", "news")
    assert (first.author, first.language) == ("news.example", "en")
    assert first.published_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert first.extra == {"country": "United States"}
    assert (second.published_at, second.language) == (NOW, None)


def test_the_last_full_hour_is_measured_against_its_own_past(web: Web, fetcher: Fetcher) -> None:
    asked: list[dict[str, str]] = []
    web.routes["/doc"] = gdelt({}, volume(10, 20, 90, 4, until=NOW), asked)

    brought = poll(web, fetcher, '"ferry strike" rain')

    assert brought.items == ()
    assert brought.readings[0] == Reading("ferry strike", NOW, 90, 15.0, EIGHT, NOW)
    assert [reading.topic for reading in brought.readings] == ["ferry strike", "rain"]
    assert [one["query"] for one in asked] == ['("ferry strike" OR rain)', '"ferry strike"', "rain"]
    assert {one["mode"] for one in asked} == {"artlist", "timelinevolraw"}
    assert brought.next_poll_after == timedelta(minutes=15)


def test_without_a_past_there_is_no_reading() -> None:
    assert hourly("rain", [], NOW) is None
    assert hourly("rain", [(EIGHT, 50.0)], NOW) is None
    assert hourly("rain", [(EIGHT, 50.0), (NOW, 3.0)], NOW) is None


def test_days_and_hours_of_long_ago_are_no_reading() -> None:
    by_day = [(EIGHT.replace(hour=0) - timedelta(days=back), 500.0) for back in range(3)]
    long_ago = [(EIGHT - timedelta(hours=back), 50.0) for back in range(7, 20)]

    assert hourly("rain", by_day, NOW) is None
    assert hourly("rain", long_ago, NOW) is None
    assert hourly("rain", long_ago, NOW - timedelta(hours=6)) is not None


def test_quarters_of_an_hour_are_added_up() -> None:
    quarters = [(EIGHT - timedelta(hours=1) + timedelta(minutes=15 * step), float(step)) for step in range(8)]

    reading = hourly("rain", quarters, NOW)

    assert reading is not None
    assert (reading.count, reading.baseline) == (4 + 5 + 6 + 7, 0 + 1 + 2 + 3)


def test_the_volume_can_be_left_alone(web: Web, fetcher: Fetcher) -> None:
    web.routes["/doc"] = gdelt({"articles": [article(1)]}, volume(1, 2))

    assert poll(web, fetcher, volume=False).readings == ()
    assert len(web.seen) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (b"The specified phrase is too short.\n", "does not take this search: “The specified phrase is too short.”"),
        (b"Please limit requests to one every 5 seconds", "come less often"),
        (b"<html><title>Error</title></html>", "a page in place of its data"),
        (b"", "sent nothing"),
        (b"[1, 2]", "not what GDELT sends"),
        (b'{"articles": 5}', "not the list"),
        (b'{"error": "no"}', "not the list"),
    ],
)
def test_what_gdelt_says_in_words_is_passed_on(web: Web, fetcher: Fetcher, words: bytes, says: str) -> None:
    web.routes["/doc"] = page(words)

    with pytest.raises(FetchError, match=says):
        poll(web, fetcher, volume=False)


def test_a_search_that_is_not_taken_leaves_the_others_alone(web: Web, fetcher: Fetcher) -> None:
    def picky(request: BaseHTTPRequestHandler) -> None:
        wanted = parse_qs(urlsplit(request.path).query)["query"][0]
        answer = page(b"Your query was too short.") if wanted == "ab" else page(json.dumps(volume(10, 90)).encode())
        answer(request)

    web.routes["/doc"] = gdelt({"articles": [article(1)]}, picky)

    brought = poll(web, fetcher, ("ab", "rain"))

    assert len(brought.items) == 1
    assert [reading.topic for reading in brought.readings] == ["rain"]
    assert brought.trouble == ("GDELT does not take this search: “Your query was too short.”",)


def test_a_busy_gdelt_is_left_alone_at_once(web: Web, fetcher: Fetcher) -> None:
    web.routes["/doc"] = gdelt({"articles": [article(1)]}, status(429, {"Retry-After": "3600"}))

    brought = poll(web, fetcher, ("rain", "snow", "hail"))

    assert len(web.seen) == 2
    assert brought.next_poll_after == timedelta(hours=1)


def test_stray_backslashes_and_line_ends_are_mended(web: Web, fetcher: Fetcher) -> None:
    told = json.dumps({"articles": [article(1, title="TITLE")]}).replace("TITLE", 'A \\d \n\\"B\\" C:\\\\x')
    web.routes["/doc"] = gdelt(page(told.encode()), {})

    (item,) = poll(web, fetcher, volume=False).items

    assert item.text == 'A d "B" C:\\x'


def test_five_seconds_pass_between_two_requests() -> None:
    """Seen without waiting: where the whole request may take four seconds, the second one's turn comes too late."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["mode"])
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    limits = Limits(total_seconds=4.0, gap_seconds=0.0)
    open_door = Fetcher("Tact/test (+ops@example.org)", limits=limits, transport=httpx.MockTransport(answer))
    config = {"address": "https://gdelt.example/doc", "terms": ["rain"]}

    brought = SOURCE.poll(config, PollState(), open_door, NOW)

    assert asked == ["artlist"]
    assert "waits for its next time" in brought.trouble[0]


def test_gdelt_is_asked_for_few_terms() -> None:
    with pytest.raises(BadInput, match="at most 5"):
        SOURCE.check({"terms": [f"term{number}" for number in range(6)]})
