"""Reddit: the token and the posts, what is read twice and what is not, and keys that are wrong."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from data.errors import BadInput, FetchError
from monitors.fetch import Fetcher
from monitors.sources import Poll, PollState
from monitors.sources.reddit import SOURCE

from .conftest import NOW, Web, page, status

FOLDER = Path(__file__).parents[3] / "shared" / "fixtures" / "reddit"
CAPTURED = sorted(FOLDER.glob("*.json"))
SECRET, TOKEN = "s3cret-of-the-app", "t0ken-of-this-visit"


def post(name: str, minutes: float = 5, **said: Any) -> dict[str, Any]:
    words: dict[str, Any] = {
        "name": f"t3_{name}",
        "title": f"Kettle {name} &amp; I",
        "selftext": "It sings",
        "author": "ann",
        "subreddit": "tea",
        "permalink": f"/r/tea/comments/{name}/kettle/",
        "url": "https://pictures.example/kettle",
        "created_utc": (NOW - timedelta(minutes=minutes)).timestamp(),
        "score": 12,
        "num_comments": 3,
    }
    return {"kind": "t3", "data": words | said}


def listing(*posts: dict[str, Any], after: str | None = None) -> bytes:
    return json.dumps({"kind": "Listing", "data": {"children": list(posts), "after": after}}).encode()


def ask(web: Web, fetcher: Fetcher, state: PollState | None = None, **config: object) -> Poll:
    web.routes.setdefault("/token", page(json.dumps({"access_token": TOKEN, "expires_in": 3600}).encode()))
    given = {"client_id": "app", "client_secret": SECRET, "address": web.url(""), "token_address": web.url("/token")}
    return SOURCE.poll({**given, **config}, state or PollState(), fetcher, NOW)


def queries(web: Web, path: str) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(one).query) for one, _ in web.seen if one.startswith(path)]


def test_a_token_is_asked_for_and_carried(web: Web, fetcher: Fetcher) -> None:
    web.routes["/r/tea/new"] = page(listing(post("a")))
    poll = ask(web, fetcher, subreddits="r/tea")

    basic = b64encode(f"app:{SECRET}".encode()).decode()
    assert [headers["authorization"] for _, headers in web.seen] == [f"Basic {basic}", f"Bearer {TOKEN}"]
    assert web.bodies == [b"grant_type=client_credentials"]
    assert TOKEN not in repr(poll.state)


def test_a_post_is_a_mention(web: Web, fetcher: Fetcher) -> None:
    web.routes["/search"] = page(listing(post("a")))
    (item,) = ask(web, fetcher, terms='"iced tea"').items

    assert (item.external_id, item.kind, item.author, item.weight) == ("t3_a", "mentions", "ann", 1)
    assert item.text == "Kettle a & I\nIt sings"
    assert item.url == "https://www.reddit.com/r/tea/comments/a/kettle/"
    assert item.published_at == NOW - timedelta(minutes=5)
    assert item.extra == {"subreddit": "tea", "score": 12, "comments": 3, "link": "https://pictures.example/kettle"}
    assert queries(web, "/search")[0]["q"] == ['"iced tea"']
    assert queries(web, "/search")[0]["sort"] == ["new"]


def test_a_text_is_no_markup(web: Web, fetcher: Fetcher) -> None:
    web.routes["/search"] = page(listing(post("a", selftext="one <two> three " + "<a " * 20_000)))
    (item,) = ask(web, fetcher, terms="tea").items

    assert "one <two> three <a <a" in item.text
    assert len(item.text) < 2_100


def test_it_reads_back_to_its_cursor_and_no_further(web: Web, fetcher: Fetcher) -> None:
    pages = {"": listing(post("d", 1), post("c", 30), after="t3_c"), "t3_c": listing(post("b", 60), post("a", 900))}

    def answer(request: Any) -> None:
        page(pages[parse_qs(urlsplit(request.path).query).get("after", [""])[0]])(request)

    web.routes["/r/tea/new"] = answer
    first = ask(web, fetcher, subreddits="tea")
    second = ask(web, fetcher, first.state, subreddits="tea")

    assert [item.external_id for item in first.items] == ["t3_d", "t3_c", "t3_b", "t3_a"]
    assert [item.external_id for item in second.items] == ["t3_d"], "the last ten minutes again: search is late"
    assert len(queries(web, "/r/tea/new")) == 3


def test_an_endless_listing_is_left_after_a_few_pages(web: Web, fetcher: Fetcher) -> None:
    web.routes["/r/tea/new"] = page(listing(post("a"), after="t3_a"))
    poll = ask(web, fetcher, subreddits="tea")

    assert len(queries(web, "/r/tea/new")) == 3
    assert "More was posted" in poll.trouble[0]


def test_one_part_that_fails_leaves_the_others_alone(web: Web, fetcher: Fetcher) -> None:
    web.routes |= {"/r/secret/new": status(403), "/r/tea/new": page(listing(post("a")))}
    poll = ask(web, fetcher, subreddits="secret tea")

    assert [item.external_id for item in poll.items] == ["t3_a"]
    assert "does not let this key read that" in poll.trouble[0]


def test_an_allowance_that_is_used_up_is_waited_for(web: Web, fetcher: Fetcher) -> None:
    headers = {"X-Ratelimit-Remaining": "0.0", "X-Ratelimit-Reset": "333"}
    web.routes["/r/tea/new"] = status(200, headers, listing(post("a")))

    assert ask(web, fetcher, subreddits="tea").next_poll_after == timedelta(seconds=333)


@pytest.mark.parametrize("answer", [status(401), status(400), page(b'{"error": "invalid_grant"}'), page(b"[]")])
def test_a_refused_key_says_what_to_do_and_names_no_secret(web: Web, fetcher: Fetcher, answer: Any) -> None:
    web.routes["/token"] = answer
    with pytest.raises(FetchError, match="check client id and secret") as refused:
        ask(web, fetcher, subreddits="tea")

    assert SECRET not in refused.value.message + refused.value.cause


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"client_id": "", "subreddits": "tea"}, "Client id"),
        ({"client_secret": "two words", "subreddits": "tea"}, "Client secret: a key is one word"),
        ({"subreddits": "no/such"}, "Subreddits: .*cannot be a subreddit"),
        ({}, "Name at least one"),
        ({"terms": " ".join(f"t{n}" for n in range(21))}, "at most 20"),
    ],
)
def test_settings_that_cannot_be_used_are_named(config: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        SOURCE.check({"client_id": "app", "client_secret": SECRET, **config})
    assert SECRET not in refused.value.cause
    assert "two words" not in refused.value.cause


@pytest.mark.skipif(not CAPTURED, reason="the captured replies of Reddit are not here")
@pytest.mark.parametrize("file", CAPTURED, ids=lambda file: file.stem)
def test_captured_listings_are_read(web: Web, fetcher: Fetcher, file: Path) -> None:
    bodies = [one["response"]["body"]["string"] for one in json.loads(file.read_text())["interactions"]]
    found = next(body for body in bodies if '"Listing"' in body)
    ages = [child["data"]["created_utc"] for child in json.loads(found)["data"]["children"]]
    web.routes["/search"] = page(found.encode())
    start = PollState(cursor={"q tea": str(int(NOW.timestamp()))})
    assert ask(web, fetcher, start, terms="tea").items == (), "of years ago: before every cursor"

    fresh = json.loads(found)
    for child in fresh["data"]["children"]:
        child["data"]["created_utc"] = NOW.timestamp() - 60
    fresh["data"]["after"] = None
    web.routes["/search"] = page(json.dumps(fresh).encode())
    items = ask(web, fetcher, terms="tea").items
    assert len(items) == len(ages) > 0
    assert all(item.text and item.url.startswith("https://www.reddit.com/r/") for item in items)
    assert all("score" in item.extra for item in items)
