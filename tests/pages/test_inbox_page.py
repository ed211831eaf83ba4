"""The inbox: what a person was told waits for them, and only for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from data.errors import BadInput
from data.storage.tables import calls, notices, people
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import press, said, team_at, visit
from workflow import inbox
from workflow.notices import tell
from workflow.rules.notices import URGENT, Kind


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[f.Team]:
    with team_at(tmp_path, clock) as found:
        yield found


def write(team: f.Team, *names: str, text: str = "Look here.", key: str = "k") -> None:
    with team.store.write() as tx:
        tell(tx, [team.people[name].id for name in names], "signature_wanted", "draft", 1, text, key)


def unread(team: f.Team, name: str) -> int:
    with team.store.read() as tx:
        return inbox.unread(tx, team.people[name].id)


def test_one_by_one_and_all_at_once(team: f.Team, tmp_path: Path) -> None:
    for number in range(3):
        write(team, "ana", "lea", text=f"Thing *{number}*", key=f"k{number}")
    at = visit(team, "ana", "inbox", tmp_path)
    assert [one.value for one in at.text] == ["Thing *2*", "Thing *1*", "Thing *0*"]
    with team.store.read() as tx:
        first = tx.value(select(notices.c.id).where(notices.c.text == "Thing *0*").limit(1))
    at = press(at, f"read_{first}")
    assert [one.value for one in at.text] == ["Thing *2*", "Thing *1*"]
    at = press(at, "read_all")
    assert "You have read everything." in said(at)
    assert (unread(team, "ana"), unread(team, "lea")) == (0, 3)
    at.segmented_control(key="inbox_show").set_value("All")
    assert len(at.run().text) == 3


def test_what_came_while_the_page_stood_open_stays_unread(team: f.Team, tmp_path: Path) -> None:
    write(team, "ana")
    at = visit(team, "ana", "inbox", tmp_path)
    write(team, "ana", key="later")
    press(at, "read_all")
    assert unread(team, "ana") == 1


def test_nobody_reads_for_somebody_else(team: f.Team) -> None:
    write(team, "lea")
    with team.store.read() as tx:
        of_lea = tx.value(select(notices.c.id))
    with pytest.raises(BadInput, match="your inbox"):
        inbox.mark_read(team.store, team.tokens["ana"], of_lea)
    assert inbox.mark_all_read(team.store, team.tokens["ana"], of_lea) == 0
    assert unread(team, "lea") == 1


def test_a_person_chooses_what_is_also_sent_to_their_mailbox(team: f.Team, tmp_path: Path) -> None:
    assert "no e-mail address in your account" in said(visit(team, "lea", "inbox", tmp_path))
    with team.store.write() as tx:
        tx.run(update(people).where(people.c.username == "lea").values(email="lea@team.example"))
    at = visit(team, "lea", "inbox", tmp_path)
    assert set(at.pills(key="mail_kinds").value) == {kind.value for kind in URGENT}
    at.pills(key="mail_kinds").set_value(["alert"])
    press(at, "mail_keep")
    write(team, "lea")
    with team.store.write() as tx:
        tell(tx, [team.people["lea"].id], "alert", "alert", 1, "Loud.", "alert:1")
    with team.store.read() as tx:
        assert [row["kind"] for row in tx.rows(select(calls))] == ["alert"]


def test_every_kind_leads_somewhere_for_every_role(team: f.Team, tmp_path: Path) -> None:
    with team.store.write() as tx:
        for kind in Kind:
            tell(tx, [team.people["vic"].id], kind, "draft", 1, f"About {kind}.", kind)
    at = visit(team, "vic", "inbox", tmp_path)
    assert len(at.text) == len(Kind)
