"""Alerts that people trust: one for one moment, told again when it doubles, muted and noted without losing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import insert, select, update

from data.errors import BadInput, Refused
from data.storage import tables
from data.storage.store import Store
from data.storage.tables import alert_topics, alerts, brands, events, item_topics, items, monitors, verdicts
from tests.conftest import HandClock
from tests.factory import Team, add_alert, add_monitor, add_source, alert_state, team_in
from workflow import mutes, notes, quiet, triage
from workflow.topics import topic_id
from workflow.triage import Raised, raise_alert

QUIET = (time(22), time(8), tuple(range(7)))


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def spike(team: Team, topic: str, count: int = 160, **changes: object) -> int | None:
    """What the detector would hand over: the new alert's id, or None when another one took it in."""
    with team.store.write() as tx:
        about = topic_id(tx, topic)
        window = {"window_start": tx.now - timedelta(hours=1), "window_end": tx.now}
        why = {"sentence": f"{count} in the last hour."}
        raised = Raised(about, count, 50.0, count / 50, onset_at=tx.now, why=why, **window)  # type: ignore[arg-type]
        return raise_alert(tx, 1, replace(raised, **changes))  # type: ignore[arg-type]


def say(team: Team, numbers: Sequence[int], *about: str) -> None:
    """Posts with these numbers, each counted under all of these topics."""
    with team.store.write() as tx:
        topics = [topic_id(tx, one) for one in about]
        for number in numbers:
            row = {"source_id": 1, "external_id": f"{number} {about}", "kind": "mentions", "text": "", "weight": 1}
            row |= {"published_at": tx.now, "taken_in_at": tx.now, "fingerprint": f"{number} {about}", "extra": {}}
            item = tx.insert(insert(items).values(**row))
            tx.run(insert(item_topics), [{"item_id": item, "topic_id": topic} for topic in topics])


def alert(team: Team, alert_id: int):
    with team.store.read() as tx:
        return tx.row(select(alerts).where(alerts.c.id == alert_id))


def told(team: Team, kind: str) -> list[str]:
    with team.store.read() as tx:
        return [row["why"] for row in tx.rows(select(events).where(events.c.kind == kind).order_by(events.c.id))]


def topics_in(team: Team, alert_id: int) -> int:
    with team.store.read() as tx:
        here = (alert_topics.c.alert_id == alert_id) & alert_topics.c.split_at.is_(None)
        return len(tx.rows(select(alert_topics).where(here)))


@pytest.fixture
def moment(sqlite_store: Store) -> tuple[Team, int]:
    """An alert on the trade, and most of its posts name our brand as well."""
    return begun(team_in(sqlite_store))


def begun(team: Team) -> tuple[Team, int]:
    add_source(team.store)
    say(team, range(8), "iced tea", "Larkfield")
    say(team, range(8, 12), "iced tea")
    found = spike(team, "iced tea")
    assert found is not None
    return team, found


def test_the_same_posts_through_another_monitor_join_the_first_alert(store: Store) -> None:
    team, first = begun(team_in(store))
    triage.claim(team.store, team.tokens["ana"], first)
    assert spike(team, "Larkfield") is None
    assert spike(team, "Larkfield", 200) is None, "and what it counts from then on goes there too"
    assert (alert_state(team, first), topics_in(team, first)) == (triage.CLAIMED, 2)
    assert told(team, "alert_joined") == ["Larkfield: same posts: 100 % of them"]


def test_two_brands_with_posts_of_their_own_stay_two_alerts(moment: tuple[Team, int]) -> None:
    team, first = moment
    say(team, range(20, 32), "Moor & Vale")
    say(team, range(40, 44), "iced tea", "Moor & Vale")
    second = spike(team, "Moor & Vale")
    assert second not in (None, first)
    for name, one in (("ana", first), ("ben", second)):
        triage.claim(team.store, team.tokens[name], one)
    say(team, range(50, 99), "iced tea", "Moor & Vale")
    assert spike(team, "Moor & Vale", 400) is None
    assert (alert_state(team, first), alert_state(team, second)) == (triage.CLAIMED, triage.CLAIMED)
    assert topics_in(team, first) == 1, "two that live are never merged: each belongs to whoever claimed it"


def test_a_dismissal_swallows_no_other_name_by_common_posts(moment: tuple[Team, int]) -> None:
    team, first = moment
    triage.dismiss(team.store, team.tokens["ana"], first, "Not for us.")
    assert spike(team, "Larkfield") not in (None, first), "who waved the trade off has not seen what is in its posts"


