"""Edits of a wiki: people's edits of articles become mentions, and the stream goes on where it ended."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from data.errors import BadInput, FetchError
from monitors.sources import Poll, PollState
from monitors.sources.wikimedia_edits import SOURCE
from monitors.streaming import StreamDoor

from .conftest import NOW, Web
from .streams import AGENT, QUICK, event_stream


def door_to(place: str, agent: str = AGENT) -> StreamDoor:
    return StreamDoor(agent, lambda: NOW, allow_private=frozenset({place}), limits=QUICK)


def change(**parts: object) -> dict[str, object]:
    """An edit in the shape of https://schema.wikimedia.org, mediawiki/recentchange."""
    base: dict[str, object] = {
        "$schema": "/mediawiki/recentchange/1.0.0",
        "meta": {"domain": "en.wikipedia.org", "stream": "mediawiki.recentchange", "id": "b0c1"},
        "id": 1_700_000_001,
        "type": "edit",
        "namespace": 0,
        "title": "Larkfield tea",
        "comment": "/* History */ a [[ferry]] strike",
        "timestamp": int(NOW.timestamp()) - 4,
        "user": "Ana",
        "bot": False,
        "minor": False,
        "length": {"old": 5, "new": 9},
        "revision": {"old": 10, "new": 11},
        "server_url": "https://en.wikipedia.org",
        "server_name": "en.wikipedia.org",
        "wiki": "enwiki",
    }
    return base | parts


def heard(web: Web, *changes: Any, config: dict[str, object] | None = None, state: PollState | None = None) -> Poll:
    """What one burst of these changes gives."""
    parts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in changes]
    events = [b'event: message\nid: [{"offset":%d}]\ndata: %b\n\n' % (n, part) for n, part in enumerate(parts)]
    web.routes["/edits"] = event_stream(b":ok\n\n", *events)
    settings = {"address": web.url("/edits"), **(config or {})}
    for poll in SOURCE.follow(settings, state or PollState(), door_to(web.place)):
        if poll.state.cursor.get("last_event_id", "").endswith(f":{len(parts) - 1}}}]"):
            return poll
    raise AssertionError("nothing came")


def test_an_edit_becomes_a_mention_of_its_article(web: Web) -> None:
    [item] = heard(web, change(title="Café Larkfield?")).items

    assert item.text == "Café Larkfield? – a ferry strike"
    assert item.external_id == "en.wikipedia.org/11"
    assert item.url == "https://en.wikipedia.org/wiki/Caf%C3%A9_Larkfield%3F?diff=11"
    assert (item.author, item.kind, item.language, item.weight) == ("Ana", "mentions", "en", 1)
    assert item.published_at == NOW - timedelta(seconds=4)


def test_code_that_never_closes_holds_nobody_up(web: Web) -> None:
    began = time.thread_time()
    [item] = heard(web, change(comment="/*a" * 12_000)).items

    assert time.thread_time() - began < 0.5
    assert len(item.text) < 1_100


@pytest.mark.parametrize(
    "other",
    [
        {"bot": True},
        {"namespace": 1},
        {"namespace": -1, "type": "log", "revision": None},
        {"type": "categorize"},
        {"server_name": "de.wikipedia.org"},
        {"meta": {"domain": "canary"}, "server_name": "canary"},
    ],
)
def test_what_is_no_edit_of_an_article_by_a_person_is_left_out(web: Web, other: dict[str, object]) -> None:
    poll = heard(web, change(**other))
    assert (poll.items, poll.skipped) == ((), 0)


def test_a_new_article_counts(web: Web) -> None:
    assert len(heard(web, change(type="new", revision={"old": None, "new": 3})).items) == 1


def test_of_chosen_articles_each_is_a_topic(web: Web) -> None:
    config = {"titles": '"larkfield_tea" "Ferry strike"'}
    poll = heard(web, change(), change(title="Rain", revision={"new": 12}), config=config)
    assert [(item.topic, item.external_id) for item in poll.items] == [("Larkfield tea", "en.wikipedia.org/11")]


@pytest.mark.parametrize(
    "bad",
    [
        b"\x01 garbage",
        b"null",
        b"[" * 10_000,
        json.dumps(change(timestamp="now")).encode(),
        json.dumps(change(timestamp=10**15)).encode(),
        json.dumps(change(timestamp=int(NOW.timestamp()) + 10**6)).encode(),
        json.dumps(change(title=["x"])).encode(),
        json.dumps(change(revision={"new": 2**70})).encode(),
    ],
)
def test_what_makes_no_sense_is_counted_and_the_next_edit_is_read(web: Web, bad: bytes) -> None:
    poll = heard(web, bad, change())
    assert (len(poll.items), poll.skipped) == (1, 1)
    assert "left out" in poll.trouble[0]


def test_it_goes_on_after_the_last_event_unless_that_was_long_ago(web: Web) -> None:
    kept = heard(web, change()).state
    heard(web, change(), state=kept)
    assert web.seen[1][1]["last-event-id"] == '[{"offset":0}]'

    old = {**kept.cursor, "at": (NOW - timedelta(days=2)).isoformat()}
    heard(web, change(), state=PollState(cursor=old))
    heard(web, change(), state=PollState(cursor={"last_event_id": "x", "at": "never"}))
    assert all("last-event-id" not in headers for _, headers in web.seen[2:])


def test_nobody_who_cannot_be_reached_reads_it(web: Web) -> None:
    with pytest.raises(FetchError, match="TACT_CONTACT"):
        next(SOURCE.follow({"address": web.url("/edits")}, PollState(), door_to(web.place, "Tact/test (+)")))
    assert web.seen == []


@pytest.mark.parametrize("wiki", ["example.org", "en.wikipedia.org.evil.example", "en/wikipedia", ""])
def test_a_wiki_that_is_none_is_refused(wiki: str) -> None:
    with pytest.raises(BadInput, match="Wiki"):
        SOURCE.check({"wiki": wiki})


@pytest.mark.parametrize("wiki", ["en.wikipedia", "https://de.wikipedia.org/", "www.wikidata.org"])
def test_a_wiki_may_be_written_as_people_write_it(wiki: str) -> None:
    SOURCE.check({"wiki": wiki})
