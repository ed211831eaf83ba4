"""The worker's order of things: darkness is looked for before anything leaves, and a failed look stops the sending."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import event, select

from app import worker as duties
from app.worker import Worker
from data.storage.tables import notices
from tests.factory import (
    add_alert,
    add_item,
    add_source,
    alert_state,
    draft_in_review,
    house_of,
    scheduled_draft,
    state_of,
    team_in,
)
from workflow import hold, triage

DARK_NEWS = "Bomb explodes in a crowded station, at least twelve people killed"


@pytest.fixture
def team(sqlite_store):
    return team_in(sqlite_store)


@pytest.fixture
def worker(team, tmp_path: Path):
    made = Worker(house_of(team, tmp_path))
    yield made
    made.fetcher.close()


def test_dark_news_that_has_just_come_in_stops_a_post_that_is_due(team, worker: Worker) -> None:
    draft_id = scheduled_draft(team)
    add_source(team.store, "News")
    add_item(team.store, DARK_NEWS, kind="news", region="GB")
    worker.publish()
    assert state_of(team, draft_id) == "held"


def test_while_nobody_can_look_nothing_leaves(team, worker: Worker, monkeypatch) -> None:
    draft_id = scheduled_draft(team)
    add_source(team.store, "News")
    add_item(team.store, "Garden show opens", kind="news")

    def broken(*_: object) -> tuple[int, ...]:
        raise RuntimeError("the judge is gone")

    with monkeypatch.context() as patch:
        patch.setattr(hold, "watch", broken)
        with pytest.raises(RuntimeError):
            worker.publish()
        assert state_of(team, draft_id) == "scheduled"
    worker.publish()
    assert state_of(team, draft_id) == "published"


def test_while_nobody_can_look_for_darkness_spikes_are_looked_for(team, worker: Worker, monkeypatch) -> None:
    looked = []

    def broken(*_: object) -> tuple[int, ...]:
        raise RuntimeError("the judge is gone")

    monkeypatch.setattr(hold, "watch", broken)
    monkeypatch.setattr(duties, "look_for_spikes", lambda *given: looked.append(given))
    add_source(team.store, "News")
    add_item(team.store, "Garden show opens", kind="news")
    for looks in (1, 2):
        with pytest.raises(RuntimeError):
            worker.watch()
        assert len(looked) == looks, "alerts fail open, and both are tried again"


def test_who_has_nothing_to_write_takes_no_lock(team, worker: Worker, clock) -> None:
    first = add_alert(team.store)
    worker.judge()
    triage.snooze(team.store, team.tokens["ana"], first, 60)
    begun: list[bool] = []
    event.listen(
        team.store.engine, "begin", lambda conn: begun.append(bool(conn.get_execution_options().get("tact_write")))
    )
    worker.judge()
    assert (any(begun), bool(begun)) == (False, True)
    clock.forward(minutes=61)
    worker.judge()
    assert alert_state(team, first) == triage.OPEN
    assert any(begun)


def test_a_draft_that_nobody_looks_at_is_brought_before_somebody(team, worker: Worker, clock) -> None:
    draft_in_review(team)
    clock.forward(minutes=6)
    worker.judge()
    with team.store.read() as tx:
        assert [row["kind"] for row in tx.rows(select(notices).where(notices.c.kind == "escalation"))]


def test_a_worker_that_has_nobody_to_tell_takes_no_lock(team, worker: Worker) -> None:
    begun: list[bool] = []
    event.listen(
        team.store.engine, "begin", lambda conn: begun.append(bool(conn.get_execution_options().get("tact_write")))
    )
    worker.tell()
    assert (any(begun), bool(begun)) == (False, True)
