"""Wikimedia's page views as they are told, over HTTP from the loopback."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from data.errors import BadInput, FetchError
from monitors.feeds import FeedParser
from monitors.fetch import Fetcher
from monitors.sources import Poll, PollState, Reading
from monitors.sources.wikimedia import SOURCE, daily

from .conftest import NOW, Answer, Web, page, status

YESTERDAY = datetime(2026, 3, 1, tzinfo=UTC)
PATH = "/views/en.wikipedia/all-access/user/{}/daily/2026021500/2026030100"


def days(*views: int, until: datetime = YESTERDAY) -> Answer:
    """A reply whose last day is `until`, oldest first."""
    told = [until - timedelta(days=back) for back in range(len(views))][::-1]
    rows = [
        {"project": "en.wikipedia", "granularity": "daily", "timestamp": f"{day:%Y%m%d}00", "views": number}
        for day, number in zip(told, views, strict=True)
    ]
    return page(json.dumps({"items": rows}).encode())


def poll(web: Web, fetcher: Fetcher, articles: object = ("Ferry",), **config: object) -> Poll:
    return SOURCE.poll({"address": web.url("/views/"), "articles": articles, **config}, PollState(), fetcher, NOW)


def test_the_last_full_day_is_measured_against_the_days_before(web: Web, fetcher: Fetcher) -> None:
    web.routes[PATH.format("Ferry")] = days(100, 300, 900)

    (reading,) = poll(web, fetcher).readings

    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert reading == Reading("Ferry", NOW, 900, 200.0, YESTERDAY, midnight, "https://en.wikipedia.org/wiki/Ferry")


def test_titles_find_their_pages(web: Web, fetcher: Fetcher) -> None:
    web.routes[PATH.format("Car_ferry")] = days(1, 2)
    web.routes[PATH.format("AC%2FDC_%3F")] = days(3, 4)

    brought = poll(web, fetcher, '"car ferry" "AC/DC ?"', project="en.wikipedia.org")

    assert [(reading.topic, reading.count) for reading in brought.readings] == [("Car ferry", 2), ("AC/DC ?", 4)]


def test_an_article_nobody_knows_is_named_and_the_others_are_read(web: Web, fetcher: Fetcher) -> None:
    web.routes[PATH.format("Ferry")] = days(1, 2)

    brought = poll(web, fetcher, ("Fery", "Ferry"))

    assert len(brought.readings) == 1
    assert brought.trouble == ("Wikimedia counts no views of “Fery” at en.wikipedia: check how it is titled.",)
    with pytest.raises(FetchError, match="no views of “Fery”"):
        poll(web, fetcher, ("Fery",))


@pytest.mark.parametrize(
    "views",
    [
        {},
        {YESTERDAY: 900},
        {YESTERDAY - timedelta(days=3): 900, YESTERDAY - timedelta(days=4): 100},
        {YESTERDAY + timedelta(days=1): 900, YESTERDAY: 100},
    ],
    ids=["nothing", "no past", "long ago", "today is not over"],
)
def test_what_says_nothing_about_now_is_no_reading(views: dict[datetime, int]) -> None:
    assert daily("Ferry", views, NOW, "") is None


def test_a_busy_server_is_not_asked_for_the_next_article(web: Web, fetcher: Fetcher) -> None:
    web.routes[PATH.format("Ferry")] = days(1, 2)
    web.routes[PATH.format("Rain")] = status(429, {"Retry-After": "7200"})

    brought = poll(web, fetcher, ("Ferry", "Rain", "Snow"))

    assert len(web.seen) == 2
    assert brought.next_poll_after == timedelta(hours=2)


@pytest.mark.parametrize("agent", ["Tact/1.0 (+)", "test"])
def test_wikimedia_is_not_read_by_nobody(web: Web, parser: FeedParser, agent: str) -> None:
    unnamed = Fetcher(agent, allow_private=frozenset({web.place}), parser=parser)

    with pytest.raises(FetchError, match="TACT_CONTACT"):
        poll(web, unnamed)

    assert web.seen == []


@pytest.mark.parametrize("config", [{"project": "../../x"}, {"project": "en.example"}, {"articles": '"" ,'}])
def test_settings_that_cannot_be_asked_for_are_refused(config: dict[str, str]) -> None:
    with pytest.raises(BadInput, match=r"Project|Articles"):
        SOURCE.check({"articles": "Ferry", **config})
