"""Mastodon's mentions of an account: with its token, since the cursor, and what is said when the token is wrong."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from data.errors import BadInput, FetchError
from monitors.fetch import Fetcher
from monitors.sources import Poll, PollState
from monitors.sources.mastodon import SOURCE

from .conftest import NOW, Web, page, status

TOKEN = "t0ken-of-the-account"
PATH = "/api/v1/notifications"


def told(number: int, kind: str = "mention") -> dict[str, object]:
    said = {
        "id": f"9{number}",
        "created_at": (NOW - timedelta(minutes=number)).isoformat(),
        "account": {"acct": "ann@hill.example"},
        "uri": f"https://hill.example/{number}",
        "url": f"https://hill.example/@ann/{number}",
        "content": "<p>@us your kettle sings</p>",
        "language": "en",
        "reblogs_count": 2,
    }
    return {"id": str(number), "type": kind, "created_at": said["created_at"], "status": said}


def ask(web: Web, fetcher: Fetcher, state: PollState | None = None, **config: object) -> Poll:
    given = {"instance": web.url("/"), "mentions": True, "token": TOKEN}
    return SOURCE.poll({**given, **config}, state or PollState(), fetcher, NOW)


def test_who_mentions_the_account_is_a_mention(web: Web, fetcher: Fetcher) -> None:
    web.routes[PATH] = page(json.dumps([told(7), told(5)]).encode())
    first = ask(web, fetcher)
    web.routes[PATH] = page(b"[]")
    second = ask(web, fetcher, first.state)

    item = first.items[0]
    assert (item.external_id, item.text, item.author) == (
        "https://hill.example/7",
        "@us your kettle sings",
        "ann@hill.example",
    )
    assert (item.kind, item.topic, item.weight) == ("mentions", None, 3)
    assert [headers["authorization"] for _, headers in web.seen] == [f"Bearer {TOKEN}"] * 2
    asked = [parse_qs(urlsplit(path).query) for path, _ in web.seen]
    assert (asked[0]["types[]"], asked[1]["since_id"]) == (["mention"], ["7"])
    assert second.state.cursor == first.state.cursor == {"@": "7"}


def test_the_timelines_are_read_without_the_token(web: Web, fetcher: Fetcher) -> None:
    web.routes |= {PATH: page(json.dumps([told(7)]).encode()), "/api/v1/timelines/tag/tea": page(b"[]")}
    ask(web, fetcher, tags="tea")

    assert [(path.split("?")[0], headers.get("authorization")) for path, headers in web.seen] == [
        ("/api/v1/timelines/tag/tea", None),
        (PATH, f"Bearer {TOKEN}"),
    ]


@pytest.mark.parametrize(("code", "says"), [(401, "refuses the access token"), (403, "read:notifications")])
def test_a_refused_token_says_what_to_do(web: Web, fetcher: Fetcher, code: int, says: str) -> None:
    web.routes[PATH] = status(code)
    with pytest.raises(FetchError, match=says) as refused:
        ask(web, fetcher)

    assert TOKEN not in refused.value.message + refused.value.cause


def test_mentions_without_a_token_say_so() -> None:
    with pytest.raises(BadInput, match="Mentions need an access token"):
        SOURCE.check({"instance": "social.example", "mentions": True, "token": ""})


def test_the_token_is_a_secret_of_the_form() -> None:
    assert {one.name: one.kind for one in SOURCE.settings}["token"] == "secret"
