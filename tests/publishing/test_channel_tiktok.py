"""TikTok: what it takes and what not, what each failure means, and that no film is ever sent twice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.errors import BadInput, ChannelError
from publishing.channels import Account, Answering, Outgoing, OutgoingMedia, Published
from publishing.channels.tiktok import KIND, MOST_BYTES, TikTok
from publishing.trouble import Declined, Gone, Limited, NotBegun, Unsure
from tests.publishing.platform_server import MAKING, PICTURE, Answer, PlatformServer, named, post, serving, stopped

CREATOR, INIT = "/v2/post/publish/creator_info/query/", "/v2/post/publish/video/init/"
STATUS, QUERY, LIST, USER = "/v2/post/publish/status/fetch/", "/v2/video/query/", "/v2/video/list/", "/v2/user/info/"
FILM = OutgoingMedia("tea.mp4", "video/mp4", b"film" * 9, "Tea is poured")
OUT = Published("k1", "tiktok", "https://www.tiktok.com/@ottermoor/video/900", {"id": "900", "publish_id": "p~1"})
FRESH = Published("k1", "tiktok", "https://www.tiktok.com/@ottermoor", {"publish_id": "p~1"})


@pytest.fixture
def platform() -> Iterator[PlatformServer]:
    with serving() as one:
        yield one


def ok(**data: Any) -> Answer:
    return Answer({"data": data, "error": {"code": "ok", "message": "", "log_id": "x"}})


def refusal(code: str, status: int = 200) -> Answer:
    return Answer({"data": {}, "error": {"code": code, "message": f"It is {code}", "log_id": "x"}}, status)


def channel(platform: PlatformServer, **config: object) -> TikTok:
    config = {"address": platform.address, **config}
    found = KIND.open(Account("tiktok-1", "Ottermoor", config, {"access_token": "hush"}), platform.door)
    assert isinstance(found, TikTok)
    found.look_seconds = 0.0
    return found


def takes_films(platform: PlatformServer, *states: Answer) -> None:
    platform.on("POST", CREATOR, ok(creator_username="ottermoor", privacy_level_options=["PUBLIC_TO_EVERYONE"]))
    platform.on("POST", INIT, ok(publish_id="p~1", upload_url=f"{platform.address}/upload/1"))
    platform.on("PUT", "/upload/1", Answer(text="", status=201))
    out = ok(status="PUBLISH_COMPLETE", publicaly_available_post_id=[900])
    platform.on("POST", STATUS, *(states or (out,)))


def test_a_film_is_announced_sent_once_and_asked_about(platform: PlatformServer) -> None:
    out = ok(status="PUBLISH_COMPLETE", publicaly_available_post_id=[900])
    takes_films(platform, ok(status="PROCESSING_UPLOAD"), out)
    receipt = channel(platform).publish(post("tiktok", "Tea & rain", FILM))
    _, init, sent, *looks = platform.asked
    assert init.json == {
        "post_info": {
            "title": "Tea & rain",
            "privacy_level": "PUBLIC_TO_EVERYONE",
            "disable_duet": False,
            "disable_comment": False,
            "disable_stitch": False,
            "brand_organic_toggle": True,
        },
        "source_info": {"source": "FILE_UPLOAD", "video_size": 36, "chunk_size": 36, "total_chunk_count": 1},
    }
    assert sent.body == FILM.content
    assert (sent.headers["content-range"], sent.headers["content-type"]) == ("bytes 0-35/36", "video/mp4")
    assert "authorization" not in sent.headers, "the address of an upload needs no key"
    assert [look.json for look in looks] == [{"publish_id": "p~1"}] * 2
    assert (receipt.address, receipt.payload) == (OUT.address, OUT.payload)


def test_a_film_that_is_not_public_yet_is_out(platform: PlatformServer) -> None:
    takes_films(platform, ok(status="PUBLISH_COMPLETE"))
    receipt = channel(platform, promotes=False).publish(post("tiktok", "Tea", FILM))
    assert (receipt.address, receipt.payload) == (FRESH.address, FRESH.payload)
    assert platform.sent("POST", INIT)[0].json["post_info"]["brand_organic_toggle"] is False


@pytest.mark.parametrize(
    ("outgoing", "said"),
    [
        (post("tiktok", "Tea"), "without a film"),
        (post("tiktok", "Tea", PICTURE), "post this by hand"),
        (post("tiktok", "Tea", FILM, FILM), "one film"),
        (post("tiktok", "Tea", OutgoingMedia("a.mp4", "video/mp4", bytes(MOST_BYTES + 1), "")), "64 MB"),
        (post("tiktok", "Tea", FILM, answering=Answering("reply", OUT.address)), "by hand"),
    ],
    ids=["words alone", "a picture", "two films", "too large", "an answer"],
)
def test_what_tiktok_does_not_take_is_declined_before_anything_is_sent(
    platform: PlatformServer, outgoing: Outgoing, said: str
) -> None:
    with pytest.raises(Declined, match=said):
        channel(platform).publish(outgoing)
    assert not platform.asked


# How the sending of the bytes ended, what the status says then, and what it comes to.
OUTCOMES: tuple[tuple[str, Answer, Answer, type[ChannelError]], ...] = (
    ("cut off", Answer(cut=True), ok(status="PROCESSING_UPLOAD", uploaded_bytes=0), Unsure),
    ("cut off, then nobody there", Answer(cut=True), Answer(cut=True), Unsure),
    ("500", Answer(status=500, text=""), ok(status="PROCESSING_UPLOAD"), Unsure),
    ("cut off, and refused", Answer(cut=True), ok(status="FAILED", fail_reason="file_format_check_failed"), Declined),
    ("400", Answer({}, 400), Answer(), Declined),
    ("403", Answer({}, 403), Answer(), Declined),
    ("404", Answer({}, 404), Answer(), Gone),
    ("429", Answer({}, 429), Answer(), Limited),
    ("taken, and refused", Answer(status=201), ok(status="FAILED", fail_reason="duration_check_failed"), Declined),
    ("taken, still at work", Answer(status=201), ok(status="PROCESSING_UPLOAD"), Unsure),
    ("taken, nobody there", Answer(status=201), Answer(cut=True), Unsure),
    ("taken, no JSON", Answer(status=201), Answer(text="<html>"), Unsure),
    ("taken, not told", Answer(status=201), refusal("access_token_invalid", 401), Unsure),
)


@pytest.mark.parametrize(("fault", "answer", "status", "means"), OUTCOMES, ids=[row[0] for row in OUTCOMES])
def test_what_goes_wrong_with_the_post_itself(
    platform: PlatformServer, fault: str, answer: Answer, status: Answer, means: type[ChannelError]
) -> None:
    takes_films(platform, status)
    platform.on("PUT", "/upload/1", answer)
    with pytest.raises(ChannelError) as told:
        channel(platform).publish(post("tiktok", "Tea", FILM))
    assert type(told.value) is means
    assert platform.steps.count("PUT /upload/1") == 1, "at most one request that can make the post"


def test_a_film_whose_sending_broke_off_may_be_out(platform: PlatformServer) -> None:
    takes_films(platform)
    platform.on("PUT", "/upload/1", Answer(cut=True))
    assert channel(platform).publish(post("tiktok", "Tea", FILM)).payload == OUT.payload


BEFORE = (
    *MAKING,
    ("a refusal with status 200", refusal("privacy_level_option_mismatch"), Declined),
    ("the day's posts are used up", refusal("spam_risk_too_many_posts", 403), Limited),
    ("too fast", refusal("rate_limit_exceeded", 429), Limited),
)


@pytest.mark.parametrize("step", [CREATOR, INIT])
@pytest.mark.parametrize(("fault", "answer", "means"), BEFORE, ids=named(BEFORE))
def test_what_goes_wrong_before_the_post(
    platform: PlatformServer, step: str, fault: str, answer: Answer, means: type[ChannelError]
) -> None:
    takes_films(platform)
    platform.on("POST", step, answer)
    with pytest.raises(ChannelError) as told:
        channel(platform).publish(post("tiktok", "Tea", FILM))
    # An answer of the account's that says nothing allows nothing.
    assert type(told.value) is (Declined if step == CREATOR and fault == "200 with nothing in it" else means)
    assert "PUT /upload/1" not in platform.steps


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        (refusal("rate_limit_exceeded", 429), timedelta(minutes=1)),
        (Answer({}, 429, {"Retry-After": "7"}), timedelta(seconds=7)),
        (refusal("reached_active_user_cap", 403), timedelta(days=1)),
    ],
)
def test_patience_has_an_end(platform: PlatformServer, answer: Answer, after: timedelta) -> None:
    takes_films(platform)
    platform.on("POST", INIT, answer)
    with pytest.raises(Limited) as told:
        channel(platform).publish(post("tiktok", "Tea", FILM))
    assert told.value.after == after


def test_a_refusal_has_its_reason_and_no_key(platform: PlatformServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    takes_films(platform)
    platform.on("POST", INIT, refusal("scope_not_authorized", 401))
    with pytest.raises(Declined, match=r"Channels page.*It is scope_not_authorized") as told:
        channel(platform).publish(post("tiktok", "Tea", FILM))
    assert "hush" not in told.value.message + told.value.cause + repr(told.value) + caplog.text


def test_a_person_deletes(platform: PlatformServer) -> None:
    with pytest.raises(Declined, match="delete it by hand"):
        channel(platform).delete(OUT)
    assert not platform.asked


COUNTED = {
    "id": "900",
    "create_time": 1772442001,
    "view_count": 5100,
    "like_count": 410,
    "comment_count": 33,
    "share_count": 27,
}


@pytest.mark.parametrize("published", [OUT, FRESH], ids=["by its number", "by its publishing"])
def test_figures_in_our_words(platform: PlatformServer, published: Published) -> None:
    platform.on("POST", STATUS, ok(status="PUBLISH_COMPLETE", publicaly_available_post_id=[900]))
    platform.on("POST", QUERY, ok(videos=[COUNTED]))
    platform.on("GET", USER, ok(user={"follower_count": 7000}))
    found = channel(platform).figures(published)
    assert (found.impressions, found.likes, found.replies, found.shares) == (5100, 410, 33, 27)
    assert (found.audience, found.saves, found.clicks) == (7000, None, None)
    assert found.posted_at == datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC)
    [asked] = platform.sent("POST", QUERY)
    assert asked.json == {"filters": {"video_ids": ["900"]}}
    assert asked.query["fields"].split(",")[0] == "id"


def test_without_the_right_to_it_the_audience_is_not_known(platform: PlatformServer) -> None:
    platform.on("POST", QUERY, ok(videos=[COUNTED]))
    platform.on("GET", USER, refusal("scope_not_authorized", 401))
    found = channel(platform).figures(OUT)
    assert (found.audience, found.likes) == (None, 410)


def test_a_film_that_is_not_public_has_no_figures_yet(platform: PlatformServer) -> None:
    platform.on("POST", STATUS, ok(status="PUBLISH_COMPLETE"))
    with pytest.raises(ChannelError, match="not made this film public yet") as told:
        channel(platform).figures(FRESH)
    assert type(told.value) is ChannelError


def test_a_deleted_film_has_no_figures(platform: PlatformServer) -> None:
    platform.on("POST", QUERY, ok(videos=[]))
    with pytest.raises(Gone):
        channel(platform).figures(OUT)


def recent(platform: PlatformServer, words: str, at: int = 1772442005) -> None:
    shown = {"id": "900", "video_description": words, "create_time": at, "share_url": "https://tiktok.example/900"}
    platform.on("POST", LIST, ok(videos=[{"id": "899", "create_time": at}, shown]))


def test_a_lost_post_is_found_by_its_words(platform: PlatformServer) -> None:
    recent(platform, "Tea")
    receipt = channel(platform).look_up(post("tiktok", "Tea", FILM))
    assert receipt is not None
    assert (receipt.address, receipt.payload) == ("https://tiktok.example/900", {"id": "900"})


@pytest.mark.parametrize(
    ("text", "words", "at"), [("Tea", "Rain", 1772442005), ("Tea", "Tea", 1772440000), ("", "", 1772442005)]
)
def test_a_film_that_tiktok_does_not_show_may_still_be_out(
    platform: PlatformServer, text: str, words: str, at: int
) -> None:
    recent(platform, words, at)
    with pytest.raises(Unsure):
        channel(platform).look_up(post("tiktok", text, FILM))


def test_the_check_says_as_whom_and_whether_the_choice_is_allowed(platform: PlatformServer) -> None:
    takes_films(platform)
    assert channel(platform).check() == "Signed in to TikTok as @ottermoor."
    with pytest.raises(Declined, match="choose another on the Channels page"):
        channel(platform, privacy="SELF_ONLY").check()


def test_a_pause_before_the_bytes_stops_the_post(platform: PlatformServer) -> None:
    takes_films(platform)
    with pytest.raises(NotBegun, match="stopped"):
        channel(platform).publish(stopped(post("tiktok", "Tea", FILM)))
    assert "PUT /upload/1" not in platform.steps


def test_nobody_there_is_not_begun(platform: PlatformServer) -> None:
    one = channel(platform)
    platform.close()
    with pytest.raises(NotBegun):
        one.publish(post("tiktok", "Tea", FILM))


@pytest.mark.parametrize("config", [{"privacy": "everybody"}, {"address": "http://tiktok.example"}])
def test_settings_that_cannot_be_used_are_named(config: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        KIND.check(config)
