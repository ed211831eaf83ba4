"""The Story page: one moment from first mention to publication, each line with its event row, blindness kept."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import select, text
from streamlit.testing.v1 import AppTest

from app.views import story as view
from data.storage.store import Store
from data.storage.tables import events
from scoring.contract import Scope
from tests.conftest import HandClock
from tests.console_driver import calm, visit
from tests.factory import (
    Team,
    add_alert,
    add_item,
    add_opportunity,
    add_source,
    decided_opportunity,
    house_of,
    scheduled_draft,
    team_in,
)
from workflow import assess, hold


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def said_on(at: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*at.markdown, *at.caption])


def published_moment(team: Team, folder: Path, clock: HandClock) -> None:
    add_source(team.store, "The Daily Kettle")
    add_item(team.store, "=Everybody drinks iced tea today", topic="iced tea")
    clock.forward(minutes=5)
    opportunity = decided_opportunity(team)
    clock.forward(minutes=7)
    scheduled_draft(team, opportunity=opportunity)
    clock.forward(minutes=2)
    assert house_of(team, folder).outbox().publish_due() == 1


def test_the_way_from_the_first_mention_to_the_publication(team: Team, tmp_path: Path, clock: HandClock) -> None:
    published_moment(team, tmp_path, clock)
    at = visit(team, "max", "story", tmp_path)
    told = said_on(at)
    for words in ("first mention", "The Daily Kettle", "approved the draft", "(manager)", "(social lead)"):
        assert words in told
    found = view.read(team.store, team.people["max"], 1)
    assert [one.title for one in found.stations] == [
        "first mention", "alert", "decided", "draft begun", "first signature", "agreed", "out",
    ]  # fmt: skip
    assert view.after_words(found.stations[1]) == "5 min later"
    assert [line.at for line in found.lines] == sorted(line.at for line in found.lines)
    with team.store.read() as tx:
        hashes = {row["id"]: row["hash"] for row in tx.rows(select(events))}
    assert all(hashes[line.event_id] == line.digest for line in found.lines if line.event_id is not None)
    assert not found.touched


def test_a_part_can_be_left_out_and_put_back(team: Team, tmp_path: Path, clock: HandClock) -> None:
    published_moment(team, tmp_path, clock)
    at = visit(team, "max", "story", tmp_path, alert=1)
    parts = at.pills(key="story_parts_1")
    calm(parts.set_value([view.AGREED]).run())
    assert "first mention" not in said_on(at).split("approved the draft")[-1]
    assert "approved the draft" in said_on(at)
    calm(at.pills(key="story_parts_1").set_value([]).run())
    assert "Choose another part" in said_on(at)


def test_the_record_is_checked_at_a_click_and_a_touched_row_is_named(
    team: Team, tmp_path: Path, clock: HandClock
) -> None:
    published_moment(team, tmp_path, clock)
    at = visit(team, "max", "story", tmp_path)
    calm(at.button(key="story_verify").click().run())
    assert "event rows hold" in at.success[0].value
    with team.store.write() as tx:
        tx.conn.execute(text("DROP TRIGGER events_no_update"))
        tx.conn.execute(text("UPDATE events SET why = 'never mind' WHERE kind = 'signed_approve'"))
        first = tx.value(select(events.c.id).where(events.c.kind == "signed_approve").limit(1))
    calm(at.run())
    assert f"event {first}" in at.error[0].value
    calm(at.button(key="story_verify").click().run())
    assert any(f"breaks at event {first}" in one.value for one in at.error)


def test_a_hold_that_stopped_its_post_is_part_of_the_story(team: Team, tmp_path: Path) -> None:
    scheduled_draft(team, opportunity=decided_opportunity(team))
    hold.open_by_person(team.store, team.tokens["ben"], Scope("everything"), "A storm is coming.")
    add_alert(team.store, "another topic")
    lines = view.read(team.store, team.people["max"], 1).lines
    assert ("Ben", "A storm is coming.") in [(line.who, line.why) for line in lines if line.chapter == view.STOPPED]
    other = view.read(team.store, team.people["max"], 2)
    assert [line.chapter for line in other.lines] == [view.NOTICED]


def test_who_has_yet_to_score_reads_nothing_of_the_others_scores(team: Team) -> None:
    found = add_opportunity(team.store, add_alert(team.store))
    assess.assess(team.store, team.tokens["ana"], found, 9, 2)
    read = lambda name: [line.what for line in view.read(team.store, team.people[name], 1).lines]  # noqa: E731
    assert "gave scores" not in read("ben")
    assert "gave scores" in read("ana")


def test_the_download_has_every_line_and_no_formula(team: Team, tmp_path: Path, clock: HandClock) -> None:
    published_moment(team, tmp_path, clock)
    person = team.people["max"]
    found = view.read(team.store, person, 1)
    rows = list(csv.reader(io.StringIO(view.as_csv(found, person).decode("utf-8-sig"))))
    assert len(rows) == len(found.lines) + 1
    assert rows[1][5] == "'=Everybody drinks iced tea today"


def test_before_the_first_moment_the_page_says_so(team: Team, tmp_path: Path) -> None:
    assert "No moment has been noticed" in visit(team, "max", "story", tmp_path).info[0].value
