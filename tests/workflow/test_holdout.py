"""The holdout: drawn once, before a word is written, kept by the use case, broken only with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from data.errors import BadInput, Refused
from data.storage.store import Store
from data.storage.tables import brands, events, holdouts, hour_counts, opportunities
from tests import factory as f
from tests.conftest import HandClock
from workflow import draft
from workflow.draft import Writing
from workflow.measuring import holdout

WORDS = Writing(text="A quiet cup for a loud day.")


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


def share(team: f.Team, value: float) -> None:
    holdout.set_share(team.store, team.tokens["max"], value, seen=0.0)


def drawn(team: f.Team, opportunity_id: int, draw: float) -> holdout.Silence | None:
    with team.store.write() as tx:
        holdout.draw(tx, opportunity_id, lambda: draw)
    with team.store.read() as tx:
        return holdout.silence_over(tx, opportunity_id)


def test_without_a_share_no_moment_is_drawn(team: f.Team) -> None:
    moment = f.decided_opportunity(team)
    with team.store.read() as tx:
        assert tx.row(select(holdouts)) is None
    assert draft.start(team.store, team.tokens["ana"], WORDS, moment)


def test_deciding_a_go_draws_and_the_event_row_says_what(team: f.Team) -> None:
    share(team, 0.5)
    moment = f.decided_opportunity(team)
    with team.store.read() as tx:
        row = tx.row(select(holdouts).where(holdouts.c.opportunity_id == moment))
        told = tx.row(select(events).where(events.c.kind == "holdout_drawn"))
    assert row is not None
    assert told is not None
    assert row["silent"] == (row["draw"] < 0.5)
    assert (told["subject_id"], told["after"]) == (moment, "silent" if row["silent"] else "speak")


def test_nobody_writes_about_a_silent_moment_before_somebody_who_leads_gives_a_reason(team: f.Team) -> None:
    moment = f.decided_opportunity(team)
    share(team, 0.3)
    assert drawn(team, moment, 0.29) is not None
    with pytest.raises(Refused) as refused:
        draft.start(team.store, team.tokens["ana"], WORDS, moment)
    assert refused.value.codes == ("left_alone",)
    with pytest.raises(Refused):
        holdout.speak_all_the_same(team.store, team.tokens["ana"], moment, "Our own product is asked about.")
    with pytest.raises(BadInput):
        holdout.speak_all_the_same(team.store, team.tokens["lea"], moment, "because")
    holdout.speak_all_the_same(team.store, team.tokens["lea"], moment, "Our own product is asked about.")
    assert draft.start(team.store, team.tokens["ana"], WORDS, moment)
    with team.store.read() as tx:
        silence = holdout.silence_over(tx, moment)
    assert silence is not None
    assert (silence.stands, silence.reason) == (False, "Our own product is asked about.")


def test_a_moment_is_drawn_once_and_never_after_a_word_was_written(team: f.Team) -> None:
    first, second = f.decided_opportunity(team), f.decided_opportunity(team, "kettles")
    share(team, 0.5)
    assert drawn(team, first, 0.9) is None
    assert drawn(team, first, 0.1) is None, "a second draw changes nothing"
    draft.start(team.store, team.tokens["ana"], WORDS, second)
    assert drawn(team, second, 0.1) is None


def test_only_a_manager_chooses_the_share_and_only_what_was_on_the_screen_is_replaced(team: f.Team) -> None:
    with pytest.raises(Refused):
        holdout.set_share(team.store, team.tokens["lea"], 0.2, seen=0.0)
    with pytest.raises(BadInput):
        holdout.set_share(team.store, team.tokens["max"], 0.6, seen=0.0)
    share(team, 0.2)
    with pytest.raises(Refused) as refused:
        holdout.set_share(team.store, team.tokens["max"], 0.1, seen=0.0)
    assert refused.value.codes == ("stale_screen",)
    with team.store.read() as tx:
        settings = tx.value(select(brands.c.settings))
        assert holdout.share_of(tx) == 0.2
    assert settings["holdout_share"] == 0.2


def test_the_days_after_are_held_against_the_same_hours_of_the_weeks_before(team: f.Team, clock: HandClock) -> None:
    """24 mentions a day are usual; after the spoken ones come 49, after the silent ones 24: (49 + 1) / (24 + 1) = 2."""
    f.add_source(team.store)
    topic = f.add_monitor(team.store)
    _talk(team, topic, clock, range(-28 * 24, 0), 1)
    share(team, 0.5)
    for number in range(20):
        _one_day(team, topic, clock, number)
    with team.store.read() as tx:
        found = holdout.result(tx)
    assert (found.spoken, found.silent) == (10, 10)
    assert found.lift == pytest.approx(1.0, abs=0.35), "earlier days are among the weeks before of later ones"
    assert found.says


def test_a_day_counts_when_its_last_hour_is_over(team: f.Team, clock: HandClock) -> None:
    """It begins with the full hour after the decision: read earlier, its end would be missing from what came after."""
    f.add_source(team.store)
    topic = f.add_monitor(team.store)
    _talk(team, topic, clock, range(-14 * 24, 0), 1)
    share(team, 0.5)
    alert = f.add_alert(team.store, "a topic")
    clock.forward(minutes=10)
    with team.store.write() as tx:
        row = {"alert_id": alert, "state": "decided", "round": 1, "category": "cultural_moment"}
        moment = tx.insert(insert(opportunities).values(**row, opened_at=tx.now, decided_at=tx.now))
        holdout.draw(tx, moment, lambda: 0.9)
    counted = []
    for minutes in (24 * 60 + 5, 60):
        clock.forward(minutes=minutes)
        with team.store.read() as tx:
            counted.append(holdout.result(tx).spoken)
    assert counted == [0, 1]


def _talk(team: f.Team, topic: int, clock: HandClock, hours: Sequence[int], count: int) -> None:
    rows = [
        {"topic_id": topic, "source_id": 1, "hour": clock() + timedelta(hours=one), "count": count} for one in hours
    ]
    with team.store.write() as tx:
        tx.run(insert(hour_counts), rows)


def _one_day(team: f.Team, topic: int, clock: HandClock, number: int) -> None:
    alert = f.add_alert(team.store, f"topic {number}")
    with team.store.write() as tx:
        row = {"alert_id": alert, "state": "decided", "round": 1, "category": "cultural_moment"}
        moment = tx.insert(insert(opportunities).values(**row, opened_at=tx.now, decided_at=tx.now))
        holdout.draw(tx, moment, lambda: 0.9 if number % 2 else 0.1)
    loud = 2 if number % 2 else 1
    _talk(team, topic, clock, range(1, 25), loud)
    clock.forward(days=2)
    _talk(team, topic, clock, range(-23, 1), 1)
