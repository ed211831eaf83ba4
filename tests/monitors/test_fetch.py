"""The door, tried against a real server on the loopback: what comes through, and what never does."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import brotli
import httpx
import pytest
import zstandard

from data.errors import BadInput, FetchError
from monitors.fetch import Answered, Fetcher, Limits, asked_wait
from monitors.guard import allowance, is_public
from monitors.manners import max_age, retry_after

from .conftest import NOW, Web, page, status

AGENT = "Tact/test (+ops@example.org)"


def test_brings_bytes_and_says_who_asks(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = page(b"hello", ETag='"a"', Last_Modified="Mon, 02 Mar 2026 08:00:00 GMT")

    reply = fetcher.get(web.url("/feed"), now=NOW)

    assert (reply.status, reply.body, reply.not_modified) == (200, b"hello", False)
    assert (reply.etag, reply.last_modified) == ('"a"', "Mon, 02 Mar 2026 08:00:00 GMT")
    asked = web.seen[0][1]
    assert asked["user-agent"] == AGENT
    assert asked["accept-encoding"] == "gzip, deflate, br, zstd"
    assert asked["host"] == web.place


def test_validators_go_back_byte_for_byte(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = status(304, {"ETag": 'W/"caf\xe9"'})

    reply = fetcher.get(web.url("/feed"), now=NOW, etag='W/"caf\xe9"', last_modified="sometime in spring")

    assert reply.not_modified
    assert reply.body == b""
    asked = web.seen[0][1]
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('W/"caf\xe9"', "sometime in spring")


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ("120", timedelta(seconds=120)),
        ("99999999999999999999", timedelta(hours=24)),
        (format_datetime(NOW + timedelta(minutes=7), usegmt=True), timedelta(minutes=7)),
        (format_datetime(NOW + timedelta(days=900), usegmt=True), timedelta(hours=24)),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), timedelta(0)),
        ("when it suits me", None),
    ],
)
def test_too_many_requests_say_how_long_to_wait(web: Web, fetcher: Fetcher, said: str, waits: timedelta | None) -> None:
    web.routes["/feed"] = without_date(429, said)

    with pytest.raises(Answered) as refused:
        fetcher.get(web.url("/feed"), now=NOW)

    assert refused.value.status == 429
    assert refused.value.retry_after == waits
    assert "less often" in refused.value.message


def without_date(code: int, said: str):  # type: ignore[no-untyped-def]
    """A server that does not tell its own time."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response_only(code)
        request.send_header("Retry-After", said)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def test_a_date_to_wait_for_is_read_on_the_servers_own_clock() -> None:
    server_now = NOW + timedelta(days=3)
    headers = {
        "date": format_datetime(server_now, usegmt=True),
        "retry-after": format_datetime(server_now + timedelta(minutes=2), usegmt=True),
    }

    assert retry_after(headers, NOW) == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ("public, max-age=600", timedelta(minutes=10)),
        ("no-store", None),
        ("max-age=x", None),
        ("max-age=99999999999999", timedelta(hours=24)),
    ],
)
def test_cache_control_is_understood(said: str, waits: timedelta | None) -> None:
    assert max_age(said) == waits


