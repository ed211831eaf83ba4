"""What holds for every kind of source, whoever adds it: run over whatever lies in monitors/sources."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path

import pytest

import monitors.sources
from data.errors import BadInput, FetchError, TactError
from monitors.fetch import Answered, Fetcher
from monitors.listening import StreamStopped
from monitors.sources import Kind, Poll, PollState, Source, SourceBroken, Stream, discover, load, polled, streamed
from monitors.streaming import StreamDoor

from .conftest import NOW, Web, page, status
from .streams import AGENT, QUICK, either

KINDS = polled(discover())
STREAMS = streamed(discover())
FEED = (
    b"<rss version='2.0'><channel><title>x</title><item><title>&lt;script&gt;a()&lt;/script&gt;Rain</title>"
    b"<guid>1</guid><pubDate>Tue, 01 Jan 2999 00:00:00 GMT</pubDate></item></channel></rss>"
)
ANSWERS = {
    "garbage": b"\x00\x01garbage",
    "nothing": b"",
    "a page": b"<html><body>Sign in first</body></html>",
    "an empty list": b"[]",
    "an object": b'{"error": "no"}',
    "null": b"null",
    "deep JSON": b"[" * 100_000,
    "a list of anything": b'[1, null, {"id": 5}, "x"]',
    "a feed": FEED,
    "half a feed": FEED[:120],
}


@pytest.fixture(params=sorted(KINDS | STREAMS))
def kind(request: pytest.FixtureRequest) -> Kind:
    """Whatever goes out to read or to listen."""
    return (KINDS | STREAMS)[request.param]


@pytest.fixture(params=sorted(STREAMS))
def stream(request: pytest.FixtureRequest) -> Stream:
    return STREAMS[request.param]


@pytest.fixture(params=sorted(KINDS))
def source(request: pytest.FixtureRequest) -> Source:
    return KINDS[request.param]


def config_for(source: Kind, web: Web) -> dict[str, object]:
    """A configuration drawn from the form alone, as a person would fill it in."""
    config: dict[str, object] = {}
    for setting in source.settings:
        if setting.kind == "address":
            config[setting.name] = web.url("")
        elif setting.kind == "list":
            config[setting.name] = ["rain"]
        elif setting.kind == "flag":
            config[setting.name] = True
        elif setting.kind == "secret":
            config[setting.name] = "a-key"
        elif setting.required:
            config[setting.name] = setting.choices[0] if setting.choices else "news"
    return config


def answer_everywhere(web: Web, body: bytes) -> None:
    class Everywhere(dict):  # type: ignore[type-arg]
        def get(self, *_: object) -> object:
            return page(body)

    web.routes = Everywhere()


def test_the_form_says_what_to_fill_in(kind: Kind) -> None:
    names = [setting.name for setting in kind.settings]

    assert re.fullmatch(r"[a-z_]+", kind.kind)
    assert kind.label
    assert len(set(names)) == len(names)
    assert all(setting.label != setting.name and setting.help for setting in kind.settings)
    assert all(setting.choices for setting in kind.settings if setting.kind == "choice")
    assert kind.default_interval >= timedelta(minutes=1)


def test_a_filled_form_is_accepted(kind: Kind, web: Web) -> None:
    kind.check(config_for(kind, web))


def test_a_missing_field_is_named(kind: Kind, web: Web) -> None:
    for setting in kind.settings:
        if setting.required:
            config = config_for(kind, web)
            del config[setting.name]
            with pytest.raises(BadInput, match=setting.label):
                kind.check(config)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "gopher://x/", "http://", "javascript:alert(1)"])
def test_an_address_that_is_none_is_refused(kind: Kind, web: Web, address: str) -> None:
    for setting in kind.settings:
        if setting.kind == "address":
            with pytest.raises(BadInput, match=setting.label):
                kind.check(config_for(kind, web) | {setting.name: address})


def test_a_setting_nobody_knows_is_refused(kind: Kind, web: Web) -> None:
    with pytest.raises(BadInput, match="no_such_setting"):
        kind.check(config_for(kind, web) | {"no_such_setting": 1})


@pytest.mark.parametrize("answer", sorted(ANSWERS))
def test_whatever_comes_back_gives_sane_items_or_a_sentence(
    source: Source, web: Web, fetcher: Fetcher, answer: str
) -> None:
    answer_everywhere(web, ANSWERS[answer])
    try:
        poll = source.poll(config_for(source, web), PollState(), fetcher, NOW)
    except TactError:
        return
    assert_sane(poll)


def assert_sane(poll: Poll) -> None:
    for item in poll.items:
        assert item.external_id
        assert item.text == item.text.strip()
        assert "<script" not in item.text
        assert item.url == "" or item.url.startswith(("http://", "https://"))
        assert item.weight >= 1
        if item.published_at is not None:
            assert item.published_at.tzinfo is UTC
            assert item.published_at <= NOW
    for reading in poll.readings:
        assert reading.topic
        assert reading.count >= 0
        assert reading.window_start <= reading.window_end <= NOW


@pytest.mark.parametrize("code", [403, 404, 410, 429, 500, 503])
def test_a_refusal_is_passed_on(source: Source, web: Web, fetcher: Fetcher, code: int) -> None:
    class Everywhere(dict):  # type: ignore[type-arg]
        def get(self, *_: object) -> object:
            return status(code)

    web.routes = Everywhere()

    with pytest.raises(FetchError):
        source.poll(config_for(source, web), PollState(), fetcher, NOW)


def test_no_source_reaches_what_the_door_refuses(source: Source, web: Web) -> None:
    shut = Fetcher("Tact/test (+ops@example.org)")

    with pytest.raises(FetchError, match="private address"):
        source.poll(config_for(source, web), PollState(), shut, NOW)

    assert web.seen == []


# --- streams -------------------------------------------------------------------------------------------------


def listened(stream: Stream, web: Web, *allowed: str) -> tuple[list[Poll], TactError | None]:
    """What a stream makes of what the server says: its batches, and how it ended if it did."""
    door = StreamDoor(AGENT, lambda: NOW, allow_private=frozenset(allowed), limits=QUICK)
    polls: list[Poll] = []
    try:
        with closing(stream.follow(config_for(stream, web), PollState(), door)) as following:
            for poll in following:
                polls.append(poll)
                if poll.items or poll.skipped or len(polls) > 3:
                    break
    except TactError as error:
        return polls, error
    return polls, None


def say_everywhere(web: Web, *messages: bytes) -> None:
    class Everywhere(dict):  # type: ignore[type-arg]
        def get(self, *_: object) -> object:
            return either(*messages)

    web.routes = Everywhere()


def test_whatever_a_server_says_gives_sane_batches_or_a_sentence(stream: Stream, web: Web) -> None:
    """All of it on one connection: what makes no sense is counted, and ends nothing."""
    answers = [*ANSWERS.values(), b"\x00" * 50, b'{"kind": null}', b'"' + b"x" * 30_000 + b'"']
    say_everywhere(web, *[answer[:40_000] for answer in answers])

    polls, ended = listened(stream, web, web.place)

    assert ended is None
    assert sum(poll.skipped for poll in polls) > 3
    assert all(poll.trouble for poll in polls if poll.skipped)
    for poll in polls:
        assert_sane(poll)


def test_a_stream_that_says_nothing_gives_empty_batches(stream: Stream, web: Web) -> None:
    say_everywhere(web)
    polls, ended = listened(stream, web, web.place)
    assert ended is None
    assert polls
    assert all((poll.items, poll.skipped) == ((), 0) for poll in polls)


@pytest.mark.parametrize("code", [403, 404, 410, 429, 500, 503])
def test_a_refusal_ends_a_stream_with_a_sentence(stream: Stream, web: Web, code: int) -> None:
    class Everywhere(dict):  # type: ignore[type-arg]
        def get(self, *_: object) -> object:
            return status(code)

    web.routes = Everywhere()
    polls, ended = listened(stream, web, web.place)
    assert (polls, type(ended)) == ([], Answered)


def test_no_stream_reaches_what_the_door_refuses(stream: Stream, web: Web) -> None:
    polls, ended = listened(stream, web)
    assert polls == []
    assert ended is not None
    assert "private address" in ended.message
    assert web.seen == []


def test_a_stream_ends_when_the_door_is_told_to_stop(stream: Stream, web: Web) -> None:
    say_everywhere(web)
    door = StreamDoor(AGENT, lambda: NOW, allow_private=frozenset({web.place}), limits=QUICK)
    following = stream.follow(config_for(stream, web), PollState(), door)
    next(following)
    door.stop()
    with pytest.raises(StreamStopped):
        list(following)


# --- how kinds are found -------------------------------------------------------------------------------------


def test_kinds_are_found_by_their_files() -> None:
    folder = Path(monitors.sources.__file__).parent
    files = {file.stem for file in folder.glob("*.py") if not file.stem.startswith("_")}

    assert set(discover()) == files
    assert {"rss", "google_trends", "mastodon"} <= files


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import nothing_of_this_name", "cannot be loaded"),
        ("this is not python", "cannot be loaded"),
        ("x = 1", "must define SOURCE"),
        ("SOURCE = 5", "must define SOURCE"),
        ("from monitors.sources.rss import SOURCE", "must be the same"),
    ],
)
def test_a_broken_module_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, says: str) -> None:
    name = f"broken_{abs(hash(code))}"
    (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(monitors.sources, "__path__", [*monitors.sources.__path__, str(tmp_path)])

    with pytest.raises(SourceBroken, match=f"{name}.py.*{says}|{says}"):
        load(name)
    with pytest.raises(SourceBroken, match=name):
        discover()
