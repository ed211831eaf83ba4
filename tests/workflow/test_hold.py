"""The brake: one person stops everything, one person alone lets go of nothing, and a lift never fires a burst."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from data.errors import BadInput, Refused
from data.storage.events import THE_PRODUCT
from data.storage.store import Store
from data.storage.tables import approvals, events, holds, people
from scoring.contract import Scope
from tests import factory as f
from tests.conftest import HandClock
from workflow import access, draft, held, hold
from workflow.draft import Writing
from workflow.lifecycle import draft_row, send_to
from workflow.rules.drafts import Move, State

EVERYTHING = Scope("everything")
WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


def scheduled(team: f.Team, clock: HandClock, text: str, hours: float = 2, **values: object) -> int:
    return f.scheduled_draft(team, replace(WORDS, text=text, planned_for=clock.at + timedelta(hours=hours), **values))


def test_one_person_stops_what_the_scope_covers_and_nothing_else(team: f.Team, clock: HandClock) -> None:
    here = scheduled(team, clock, "Seen in Britain.")
    there = scheduled(team, clock, "Seen in America.", regions=("US",))
    scope = Scope("region", "GB")
    assert [one.id for one in hold.would_catch(team.store, scope).stops] == [here]
    stopped = hold.open_by_person(team.store, team.tokens["ana"], scope, "Wait.").stopped
    assert stopped == (here,)
    assert (f.state_of(team, here), f.state_of(team, there)) == ("held", "scheduled")


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (EVERYTHING, True),
        (Scope("topic", "#IcedTea"), True),
        (Scope("topic", "coffee"), False),
        (Scope("channel", "x"), True),
        (Scope("channel", "mastodon"), False),
        (Scope("region", "GB-SCT"), True),
        (Scope("region", "FR"), False),
    ],
)
def test_what_each_scope_covers(team: f.Team, clock: HandClock, scope: Scope, covered: bool) -> None:
    draft_id = scheduled(team, clock, "Iced, please.", topic="#icedtea")
    hold.open_by_person(team.store, team.tokens["ben"], scope, "")
    assert f.state_of(team, draft_id) == ("held" if covered else "scheduled")


def test_a_held_post_does_not_leave_when_its_time_comes(team: f.Team, clock: HandClock, tmp_path: object) -> None:
    draft_id = scheduled(team, clock, "Not today.")
    hold.open_by_person(team.store, team.tokens["ana"], EVERYTHING, "")
    clock.forward(hours=3)
    f.house_of(team, tmp_path).outbox().publish_due()  # type: ignore[arg-type]
    assert f.state_of(team, draft_id) == "held"


def test_a_post_signed_while_a_hold_is_on_is_held_from_its_first_instant(team: f.Team) -> None:
    hold.open_by_person(team.store, team.tokens["ana"], EVERYTHING, "")
    assert f.state_of(team, f.scheduled_draft(team)) == "held"


def test_one_person_cannot_lift_it_not_even_twice(team: f.Team, clock: HandClock) -> None:
    draft_id = scheduled(team, clock, "Wait for two.")
    hold_id = hold.open_by_person(team.store, team.tokens["lea"], EVERYTHING, "").hold_id
    assert not f.agree(team.store, team.tokens["lea"], hold_id, "It is calm again.")
    team.tokens["lea"] = access.sign_in(team.store, "lea", f.PASSWORD)
    with pytest.raises(Refused) as refused:
        f.agree(team.store, team.tokens["lea"], hold_id, "Really calm.")
    assert refused.value.codes == ("second_person_needed",)
    assert f.state_of(team, draft_id) == "held"


@pytest.mark.parametrize("hours", [1, 5])
def test_two_people_lift_it_and_whatever_it_stopped_goes_back_to_review(
    team: f.Team, clock: HandClock, tmp_path: Path, hours: float
) -> None:
    posts = [scheduled(team, clock, f"Words {number}.", hours=hours) for number in range(3)]
    hold_id = hold.open_by_person(team.store, team.tokens["ana"], EVERYTHING, "").hold_id
    clock.forward(hours=2)
    team.sign_in_again()
    assert not f.agree(team.store, team.tokens["lea"], hold_id, "Calm.")
    assert f.agree(team.store, team.tokens["max"], hold_id, "I agree.")
    assert {f.state_of(team, one) for one in posts} == {"in_review"}
    with team.store.read() as tx:
        assert hold.open_holds(tx) == ()
        assert all(row["voided_at"] is not None for row in tx.rows(select(approvals)))
        [why] = {row["why"] for row in tx.rows(select(events).where(events.c.kind == "draft_back_to_review"))}
    assert "A person paused publishing." in why, "it says what had stopped it"
    clock.forward(hours=4)
    assert f.house_of(team, tmp_path).outbox().publish_due() == 0


def test_one_of_the_two_is_a_manager(team: f.Team) -> None:
    hold_id = hold.open_by_person(team.store, team.tokens["ana"], EVERYTHING, "").hold_id
    assert not f.agree(team.store, team.tokens["lea"], hold_id)
    assert not f.agree(team.store, team.tokens["pia"], hold_id)
    with team.store.read() as tx:
        [found] = hold.open_holds(tx)
    assert found.wanted == "A manager has to agree as well before this hold is lifted."
    assert f.agree(team.store, team.tokens["max"], hold_id)


def test_the_role_that_counts_is_the_one_at_the_time(team: f.Team) -> None:
    hold_id = hold.open_by_person(team.store, team.tokens["ana"], EVERYTHING, "").hold_id
    assert not f.agree(team.store, team.tokens["max"], hold_id)
    with team.store.write() as tx:
        tx.run(update(people).where(people.c.username == "max").values(role="pr"))
        tx.run(update(people).where(people.c.username == "vic").values(role="manager"))
    assert f.agree(team.store, team.tokens["lea"], hold_id), "Max was a manager when he agreed"


def test_nobody_agrees_to_what_they_have_not_seen(team: f.Team, clock: HandClock) -> None:
    draft_id = scheduled(team, clock, "Seen.")
    hold_id = hold.open_by_person(team.store, team.tokens["ana"], EVERYTHING, "").hold_id
    with team.store.read() as tx:
        seen = held.what_is_held(tx)[hold_id].stamp
    assert not f.agree(team.store, team.tokens["lea"], hold_id)
    later = scheduled(team, clock, "Came later.", hours=3)
    assert f.state_of(team, later) == "held"
    with pytest.raises(Refused, match="posts that this hold stops have changed") as refused:
        hold.lift(team.store, team.tokens["max"], hold_id, "Calm.", seen)
    assert refused.value.codes == ("content_changed",)
    assert not f.agree(team.store, team.tokens["max"], hold_id), "Lea has not seen the second post"
    assert f.agree(team.store, team.tokens["lea"], hold_id)
    assert f.state_of(team, draft_id) == f.state_of(team, later) == "in_review"


def test_a_post_under_two_holds_waits_for_both(team: f.Team, clock: HandClock) -> None:
    draft_id = scheduled(team, clock, "Twice held.")
    first = hold.open_by_person(team.store, team.tokens["ana"], EVERYTHING, "").hold_id
    hold.open_by_person(team.store, team.tokens["ana"], Scope("region", "GB"), "")
    for name in ("lea", "max"):
        f.agree(team.store, team.tokens[name], first, "The first is over.")
    assert f.state_of(team, draft_id) == "held"


def test_a_planned_end_lifts_nothing_by_itself(team: f.Team, clock: HandClock, tmp_path: object) -> None:
    draft_id = scheduled(team, clock, "Still held.", hours=3)
    hold.open_by_person(team.store, team.tokens["ana"], EVERYTHING, "", clock.at + timedelta(hours=1))
    clock.forward(hours=4)
    f.house_of(team, tmp_path).outbox().publish_due()  # type: ignore[arg-type]
    assert f.state_of(team, draft_id) == "held"


@pytest.mark.parametrize(("name", "code"), [("ana", "role_may_not"), ("ada", "role_may_not"), ("vic", "role_may_not")])
def test_only_signers_lift(team: f.Team, name: str, code: str) -> None:
    hold_id = hold.open_by_person(team.store, team.tokens["ana"], EVERYTHING, "").hold_id
    with pytest.raises(Refused) as refused:
        f.agree(team.store, team.tokens[name], hold_id, "Please.")
    assert refused.value.codes == (code,)


def test_any_signed_in_person_stops_the_house(team: f.Team) -> None:
    draft_id = f.scheduled_draft(team)
    assert hold.open_by_person(team.store, team.tokens["vic"], EVERYTHING, "").stopped == (draft_id,)


def test_what_sells_is_stopped_alone(team: f.Team, clock: HandClock) -> None:
    sells = scheduled(team, clock, "Half price.", promotional=True)
    elsewhere = scheduled(team, clock, "Half price there.", promotional=True, regions=("US",))
    answers = scheduled(team, clock, "We are looking into it.", promotional=False)
    hold.open_by_person(team.store, team.tokens["ana"], Scope("promotional", "GB"), "")
    assert [f.state_of(team, one) for one in (sells, elsewhere, answers)] == ["held", "scheduled", "scheduled"]
    hold.open_by_person(team.store, team.tokens["ana"], Scope("promotional"), "")
    assert [f.state_of(team, one) for one in (sells, elsewhere, answers)] == ["held", "held", "scheduled"]


def test_a_pause_says_what_became_of_what_was_on_its_way(
    team: f.Team, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold, "DRAIN_SECONDS", 0.0)
    waiting, going = scheduled(team, clock, "Waits."), scheduled(team, clock, "Goes.")
    with team.store.write() as tx:
        send_to(tx, THE_PRODUCT, draft_row(tx, going), Move.CLAIM)
    assert [one.id for one in hold.would_catch(team.store, EVERYTHING).leaving] == [going]
    done = hold.open_by_person(team.store, team.tokens["ana"], EVERYTHING, "")
    assert (done.stopped, done.leaving, dict(done.became)) == ((waiting,), (going,), {going: State.PUBLISHING})
    with team.store.read() as tx:
        under = held.what_is_held(tx)[done.hold_id]
    assert [[one.id for one in posts] for posts in (under.posts, under.leaving)] == [[waiting], [going]]


def test_lifting_needs_a_reason_a_fresh_password_and_an_open_hold(team: f.Team, clock: HandClock) -> None:
    hold_id = hold.open_by_person(team.store, team.tokens["ana"], EVERYTHING, "").hold_id
    with pytest.raises(BadInput):
        f.agree(team.store, team.tokens["lea"], hold_id, " ")
    clock.forward(minutes=16)
    with pytest.raises(Refused) as refused:
        f.agree(team.store, team.tokens["lea"], hold_id, "Calm.")
    assert refused.value.codes == ("password_needed",)
    team.sign_in_again()
    for name in ("lea", "max"):
        f.agree(team.store, team.tokens[name], hold_id, "Calm.")
    with pytest.raises(Refused) as refused:
        f.agree(team.store, team.tokens["pia"], hold_id, "Calm.")
    assert refused.value.codes == ("wrong_state",)


@pytest.mark.parametrize("scope", [Scope("region", "nowhere"), Scope("topic", " "), Scope("moon", "full")])
def test_a_scope_that_names_nothing_is_asked_for_again(team: f.Team, scope: Scope) -> None:
    with pytest.raises(BadInput):
        hold.open_by_person(team.store, team.tokens["ana"], scope, "")
    with team.store.read() as tx:
        assert tx.rows(select(holds)) == []


def test_an_edit_takes_a_held_post_off_the_schedule_for_good(team: f.Team, clock: HandClock) -> None:
    draft_id = scheduled(team, clock, "Held words.")
    hold_id = hold.open_by_person(team.store, team.tokens["ana"], EVERYTHING, "").hold_id
    draft.save(team.store, team.tokens["ana"], draft_id, 1, replace(WORDS, text="New words."))
    for name in ("lea", "max"):
        f.agree(team.store, team.tokens[name], hold_id, "Calm.")
    assert f.state_of(team, draft_id) == "writing"
