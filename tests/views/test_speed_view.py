"""How fast a moment goes: on the card that ticks, and with what may come on its page – at the cost of one read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from app.views import desk, moment
from app.views.speed import in_words
from data.storage.store import Store
from monitors.intake import add_count
from tests.conftest import HandClock
from tests.factory import Team, add_alert, add_monitor, add_source, team_in
from workflow import mutes


@pytest.fixture
def team(sqlite_store: Store, clock: HandClock) -> Team:
    """Five days of ten an hour on two monitors, and one of them has brought four a minute for twenty minutes."""
    team = team_in(sqlite_store)
    add_source(sqlite_store)
    topics = [add_monitor(sqlite_store, name, (name,)) for name in ("iced tea", "hot tea")]
    with sqlite_store.write() as tx:
        for topic in topics:
            for hour in range(1, 5 * 24):
                add_count(tx, topic, 1, clock.at - timedelta(hours=hour, minutes=5), 10)
        for minute in range(20):
            add_count(tx, topics[0], 1, clock.at - timedelta(minutes=minute), 4)
    for name in ("iced tea", "hot tea"):
        add_alert(sqlite_store, name, 80, 10.0)
    return team


def test_a_card_says_how_fast_it_goes_and_what_may_come(team: Team) -> None:
    cards = desk.read(team.store, team.people["ana"]).cards
    going = desk.pulse(team.store, team.people["ana"], (), cards).speeds
    loud, calm = (next(card for card in cards if card.topic == topic) for topic in ("iced tea", "hot tea"))
    assert in_words(going[loud.alert_id]).startswith(
        "**4.0 a minute** and rising · began 13 min ago · next hour about "
    )
    first = going[loud.alert_id].ahead[0]
    assert first.low < first.expected < first.high
    assert calm.alert_id not in going, "where nothing was counted of late nothing is made up"


def test_the_beat_reads_as_little_for_many_cards_as_for_one(team: Team) -> None:
    asked: list[str] = []
    event.listen(team.store.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    cards = desk.read(team.store, team.people["ana"]).cards
    costs = []
    for drawn in (cards[:1], cards):
        asked.clear()
        desk.pulse(team.store, team.people["ana"], (), drawn)
        costs.append(len([one for one in asked if one.lstrip().startswith("SELECT alerts") or "counts" in one]))
    assert costs == [2, 2]


def test_the_page_draws_the_hours_to_come_and_not_those_of_an_old_moment(team: Team, clock: HandClock) -> None:
    ana = team.people["ana"]
    volume = moment.read(team.store, ana, 1).volume
    assert volume.going is not None
    assert len(volume.going.ahead) == 3
    clock.forward(hours=9)
    assert moment.read(team.store, ana, 1).volume.going is None


def test_what_a_mute_hides_is_counted_apart(team: Team) -> None:
    mutes.mute(team.store, team.tokens["ana"], 1, None, "Too loud.")
    ben = team.people["ben"]
    found = desk.pulse(team.store, ben, ())
    assert (found.open, found.muted) == (1, 1)
    page = desk.read(team.store, ben)
    assert [card.topic for card in page.cards] == ["hot tea"]
    assert [(one.topic, one.alerts, one.who) for one in page.untold.mutes] == [("iced tea", 1, "Ana")]
    assert [card.topic for card in desk.read(team.store, ben, "muted").cards] == ["iced tea"]
