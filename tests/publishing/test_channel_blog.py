"""The blog's channel against WordPress's REST interface as its handbook describes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from data.errors import ChannelError
from publishing.channels import Account, Channel, Outgoing, Published
from publishing.channels.blog import KIND
from publishing.trouble import Declined, Gone, NotBegun, Unsure
from tests.publishing.platform_server import CREATING, MAKING, PICTURE, Answer, PlatformServer, named, post, serving

WP = "/wp-json/wp/v2"
POSTS, MEDIA, ME, COMMENTS = f"{WP}/posts", f"{WP}/media", f"{WP}/users/me", f"{WP}/comments"
TEXT = "Patience, & how to brew it\n\nSee https://example.com/a?b=1&c=2.\nThen <wait>.\n\nDone."
SLUG = "patience-how-to-brew-it-"


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with serving() as platform:
        platform.on("POST", POSTS, Answer({"id": 7, "link": "https://blog.example/tea", "slug": "x"}, 201))
        platform.on("POST", MEDIA, Answer({"id": 31, "source_url": "https://blog.example/cup.png"}, 201))
        platform.on("POST", f"{MEDIA}/31", Answer({"id": 31}))
        platform.on("GET", ME, Answer({"id": 3, "name": "Ana"}))
        yield platform


def channel(server: PlatformServer) -> Channel:
    config = {"address": f"{server.address}/", "user": "ana"}
    return KIND.open(Account("blog-1", "Our blog", config, {"password": "abcd efgh ijkl"}), server.door)


def prepared(here: Channel, text: str = TEXT, *media: Any) -> Outgoing:
    one = post("blog", text, *media)
    return replace(one, prepared=here.prepare(one))


def published(**payload: Any) -> Published:
    return Published("k1", "blog", "https://blog.example/tea", {"id": 7, **payload})


def test_the_first_line_is_the_title_and_the_rest_is_safe_markup(server: PlatformServer) -> None:
    here = channel(server)
    receipt = here.publish(prepared(here))
    [asked] = server.sent("POST", POSTS)
    assert asked.json["title"] == "Patience, & how to brew it"
    assert asked.json["slug"].startswith(SLUG)
    assert asked.json["status"] == "publish"
    assert asked.json["content"] == (
        '<p>See <a href="https://example.com/a?b=1&amp;c=2">https://example.com/a?b=1&amp;c=2</a>.<br />\n'
        "Then &lt;wait&gt;.</p>\n<p>Done.</p>\n"
    )
    assert asked.headers["authorization"] == "Basic YW5hOmFiY2QgZWZnaCBpamts"
    assert (receipt.address, receipt.payload["id"]) == ("https://blog.example/tea", "7")


def test_pictures_are_uploaded_first_and_say_what_they_show(server: PlatformServer) -> None:
    here = channel(server)
    receipt = here.publish(prepared(here, TEXT, PICTURE))
    assert server.steps == [f"POST {MEDIA}", f"POST {MEDIA}/31", f"POST {POSTS}"]
    assert server.asked[0].body == PICTURE.content
    assert "filename*=UTF-8''cup.png" in server.asked[0].headers["content-disposition"]
    assert server.asked[1].json == {"alt_text": "A cup of tea"}
    picture = '<img class="wp-image-31" src="https://blog.example/cup.png" alt="A cup of tea" />'
    assert picture in server.asked[2].json["content"]
    assert receipt.payload["media"] == ["31"]


@pytest.mark.parametrize(("fault", "means"), [one[1:] for one in CREATING], ids=named(CREATING))
def test_a_fault_of_the_article_itself(server: PlatformServer, fault: Answer, means: type[ChannelError]) -> None:
    server.on("POST", POSTS, fault)
    here = channel(server)
    with pytest.raises(Declined if means is Gone else means):  # a 404 that WordPress did not write is no blog
        here.publish(prepared(here))


@pytest.mark.parametrize(("fault", "means"), [one[1:] for one in MAKING], ids=named(MAKING))
def test_a_fault_of_a_picture_says_that_nothing_was_posted(
    server: PlatformServer, fault: Answer, means: type[ChannelError]
) -> None:
    server.on("POST", MEDIA, fault)
    here = channel(server)
    with pytest.raises(means):
        here.publish(prepared(here, TEXT, PICTURE))
    assert not server.sent("POST", POSTS)


def test_a_pause_that_comes_while_pictures_are_on_their_way_stops_the_article(server: PlatformServer) -> None:
    here = channel(server)
    with pytest.raises(NotBegun, match="stopped"):
        here.publish(replace(prepared(here, TEXT, PICTURE), may_begin=lambda: False))
    assert server.steps == [f"POST {MEDIA}", f"POST {MEDIA}/31"]


def article(slug: str, status: str = "publish", title: str = "Something else") -> dict[str, Any]:
    content = '<img class="wp-image-31" />'
    link = "https://blog.example/tea"
    return {"id": 7, "slug": slug, "status": status, "title": {"raw": title}, "content": {"raw": content}, "link": link}


def test_a_lost_article_is_found_by_its_slug_or_is_certainly_not_there(
    server: PlatformServer,
) -> None:
    here = channel(server)
    one = prepared(here)
    slug = one.prepared["slug"]
    for listed, found in (
        ([article("other"), article(slug)], "7"),
        ([article(f"{slug}-2")], "7"),
        ([article("other")], None),
        ([], None),
    ):
        server.on("GET", POSTS, Answer(listed))
        receipt = here.look_up(one)
        assert (receipt.payload["id"] if receipt else None) == found
    asked = server.sent("GET", POSTS)[0].query
    assert (asked["author"], asked["after"]) == ("3", "2026-02-28T09:00:00")
    assert "trash" in asked["status"]


@pytest.mark.parametrize(
    "answer", [Answer([article("other")] * 100), Answer({}, 403), Answer({}, 500), Answer(text="<html>")]
)
def test_what_cannot_be_known_is_not_called_missing(server: PlatformServer, answer: Answer) -> None:
    server.on("GET", POSTS, answer)
    here = channel(server)
    with pytest.raises(Unsure):
        here.look_up(prepared(here))


def test_an_article_that_has_only_our_title_is_for_a_person(server: PlatformServer) -> None:
    """It may be yesterday's, of the same column: called ours, it would be measured and taken down in its place."""
    server.on("GET", POSTS, Answer([article("of-yesterday", title="Patience, & how to brew it")]))
    here = channel(server)
    with pytest.raises(Unsure, match="with this title"):
        here.look_up(prepared(here))


