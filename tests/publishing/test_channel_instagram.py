"""Instagram: what it takes and what not, what each failure means, and that no post is ever asked for twice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from data.errors import BadInput, ChannelError
from publishing.channels import Account, Answering, Outgoing, OutgoingMedia, Published
from publishing.channels.instagram import KIND, Instagram
from publishing.trouble import Declined, Gone, NotBegun, Unsure
from tests.publishing.platform_server import (
    CREATING,
    MAKING,
    PICTURE,
    PREPARING,
    Answer,
    PlatformServer,
    named,
    post,
    serving,
    stopped,
)

FEED, STORY = "instagram_feed", "instagram_story"
MEDIA, PUBLISH, CONTAINER, ACCOUNT = "/v25.0/17/media", "/v25.0/17/media_publish", "/v25.0/31", "/v25.0/17"
FILM = OutgoingMedia("tea.mp4", "video/mp4", b"film" * 9, "Tea is poured")
ADDRESS = "https://www.instagram.com/reel/AbC/"
OUT = Published("k1", FEED, ADDRESS, {"id": "55"})
TOLD = Published("k1", STORY, ADDRESS, {"id": "55"})


@pytest.fixture
def platform() -> Iterator[PlatformServer]:
    with serving() as one:
        yield one


def channel(platform: PlatformServer) -> Instagram:
    config = {"address": platform.address, "user_id": "17"}
    found = KIND.open(Account("instagram-1", "Ottermoor", config, {"access_token": "hush"}), platform.door)
    assert isinstance(found, Instagram)
    found.look_seconds = 0.0
    return found


def takes_films(platform: PlatformServer, *states: str) -> None:
    platform.on("POST", MEDIA, Answer({"id": "31", "uri": f"{platform.address}/upload/31"}))
    platform.on("POST", "/upload/31", Answer({"success": True}))
    platform.on("GET", CONTAINER, *(Answer({"status_code": state, "id": "31"}) for state in states or ("FINISHED",)))
    platform.on("POST", PUBLISH, Answer({"id": "55"}))
    platform.on("GET", "/v25.0/55", Answer({"permalink": ADDRESS, "id": "55"}))


def form(body: bytes) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(body.decode()).items()}


def test_a_film_is_contained_prepared_and_published_once(platform: PlatformServer) -> None:
    takes_films(platform, "IN_PROGRESS", "FINISHED")
    receipt = channel(platform).publish(post(FEED, "Tea & rain", FILM))
    contain, upload, _, look, published, _ = platform.asked
    assert form(contain.body) == {"upload_type": "resumable", "media_type": "REELS", "caption": "Tea & rain"}
    assert upload.body == FILM.content
    assert [upload.headers[name] for name in ("authorization", "offset", "file_size")] == ["OAuth hush", "0", "36"]
    assert look.query == {"fields": "status_code,status"}
    assert form(published.body) == {"creation_id": "31"}
    assert all("hush" not in one.headers["target"] for one in platform.asked)
    assert (receipt.address, receipt.payload) == (ADDRESS, {"id": "55"})


def test_a_story_is_a_film_without_words(platform: PlatformServer) -> None:
    takes_films(platform)
    channel(platform).publish(post(STORY, "", FILM))
    assert form(platform.asked[0].body) == {"upload_type": "resumable", "media_type": "STORIES"}


@pytest.mark.parametrize(
    ("outgoing", "said"),
    [
        (post(FEED, "Tea"), "without a picture or a film"),
        (post(FEED, "Tea", PICTURE), "post this by hand"),
        (post(FEED, "Tea", FILM, PICTURE), "post this by hand"),
        (post(FEED, "Tea", FILM, FILM), "one film"),
        (post(STORY, "Tea", FILM), "would be lost"),
        (post(FEED, "Tea", FILM, answering=Answering("reply", ADDRESS)), "by hand"),
    ],
    ids=["words alone", "a picture", "film and picture", "two films", "a story's words", "an answer"],
)
def test_what_instagram_does_not_take_is_declined_before_anything_is_sent(
    platform: PlatformServer, outgoing: Outgoing, said: str
) -> None:
    with pytest.raises(Declined, match=said):
        channel(platform).publish(outgoing)
    assert not platform.asked


@pytest.mark.parametrize(("fault", "answer", "means"), CREATING, ids=named(CREATING))
def test_what_goes_wrong_with_the_post_itself(
    platform: PlatformServer, fault: str, answer: Answer, means: type[ChannelError]
) -> None:
    takes_films(platform)
    platform.on("POST", PUBLISH, answer)
    with pytest.raises(ChannelError) as told:
        channel(platform).publish(post(FEED, "Tea", FILM))
    assert type(told.value) is means
    assert platform.steps.count(f"POST {PUBLISH}") == 1, "at most one request that can make the post"


@pytest.mark.parametrize(("code", "subcode"), [(-1, 2207001), (4, 2207051)])
def test_a_refusal_after_which_posts_were_seen_is_none(platform: PlatformServer, code: int, subcode: int) -> None:
    """Instagram's own trouble, and its limit that blocks an action, both say 400 – and the post may be out."""
    takes_films(platform)
    platform.on("POST", PUBLISH, Answer({"error": {"code": code, "error_subcode": subcode, "message": "No"}}, 400))
    with pytest.raises(Unsure):
        channel(platform).publish(post(FEED, "Tea", FILM))


