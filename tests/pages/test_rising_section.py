"""Rising, not watched yet: what is told, the two answers, and the way back from each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from data.errors import Refused
from data.storage.tables import events, monitors, proposals
from tests.conftest import HandClock
from tests.console_driver import press, said, team_at, visit
from tests.factory import Team, add_source
from workflow import discovery, watching
from workflow.discovery import Rising, put_forward


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[Team]:
    with team_at(tmp_path, clock) as found:
        add_source(found.store, "Niche")
        with found.store.write() as tx:
            why = {"samples": [{"text": "**dark** [now](https://evil.example)", "url": ""}], "also": ["#Dark"]}
            at = clock.at - timedelta(minutes=25)
            put_forward(tx, Rising("Brindle Arena", 40, 31, 15.5, 1, at, why | {"sources": [1, 7]}))
        yield found


def states(team: Team) -> tuple[str, list[str], list[str]]:
    """The proposal's state, the monitors' names, and what was written down."""
    with team.store.read() as tx:
        kinds = tx.rows(
            select(events.c.kind).where(events.c.subject.in_(("proposal", "monitor"))).order_by(events.c.id)
        )
        names = [row["name"] for row in tx.rows(select(monitors))]
        return str(tx.value(select(proposals.c.state))), names, [row["kind"] for row in kinds]


def test_what_rises_is_told_as_text_and_a_reader_cannot_answer(team: Team, tmp_path: Path) -> None:
    at = visit(team, "vic", "monitors", tmp_path)
    words = said(at)
    assert "31 people in the last hour, 15.5 × what was to be expected" in words
    assert "First heard in Niche at 08:35, then 1 other source" in words
    assert "**dark** [now](https://evil.example)" in [one.value for one in at.text]
    assert not [one for one in at.button if one.key and one.key.startswith("rising")]
    desk = visit(team, "vic", "desk", tmp_path)
    assert "1 rising term that nobody watches" in [one.proto.label for one in desk.get("page_link")]


def test_watching_it_and_back(team: Team, tmp_path: Path) -> None:
    at = press(visit(team, "lea", "monitors", tmp_path), "rising_watch_1")
    assert states(team) == ("watched", ["Brindle Arena"], ["topic_proposed", "monitor_added", "topic_watched"])
    assert [one.value for one in at.subheader] == ["Brindle Arena"]
    press(at, "rising_undo_button")
    assert states(team)[:2] == ("open", [])
    assert states(team)[2][-2:] == ["monitor_removed", "topic_reopened"]


def test_not_for_us_and_back(team: Team, tmp_path: Path) -> None:
    at = press(visit(team, "lea", "monitors", tmp_path), "rising_dismiss_1")
    assert states(team)[0] == "dismissed"
    assert "Rising" not in said(at)
    press(at, "rising_undo_button")
    assert states(team)[0] == "open"


@pytest.mark.parametrize("deed", [discovery.watch, discovery.dismiss])
def test_roles_are_asked_and_a_second_answer_is_refused(team: Team, deed) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused, match="may not do this"):
        deed(team.store, team.tokens["ana"], 1)
    discovery.dismiss(team.store, team.tokens["lea"], 1)
    with pytest.raises(Refused, match="decided by somebody else"):
        deed(team.store, team.tokens["max"], 1)


def test_a_monitor_that_was_changed_meanwhile_is_not_taken_away(team: Team) -> None:
    made = discovery.watch(team.store, team.tokens["lea"], 1)
    seen = watching.Watched(("Brindle Arena",), (), 20)
    watching.change_monitor(team.store, team.tokens["max"], made, seen, ("Brindle",), (), 20)
    with pytest.raises(Refused, match="changed meanwhile"):
        discovery.unwatch(team.store, team.tokens["lea"], 1, made)
