"""What the Moment page's read finds: the day's sums, the clocks, the story, and nothing that breaks blindness."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from app.views import moment as view
from app.views.moment_clock import clocks, ticking
from data.errors import BadInput
from data.reference import playbook
from data.storage.store import Store
from data.storage.tables import alerts, counts, readings
from tests.conftest import HandClock
from tests.factory import Team, add_alert, add_monitor, add_opportunity, add_source, team_in, topic_named
from workflow import assess, triage
from workflow.rules.windows import Band


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def count(team: Team, topic: int, minutes_ago: dict[int, int]) -> None:
    with team.store.write() as tx:
        for ago, number in minutes_ago.items():
            values = {"topic_id": topic, "source_id": 1, "minute": tx.now - timedelta(minutes=ago), "count": number}
            tx.run(insert(counts).values(**values))


def test_the_chart_sums_ten_minutes_and_trailing_hours(team: Team, clock: HandClock) -> None:
    add_source(team.store)
    topic = add_monitor(team.store, "iced tea")
    count(team, topic, {0: 5, 9: 2, 10: 1, 59: 4, 60: 8, 24 * 60 + 30: 16})
    volume = view.read(team.store, team.people["ana"], add_alert(team.store)).volume
    assert volume.counted
    assert len(volume.tens) == len(volume.hours) == 144
    assert volume.tens[-1].at == clock.at + timedelta(minutes=1)
    assert [point.value for point in volume.tens[-3:]] == [0, 1, 7]
    assert volume.hours[-1].value == 12
    assert volume.hours[-2].value == 13
    assert volume.hours[0].value == 16, "the first hour reaches back before the day"


def test_a_trend_source_shows_its_own_readings_and_never_their_sum(team: Team, clock: HandClock) -> None:
    add_source(team.store, "Trends", kind="google_trends")
    alert = add_alert(team.store, "cup final", 20_000, 2_000.0)
    topic = topic_named(team.store, "cup final")
    for number in (8_000, 20_000):
        with team.store.write() as tx:
            row = {"source_id": 1, "at": tx.now, "count": number, "baseline": 2_000.0, "titles": []}
            tx.insert(insert(readings).values(topic_id=topic, window_start=tx.now, window_end=tx.now, **row))
        clock.forward(minutes=10)
    volume = view.read(team.store, team.people["ana"], alert).volume
    assert not volume.counted
    assert [point.value for point in volume.hours] == [8_000, 20_000]
    assert volume.usual is not None
    assert volume.usual.alert_at == 6_000


def test_an_old_moment_is_drawn_as_it_was(team: Team, clock: HandClock) -> None:
    add_monitor(team.store, "iced tea")
    alert = add_alert(team.store)
    clock.forward(hours=72)
    volume = view.read(team.store, team.people["ana"], alert).volume
    assert volume.hours[-1].at < clock.at - timedelta(hours=65)
    assert volume.usual is not None
    assert (volume.usual.level, volume.usual.low, volume.usual.high) == (50, 40, 60)


def test_the_story_and_the_count_of_points_wait_until_ones_own_are_in(team: Team) -> None:
    alert = add_alert(team.store)
    opportunity = add_opportunity(team.store, alert, "cultural_moment")
    before = view.read(team.store, team.people["ben"], alert)
    assess.assess(team.store, team.tokens["ana"], opportunity, 9, 8)
    ben, ana, vic = (view.read(team.store, team.people[name], alert) for name in ("ben", "ana", "vic"))
    assert ben.history == before.history
    assert ben.stamp == before.stamp
    assert ben.round == before.round
    assert vic.history == before.history
    assert [one.what for one in ana.history if one.who == "Ana"] == ["gave scores"]
    assess.assess(team.store, team.tokens["ben"], opportunity, 8, 8)
    after = view.read(team.store, team.people["vic"], alert)
    assert after.stamp != before.stamp
    assert [one.what for one in after.history[:3]] == ["completed the decision", "gave scores", "gave scores"]
    assert after.agreed is not None
    assert (after.agreed.relevance, after.agreed.interest, after.agreed.cell.decision) == (8.5, 8.0, "go")


def test_the_beat_tells_that_somebody_did_something(team: Team) -> None:
    alert = add_alert(team.store)
    drawn = view.read(team.store, team.people["ana"], alert)
    assert view.beat(team.store, drawn.card).stamp == drawn.stamp
    triage.claim(team.store, team.tokens["ben"], alert)
    assert view.beat(team.store, drawn.card).stamp != drawn.stamp


def test_only_web_addresses_survive_as_links(team: Team, clock: HandClock) -> None:
    alert = add_alert(team.store)
    bad, good = "javascript:alert(1)", "https://mastodon.example/@a/1"
    told = [{"text": "x", "url": url, "author": "", "at": clock.at.isoformat()} for url in (bad, good)]
    with team.store.write() as tx:
        why = tx.value(select(alerts.c.why))
        tx.run(update(alerts).values(why=why | {"samples": told}))
    found = view.read(team.store, team.people["ana"], alert).samples
    assert [(one.url, one.host) for one in found] == [("", ""), (good, "mastodon.example")]


def test_an_unknown_alert_is_a_sentence(team: Team) -> None:
    with pytest.raises(BadInput, match="no such alert"):
        view.read(team.store, team.people["ana"], 7)


def test_the_clocks_of_a_platform(team: Team, clock: HandClock) -> None:
    card = view.read(team.store, team.people["ana"], add_alert(team.store)).card
    raised = clock.at

    def told(platform: str, minutes: int) -> list[tuple[str, Band]]:
        found = clocks(card, playbook(platform), raised + timedelta(minutes=minutes))
        return [(ticking(one.left), one.band) for one in found]

    assert told("x", 5) == [("13:00", Band.IN_TIME), ("1 h 55 min", Band.IN_TIME)]
    assert told("x", 30) == [("0:00", Band.LATE), ("1 h 30 min", Band.LATE)]
    assert told("x", 121) == [("0:00", Band.CLOSED), ("0:00", Band.CLOSED)]
    assert told("linkedin", 500) == [("0:00", Band.LATE)]