def test_a_hint_slows_us_by_an_hour_at_most(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = page(b"x", Cache_Control="max-age=31536000")
    web.routes["/quick"] = page(b"x")

    assert asked_wait(fetcher.get(web.url("/feed"), now=NOW)) == timedelta(hours=1)
    assert asked_wait(fetcher.get(web.url("/quick"), now=NOW)) is None
    assert asked_wait(fetcher.get(web.url("/quick"), now=NOW), timedelta(minutes=30)) == timedelta(minutes=30)


def test_each_refusal_has_a_sentence_of_its_own(web: Web, fetcher: Fetcher) -> None:
    said = {}
    for code in (403, 404, 410, 429, 500, 503):
        web.routes["/feed"] = status(code)
        with pytest.raises(Answered) as refused:
            fetcher.get(web.url("/feed"), now=NOW)
        said[code] = refused.value.message
        assert refused.value.gone == (code == 410)
        assert str(code) in refused.value.cause

    assert len(set(said.values())) == len(said)


def test_redirects_are_followed_to_where_they_lead(web: Web, fetcher: Fetcher) -> None:
    web.routes["/old"] = status(301, {"Location": "/new?x=1"})
    web.routes["/new"] = page(b"here")

    reply = fetcher.get(web.url("/old"), now=NOW)

    assert (reply.body, reply.url) == (b"here", web.url("/new?x=1"))


def test_a_circle_of_redirects_is_left_after_five(web: Web, fetcher: Fetcher) -> None:
    web.routes["/a"] = status(302, {"Location": "/b"})
    web.routes["/b"] = status(302, {"Location": "/a"})

    with pytest.raises(FetchError, match="without end"):
        fetcher.get(web.url("/a"), now=NOW)

    assert len(web.seen) == 6


@pytest.mark.parametrize("onward", ["file:///etc/passwd", "gopher://127.0.0.1/", "//[bad", "javascript:1"])
def test_a_redirect_to_no_web_address_is_refused(web: Web, fetcher: Fetcher, onward: str) -> None:
    web.routes["/a"] = status(302, {"Location": onward})

    with pytest.raises(FetchError, match="not a web address"):
        fetcher.get(web.url("/a"), now=NOW)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_a_redirect_to_this_machine_reaches_nobody(web: Web, other_web: Web, fetcher: Fetcher, host: str) -> None:
    port = other_web.place.rpartition(":")[2]
    web.routes["/a"] = status(302, {"Location": f"http://{host}:{port}/secret"})
    other_web.routes["/secret"] = page(b"secret")

    with pytest.raises(FetchError, match="private address"):
        fetcher.get(web.url("/a"), now=NOW)

    assert other_web.seen == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "127.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fc00::1]",
        "[fec0::1]",
        "0.0.0.0",
        "[::]",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_no_spelling_of_a_private_address_is_read(web: Web, host: str) -> None:
    port = web.place.rpartition(":")[2]
    shut = Fetcher(AGENT)

    with pytest.raises(FetchError, match="private address"):
        shut.get(f"http://{host}:{port}/", now=NOW)

    assert web.seen == []


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_a_public_site_cannot_send_us_to_an_allowed_private_host() -> None:
    allowed = frozenset({"intranet.example", "127.0.0.1:8080"})

    assert allowance(httpx.URL("http://intranet.example/feed"), allowed) == allowed
    assert allowance(httpx.URL("http://127.0.0.1:8080/feed"), allowed) == allowed
    assert allowance(httpx.URL("http://127.0.0.1:8081/feed"), allowed) == frozenset()
    assert allowance(httpx.URL("https://news.example/feed"), allowed) == frozenset()


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://example.org/",
        "ftp://example.org/",
        "example.org/feed",
        "",
        "http://",
        "http://[x",
        "http://0177.0.0.1/",
    ],
)
def test_what_is_no_web_address_is_bad_input(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(BadInput):
        fetcher.get(url, now=NOW)


@pytest.mark.parametrize(
    "encoding", ["gzip", "deflate", "raw deflate", "identity", "br", "zstd", "gzip, br", "zstd, gzip"]
)
def test_packed_bodies_are_opened(web: Web, fetcher: Fetcher, encoding: str) -> None:
    text = b"<rss>" + b"words " * 5_000
    packed = {
        "gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "raw deflate": zlib.compress(text)[2:-4],
        "identity": text,
        "br": brotli.compress(text),
        "zstd": zstandard.compress(text),
        "gzip, br": brotli.compress(gzip.compress(text)),
        "zstd, gzip": gzip.compress(zstandard.compress(text)),
    }[encoding]
    web.routes["/feed"] = page(packed, Content_Encoding=encoding.removeprefix("raw "))

    assert fetcher.get(web.url("/feed"), now=NOW).body == text


@pytest.mark.parametrize("encoding", ["compress", "gzip, gzip, gzip, gzip", "br, x-snappy"])
def test_packing_we_never_asked_for_is_not_opened(web: Web, fetcher: Fetcher, encoding: str) -> None:
    web.routes["/feed"] = page(b"whatever", Content_Encoding=encoding)

    with pytest.raises(FetchError, match="did not ask for"):
        fetcher.get(web.url("/feed"), now=NOW)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("how", ["not packed at all", "cut short"])
def test_damaged_packing_is_a_sentence(web: Web, fetcher: Fetcher, encoding: str, how: str) -> None:
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard.compress}
    body = b"no such thing" if how == "not packed at all" else pack[encoding](b"words " * 5_000)[:-2]
    web.routes["/feed"] = page(body, Content_Encoding=encoding)

    with pytest.raises(FetchError, match="damaged"):
        fetcher.get(web.url("/feed"), now=NOW)


