"""Disasters worldwide: colours as severities, countries as regions, and events that change or end."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from monitors.fetch import Fetcher
from monitors.sources import Poll, PollState
from monitors.sources.gdacs import SOURCE

from .conftest import NOW, Web, page

CAPTURED = sorted((Path(__file__).parents[3] / "shared" / "fixtures" / "gdacs").glob("*.xml"))
BEGAN = NOW - timedelta(hours=2)


def event(colour: str = "Orange", *, iso3: str = "PHL", country: str = "Philippines", current: str = "true") -> str:
    return f"""<item><title>{colour} alert for a storm</title><description>Winds of 200 km/h.</description>
<link>https://gdacs.example/1</link><pubDate>{format_datetime(BEGAN)}</pubDate><guid isPermaLink="false">TC1</guid>
<g:iscurrent>{current}</g:iscurrent><g:eventtype>TC</g:eventtype><g:alertlevel>{colour}</g:alertlevel>
<g:eventname>MEADOW-26</g:eventname><g:iso3>{iso3}</g:iso3><g:country>{country}</g:country>
<g:resources><g:resource><g:title>A map</g:title></g:resource></g:resources></item>"""


def ask(web: Web, fetcher: Fetcher, *events: str, state: PollState | None = None) -> Poll:
    body = (
        f"<rss version='2.0' xmlns:g='http://www.gdacs.org'><channel><title>x</title>{''.join(events)}</channel></rss>"
    )
    web.routes["/rss"] = page(body.encode())
    return SOURCE.poll({"address": web.url("/rss")}, state or PollState(), fetcher, NOW)


@pytest.mark.parametrize(("colour", "severity"), [("Red", "Extreme"), ("Orange", "Severe"), ("Green", "Minor")])
def test_the_colour_is_the_severity(web: Web, fetcher: Fetcher, colour: str, severity: str) -> None:
    (item,) = ask(web, fetcher, event(colour)).items

    assert item.extra["severity"] == severity
    assert item.extra["event"] == f"{colour} alert, tropical cyclone MEADOW-26"


def test_an_event_is_an_official_item(web: Web, fetcher: Fetcher) -> None:
    (item,) = ask(web, fetcher, event()).items

    assert (item.kind, item.region, item.published_at) == ("official", "PH", BEGAN)
    assert item.text == "Orange alert for a storm\nWinds of 200 km/h."
    assert item.url == "https://gdacs.example/1"
    assert (item.extra["agency"], item.extra["area"], item.extra["cancelled"]) == ("GDACS", "Philippines", False)


def test_each_country_gets_its_item(web: Web, fetcher: Fetcher) -> None:
    found = ask(web, fetcher, event(iso3="MUS", country="Mauritius, Japan")).items

    assert [item.region for item in found] == ["MU", "JP"]


def test_an_event_without_a_colour_is_none(web: Web, fetcher: Fetcher) -> None:
    assert ask(web, fetcher, event("")).items == ()


def test_a_new_colour_takes_the_one_before_back(web: Web, fetcher: Fetcher) -> None:
    first = ask(web, fetcher, event("Red"))
    second = ask(web, fetcher, event("Green"), state=first.state)

    assert [(item.extra["severity"], item.extra["cancelled"]) for item in second.items] == [
        ("Minor", False),
        ("Extreme", True),
    ]


def test_an_event_that_is_over_takes_its_warning_back(web: Web, fetcher: Fetcher) -> None:
    first = ask(web, fetcher, event("Red"))
    second = ask(web, fetcher, event("Red", current="false"), state=first.state)

    assert all(item.extra["cancelled"] for item in second.items)
    assert {item.external_id for item in second.items}.isdisjoint(item.external_id for item in first.items)


@pytest.mark.skipif(not CAPTURED, reason="the captured disasters are not here")
def test_every_captured_event_is_read(web: Web, fetcher: Fetcher) -> None:
    for file in CAPTURED:
        web.routes["/rss"] = page(file.read_bytes())
        found = SOURCE.poll({"address": web.url("/rss")}, PollState(), fetcher, NOW).items
        coloured = file.read_bytes().count(b"<gdacs:alertlevel>")
        assert len({item.external_id.split(" ")[0] for item in found}) == coloured
        assert all(item.region and item.extra["severity"] == "Minor" for item in found)
        assert all(item.text and str(item.extra["event"]).startswith("Green alert, ") for item in found)
