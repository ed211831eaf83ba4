"""X: what is asked for, what each failure means, and that no post is ever asked for twice."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from data.errors import BadInput, ChannelError
from publishing.channels import Account, Answering, OutgoingMedia, Published
from publishing.channels.x import KIND, X
from publishing.trouble import Declined, Gone, Limited, NotBegun, Unsure
from tests.publishing.platform_server import (
    CREATING,
    MAKING,
    PICTURE,
    PREPARING,
    Answer,
    Asked,
    PlatformServer,
    named,
    post,
    serving,
    stopped,
)

KEYS = {"api_key": "ck-1", "api_secret": "cs-hush", "access_token": "at-2", "access_secret": "as-hush"}
GIF = OutgoingMedia("wave.gif", "image/gif", b"GIF89a" + b"x" * 20, "A wave")
MADE = Answer({"data": {"id": "1800", "text": "Tea &amp; sympathy"}}, 201)
UPLOADED = Answer({"data": {"id": "77", "media_key": "3_77"}})
OUT = Published("k1", "x", "https://x.com/i/web/status/1800", {"id": "1800"})


@pytest.fixture
def platform() -> Iterator[PlatformServer]:
    with serving() as one:
        yield one


def channel(platform: PlatformServer) -> X:
    found = KIND.open(Account("x-1", "Ottermoor on X", {"address": platform.address}, KEYS), platform.door)
    assert isinstance(found, X)
    found.look_seconds = 0.0
    return found


def signature_is_right(asked: Asked, address: str) -> bool:
    """RFC 5849 once more, from the request as it came."""
    given = dict(re.findall(r'(oauth_\w+)="([^"]*)"', asked.headers["authorization"]))
    signed = {name: unquote(value) for name, value in given.items() if name != "oauth_signature"}
    query = [pair.split("=", 1) for pair in urlsplit(asked.headers["target"]).query.split("&") if pair]
    pairs = [*signed.items(), *((unquote(name), unquote(value)) for name, value in query)]
    together = "&".join(f"{quote(n, safe='~')}={quote(v, safe='~')}" for n, v in sorted(pairs))
    base = "&".join(quote(part, safe="~") for part in (asked.method, address + asked.path, together))
    digest = hmac.new(b"cs-hush&as-hush", base.encode(), hashlib.sha1).digest()
    return unquote(given["oauth_signature"]) == base64.b64encode(digest).decode()


def test_a_post_is_one_signed_request(platform: PlatformServer) -> None:
    platform.on("POST", "/2/tweets", MADE)
    receipt = channel(platform).publish(post("x"))
    [asked] = platform.asked
    assert asked.json == {"text": "Tea & sympathy"}
    assert signature_is_right(asked, platform.address)
    assert (receipt.address, receipt.payload) == ("https://x.com/i/web/status/1800", {"id": "1800"})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("reply", {"text": "Ha", "reply": {"in_reply_to_tweet_id": "99"}}),
        ("quote", {"text": "Ha", "quote_tweet_id": "99"}),
    ],
)
def test_it_answers_somebody(platform: PlatformServer, kind: Any, body: dict[str, Any]) -> None:
    platform.on("POST", "/2/tweets", MADE)
    channel(platform).publish(post("x", "Ha", answering=Answering(kind, "https://twitter.com/lei/status/99?s=20")))
    assert platform.asked[0].json == body


def test_pictures_are_uploaded_and_described_first(platform: PlatformServer) -> None:
    platform.on("POST", "/2/media/upload", UPLOADED)
    platform.on("POST", "/2/media/metadata", Answer({"data": {"id": "77"}}))
    platform.on("POST", "/2/tweets", MADE)
    channel(platform).publish(post("x", "Tea", PICTURE))
    upload, metadata, made = platform.asked
    assert upload.parts == {"media": PICTURE.content, "media_category": b"tweet_image", "media_type": b"image/png"}
    assert metadata.json == {"id": "77", "metadata": {"alt_text": {"text": "A cup of tea"}}}
    assert made.json == {"text": "Tea", "media": {"media_ids": ["77"]}}
    assert all(signature_is_right(asked, platform.address) for asked in platform.asked)


def animated(platform: PlatformServer, *states: str) -> None:
    platform.on("POST", "/2/media/upload/initialize", UPLOADED)
    platform.on("POST", "/2/media/upload/77/append", Answer({}))
    platform.on("POST", "/2/media/upload/77/finalize", _state("pending"))
    platform.on("GET", "/2/media/upload", *(_state(state) for state in states))
    platform.on("POST", "/2/media/metadata", Answer({}))
    platform.on("POST", "/2/tweets", MADE)


def _state(state: str) -> Answer:
    return Answer({"data": {"id": "77", "processing_info": {"state": state, "check_after_secs": 1}}})


def test_an_animation_goes_in_pieces_and_is_waited_for(platform: PlatformServer) -> None:
    animated(platform, "in_progress", "succeeded")
    channel(platform).publish(post("x", "Hello", GIF))
    start = platform.sent("POST", "/2/media/upload/initialize")[0]
    assert start.json == {"media_type": "image/gif", "total_bytes": 26, "media_category": "tweet_gif"}
    assert platform.sent("POST", "/2/media/upload/77/append")[0].parts["media"] == GIF.content
    looks = platform.sent("GET", "/2/media/upload")
    assert [look.query for look in looks] == [{"command": "STATUS", "media_id": "77"}] * 2
    assert all(signature_is_right(asked, platform.address) for asked in platform.asked)
    assert platform.steps[-1] == "POST /2/tweets"


@pytest.mark.parametrize(("state", "means"), [("in_progress", NotBegun), ("failed", Declined)])
def test_an_animation_that_is_not_ready_is_not_posted(
    platform: PlatformServer, state: str, means: type[ChannelError]
) -> None:
    animated(platform, state)
    with pytest.raises(means):
        channel(platform).publish(post("x", "Hello", GIF))
    assert not platform.sent("POST", "/2/tweets")


@pytest.mark.parametrize(("fault", "answer", "means"), CREATING, ids=named(CREATING))
def test_what_goes_wrong_with_the_post_itself(
    platform: PlatformServer, fault: str, answer: Answer, means: type[ChannelError]
) -> None:
    platform.on("POST", "/2/tweets", answer)
    with pytest.raises(ChannelError) as told:
        channel(platform).publish(post("x"))
    assert type(told.value) is means
    assert len(platform.asked) == 1, "at most one request that can make the post"


@pytest.mark.parametrize("step", ["/2/media/upload", "/2/media/metadata"])
@pytest.mark.parametrize(("fault", "answer", "means"), PREPARING, ids=named(PREPARING))
def test_what_goes_wrong_before_the_post(
    platform: PlatformServer, step: str, fault: str, answer: Answer, means: type[ChannelError]
) -> None:
    platform.on("POST", "/2/media/upload", UPLOADED)
    platform.on("POST", "/2/media/metadata", Answer({}))
    platform.on("POST", step, answer)
    with pytest.raises(ChannelError) as told:
        channel(platform).publish(post("x", "Tea", PICTURE))
    assert type(told.value) is means
    assert "POST /2/tweets" not in platform.steps


@pytest.mark.parametrize(("fault", "answer", "means"), MAKING[-2:], ids=named(MAKING[-2:]))
def test_an_upload_without_an_answer_is_no_upload(
    platform: PlatformServer, fault: str, answer: Answer, means: type[ChannelError]
) -> None:
    platform.on("POST", "/2/media/upload", answer)
    with pytest.raises(means):
        channel(platform).publish(post("x", "Tea", PICTURE))


def test_an_upload_that_takes_too_long_is_given_up_before_the_post(
    platform: PlatformServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publishing.channels.x.PREPARE_SECONDS", 0.1)
    platform.on("POST", "/2/media/upload", Answer(slow=5.0))
    with pytest.raises(NotBegun):
        channel(platform).publish(post("x", "Tea", PICTURE))
    assert platform.steps == ["POST /2/media/upload"]


def test_a_pause_during_the_upload_stops_the_post(platform: PlatformServer) -> None:
    platform.on("POST", "/2/media/upload", UPLOADED)
    platform.on("POST", "/2/media/metadata", Answer({}))
    with pytest.raises(NotBegun, match="stopped"):
        channel(platform).publish(stopped(post("x", "Tea", PICTURE)))
    assert "POST /2/tweets" not in platform.steps


def test_nobody_there_is_not_begun(platform: PlatformServer) -> None:
    one = channel(platform)
    platform.close()
    with pytest.raises(NotBegun):
        one.publish(post("x"))


@pytest.mark.parametrize(
    "outgoing",
    [
        post("x", "Ha", answering=Answering("reply", "https://tag.example/@lei/99")),
        post("x", "Ha", OutgoingMedia("a.mp4", "video/mp4", b"x", "")),
        post("x", "Ha", *[PICTURE] * 5),
        post("x", "Ha", PICTURE, GIF),
        post("x", "Ha", PICTURE, answering=Answering("quote", "https://x.com/lei/status/99")),
    ],
    ids=["an address elsewhere", "a film", "five pictures", "animation and picture", "picture and quote"],
)
def test_what_x_does_not_take_is_declined_before_anything_is_sent(platform: PlatformServer, outgoing: Any) -> None:
    with pytest.raises(Declined):
        channel(platform).publish(outgoing)
    assert not platform.asked


# The answers' clock says 09:00:30 on 2 March 2026.
NOW = int(datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"x-rate-limit-reset": str(NOW + 90)}, timedelta(seconds=90)),
        (
            {
                "x-rate-limit-reset": str(NOW + 90),
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": str(NOW + 7200),
            },
            timedelta(hours=2),
        ),
        ({"x-rate-limit-reset": str(NOW - 5)}, timedelta(0)),
        ({"Retry-After": "7"}, timedelta(seconds=7)),
        ({"x-rate-limit-reset": "soon"}, None),
    ],
)
def test_patience_ends_when_x_says(platform: PlatformServer, headers: dict[str, str], after: timedelta | None) -> None:
    platform.on("POST", "/2/tweets", Answer({"title": "Too Many Requests"}, 429, headers))
    with pytest.raises(Limited, match="Too Many Requests") as told:
        channel(platform).publish(post("x"))
    assert told.value.after == after


def test_a_refusal_has_its_reason_and_no_key(platform: PlatformServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    platform.on("POST", "/2/tweets", Answer({"title": "Forbidden", "detail": "Duplicate content."}, 403))
    with pytest.raises(Declined, match=r"Channels page.*Duplicate content") as told:
        channel(platform).publish(post("x"))
    for key in KEYS.values():
        assert key not in told.value.message + told.value.cause + repr(told.value) + caplog.text


def test_a_post_comes_down_however_often_it_is_asked(platform: PlatformServer) -> None:
    platform.on("DELETE", "/2/tweets/1800", Answer({"data": {"deleted": True}}), Answer({}, 404))
    channel(platform).delete(OUT)
    channel(platform).delete(OUT)


def test_a_post_whose_number_is_not_known_is_for_a_person(platform: PlatformServer) -> None:
    with pytest.raises(Declined, match="by hand"):
        channel(platform).delete(Published("k1", "x", "https://x.com/i/web/status/1800", {}))
    assert not platform.asked


@pytest.mark.parametrize("said", [{"data": {"deleted": False}}, {}, []])
def test_a_deletion_that_is_not_confirmed_is_not_believed(platform: PlatformServer, said: Any) -> None:
    platform.on("DELETE", "/2/tweets/1800", Answer(said))
    with pytest.raises(Unsure):
        channel(platform).delete(OUT)


TWEET = {
    "id": "1800",
    "text": "Tea",
    "created_at": "2026-03-02T09:00:01.000Z",
    "public_metrics": {
        "retweet_count": 5,
        "reply_count": 12,
        "like_count": 23,
        "quote_count": 2,
        "bookmark_count": 8,
        "impression_count": 5432,
    },
    "non_public_metrics": {"impression_count": 5432, "url_link_clicks": 89, "user_profile_clicks": 15},
}
AUTHOR = {"users": [{"id": "5", "public_metrics": {"followers_count": 1200, "tweet_count": 4}}]}


def test_figures_in_our_words(platform: PlatformServer) -> None:
    platform.on("GET", "/2/tweets/1800", Answer({"data": TWEET, "includes": AUTHOR}))
    found = channel(platform).figures(OUT)
    counts = (found.impressions, found.likes, found.shares, found.quotes, found.replies, found.clicks, found.saves)
    assert counts == (5432, 23, 5, 2, 12, 89, 8)
    assert found.audience == 1200
    assert found.posted_at == datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC)
    assert found.server_at == datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)
    assert found.raw["public_metrics"] == TWEET["public_metrics"]


def test_after_thirty_days_there_are_no_clicks_but_the_rest(platform: PlatformServer) -> None:
    problem = {
        "title": "Field Authorization Error",
        "type": "https://api.twitter.com/2/problems/not-authorized-for-field",
    }
    old = {name: value for name, value in TWEET.items() if name != "non_public_metrics"}
    platform.on("GET", "/2/tweets/1800", Answer({"errors": [problem]}), Answer({"data": old, "includes": AUTHOR}))
    found = channel(platform).figures(OUT)
    assert (found.likes, found.clicks) == (23, None)


def test_a_deleted_post_has_no_figures(platform: PlatformServer) -> None:
    problem = {"title": "Not Found Error", "type": "https://api.twitter.com/2/problems/resource-not-found"}
    platform.on("GET", "/2/tweets/1800", Answer({"errors": [problem]}))
    with pytest.raises(Gone):
        channel(platform).figures(OUT)


def test_replies_are_told_newest_first_without_our_own_post(platform: PlatformServer) -> None:
    def said(number: str, minute: int, text: str) -> dict[str, Any]:
        at = f"2026-03-02T09:{minute:02}:00.000Z"
        return {"id": number, "author_id": "8", "text": text, "lang": "en", "created_at": at}

    found = {"data": [said("1800", 0, "Tea"), said("1801", 3, "Lovely &amp; warm"), said("1802", 5, "No")]}
    platform.on(
        "GET", "/2/tweets/search/recent", Answer({**found, "includes": {"users": [{"id": "8", "username": "lei"}]}})
    )
    newest, older = channel(platform).replies(OUT)
    assert (newest.external_id, older.text, older.author, older.language) == ("1802", "Lovely & warm", "lei", "en")
    assert older.address == "https://x.com/i/web/status/1801"
    assert signature_is_right(platform.asked[0], platform.address)


def recent(platform: PlatformServer, *posts: dict[str, Any]) -> None:
    platform.on("GET", "/2/users/me", Answer({"data": {"id": "5", "username": "ottermoor"}}))
    platform.on("GET", "/2/users/5/tweets", Answer({"data": list(posts), "meta": {"result_count": len(posts)}}))


def test_a_lost_post_is_found_by_its_words(platform: PlatformServer) -> None:
    shown = {
        "id": "1800",
        "text": "Tea &amp; rain https://t.co/a https://t.co/b",
        "entities": {
            "urls": [
                {"url": "https://t.co/a", "expanded_url": "https://ottermoor.com/tea"},
                {"url": "https://t.co/b", "expanded_url": "https://x.com/o/status/1800/photo/1", "media_key": "3_1"},
            ]
        },
    }
    recent(platform, {"id": "1799", "text": "Something else"}, shown)
    receipt = channel(platform).look_up(post("x", "Tea & rain https://ottermoor.com/tea"))
    assert receipt is not None
    assert receipt.payload == {"id": "1800"}
    assert platform.asked[1].query["start_time"] == "2026-03-02T08:59:00Z"


@pytest.mark.parametrize(
    "shown",
    [
        [],
        [{"id": "1", "text": "Tea"}],
        [{"id": "1", "text": "Ha", "referenced_tweets": [{"type": "replied_to", "id": "98"}]}],
        [{"id": "1", "text": "Ha"}],
        [{"id": str(one), "text": "Ha", "referenced_tweets": [{"type": "replied_to", "id": "99"}]} for one in (1, 2)],
    ],
    ids=["nothing", "other words", "an answer to another", "no answer", "two"],
)
def test_a_post_that_x_does_not_show_may_still_be_out(platform: PlatformServer, shown: list[dict[str, Any]]) -> None:
    recent(platform, *shown)
    with pytest.raises(Unsure):
        channel(platform).look_up(post("x", "Ha", answering=Answering("reply", "https://x.com/lei/status/99")))


def test_a_post_without_words_is_not_taken_for_another(platform: PlatformServer) -> None:
    recent(platform, {"id": "1", "text": ""})
    with pytest.raises(Unsure):
        channel(platform).look_up(post("x", "", PICTURE))


def test_the_check_says_as_whom(platform: PlatformServer) -> None:
    recent(platform)
    assert channel(platform).check() == "Signed in to X as @ottermoor."


@pytest.mark.parametrize("address", ["http://api.x.com", "ftp://api.x.com", "x", "http://[::"])
def test_keys_never_travel_in_the_open(address: str) -> None:
    with pytest.raises(BadInput):
        KIND.check({"address": address})
    KIND.check({"address": "https://api.x.com"})
    KIND.check({})


@pytest.mark.parametrize("key", ["", "two\nlines", "kéy"])
def test_a_key_that_cannot_be_one_is_named(platform: PlatformServer, key: str) -> None:
    with pytest.raises(BadInput, match="API key secret"):
        KIND.open(Account("x-1", "Ottermoor", {}, {**KEYS, "api_secret": key}), platform.door)