@pytest.mark.parametrize("step", [f"POST {MEDIA}", "POST /upload/31", f"GET {CONTAINER}"])
@pytest.mark.parametrize(("fault", "answer", "means"), PREPARING, ids=named(PREPARING))
def test_what_goes_wrong_before_the_post(
    platform: PlatformServer, step: str, fault: str, answer: Answer, means: type[ChannelError]
) -> None:
    takes_films(platform)
    platform.on(*step.split(" "), answer)
    with pytest.raises(ChannelError) as told:
        channel(platform).publish(post(FEED, "Tea", FILM))
    assert type(told.value) is means
    assert f"POST {PUBLISH}" not in platform.steps


@pytest.mark.parametrize("step", [MEDIA, "/upload/31"])
@pytest.mark.parametrize(("fault", "answer", "means"), MAKING[-2:], ids=named(MAKING[-2:]))
def test_a_step_without_an_answer_is_no_step(
    platform: PlatformServer, step: str, fault: str, answer: Answer, means: type[ChannelError]
) -> None:
    takes_films(platform)
    platform.on("POST", step, answer)
    with pytest.raises(means):
        channel(platform).publish(post(FEED, "Tea", FILM))
    assert f"POST {PUBLISH}" not in platform.steps


@pytest.mark.parametrize(("state", "means"), [("IN_PROGRESS", NotBegun), ("ERROR", Declined), ("EXPIRED", Declined)])
def test_a_film_that_is_not_ready_is_not_published(
    platform: PlatformServer, state: str, means: type[ChannelError]
) -> None:
    takes_films(platform, state)
    with pytest.raises(means):
        channel(platform).publish(post(FEED, "Tea", FILM))
    assert f"POST {PUBLISH}" not in platform.steps


def test_a_pause_during_the_upload_stops_the_post(platform: PlatformServer) -> None:
    takes_films(platform)
    with pytest.raises(NotBegun, match="stopped"):
        channel(platform).publish(stopped(post(FEED, "Tea", FILM)))
    assert f"POST {PUBLISH}" not in platform.steps


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(cut=True), Answer({})])
def test_a_post_that_is_out_is_out_even_where_its_address_is_not_told(platform: PlatformServer, answer: Answer) -> None:
    takes_films(platform)
    platform.on("GET", "/v25.0/55", answer)
    receipt = channel(platform).publish(post(FEED, "Tea", FILM))
    assert receipt.payload == {"id": "55"}


