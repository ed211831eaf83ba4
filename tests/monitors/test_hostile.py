"""Every hostile case of the promises, through the real door and the real parser, against a real server.

What a case may cost: half a minute and 50 MB, the parser's child included (time is shortened here, and proportional).
No connection is ever tried to an address that is not the open internet: asserted at the socket, not in our code.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from data.errors import FetchError, TactError
from data.storage.store import Store
from data.storage.tables import items, sources
from monitors import guard
from monitors.feeds import FeedParser
from monitors.fetch import Fetcher, Limits
from monitors.listening import StreamStopped
from monitors.poller import Poller
from monitors.sources import Poll, PollState
from monitors.sources.mastodon import SOURCE as MASTODON
from monitors.sources.nws import SOURCE as NWS
from monitors.sources.rss import SOURCE as RSS
from monitors.streaming import StreamDoor
from tests.factory import add_source

from .conftest import NOW, Web, page
from .hostile import ASTRAY, CASES, GERMANE, MOST_MEMORY, Case, cost, drip, onward, rss, wire
from .hostile_streams import TABLE, without_end
from .hostile_streams import Case as StreamCase
from .streams import QUICK, either, frame, welcome

AGENT = "Tact/test (+ops@example.org)"
SHORT = Limits(total_seconds=0.4, silence_seconds=0.2, gap_seconds=0)
FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures" / "feeds"
NOWHERE = r"private address|not a web address|not HTTP"
THE_INTERNET = "127.0.0.2"  # what some tests declare to be the open internet


def door(parser: FeedParser, *allowed: str, limits: Limits = SHORT) -> Fetcher:
    return Fetcher(AGENT, allow_private=frozenset(allowed), limits=limits, parser=parser)


def poll(fetcher: Fetcher, address: str) -> Poll:
    return RSS.poll({"address": address}, PollState(), fetcher, NOW)


@pytest.fixture
def open_web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A server that counts as the open internet, so that what it asks of us is judged as a stranger's wish."""
    really = guard.is_public
    monkeypatch.setattr(guard, "is_public", lambda address: address == THE_INTERNET or really(address))
    server = Web(THE_INTERNET)
    yield server
    server.close()


