"""The feed server over a real loopback socket: the three tongues, the clock, and what a poller relies on."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import httpx
import pytest

from data.errors import BadInput
from data.sample_day.broadcast import LONGEST_FEED
from data.sample_day.day import Day, load_day
from data.sample_day.feed_server import StoryServer

ROOT = Path(__file__).parent.parent.parent
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HT = "{https://trends.google.com/trending/rss}"
PAPERS = ("coast-courier", "overland-daily")


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture(scope="module")
def day() -> Day:
    return load_day()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def story(day: Day, clock: Clock) -> Iterator[StoryServer]:
    with StoryServer(day, clock=clock) as server:
        yield server


@pytest.fixture
def by_hand(day: Day, clock: Clock) -> Iterator[StoryServer]:
    with StoryServer(day, clock=clock, manual=True) as server:
        yield server


def read(server: StoryServer, path: str, **headers: str) -> httpx.Response:
    return httpx.get(server.address + path, headers=headers, timeout=5)


def entries(server: StoryServer, name: str) -> list[feedparser.FeedParserDict]:
    parsed = feedparser.parse(read(server, f"/feeds/{name}.rss").content)
    assert not parsed.bozo
    return list(parsed.entries)


def texts(server: StoryServer, name: str) -> str:
    return "\n".join(entry.get("title", "") + entry.get("summary", "") for entry in entries(server, name))


def test_on_a_quiet_morning_the_feeds_show_the_hour_before(by_hand: StoryServer) -> None:
    said = entries(by_hand, "mentions")
    assert 60 <= len(said) <= 150
    dates = [datetime(*entry.published_parsed[:6], tzinfo=UTC) for entry in said]
    assert dates == sorted(dates, reverse=True)
    assert START - timedelta(hours=1) <= dates[-1] <= dates[0] <= START
    assert len(entries(by_hand, "warnings")) == 0
    assert len({entry.id for entry in said}) == len(said)


def test_the_first_wave_is_there_within_twenty_seconds(story: StoryServer, clock: Clock) -> None:
    before = len(entries(story, "mentions"))
    clock.forward(seconds=20)
    after = entries(story, "mentions")
    assert len(after) - before >= 50
    new = [entry for entry in after if "sablecrest" in entry.summary.casefold()]
    ages = [clock.at - datetime(*entry.published_parsed[:6], tzinfo=UTC) for entry in new]
    assert all(timedelta() <= age <= timedelta(minutes=41) for age in ages)


def test_the_day_is_told_in_sixteen_minutes_and_then_only_chatter_goes_on(story: StoryServer, clock: Clock) -> None:
    clock.forward(minutes=11, seconds=59)
    assert "explosion" not in texts(story, "coast-courier")
    clock.forward(seconds=3)
    assert "explosion" in texts(story, "coast-courier")
    clock.forward(minutes=4)
    told = read(story, "/story").json()
    assert all(moment["released"] for moment in told["moments"])
    before = read(story, "/feeds/mentions.rss").text
    clock.forward(minutes=30)
    assert read(story, "/feeds/mentions.rss").text != before


def test_a_faster_day_is_told_sooner(day: Day, clock: Clock) -> None:
    with StoryServer(day, speed=3000, clock=clock) as server:
        clock.forward(seconds=8)
        assert "explosion" in texts(server, "overland-daily")


def test_by_hand_nothing_happens_before_it_is_called(by_hand: StoryServer, clock: Clock) -> None:
    clock.forward(minutes=20)
    assert "explosion" not in texts(by_hand, "coast-courier")
    by_hand.advance_to("take")
    assert "Sablecrest" in texts(by_hand, "coast-courier")
    assert "explosion" not in texts(by_hand, "coast-courier")
    by_hand.advance_to("tragedy")
    assert all("explosion" in texts(by_hand, paper) for paper in PAPERS)
    assert len(entries(by_hand, "warnings")) == 2
    assert all(moment["released"] for moment in read(by_hand, "/story").json()["moments"])


def test_one_moment_alone_may_be_released(by_hand: StoryServer) -> None:
    by_hand.release("tragedy")
    assert "explosion" in texts(by_hand, "overland-daily")
    assert "Sablecrest" not in texts(by_hand, "overland-daily")


def test_a_moment_called_early_is_not_told_again_at_its_time(story: StoryServer, clock: Clock) -> None:
    story.release("tragedy")
    first = len([entry for entry in entries(story, "coast-courier") if "Port Averill" in entry.title])
    clock.forward(minutes=16)
    assert len([entry for entry in entries(story, "coast-courier") if "Port Averill" in entry.title]) == first > 0


def test_a_presenter_moves_the_story_on_over_http(by_hand: StoryServer) -> None:
    reply = httpx.post(f"{by_hand.address}/story/advance/complaints", timeout=5)
    assert [m["key"] for m in reply.json()["moments"] if m["released"]] == ["take", "complaints"]
    unknown = httpx.post(f"{by_hand.address}/story/advance/lunch", timeout=5)
    assert unknown.status_code == 404
    assert "no moment 'lunch'" in unknown.json()["error"]
    with pytest.raises(BadInput):
        by_hand.advance_to("lunch")


@pytest.mark.parametrize("path", ["/feeds/mentions.rss", "/trending/rss?geo=US", "/api/v1/timelines/tag/hiking"])
def test_a_poller_that_knows_the_answer_is_told_so(by_hand: StoryServer, clock: Clock, path: str) -> None:
    first = read(by_hand, path)
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    again = read(by_hand, path, **{"If-None-Match": tag, "If-Modified-Since": date})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == tag
    assert read(by_hand, path, **{"If-Modified-Since": date}).status_code == 304
    clock.forward(seconds=2)
    by_hand.advance_to("take")
    changed = read(by_hand, path, **{"If-None-Match": tag, "If-Modified-Since": date})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert read(by_hand, path, **{"If-Modified-Since": date}).status_code == 200


def test_a_second_day_is_new_to_a_poller_of_the_first(day: Day, clock: Clock) -> None:
    with StoryServer(day, clock=clock, manual=True) as first:
        before = {entry.id.rpartition("/")[2] for entry in entries(first, "mentions")}
    clock.forward(hours=1)
    with StoryServer(day, clock=clock, manual=True) as second:
        assert not before & {entry.id.rpartition("/")[2] for entry in entries(second, "mentions")}


def test_feeds_stay_bounded(by_hand: StoryServer, clock: Clock) -> None:
    clock.forward(hours=12)
    by_hand.advance_to("tragedy")
    assert len(entries(by_hand, "mentions")) == LONGEST_FEED


def test_paging_with_since_id_loses_nothing(by_hand: StoryServer) -> None:
    path = "/api/v1/timelines/tag/lanternhouse"
    seen = read(by_hand, f"{path}?limit=1").json()[0]["id"]
    by_hand.advance_to("careful")
    found: list[dict[str, object]] = []
    page = read(by_hand, f"{path}?limit=15&since_id={seen}").json()
    while page:
        assert len(page) <= 15
        found += page
        page = read(by_hand, f"{path}?limit=15&since_id={seen}&max_id={page[-1]['id']}").json()
    ids = [int(str(status["id"])) for status in found]
    assert len(ids) == 34
    assert ids == sorted(set(ids), reverse=True)


def test_a_page_has_forty_statuses_at_most_and_newest_come_first(by_hand: StoryServer, clock: Clock) -> None:
    clock.forward(hours=8)
    by_hand.advance_to("take")
    page = read(by_hand, "/api/v1/timelines/tag/Hiking?limit=400").json()
    assert len(page) == 40
    assert len(read(by_hand, "/api/v1/timelines/tag/hiking").json()) == 20
    oldest = read(by_hand, f"/api/v1/timelines/tag/hiking?limit=3&min_id={page[3]['id']}").json()
    assert [status["id"] for status in oldest] == [status["id"] for status in page[:3]]
    status = page[0]
    assert status["account"]["acct"]
    assert datetime.fromisoformat(status["created_at"]).tzinfo is not None
    assert status["content"].startswith("<p>")
    assert read(by_hand, "/api/v1/timelines/tag/nothing").json() == []
    assert read(by_hand, "/api/v1/timelines/tag/hiking?since_id=x").status_code == 400


def test_rising_tags_tell_seven_days(by_hand: StoryServer) -> None:
    assert "measure12election" not in [tag["name"] for tag in read(by_hand, "/api/v1/trends/tags").json()]
    by_hand.release("political")
    tag = next(t for t in read(by_hand, "/api/v1/trends/tags").json() if t["name"] == "measure12election")
    assert len(tag["history"]) == 7
    assert int(tag["history"][0]["day"]) == int(START.replace(hour=0).timestamp())
    today, *earlier = (int(entry["uses"]) for entry in tag["history"])
    assert today >= 3 * sum(earlier) / 6
    assert len(read(by_hand, "/api/v1/trends/tags?limit=2").json()) == 2


def test_rising_searches_speak_googles_rss(by_hand: StoryServer) -> None:
    by_hand.release("tragedy")
    item = ET.fromstring(read(by_hand, "/trending/rss?geo=US").content).find("channel/item")
    assert item is not None
    assert item.findtext("title") == "port averill explosion"
    assert item.findtext(f"{HT}approx_traffic") == "500000+"
    news = item.findall(f"{HT}news_item")
    assert {piece.findtext(f"{HT}news_item_source") for piece in news} == {"The Coast Courier", "Overland Daily"}
    links = {entry.link for paper in PAPERS for entry in entries(by_hand, paper)}
    assert {piece.findtext(f"{HT}news_item_url") for piece in news} <= links


def test_a_warning_is_told_in_cap_terms(by_hand: StoryServer) -> None:
    by_hand.release("warning")
    (warning,) = entries(by_hand, "warnings")
    assert (warning.cap_event, warning.cap_severity, warning.cap_geocode) == ("Storm Warning", "Severe", "CA-BC")
    assert "British Columbia" in warning.cap_areadesc
    assert datetime.fromisoformat(warning.cap_expires) == START + timedelta(hours=10)
    assert warning.author == "Pacific Coast Weather Office"


def test_a_samples_link_leads_to_its_text(by_hand: StoryServer) -> None:
    by_hand.release("careful")
    entry = entries(by_hand, "mentions")[0]
    shown = httpx.get(entry.link, timeout=5)
    assert shown.status_code == 200
    assert entry.summary[:20] in shown.text.replace("&#x27;", "'").replace("&quot;", '"')


@pytest.mark.parametrize("path", ["/", "/feeds/gossip.rss", "/feeds/../brand.yaml", "/posts/1", "/api/v1/statuses"])
def test_anything_else_is_not_found_and_says_so(by_hand: StoryServer, path: str) -> None:
    reply = read(by_hand, path)
    assert reply.status_code == 404
    assert reply.json()["error"].endswith(".")


def test_it_gives_its_port_back(day: Day, clock: Clock) -> None:
    server = StoryServer(day, clock=clock).start()
    port = int(server.address.rpartition(":")[2])
    server.stop()
    with StoryServer(day, port, clock=clock) as again:
        assert read(again, "/story").status_code == 200


def run(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "data.sample_day.feed_server", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_alone_it_says_its_address_serves_and_ends_when_told(ending: signal.Signals) -> None:
    with run("--port", "0", "--speed", "30") as process:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], 20)
        assert ready, "the server said nothing"
        address = process.stdout.readline().strip()
        assert httpx.get(f"{address}/story", timeout=5).json()["speed"] == 30
        os.kill(process.pid, ending)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")


def test_a_taken_port_and_a_senseless_speed_are_sentences(story: StoryServer) -> None:
    port = story.address.rpartition(":")[2]
    for arguments, sentence in ((("--port", port), f"Port {port} cannot be used"), (("--speed", "0"), "above 0")):
        with run(*arguments) as process:
            output, errors = process.communicate(timeout=20)
        assert (process.returncode, output) == (2, "")
        assert sentence in errors
        assert "Traceback" not in errors