def test_a_refusal_has_its_reason_and_no_key(platform: PlatformServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    takes_films(platform)
    error = {"message": "Error validating", "error_user_msg": "Sign in again.", "code": 190}
    platform.on("POST", PUBLISH, Answer({"error": error}, 400))
    with pytest.raises(Declined, match=r"Channels page.*Sign in again") as told:
        channel(platform).publish(post(FEED, "Tea", FILM))
    assert "hush" not in told.value.message + told.value.cause + repr(told.value) + caplog.text


def test_a_person_deletes(platform: PlatformServer) -> None:
    with pytest.raises(Declined, match="delete it by hand"):
        channel(platform).delete(OUT)
    assert not platform.asked


def measured(platform: PlatformServer, insights: Answer) -> None:
    platform.on("GET", ACCOUNT, Answer({"followers_count": 640, "id": "17"}))
    counted = {"timestamp": "2026-03-02T09:00:01+0000", "like_count": 77, "comments_count": 5, "id": "55"}
    platform.on("GET", "/v25.0/55", Answer(counted))
    platform.on("GET", "/v25.0/55/insights", insights)


def insights(**values: Any) -> Answer:
    return Answer({"data": [{"name": name, "values": [{"value": value}]} for name, value in values.items()]})


def test_figures_of_a_post_in_our_words(platform: PlatformServer) -> None:
    measured(platform, insights(views=2100, shares=9, saved=14))
    found = channel(platform).figures(OUT)
    assert (found.impressions, found.likes, found.shares, found.replies, found.saves) == (2100, 77, 9, 5, 14)
    assert (found.audience, found.clicks) == (640, None)
    assert found.posted_at == datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC)
    assert platform.sent("GET", "/v25.0/55/insights")[0].query == {"metric": "views,shares,saved"}


def test_figures_of_a_story_in_our_words(platform: PlatformServer) -> None:
    measured(platform, insights(views=300, shares=2, replies=4))
    found = channel(platform).figures(TOLD)
    assert (found.impressions, found.shares, found.replies, found.likes) == (300, 2, 4, None)


def test_too_few_viewers_is_not_zero(platform: PlatformServer) -> None:
    error = {"error": {"message": "(#10) Not enough viewers for the media to show insights", "code": 10}}
    measured(platform, Answer(error, 400))
    found = channel(platform).figures(OUT)
    assert (found.impressions, found.likes) == (None, 77)


def test_a_deleted_post_has_no_figures(platform: PlatformServer) -> None:
    measured(platform, insights())
    platform.on("GET", "/v25.0/55", Answer({"error": {"code": 100, "error_subcode": 33}}, 400))
    with pytest.raises(Gone):
        channel(platform).figures(OUT)


def test_comments_are_told_newest_first(platform: PlatformServer) -> None:
    def said(number: str, minute: int) -> dict[str, Any]:
        at = f"2026-03-02T09:{minute:02}:00+0000"
        return {"id": number, "text": f"Text {number}", "username": "lei", "timestamp": at}

    platform.on("GET", "/v25.0/55/comments", Answer({"data": [said("1", 1), said("2", 2), {"id": "3"}]}))
    newest, older = channel(platform).replies(OUT)
    assert (newest.external_id, older.text, older.author, older.address) == ("2", "Text 1", "lei", ADDRESS)
    assert channel(platform).replies(TOLD) == ()


def recent(platform: PlatformServer, caption: str | None, at: str) -> None:
    shown = {"id": "55", "caption": caption, "timestamp": at, "permalink": ADDRESS}
    platform.on("GET", MEDIA, Answer({"data": [{"id": "54", "timestamp": at}, shown]}))


def test_a_lost_post_is_found_by_its_words(platform: PlatformServer) -> None:
    recent(platform, "Tea", "2026-03-02T09:00:05+0000")
    receipt = channel(platform).look_up(post(FEED, "Tea", FILM))
    assert receipt is not None
    assert (receipt.address, receipt.payload) == (ADDRESS, {"id": "55"})


@pytest.mark.parametrize(
    ("text", "caption", "at"),
    [
        ("Tea", "Rain", "2026-03-02T09:00:05+0000"),
        ("Tea", "Tea", "2026-03-02T08:00:00+0000"),
        ("", None, "2026-03-02T09:00:05+0000"),
    ],
)
def test_a_post_that_instagram_does_not_show_may_still_be_out(
    platform: PlatformServer, text: str, caption: str | None, at: str
) -> None:
    recent(platform, caption, at)
    with pytest.raises(Unsure):
        channel(platform).look_up(post(FEED, text, FILM))


def test_the_check_says_as_whom(platform: PlatformServer) -> None:
    platform.on("GET", ACCOUNT, Answer({"username": "ottermoor", "id": "17"}))
    assert channel(platform).check() == "Signed in to Instagram as ottermoor."


@pytest.mark.parametrize("config", [{"user_id": "@ottermoor"}, {}, {"user_id": "17", "version": "newest"}])
def test_settings_that_cannot_be_used_are_named(config: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        KIND.check(config)
