"""Earthquakes: how grave each is, where it was, and what happens when its grade changes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitors.fetch import Fetcher
from monitors.sources import Poll, PollState
from monitors.sources.usgs import SOURCE, grade, regions

from .conftest import NOW, Web, page

CAPTURED = sorted((Path(__file__).parents[3] / "shared" / "fixtures" / "usgs").glob("*.json"))
FELT_AT = NOW - timedelta(minutes=20)


def quake(name: str, **said: object) -> dict[str, Any]:
    words: dict[str, Any] = {
        "mag": 7.1,
        "place": "12 km SSW of Meadow, CA",
        "time": int(FELT_AT.timestamp() * 1_000),
        "alert": None,
        "status": "automatic",
        "tsunami": 0,
        "type": "earthquake",
        "title": "M 7.1 - 12 km SSW of Meadow, CA",
        "url": "https://quakes.example/1",
    }
    return {"type": "Feature", "id": name, "properties": words | said}


def ask(web: Web, fetcher: Fetcher, *quakes: dict[str, Any], state: PollState | None = None, **config: object) -> Poll:
    body = json.dumps({"type": "FeatureCollection", "features": list(quakes)}).encode()
    web.routes |= {f"/{feed}_day.geojson": page(body) for feed in ("significant", "4.5", "2.5")}
    return SOURCE.poll({"address": web.url("/"), **config}, state or PollState(), fetcher, NOW)


@pytest.mark.parametrize(
    ("colour", "magnitude", "severity"),
    [
        ("red", 5.0, "Extreme"),
        ("orange", 6.0, "Severe"),
        ("yellow", 7.5, "Moderate"),
        ("green", 8.0, "Minor"),
        ("", 8.2, "Severe"),
        ("", 7.0, "Severe"),
        ("", 6.9, "Moderate"),
        ("", 5.9, "Minor"),
        ("mauve", 5.0, "Minor"),
    ],
)
def test_the_colour_tells_the_harm_and_the_size_stands_in_for_it(colour: str, magnitude: float, severity: str) -> None:
    assert grade(colour, magnitude) == severity


@pytest.mark.parametrize(
    ("place", "codes"),
    [
        ("12 km SSW of Meadow, CA", ("US-CA",)),
        ("Hill, Alaska", ("US-AK",)),
        ("80 km E of Meadow, Japan", ("JP",)),
        ("the middle of the ocean", ()),
        ("", ()),
    ],
)
def test_where_it_was(place: str, codes: tuple[str, ...]) -> None:
    assert regions(place) == codes


def test_an_earthquake_is_an_official_item(web: Web, fetcher: Fetcher) -> None:
    (item,) = ask(web, fetcher, quake("us1")).items

    assert (item.kind, item.region, item.published_at) == ("official", "US-CA", FELT_AT)
    assert item.text == "M 7.1 - 12 km SSW of Meadow, CA"
    assert item.url == "https://quakes.example/1"
    assert item.extra["agency"] == "U.S. Geological Survey"
    assert item.extra["event"] == "Earthquake"
    assert item.extra["severity"] == "Severe"
    assert (item.extra["expires"], item.extra["cancelled"]) == (None, False)


def test_the_feed_is_the_one_chosen(web: Web, fetcher: Fetcher) -> None:
    ask(web, fetcher, quake("us1"), feed="4.5")

    assert web.seen[0][0] == "/4.5_day.geojson"


def test_a_new_grade_takes_the_one_before_back(web: Web, fetcher: Fetcher) -> None:
    first = ask(web, fetcher, quake("us1"))
    same = ask(web, fetcher, quake("us1", mag=7.2), state=first.state)
    coloured = ask(web, fetcher, quake("us1", alert="green"), state=same.state)

    assert [item.external_id for item in same.items] == [item.external_id for item in first.items]
    assert [(item.extra["event"], item.extra["severity"], item.extra["cancelled"]) for item in coloured.items] == [
        ("Earthquake, green alert", "Minor", False),
        ("Earthquake", "Severe", True),
    ]


def test_a_grade_that_comes_back_holds_again(web: Web, fetcher: Fetcher) -> None:
    state, seen = PollState(), {}
    for colour in ("orange", "green", "orange"):
        poll = ask(web, fetcher, quake("us1", alert=colour), state=state)
        seen |= {item.external_id: item for item in poll.items if item.external_id not in seen}
        state = poll.state
    last = ask(web, fetcher, quake("us1", alert="orange"), state=state)

    orange = [item for item in seen.values() if item.extra["severity"] == "Severe"]
    assert [(item.published_at, item.extra["cancelled"]) for item in orange] == [
        (FELT_AT, False),
        (FELT_AT, True),
        (NOW, False),
    ]
    assert {item.external_id for item in last.items} <= seen.keys()


def test_an_earthquake_that_was_none_is_taken_back(web: Web, fetcher: Fetcher) -> None:
    first = ask(web, fetcher, quake("us1"))
    second = ask(web, fetcher, quake("us1", status="deleted"), state=first.state)
    third = ask(web, fetcher, quake("us1", status="deleted"), state=second.state)

    assert all(item.extra["cancelled"] for item in second.items)
    assert {item.extra["event"] for item in second.items} == {"Earthquake"}
    assert [item.external_id for item in third.items] == ["us1 over 1"]


def test_a_size_that_is_not_told_is_small(web: Web, fetcher: Fetcher) -> None:
    (item,) = ask(web, fetcher, quake("us1", mag=None, place=None, title=None)).items

    assert item.extra["severity"] == "Minor"
    assert item.text


@pytest.mark.skipif(not CAPTURED, reason="the captured earthquakes are not here")
def test_every_captured_earthquake_is_read(web: Web, fetcher: Fetcher) -> None:
    for file in CAPTURED:
        quakes = json.loads(file.read_bytes())["features"]
        found = ask(web, fetcher, *quakes).items
        assert [item.external_id for item in found] == [f"{one['id']} Minor" for one in quakes]
        assert [item.extra["magnitude"] for item in found] == [one["properties"]["mag"] for one in quakes]
