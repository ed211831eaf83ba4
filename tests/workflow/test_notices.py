"""Telling people: each one once, in the transaction of what it tells, and the programs that asked for it."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, update

from data.storage.store import Store
from data.storage.tables import calls, notices, people, webhooks
from tests import factory as f
from tests.conftest import HandClock
from workflow.calls import forget
from workflow.notices import tell, tell_on_duty


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


def test_each_person_is_told_a_thing_once(store: Store) -> None:
    team = f.team_in(store)
    ana, ben = team.people["ana"].id, team.people["ben"].id
    with team.store.write() as tx:
        assert tell(tx, [ana], "drill", "drill", 1, "A drill.", "drill:1") == 1
    with team.store.write() as tx:
        assert tell(tx, [ana, ben, ben], "drill", "drill", 1, "A drill.", "drill:1") == 1
        assert tell(tx, [ana], "drill", "drill", 2, "Another.", "drill:2") == 1
    with team.store.read() as tx:
        told = [(row["person_id"], row["key"]) for row in tx.rows(select(notices).order_by(notices.c.id))]
    assert told == [(ana, "drill:1"), (ben, "drill:1"), (ana, "drill:2")]


def test_what_is_rolled_back_was_never_told(team: f.Team) -> None:
    with pytest.raises(RuntimeError), team.store.write() as tx:
        tell_on_duty(tx, "alert", "alert", 1, "Loud.", "alert:1")
        raise RuntimeError
    with team.store.read() as tx:
        assert not tx.rows(select(notices))
        assert not tx.rows(select(calls))


def test_without_a_rota_everybody_who_works_here_is_told(team: f.Team) -> None:
    gone = team.people["ben"].id
    with team.store.write() as tx:
        tx.run(update(people).where(people.c.id == gone).values(active=False))
        assert tell_on_duty(tx, "hold_opened", "hold", 1, "Stop.", "hold:1:opened") == len(team.people) - 1
    with team.store.read() as tx:
        assert gone not in {row["person_id"] for row in tx.rows(select(notices))}


def test_programs_that_want_a_kind_are_called_once_for_each_thing(store: Store) -> None:
    team = f.team_in(store)
    with team.store.write() as tx:
        for name, kinds, enabled in (("pager", ["drill"], True), ("off", ["drill"], False), ("shop", ["alert"], True)):
            row = {"name": name, "url": "https://x.example", "kinds": kinds, "enabled": enabled, "secrets": {}}
            tx.insert(insert(webhooks).values(**row, created_at=tx.now))
        for _ in range(2):
            tell_on_duty(tx, "drill", "drill", 1, "A drill.", "drill:1", {"scope": "everything"})
        found = tx.rows(select(calls).where(calls.c.webhook_id.is_not(None)))
    assert [(row["webhook_id"], row["key"], row["next_try_at"]) for row in found] == [(1, "drill:1", team.store.now())]
    assert found[0]["body"]["detail"] == {"scope": "everything"}
    assert found[0]["body"]["text"] == "A drill."


@pytest.mark.parametrize(
    ("chosen", "kind", "written"),
    [(None, "hold_opened", True), (None, "alert", False), (["alert"], "alert", True), ([], "hold_opened", False)],
)
def test_mail_goes_to_who_wants_it(sqlite_store: Store, chosen: list[str] | None, kind: str, written: bool) -> None:
    team = f.team_in(sqlite_store)
    lea = team.people["lea"].id
    with team.store.write() as tx:
        tx.run(update(people).where(people.c.id == lea).values(email="lea@team.example", mail_kinds=chosen))
        tell(tx, [lea, team.people["max"].id], kind, "hold", 1, "Stop.", "k")
        found = [row["address"] for row in tx.rows(select(calls))]
    assert found == (["lea@team.example"] if written else [])


def test_a_kind_that_nobody_knows_is_a_mistake(sqlite_store: Store) -> None:
    team = f.team_in(sqlite_store)
    with pytest.raises(ValueError, match="shouting"), team.store.write() as tx:
        tell(tx, [team.people["ana"].id], "shouting", "hold", 1, "!", "k")


def test_what_is_long_over_is_let_go_and_what_nobody_read_is_not(team: f.Team, clock: HandClock) -> None:
    lea = team.people["lea"].id
    with team.store.write() as tx:
        tx.run(update(people).where(people.c.id == lea).values(email="lea@team.example"))
        for number in (1, 2):
            tell(tx, [lea], "drill", "drill", number, "A drill.", f"drill:{number}")
        tx.run(update(calls).where(calls.c.key == "drill:1").values(next_try_at=None, done_at=tx.now))
        tx.run(update(notices).where(notices.c.key == "drill:1").values(read_at=tx.now))
    clock.forward(days=31)
    assert forget(team.store) == 1
    clock.forward(days=150)
    assert forget(team.store) == 1
    with team.store.read() as tx:
        assert [row["key"] for row in tx.rows(select(notices))] == ["drill:2"]
        assert [row["key"] for row in tx.rows(select(calls))] == ["drill:2"]
