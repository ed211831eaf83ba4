"""Bluesky's channel against answers on the loopback; against a real server: tests/bluesky."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from data.errors import ChannelError
from monitors.speaking import SpeakingDoor
from publishing.channels import Account, Answering, Channel, Outgoing, OutgoingMedia, Published
from publishing.channels import _bluesky_record as records
from publishing.channels.bluesky import KIND
from publishing.trouble import Declined, Gone, Limited, NotBegun, Unsure
from tests.publishing.platform_server import AT, CREATING, PREPARING, Answer, PlatformServer, named, post, serving

DID = "did:plc:ourown"
X = "/xrpc/com.atproto."
SIGN_IN, REFRESH = f"{X}server.createSession", f"{X}server.refreshSession"
GET, PUT, UPLOAD, HANDLE = (
    f"{X}repo.getRecord",
    f"{X}repo.putRecord",
    f"{X}repo.uploadBlob",
    f"{X}identity.resolveHandle",
)
POSTS, THREAD, PROFILE = (
    f"/xrpc/app.bsky.{one}" for one in ("feed.getPosts", "feed.getPostThread", "actor.getProfile")
)
PASSWORD = "abcd-efgh-ijkl-mnop"
MISSING = Answer({"error": "RecordNotFound", "message": "Could not locate record"}, 400)
OVER = Answer({"error": "ExpiredToken", "message": "Token has expired"}, 400)
BLOB = {"$type": "blob", "ref": {"$link": "bafkreib"}, "mimeType": "image/png", "size": 9}


def session(expires: datetime = datetime(2100, 1, 1, tzinfo=UTC), **more: Any) -> Answer:
    """What signing in gives: tokens whose expiry the library reads."""
    part = base64.urlsafe_b64encode(json.dumps({"exp": int(expires.timestamp())}).encode()).decode().rstrip("=")
    token = f"{part}.{part}.c2ln"
    return Answer({"did": DID, "handle": "ours.example", "accessJwt": token, "refreshJwt": token, **more})


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with serving() as platform:
        platform.on("POST", SIGN_IN, session())
        platform.on("GET", GET, MISSING)
        platform.on("POST", PUT, Answer({"uri": "at://x", "cid": "bafyours"}))
        yield platform


def channel(server: PlatformServer, door: SpeakingDoor | None = None) -> Channel:
    config = {"server": server.address, "handle": "@ours.example"}
    return KIND.open(Account("bluesky-1", "Ours", config, {"password": PASSWORD}), door or server.door)


def prepared(here: Channel, one: Outgoing) -> Outgoing:
    return replace(one, prepared=here.prepare(one))


def published() -> Published:
    return Published("k1", "bluesky", "", {"uri": f"at://{DID}/app.bsky.feed.post/3kabc"})


# --- the record ------------------------------------------------------------------------------------------------


@given(st.text(min_size=1), st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)), st.integers(5, 10**6))
def test_a_record_key_sorts_by_time_and_is_the_same_for_the_same_post(key: str, at: datetime, later: int) -> None:
    at = at.replace(tzinfo=UTC)
    one = records.tid(at, key)
    assert len(one) == 13
    assert one[0] in "234567abcdefghij"  # 64 bits, the first of them 0
    assert one == records.tid(at, key) < records.tid(at + timedelta(seconds=later), "another")


def test_posts_of_one_instant_have_keys_of_their_own() -> None:
    assert len({records.tid(AT, f"key {number}") for number in range(2_000)}) == 2_000


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://bsky.app/profile/tea.example/post/3kabc", ("tea.example", "3kabc")),
        (" https://bsky.app/profile/did:plc:abc/post/3kabc?ref=x#y ", ("did:plc:abc", "3kabc")),
        ("at://did:plc:abc/app.bsky.feed.post/3kabc", ("did:plc:abc", "3kabc")),
        ("at://did:plc:abc/app.bsky.feed.like/3kabc", None),
        ("https://bsky.app/profile/tea.example", None),
        ("http://bsky.app/profile/tea.example/post/3kabc", None),
    ],
)
def test_a_post_is_named_by_its_web_address_or_by_the_protocols(address: str, found: tuple[str, str] | None) -> None:
    assert records.named(address) == found


# --- publishing ------------------------------------------------------------------------------------------------


def test_a_post_is_put_under_its_key_with_links_hashtags_and_mentions_by_bytes(server: PlatformServer) -> None:
    server.on("GET", HANDLE, Answer({"did": "did:plc:bob"}), Answer({"error": "InvalidRequest"}, 400))
    here = channel(server)
    text = "🍵 für @bob.test und @nobody.test #Tee https://example.com/ä."
    receipt = here.publish(prepared(here, post("bluesky", text)))
    [put] = server.sent("POST", PUT)
    record = put.json["record"]
    found = [
        (text.encode()[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(), next(iter(one["features"])))
        for one in record["facets"]
    ]
    assert [(words, feature["$type"].partition("#")[2]) for words, feature in found] == [
        ("@bob.test", "mention"), ("#Tee", "tag"), ("https://example.com/ä", "link"),
    ]  # fmt: skip
    assert (found[0][1]["did"], found[1][1]["tag"]) == ("did:plc:bob", "Tee")
    rkey = records.tid(AT, "k1")
    assert (put.json["repo"], put.json["rkey"], record["createdAt"]) == (DID, rkey, "2026-03-02T09:00:00.000Z")
    assert receipt.address == f"https://bsky.app/profile/{DID}/post/{rkey}"
    assert PASSWORD not in json.dumps(receipt.payload)


def test_a_link_that_stands_beside_the_words_is_sent_below_them(server: PlatformServer) -> None:
    here = channel(server)
    here.publish(prepared(here, replace(post("bluesky", "Tea"), links=("https://example.com/tea",))))
    record = server.sent("POST", PUT)[0].json["record"]
    assert record["text"] == "Tea\nhttps://example.com/tea"
    assert record["facets"][0]["index"] == {
        "$type": "app.bsky.richtext.facet#byteSlice",
        "byteStart": 4,
        "byteEnd": 27,
    }


def picture() -> OutgoingMedia:
    buffer = io.BytesIO()
    Image.new("RGB", (30, 20)).save(buffer, "PNG")
    return OutgoingMedia("cup.png", "image/png", buffer.getvalue(), "A cup of tea")


def test_pictures_go_first_and_keep_what_they_show_and_their_shape(server: PlatformServer) -> None:
    server.on("POST", UPLOAD, Answer({"blob": BLOB}))
    here = channel(server)
    here.publish(prepared(here, post("bluesky", "Tea", picture())))
    assert server.sent("POST", UPLOAD)[0].headers["content-type"] == "image/png"
    assert server.sent("POST", PUT)[0].json["record"]["embed"] == {
        "$type": "app.bsky.embed.images",
        "images": [{"alt": "A cup of tea", "image": BLOB, "aspectRatio": {"width": 30, "height": 20}}],
    }


ROOT = {"uri": "at://did:plc:eve/app.bsky.feed.post/3root", "cid": "bafyroot"}
THEIRS = {"uri": "at://did:plc:bob/app.bsky.feed.post/3kabc", "cid": "bafybob"}


@pytest.mark.parametrize("above", [None, ROOT], ids=["first of all", "in a thread"])
def test_a_reply_names_its_parent_and_where_the_thread_began(
    server: PlatformServer, above: dict[str, str] | None
) -> None:
    value = {"text": "?"} | ({"reply": {"root": above, "parent": above}} if above else {})
    server.on("GET", GET, MISSING, Answer({**THEIRS, "value": value}))
    server.on("GET", HANDLE, Answer({"did": "did:plc:bob"}))
    here, answering = channel(server), Answering("reply", "https://bsky.app/profile/bob.test/post/3kabc")
    here.publish(prepared(here, post("bluesky", "Tea", answering=answering)))
    assert server.sent("POST", PUT)[0].json["record"]["reply"] == {"root": above or THEIRS, "parent": THEIRS}


def test_a_quote_stands_beside_pictures(server: PlatformServer) -> None:
    server.on("GET", GET, MISSING, Answer({**THEIRS, "value": {}}))
    server.on("POST", UPLOAD, Answer({"blob": BLOB}))
    here, answering = channel(server), Answering("quote", THEIRS["uri"])
    here.publish(prepared(here, post("bluesky", "Tea", picture(), answering=answering)))
    embed = server.sent("POST", PUT)[0].json["record"]["embed"]
    assert embed["$type"] == "app.bsky.embed.recordWithMedia"
    assert embed["record"]["record"] == THEIRS
    assert embed["media"]["images"][0]["alt"] == "A cup of tea"


@pytest.mark.parametrize("address", ["https://example.com/a", "at://did:plc:bob/app.bsky.feed.post/3kabc"])
def test_what_answers_a_post_that_is_not_there_does_not_go_out(server: PlatformServer, address: str) -> None:
    here = channel(server)
    with pytest.raises(Declined, match="this one answers"):
        here.publish(prepared(here, post("bluesky", answering=Answering("reply", address))))
    assert not server.sent("POST", PUT)


def test_a_repeated_post_that_is_out_is_not_put_again(server: PlatformServer) -> None:
    here = channel(server)
    one = prepared(here, post("bluesky"))
    first = here.publish(one)
    record = server.sent("POST", PUT)[0].json["record"]
    server.on("GET", GET, Answer({"uri": "at://x", "cid": "bafyours", "value": record}))
    assert here.publish(one) == here.look_up(one) == first
    assert len(server.sent("POST", PUT)) == 1


def test_another_text_under_the_key_is_neither_ours_nor_overwritten(server: PlatformServer) -> None:
    server.on("GET", GET, Answer({"uri": "at://x", "cid": "b", "value": {"text": "Coffee", "createdAt": "then"}}))
    here = channel(server)
    one = prepared(here, post("bluesky"))
    with pytest.raises(Declined, match="another text"):
        here.publish(one)
    with pytest.raises(Unsure, match="another text"):
        here.look_up(one)
    assert not server.sent("POST", PUT)


def test_what_is_not_there_is_certainly_not_there_and_what_nobody_can_tell_is_unsure(server: PlatformServer) -> None:
    here = channel(server)
    one = prepared(here, post("bluesky"))
    assert here.look_up(one) is None
    for answer in (Answer({}, 500), Answer({"error": "InvalidRequest", "message": "?"}, 400), Answer(text="<html>")):
        server.on("GET", GET, answer)
        with pytest.raises(Unsure):
            here.look_up(one)


@pytest.mark.parametrize(("fault", "means"), [one[1:] for one in CREATING], ids=named(CREATING))
def test_a_fault_of_the_record_itself(server: PlatformServer, fault: Answer, means: type[ChannelError]) -> None:
    server.on("POST", PUT, fault)
    here = channel(server)
    with pytest.raises(Declined if means is Gone else means):
        here.publish(prepared(here, post("bluesky")))


@pytest.mark.parametrize("path", [SIGN_IN, UPLOAD])
@pytest.mark.parametrize(("fault", "means"), [one[1:] for one in PREPARING], ids=named(PREPARING))
def test_a_fault_before_it_says_that_nothing_was_posted(
    server: PlatformServer, path: str, fault: Answer, means: type[ChannelError]
) -> None:
    server.on("POST", path, fault)
    here = channel(server)
    with pytest.raises(means):
        here.publish(prepared(here, post("bluesky", "Tea", picture())))
    assert not server.sent("POST", PUT)


def test_a_pause_that_comes_while_pictures_are_on_their_way_stops_the_post(server: PlatformServer) -> None:
    server.on("POST", UPLOAD, Answer({"blob": BLOB}))
    here = channel(server)
    with pytest.raises(NotBegun, match="stopped"):
        here.publish(replace(prepared(here, post("bluesky", "Tea", picture())), may_begin=lambda: False))
    assert server.sent("POST", UPLOAD)
    assert not server.sent("POST", PUT)


# --- signing in ------------------------------------------------------------------------------------------------


def test_a_session_is_kept_and_renewed_once_it_is_over(server: PlatformServer) -> None:
    here = channel(server)
    one = prepared(here, post("bluesky"))
    here.look_up(one)
    here.look_up(one)
    assert len(server.sent("POST", SIGN_IN)) == 1
    server.on("GET", GET, OVER, MISSING)
    assert here.look_up(one) is None
    assert len(server.sent("POST", SIGN_IN)) == 2
    assert {one.headers["user-agent"] for one in server.asked} == {"Tact tests"}


def test_a_session_that_runs_out_is_refreshed_without_the_password(server: PlatformServer) -> None:
    server.on("POST", SIGN_IN, session(expires=datetime(2020, 1, 1, tzinfo=UTC)))
    server.on("POST", REFRESH, session())
    here = channel(server)
    here.look_up(prepared(here, post("bluesky")))
    assert len(server.sent("POST", REFRESH)) == 1
    assert PASSWORD.encode() not in server.sent("POST", REFRESH)[0].body


def test_a_server_that_sends_us_to_a_private_address_is_not_followed(server: PlatformServer) -> None:
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "http://127.0.0.1:9"}
    server.on("POST", SIGN_IN, session(didDoc={"id": DID, "service": [service]}))
    here = channel(server)
    with pytest.raises(NotBegun, match="cannot be reached"):
        here.publish(prepared(here, post("bluesky")))
    server.on("POST", SIGN_IN, Answer(status=302, headers={"Location": f"{server.address}/elsewhere"}))
    with pytest.raises(Declined, match="302"):
        here.check()


def test_a_private_server_is_spoken_to_by_name_only(server: PlatformServer) -> None:
    with pytest.raises(NotBegun):
        channel(server, SpeakingDoor("Tact tests")).check()
    assert server.asked == []
    assert channel(server).check() == "Signed in as @ours.example."


def test_a_wrong_password_is_told_without_it(server: PlatformServer) -> None:
    server.on("POST", SIGN_IN, Answer({"error": "AuthenticationRequired", "message": f"Not {PASSWORD}"}, 401))
    with pytest.raises(Declined, match="check it on the Channels page") as refused:
        channel(server).check()
    assert PASSWORD not in f"{refused.value} {refused.value.cause}"
    server.on("POST", SIGN_IN, Answer({"error": "AuthFactorTokenRequired", "message": "A code was sent"}, 401))
    with pytest.raises(Declined, match="app password"):
        channel(server).check()


def test_how_long_it_asks_us_to_wait_is_read_from_its_window(server: PlatformServer) -> None:
    at = int((datetime(2026, 3, 2, 9, 2, tzinfo=UTC)).timestamp())  # the answer's clock says 09:00:30
    server.on("POST", SIGN_IN, Answer({"error": "RateLimitExceeded"}, 429, {"ratelimit-reset": str(at)}))
    with pytest.raises(Limited) as limited:
        channel(server).check()
    assert limited.value.after == timedelta(seconds=90)


# --- what became of it -----------------------------------------------------------------------------------------


def test_figures_are_the_appviews_and_the_audience_is_the_authors(server: PlatformServer) -> None:
    counts = {"likeCount": 7, "repostCount": 3, "quoteCount": 2, "replyCount": 5, "bookmarkCount": 1}
    view = {"uri": "at://x", "author": {"did": DID}, "indexedAt": "2026-03-02T09:00:01.000Z", "record": {}, **counts}
    server.on("GET", POSTS, Answer({"posts": [view]}), Answer({"posts": []}), Answer({}, 501))
    server.on("GET", PROFILE, Answer({"did": DID, "handle": "ours.example", "followersCount": 900}))
    here = channel(server)
    found = here.figures(published())
    assert (found.likes, found.shares, found.quotes, found.replies, found.saves) == (7, 3, 2, 5, 1)
    assert (found.audience, found.impressions) == (900, None)
    assert found.posted_at == datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC)
    assert found.server_at == datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)
    with pytest.raises(Gone):
        here.figures(published())
    with pytest.raises(Declined, match="no AppView"):
        here.figures(published())


def test_figures_of_a_post_whose_address_a_person_pasted_ask_for_its_author_first(server: PlatformServer) -> None:
    server.on("GET", HANDLE, Answer({"did": DID}), Answer({"error": "InvalidRequest"}, 400))
    server.on("GET", POSTS, Answer({"posts": [{"uri": "at://x", "author": {"did": DID}, "likeCount": 1}]}))
    server.on("GET", PROFILE, Answer({}))
    here, pasted = channel(server), Published("k1", "bluesky", "https://bsky.app/profile/ours.example/post/3kabc", {})
    assert (here.figures(pasted).likes, here.figures(published()).audience) == (1, None)
    assert {one.query["uris"] for one in server.sent("GET", POSTS)} == {f"at://{DID}/app.bsky.feed.post/3kabc"}
    with pytest.raises(Gone):
        here.figures(pasted)


def test_replies_are_plain_newest_first_and_without_what_is_blocked(server: PlatformServer) -> None:
    def node(rkey: str, at: str) -> dict[str, Any]:
        record = {"text": f"Reply {rkey}", "langs": ["de"], "createdAt": at}
        uri = f"at://did:plc:bob/app.bsky.feed.post/{rkey}"
        return {"post": {"uri": uri, "author": {"handle": "bob.test"}, "record": record, "indexedAt": at}}

    blocked = {"$type": "app.bsky.feed.defs#blockedPost", "uri": "at://x", "blocked": True}
    replies = [node("3ka", "2026-03-02T09:01:00Z"), blocked, node("3kb", "2026-03-02T09:05:00Z")]
    server.on("GET", THREAD, Answer({"thread": {"post": {}, "replies": replies}}))
    newest, oldest = channel(server).replies(published())
    assert (newest.text, newest.author, newest.language) == ("Reply 3kb", "bob.test", "de")
    assert newest.address == "https://bsky.app/profile/did:plc:bob/post/3kb"
    assert oldest.at == datetime(2026, 3, 2, 9, 1, tzinfo=UTC)


def test_a_deletion_names_the_record_and_may_be_repeated(server: PlatformServer) -> None:
    server.on("POST", f"{X}repo.deleteRecord", Answer({}))
    here = channel(server)
    here.delete(published())
    here.delete(Published("k1", "bluesky", f"https://bsky.app/profile/{DID}/post/3kabc", {}))
    asked = [one.json for one in server.sent("POST", f"{X}repo.deleteRecord")]
    assert asked == [{"repo": DID, "collection": "app.bsky.feed.post", "rkey": "3kabc"}] * 2
