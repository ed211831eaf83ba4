"""Warnings that end: they open nothing any more, an open hold names them, and letting go stays with two people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from data.errors import Refused
from data.storage.store import Store
from data.storage.tables import events, hold_lifts
from scoring.contract import Scope, Warning
from scoring.warnings import ended
from tests.conftest import HandClock
from tests.factory import Team, add_item, add_source, agree, scheduled_draft, state_of, team_in
from workflow import accounts, hold

WORDS = "Storm warning until noon"


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    add_source(sqlite_store, "Weather")
    return team_in(sqlite_store)


def warn(team: Team, clock: HandClock, name: str, *, over: bool = False, text: str = WORDS, hours: float = 3) -> None:
    extra = {"agency": "Met", "event": "Storm", "severity": "Severe", "area": "the hill", "cancelled": over}
    extra |= {"expires": (clock.at + timedelta(hours=hours)).isoformat()}
    add_item(team.store, text, kind="official", external_id=name, region="GB", published_at=clock.at, extra=extra)


def only_hold(team: Team) -> hold.OpenHold:
    with team.store.read() as tx:
        (found,) = hold.open_holds(tx)
    return found


def test_a_cancelled_warning_opens_nothing(team: Team, clock: HandClock) -> None:
    warn(team, clock, "1")
    clock.forward(minutes=1)
    warn(team, clock, "1 over", over=True, text="No longer in force: Storm")

    assert hold.watch(team.store, team.scorer) == ()


def test_an_open_hold_names_what_was_cancelled_and_stays_on(team: Team, clock: HandClock) -> None:
    post = scheduled_draft(team)
    warn(team, clock, "1")
    (hold_id,) = hold.watch(team.store, team.scorer)
    agree(team.store, team.tokens["lea"], hold_id, "The storm has passed.")
    clock.forward(minutes=5)
    warn(team, clock, "1 over", over=True, text="No longer in force: Storm")

    assert hold.watch(team.store, team.scorer) == ()
    assert hold.watch(team.store, team.scorer) == ()

    (reason,) = only_hold(team).reasons
    assert reason.text.endswith("no longer in force: its agency took it back or replaced it.")
    assert reason.text.count("no longer in force") == 1
    assert (reason.evidence, only_hold(team).lifted_by) == (WORDS, ("Lea",)), "good news withdraws no agreement"
    assert state_of(team, post) == "held", "only two people let go"
    with team.store.read() as tx:
        told = tx.rows(select(events).where(events.c.kind == "hold_warning_ended"))
    assert [(row["subject_id"], row["actor"]) for row in told] == [(hold_id, "tact")]
    assert agree(team.store, team.tokens["max"], hold_id, "Agreed.") is True
    assert hold.watch(team.store, team.scorer) == ()


def test_one_that_ran_out_is_named_so(team: Team, clock: HandClock) -> None:
    warn(team, clock, "1")
    hold.watch(team.store, team.scorer)
    clock.forward(hours=4)
    hold.watch(team.store, team.scorer)
    assert "no longer" not in only_hold(team).reasons[0].text, "it counts for two hours more"
    clock.forward(hours=1)
    hold.watch(team.store, team.scorer)

    assert "no longer in force: it ran out at 2026-03-02 12:00 UTC" in only_hold(team).reasons[0].text


def test_one_that_comes_into_force_again_asks_everybody_again(team: Team, clock: HandClock) -> None:
    warn(team, clock, "1")
    (hold_id,) = hold.watch(team.store, team.scorer)
    clock.forward(minutes=5)
    warn(team, clock, "1 over", over=True, text="No longer in force: Storm")
    hold.watch(team.store, team.scorer)
    agree(team.store, team.tokens["lea"], hold_id, "It is over.")
    clock.forward(minutes=5)
    warn(team, clock, "2")

    assert hold.watch(team.store, team.scorer) == (), "the open hold stands for it"

    (reason,) = only_hold(team).reasons
    assert "no longer in force" not in reason.text
    with team.store.read() as tx:
        assert tx.rows(select(hold_lifts)) == []


def test_words_that_still_stand_elsewhere_have_not_ended(clock: HandClock) -> None:
    here = Warning("Met", "Storm", "Severe", "the hill", "GB", clock.at, None, False, WORDS)
    there = Warning("Met", "Storm", "Severe", "the valley", "GB", clock.at, None, False, WORDS)
    back = Warning("Met", "Storm", "Severe", "the hill", "GB", clock.at, None, True, "over")

    assert list(ended([here, back], clock.at)) == [WORDS]
    assert ended([here, there, back], clock.at) == {}
    assert ended([here], clock.at) == {}


def test_agreements_that_count_again_are_no_dead_end(team: Team) -> None:
    """The manager's access was taken and given back between: neither of the two could agree once more."""
    paused = hold.open_by_person(team.store, team.tokens["vic"], Scope("everything"), "A stage fell.").hold_id
    assert not agree(team.store, team.tokens["max"], paused)
    accounts.revoke(team.store, team.tokens["ada"], team.people["max"].id)
    assert not agree(team.store, team.tokens["lea"], paused)
    with pytest.raises(Refused, match="a manager"):
        agree(team.store, team.tokens["lea"], paused)
    accounts.restore(team.store, team.tokens["ada"], team.people["max"].id)
    assert agree(team.store, team.tokens["lea"], paused)
