"""A conditional go: it waits, the pair is asked again as interest moves, each re-scoring is kept, no post slips by."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from data.errors import Refused
from data.storage.store import Store
from data.storage.tables import notices, opportunities
from scoring.contract import Reason
from tests import factory as f
from tests.conftest import HandClock
from workflow import assess, draft, rescoring, second_looks
from workflow.draft import Writing

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",))


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


@pytest.fixture
def moment(team: f.Team) -> int:
    """Relevant, and few speak of it: draft and wait. The machine saw an interest of 4."""
    found = f.add_opportunity(team.store, f.add_alert(team.store))
    f.add_verdict(team.store, found, interest=4.0)
    score(team, found, 9, 4)
    return found


def score(team: f.Team, moment: int, relevance: int, interest: int) -> None:
    for name in ("ana", "ben"):
        assess.assess(team.store, team.tokens[name], moment, relevance, interest)


def row(team: f.Team, moment: int) -> dict[str, Any]:
    with team.store.read() as tx:
        found = tx.row(select(opportunities).where(opportunities.c.id == moment))
        assert found is not None
        return dict(found)


def kept(team: f.Team, moment: int) -> list[tuple[int, object, object]]:
    with team.store.read() as tx:
        rows = rescoring.of_moment(tx, moment)
        return [(one["round"], one["before"]["decision"], one["after"].get("decision")) for one in rows]


def test_it_waits_at_the_machines_interest(team: f.Team, moment: int) -> None:
    assert (row(team, moment)["state"], row(team, moment)["waits_at_interest"]) == ("decided", 4.0)
    assert rescoring.look_again(team.store) == 0


def test_when_interest_rises_the_pair_is_asked_once_and_the_new_scores_decide(team: f.Team, moment: int) -> None:
    f.add_verdict(team.store, moment, interest=7.0)
    assert rescoring.look_again(team.store) == 1
    assert rescoring.look_again(team.store) == 0
    assert (row(team, moment)["state"], row(team, moment)["round"]) == ("assessing", 2)
    with team.store.read() as tx:
        assert tx.value(select(func.count()).select_from(notices).where(notices.c.kind == "alert")) >= 2
    score(team, moment, 9, 8)
    found = row(team, moment)
    assert (found["state"], found["decision"], found["asks_again_at"]) == ("decided", "go", None)
    assert kept(team, moment) == [(2, "conditional_go", "go")]


def test_one_that_still_waits_is_measured_from_the_new_interest(team: f.Team, moment: int, clock: HandClock) -> None:
    f.add_verdict(team.store, moment, interest=6.0)
    rescoring.look_again(team.store)
    score(team, moment, 9, 5)
    assert row(team, moment)["waits_at_interest"] == 6.0
    assert rescoring.look_again(team.store) == 0
    clock.forward(hours=4)
    assert rescoring.look_again(team.store) == 1
    assert [one[1] for one in kept(team, moment)] == ["conditional_go", "conditional_go"]


def test_scores_far_apart_are_talked_over_before_a_re_scoring_is_kept(team: f.Team, moment: int) -> None:
    rescoring.ask_now(team.store, team.tokens["ana"], moment)
    assess.assess(team.store, team.tokens["ana"], moment, 9, 9)
    assess.assess(team.store, team.tokens["ben"], moment, 9, 2)
    assert kept(team, moment) == [(2, "conditional_go", None)]
    assess.discuss(team.store, team.tokens["ana"], moment, "People in Leeds talk of nothing else.")
    score(team, moment, 9, 8)
    assert kept(team, moment) == [(2, "conditional_go", "go")]


def test_only_a_waiting_moment_is_asked_about_again(team: f.Team) -> None:
    taken = f.decided_opportunity(team)
    with pytest.raises(Refused):
        rescoring.ask_now(team.store, team.tokens["ana"], taken)
    with pytest.raises(Refused):
        rescoring.ask_now(team.store, team.tokens["vic"], taken)


def test_a_post_is_written_and_goes_to_nobody_while_its_moment_waits(team: f.Team, moment: int) -> None:
    written = draft.start(team.store, team.tokens["ana"], WORDS, moment)
    f.answer_well(team, written)

    def submit() -> None:
        draft.submit(team.store, team.scorer, team.tokens["ana"], written, 1)

    with pytest.raises(Refused, match="draft and wait"):
        submit()
    rescoring.ask_now(team.store, team.tokens["ana"], moment)
    with pytest.raises(Refused, match="scoring this moment afresh"):
        submit()
    score(team, moment, 2, 2)
    with pytest.raises(Refused, match="let this moment go") as caught:
        submit()
    assert caught.value.codes == ("moment_undecided",)


def test_a_scheduled_post_whose_verdict_moved_goes_back_to_its_signers(team: f.Team) -> None:
    taken = f.decided_opportunity(team)
    f.add_verdict(team.store, taken)
    signed = f.scheduled_draft(team, WORDS, taken)
    seen = second_looks.look(team.store, None)
    assert f.state_of(team, signed) == "scheduled"
    f.add_verdict(team.store, taken, "review", (Reason("news", "A headline about this topic is dark."),))
    second_looks.look(team.store, seen)
    assert f.state_of(team, signed) == "in_review"
