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
from tests.console_driver import calm, errors, plain, said, visit
from tests.factory import Team, add_source, team_in
from workflow import sources as deeds
from workflow.deliveries import SIGNING_KEY


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
    keyed = {"address": "https://me:hunter2@a.example/feed?key=hidden"}
    add_source(team.store, "Old one", enabled=False, config=keyed)
    at = visit(team, "vic", "sources", tmp_path)
    assert [one.value for one in at.subheader] == ["Warnings", "A newsroom", "Old one"]
    said = plain(said_on(at))
    assert "https://a.example/feed" in said
    assert not [word for word in ("hunter2", "hidden") if word in said]
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


def test_what_tact_switched_off_says_why_and_one_click_mends_it(team: Team, tmp_path: Path, clock: HandClock) -> None:
    off = {"switched_off_at": clock.at - timedelta(minutes=9), "switched_off_why": "It says <b>gone</b> for good."}
    source = add_source(team.store, "Old paper", enabled=False, failures=1, **off)
    at = visit(team, "ada", "sources", tmp_path)
    assert "Tact switched it off 9 min ago. It says <b>gone</b> for good." in said(at).replace("**", "")
    calm(at.button(key=f"mend_{source}").click().run())
    assert rows(team)[0]["enabled"] is True
    assert rows(team)[0]["next_poll_at"] == clock.at
    assert "switched" not in said(calm(at.run()))


def test_a_source_is_changed_in_place_and_what_was_typed_is_shown(team: Team, tmp_path: Path) -> None:
    config = {"instance": "mastodon.example", "tags": ["tea", "icedtea"], "trends": True}
    source = add_source(team.store, "Tags", "mastodon", config=config, interval_seconds=5, lag_seconds=75)
    at = visit(team, "ada", "sources", tmp_path)
    assert "newest post 1 min old when it came" in said(at)
    assert at.text_input(key=f"change_{source}_tags").value == "tea icedtea"
    at.text_input(key=f"change_{source}_name").set_value("Our tags")
    calm(next(one for one in at.button if one.label == "Save").click().run())
    (row,) = rows(team)
    assert (row["name"], row["interval_seconds"], row["config"]["trends"]) == ("Our tags", 5, True)


def test_a_stream_has_no_pace_to_choose(team: Team, tmp_path: Path, clock: HandClock) -> None:
    live = {"lease_until": clock.at + timedelta(seconds=30), "succeeded_at": clock.at, "polled_at": clock.at}
    stream = add_source(team.store, "Posts", "bluesky", last_message="Connected since 09:00.", **live)
    at = visit(team, "ada", "sources", tmp_path)
    assert "stays connected" in said(at)
    assert "Connected since 09:00." in said(at)
    assert f"poll_{stream}" not in {one.key for one in at.button}
    assert f"change_{stream}_minutes" not in {one.key for one in at.number_input}


def test_a_leaked_key_is_ended_with_a_tick(team: Team, tmp_path: Path) -> None:
    shop = add_source(team.store, "Shop", "webhook")
    at = visit(team, "ada", "sources", tmp_path)
    for leaked in (False, False, True):
        at.checkbox(key="renew_end_old").set_value(leaked)
        calm(at.button(key="renew_key").click().run())
        with team.store.read() as tx:
            kept = tx.value(select(sources.c.secrets).where(sources.c.id == shop))
    assert set(kept) == {SIGNING_KEY}
    calm(at.button(key="end_old_key").click().run())
    assert "no old key" in errors(at)
