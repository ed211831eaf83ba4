"""Hacker News as its search answers, over HTTP from the loopback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from data.errors import BadInput, FetchError
from monitors.fetch import Fetcher
from monitors.sources import Poll, PollState
from monitors.sources.hacker_news import SOURCE

from .conftest import NOW, Answer, Web, page, status

RECORDED = Path(__file__).parents[3] / "shared" / "fixtures" / "hn" / "algolia.json"
NOW_SECONDS = int(NOW.timestamp())


def hit(number: int, ago: int = 60, **told: Any) -> dict[str, Any]:
    return {"objectID": str(number), "created_at_i": NOW_SECONDS - ago, "author": "ada", "title": "Rain", **told}


def hits(*found: Mapping[str, Any]) -> Answer:
    return page(json.dumps({"hits": list(found), "nbHits": len(found), "page": 0, "nbPages": 1}).encode())


def search(found: list[dict[str, Any]], asked: list[dict[str, str]]) -> Answer:
    """A search that keeps to the cursor and the pages it is asked for, newest first."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        asked.append(query)
        since = int(query["numericFilters"].removeprefix("created_at_i>"))
        size, number = int(query["hitsPerPage"]), int(query["page"])
        known = sorted(found, key=lambda one: -one["created_at_i"])
        told = [one for one in known if one["created_at_i"] > since][number * size : (number + 1) * size]
        hits(*told)(request)

    return answer


def poll(web: Web, fetcher: Fetcher, cursor: Mapping[str, str] | None = None, **config: object) -> Poll:
    settings = {"address": web.url("/search"), "terms": ["rain"], **config}
    return SOURCE.poll(settings, PollState(cursor=cursor or {}), fetcher, NOW)


def test_a_story_is_a_mention_and_its_points_weigh_nothing(web: Web, fetcher: Fetcher) -> None:
    story = hit(7, story_text="It <b>pours</b>.", url="https://news.example/1", points=40, num_comments=3)
    web.routes["/search"] = hits(story)

    (item,) = poll(web, fetcher).items

    assert (item.external_id, item.text, item.weight, item.kind) == ("7", "Rain\nIt pours.", 1, "mentions")
    assert (item.url, item.author) == ("https://news.ycombinator.com/item?id=7", "ada")
    assert item.published_at == datetime(2026, 3, 2, 8, 59, tzinfo=UTC)
    assert item.extra == {"title": "Rain", "link": "https://news.example/1", "points": 40, "comments": 3}


def test_a_comment_is_read_with_its_story_beside_it(web: Web, fetcher: Fetcher) -> None:
    web.routes["/search"] = hits(hit(8, title=None, comment_text="I&#x27;m <i>wet</i>", story_title="Rain"))

    (item,) = poll(web, fetcher).items

    assert (item.text, item.extra["title"]) == ("I'm wet", "Rain")


def test_the_next_visit_goes_on_from_the_cursor(web: Web, fetcher: Fetcher) -> None:
    asked: list[dict[str, str]] = []
    known = [hit(number, ago=3_600 * number) for number in range(1, 30)]
    web.routes["/search"] = search(known, asked)
    first = poll(web, fetcher, comments=False)
    web.routes["/search"] = search([hit(99, ago=30), *known], asked)
    second = poll(web, fetcher, first.state.cursor)

    assert len(first.items) == 24  # those of the last day
    assert first.state.cursor == {"rain": str(NOW_SECONDS - 3_600)}
    assert [item.external_id for item in second.items] == ["99", "1"]
    assert second.state.cursor == {"rain": str(NOW_SECONDS - 30)}
    assert (asked[0]["tags"], asked[1]["tags"]) == ("story", "(story,comment)")


def test_silence_moves_no_cursor(web: Web, fetcher: Fetcher) -> None:
    web.routes["/search"] = hits()
    reached = str(NOW_SECONDS - 5_000)

    assert poll(web, fetcher, {"rain": reached}).state.cursor == {"rain": reached}


@pytest.mark.parametrize(("found", "read", "requests"), [(250, 250, 3), (900, 500, 5)])
def test_pages_are_read_up_to_the_cursor_and_have_an_end(
    web: Web, fetcher: Fetcher, found: int, read: int, requests: int
) -> None:
    web.routes["/search"] = search([hit(number, ago=number) for number in range(1, found + 1)], [])

    brought = poll(web, fetcher)

    assert len(brought.items) == read
    assert brought.items[0].external_id == "1"
    assert len(web.seen) == requests
    assert bool(brought.trouble) == (read < found)


def test_a_claim_from_the_future_does_not_stop_the_search(web: Web, fetcher: Fetcher) -> None:
    web.routes["/search"] = hits(hit(5, ago=-90_000))

    brought = poll(web, fetcher)

    assert brought.items[0].published_at == NOW
    assert brought.state.cursor == {"rain": str(NOW_SECONDS)}


def test_what_two_terms_find_comes_once_and_one_that_fails_leaves_the_other_alone(web: Web, fetcher: Fetcher) -> None:
    def by_term(request: BaseHTTPRequestHandler) -> None:
        term = parse_qs(urlsplit(request.path).query)["query"][0]
        answer = status(404) if term == "hail" else hits(hit(1))
        answer(request)

    web.routes["/search"] = by_term

    brought = poll(web, fetcher, terms='rain hail "heavy rain"')

    assert len(brought.items) == 1
    assert set(brought.state.cursor) == {"rain", "heavy rain"}
    assert len(brought.trouble) == 1


def test_a_reply_that_is_no_search_result_is_a_sentence(web: Web, fetcher: Fetcher) -> None:
    web.routes["/search"] = page(b'{"message": "not available", "status": 500}')

    with pytest.raises(FetchError, match="not the list we asked for"):
        poll(web, fetcher)


def test_too_many_terms_are_refused() -> None:
    with pytest.raises(BadInput, match="at most 10"):
        SOURCE.check({"terms": [f"t{number}" for number in range(11)]})


def test_captured_replies_are_read(web: Web, fetcher: Fetcher) -> None:
    if not RECORDED.is_file():
        pytest.skip("../shared/fixtures/hn is not here")
    exchanges = json.loads(RECORDED.read_text(encoding="utf-8"))
    replies = [one["reply"] for one in exchanges if "/search_by_date" in one["url"]]
    then = datetime(2014, 6, 20, 4, 0, tzinfo=UTC)  # when they were captured
    config = {"address": web.url("/search"), "terms": ["rain"]}
    items = []
    for reply in replies:
        web.routes["/search"] = page(json.dumps(reply).encode())
        items += SOURCE.poll(config, PollState(), fetcher, then).items

    assert len(replies) == 12
    assert "7919424" in {item.external_id for item in items}
    assert all("<" not in item.text and item.author for item in items)
