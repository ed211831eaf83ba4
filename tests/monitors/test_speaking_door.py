"""The door for whoever speaks: the guard of feeds, over clients and plain connections."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import httpx
import pytest

from monitors import speaking
from monitors.speaking import SpeakingDoor
from tests.monitors.conftest import Web, page, status

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def door(web: Web) -> SpeakingDoor:
    return SpeakingDoor("Tact/test", allow_private=frozenset({web.place}), now=lambda: NOW)


def test_a_private_address_is_spoken_to_only_by_name(web: Web) -> None:
    web.routes = {"/": page(b"hello")}
    with SpeakingDoor("Tact/test").client() as client, pytest.raises(httpx.ConnectError, match="private"):
        client.get(web.url("/"))
    with pytest.raises(httpx.ConnectError, match="private"):
        SpeakingDoor("Tact/test").connect(*web.address)
    assert web.seen == []
    with door(web).client() as client:
        assert client.get(web.url("/")).content == b"hello"
    assert web.seen[0][1]["user-agent"] == "Tact/test"


def test_a_redirect_is_not_followed_and_no_proxy_is_asked(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    web.routes = {"/": status(302, {"Location": "/elsewhere"})}
    with door(web).client() as client:
        assert client.get(web.url("/")).status_code == 302
    assert [path for path, _ in web.seen] == ["/"]


def test_an_answer_without_end_is_cut(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking, "MOST_BYTES", 1000)
    web.routes = {"/": page(b"x" * 1001)}
    with door(web).client() as client, pytest.raises(httpx.ReadError, match="more than 1000 bytes"):
        client.get(web.url("/"))


def test_the_time_of_a_deed_is_one_for_all_its_requests(web: Web) -> None:
    web.routes = {"/": page(b"hello")}
    with door(web).client(seconds=0.0) as client, pytest.raises(httpx.TransportError):
        client.get(web.url("/"))


def test_a_connection_for_mail_is_open_or_was_never_made(web: Web) -> None:
    with door(web).connect(*web.address) as opened:
        assert opened.getpeername() == web.address
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    nobody = SpeakingDoor("Tact/test", allow_private=frozenset({"127.0.0.1"}))
    with pytest.raises(httpx.ConnectError):
        nobody.connect("127.0.0.1", port)
    with pytest.raises((httpx.ConnectError, httpx.ConnectTimeout)):
        nobody.connect("no.such.name.invalid", 25)
    assert door(web).now() == NOW
