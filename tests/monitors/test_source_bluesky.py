"""Bluesky: what Jetstream tells becomes posts, the cursor is kept and resumed, and the next host takes over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

import pytest

from data.errors import FetchError
from monitors.sources import Poll, PollState
from monitors.sources._settings import read
from monitors.sources.bluesky import Bluesky, BlueskySettings
from monitors.streaming import StreamDoor

from .conftest import NOW, Web
from .streams import AGENT, QUICK, Jetstream, either, micros, post_event, socket_of


@pytest.fixture
def jet() -> Iterator[Jetstream]:
    server = Jetstream()
    yield server
    server.close()


@pytest.fixture
def other_jet() -> Iterator[Jetstream]:
    server = Jetstream()
    yield server
    server.close()


def door_to(*places: str) -> StreamDoor:
    return StreamDoor(AGENT, lambda: NOW, allow_private=frozenset(places), limits=QUICK)


def polls_of(web: Web, *events: Any) -> Poll:
    """What one burst of these events gives."""
    messages = [event if isinstance(event, bytes) else json.dumps(event).encode() for event in events]
    web.routes["/subscribe"] = either(*messages)
    for poll in Bluesky().follow({"address": web.url("")}, PollState(), door_to(web.place)):
        if poll.items or poll.skipped or poll.state.cursor:
            return poll
    raise AssertionError("nothing came")


def test_a_post_becomes_a_mention(web: Web) -> None:
    written = NOW - timedelta(seconds=3)
    [item] = polls_of(web, post_event(1, written, "  Larkfield\n tea \x00 ")).items

    assert item.external_id == "at://did:plc:eygmaihciaxprqvxpfvl6flk/app.bsky.feed.post/k1"
    assert item.url == "https://bsky.app/profile/did:plc:eygmaihciaxprqvxpfvl6flk/post/k1"
    assert (item.text, item.author) == ("Larkfield tea", "did:plc:eygmaihciaxprqvxpfvl6flk")
    assert (item.published_at, item.kind, item.language, item.weight) == (written, "mentions", "en", 1)
    assert web.seen[0][0].startswith("/subscribe?wantedCollections=app.bsky.feed.post&maxMessageSizeBytes=")


@pytest.mark.parametrize(
    ("langs", "language"),
    [(["pt-BR"], "pt"), (["en", "en-GB"], "en"), (["en", "ja"], None), ([], None), (None, None), (["x"], None)],
)
def test_a_language_is_told_where_there_is_one(web: Web, langs: object, language: str | None) -> None:
    [item] = polls_of(web, post_event(1, NOW, langs=langs)).items
    assert item.language == language


@pytest.mark.parametrize("claimed", ["2999-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", NOW.isoformat()])
def test_no_post_is_newer_than_its_arrival(web: Web, claimed: str) -> None:
    at = NOW - timedelta(seconds=9)
    poll = polls_of(web, post_event(1, at, createdAt=claimed))
    assert [item.published_at for item in poll.items] == [at] or poll.skipped == 1
    assert all(item.published_at.tzinfo is UTC for item in poll.items if item.published_at)


def other(kind: str, **part: object) -> dict[str, object]:
    return {"did": "did:plc:abc", "time_us": micros(NOW), "kind": kind, **part}


def commit(operation: str, collection: str = "app.bsky.feed.post", **part: object) -> dict[str, object]:
    return other("commit", commit={"operation": operation, "collection": collection, "rkey": "3k", **part})


@pytest.mark.parametrize(
    "event",
    [
        commit("delete"),
        commit("update", record={"text": "Larkfield", "createdAt": NOW.isoformat()}),
        commit("create", "app.bsky.feed.repost", record={"subject": {}, "createdAt": NOW.isoformat()}),
        commit("create", record={"text": " ", "createdAt": NOW.isoformat()}),
        other("identity", identity={"handle": "a.example"}),
        other("account", account={"active": False}),
        other("something new"),
    ],
)
def test_what_is_no_new_post_moves_the_cursor_and_nothing_else(web: Web, event: dict[str, object]) -> None:
    poll = polls_of(web, event)
    assert (poll.items, poll.skipped, poll.trouble) == ((), 0, ())
    assert poll.state.cursor == {"time_us": str(micros(NOW))}


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x00\xff garbage",
        b"[]",
        b"null",
        b"{}",
        b"[" * 20_000,
        b'{"did": "did:plc:a", "time_us": "soon", "kind": "commit"}',
        b'{"did": "not a did", "time_us": 5, "kind": "commit"}',
        json.dumps(commit("create", record={"text": 5, "createdAt": "now"})).encode(),
        json.dumps(commit("create", record=None)).encode(),
        json.dumps(commit("create", record={"text": "x", "createdAt": "2026-99-99"})).encode(),
        json.dumps(commit("create", rkey="../../x", record={"text": "x", "createdAt": NOW.isoformat()})).encode(),
        json.dumps(post_event(2, NOW + timedelta(days=400))).encode(),
        b'{"did": "did:plc:a", "time_us": ' + b"9" * 400 + b', "kind": "commit"}',
        json.dumps(post_event(3, NOW)).encode().replace(b"Larkfield", b"\\ud800"),
    ],
)
def test_what_makes_no_sense_is_counted_and_the_next_post_is_read(web: Web, message: bytes) -> None:
    poll = polls_of(web, message, post_event(1, NOW - timedelta(seconds=1)))
    assert [item.external_id[-2:] for item in poll.items] == ["k1"]
    assert poll.skipped == 1
    assert poll.trouble[0].startswith("A message was left out")
    assert poll.state.cursor == {"time_us": poll.state.cursor["time_us"]}
    assert int(poll.state.cursor["time_us"]) <= micros(NOW), "a future time would hide all posts until then"


def test_events_out_of_order_never_move_the_cursor_back(web: Web) -> None:
    times = [NOW - timedelta(seconds=n) for n in (5, 1, 9, 3)]
    poll = polls_of(web, *[post_event(n, at) for n, at in enumerate(times)])
    assert len(poll.items) == 4
    assert poll.state.cursor["time_us"] == str(micros(NOW - timedelta(seconds=1)))


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ({}, None),
        ({"time_us": str(micros(NOW - timedelta(minutes=1)))}, NOW - timedelta(minutes=1, seconds=5)),
        ({"time_us": str(micros(NOW - timedelta(days=9)))}, NOW - timedelta(days=1)),
        ({"time_us": str(micros(NOW + timedelta(days=9)))}, None),
        ({"time_us": "-5"}, None),
        ({"time_us": "٣"}, None),
        ({"time_us": "9" * 40}, None),
    ],
)
def test_it_comes_back_a_few_seconds_early_and_never_further_than_a_day(jet: Jetstream, kept, asked) -> None:
    follow = Bluesky().follow({"address": jet.url}, PollState(cursor=kept), door_to(jet.place))
    assert [len(next(follow).items) for _ in range(2)] == [0, 0]
    assert jet.asked[0].get("cursor") == (None if asked is None else [str(micros(asked))])


def test_the_next_host_takes_over_where_the_last_one_ended(jet: Jetstream, other_jet: Jetstream) -> None:
    events = [post_event(n, NOW - timedelta(seconds=60 - n)) for n in range(10)]
    jet.give(events[:6])
    other_jet.give(events)
    follow = Bluesky(places=(jet.url, other_jet.url)).follow({}, PollState(), door_to(jet.place, other_jet.place))
    came: list[str] = []
    for poll in follow:
        came += [item.external_id[-2:] for item in poll.items]
        if "k5" in came and "k9" not in came:
            jet.hang_up()
        if "k9" in came:
            break

    assert sorted(set(came)) == [f"k{n}" for n in range(10)]
    assert other_jet.asked[0]["cursor"] == [str(micros(NOW - timedelta(seconds=55 + 5)))]
    assert other_jet.place.split(":")[0] in poll.trouble[0]
    assert "instead" in poll.trouble[0]


def test_each_host_is_tried_once_and_the_last_failure_is_told(web: Web, other_web: Web) -> None:
    """Two that refuse: no host is asked again and again without a pause."""
    other_web.routes["/subscribe"] = socket_of()
    places = (f"ws://{web.place}", f"ws://{other_web.place}")
    with pytest.raises(FetchError, match="silent"):
        list(Bluesky(places=places).follow({}, PollState(), door_to(web.place, other_web.place)))
    assert (len(web.seen), len(other_web.seen)) == (1, 1)


def test_the_chosen_host_is_the_first_in_turn() -> None:
    places = Bluesky()._in_turn(read(BlueskySettings, {"host": "jetstream2.us-west.bsky.network"}))
    assert places[0] == "wss://jetstream2.us-west.bsky.network"
    assert len(places) == 4


def test_an_address_of_ones_own_has_no_stand_in() -> None:
    chosen = read(BlueskySettings, {"address": "https://jetstream.example.org/subscribe"})
    assert Bluesky()._in_turn(chosen) == ("https://jetstream.example.org/subscribe",)
