"""X: counts as readings, posts as mentions, the plan's allowance, and keys that are wrong."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from data.errors import BadInput, FetchError
from monitors.fetch import Fetcher
from monitors.sources import Poll, PollState
from monitors.sources.x import SOURCE

from .conftest import NOW, Web, page, status

TOKEN = "AAAA%2Bearer"
COUNTS, SEARCH = "/2/tweets/counts/recent", "/2/tweets/search/recent"


def stamp(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat().replace("+00:00", ".000Z")


def counts(*numbers: int, running: float = 0.5) -> bytes:
    """Hourly buckets, the last of which is still running."""
    buckets = [{"start": stamp(running), "end": stamp(0), "tweet_count": numbers[-1]}]
    for place, number in enumerate(reversed(numbers[:-1])):
        buckets.append({"start": stamp(running + place + 1), "end": stamp(running + place), "tweet_count": number})
    return json.dumps({"data": buckets[::-1], "meta": {"total_tweet_count": sum(numbers)}}).encode()


def posts(*numbers: int, onward: str = "") -> bytes:
    found = [
        {
            "id": str(number),
            "text": f"Iced tea &amp; me {number}",
            "author_id": "7",
            "created_at": stamp(0.2),
            "lang": "en",
            "public_metrics": {"retweet_count": 4, "reply_count": 1, "like_count": 9, "quote_count": 2},
        }
        for number in numbers
    ]
    meta = {"result_count": len(numbers)} | ({"next_token": onward} if onward else {})
    users = {"users": [{"id": "7", "username": "ann"}]}
    return json.dumps({"meta": meta} | ({"data": found, "includes": users} if numbers else {})).encode()


def ask(web: Web, fetcher: Fetcher, state: PollState | None = None, **config: object) -> Poll:
    given = {"token": TOKEN, "terms": '"iced tea"', "address": web.url("/")}
    return SOURCE.poll({**given, **config}, state or PollState(), fetcher, NOW)


def asked(web: Web, path: str) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(one).query) for one, _ in web.seen if one.startswith(path)]


@pytest.mark.parametrize(
    ("numbers", "count"), [((10, 10, 10, 10, 10, 10, 40, 90), 90), ((10, 10, 10, 10, 10, 10, 95, 20), 95)]
)
def test_the_busier_of_the_two_newest_hours_is_read(
    web: Web, fetcher: Fetcher, numbers: tuple[int, ...], count: int
) -> None:
    web.routes[COUNTS] = page(counts(*numbers))
    (reading,) = ask(web, fetcher).readings

    assert (reading.topic, reading.count, reading.baseline) == ("iced tea", count, 10)
    assert reading.window_start < reading.window_end <= NOW
    assert asked(web, COUNTS) == [{"query": ['"iced tea"'], "granularity": ["hour"]}]
    assert web.seen[0][1]["authorization"] == f"Bearer {TOKEN}"


def test_a_short_history_says_nothing_about_what_is_usual(web: Web, fetcher: Fetcher) -> None:
    web.routes[COUNTS] = page(counts(10, 10, 50, 60))

    assert ask(web, fetcher).readings[0].baseline is None


def test_old_buckets_alone_are_no_reading(web: Web, fetcher: Fetcher) -> None:
    web.routes[COUNTS] = page(counts(10, 10, 10, running=5).replace(stamp(0).encode(), stamp(4).encode()))

    assert ask(web, fetcher).readings == ()


def test_posts_are_mentions_with_their_reposts(web: Web, fetcher: Fetcher) -> None:
    web.routes[SEARCH] = page(posts(1, 2))
    poll = ask(web, fetcher, counts=False, posts=True, language="en")

    item = poll.items[0]
    assert (item.external_id, item.text, item.author, item.weight) == ("1", "Iced tea & me 1", "ann", 5)
    assert (item.url, item.language) == ("https://x.com/ann/status/1", "en")
    assert item.extra == {"likes": 9, "replies": 1, "quotes": 2, "reposts": 4}
    assert asked(web, SEARCH)[0]["query"] == ['"iced tea" lang:en -is:retweet']
    assert asked(web, SEARCH)[0]["start_time"] == ["2026-03-02T07:59:00Z"]
    ask(web, fetcher, poll.state, counts=False, posts=True)
    assert asked(web, SEARCH)[1]["start_time"] == ["2026-03-02T08:47:00Z"], "where the first visit ended"


def test_pages_are_followed_and_a_flood_is_left(web: Web, fetcher: Fetcher) -> None:
    web.routes[SEARCH] = page(posts(1, onward="more"))
    poll = ask(web, fetcher, counts=False, posts=True)

    assert [one.get("next_token") for one in asked(web, SEARCH)] == [None, ["more"], ["more"]]
    assert "More was posted" in poll.trouble[0]


def test_nothing_found_is_an_answer(web: Web, fetcher: Fetcher) -> None:
    web.routes[SEARCH] = page(posts())

    assert ask(web, fetcher, counts=False, posts=True).items == ()


@pytest.mark.parametrize(("code", "says"), [(401, "bearer token"), (402, "plan is used up"), (403, "plan may not")])
def test_a_refused_key_says_what_to_do(web: Web, fetcher: Fetcher, code: int, says: str) -> None:
    web.routes[COUNTS] = status(code)
    with pytest.raises(FetchError, match=says) as refused:
        ask(web, fetcher)

    assert TOKEN not in refused.value.message + refused.value.cause


def test_an_allowance_that_is_used_up_is_waited_for(web: Web, fetcher: Fetcher) -> None:
    until = str(int((NOW + timedelta(minutes=12)).timestamp()))
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": until}
    web.routes[COUNTS] = status(200, headers, counts(1, 2))
    assert ask(web, fetcher).next_poll_after == timedelta(minutes=12)

    web.routes[COUNTS] = status(429, headers)
    with pytest.raises(FetchError) as busy:
        ask(web, fetcher)
    assert getattr(busy.value, "retry_after", None) == timedelta(minutes=12)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"token": ""}, "Bearer token"),
        ({"token": "a\nb"}, "Bearer token: a key is one word"),
        ({"terms": ""}, "Terms"),
        ({"counts": False}, "Switch counts or posts on"),
    ],
)
def test_settings_that_cannot_be_used_are_named(config: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        SOURCE.check({"token": TOKEN, "terms": "tea", **config})


def test_a_date_beyond_the_calendar_is_left_out(web: Web, fetcher: Fetcher) -> None:
    bad: dict[str, Any] = {"start": "0001-01-01T00:00:00+14:00", "end": stamp(0), "tweet_count": 5}
    body = json.loads(counts(1, 2))
    web.routes[COUNTS] = page(json.dumps(body | {"data": [bad, *body["data"]]}).encode())

    assert ask(web, fetcher).readings[0].count == 2
