"""The Sources page: health in words, and what each role can do about it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import RowMapping, select
from streamlit.testing.v1 import AppTest

from data.storage.store import Store
from data.storage.tables import sources
from tests.conftest import HandClock
from tests.console_driver import calm, visit
from tests.factory import Team, add_source, team_in
from workflow import sources as deeds


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def rows(team: Team) -> list[RowMapping]:
    with team.store.read() as tx:
        return list(tx.rows(select(sources).order_by(sources.c.id)))


def said_on(at: AppTest) -> str:
    drawn = [*at.markdown, *at.caption, *at.text, *at.error, *at.subheader]
    return "\n".join(str(one.value) for one in drawn)


def add(at: AppTest, **fields: str) -> AppTest:
    for key, value in fields.items():
        at.text_input(key=key).set_value(value)
    return calm(next(one for one in at.button if one.label == "Add").click().run())


def test_health_is_told_in_words_the_failing_first(team: Team, tmp_path: Path, clock: HandClock) -> None:
    soon = clock.at + timedelta(minutes=12)
    add_source(team.store, "A newsroom", succeeded_at=clock.at, next_poll_at=soon, last_message="New: 4 items.")
    failing = {"failures": 3, "last_message": "The server answered 503.", "next_poll_at": soon}
    add_source(team.store, "Warnings", succeeded_at=clock.at - timedelta(hours=5), **failing)
    add_source(team.store, "Old one", enabled=False)
    at = visit(team, "vic", "sources", tmp_path)
    assert [one.value for one in at.subheader] == ["Warnings", "A newsroom", "Old one"]
    said = said_on(at)
    assert "3 sources, 1 failing" in said
    assert "3 failures in a row" in said
    assert "last good answer 5 h ago" in said
    assert "The server answered 503." in said
    assert "next reading 09:12, in 12 min" in said


def test_reading_now_makes_the_source_due(team: Team, tmp_path: Path, clock: HandClock) -> None:
    source = add_source(team.store, next_poll_at=clock.at + timedelta(hours=1))
    at = visit(team, "ana", "sources", tmp_path)
    calm(at.button(key=f"poll_{source}").click().run())
    assert rows(team)[0]["next_poll_at"] == clock.at
    assert len(at.error) == 0
    assert f"poll_{source}" not in {one.key for one in visit(team, "vic", "sources", tmp_path).button}


def test_an_administrator_switches_a_source_and_nobody_else_can(team: Team, tmp_path: Path) -> None:
    source = add_source(team.store)
    assert visit(team, "ana", "sources", tmp_path).toggle(key=f"enabled_{source}").disabled
    at = visit(team, "ada", "sources", tmp_path)
    calm(at.toggle(key=f"enabled_{source}").set_value(False).run())
    assert rows(team)[0]["enabled"] is False
    calm(at.toggle(key=f"enabled_{source}").set_value(True).run())
    assert rows(team)[0]["enabled"] is True


def test_a_switch_shows_what_the_table_says(team: Team, tmp_path: Path) -> None:
    source = add_source(team.store)
    at = visit(team, "ada", "sources", tmp_path)
    deeds.set_enabled(team.store, team.tokens["ada"], source, False)
    calm(at.run())
    assert at.toggle(key=f"enabled_{source}").value is False


def test_a_source_is_added_with_the_fields_of_its_kind(team: Team, tmp_path: Path, clock: HandClock) -> None:
    at = visit(team, "ada", "sources", tmp_path)
    at.selectbox(key="new_kind").set_value("rss").run()
    add(at, rss_name="A newsroom", rss_address="")
    assert "Address is missing" in said_on(at)
    assert rows(team) == []
    add(at, rss_name="A newsroom", rss_address="file:///etc/passwd")
    assert rows(team) == []
    at.selectbox(key="rss_item_kind").set_value("official")
    add(at, rss_name="A newsroom", rss_address="https://news.example/feed")
    (row,) = rows(team)
    assert (row["kind"], row["name"], row["next_poll_at"]) == ("rss", "A newsroom", clock.at)
    assert row["config"] == {"address": "https://news.example/feed", "item_kind": "official"}


def test_another_kind_brings_its_own_form(team: Team, tmp_path: Path) -> None:
    at = visit(team, "ada", "sources", tmp_path)
    at.selectbox(key="new_kind").set_value("mastodon").run()
    at.checkbox(key="mastodon_trends").set_value(True)
    add(at, mastodon_name="Tags", mastodon_instance="mastodon.example", mastodon_tags="tea icedtea")
    (row,) = rows(team)
    assert row["config"]["tags"] == "tea icedtea"
    assert row["config"]["trends"] is True


def test_only_administrators_have_the_form(team: Team, tmp_path: Path) -> None:
    assert "new_kind" not in {one.key for one in visit(team, "max", "sources", tmp_path).selectbox}