def test_what_is_said_about_us_is_nobody_elses_moment(store: Store) -> None:
    team = team_in(store)
    for name in ("Larkfield", "Our tins", "Our lids"):
        add_monitor(store, name)
    _, first = begun(team)
    ours = spike(team, "Larkfield")
    assert ours not in (None, first), "an alert of its own, though all of its posts are the trade's as well"
    say(team, range(20, 29), "Larkfield", "Our tins")
    assert spike(team, "Our tins") is None, "two monitors of ours are one moment while people look at it"
    triage.snooze(store, team.tokens["ana"], ours, 60)
    say(team, range(30, 48), "Larkfield", "Our lids")
    assert spike(team, "Our lids") is not None, "and not behind what somebody put aside"


def test_another_spelling_with_twice_the_count_wakes_a_sleeping_moment(team: Team) -> None:
    first = add_alert(team.store, "iced tea", 100)
    triage.snooze(team.store, team.tokens["ana"], first, 60)
    assert spike(team, "Iced-Tea", 199) is None
    assert alert_state(team, first) == triage.SNOOZED
    assert spike(team, "Iced.Tea", 200) is None
    assert (alert_state(team, first), alert(team, first)["escalations"]) == (triage.OPEN, 1)


def test_another_spelling_joins_and_a_person_can_split_it_off_for_good(moment: tuple[Team, int], clock) -> None:
    team, first = moment
    assert spike(team, "Iced-Tea", 90) is None
    with team.store.read() as tx:
        topic = tx.value(select(alert_topics.c.topic_id).where(alert_topics.c.why != ""))
    with pytest.raises(Refused):
        triage.split_off(team.store, team.tokens["vic"], first, topic)
    second = triage.split_off(team.store, team.tokens["ana"], first, topic)
    assert (alert(team, second)["topic_id"], alert(team, second)["count"]) == (topic, 90)
    assert topics_in(team, first) == 1
    with pytest.raises(Refused, match="no part of this moment"):
        triage.split_off(team.store, team.tokens["ben"], first, topic)
    clock.forward(days=2)
    assert spike(team, "iced tea") is not None
    assert spike(team, "Iced-Tea") is not None, "what a person split does not join again"


def test_only_a_doubling_is_told_again_and_it_wakes_who_sleeps(team: Team, clock: HandClock) -> None:
    first = add_alert(team.store, "iced tea", 100)
    triage.claim(team.store, team.tokens["ana"], first)
    triage.snooze(team.store, team.tokens["ana"], first, 60)
    notes.add_note(team.store, team.tokens["ana"], first, "The singer held our can.")
    clock.forward(minutes=5)
    assert spike(team, "iced tea", 199) is None
    assert (alert_state(team, first), alert(team, first)["escalations"]) == (triage.SNOOZED, 0)
    assert spike(team, "iced tea", 200) is None
    row = alert(team, first)
    assert (row["state"], row["escalations"], row["escalated_at"]) == (triage.CLAIMED, 1, clock.at)
    assert row["claimed_by"] == team.people["ana"].id
    assert spike(team, "iced tea", 390) is None
    assert alert(team, first)["escalations"] == 1, "twice what was told last, not what was told first"
    assert spike(team, "iced tea", 400) is None
    assert alert(team, first)["escalations"] == 2
    with team.store.read() as tx:
        assert [one.text for one in notes.notes_on(tx, [first])[first]] == ["The singer held our can."]


def test_one_doubling_seen_by_two_monitors_is_told_once(moment: tuple[Team, int]) -> None:
    team, first = moment
    spike(team, "Larkfield", 100)
    assert spike(team, "iced tea", 330) is None
    assert spike(team, "Larkfield", 210) is None
    assert alert(team, first)["escalations"] == 1


def test_a_snooze_holds_for_new_events_however_long(team: Team, clock: HandClock) -> None:
    first = add_alert(team.store)
    triage.snooze(team.store, team.tokens["ana"], first, 24 * 60)
    clock.forward(hours=9)
    assert spike(team, "iced tea") is None
    assert alert_state(team, first) == triage.SNOOZED


