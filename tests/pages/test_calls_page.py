"""The Calls out page: a program is added, tested, switched off, and its key shown once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from data.storage.tables import calls, webhooks
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import errors, press, said, submit, team_at, visit


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[f.Team]:
    with team_at(tmp_path, clock) as found:
        yield found


def row(team: f.Team) -> dict[str, object]:
    with team.store.read() as tx:
        found = tx.row(select(webhooks))
    assert found is not None
    return dict(found)


def test_a_program_is_added_tested_changed_and_switched_off(team: f.Team, tmp_path: Path) -> None:
    at = visit(team, "ada", "calls", tmp_path)
    assert "No mail server is set" in said(at)
    at.text_input(key="program_name").set_value("Scheduler")
    at.text_input(key="program_url").set_value("https://plan.example/hooks/s3cret")
    at = submit(at, "Tell it from now on")
    assert row(team)["kinds"] == ["hold_lifted", "hold_opened"]
    [key] = [one.value for one in at.code]
    assert key.startswith("whsec_")
    assert key not in str(row(team)["secrets"])
    words = said(press(at, "program_key_kept"))
    assert "plan.example" in words
    assert "s3cret" not in words
    assert "whsec_" not in words
    press(at, "test_1")
    with team.store.read() as tx:
        assert tx.value(select(calls.c.kind)) == "test"
    at.pills(key="kinds_1").set_value(["drill"])
    press(at, "keep_1")
    assert row(team)["kinds"] == ["drill"]
    before = row(team)["secrets"]
    at = press(at, "rekey_1")
    assert row(team)["secrets"] != before
    assert [one.value for one in at.code] != [key]
    at = press(at, "switch_1")
    assert row(team)["enabled"] is False
    assert "Switched off before it was told." in said(at)
    press(at, "switch_1")
    assert row(team)["enabled"] is True


def test_what_is_no_address_is_refused_with_what_to_do(team: f.Team, tmp_path: Path) -> None:
    at = visit(team, "ada", "calls", tmp_path)
    at.text_input(key="program_name").set_value("Scheduler")
    at.text_input(key="program_url").set_value("plan.example")
    assert "begins with https://" in errors(submit(at, "Tell it from now on"))


def test_others_see_neither_programs_nor_a_form(team: f.Team, tmp_path: Path) -> None:
    at = visit(team, "max", "calls", tmp_path)
    assert "not for your role" in said(at)
    assert not [one for one in at.text_input if one.key == "program_url"]
