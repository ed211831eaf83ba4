"""Mastodon's channel against a server that behaves as Mastodon does, and against replies captured from a real one."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from data.errors import BadInput
from data.sample_day.mastodon_server import MastodonServer
from monitors.speaking import SpeakingDoor
from publishing.channels import Account, Answering, Outgoing, OutgoingMedia, Published
from publishing.channels._mastodon_talk import load, patience
from publishing.channels.mastodon import KIND, MastodonAccount, figures_of, replies_of
from publishing.trouble import Declined, Gone, Limited, NotBegun, Unsure

START = datetime(2026, 6, 1, 9, 2, tzinfo=UTC)
FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures" / "mastodon"
PICTURE = OutgoingMedia("boot.png", "image/png", b"\x89PNG boot", "A muddy boot")
ELSEWHERE = {"https://elsewhere.example/1": "Who else loves mud?"}


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    load()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[MastodonServer]:
    with MastodonServer(clock=clock, others=ELSEWHERE.get) as running:
        yield running


def opened(server: MastodonServer, *, token: str | None = None, private: bool = True) -> MastodonAccount:
    door = SpeakingDoor("tact-test", allow_private=frozenset({server.host}) if private else frozenset())
    config = {"server": server.address, "visibility": "public"}
    account = Account("mastodon-1", "Ottermoor", config, {"access_token": token or server.token})
    channel = KIND.open(account, door)
    channel.pause = 0.0
    return channel


@pytest.fixture
def channel(server: MastodonServer) -> MastodonAccount:
    return opened(server)


def outgoing(text: str = "Mud, again. #mud", **other: Any) -> Outgoing:
    given: dict[str, Any] = {"links": (), "media": (), "content_hash": "0" * 64, "at": START, **other}
    return Outgoing(given.pop("key", "key-1"), "mastodon", text, **given)


def published(payload: Mapping[str, Any], address: str = "") -> Published:
    return Published("key-1", "mastodon", address, payload)


def test_a_post_goes_out_word_for_word_and_once_whatever_is_repeated(
    channel: MastodonAccount, server: MastodonServer
) -> None:
    post = outgoing("Mud & joy\n\nSee:", links=("https://example.org/mud",))
    receipt = channel.publish(post)
    assert channel.publish(post) == receipt
    [status] = server.statuses
    assert status.text == "Mud & joy\n\nSee:\nhttps://example.org/mud"
    assert receipt.address == f"{server.address}/@ottermoor/{status.id}"
    assert server.token not in json.dumps(dict(receipt.payload))
    posts = [one for one in server.requests if one[:2] == ("POST", "/api/v1/statuses")]
    assert posts == [("POST", "/api/v1/statuses", "key-1")] * 2
    assert server.wall.scheduled == []


def test_pictures_go_with_their_descriptions_once_they_are_processed(
    channel: MastodonAccount, server: MastodonServer, clock: Clock
) -> None:
    server.wall.processing = timedelta(seconds=1)
    with pytest.raises(NotBegun, match="still working"):
        channel.publish(outgoing(media=(PICTURE,)))
    assert server.statuses == []
    server.wall.processing = timedelta(0)
    channel.publish(outgoing(media=(PICTURE,)))
    assert [one.description for one in server.statuses[0].pictures] == ["A muddy boot"]


def test_what_was_stopped_while_its_pictures_were_on_their_way_is_not_posted(
    channel: MastodonAccount, server: MastodonServer
) -> None:
    with pytest.raises(NotBegun, match="stopped"):
        channel.publish(outgoing(media=(PICTURE,), may_begin=lambda: not server.wall.pictures))
    assert len(server.wall.pictures) == 1
    assert server.statuses == []


def test_a_reply_and_a_quote_find_the_post_by_its_address(channel: MastodonAccount, server: MastodonServer) -> None:
    for number, kind in enumerate(("reply", "quote")):
        answering = Answering(kind, "https://elsewhere.example/1")  # type: ignore[arg-type]
        channel.publish(outgoing("We do", key=f"k{number}", answering=answering))
    reply, quote = server.statuses
    assert (reply.in_reply_to is None, reply.quoted is None) == (False, True)
    assert (quote.in_reply_to is None, quote.quoted is None) == (True, False)


def test_what_cannot_be_answered_is_declined_and_nothing_goes_out(
    channel: MastodonAccount, server: MastodonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Answering("reply", "https://elsewhere.example/2")
    with pytest.raises(Declined, match="cannot find the post"):
        channel.publish(outgoing(answering=missing))
    quote = Answering("quote", "https://elsewhere.example/1")
    with pytest.raises(Declined, match="either a quote or pictures"):
        channel.publish(outgoing(answering=quote, media=(PICTURE,)))
    monkeypatch.setattr("data.sample_day.mastodon_shapes.API_VERSION", 6)
    with pytest.raises(Declined, match="too old to quote"):
        channel.publish(outgoing(answering=quote))
    assert server.statuses == []


@pytest.mark.parametrize("kind", ["gateway_timeout", "cut", "nonsense"])
def test_a_lost_answer_is_unsure_and_the_same_key_brings_the_post_back(
    channel: MastodonAccount, server: MastodonServer, kind: Any
) -> None:
    server.order(kind)
    with pytest.raises(Unsure):
        channel.publish(outgoing())
    channel.publish(outgoing())
    assert len(server.statuses) == 1


def test_after_an_hour_the_key_is_forgotten_and_the_look_up_finds_the_post(
    channel: MastodonAccount, server: MastodonServer, clock: Clock
) -> None:
    assert channel.repeatable_for is not None
    assert channel.repeatable_for < timedelta(hours=1)
    server.order("gateway_timeout")
    with pytest.raises(Unsure):
        channel.publish(outgoing(" Mud & <b>, https://example.org/" + "long/" * 10))
    clock.now += timedelta(hours=2)
    receipt = channel.look_up(outgoing(" Mud & <b>, https://example.org/" + "long/" * 10))
    assert receipt is not None
    assert receipt.payload["id"] == server.statuses[0].id


def test_a_look_up_never_says_that_a_post_is_certainly_not_out(
    channel: MastodonAccount, server: MastodonServer, clock: Clock
) -> None:
    with pytest.raises(Unsure, match="no post with these words"):
        channel.look_up(outgoing())
    channel.publish(outgoing(at=START - timedelta(hours=1)))  # the same words, longer ago
    clock.now += timedelta(hours=1)
    later = outgoing(at=clock.now)
    with pytest.raises(Unsure, match="no post with these words"):
        channel.look_up(later)
    for key in ("a", "b"):
        channel.publish(outgoing(key=key))
    with pytest.raises(Unsure, match="2 posts"):
        channel.look_up(later)


def test_a_repeat_that_some_versions_answer_with_500_is_unsure(
    channel: MastodonAccount, server: MastodonServer
) -> None:
    channel.publish(outgoing())
    server.order("repeat_fails")
    with pytest.raises(Unsure):
        channel.publish(outgoing())
    assert channel.look_up(outgoing()) is not None


def test_a_limit_says_until_when_by_the_servers_own_clock(channel: MastodonAccount, server: MastodonServer) -> None:
    server.skew = timedelta(hours=3)
    server.order("limited", seconds=90)
    with pytest.raises(Limited) as caught:
        channel.publish(outgoing())
    assert caught.value.after == timedelta(seconds=90)


def test_a_refusal_quotes_the_platform_and_no_key(channel: MastodonAccount, server: MastodonServer) -> None:
    with pytest.raises(Declined, match="character limit of 500") as caught:
        channel.publish(outgoing("a" * 501))
    assert server.token not in caught.value.message + caught.value.cause
    with pytest.raises(Declined, match="another on the Channels page"):
        opened(server, token="stolen").publish(outgoing())
    assert server.statuses == []


@pytest.mark.parametrize("kind", ["down", "cut_before", "gateway_timeout"])
def test_trouble_before_the_post_itself_has_begun_nothing(
    channel: MastodonAccount, server: MastodonServer, kind: Any
) -> None:
    server.order(kind, on="POST /api/v2/media")
    with pytest.raises(NotBegun, match="Nothing has been posted"):
        channel.publish(outgoing(media=(PICTURE,)))
    assert server.statuses == []


def test_nothing_is_sent_to_a_private_address_or_to_nobody(server: MastodonServer) -> None:
    with pytest.raises(NotBegun):
        opened(server, private=False).publish(outgoing())
    assert server.requests == []
    channel = opened(server)
    server.stop()
    with pytest.raises(NotBegun):
        channel.publish(outgoing())


def test_a_post_is_deleted_however_often_it_is_asked(channel: MastodonAccount, server: MastodonServer) -> None:
    receipt = channel.publish(outgoing())
    for _ in range(2):
        channel.delete(published(receipt.payload))
    assert server.statuses == []
    with pytest.raises(Gone):
        channel.figures(published(receipt.payload))


def test_a_post_of_another_account_is_not_called_gone(channel: MastodonAccount, server: MastodonServer) -> None:
    """Mastodon answers 404 to whoever may not delete it: somebody has typed in another account's token meanwhile."""
    there = published(channel.publish(outgoing()).payload)
    with pytest.raises(Declined, match="still shows it"):
        opened(server, token=server.add_account("another")).delete(there)
    assert len(server.statuses) == 1


