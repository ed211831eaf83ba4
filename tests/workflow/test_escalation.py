"""When nobody looks at a draft in review: the next person, then the leads, each step once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import time
from threading import Barrier

import pytest
from sqlalchemy import select

from data.storage.store import Store
from data.storage.tables import events, notices, people
from tests import factory as f
from tests.conftest import HandClock
from workflow import approve, draft, rota
from workflow.draft import Writing
from workflow.escalation import anything_to_escalate, escalate
from workflow.looks import note_look
from workflow.rules.approvals import Decision

POST = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


@pytest.fixture
def plain(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


def put(team: f.Team, name: str, start: int, end: int) -> None:
    rota.add_shift(team.store, team.tokens["max"], team.people[name].id, range(7), time(start), time(end), "UTC")


def run(team: f.Team) -> int:
    with team.store.read() as tx:
        due = anything_to_escalate(tx)
    with team.store.write() as tx:
        taken = escalate(tx)
    assert due == bool(taken)
    return taken


def told(team: f.Team) -> list[str]:
    with team.store.read() as tx:
        rows = select(people.c.username).join(notices, notices.c.person_id == people.c.id)
        return [row["username"] for row in tx.rows(rows.where(notices.c.kind == "escalation").order_by(notices.c.id))]


def steps(team: f.Team) -> list[int]:
    with team.store.read() as tx:
        return [row["detail"]["step"] for row in tx.rows(select(events).where(events.c.kind == "draft_escalated"))]


def test_the_next_person_then_the_leads_and_each_step_once(team: f.Team, clock: HandClock) -> None:
    put(team, "ana", 0, 0)
    put(team, "lea", 8, 12)
    put(team, "pia", 14, 16)
    put(team, "max", 18, 20)
    f.draft_in_review(team, POST)  # Lea is asked at once
    assert run(team) == 0
    clock.forward(minutes=5)
    assert [run(team), run(team)] == [1, 0]
    assert told(team) == ["pia"]  # not on duty yet, but next
    clock.forward(minutes=5)
    assert [run(team), run(team)] == [1, 0]
    assert told(team) == ["pia", "lea"]
    clock.forward(minutes=60)
    assert [run(team), run(team)] == [1, 0]  # all of its time is over: the leads once more, and then no more
    assert steps(team) == [1, 2, 3]


def test_two_looks_stop_it_and_one_does_not(plain: f.Team, clock: HandClock) -> None:
    draft_id = f.draft_in_review(plain, POST)
    clock.forward(minutes=4)
    note_look(plain.store, plain.tokens["lea"], draft_id, 1)
    clock.forward(minutes=1)
    assert run(plain) == 1
    with plain.store.read() as tx:
        assert tx.value(select(notices.c.text).where(notices.c.kind == "escalation")).startswith("Only one person")
    f.sign(plain, "max", draft_id)  # who signed has looked
    clock.forward(minutes=9)
    assert run(plain) == 0
    clock.forward(minutes=1)  # all of its time is over, and one signature is still missing
    assert [run(plain), run(plain)] == [1, 0]


def test_whoever_came_on_duty_since_is_told_before_who_comes_later(plain: f.Team, clock: HandClock) -> None:
    put(plain, "ana", 0, 0)
    put(plain, "lea", 8, 10)
    put(plain, "pia", 14, 16)
    clock.at = clock.at.replace(hour=9, minute=58)
    plain.sign_in_again()
    f.draft_in_review(plain, POST)
    put(plain, "max", 10, 18)
    clock.forward(minutes=6)
    run(plain)
    assert told(plain) == ["max"]


def test_a_draft_that_comes_back_is_a_new_wait(plain: f.Team, clock: HandClock) -> None:
    draft_id = f.draft_in_review(plain, POST)
    clock.forward(minutes=11)
    assert run(plain) == 1
    approve.sign(plain.store, plain.tokens["lea"], draft_id, f.hash_of(plain, draft_id), Decision.CHANGES, "Shorter.")
    assert run(plain) == 0
    draft.submit(plain.store, plain.scorer, plain.tokens["ana"], draft_id, 1)
    assert run(plain) == 0  # the look of before was at another asking, and its steps too
    clock.forward(minutes=5)
    assert run(plain) == 1
    assert steps(plain) == [2, 1]


def test_four_workers_take_a_step_once(team: f.Team, clock: HandClock) -> None:
    f.draft_in_review(team, POST)
    clock.forward(minutes=5)

    def work(_: int) -> int:
        with team.store.read() as tx:
            assert anything_to_escalate(tx)
        together.wait()
        with team.store.write() as tx:
            return escalate(tx)

    together = Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(work, range(4))) == [0, 0, 0, 1]
    assert steps(team) == [1]
