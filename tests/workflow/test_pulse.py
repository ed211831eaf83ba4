"""The brand's own pulse, from what the watch keeps, and the crisis that the judge hears in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from data.storage.store import Store
from data.storage.tables import baselines, counts, monitors, tone_hours
from scoring.contract import Pulse
from scoring.crisis import in_crisis
from tests.conftest import HandClock
from tests.factory import Team, add_monitor, add_source, scheduled_draft, team_in
from workflow.checking import judge_draft
from workflow.draft import Writing
from workflow.lifecycle import draft_row
from workflow.pulse import pulse_of


@pytest.fixture
def team(store: Store) -> Team:
    add = team_in(store)
    add_source(store)
    return add


def heard(store: Store, clock: HandClock, topic: int, count: int, read: int, negative: int) -> None:
    """An hour with `count` mentions, of which `negative` of `read` are negative, after two days of calm."""
    now = clock.at.replace(minute=0, second=0, microsecond=0)
    calm = [
        {"topic_id": topic, "hour": now - timedelta(hours=ago), "scored": 20, "negative": 2} for ago in range(2, 50)
    ]
    with store.write() as tx:
        tx.run(insert(counts).values(topic_id=topic, source_id=1, minute=clock.at - timedelta(minutes=9), count=count))
        tx.run(insert(counts).values(topic_id=topic, source_id=1, minute=clock.at - timedelta(hours=3), count=9_999))
        known = {"level": 40.0, "low": 20.0, "high": 60.0, "hours": 600, "detail": {}}
        tx.run(insert(baselines).values(topic_id=topic, hour=now, **known))
        tx.run(insert(tone_hours), [*calm, {"topic_id": topic, "hour": now, "scored": read, "negative": negative}])


def test_the_sample_speaks_for_all_mentions_of_the_hour(team: Team, clock: HandClock) -> None:
    heard(team.store, clock, add_monitor(team.store), count=120, read=40, negative=30)
    with team.store.read() as tx:
        pulse = pulse_of(tx)
    assert pulse is not None
    assert (pulse.count, pulse.negative, pulse.usual_count) == (120, 90, 40.0)
    assert pulse.usual_share == pytest.approx(0.1)
    assert in_crisis(pulse)


def test_another_monitors_anger_is_not_ours(team: Team, clock: HandClock) -> None:
    heard(team.store, clock, add_monitor(team.store), count=120, read=40, negative=30)
    with team.store.write() as tx:
        tx.run(update(monitors).values(kind="competitor"))
    with team.store.read() as tx:
        assert pulse_of(tx) is None


def test_a_brand_in_a_crisis_by_numbers_sells_nothing(sqlite_store: Store, clock: HandClock) -> None:
    team = team_in(sqlite_store)
    add_source(sqlite_store)
    selling = Writing("Our summer tea is here.", regions=("GB",), reactive=False, promotional=True)
    draft_id = scheduled_draft(team, selling)
    with sqlite_store.read() as tx:
        assert judge_draft(tx, draft_row(tx, draft_id), team.scorer) == ()
    heard(sqlite_store, clock, add_monitor(sqlite_store), count=120, read=40, negative=30)
    with sqlite_store.read() as tx:
        (reason,) = judge_draft(tx, draft_row(tx, draft_id), team.scorer)
    assert reason.code == "brand_crisis"
    assert "120 mentions in the last hour, usual are 40; 75% of them negative, usual are 10%" in reason.evidence


@pytest.mark.parametrize(
    ("pulse", "crisis"),
    [
        (Pulse(120, 90, 40.0, 0.1), True),
        (Pulse(80, 32, 40.0, 0.1), True),
        (Pulse(79, 70, 40.0, 0.1), False),  # angry, and no louder than on other days
        (Pulse(400, 40, 40.0, 0.1), False),  # loud, and as friendly as ever
        (Pulse(80, 31, 40.0, 0.1), False),
        (Pulse(80, 40, 40.0, 0.3), False),  # always half angry
        (Pulse(9, 9, 2.0, 0.1), False),  # nine people
        (Pulse(120, 90, None, 0.1), False),
        (Pulse(120, 90, 40.0, None), False),
        (Pulse(0, 0, 0.0, 0.0), False),
        (None, False),
    ],
)
def test_a_crisis_is_when_both_are_up(pulse: Pulse | None, crisis: bool) -> None:
    assert in_crisis(pulse) is crisis
