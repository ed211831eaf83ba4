"""The channel that calls other programs: what they are sent, and whether they can check it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from data import signing
from data.errors import BadInput, ChannelError
from monitors import signatures
from monitors.speaking import SpeakingDoor
from publishing.channels import Account, Channel, OutgoingMedia, Published
from publishing.channels.webhook import KIND, MOST_BYTES
from publishing.trouble import Declined, Unsure
from tests.conftest import HandClock
from tests.publishing.platform_server import CREATING, PICTURE, Answer, PlatformServer, named, post, serving

KEY = signing.new_key()


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with serving() as platform:
        platform.on("POST", "/in", Answer({"address": "https://example.com/tea"}))
        yield platform


def channel(server: PlatformServer, clock: HandClock) -> Channel:
    door = SpeakingDoor("Tact tests", allow_private=frozenset({server.host}), now=clock)
    config = {"address": f"{server.address}/in"}
    KIND.check({**config, "key": KEY})
    return KIND.open(Account("webhook-1", "Our scheduler", config, {"key": KEY}), door)


def test_a_post_is_delivered_so_that_the_receiver_can_check_it(server: PlatformServer, clock: HandClock) -> None:
    here = channel(server, clock)
    receipt = here.publish(post("x", "Tea", PICTURE))
    [asked] = server.asked
    said = signatures.check(asked.headers, asked.body, [KEY], clock.at)
    assert (said.delivery_id, said.sent_at) == ("post-k1", clock.at)
    assert asked.json == {
        "schema": "tact-post/1", "kind": "post", "key": "k1", "platform": "x", "at": "2026-03-02T09:00:00+00:00",
        "text": "Tea", "links": [], "content_hash": "0" * 64,
        "media": [{
            "name": "cup.png", "mime": "image/png", "alt_text": "A cup of tea",
            "sha256": receipt.payload["media"][0]["sha256"], "content": base64.b64encode(PICTURE.content).decode(),
        }],
    }  # fmt: skip
    assert receipt.address == "https://example.com/tea"
    assert "content" not in receipt.payload["media"][0], "the record keeps no files"


def test_a_repeated_delivery_has_the_same_name_and_a_fresh_time(server: PlatformServer, clock: HandClock) -> None:
    server.on("POST", "/in", Answer(status=204, text=""))
    here = channel(server, clock)
    assert here.publish(post("x")).address == "webhook:k1"
    clock.forward(minutes=30)
    here.publish(post("x"))
    names = [signatures.check(one.headers, one.body, [KEY], clock.at) for one in server.asked[1:]]
    assert [one.delivery_id for one in names] == ["post-k1"]
    assert server.asked[0].headers[signing.ID] == "post-k1"
    assert server.asked[0].body == server.asked[1].body
    assert here.idempotent
    assert here.repeatable_for == timedelta(days=1)


def test_a_deletion_is_told_and_what_is_gone_is_gone(server: PlatformServer, clock: HandClock) -> None:
    server.on("POST", "/in", Answer({}), Answer({}, 410), Answer({}, 500), Answer({}, 404))
    here, out = channel(server, clock), Published("k1", "x", "https://example.com/tea", {})
    here.delete(out)
    here.delete(out)
    assert server.asked[0].json["kind"] == "delete"
    assert server.asked[0].headers[signing.ID] == "delete-k1"
    with pytest.raises(Unsure):
        here.delete(out)
    with pytest.raises(Declined):  # an address that vanished has taken nothing down
        here.delete(out)


# Whatever a receiver says with a 2xx, it took it; whoever sends us on to a page may have.
FAULTS = [one for one in CREATING if not one[0].startswith("200")]
FAULTS += [(str(status), Answer(status=status, headers={"Location": "/done"}), Unsure) for status in (302, 303)]


@pytest.mark.parametrize(("fault", "means"), [one[1:] for one in FAULTS], ids=named(tuple(FAULTS)))
def test_a_fault(server: PlatformServer, clock: HandClock, fault: Answer, means: type[ChannelError]) -> None:
    server.on("POST", "/in", fault)
    with pytest.raises(means):
        channel(server, clock).publish(post("x"))


def test_too_much_for_one_call_is_refused_before_it(server: PlatformServer, clock: HandClock) -> None:
    with pytest.raises(Declined, match="8 MB"):
        channel(server, clock).publish(post("x", "Tea", OutgoingMedia("a", "image/png", b"x" * (MOST_BYTES + 1), "")))
    assert server.asked == []


@pytest.mark.parametrize("key", ["", "whsec_", "whsec_c2hvcnQ=", "not base64 at all", "whsec_%%%%"])
def test_a_key_that_is_none_is_refused(server: PlatformServer, clock: HandClock, key: str) -> None:
    with pytest.raises(BadInput, match="whsec_"):
        KIND.open(Account("webhook-1", "Ours", {"address": server.address}, {"key": key}), server.door)
    if key:
        with pytest.raises(BadInput, match="whsec_"):
            KIND.check({"address": server.address, "key": key})


def test_a_check_asks_for_nothing(server: PlatformServer, clock: HandClock) -> None:
    clock.at = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert channel(server, clock).check() == "The receiver answered, and took our signature."
    assert server.asked[0].json == {"schema": "tact-post/1", "kind": "ping"}
