"""Facebook: what is asked for, what each failure means, and that no post is ever asked for twice."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from data.errors import BadInput, ChannelError
from publishing.channels import Account, Answering, Outgoing, OutgoingMedia, Published
from publishing.channels.facebook import KIND, Facebook
from publishing.trouble import Declined, Gone, Limited, NotBegun, Unsure
from tests.publishing.platform_server import (
    AT,
    CREATING,
    MAKING,
    PICTURE,
    Answer,
    Asked,
    PlatformServer,
    named,
    post,
    serving,
    stopped,
)

FEED, PHOTOS, POST = "/v25.0/42/feed", "/v25.0/42/photos", "/v25.0/42_7"
OUT = Published("k1", "facebook", "https://www.facebook.com/42_7", {"id": "42_7"})
GONE = Answer({"error": {"message": "Object does not exist", "code": 100, "error_subcode": 33}}, 400)


@pytest.fixture
def platform() -> Iterator[PlatformServer]:
    with serving() as one:
        yield one


def channel(platform: PlatformServer) -> Facebook:
    config = {"address": platform.address, "page_id": "42"}
    found = KIND.open(Account("facebook-1", "Ottermoor's page", config, {"page_token": "hush"}), platform.door)
    assert isinstance(found, Facebook)
    return found


def form(asked: Asked) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(asked.body.decode()).items()}


def refusal(code: int, subcode: int | None = None, status: int = 400) -> Answer:
    return Answer({"error": {"message": "Because", "code": code, "error_subcode": subcode}}, status)


def test_a_post_is_one_request_without_a_key_in_its_address(platform: PlatformServer) -> None:
    platform.on("POST", FEED, Answer({"id": "42_7"}))
    receipt = channel(platform).publish(post("facebook"))
    [asked] = platform.asked
    assert form(asked) == {"message": "Tea & sympathy"}
    assert (asked.headers["authorization"], asked.headers["target"]) == ("Bearer hush", FEED)
    assert (receipt.address, receipt.payload) == (OUT.address, {"id": "42_7"})


def test_a_link_without_a_picture_is_shown(platform: PlatformServer) -> None:
    platform.on("POST", FEED, Answer({"id": "42_7"}))
    links = ("https://ottermoor.com/tea",)
    channel(platform).publish(Outgoing("k1", "facebook", "Tea", links, (), "0" * 64, AT))
    assert form(platform.asked[0]) == {"message": f"Tea\n{links[0]}", "link": links[0]}


def test_pictures_go_up_unseen_first(platform: PlatformServer) -> None:
    platform.on("POST", PHOTOS, Answer({"id": "71"}), Answer({"id": "72"}))
    platform.on("POST", FEED, Answer({"id": "42_7"}))
    channel(platform).publish(post("facebook", "Tea", PICTURE, PICTURE))
    first, _, made = platform.asked
    assert first.parts == {"published": b"false", "alt_text_custom": b"A cup of tea", "source": PICTURE.content}
    assert json.loads(form(made)["attached_media[0]"]) == {"media_fbid": "71"}
    assert json.loads(form(made)["attached_media[1]"]) == {"media_fbid": "72"}


# Meta answers with 400 and says in a code what is meant.
SAID: tuple[tuple[str, Answer, type[ChannelError]], ...] = (
    ("its own trouble", refusal(2), Unsure),
    ("its own trouble, 500", refusal(1, status=500), Unsure),
    ("too many calls", refusal(32), Limited),
    ("too many calls of a page", refusal(80001), Limited),
    ("the token is over", refusal(190, 463), Declined),
    ("no right", refusal(200, status=403), Declined),
    ("the same again", refusal(506), Declined),
)


@pytest.mark.parametrize(("fault", "answer", "means"), CREATING + SAID, ids=named(CREATING + SAID))
def test_what_goes_wrong_with_the_post_itself(
    platform: PlatformServer, fault: str, answer: Answer, means: type[ChannelError]
) -> None:
    platform.on("POST", PHOTOS, Answer({"id": "71"}))
    platform.on("POST", FEED, answer)
    with pytest.raises(ChannelError) as told:
        channel(platform).publish(post("facebook", "Tea", PICTURE))
    assert type(told.value) is means
    assert platform.steps.count(f"POST {FEED}") == 1, "at most one request that can make the post"


BEFORE = (*MAKING, ("its own trouble", refusal(2), NotBegun), ("not there", refusal(100, 33), Declined))


@pytest.mark.parametrize(("fault", "answer", "means"), BEFORE, ids=named(BEFORE))
def test_what_goes_wrong_before_the_post(
    platform: PlatformServer, fault: str, answer: Answer, means: type[ChannelError]
) -> None:
    platform.on("POST", PHOTOS, answer)
    with pytest.raises(ChannelError) as told:
        channel(platform).publish(post("facebook", "Tea", PICTURE))
    assert type(told.value) is means
    assert platform.steps == [f"POST {PHOTOS}"]


def test_a_pause_during_the_upload_stops_the_post(platform: PlatformServer) -> None:
    platform.on("POST", PHOTOS, Answer({"id": "71"}))
    with pytest.raises(NotBegun, match="stopped"):
        channel(platform).publish(stopped(post("facebook", "Tea", PICTURE)))
    assert f"POST {FEED}" not in platform.steps


def test_nobody_there_is_not_begun(platform: PlatformServer) -> None:
    one = channel(platform)
    platform.close()
    with pytest.raises(NotBegun):
        one.publish(post("facebook"))


@pytest.mark.parametrize(
    "outgoing",
    [
        post("facebook", "Ha", answering=Answering("reply", "https://www.facebook.com/1_2")),
        post("facebook", "Ha", OutgoingMedia("a.mp4", "video/mp4", b"x", "")),
        post("facebook", "Ha", *[PICTURE] * 11),
    ],
    ids=["an answer", "a film", "too many"],
)
def test_what_facebook_does_not_take_is_declined_before_anything_is_sent(
    platform: PlatformServer, outgoing: Outgoing
) -> None:
    with pytest.raises(Declined):
        channel(platform).publish(outgoing)
    assert not platform.asked


def usage(minutes: Any) -> dict[str, str]:
    one = {"type": "pages", "call_count": 100, "estimated_time_to_regain_access": minutes}
    return {"X-Business-Use-Case-Usage": json.dumps({"42": [{**one, "estimated_time_to_regain_access": 0}, one]})}


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        (usage(19), timedelta(minutes=19)),
        (usage(5000), timedelta(days=1)),
        (usage("soon"), None),
        ({**usage(0), "Retry-After": "7"}, timedelta(seconds=7)),
        ({"X-Business-Use-Case-Usage": "{"}, None),
        ({"X-Business-Use-Case-Usage": "[1]"}, None),
    ],
)
def test_patience_ends_when_meta_says(
    platform: PlatformServer, headers: dict[str, str], after: timedelta | None
) -> None:
    error = {"error": {"message": "(#32) Page request limit reached", "code": 32}}
    platform.on("POST", FEED, Answer(error, 403, headers))
    with pytest.raises(Limited, match="limit reached") as told:
        channel(platform).publish(post("facebook"))
    assert told.value.after == after


def test_a_refusal_has_its_reason_and_no_key(platform: PlatformServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    platform.on("POST", FEED, Answer({"error": {"message": "Session has expired", "code": 190}}, 400))
    with pytest.raises(Declined, match=r"Channels page.*Session has expired") as told:
        channel(platform).publish(post("facebook"))
    assert "hush" not in told.value.message + told.value.cause + repr(told.value) + caplog.text


def test_a_post_comes_down_however_often_it_is_asked(platform: PlatformServer) -> None:
    platform.on("DELETE", POST, Answer({"success": True}), GONE)
    platform.on("GET", "/v25.0/42", Answer({"id": "42"}))
    channel(platform).delete(OUT)
    channel(platform).delete(OUT)


@pytest.mark.parametrize("page", [refusal(190), GONE], ids=["the token is over", "it sees nothing any more"])
def test_what_a_token_may_not_touch_is_not_called_gone(platform: PlatformServer, page: Answer) -> None:
    platform.on("DELETE", POST, GONE)
    platform.on("GET", "/v25.0/42", page)
    for deed in (channel(platform).delete, channel(platform).figures):
        with pytest.raises(Declined, match="Channels page"):
            deed(OUT)


@pytest.mark.parametrize("said", [{"success": False}, {}, False])
def test_a_deletion_that_is_not_confirmed_is_not_believed(platform: PlatformServer, said: Any) -> None:
    platform.on("DELETE", POST, Answer(said))
    with pytest.raises(Unsure):
        channel(platform).delete(OUT)


COUNTED = {
    "id": "42_7",
    "created_time": "2026-03-02T09:00:01+0000",
    "shares": {"count": 4},
    "comments": {"data": [], "summary": {"total_count": 9}},
    "reactions": {"data": [], "summary": {"total_count": 31}},
}


def insight(name: str, value: Any) -> Answer:
    return Answer({"data": [{"name": name, "period": "lifetime", "values": [{"value": value}]}]})


def measured(platform: PlatformServer, *insights: Answer) -> None:
    platform.on("GET", "/v25.0/42", Answer({"followers_count": 800, "id": "42"}))
    platform.on("GET", POST, Answer(COUNTED))
    platform.on("GET", f"{POST}/insights", *insights)


def test_figures_in_our_words(platform: PlatformServer) -> None:
    measured(platform, insight("post_media_view", 1500), insight("post_clicks", 12))
    found = channel(platform).figures(OUT)
    assert (found.impressions, found.likes, found.shares, found.replies, found.clicks) == (1500, 31, 4, 9, 12)
    assert (found.audience, found.saves, found.quotes) == (800, None, None)
    assert found.posted_at == datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC)
    asked = [one.query["metric"] for one in platform.sent("GET", f"{POST}/insights")]
    assert asked == ["post_media_view", "post_clicks"]


def test_a_number_that_meta_took_away_leaves_the_others(platform: PlatformServer) -> None:
    measured(platform, refusal(100), insight("post_clicks", 12))
    found = channel(platform).figures(OUT)
    assert (found.impressions, found.clicks, found.likes) == (None, 12, 31)


def test_numbers_that_are_late_are_not_zero(platform: PlatformServer) -> None:
    measured(platform, Answer({"data": []}))
    found = channel(platform).figures(OUT)
    assert (found.impressions, found.clicks) == (None, None)


def test_a_deleted_post_has_no_figures(platform: PlatformServer) -> None:
    measured(platform, Answer({"data": []}))
    platform.on("GET", POST, GONE)
    with pytest.raises(Gone):
        channel(platform).figures(OUT)


def test_comments_are_told_newest_first(platform: PlatformServer) -> None:
    def said(number: str, minute: int, **more: Any) -> dict[str, Any]:
        return {"id": number, "message": number, "created_time": f"2026-03-02T09:{minute:02}:00+0000", **more}

    one = said("7_1", 1, permalink_url="https://www.facebook.com/c/1")
    two = said("7_2", 2, **{"from": {"name": "Lei", "id": "9"}})
    platform.on("GET", f"{POST}/comments", Answer({"data": [one, two, {"id": "7_3"}]}))
    newest, older = channel(platform).replies(OUT)
    assert (newest.external_id, newest.author, newest.address) == ("7_2", "Lei", OUT.address)
    assert (older.author, older.address) == ("", "https://www.facebook.com/c/1")


def recent(platform: PlatformServer, message: str, at: str = "2026-03-02T09:00:01+0000") -> None:
    shown = [{"id": "42_6", "created_time": at}, {"id": "42_7", "message": message, "created_time": at}]
    platform.on("GET", "/v25.0/42/published_posts", Answer({"data": shown}))


def test_a_lost_post_is_found_by_its_words(platform: PlatformServer) -> None:
    recent(platform, "Tea & sympathy")
    receipt = channel(platform).look_up(post("facebook"))
    assert receipt is not None
    assert receipt.payload == {"id": "42_7"}
    assert platform.asked[0].query["since"] == str(int((AT - timedelta(minutes=1)).timestamp()))


@pytest.mark.parametrize(("message", "at"), [("Tea", AT.isoformat()), ("Tea & sympathy", "2026-03-02T08:58:00+0000")])
def test_a_post_that_facebook_does_not_show_may_still_be_out(platform: PlatformServer, message: str, at: str) -> None:
    recent(platform, message, at)
    with pytest.raises(Unsure):
        channel(platform).look_up(post("facebook"))


def test_the_check_says_as_whom(platform: PlatformServer) -> None:
    platform.on("GET", "/v25.0/42", Answer({"name": "Ottermoor", "id": "42"}))
    assert channel(platform).check() == "Signed in to Facebook as the page Ottermoor."


@pytest.mark.parametrize(
    "config",
    [
        {"page_id": "ottermoor"},
        {},
        {"page_id": "42", "version": "25"},
        {"page_id": "42", "address": "http://a.example"},
    ],
)
def test_settings_that_cannot_be_used_are_named(config: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        KIND.check(config)