class TestAsked:
    """What is read at an interval: `monitors.fetch` and `monitors.feeds`."""

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
    def test_an_answer_costs_little_time_and_memory(self, web: Web, parser: FeedParser, case: Case) -> None:
        web.routes["/feed"] = case.answer()
        parser.feed(GERMANE, url="", now=NOW)  # a child is there, and its start is not in the figures
        fetcher = door(parser, web.place)
        found, refused = None, None

        with wire() as connections, cost(*parser.pids) as spent:
            try:
                found = poll(fetcher, web.url("/feed"))
            except FetchError as error:
                refused = error

        assert spent.seconds < SHORT.total_seconds + 2.5, "the answer's time, and the parser's for a large feed"
        assert spent.grown < MOST_MEMORY
        assert set(connections.tried) == {web.address}
        if case.refused:
            assert refused is not None
            assert re.search(case.refused, refused.message)
            assert getattr(refused, "retry_after", None) == case.retry_after
        else:
            assert found is not None, refused
            assert len(found.items) == case.entries
            assert all("\x00" not in item.text and len(item.text) < 3_000 for item in found.items)
            assert all("root:" not in item.text for item in found.items)
            assert all(item.published_at is None or item.published_at <= NOW for item in found.items)

    @pytest.mark.parametrize("location", ASTRAY)
    def test_a_stranger_sends_us_nowhere_private(
        self, open_web: Web, other_web: Web, parser: FeedParser, location: str
    ) -> None:
        """Not even to a private host that was allowed: allowed is what a person typed, not what a stranger wishes."""
        open_web.routes["/feed"] = onward(location.format(port=other_web.address[1]))

        with wire() as connections, pytest.raises(FetchError, match=NOWHERE):
            poll(door(parser, other_web.place), open_web.url("/feed"))

        assert set(connections.tried) == {open_web.address}
        assert other_web.seen == []

    @pytest.mark.parametrize("location", ASTRAY)
    def test_nor_does_what_a_person_typed(self, other_web: Web, parser: FeedParser, location: str) -> None:
        address = location.format(port=other_web.address[1])

        with wire() as connections, pytest.raises(TactError):
            poll(door(parser), address)
        with wire() as more, pytest.raises(TactError):
            MASTODON.poll({"instance": address, "tags": "tea"}, PollState(), door(parser), NOW)

        assert connections.tried + more.tried == []
        assert other_web.seen == []

    def test_a_circle_and_a_long_way_are_left_after_five_hops(self, web: Web, parser: FeedParser) -> None:
        web.routes |= {f"/{at}": onward(f"/{at + 1}") for at in range(20)} | {"/circle": onward("/circle")}

        for start in ("/0", "/circle"):
            web.seen.clear()
            with pytest.raises(FetchError, match="without end"):
                poll(door(parser, web.place), web.url(start))
            assert len(web.seen) == 6

    def test_five_hops_are_followed(self, web: Web, parser: FeedParser) -> None:
        web.routes |= {f"/{at}": onward(f"/{at + 1}") for at in range(5)}
        web.routes["/5"] = CASES_BY_NAME["entries of the future"].answer()

        assert len(poll(door(parser, web.place), web.url("/0")).items) == 2

    def test_a_name_that_changes_its_mind_is_judged_each_time(
        self, open_web: Web, other_web: Web, parser: FeedParser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """DNS rebinding: public when first asked, private when asked again for the redirect to itself."""
        asked: list[str] = []

        def rebinding(host: str, port: int, *more: object, **named: object) -> list[object]:
            asked.append(host)
            address = THE_INTERNET if len(asked) == 1 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        open_web.routes["/feed"] = onward(f"http://rebind.example:{other_web.address[1]}/secret")
        with monkeypatch.context() as patch, wire() as connections:
            patch.setattr(guard.socket, "getaddrinfo", only_for("rebind.example", rebinding))
            with pytest.raises(FetchError, match="private address"):
                poll(door(parser), f"http://rebind.example:{open_web.address[1]}/feed")

        assert asked == ["rebind.example"] * 2, "once for each connection: what was checked is what is connected to"
        assert connections.tried == [open_web.address]
        assert other_web.seen == []

    def test_of_a_name_with_both_kinds_of_address_only_the_public_is_used(
        self, open_web: Web, parser: FeedParser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def mixed(host: str, port: int, *more: object, **named: object) -> list[object]:
            addresses = ("127.0.0.1", "10.0.0.1", "169.254.169.254", THE_INTERNET)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        open_web.routes["/feed"] = CASES_BY_NAME["NULs"].answer()
        with monkeypatch.context() as patch, wire() as connections:
            patch.setattr(guard.socket, "getaddrinfo", only_for("mixed.example", mixed))
            found = poll(door(parser), f"http://mixed.example:{open_web.address[1]}/feed")

        assert len(found.items) == 1
        assert connections.tried == [open_web.address]

    def test_a_body_of_json_can_be_a_bomb_too(self, web: Web, parser: FeedParser) -> None:
        web.routes["/feed"] = CASES_BY_NAME["a page"].answer()
        nest = b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 1_900_000
        parser.feed(GERMANE, url="", now=NOW)

        with cost(*parser.pids) as spent:
            for body in (nest, nest + b"[" * 5_000_000):
                with pytest.raises(FetchError):
                    parser.feed(body, url="", now=NOW, content_type="application/feed+json")

        assert spent.grown < MOST_MEMORY
        assert parser.feed(rss("").replace(b"T", b"U"), url="", now=NOW).title == "U"

    @pytest.mark.parametrize(
        ("elements", "why"),
        [(1_000_000, "more than 3 MB"), (160_000, "more parts"), (140_000, "Nothing in what came back")],
    )
    def test_a_list_of_nothing_costs_little(self, web: Web, parser: FeedParser, elements: int, why: str) -> None:
        """What is read as JSON is opened in our own process, so its values are counted before they exist."""
        web.routes["/api/v1/timelines/tag/tea"] = page(b"[" + b"{}," * elements + b"{}]")
        patient = door(parser, web.place, limits=replace(SHORT, total_seconds=5))

        with cost() as spent, pytest.raises(FetchError, match=why):
            MASTODON.poll({"instance": web.url("/"), "tags": "tea"}, PollState(), patient, NOW)

        assert spent.seconds < 0.7
        assert spent.grown < MOST_MEMORY

    def test_an_official_source_may_say_more(self, web: Web, parser: FeedParser) -> None:
        filler = b'"filler": "' + b"x" * 5_000_000 + b'", '
        web.routes["/feed"] = page(b'{"type": "FeatureCollection", ' + filler + b'"features": []}')
        patient = door(parser, web.place, limits=replace(SHORT, total_seconds=5))

        assert NWS.poll({"address": web.url("/feed")}, PollState(), patient, NOW).items == ()

    @pytest.mark.skipif(not FIXTURES.is_dir(), reason="../shared/fixtures/feeds is not here")
    def test_all_feeds_of_the_wild_are_read_or_refused_with_a_reason(self, parser: FeedParser) -> None:
        files = sorted(FIXTURES.rglob("*.xml"))
        read, reasons = 0, []
        parser.feed(GERMANE, url="", now=NOW)
        before = parser.pids

        with cost(*before) as spent:
            for file in files:
                began = time.monotonic()
                try:
                    feed = parser.feed(file.read_bytes(), url=f"https://news.example/{file.name}", now=NOW)
                except FetchError as error:
                    reasons.append(error.message)
                    continue
                finally:
                    assert time.monotonic() - began < 5, file.name
                read += 1
                for entry in feed.entries:
                    assert entry.external_id
                    assert "<script" not in entry.text.lower()
                    assert entry.published_at is None or entry.published_at <= NOW

        assert read + len(reasons) == len(files) == 1072
        assert read >= 1067
        assert all("not a feed" in reason for reason in reasons)
        assert parser.pids == before, "no feed was the end of the parser"
        assert spent.grown < MOST_MEMORY


class TestBesideOthers:
    """One hostile source among good ones, through the poller."""

    @pytest.mark.parametrize("kind", ["a drip", "a tangle"])
    def test_the_others_are_read_meanwhile(
        self, sqlite_store: Store, web: Web, other_web: Web, parser: FeedParser, kind: str
    ) -> None:
        enough = threading.Event()
        tangle = CASES_BY_NAME["a deep nest"].answer()
        web.routes["/feed"] = drip(b"HTTP/1.1 200 OK\r\n\r\n", stop=enough) if kind == "a drip" else tangle
        other_web.routes["/feed"] = CASES_BY_NAME["NULs"].answer()
        long_ago = sqlite_store.now().replace(year=2025)
        add_source(sqlite_store, "Hostile", config={"address": web.url("/feed")}, next_poll_at=long_ago)
        good = add_source(sqlite_store, "Good", config={"address": other_web.url("/feed")})
        fetcher = door(parser, web.place, other_web.place, limits=replace(SHORT, total_seconds=15))
        poller = Poller(sqlite_store, {"rss": RSS}, fetcher, "here")

        hostile = threading.Thread(target=poller.poll_one)
        hostile.start()
        wait_until(lambda: web.seen)
        assert poller.poll_one() is not None
        still_busy = hostile.is_alive()
        enough.set()
        hostile.join()

        assert still_busy or kind == "a tangle"
        with sqlite_store.read() as tx:
            rows = {row["name"]: row for row in tx.rows(select(sources))}
            assert tx.value(select(items.c.id).where(items.c.source_id == good)) is not None
        assert rows["Good"]["failures"] == 0
        assert rows["Hostile"]["failures"] == (1 if kind == "a drip" else 0)

    @pytest.mark.parametrize("case", [case for case in CASES if case.retry_after], ids=lambda case: case.name)
    def test_how_long_we_stay_away_is_remembered(
        self, sqlite_store: Store, web: Web, parser: FeedParser, case: Case
    ) -> None:
        web.routes["/feed"] = case.answer()
        add_source(sqlite_store, "Hostile", config={"address": web.url("/feed")}, interval_seconds=60)

        Poller(sqlite_store, {"rss": RSS}, door(parser, web.place), "here").poll_one()

        with sqlite_store.read() as tx:
            (row,) = tx.rows(select(sources))
        assert case.retry_after is not None
        assert row["next_poll_at"] - sqlite_store.now() >= case.retry_after


CASES_BY_NAME = {case.name: case for case in CASES}


def only_for(name: str, answer):  # type: ignore[no-untyped-def]
    """A resolver that answers for one name in its own way, and for numbers as the system does."""
    really = socket.getaddrinfo

    def resolve(host, *more, **named):  # type: ignore[no-untyped-def]
        return answer(host, *more, **named) if host == name else really(host, *more, **named)

    return resolve


def wait_until(condition, seconds: float = 5) -> None:  # type: ignore[no-untyped-def]
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


class TestListened:
    """What stays open: `monitors.streaming`, over both of its protocols."""

    @pytest.mark.parametrize(("protocol", "case"), TABLE, ids=lambda part: getattr(part, "name", part))
    def test_a_stream_costs_little_time_and_memory(self, web: Web, protocol: str, case: StreamCase) -> None:
        web.routes["/s"] = case.answer()
        came, refused, enough = 0, None, time.monotonic() + (2 if case.read else 0.4)

        with wire() as connections, cost() as spent:
            try:
                with closing(getattr(listener(web.place), protocol)(web.url("/s"))) as bursts:
                    for burst in bursts:
                        came += len(burst)
                        if came >= case.read > 0 or (not case.refused and time.monotonic() > enough):
                            break
            except FetchError as error:
                refused = error

        assert spent.seconds < 3
        assert spent.grown < MOST_MEMORY
        assert set(connections.tried) == {web.address}
        assert came >= case.read
        if case.refused:
            assert refused is not None
            assert re.search(case.refused, refused.message)
            assert getattr(refused, "retry_after", None) == case.retry_after
        else:
            assert refused is None

    def test_no_stream_is_read_faster_than_its_share(self, web: Web) -> None:
        web.routes["/s"] = without_end(welcome, frame(b"x" * 100) * 1_000)
        limits = replace(QUICK, silence_seconds=30, frames_second=1_000)
        door = StreamDoor(AGENT, lambda: NOW, allow_private=frozenset({web.place}), limits=limits)
        came, began = 0, time.monotonic()
        stop = threading.Timer(1.0, door.stop)
        stop.start()

        with pytest.raises(StreamStopped):
            for burst in door.websocket(web.url("/s")):
                came += len(burst)

        assert 500 < came < 4_000, "unbridled it brings tens of thousands"
        assert time.monotonic() - began < 1.5, "it rests no longer when it is told to stop"

    @pytest.mark.parametrize("location", ASTRAY)
    def test_nothing_private_is_listened_to(self, other_web: Web, location: str) -> None:
        address, shut = location.format(port=other_web.address[1]), listener()

        with wire() as connections:
            for listen in (shut.websocket, shut.events):
                with pytest.raises(TactError):
                    next(listen(address))

        assert connections.tried == []
        assert other_web.seen == []

    def test_a_name_that_changes_its_mind_is_judged_at_each_connection(
        self, open_web: Web, other_web: Web, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """DNS rebinding between two connections of one stream: the second leads home, and is refused."""
        asked: list[str] = []

        def rebinding(host: str, port: int, *more: object, **named: object) -> list[object]:
            asked.append(host)
            address = THE_INTERNET if len(asked) == 1 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        open_web.routes["/s"] = other_web.routes["/s"] = either(b"x")
        address = f"http://rebind.example:{open_web.address[1]}/s"
        with monkeypatch.context() as patch, wire() as connections:
            patch.setattr(guard.socket, "getaddrinfo", only_for("rebind.example", rebinding))
            with closing(listener().websocket(address)) as bursts:
                assert any(next(bursts) for _ in range(10))
            with pytest.raises(FetchError, match="private address"):
                next(listener().websocket(address))

        assert connections.tried == [open_web.address]

    def test_the_others_are_heard_meanwhile(self, web: Web, other_web: Web) -> None:
        web.routes["/s"] = STREAM_CASES["a line without end"].answer()
        other_web.routes["/s"] = either(b"hello")
        door = listener(web.place, other_web.place)
        hostile = threading.Thread(target=swallow, args=[door.events(web.url("/s"))])
        hostile.start()
        wait_until(lambda: web.seen)

        with closing(door.websocket(other_web.url("/s"))) as bursts:
            began = time.monotonic()
            assert any(next(bursts) for _ in range(10))
            assert time.monotonic() - began < 0.7
        assert hostile.is_alive()
        hostile.join()


STREAM_CASES = {case.name: case for _, case in TABLE}


def listener(*allowed: str) -> StreamDoor:
    return StreamDoor(AGENT, lambda: NOW, allow_private=frozenset(allowed), limits=QUICK)


def swallow(bursts: Iterator[object]) -> None:
    """Listen to whatever comes, to its end."""
    try:
        for _ in bursts:
            pass
    except FetchError:
        return