@pytest.mark.parametrize("address", ["{server}/about", "https://elsewhere.example/@ottermoor/{id}"])
def test_a_number_is_taken_from_an_address_of_our_own_server_alone(
    channel: MastodonAccount, server: MastodonServer, address: str
) -> None:
    number = str(channel.publish(outgoing()).payload["id"])
    with pytest.raises(Declined, match="by hand"):
        channel.delete(published({}, address.format(server=server.address, id=number)))
    assert len(server.statuses) == 1


def test_figures_and_replies_grow_and_tell_the_servers_times(
    channel: MastodonAccount, server: MastodonServer, clock: Clock
) -> None:
    receipt = channel.publish(outgoing())
    clock.now += timedelta(minutes=30)
    server.skew = timedelta(minutes=2)
    by_hand = published({}, receipt.address)  # a person pasted the address only
    figures = channel.figures(by_hand)
    assert figures.audience == 2600
    assert figures.impressions is None
    assert (figures.likes or 0) > 100
    assert figures.posted_at == START + timedelta(minutes=2)
    assert figures.server_at == START + timedelta(minutes=32)
    assert figures.edited_at is None
    replies = channel.replies(published(receipt.payload))
    assert len(replies) > (figures.replies or 0) > 10
    assert [one.at for one in replies] == sorted((one.at for one in replies), reverse=True)
    assert replies[0].language == "en"
    assert "<" not in replies[0].text


