"""The schedule: when a signed post leaves, and what becomes of one that nobody signed in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from data.storage.store import Store
from tests import factory as f
from tests.conftest import HandClock
from workflow import schedule
from workflow.draft import Writing

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


def test_as_soon_as_it_is_signed_still_leaves_the_brands_delay(team: f.Team, clock: HandClock) -> None:
    with team.store.write() as tx:
        from data.storage.tables import brands

        tx.run(brands.update().values(settings={"send_delay_seconds": 90}))
    draft_id = f.scheduled_draft(team)
    with team.store.read() as tx:
        post = schedule.live_post(tx, draft_id)
    assert post is not None
    assert post["publish_at"] == clock.at + timedelta(seconds=90)


def test_a_planned_time_is_kept_with_the_wall_clock_of_its_zone(team: f.Team, clock: HandClock) -> None:
    planned = replace(WORDS, planned_for=clock.at + timedelta(hours=5), zone="America/New_York")
    draft_id = f.scheduled_draft(team, planned)
    with team.store.read() as tx:
        post = schedule.live_post(tx, draft_id)
        assert schedule.next_due(tx) == planned.planned_for
    assert post is not None
    assert (post["wall_clock"], post["zone"]) == ("2026-03-02 09:00", "America/New_York")


def test_unsigned_at_its_time_it_expires_and_not_a_second_before(team: f.Team, clock: HandClock) -> None:
    draft_id = f.draft_in_review(team, replace(WORDS, planned_for=clock.at + timedelta(hours=1)))
    f.sign(team, "lea", draft_id)
    clock.forward(minutes=59, seconds=59)
    with team.store.write() as tx:
        assert schedule.expire_unsigned(tx) == 0
    clock.forward(seconds=1)
    with team.store.write() as tx:
        assert schedule.expire_unsigned(tx) == 1
    assert f.state_of(team, draft_id) == "expired"


def test_a_draft_without_a_time_never_expires(team: f.Team, clock: HandClock) -> None:
    draft_id = f.draft_in_review(team)
    clock.forward(days=30)
    with team.store.write() as tx:
        assert schedule.expire_unsigned(tx) == 0
    assert f.state_of(team, draft_id) == "in_review"
