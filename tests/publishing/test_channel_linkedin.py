"""LinkedIn: what is asked for, what each failure means, and that no post is ever asked for twice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data.errors import BadInput, ChannelError
from publishing.channels import Account, Answering, OutgoingMedia, Published
from publishing.channels.linkedin import KIND, LinkedIn, little
from publishing.trouble import Declined, Gone, Limited, NotBegun, Unsure
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

PAGE, URN = "urn:li:organization:42", "urn:li:share:7001"
POST_PATH = "/rest/posts/urn%3Ali%3Ashare%3A7001"
COMMENTS = "/rest/socialActions/urn%3Ali%3Ashare%3A7001/comments"
STATISTICS = "/rest/organizationalEntityShareStatistics"
MADE = Answer(text="", status=201, headers={"x-restli-id": URN})
OUT = Published("k1", "linkedin", f"https://www.linkedin.com/feed/update/{URN}/", {"urn": URN})


@pytest.fixture
def platform() -> Iterator[PlatformServer]:
    with serving() as one:
        yield one


def channel(platform: PlatformServer, author: str = PAGE) -> LinkedIn:
    config = {"address": platform.address, "author": author, "version": "202606"}
    found = KIND.open(Account("linkedin-1", "Ottermoor's page", config, {"access_token": "hush"}), platform.door)
    assert isinstance(found, LinkedIn)
    return found


def uploads(platform: PlatformServer) -> None:
    started = {"value": {"uploadUrl": f"{platform.address}/upload/1", "image": "urn:li:image:C5"}}
    platform.on("POST", "/rest/images", Answer(started))
    platform.on("PUT", "/upload/1", Answer(text="", status=201))
    platform.on("POST", "/rest/posts", MADE)


def test_a_post_is_one_request_of_a_version(platform: PlatformServer) -> None:
    platform.on("POST", "/rest/posts", MADE)
    receipt = channel(platform).publish(post("linkedin", "Rain (again) #tea"))
    [asked] = platform.asked
    assert asked.json == {
        "author": PAGE,
        "commentary": "Rain \\(again\\) #tea",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    sent = [asked.headers[name] for name in ("authorization", "linkedin-version", "x-restli-protocol-version")]
    assert sent == ["Bearer hush", "202606", "2.0.0"]
    assert (receipt.address, receipt.payload) == (OUT.address, {"urn": URN})


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a_b *c* ~d~ \\", "a\\_b \\*c\\* \\~d\\~ \\\\"),
        ("@lei {x} [y] <z> |", "\\@lei \\{x\\} \\[y\\] \\<z\\> \\|"),
        ("#tea c# # #", "#tea c\\# \\# \\#"),
        ("no #tea_time", "no #tea\\_time"),
    ],
)
def test_reserved_signs_are_escaped_and_hashtags_are_not(text: str, escaped: str) -> None:
    assert little(text) == escaped


def test_one_picture_is_uploaded_first_and_described(platform: PlatformServer) -> None:
    uploads(platform)
    channel(platform).publish(post("linkedin", "Tea", PICTURE))
    start, upload, made = platform.asked
    assert (start.query, start.json) == ({"action": "initializeUpload"}, {"initializeUploadRequest": {"owner": PAGE}})
    assert (upload.body, upload.headers["authorization"]) == (PICTURE.content, "Bearer hush")
    assert made.json["content"] == {"media": {"id": "urn:li:image:C5", "altText": "A cup of tea"}}


def test_several_pictures_are_one_post(platform: PlatformServer) -> None:
    uploads(platform)
    channel(platform).publish(post("linkedin", "Tea", PICTURE, PICTURE))
    image = {"id": "urn:li:image:C5", "altText": "A cup of tea"}
    assert platform.asked[-1].json["content"] == {"multiImage": {"images": [image, image]}}
    assert platform.steps.count("POST /rest/posts") == 1


@pytest.mark.parametrize(
    ("address", "parent"),
    [
        ("https://www.linkedin.com/feed/update/urn:li:share:99/", "urn:li:share:99"),
        ("https://www.linkedin.com/feed/update/urn%3Ali%3AugcPost%3A99", "urn:li:ugcPost:99"),
        ("https://www.linkedin.com/posts/lei_tea-and-rain-ugcPost-99-aB3d?utm_source=share", "urn:li:ugcPost:99"),
        ("https://de.linkedin.com/posts/lei_tea-share-99-aB3d", "urn:li:share:99"),
    ],
)
def test_it_shares_somebodys_post(platform: PlatformServer, address: str, parent: str) -> None:
    platform.on("POST", "/rest/posts", MADE)
    channel(platform).publish(post("linkedin", "Ha", answering=Answering("quote", address)))
    assert platform.asked[0].json["reshareContext"] == {"parent": parent}


SHARE = "https://www.linkedin.com/feed/update/urn:li:share:99/"


@pytest.mark.parametrize(
    "outgoing",
    [
        post("linkedin", "Ha", answering=Answering("reply", SHARE)),
        post("linkedin", "Ha", answering=Answering("quote", "https://www.linkedin.com/feed/update/urn:li:activity:9/")),
        post("linkedin", "Ha", answering=Answering("quote", "https://tag.example/posts/x-share-99-a")),
        post("linkedin", "Ha", PICTURE, answering=Answering("quote", SHARE)),
        post("linkedin", "Ha", OutgoingMedia("a.webp", "image/webp", b"x", "")),
        post("linkedin", "Ha", *[PICTURE] * 21),
    ],
    ids=["a reply", "an activity", "elsewhere", "picture and quote", "webp", "too many"],
)
def test_what_linkedin_does_not_take_is_declined_before_anything_is_sent(
    platform: PlatformServer, outgoing: Any
) -> None:
    with pytest.raises(Declined):
        channel(platform).publish(outgoing)
    assert not platform.asked


@pytest.mark.parametrize(("fault", "answer", "means"), CREATING, ids=named(CREATING))
def test_what_goes_wrong_with_the_post_itself(
    platform: PlatformServer, fault: str, answer: Answer, means: type[ChannelError]
) -> None:
    uploads(platform)
    platform.on("POST", "/rest/posts", answer)
    with pytest.raises(ChannelError) as told:
        channel(platform).publish(post("linkedin", "Tea", PICTURE))
    assert type(told.value) is means
    assert platform.steps.count("POST /rest/posts") == 1, "at most one request that can make the post"


@pytest.mark.parametrize("step", ["POST /rest/images", "PUT /upload/1"])
@pytest.mark.parametrize(("fault", "answer", "means"), PREPARING, ids=named(PREPARING))
def test_what_goes_wrong_before_the_post(
    platform: PlatformServer, step: str, fault: str, answer: Answer, means: type[ChannelError]
) -> None:
    uploads(platform)
    platform.on(*step.split(" "), answer)
    with pytest.raises(ChannelError) as told:
        channel(platform).publish(post("linkedin", "Tea", PICTURE))
    assert type(told.value) is means
    assert "POST /rest/posts" not in platform.steps


@pytest.mark.parametrize(("fault", "answer", "means"), MAKING[-2:], ids=named(MAKING[-2:]))
def test_an_upload_without_an_answer_is_no_upload(
    platform: PlatformServer, fault: str, answer: Answer, means: type[ChannelError]
) -> None:
    platform.on("POST", "/rest/images", answer)
    with pytest.raises(means):
        channel(platform).publish(post("linkedin", "Tea", PICTURE))


def test_a_pause_during_the_upload_stops_the_post(platform: PlatformServer) -> None:
    uploads(platform)
    with pytest.raises(NotBegun, match="stopped"):
        channel(platform).publish(stopped(post("linkedin", "Tea", PICTURE)))
    assert "POST /rest/posts" not in platform.steps


def test_nobody_there_is_not_begun(platform: PlatformServer) -> None:
    one = channel(platform)
    platform.close()
    with pytest.raises(NotBegun):
        one.publish(post("linkedin"))


@pytest.mark.parametrize(
    ("message", "headers", "after"),
    [
        ("throttle APPLICATION DAY limit is reached", {}, timedelta(hours=14, minutes=59, seconds=30)),
        ("throttle APPLICATION DAY limit is reached", {"Retry-After": "60"}, timedelta(minutes=1)),
        ("slow down", {}, None),
    ],
)
def test_a_days_limit_ends_at_midnight(
    platform: PlatformServer, message: str, headers: dict[str, str], after: timedelta | None
) -> None:
    platform.on("POST", "/rest/posts", Answer({"message": message}, 429, headers))
    with pytest.raises(Limited, match=message) as told:
        channel(platform).publish(post("linkedin"))
    assert told.value.after == after


def test_a_version_that_is_over_is_said(platform: PlatformServer) -> None:
    platform.on("POST", "/rest/posts", Answer({"code": "NONEXISTENT_VERSION"}, 426))
    with pytest.raises(Declined, match=r"newer one.*Channels page"):
        channel(platform).publish(post("linkedin"))


def test_a_refusal_has_its_reason_and_no_key(platform: PlatformServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    platform.on("POST", "/rest/posts", Answer({"message": "Not enough permissions"}, 403))
    with pytest.raises(Declined, match=r"Channels page.*Not enough permissions") as told:
        channel(platform).publish(post("linkedin"))
    assert "hush" not in told.value.message + told.value.cause + repr(told.value) + caplog.text


def test_a_post_comes_down_however_often_it_is_asked(platform: PlatformServer) -> None:
    platform.on("DELETE", POST_PATH, Answer(text="", status=204), Answer({}, 404))
    channel(platform).delete(OUT)
    channel(platform).delete(OUT)
    assert platform.asked[0].headers["x-restli-method"] == "DELETE"


# 1772442001000 is 2 March 2026, 09:00:01 UTC.
SHOWN = {
    "id": URN,
    "commentary": "Tea \\(hot\\)",
    "createdAt": 1772442001000,
    "publishedAt": 1772442001000,
    "lastModifiedAt": 1772442061000,
    "lifecycleStateInfo": {"isEditedByAuthor": False},
}
TOTAL = {
    "uniqueImpressionsCount": 900,
    "shareCount": 3,
    "engagement": 0.05,
    "clickCount": 21,
    "likeCount": 40,
    "impressionCount": 1400,
    "commentCount": 6,
}


@pytest.mark.parametrize("is_edited", [False, True])
def test_figures_in_our_words(platform: PlatformServer, is_edited: bool) -> None:
    platform.on("GET", POST_PATH, Answer({**SHOWN, "lifecycleStateInfo": {"isEditedByAuthor": is_edited}}))
    platform.on("GET", STATISTICS, Answer({"elements": [{"totalShareStatistics": TOTAL, "share": URN}]}))
    found = channel(platform).figures(OUT)
    assert (found.impressions, found.likes, found.shares, found.replies, found.clicks) == (1400, 40, 3, 6, 21)
    assert (found.saves, found.audience) == (None, None)
    assert found.posted_at == datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC)
    assert found.edited_at == (datetime(2026, 3, 2, 9, 1, 1, tzinfo=UTC) if is_edited else None)
    asked = (
        "q=organizationalEntity&organizationalEntity=urn%3Ali%3Aorganization%3A42&shares=List(urn%3Ali%3Ashare%3A7001)"
    )
    assert platform.asked[1].headers["target"] == f"{STATISTICS}?{asked}"


def test_no_statistics_yet_is_not_zero(platform: PlatformServer) -> None:
    platform.on("GET", POST_PATH, Answer(SHOWN))
    platform.on("GET", STATISTICS, Answer({"elements": []}))
    found = channel(platform).figures(OUT)
    assert (found.impressions, found.likes) == (None, None)


def test_a_deleted_post_has_no_figures(platform: PlatformServer) -> None:
    platform.on("GET", POST_PATH, Answer({}, 404))
    with pytest.raises(Gone):
        channel(platform).figures(OUT)


def test_comments_are_told_newest_first(platform: PlatformServer) -> None:
    def said(number: str, at: int, text: str) -> dict[str, Any]:
        return {"id": number, "actor": "urn:li:person:a", "message": {"text": text}, "created": {"time": at}}

    found = [said("1", 1772442001000, "First"), said("2", 1772442061000, "Second"), {"id": "3"}]
    platform.on("GET", COMMENTS, Answer({"elements": found}))
    newest, older = channel(platform).replies(OUT)
    assert (newest.text, older.text, older.author, older.external_id) == ("Second", "First", "urn:li:person:a", "1")
    assert newest.at == datetime(2026, 3, 2, 9, 1, 1, tzinfo=UTC)


def test_a_lost_post_is_found_by_its_words(platform: PlatformServer) -> None:
    platform.on("GET", "/rest/posts", Answer({"elements": [{"id": "urn:li:share:1", "commentary": "Other"}, SHOWN]}))
    receipt = channel(platform).look_up(post("linkedin", "Tea (hot)"))
    assert receipt is not None
    assert receipt.payload == {"urn": URN}
    assert platform.asked[0].query == {"q": "author", "author": PAGE, "count": "50", "sortBy": "CREATED"}


@pytest.mark.parametrize(
    "shown", [[], [{**SHOWN, "createdAt": 1772441900000}], [{**SHOWN, "commentary": "Tea"}], [SHOWN, SHOWN]]
)
def test_a_post_that_linkedin_does_not_show_may_still_be_out(
    platform: PlatformServer, shown: list[dict[str, Any]]
) -> None:
    platform.on("GET", "/rest/posts", Answer({"elements": shown}))
    with pytest.raises(Unsure):
        channel(platform).look_up(post("linkedin", "Tea (hot)"))


def test_the_check_says_for_whom(platform: PlatformServer) -> None:
    platform.on("GET", "/rest/organizations/42", Answer({"localizedName": "Ottermoor"}))
    platform.on("GET", "/rest/me", Answer({"localizedFirstName": "Lei", "localizedLastName": "Ott"}))
    assert channel(platform).check() == "Signed in to LinkedIn for Ottermoor."
    assert channel(platform, "urn:li:person:a1").check() == "Signed in to LinkedIn for Lei Ott."


def test_a_members_posts_are_not_measured(platform: PlatformServer) -> None:
    member, page = channel(platform, "urn:li:person:a1"), channel(platform)
    assert (member.measures, member.hears, member.looks_up) == (False, False, False)
    assert (page.measures, page.hears, page.looks_up) == (True, True, True)


@pytest.mark.parametrize(
    "config",
    [{"author": "Ottermoor"}, {}, {"author": PAGE, "version": "v2"}, {"author": PAGE, "address": "http://a.example"}],
)
def test_settings_that_cannot_be_used_are_named(config: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        KIND.check(config)