@pytest.mark.parametrize("ask", ["figures", "replies", "delete"])
def test_an_answer_that_says_nothing_is_never_taken_for_one(
    channel: MastodonAccount, server: MastodonServer, ask: str
) -> None:
    there = published(channel.publish(outgoing()).payload)
    server.order("nonsense", on="")
    with pytest.raises(Unsure, match="cannot be read"):
        getattr(channel, ask)(there)


def test_an_answer_that_cannot_be_unpacked_came_after_the_request() -> None:
    """Called "nothing has begun", such a post would go back to its author, and out once more under another key."""
    answer = "Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
    asked: list[bytes] = []

    def talk() -> None:
        talking, _ = listener.accept()
        with talking:
            asked.append(talking.recv(9_000))
            talking.sendall(f"HTTP/1.1 200 OK\r\n{answer}".encode())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        account = Account("mastodon-1", "Ottermoor", {"server": f"http://{host}"}, {"access_token": "a-token"})
        with pytest.raises(Unsure, match="cannot be read"):
            KIND.open(account, SpeakingDoor("tact-test", allow_private=frozenset({host}))).publish(outgoing())
        thread.join(5)
    assert asked[0].startswith(b"POST /api/v1/statuses")


def test_an_edit_over_there_is_told(channel: MastodonAccount, server: MastodonServer) -> None:
    receipt = channel.publish(outgoing())
    status = server.statuses[0]
    server.wall.edit(status.person, status.id, "Other words", START + timedelta(minutes=3))
    assert channel.figures(published(receipt.payload)).edited_at == START + timedelta(minutes=3)


def test_our_own_answer_below_a_post_is_no_reply_of_the_people(
    channel: MastodonAccount, server: MastodonServer
) -> None:
    receipt = channel.publish(outgoing())
    channel.publish(outgoing("And one more", key="key-2", answering=Answering("reply", receipt.address)))
    assert channel.replies(published(receipt.payload)) == []


def test_the_check_says_as_whom(channel: MastodonAccount, server: MastodonServer) -> None:
    assert channel.check() == "Signed in as @ottermoor, with 2600 followers."
    with pytest.raises(Declined):
        opened(server, token="stolen").check()


@pytest.mark.parametrize(
    "config",
    [{}, {"server": "http://example.org"}, {"server": "https://mud.example", "visibility": "direct"}],
)
def test_an_account_that_cannot_work_is_refused(config: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        KIND.check(config)


def test_a_limit_without_a_clock_says_nothing() -> None:
    assert patience({"x-ratelimit-reset": "2026-06-01T09:05:00Z"}) is None
    assert patience({"retry-after": "30"}) == timedelta(seconds=30)


# --- what a real server answered -------------------------------------------------------------------------------


def captured(name: str, method: str, ends: str) -> list[Any]:
    if not FIXTURES.is_dir():
        pytest.skip("the captured replies are not there (../shared/fixtures)")
    found = yaml.safe_load((FIXTURES / f"{name}.yaml").read_text(encoding="utf-8"))["interactions"]
    replies = [one for one in found if one["request"]["method"] == method and one["request"]["uri"].endswith(ends)]
    return [json.loads(one["response"]["body"]["string"]) for one in replies]


def test_the_figures_of_a_captured_status() -> None:
    [status, *_] = captured("test_status_edit", "GET", "/117020586180926938")
    figures = figures_of(status, None)
    assert (figures.likes, figures.shares, figures.quotes, figures.replies, figures.audience) == (0, 0, 0, 0, 0)
    assert figures.posted_at == datetime(2026, 8, 1, 13, 54, 0, 505000, UTC)
    assert figures.edited_at == datetime(2026, 8, 1, 13, 54, 0, 695000, UTC)


def test_a_captured_reply_as_it_would_stand_in_a_context() -> None:
    [*_, answer] = captured("test_status_reply", "POST", "/statuses")
    said = replies_of({"ancestors": [], "descendants": [answer]}, "")
    assert [(one.author, one.text, one.language) for one in said] == [("admin", "@mastodonpy_test_2 same!", "en")]
    assert replies_of({"descendants": [{**answer, "visibility": "direct"}]}, "") == []
    assert replies_of({"descendants": [answer]}, answer["account"]["id"]) == []
    [context] = captured("test_status_context", "GET", "/context")
    assert replies_of(context, "") == []
