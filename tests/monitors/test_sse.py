"""Server-sent events: read as the standard reads them, however the bytes are cut, and never past a cap."""

from __future__ import annotations

import random

import pytest

from monitors.sse import EventReader, ServerEvent


def read(*chunks: bytes, **options: int) -> list[ServerEvent]:
    reader = EventReader(most_bytes=options.get("most", 1_000))
    return [event for chunk in chunks for event in reader.feed(chunk)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: one\n\n", [ServerEvent("message", "one", "")]),
        (b"data:one\r\ndata: two\r\n\r\n", [ServerEvent("message", "one\ntwo", "")]),
        (b"data\ndata:  x\n\n", [ServerEvent("message", "\n x", "")]),
        (
            b"event: add\rid: 7\rdata: a\r\rdata: b\r\r",
            [ServerEvent("add", "a", "7"), ServerEvent("message", "b", "7")],
        ),
        (b"\xef\xbb\xbfdata: mark\n\n", [ServerEvent("message", "mark", "")]),
        (b": a comment\n\nid: 3\n\n", []),
        (b"id: 3\n\nid: 4\x00\ndata: nul\n\n", [ServerEvent("message", "nul", "3")]),
        (b"data: unfinished\n", []),
        (b"nonsense: 1\nDATA: no\n\n", []),
        (b"data: \xff\xfe\n\n", [ServerEvent("message", "��", "")]),
    ],
)
def test_a_stream_gives_its_events(stream: bytes, events: list[ServerEvent]) -> None:
    assert read(stream) == events


def test_it_does_not_matter_where_the_bytes_are_cut() -> None:
    stream = b": hi\r\nid: a\r\nevent: e\r\ndata: 1\r\ndata: \xc3\xa9\r\n\r\n\rdata: 2\n\ndata: 3\r\r" * 3
    whole = read(stream)
    dice = random.Random(5)
    assert len(whole) == 9
    assert read(*[stream[at : at + 1] for at in range(len(stream))]) == whole
    for _ in range(50):
        cuts = sorted(dice.sample(range(len(stream)), 6))
        assert read(*[stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]) == whole


def test_what_is_too_long_is_passed_over_and_the_rest_is_read() -> None:
    reader = EventReader(most_bytes=100)
    assert reader.feed(b"id: 1\ndata: " + b"x" * 500) == []
    assert reader.feed(b"x" * 500 + b"\n\n") == []
    assert reader.feed(b"id: 2\n" + b"data: 0123456789\n" * 20 + b"\n") == []
    assert reader.feed(b"id: 3\ndata: short\n\n") == [ServerEvent("message", "short", "3")]
    assert reader.passed_over == 2


def test_a_line_without_end_costs_no_memory() -> None:
    reader = EventReader(most_bytes=10_000)
    for _ in range(1_000):
        reader.feed(b"y" * 10_000)
    assert len(reader._rest) <= 10_000
    assert reader.lines == 0, "no complete line: no sign of life"


@pytest.mark.parametrize(
    ("line", "wait"), [(b"retry: 3000\n", 3_000), (b"retry: soon\n", None), (b"retry: -1\n", None)]
)
def test_how_long_to_stay_away_is_heard(line: bytes, wait: int | None) -> None:
    reader = EventReader()
    reader.feed(line)
    assert reader.retry_ms == wait
