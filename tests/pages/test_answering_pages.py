"""Answering somebody's post, from the moment's page to the signature."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import calm, errors, plain, press, said, team_at, visit
from workflow import draft
from workflow.draft import Writing
from workflow.lifecycle import draft_row
from workflow.rules.answering import kept

POST = "https://social.example/@ann/112233"
HOSTILE = "Any iced tea left? [free](https://evil.example) ![x](https://evil.example/x.png) :red[sign]"


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[f.Team]:
    with team_at(tmp_path, clock) as found:
        yield found


def answering(team: f.Team, draft_id: int) -> object:
    with team.store.read() as tx:
        return draft.writing_of(tx, draft_row(tx, draft_id)).answering


def test_a_writer_answers_a_post_by_its_address_and_can_take_it_back(team: f.Team, tmp_path: Path) -> None:
    draft_id = draft.start(team.store, team.tokens["ana"], Writing("For you.", platform="mastodon", reactive=False))
    key = f"draft{draft_id}.{team.people['ana'].id}.answer_"
    at = visit(team, "ana", "draft", tmp_path, draft=draft_id)
    at = calm(at.segmented_control(key=f"{key}kind").set_value("quote").run())
    at.text_input(key=f"{key}address").set_value("https://me:pass@social.example/1")
    at = press(at, f"save_{draft_id}")
    assert "holds no name or password" in errors(at)
    assert answering(team, draft_id) == {}
    at = calm(at.text_input(key=f"{key}address").set_value(POST).run())
    again = visit(team, "ana", "draft", tmp_path, draft=draft_id)  # another device: kept, though never saved
    assert again.text_input(key=f"{key}address").value == POST
    at = press(at, f"save_{draft_id}")
    assert answering(team, draft_id) == kept("quote", POST)
    at = calm(at.segmented_control(key=f"{key}kind").set_value("").run())
    press(at, f"save_{draft_id}")
    assert answering(team, draft_id) == {}


def test_from_a_moments_post_to_a_case_that_shows_its_words_as_words(team: f.Team, tmp_path: Path) -> None:
    source = f.add_source(team.store, "Mastodon", "mastodon")
    item = f.add_item(team.store, HOSTILE, source_id=source, topic="iced tea", url=POST)
    f.add_item(team.store, "No address", source_id=source, topic="iced tea", url="")
    news = f.add_source(team.store, "A newsroom", "rss")
    f.add_item(team.store, "Read all about it", source_id=news, topic="iced tea", url="https://news.example/1")
    opportunity = f.decided_opportunity(team)
    at = visit(team, "ana", "moment", tmp_path, alert=1)
    [link] = [one for one in at.get("page_link") if one.proto.label == "Answer this"]
    assert link.proto.query_string == f"opportunity={opportunity}&answer={item}"
    assert "Answer this" not in [
        one.proto.label for one in visit(team, "vic", "moment", tmp_path, alert=1).get("page_link")
    ]
    at = visit(team, "ana", "draft", tmp_path, opportunity=opportunity, answer=item)
    assert at.selectbox(key="begin_platform").value == "mastodon"
    assert "Replies to someone" in plain(said(at))
    press(at, "begin")
    assert answering(team, 1) == kept("reply", POST, "someone", HOSTILE)
    case = f.draft_in_review(team, Writing("Yes!", reactive=False, answering=kept("reply", POST, "someone", HOSTILE)))
    at = visit(team, "lea", "approvals", tmp_path)
    assert HOSTILE in [one.value for one in at.text], "drawn as text, not as markup"
    assert not [one.value for one in at.markdown if "evil.example" in one.value]
    [button] = at.get("link_button")
    assert (button.proto.label, button.proto.url) == ("Open the post that it answers", POST)
    assert not at.button(key=f"approve_{case}").disabled


def test_what_its_way_out_cannot_do_is_not_signed(team: f.Team, tmp_path: Path) -> None:
    gone = Writing("Yes!", channel="square-9", reactive=False)
    case = f.draft_in_review(team, gone)
    at = visit(team, "lea", "approvals", tmp_path)
    assert "The way out that this draft had is gone" in said(at)
    assert "square-9" not in said(at)
    assert at.button(key=f"approve_{case}").disabled
    at = visit(team, "ana", "draft", tmp_path, draft=case)
    way = at.selectbox(key=f"draft{case}.{team.people['ana'].id}.channel")
    assert (way.value, way.options[-1]) == ("square-9", "A way out that is gone")


def test_who_posts_by_hand_sees_what_to_reply_to(team: f.Team, tmp_path: Path) -> None:
    words = Writing("For you.", channel="by_hand", reactive=False, answering=kept("reply", POST, "Ann", HOSTILE))
    f.scheduled_draft(team, words)
    f.house_of(team, tmp_path).outbox().publish_due()
    at = visit(team, "ana", "schedule", tmp_path)
    assert "post them as a reply to the post below" in said(at)
    assert HOSTILE in [one.value for one in at.text]
    assert [one.proto.url for one in at.get("link_button")] == [POST]
