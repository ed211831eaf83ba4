"""Around every page: the way in, who finds which page, the banner, and what is said when the database is in trouble."""

from __future__ import annotations

import runpy
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from app.ui import context, frame, webhook_key
from data.storage import engine
from data.storage.engine import open_store
from scoring.contract import Scope
from scoring.lexicon import LexiconScorer
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import MAIN, calm, errors, plain, said, submit, team_at
from workflow import access, drill, hold
from workflow.draft import Writing

STOPS = "publishing stops by itself"


@pytest.fixture(autouse=True)
def frame_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the entry at every address.

    AppTest takes `app/pages` for Streamlit's older folder of pages at each run, and would draw a page unframed.
    """
    monkeypatch.setattr(script_runner, "_mpa_v1", lambda path: runpy.run_path(path, run_name="__main__"))


@pytest.fixture
def team(tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[f.Team]:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 20)  # nobody here waits for a lock that is not let go
    with team_at(tmp_path, clock) as found:
        yield found


def come(team: f.Team, folder: Path, name: str = "", page: str = "", **query: object) -> AppTest:
    """The console at an address, for `name` or for somebody who is not signed in; "" is the address without a page."""
    at = AppTest.from_file(MAIN, default_timeout=20)
    at.session_state[context.HOUSE] = f.house_of(team, folder)
    at.session_state[context.TOKEN] = team.tokens.get(name)
    for key, value in query.items():
        at.query_params[key] = str(value)
    return calm((at.switch_page(f"pages/{page}.py") if page else at).run())


def labels(at: AppTest) -> list[str]:
    return [one.label for one in at.button]


@contextmanager
def held(team: f.Team, *, also_from_readers: bool = False) -> Iterator[None]:
    """Another program holds the database: alone among writers, or from everybody."""
    team.store.engine.dispose()
    with closing(sqlite3.connect(str(team.store.engine.url.database), isolation_level=None)) as other:
        if also_from_readers:
            other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


# --- the way in ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [name for name, *_ in frame.PAGES])
def test_whoever_is_not_signed_in_finds_the_form_at_every_address(team: f.Team, tmp_path: Path, page: str) -> None:
    at = come(team, tmp_path, page=page)
    assert labels(at) == ["Sign in"]


def test_signing_in_leads_to_where_the_link_pointed(team: f.Team, tmp_path: Path) -> None:
    f.draft_in_review(team, Writing("An older post.", regions=("GB",), reactive=False))
    draft_id = f.draft_in_review(team, Writing("The post behind the link.", regions=("GB",), reactive=False))
    at = come(team, tmp_path, page="approvals", draft=draft_id)
    at.text_input(key="username").set_value("Lea")
    at.text_input(key="password").set_value(f.PASSWORD)
    at = submit(at, "Sign in")
    assert at.title[0].value == "Approvals"
    assert "The post behind the link." in said(at)
    assert at.query_params["draft"] == str(draft_id)


def test_a_wrong_password_leads_nowhere(team: f.Team, tmp_path: Path) -> None:
    at = come(team, tmp_path)
    at.text_input(key="username").set_value("lea")
    at.text_input(key="password").set_value("wrong password")
    at = submit(at, "Sign in")
    assert "user name or password is not right" in errors(at)
    assert labels(at) == ["Sign in"]


def test_the_first_visit_makes_the_administrator_and_goes_on_to_the_brand(tmp_path: Path, clock: HandClock) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new.db'}", clock=clock)
    at = come(f.Team(store, LexiconScorer(), {}, {}), tmp_path)
    at.text_input(key="display_name").set_value("Ada")
    at.text_input(key="username").set_value("ada")
    at.text_input(key="password").set_value(f.PASSWORD)
    at = submit(at, "Create the administrator")
    person = access.who(store, at.session_state[context.TOKEN])
    assert person is not None
    assert (person.username, person.role) == ("ada", access.Role.ADMINISTRATOR)
    assert at.text_input(key="brand_name")
    store.close()


def test_signing_out_shows_the_form_again(team: f.Team, tmp_path: Path) -> None:
    at = calm(come(team, tmp_path, "ana", "desk").button(key="sign_out").click().run())
    assert labels(at) == ["Sign in"]
    assert access.who(team.store, team.tokens["ana"]) is None


# --- who finds what ------------------------------------------------------------------------------------------


def test_every_page_stands_under_one_heading_of_the_menu_or_is_opened_from_elsewhere() -> None:
    placed = [name for names in frame.SECTIONS.values() for name in names]
    assert sorted([*placed, "inbox", frame.OWN]) == sorted(name for name, *_ in frame.PAGES)


@pytest.mark.parametrize(("name", "page"), [("vic", "approvals"), ("ana", "team"), ("ana", "approvals")])
def test_a_page_of_other_roles_says_so(team: f.Team, tmp_path: Path, name: str, page: str) -> None:
    at = come(team, tmp_path, name, page)
    assert "This page is not for your role" in said(at)
    assert not at.title


@pytest.mark.parametrize(
    ("name", "title"), [("ana", "Desk"), ("lea", "Desk"), ("pia", "Approvals"), ("max", "Desk"), ("vic", "KPIs")]
)
def test_the_day_begins_on_the_page_of_the_role(team: f.Team, tmp_path: Path, name: str, title: str) -> None:
    at = come(team, tmp_path, name)
    assert at.title[0].value == title
    assert name.title() in said(at)


# --- the banner ----------------------------------------------------------------------------------------------


def test_silent_warnings_are_told_to_everybody_and_what_tact_switched_off_to_who_can_mend_it(
    team: f.Team, tmp_path: Path, clock: HandClock
) -> None:
    failing = {"failures": 5, "failing_since": clock.at - timedelta(hours=2)}
    f.add_source(team.store, "Flood warnings", config={"item_kind": "official"}, **failing)
    f.add_source(team.store, "A newsroom", **failing)
    off = {"switched_off_at": clock.at, "switched_off_why": "It is gone."}
    f.add_source(team.store, "Old paper", enabled=False, **off)
    lead, administrator = (said(come(team, tmp_path, who, "kpis")) for who in ("lea", "ada"))
    for words in (lead, administrator):
        assert "No official warnings from Flood warnings**, last heard 2 h ago" in words
        assert "A newsroom" not in words
    assert "Tact switched off Old paper." in administrator
    assert "Tact switched off" not in lead


def test_a_hold_is_on_every_page_with_its_scope_and_its_posts(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    assert "On hold" not in said(come(team, tmp_path, "vic", "kpis"))
    for text in ("One post.", "Another post."):
        planned = clock.at + timedelta(hours=2)
        writing = Writing(text, regions=("GB",), reactive=False, planned_for=planned)
        f.scheduled_draft(team, writing)
    hold.open_by_person(team.store, team.tokens["ana"], Scope("region", "GB"), "")
    assert "On hold: posts seen in GB** since 09:00, 2 posts stopped." in errors(come(team, tmp_path, "vic", "kpis"))


def test_a_drill_is_told_on_every_page_as_practice_until_it_was_seen(team: f.Team, tmp_path: Path) -> None:
    drill.start(team.store, team.scorer, team.tokens["lea"])
    at = come(team, tmp_path, "ben", "kpis")
    assert "PRACTICE – nothing is stopped" in said(at)
    assert "On hold" not in said(at)
    at = calm(at.button(key="drill_seen").click().run())
    assert not [one for one in at.button if one.key == "drill_seen"]
    assert "PRACTICE – nothing is stopped" in said(at)
    drill.end(team.store, team.tokens["max"])
    assert "PRACTICE" not in said(come(team, tmp_path, "ben", "kpis"))


# --- the database is in trouble ------------------------------------------------------------------------------


def test_while_another_program_writes_the_page_can_still_be_read(
    team: f.Team, tmp_path: Path, clock: HandClock
) -> None:
    clock.forward(minutes=2)
    with held(team):
        at = come(team, tmp_path, "ana", "schedule")
    assert errors(at).count(STOPS) == 1
    assert "holding the database" in errors(at)
    assert at.title[0].value == "Schedule & holds"
    assert STOPS not in said(calm(at.run()))


def test_a_page_that_is_drawn_again_within_the_minute_asks_for_no_lock(team: f.Team, tmp_path: Path) -> None:
    with held(team):
        at = come(team, tmp_path, "ana", "schedule")
    assert not at.error


@pytest.mark.parametrize("name", ["ana", ""])
def test_without_its_database_every_page_says_so_and_the_log_once(
    team: f.Team, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    def lines() -> int:
        return sum("cannot use its database" in one.message for one in caplog.records)

    with held(team, also_from_readers=True):
        at = come(team, tmp_path, name, "desk")
        assert STOPS in errors(calm(at.run()))
        assert lines() == 1
    assert not calm(at.run()).error
    with held(team, also_from_readers=True):
        calm(at.run())
    assert lines() == 2


def test_the_banner_says_so_too_when_it_ticks_by_itself(team: f.Team, tmp_path: Path) -> None:
    def banner_alone() -> None:
        from app.ui.frame import banner

        banner()

    at = AppTest.from_function(banner_alone, default_timeout=20)
    at.session_state[context.HOUSE] = f.house_of(team, tmp_path)
    at.session_state[context.TOKEN] = team.tokens["ana"]
    with held(team, also_from_readers=True):
        assert STOPS in errors(calm(at.run()))
    assert not calm(at.run()).error


# --- one tab, two people -------------------------------------------------------------------------------------


@pytest.mark.parametrize("signs_out", [True, False])
def test_the_next_person_in_a_tab_finds_nothing_of_the_one_before(
    team: f.Team, tmp_path: Path, signs_out: bool
) -> None:
    f.add_source(team.store, "Shop", "webhook")
    at = come(team, tmp_path, "ada", "sources")
    calm(at.button(key="renew_key").click().run())
    assert "whsec_" in said(at)
    if signs_out:
        calm(at.sidebar.button(key="sign_out").click().run())
        assert webhook_key._FRESH not in at.session_state
    at.session_state[context.TOKEN] = team.tokens["vic"]
    calm(at.run())
    at.session_state[context.TOKEN] = team.tokens["ada"]
    assert "whsec_" not in said(calm(at.run()))


def test_a_fresh_key_is_shown_to_nobody_but_its_maker(team: f.Team, tmp_path: Path) -> None:
    at = come(team, tmp_path, "vic", "sources")
    at.session_state[webhook_key._FRESH] = webhook_key.Fresh(0, 1, "Shop", "whsec_secret")
    assert "whsec_" not in said(calm(at.run()))


def test_whoever_signs_in_again_finds_what_they_left(team: f.Team, tmp_path: Path) -> None:
    at = come(team, tmp_path, "ana", "desk")
    at.session_state["kept_words"] = "half a thought"
    for found in (None, team.tokens["ana"]):
        at.session_state[context.TOKEN] = found
        calm(at.run())
    assert at.session_state["kept_words"] == "half a thought"


def test_what_a_button_did_is_told_without_markup(team: f.Team, tmp_path: Path) -> None:
    at = come(team, tmp_path, "ana", "desk")
    at.session_state[context.NOTICE] = "![x](https://tracker.example/p.png) is off."
    calm(at.run())
    assert [plain(one.value) for one in at.toast] == ["![x](https://tracker.example/p.png) is off."]
    assert "![" not in at.toast[0].value
