"""Keys on their way out of the door: to the server they are for, over https or to a named host, and nowhere else."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from data.errors import FetchError
from monitors.feeds import FeedParser
from monitors.fetch import Answered, Fetcher
from monitors.manners import quota_wait

from .conftest import NOW, Web, page, status

KEY = "bearer-key-1234"


def test_a_key_goes_to_its_own_server_alone(web: Web, other_web: Web, parser: FeedParser) -> None:
    both = Fetcher("Tact/test", allow_private=frozenset({web.place, other_web.place}), parser=parser)
    web.routes = {
        "/here": status(302, {"Location": "/next"}),
        "/next": status(302, {"Location": other_web.url("/far")}),
    }
    other_web.routes = {"/far": page(b"{}")}

    both.get(web.url("/here"), now=NOW, bearer=KEY)

    assert [headers.get("authorization") for _, headers in web.seen] == [f"Bearer {KEY}"] * 2
    assert [headers.get("authorization") for _, headers in other_web.seen] == [None]


def test_a_key_is_not_sent_in_the_clear_to_the_open_internet(fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="sent over https") as refused:
        fetcher.get("http://social.example/api", now=NOW, bearer=KEY)

    assert KEY not in refused.value.message + refused.value.cause


def test_a_form_carries_name_password_and_fields(web: Web, fetcher: Fetcher) -> None:
    web.routes = {"/token": page(b'{"a": 1}')}

    reply = fetcher.post_form(web.url("/token"), {"grant_type": "x y"}, now=NOW, user="id", password="pä:ss")

    assert reply.body == b'{"a": 1}'
    assert web.seen[0][1]["authorization"] == "Basic " + b64encode("id:pä:ss".encode()).decode()
    assert parse_qs(web.bodies[0].decode()) == {"grant_type": ["x y"]}


def test_a_form_follows_no_redirect_and_its_refusal_names_no_secret(
    web: Web, other_web: Web, parser: FeedParser
) -> None:
    both = Fetcher("Tact/test", allow_private=frozenset({web.place, other_web.place}), parser=parser)
    web.routes = {"/token": status(307, {"Location": other_web.url("/")})}

    with pytest.raises(Answered) as refused:
        both.post_form(web.url("/token?k=s3cret"), {"f": "s3cret"}, now=NOW, user="id", password="s3cret")

    assert other_web.seen == []
    assert "s3cret" not in refused.value.message + refused.value.cause


@pytest.mark.parametrize(
    ("left", "reset", "wait"),
    [
        ("0", "90", 90),
        ("0.5", str(int(NOW.timestamp()) + 60), 60),
        ("0", (NOW + timedelta(minutes=5)).isoformat(), 300),
        ("0", str(int(NOW.timestamp()) - 60), 0),
        ("0", "99999999999", 86_400),
        ("0", "soon", None),
        ("0", "2026-03-02T10:00:00", None),
        ("7", "90", None),
        ("-1e9", "90", None),
        ("", "", None),
    ],
)
def test_a_used_up_allowance_is_waited_for_as_the_server_spells_it(left: str, reset: str, wait: int | None) -> None:
    said = {"x-ratelimit-remaining": left, "x-ratelimit-reset": reset}

    assert quota_wait(said, NOW) == (None if wait is None else timedelta(seconds=wait))
