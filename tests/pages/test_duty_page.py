"""The On duty page: the rota, who is away, and the warning that nobody may sign."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.views.cover import for_moment
from data.storage.tables import absences, shifts
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import errors, press, said, submit, team_at, visit
from workflow import draft, rota
from workflow.draft import Writing
from workflow.duty import on_duty


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[f.Team]:
    with team_at(tmp_path, clock) as found:
        yield found


def put(team: f.Team, name: str, start: int, end: int, zone: str = "UTC") -> int:
    who = team.people[name].id
    return rota.add_shift(team.store, team.tokens["max"], who, range(7), time(start), time(end), zone)


def there(team: f.Team) -> set[str]:
    with team.store.read() as tx:
        return {person.username for person in on_duty(tx, tx.now)}


def test_a_lead_begins_the_rota_and_ends_a_shift(team: f.Team, tmp_path: Path) -> None:
    at = visit(team, "lea", "duty", tmp_path)
    assert "There is no rota yet" in said(at)
    at.selectbox(key="shift_who").set_value(next(o for o in _options(at, "shift_who") if o.name == "Ana"))
    at.run()
    at = submit(at, "Put on the rota")
    assert there(team) == {"ana"}
    words = said(at)
    assert "Nobody who may sign is on duty. Nobody on the rota of the coming 14 days closes that gap" in words
    assert "Ana" in words
    assert "until 17:00" in words
    assert "09:00 – 17:00 · Ana (social team)" in words.replace(":gray[", "").replace("]", "")
    with team.store.read() as tx:
        shift = tx.value(select(shifts.c.id))
    press(at, f"end_{shift}")
    assert there(team) == set()


def _options(at: object, key: str) -> list[object]:
    from app.views.duty import read

    house = at.session_state["_house"]
    return list(read(house.store, f.access.Person(1, "x", "x", f.Role.MANAGER, "UTC")).choices)


def test_a_person_goes_away_with_a_deputy_and_comes_back(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    put(team, "ana", 8, 18)
    at = visit(team, "ana", "duty", tmp_path)
    assert not [one for one in at.button if one.label == "Put on the rota"]
    ben = next(o for o in _options(at, "away_deputy") if o.name == "Ben")
    at.selectbox(key="away_deputy").set_value(ben)
    at.datetime_input(key="away_until").set_value((clock.at + timedelta(days=1)).replace(tzinfo=None))
    at = submit(at, "Note the absence")
    assert there(team) == {"ben"}
    assert "Ben** :small" not in said(at)
    assert "for Ana" in said(at)
    with team.store.read() as tx:
        gone = tx.row(select(absences))
    assert gone is not None
    assert gone["ends_at"] == clock.at + timedelta(days=1)
    press(at, f"back_{gone['id']}")
    assert there(team) == {"ana"}


def test_times_are_the_readers_and_a_night_reaches_into_the_next_day(team: f.Team, tmp_path: Path) -> None:
    put(team, "lea", 22, 6, "America/New_York")
    words = said(visit(team, "vic", "duty", tmp_path)).replace(":gray[", "").replace("]", "")
    assert "03:00 – 11:00 · Lea (social lead)" in words
    assert "until 11:00" in words
    assert "Only one person who may sign is on duty (Lea)" in words


def test_what_cannot_be_is_said_and_nothing_changes(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    at = visit(team, "ana", "duty", tmp_path)
    at.datetime_input(key="away_from").set_value((clock.at + timedelta(days=2)).replace(tzinfo=None))
    at.datetime_input(key="away_until").set_value((clock.at + timedelta(days=1)).replace(tzinfo=None))
    at = submit(at, "Note the absence")
    assert "Choose a later end" in errors(at)


# --- before anybody writes ---------------------------------------------------------------------------------------


def test_before_anybody_writes_the_pages_say_that_nobody_could_sign(
    team: f.Team, tmp_path: Path, clock: HandClock
) -> None:
    moment = f.decided_opportunity(team)
    assert "may sign" not in said(visit(team, "ana", "draft", tmp_path, opportunity=moment))
    put(team, "ana", 0, 0)
    put(team, "lea", 12, 18)
    put(team, "max", 12, 18)
    words = "Nobody who may sign is on duty. Next comes Lea, at 12:00 your time."
    assert words in said(visit(team, "ana", "moment", tmp_path, alert=1))
    draft_id = draft.start(team.store, team.tokens["lea"], Writing("Hers.", reactive=False))
    clock.forward(hours=4)
    team.sign_in_again()
    assert for_moment(team.store, team.people["ana"], moment) == ""
    # Lea would be its author, and nobody signs their own words.
    assert for_moment(team.store, team.people["lea"], None).startswith("Only one person who may sign is on duty (Max)")
    assert "Only one person who may sign is on duty (Max)" in said(
        visit(team, "lea", "draft", tmp_path, draft=draft_id)
    )


def test_who_is_away_says_so_on_their_own_page(team: f.Team, tmp_path: Path) -> None:
    put(team, "lea", 8, 18)
    put(team, "ana", 8, 18)
    at = visit(team, "lea", "you", tmp_path)
    assert "Every day, 08:00 to 18:00 (UTC)" in said(at)
    at = submit(at, "Note the absence")
    assert there(team) == {"ana"}
