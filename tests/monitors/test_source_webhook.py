"""What a delivery may say: our one schema, and the sentence with the field for everything else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from data.errors import BadInput
from monitors.sources import Poll, Push
from monitors.sources.webhook import MOST_EVENTS, SOURCE

from .conftest import NOW

EVENT = {"id": "e-1", "text": "The kettle leaks"}
ALERT = {
    "topic": "#icedtea",
    "count": 420,
    "window_start": (NOW - timedelta(hours=1)).isoformat(),
    "window_end": NOW.isoformat(),
}


def receive(config: dict[str, object] | None = None, **said: Any) -> Poll:
    return SOURCE.receive(config or {}, json.dumps({"schema": "tact/1", **said}).encode(), NOW)


def test_it_is_called_and_not_asked() -> None:
    assert isinstance(SOURCE, Push)


def test_an_event_is_an_item() -> None:
    said = EVENT | {
        "url": "https://shop.example/tickets/1",
        "author": "Ann",
        "published_at": "2026-03-02T09:30:00+01:00",
        "kind": "news",
        "language": "en",
        "region": "GB",
        "topic": "kettles",
        "weight": 3,
    }
    (item,) = receive(events=[said]).items

    assert (item.external_id, item.text, item.url, item.author) == ("e-1", said["text"], said["url"], "Ann")
    assert item.published_at == NOW - timedelta(minutes=30)
    assert (item.kind, item.language, item.region, item.topic, item.weight) == ("news", "en", "GB", "kettles", 3)


def test_what_an_event_leaves_out_the_source_says() -> None:
    (item,) = receive({"item_kind": "news", "region": "us-nj", "language": "en"}, events=[EVENT]).items

    assert (item.kind, item.region, item.language, item.published_at, item.weight) == ("news", "US-NJ", "en", NOW, 1)


def test_an_alert_is_a_reading() -> None:
    (reading,) = receive(alerts=[ALERT | {"baseline": 60, "url": "https://t.example/", "titles": ["So many"]}]).readings

    assert (reading.topic, reading.count, reading.baseline, reading.at) == ("#icedtea", 420, 60, NOW)
    assert reading.window_end - reading.window_start == timedelta(hours=1)
    assert reading.titles == ("So many",)


def test_a_clock_that_is_a_little_fast_is_forgiven() -> None:
    soon = (NOW + timedelta(minutes=4)).isoformat()

    assert receive(events=[EVENT | {"published_at": soon}]).items[0].published_at == NOW


def test_nothing_in_it_is_a_test_of_the_line() -> None:
    assert receive() == receive(events=[], alerts=[])


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"events": [EVENT, {"id": "x"}]}, "events.1.text"),
        ({"events": [EVENT | {"txt": "x"}]}, "events.0.txt"),
        ({"events": [EVENT | {"id": 5}]}, "events.0.id"),
        ({"events": [EVENT | {"id": "x" * 201}]}, "events.0.id"),
        ({"events": [EVENT | {"text": " "}]}, "events.0.text"),
        ({"events": [EVENT | {"text": "a\x00b"}]}, "events.0.text"),
        ({"events": [EVENT | {"text": "x" * 10_001}]}, "events.0.text"),
        ({"events": [EVENT | {"url": "javascript:alert(1)"}]}, "events.0.url"),
        ({"events": [EVENT | {"published_at": "2026-03-02T09:00:00"}]}, "events.0.published_at"),
        ({"events": [EVENT | {"published_at": "2026-03-02T10:00:00Z"}]}, "events.0.published_at"),
        ({"events": [EVENT | {"published_at": "0001-01-01T00:00:00+14:00"}]}, "events.0.published_at"),
        ({"events": [EVENT | {"kind": "official"}]}, "events.0.kind"),
        ({"events": [EVENT | {"language": "english"}]}, "events.0.language"),
        ({"events": [EVENT | {"region": "New Jersey"}]}, "events.0.region"),
        ({"events": [EVENT | {"topic": "#"}]}, "events.0.topic"),
        ({"events": [EVENT | {"weight": 0}]}, "events.0.weight"),
        ({"events": [EVENT | {"weight": 10**30}]}, "events.0.weight"),
        ({"events": [EVENT | {"weight": "3"}]}, "events.0.weight"),
        ({"events": [EVENT] * (MOST_EVENTS + 1)}, "events"),
        ({"events": {"id": 1}}, "events"),
        ({"alerts": [ALERT | {"count": -1}]}, "alerts.0.count"),
        ({"alerts": [ALERT | {"count": 1.5}]}, "alerts.0.count"),
        ({"alerts": [ALERT | {"window_end": ALERT["window_start"]}]}, "alerts.0.window_start"),
        ({"alerts": [ALERT | {"window_end": "2026-03-03T09:00:00Z"}]}, "alerts.0.window_end"),
        ({"alerts": [ALERT | {"baseline": -1}]}, "alerts.0.baseline"),
        ({"alerts": [ALERT | {"titles": ["x"] * 11}]}, "alerts.0.titles"),
        ({"surprise": 1}, "surprise"),
        ({"schema": "tact/2"}, "schema"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(said: dict[str, Any], place: str) -> None:
    with pytest.raises(BadInput) as refused:
        receive(**said)

    assert refused.value.cause == place
    assert refused.value.message.startswith(f"{place}: ")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"schema": "tact/1", "events": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}",
        b'{"schema": "tact/1", "x": "\x00"}',
        b'{"schema": "tact/1", "events": [{"id": "\\ud800", "text": "half a letter"}]}',
        b"\xff\xfe{}",
        b"null",
        b"[]",
        b'"tact/1"',
        b'{"schema": "tact/1", "alerts": [{"topic": "x", "count": NaN}]}',
    ],
)
def test_what_is_no_json_of_ours_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        SOURCE.receive({}, body, NOW)

    assert 10 < len(refused.value.message) < 300
