"""FEMA's feed, and what every official source has in common: one shape, whoever speaks."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from data.errors import BadInput, FetchError
from monitors.fetch import Fetcher
from monitors.sources import Item, Poll, PollState, discover, polled
from monitors.sources.cap import SOURCE as CAP
from monitors.sources.ipaws import SOURCE

from .conftest import NOW, Web, page
from .test_source_cap import document, geocode, info

OFFICIAL = {"agency", "event", "severity", "area", "onset", "expires", "cancelled", "replaces"}
FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures"
PATH = "/recent/2026-03-02T08:30:00Z"
LATER = "/recent/2026-03-02T08:55:00Z"


def alerts(*documents: str) -> bytes:
    return f"<ns1:alerts xmlns:ns1='http://gov.fema.ipaws.services/feed'>{''.join(documents)}</ns1:alerts>".encode()


def ask(web: Web, fetcher: Fetcher, state: PollState | None = None) -> Poll:
    return SOURCE.poll({"agreed": True, "address": web.url("/recent/")}, state or PollState(), fetcher, NOW)


def test_alerts_are_read_since_the_last_visit_every_two_minutes(web: Web, fetcher: Fetcher) -> None:
    place = geocode("SAME", "034001")
    web.routes |= {PATH: page(alerts(document("a", info("en-US", geocode=place)))), LATER: page(alerts())}
    first = ask(web, fetcher)
    second = ask(web, fetcher, first.state)

    assert [(item.external_id, item.region) for item in first.items] == [("a", "US-NJ")]
    assert first.next_poll_after == SOURCE.default_interval == timedelta(minutes=2)
    assert first.items[0].url == "", "the address is the team's own, and leads to no alert"
    assert second.items == ()
    assert [path for path, _ in web.seen] == [PATH, LATER]


def test_a_cancel_takes_back_what_an_earlier_visit_brought(web: Web, fetcher: Fetcher) -> None:
    refers = f"met@hill.example,a,{(NOW - timedelta(minutes=30)).isoformat()}"
    web.routes |= {
        PATH: page(alerts(document("a", info("en-US")))),
        LATER: page(alerts(document("b", kind="Cancel", references=refers))),
    }
    first = ask(web, fetcher)

    assert [item.extra["cancelled"] for item in ask(web, fetcher, first.state).items] == [True, True]


def test_a_page_is_no_empty_list(web: Web, fetcher: Fetcher) -> None:
    web.routes[PATH] = page(b"<html><body>Moved</body></html>")
    with pytest.raises(FetchError, match="no list of alerts"):
        ask(web, fetcher)


@pytest.mark.parametrize("config", [{}, {"agreed": False}])
def test_nobody_reads_it_without_the_agreement(config: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="agreement with FEMA is signed: sign it first"):
        SOURCE.check(config)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_both_versions_of_the_protocol_are_one(web: Web, fetcher: Fetcher, version: str) -> None:
    body = document("a", info(), kind="Update", references="x,old,2026-03-02T08:00:00Z").replace(
        "cap:1.2", f"cap:{version}"
    )
    web.routes["/feed"] = page(body.encode())
    (item,) = CAP.poll({"address": web.url("/feed")}, PollState(), fetcher, NOW).items

    assert (item.external_id, item.extra["severity"], item.extra["replaces"]) == ("a", "Severe", ["old"])


CAPTURED = {
    "cap": sorted((FIXTURES / "cap").glob("*.cap")),
    "usgs": sorted((FIXTURES / "usgs").glob("*")),
    "gdacs": sorted((FIXTURES / "gdacs").glob("*")),
}


@pytest.mark.parametrize("name", sorted(CAPTURED))
def test_every_official_source_speaks_in_one_shape(web: Web, fetcher: Fetcher, name: str) -> None:
    if not CAPTURED[name]:
        pytest.skip(f"the captured replies of {name} are not here")
    found: list[Item] = []
    source = polled(discover())[name]
    for file in CAPTURED[name]:
        web.routes = {path: page(file.read_bytes()) for path in ("/feed", "/feed/significant_day.geojson")}
        with suppress(FetchError):  # broken ones are refused with a reason: see each source's own tests
            found += source.poll({"address": web.url("/feed")}, PollState(), fetcher, NOW).items
    assert found
    for item in found:
        assert item.kind == "official"
        assert item.extra.keys() >= OFFICIAL
        assert item.extra["severity"] in ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