def test_a_dismissal_holds_until_the_cool_down_is_over_or_the_count_has_doubled(team: Team, clock: HandClock) -> None:
    first = add_alert(team.store)
    triage.dismiss(team.store, team.tokens["ana"], first, "Not ours.")
    clock.forward(minutes=30)
    assert spike(team, "iced tea", 170) is None, "it flaps: told once"
    assert spike(team, "#Iced-Tea", 170) is None, "and under another name it is still what was waved off"
    assert alert(team, first)["dismissed_reason"] == "Not ours."
    assert spike(team, "iced tea", 330) is not None
    clock.forward(hours=7)
    assert spike(team, "iced tea", 170) is not None


def test_a_monitors_own_cool_down_counts(team: Team, clock: HandClock) -> None:
    add_monitor(team.store, "iced tea")
    with team.store.write() as tx:
        tx.run(update(monitors).values(cooldown_minutes=20))
    triage.dismiss(team.store, team.tokens["ana"], add_alert(team.store), "Not ours.")
    clock.forward(minutes=19)
    assert spike(team, "iced tea") is None
    clock.forward(minutes=2)
    assert spike(team, "iced tea") is not None


def hidden_now(team: Team) -> int:
    with team.store.read() as tx:
        return len(tx.rows(select(alerts.c.id).where(mutes.hidden(tx.now))))


def test_a_mute_hides_what_is_and_what_comes_until_it_ends(store: Store, clock: HandClock) -> None:
    team = team_in(store)
    first = add_alert(store)
    with pytest.raises(Refused):
        mutes.mute(store, team.tokens["vic"], first, None, "Too loud.")
    with pytest.raises(BadInput):
        mutes.mute(store, team.tokens["ana"], first, None, "  ")
    until = clock.at + timedelta(hours=12)
    mutes.mute(store, team.tokens["ana"], first, until, "The fair is on all week.")
    assert hidden_now(team) == 1
    clock.forward(hours=7)
    second = spike(team, "iced tea")
    assert hidden_now(team) == 2
    assert alert(team, second)["delivered_at"] is None
    assert spike(team, "iced tea", 400) is None
    assert alert(team, second)["escalations"] == 1, "hidden, and counted all the same"
    team.sign_in_again()
    with pytest.raises(Refused, match="muted already"):
        mutes.mute(store, team.tokens["ben"], first, None, "Me too.")
    clock.at = until
    assert hidden_now(team) == 0, "over on the minute, whether a worker runs or not"
    with store.write() as tx:
        mutes.end_mutes(tx)
        assert quiet.deliver(tx) == 1
    assert len(told(team, "mute_ended")) == 1
    assert told(team, "muted") == ["The fair is on all week."]


def test_unmuting_brings_living_alerts_back(team: Team) -> None:
    first = add_alert(team.store)
    mute = mutes.mute(team.store, team.tokens["ana"], first, None, "Too loud.")
    mutes.unmute(team.store, team.tokens["ben"], mute)
    assert hidden_now(team) == 0
    with pytest.raises(Refused):
        mutes.unmute(team.store, team.tokens["ben"], mute)
    assert len(told(team, "unmuted")) == 1


def test_muting_a_topic_hides_no_falling_mood_unless_that_is_muted_too(team: Team) -> None:
    mutes.mute(team.store, team.tokens["ana"], add_alert(team.store), None, "Too loud.")
    mood = spike(team, "iced tea", 40, kind=triage.SENTIMENT)
    assert mood is not None
    assert hidden_now(team) == 1
    mutes.mute(team.store, team.tokens["ana"], mood, None, "We know; the recall is on.")
    assert hidden_now(team) == 2


def test_nothing_that_people_would_hear_of_vanishes_behind_a_mute(moment: tuple[Team, int]) -> None:
    team, first = moment
    mutes.mute(team.store, team.tokens["ana"], first, None, "Too loud.")
    assert spike(team, "Larkfield") is not None


def test_a_mute_hides_nothing_that_joined_before_it(store: Store, clock: HandClock) -> None:
    team, first = begun(team_in(store))
    assert spike(team, "Larkfield") is None
    mutes.mute(store, team.tokens["ana"], first, None, "The trade is boring.")
    assert hidden_now(team) == 0
    clock.forward(minutes=30)
    assert spike(team, "Larkfield", 3_000) is None
    assert (hidden_now(team), alert(team, first)["escalations"]) == (0, 1)
    with store.write() as tx:
        row = {"topic_id": topic_id(tx, "Larkfield"), "opened_at": tx.now, "opened_by": 1, "why": "This too."}
        tx.insert(insert(tables.mutes).values(**row, kind="spike"))
    assert hidden_now(team) == 1, "hidden once everything in it is muted"


