"""The Set-up page: a brand for a new workspace, and accounts that come and go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import brands, events, monitors, people
from scoring.contract import BrandProfile
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import errors, press, said, submit, visit
from workflow import access
from workflow.brand import the_brand
from workflow.rules.roles import Role


@pytest.fixture
def store(tmp_path: Path, clock: HandClock) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'tact.db'}", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def empty(store: Store) -> f.Team:
    """The same team before it has a brand."""
    team = f.team_in(store)
    with store.write() as tx:
        tx.run(brands.delete())
    return team


def test_a_new_workspace_gets_its_brand_and_something_to_watch(empty: f.Team, tmp_path: Path) -> None:
    at = visit(empty, "ada", "team", tmp_path)
    at.text_input(key="brand_name").set_value("Larkfield Tea")
    at.text_input(key="brand_regions").set_value("gb")
    at.text_area(key="brand_keywords").set_value("iced tea, teapot")
    at.text_area(key="brand_pain_points").set_value("late delivery")
    at = submit(at, "Begin")
    assert "4 monitors, 5 sources." in said(at)
    with empty.store.read() as tx:
        brand = the_brand(tx)
        assert (brand.name, brand.zone, brand.profile.regions) == ("Larkfield Tea", "Europe/London", ("GB",))
        assert brand.profile.keywords == ("iced tea", "teapot")
        assert len(tx.rows(select(monitors))) == 4


def test_what_cannot_be_a_brand_is_said_and_the_words_stay(empty: f.Team, tmp_path: Path) -> None:
    at = visit(empty, "ada", "team", tmp_path)
    at.text_input(key="brand_name").set_value("Larkfield Tea")
    at.text_input(key="brand_regions").set_value("Scotland")
    at = submit(at, "Begin")
    assert "'SCOTLAND' is no region code" in errors(at)
    assert at.text_input(key="brand_name").value == "Larkfield Tea"


def test_everybody_else_is_told_to_wait(empty: f.Team, tmp_path: Path) -> None:
    at = visit(empty, "ana", "team", tmp_path)
    assert "An administrator enters the brand" in said(at)
    assert not at.text_input


def test_somebody_is_added_and_can_sign_in(store: Store, tmp_path: Path) -> None:
    at = visit(f.team_in(store), "ada", "team", tmp_path)
    at.text_input(key="add_name").set_value("Eve")
    at.text_input(key="add_username").set_value("Eve")
    at.selectbox(key="add_role").set_value("legal")
    at.text_input(key="add_zone").set_value("Asia/Tokyo")
    at.text_input(key="add_password").set_value("another long password")
    at = submit(at, "Add")
    assert "**Eve** · legal" in said(at)
    person = access.who(store, access.sign_in(store, "eve", "another long password"))
    assert person is not None
    assert (person.role, person.zone) == (Role.LEGAL, "Asia/Tokyo")


def test_a_password_that_is_too_short_is_refused(store: Store, tmp_path: Path) -> None:
    at = visit(f.team_in(store), "ada", "team", tmp_path)
    at.text_input(key="add_name").set_value("Eve")
    at.text_input(key="add_username").set_value("eve")
    at.text_input(key="add_password").set_value("short")
    assert "at least 10 characters" in errors(submit(at, "Add"))


def test_access_is_taken_away_at_once(store: Store, tmp_path: Path) -> None:
    team = f.team_in(store)
    lea = team.people["lea"].id
    at = press(visit(team, "ada", "team", tmp_path), f"revoke_{lea}")
    assert access.who(store, team.tokens["lea"]) is None
    assert "no access" in said(at)
    assert not [one for one in at.button if one.key == f"revoke_{lea}"]


def test_too_few_signers_are_noticed(store: Store, tmp_path: Path) -> None:
    team = f.team_in(store)
    assert "people may sign" not in said(visit(team, "ada", "team", tmp_path))
    with store.write() as tx:
        tx.run(people.update().where(people.c.username == "pia").values(active=False))
    assert "2 people may sign" in said(visit(team, "ada", "team", tmp_path))


def test_nobody_revokes_themselves_by_a_slip(store: Store, tmp_path: Path) -> None:
    team = f.team_in(store)
    at = visit(team, "ada", "team", tmp_path)
    assert not [one for one in at.button if one.key == f"revoke_{team.people['ada'].id}"]


def test_a_manager_sees_no_accounts(store: Store, tmp_path: Path) -> None:
    at = visit(f.team_in(store), "max", "team", tmp_path)
    assert "Take the access away" not in {one.label for one in at.button}
    assert "Larkfield" not in said(at)


def test_what_a_brand_says_of_itself_is_typed_and_changed_later(empty: f.Team, tmp_path: Path) -> None:
    at = visit(empty, "ada", "team", tmp_path)
    at.text_input(key="brand_name").set_value("Larkfield Tea")
    at.text_input(key="brand_languages").set_value("EN, cy")
    at.text_input(key="brand_cultures").set_value("Welsh, Diwali")
    at.selectbox(key="brand_sells_to").set_value("companies")
    at = submit(at, "Begin")
    profile = profile_now(empty.store)
    assert (profile.languages, profile.cultures, profile.sells_to) == (("en", "cy"), ("Welsh", "Diwali"), "companies")
    assert (profile.regulated, profile.team_size) == (False, 0)
    at.number_input[0].set_value(2)
    at.checkbox[0].set_value(True)
    next(one for one in at.text_input if str(one.key).endswith("_languages")).set_value("English")
    at = submit(at, "Keep the changes")
    assert "'english' is no language code" in errors(at)
    assert profile_now(empty.store) == profile
    next(one for one in at.text_input if str(one.key).endswith("_languages")).set_value("")
    submit(at, "Keep the changes")
    assert profile_now(empty.store) == replace(profile, team_size=2, regulated=True, languages=("en",))
    with empty.store.read() as tx:
        told = tx.row(select(events).where(events.c.kind == "profile_changed"))
    assert told is not None
    assert set(told["detail"]) == {"team_size", "regulated", "languages"}


def profile_now(store: Store) -> BrandProfile:
    with store.read() as tx:
        return the_brand(tx).profile
