"""JSON Feed through the same door, the same parser and the same settings as RSS."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from data.errors import FetchError
from monitors.fetch import Fetcher
from monitors.sources import Poll, PollState
from monitors.sources.rss import SOURCE

from .conftest import NOW, Web, page, status

V11 = "https://jsonfeed.org/version/1.1"


def feed(*items: object, **told: Any) -> bytes:
    return json.dumps({"version": V11, "title": "The Example", "items": list(items), **told}).encode()


def poll(web: Web, fetcher: Fetcher, state: PollState | None = None, **config: object) -> Poll:
    return SOURCE.poll({"address": web.url("/feed"), **config}, state or PollState(), fetcher, NOW)


@pytest.mark.parametrize("called", ["application/feed+json; charset=utf-8", "application/json", "text/plain"])
def test_a_json_feed_is_known_by_its_name_or_its_body(web: Web, fetcher: Fetcher, called: str) -> None:
    entry = {
        "id": "one",
        "url": "https://news.example/1",
        "title": "1 < 2 & rain",
        "content_html": "<p>It <b>pours</b></p><script>x()</script>",
        "date_published": "2026-03-02T10:30:00+02:00",
        "authors": [{"name": "Ada"}],
        "tags": ["Weather", "#Ferry"],
    }
    web.routes["/feed"] = page(b"\xef\xbb\xbf\n" + feed(entry, language="en"), Content_Type=called)

    (item,) = poll(web, fetcher, item_kind="mentions", region="US").items

    assert (item.external_id, item.text, item.url) == ("one", "1 < 2 & rain\nIt pours", "https://news.example/1")
    assert (item.author, item.language, item.region, item.kind) == ("Ada", "en", "US", "mentions")
    assert (item.topic, item.extra["categories"]) == ("#Ferry", ["Weather", "#Ferry"])
    assert item.published_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert "application/feed+json" in web.seen[0][1]["accept"]


def test_what_is_missing_or_odd_is_done_without(web: Web, fetcher: Fetcher) -> None:
    odd = [
        {"id": 7, "content_text": "a <b> c", "author": {"name": "Old"}, "url": "javascript:x()"},
        {"summary": "no id", "date_published": "2999-01-01T00:00:00Z", "authors": "me", "tags": "x"},
        {"title": 5, "id": None, "content_text": "no date", "date_published": "yesterday", "tags": [1, None]},
        "no entry",
        None,
    ]
    web.routes["/feed"] = page(feed(*odd, version="https://jsonfeed.org/version/1", author={"name": "House"}))

    numbered, unnamed, undated = poll(web, fetcher).items

    assert (numbered.external_id, numbered.text, numbered.author, numbered.url) == ("7", "a <b> c", "Old", "")
    assert unnamed.external_id.startswith("sha256:")
    assert (unnamed.published_at, unnamed.author) == (NOW, "House")
    assert (undated.text, undated.published_at) == ("no date", None)


def test_validators_serve_a_json_feed_as_well(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = page(feed(), ETag='"v1"')
    first = poll(web, fetcher)
    web.routes["/feed"] = status(304)

    assert poll(web, fetcher, first.state).not_modified
    assert web.seen[1][1]["if-none-match"] == '"v1"'


def test_entries_are_capped(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = page(feed(*({"id": str(number), "title": "x"} for number in range(20_000))))

    items = poll(web, fetcher).items

    assert [item.external_id for item in items] == [str(number) for number in range(500)]


@pytest.mark.parametrize(
    "body",
    [
        b'{"items": []}',
        b'{"version": 5, "items": []}',
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [',
        b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 500_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
        b'{"version": "\xff\xfe"}',
    ],
    ids=["another object", "no version", "half a feed", "deep", "a huge number", "no text"],
)
def test_json_that_is_no_feed_is_refused_in_a_sentence(web: Web, fetcher: Fetcher, body: bytes) -> None:
    web.routes["/feed"] = page(body, Content_Type="application/feed+json")

    with pytest.raises(FetchError, match="not a feed"):
        poll(web, fetcher)
    web.routes["/feed"] = page(feed({"id": "next", "title": "x"}))
    assert len(poll(web, fetcher).items) == 1
