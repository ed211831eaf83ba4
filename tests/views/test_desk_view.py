"""What the Desk's reads find: the counts of the beat, what is new, what is over, and what rises elsewhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from app.views import desk as view
from data.storage.store import Store
from data.storage.tables import readings
from tests.conftest import HandClock
from tests.factory import (
    Team,
    add_alert,
    add_opportunity,
    add_source,
    decided_opportunity,
    house_of,
    scheduled_draft,
    team_in,
)
from workflow import assess, mutes, triage
from workflow.topics import topic_id


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def add_reading(team: Team, topic: str, count: int, baseline: float | None, age: timedelta = timedelta()) -> None:
    with team.store.write() as tx:
        row = {"source_id": 1, "at": tx.now - age, "count": count, "baseline": baseline, "titles": []}
        row |= {"window_start": tx.now - timedelta(hours=24), "window_end": tx.now}
        tx.insert(insert(readings).values(topic_id=topic_id(tx, topic), **row))


def spiking(team: Team, topic: str, count: int) -> None:
    """More of a moment that has its alert."""
    with team.store.write() as tx:
        window = {"onset_at": tx.now, "window_start": tx.now - timedelta(hours=1), "window_end": tx.now}
        raised = triage.Raised(topic_id(tx, topic), count, 50.0, count / 50, why={}, **window)
        assert triage.raise_alert(tx, 1, raised) is None


def test_the_beat_counts_and_tells_what_is_new_to_the_reader(team: Team) -> None:
    ana = team.people["ana"]
    first, second, third = (add_alert(team.store, topic) for topic in ("iced tea", "hot tea", "tea cosy"))
    triage.claim(team.store, team.tokens["ana"], first)
    triage.snooze(team.store, team.tokens["ana"], second, 15)
    found = view.pulse(team.store, ana, known={first})
    assert (found.open, found.mine, found.snoozed, found.new) == (2, 1, 1, 1)
    assert view.pulse(team.store, ana, known={first, third}).new == 0
    assert view.pulse(team.store, team.people["ben"], known=()).mine == 0


def test_an_answered_moment_needs_nobody_any_more(team: Team, clock: HandClock, tmp_path: Path) -> None:
    ana = team.people["ana"]
    scheduled_draft(team, opportunity=decided_opportunity(team))
    assert len(view.read(team.store, ana).cards) == 1
    clock.forward(minutes=1)
    assert house_of(team, tmp_path).outbox().publish_due() == 1
    assert view.read(team.store, ana).cards == ()
    assert view.pulse(team.store, ana, known=()).open == 0
    assert [card.topic for card in view.read(team.store, ana, "answered").cards] == ["iced tea"]


def test_a_moment_that_doubles_after_our_answer_is_news(team: Team, clock: HandClock, tmp_path: Path) -> None:
    ana = team.people["ana"]
    scheduled_draft(team, opportunity=decided_opportunity(team))
    clock.forward(minutes=1)
    house_of(team, tmp_path).outbox().publish_due()
    (answered,) = view.read(team.store, ana, "answered").cards
    assert view.read(team.store, ana, known={answered.alert_id}).over == {answered.alert_id}
    clock.forward(minutes=90)
    other = add_alert(team.store, "Iced-Tea", 170)
    spiking(team, "iced tea", 5_000)
    found = view.read(team.store, ana)
    assert [card.alert_id for card in found.cards] == [other, answered.alert_id]
    assert view.pulse(team.store, ana, known=()).new == 2
    assert view.read(team.store, ana, "answered").cards == ()


def test_what_is_muted_and_shown_all_the_same_says_so(team: Team) -> None:
    ana, first = team.people["ana"], add_alert(team.store)
    spiking(team, "Iced-Tea", 170)
    mutes.mute(team.store, team.tokens["ana"], first, None, "Too loud.")
    (card,) = view.read(team.store, ana).cards
    assert card.muted is not None
    assert not card.muted.hides
    (line,) = view.read(team.store, ana).untold.mutes
    assert line.alerts == 0


def test_what_people_agreed_replaces_the_machines_suggestion(team: Team, clock: HandClock) -> None:
    alert = add_alert(team.store)
    opportunity = add_opportunity(team.store, alert, "cultural_moment")
    (before,) = view.read(team.store, team.people["ana"]).cards
    assert (before.decision, before.agreed, before.closes_at) == ("", False, None)
    for name in ("ana", "ben"):
        assess.assess(team.store, team.tokens[name], opportunity, 9, 3)
    (after,) = view.read(team.store, team.people["ana"]).cards
    assert (after.decision, after.agreed) == ("conditional_go", True)
    assert after.closes_at == clock.at + timedelta(hours=12)


def test_more_alerts_than_fit_are_counted_not_dropped_in_silence(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "MOST_CARDS", 2)
    for topic in ("one", "two", "three"):
        add_alert(team.store, topic)
    found = view.read(team.store, team.people["ana"])
    assert ([card.topic for card in found.cards], found.more, len(found.ids)) == (["three", "two"], 1, 3)


def test_trends_without_an_alert_are_listed_largest_first(team: Team) -> None:
    add_source(team.store, "Trends", kind="google_trends")
    add_reading(team, "cup final", 200_000, None)
    add_reading(team, "garden show", 20_000, 9_000.0, age=timedelta(minutes=30))
    add_reading(team, "garden show", 50_000, 9_000.0)
    add_reading(team, "yesterday's news", 90_000, None, age=timedelta(hours=3))
    add_reading(team, "iced tea", 70_000, None)
    add_alert(team.store, "iced tea")
    found = view.read(team.store, team.people["ana"]).elsewhere
    assert [(one.topic, one.count) for one in found] == [("cup final", 200_000), ("garden show", 50_000)]
    assert found[1].times == pytest.approx(50 / 9)


def test_a_reason_is_the_chosen_sentence_and_the_own_words() -> None:
    assert view.dismissal(view.REASONS[0], " On air now. ") == f"{view.REASONS[0]} On air now."
    assert view.dismissal("Something else, in my own words.", "Done before.") == "Done before."
    assert view.dismissal(None, "  ") == ""