def test_what_a_long_mute_kept_is_told_when_it_ends(store: Store, clock: HandClock) -> None:
    team = team_in(store)
    mutes.mute(store, team.tokens["ana"], add_alert(store), clock.at + timedelta(days=20), "The fair is on.")
    clock.forward(hours=7)
    kept = spike(team, "iced tea")
    clock.forward(days=20)
    with store.write() as tx:
        assert (mutes.any_over(tx), quiet.anything_to_tell(tx)) == (True, True)
        mutes.end_mutes(tx)
        assert quiet.deliver(tx) == 1
    assert alert(team, kept)["delivered_at"] == clock.at


def test_notes_survive_whatever_happens_to_the_alert(team: Team, clock: HandClock) -> None:
    first, ana = add_alert(team.store), team.tokens["ana"]
    notes.add_note(team.store, ana, first, " Their agency called. ")
    for words in ("", "x" * 2_001):
        with pytest.raises(BadInput):
            notes.add_note(team.store, ana, first, words)
    with pytest.raises(Refused):
        notes.add_note(team.store, team.tokens["vic"], first, "Hello")
    clock.forward(minutes=5)
    spike(team, "iced tea", 170)
    triage.snooze(team.store, ana, first, 15)
    triage.dismiss(team.store, ana, first, "Not ours.")
    notes.add_note(team.store, team.tokens["ben"], first, "They called again.")
    with team.store.read() as tx:
        kept = notes.notes_on(tx, [first])[first]
    assert [(one.who, one.text) for one in kept] == [("Ana", "Their agency called."), ("Ben", "They called again.")]


def test_quiet_hours_keep_what_can_wait_and_tell_it_afterwards(store: Store, clock: HandClock) -> None:
    team = team_in(store)
    with pytest.raises(Refused):
        quiet.set_quiet_hours(store, team.tokens["ana"], QUIET, None)
    quiet.set_quiet_hours(store, team.tokens["max"], QUIET, None)
    with pytest.raises(Refused, match="meanwhile"):
        quiet.set_quiet_hours(store, team.tokens["lea"], None, None)
    clock.forward(hours=14)  # 23:00
    add_monitor(store, "Us")
    kept, dark = spike(team, "iced tea"), spike(team, "station")
    mood = spike(team, "Us", kind=triage.SENTIMENT)
    by_hand = spike(team, "seen", insist=True)
    assert [alert(team, one)["delivered_at"] for one in (kept, dark)] == [None, None]
    assert {alert(team, one)["delivered_at"] for one in (mood, by_hand)} == {clock.at}
    with store.write() as tx:
        row = {"alert_id": dark, "at": tx.now, "scorer": "t", "sentiment": {}, "tragedy": "hold", "probability": 0.9}
        row |= {"relevance": 1.0, "interest": 1.0, "relevance_why": "", "interest_why": "", "quadrant": ""}
        tx.insert(insert(verdicts).values(**row, decision="no_go", category="tragedy", reasons=[]))
    with store.write() as tx:
        assert quiet.deliver(tx) == 1, "what the judge found dark does not wait"
        assert (quiet.anything_kept(tx), quiet.anything_to_tell(tx)) == (True, False)
    clock.forward(hours=9)  # 08:00
    with store.write() as tx:
        assert (quiet.deliver(tx), quiet.deliver(tx)) == (1, 0)
        assert not quiet.anything_kept(tx)
    assert alert(team, kept)["delivered_at"] == clock.at
    assert len(told(team, "alert_delivered")) == 2


def test_quiet_hours_that_make_no_sense_are_refused(team: Team) -> None:
    max_ = team.tokens["max"]
    for wrong in ((time(8), time(8), (1,)), (time(22), time(8), ()), (time(22), time(8), (7,))):
        with pytest.raises(BadInput):
            quiet.set_quiet_hours(team.store, max_, wrong, None)
    quiet.set_quiet_hours(team.store, max_, QUIET, None)
    with team.store.read() as tx:
        kept = quiet.hours_of(tx, 1)
        assert tx.value(select(brands.c.settings))["send_delay_seconds"] == 0, "the other settings stay"
    quiet.set_quiet_hours(team.store, max_, None, kept)
    with team.store.read() as tx:
        assert quiet.hours_of(tx, 1) is None