def test_an_article_that_wordpress_keeps_back_is_for_a_person(server: PlatformServer) -> None:
    here = channel(server)
    one = prepared(here)
    server.on("GET", POSTS, Answer([article(one.prepared["slug"], "pending")]))
    with pytest.raises(Unsure, match="pending"):
        here.look_up(one)


def test_a_deletion_takes_the_pictures_down_as_well_and_may_be_repeated(server: PlatformServer) -> None:
    gone = Answer({"code": "rest_post_invalid_id", "message": "Invalid post ID."}, 404)
    server.on("DELETE", f"{POSTS}/7", Answer({"id": 7}), Answer({"code": "rest_already_trashed"}, 410))
    server.on("DELETE", f"{MEDIA}/31", Answer({"deleted": True}), gone)
    here = channel(server)
    here.delete(published(media=["31"]))
    here.delete(published(media=["31"]))
    assert server.sent("DELETE", f"{MEDIA}/31")[0].query == {"force": "true"}
    server.on("DELETE", f"{POSTS}/7", Answer(status=404, text="<html>no such page"))
    with pytest.raises(Declined, match="no WordPress"):
        here.delete(published())


def test_comments_are_the_figures_and_the_replies(server: PlatformServer) -> None:
    gmt = {"status": "publish", "date_gmt": "2026-03-02T09:00:05", "modified_gmt": "2026-03-02T10:00:00"}
    comment = {
        "id": 5, "author_name": "Bob &amp; Eve", "date_gmt": "2026-03-02T09:30:00", "link": "https://blog.example/tea#c5",
        "content": {"rendered": "<p>Lovely &lt;3<script>x()</script></p>"},
    }  # fmt: skip
    server.on("GET", f"{POSTS}/7", Answer(gmt), Answer({**gmt, "status": "trash"}))
    server.on("GET", COMMENTS, Answer([comment], headers={"X-WP-Total": "12"}))
    here = channel(server)
    figures = here.figures(published())
    assert (figures.replies, figures.likes, figures.impressions) == (12, None, None)
    assert figures.posted_at == datetime(2026, 3, 2, 9, 0, 5, tzinfo=UTC)
    assert figures.edited_at == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    [reply] = here.replies(published())
    assert (reply.text, reply.author, reply.at) == ("Lovely <3", "Bob & Eve", datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    with pytest.raises(Gone, match="bin"):
        here.figures(published())


def test_an_account_must_be_allowed_to_publish(server: PlatformServer) -> None:
    server.on("GET", ME, Answer({"name": "Ana", "capabilities": {"publish_posts": True}}), Answer({"name": "Ana"}))
    here = channel(server)
    assert here.check() == "Signed in as Ana, who may publish."
    with pytest.raises(Declined, match="author or an editor"):
        here.check()