def test_a_packed_answer_without_a_body_is_empty(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = page(b"", Content_Encoding="gzip, br")

    assert fetcher.get(web.url("/feed"), now=NOW).body == b""


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_drip_is_given_up_at_the_deadline(web: Web, where: str) -> None:
    stop = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        if where == "body":
            request.end_headers()
        while not stop.wait(0.05):
            request.wfile.write(b"x" if where == "body" else b"X: 1\r\n")
            request.wfile.flush()

    web.routes["/feed"] = drip
    door = Fetcher(AGENT, allow_private=frozenset({web.place}), limits=Limits(total_seconds=0.4))
    began = time.monotonic()
    try:
        with pytest.raises(FetchError, match=r"longer than 0\.4 seconds"):
            door.get(web.url("/feed"), now=NOW)
    finally:
        stop.set()

    assert time.monotonic() - began < 2


def test_the_deadline_holds_over_all_redirects(web: Web) -> None:
    def slow(request: BaseHTTPRequestHandler) -> None:
        time.sleep(0.15)
        status(302, {"Location": "/a"})(request)

    web.routes["/a"] = slow
    door = Fetcher(AGENT, allow_private=frozenset({web.place}), limits=Limits(total_seconds=0.3))

    with pytest.raises(FetchError, match="longer than"):
        door.get(web.url("/a"), now=NOW)

    assert len(web.seen) < 6


def test_nobody_there_is_a_sentence(other_web: Web) -> None:
    place = other_web.place
    other_web.close()
    door = Fetcher(AGENT, allow_private=frozenset({place}))

    with pytest.raises(FetchError, match="No connection"):
        door.get(f"http://{place}/feed", now=NOW)


def test_an_answer_that_is_not_http_is_a_sentence(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = lambda request: request.wfile.write(b"\x00\x01garbage\r\n\r\n") and None

    with pytest.raises(FetchError, match="not HTTP"):
        fetcher.get(web.url("/feed"), now=NOW)


def test_secrets_in_an_address_stay_out_of_errors(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = status(500)

    with pytest.raises(FetchError) as refused:
        fetcher.get(f"http://me:hunter2@{web.place}/feed?key=hunter2", now=NOW)

    assert "hunter2" not in refused.value.message + refused.value.cause


def test_the_requests_of_one_poll_share_its_time(web: Web, fetcher: Fetcher) -> None:
    web.routes["/feed"] = page(b"x")

    with fetcher.allowing(0.2):
        fetcher.get(web.url("/feed"), now=NOW)
        time.sleep(0.2)
        with pytest.raises(FetchError, match="longer than"):
            fetcher.get(web.url("/feed"), now=NOW)

    assert fetcher.get(web.url("/feed"), now=NOW).body == b"x"
    assert len(web.seen) == 2
