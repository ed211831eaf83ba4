"""The gap between two requests to one host: kept for the open internet, never for a named loopback."""

from __future__ import annotations

import itertools
import threading
import time

import httpx
import pytest

from data.errors import FetchError
from monitors.fetch import Fetcher, Limits
from monitors.guard import Deadline
from monitors.pace import MOST_HOSTS, Pace, is_paced

from .conftest import NOW, Web, page, status

AGENT = "Tact/test (+ops@example.org)"


class Elsewhere(httpx.BaseTransport):
    """Notes when each request would have left, and answers it."""

    def __init__(self, *locations: str) -> None:
        self.at: list[float] = []
        self._locations = list(locations)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.at.append(time.monotonic())
        if self._locations:
            return httpx.Response(302, headers={"Location": self._locations.pop(0)})
        return httpx.Response(200, stream=httpx.ByteStream(b"x"))


def door(elsewhere: Elsewhere, **limits: float) -> Fetcher:
    return Fetcher(AGENT, transport=elsewhere, limits=Limits(**limits))  # type: ignore[arg-type]


def test_one_host_is_not_asked_twice_within_the_gap() -> None:
    elsewhere = Elsewhere()
    fetcher = door(elsewhere, gap_seconds=0.15)

    for path in ("a", "b", "c"):
        fetcher.get(f"http://One.example/{path}", now=NOW)

    assert all(later - earlier >= 0.14 for earlier, later in itertools.pairwise(elsewhere.at))


def test_other_hosts_do_not_wait() -> None:
    fetcher = door(Elsewhere(), gap_seconds=30)
    began = time.monotonic()

    for name in ("one", "two", "three"):
        fetcher.get(f"http://{name}.example/", now=NOW)

    assert time.monotonic() - began < 1


def test_a_redirect_on_the_same_host_takes_its_turn() -> None:
    elsewhere = Elsewhere("http://one.example/b")

    door(elsewhere, gap_seconds=0.15).get("http://one.example/a", now=NOW)

    assert elsewhere.at[1] - elsewhere.at[0] >= 0.14


def test_a_source_may_ask_for_a_longer_gap() -> None:
    elsewhere = Elsewhere()
    fetcher = door(elsewhere, gap_seconds=0.0)

    fetcher.get("http://one.example/", now=NOW, gap_seconds=0.15)
    fetcher.get("http://one.example/", now=NOW)
    fetcher.get("http://one.example/", now=NOW)

    assert elsewhere.at[1] - elsewhere.at[0] >= 0.14
    assert elsewhere.at[2] - elsewhere.at[1] < 0.14


def test_threads_get_their_turns_one_after_the_other() -> None:
    elsewhere = Elsewhere()
    fetcher = door(elsewhere, gap_seconds=0.1)
    threads = [
        threading.Thread(target=fetcher.get, args=("http://one.example/",), kwargs={"now": NOW}) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    at = sorted(elsewhere.at)
    assert all(later - earlier >= 0.08 for earlier, later in itertools.pairwise(at))


def test_a_turn_that_comes_too_late_is_not_waited_for() -> None:
    elsewhere = Elsewhere()
    fetcher = door(elsewhere, gap_seconds=20.0, total_seconds=5.0)
    fetcher.get("http://one.example/", now=NOW)
    began = time.monotonic()

    for _ in range(3):  # and a refusal claims no turn
        with pytest.raises(FetchError, match=r"Too many of our sources read from one\.example"):
            fetcher.get("http://one.example/", now=NOW)

    assert time.monotonic() - began < 1
    assert len(elsewhere.at) == 1


def test_a_stop_is_not_held_up_by_a_turn() -> None:
    elsewhere = Elsewhere()
    fetcher = door(elsewhere, gap_seconds=20.0)
    fetcher.get("http://one.example/", now=NOW)
    said: list[str] = []

    def wait() -> None:
        with pytest.raises(FetchError) as refused:
            fetcher.get("http://one.example/", now=NOW)
        said.append(refused.value.message)

    waiting = threading.Thread(target=wait)
    waiting.start()
    fetcher.stop_waiting()
    waiting.join(5)

    assert said == ["Tact is stopping: this source is read after the next start."]


def test_a_named_loopback_host_is_not_paced(web: Web) -> None:
    web.routes["/a"] = page(b"x")
    web.routes["/b"] = status(302, {"Location": "/a"})
    fetcher = Fetcher(AGENT, allow_private=frozenset({web.place}), limits=Limits(gap_seconds=20.0))
    began = time.monotonic()

    fetcher.get(web.url("/b"), now=NOW)
    fetcher.get(web.url("/a"), now=NOW)

    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("url", "allowed", "paced"),
    [
        ("http://127.0.0.1:80/", {"127.0.0.1"}, False),
        ("http://127.9.9.9:8080/", {"127.9.9.9:8080"}, False),
        ("http://[::1]/", {"[::1]:80"}, False),
        ("http://localhost/", {"localhost"}, False),
        ("http://127.0.0.1/", set(), True),
        ("http://127.0.0.1:81/", {"127.0.0.1:80"}, True),
        ("http://10.0.0.1/", {"10.0.0.1"}, True),
        ("http://127.evil.example/", {"127.evil.example"}, True),
        ("https://one.example/", set(), True),
    ],
)
def test_only_named_loopback_addresses_are_exempt(url: str, allowed: set[str], paced: bool) -> None:
    assert is_paced(httpx.URL(url), frozenset(allowed)) is paced


def test_hosts_of_long_ago_are_forgotten() -> None:
    pace = Pace()
    for number in range(3 * MOST_HOSTS):
        pace.take_turn(f"h{number}.example", 0.0, Deadline(5))

    assert len(pace._free_at) <= MOST_HOSTS + 1
