"""What verdicts and the brand's own trouble ask of the brake, and how long a blackout is planned for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from data.errors import BadInput, Refused
from data.storage.store import Store
from data.storage.tables import events, holds, verdicts
from scoring.contract import Scope
from tests import factory as f
from tests.conftest import HandClock
from workflow import hold
from workflow.blackout import blackout, set_blackout
from workflow.draft import Writing
from workflow.held import open_holds

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)
DARK = {"code": "topic_uses", "text": "Its uses tell of harm.", "evidence": "#WhyWeWalk for her", "weight": 0.9}
NEWS = {"code": "tragedy", "text": "A headline tells of harm.", "evidence": "Eleven dead", "weight": 0.4}


@pytest.fixture
def team(store: Store) -> f.Team:
    return f.team_in(store)


def judged(team: f.Team, topic: str, label: str, *reasons: dict[str, object]) -> int:
    alert = f.add_alert(team.store, topic)
    with team.store.write() as tx:
        row = {"scorer": "s", "sentiment": {}, "tragedy": label, "probability": 0.9, "reasons": list(reasons)}
        row |= {"relevance": 1, "relevance_why": "", "interest": 1, "interest_why": "", "quadrant": "", "decision": ""}
        return tx.insert(insert(verdicts).values(alert_id=alert, at=tx.now, category="", **row))


def opened(team: f.Team) -> list[hold.OpenHold]:
    with team.store.read() as tx:
        return list(open_holds(tx))


def test_a_moment_that_is_judged_hold_stops_the_scheduled_posts_about_it(team: f.Team, clock: HandClock) -> None:
    about = f.scheduled_draft(team, replace(WORDS, text="A calm sip. #whywewalk"))
    beside = f.scheduled_draft(team, replace(WORDS, text="A calm sip of another kind."))
    judged(team, "#WhyWeWalk", "hold", NEWS, DARK)
    assert len(hold.heed(team.store)) == 1
    assert (f.state_of(team, about), f.state_of(team, beside)) == ("held", "scheduled")
    [found] = opened(team)
    assert found.scope == Scope("topic", "#WhyWeWalk")
    assert [(one.code, one.text) for one in found.reasons] == [
        ("tragedy", "Its uses tell of harm."),
        ("tragedy", "A headline tells of harm."),
    ]
    assert found.planned_end == clock.at + timedelta(hours=24)
    assert hold.heed(team.store) == (), "it is on already"


@pytest.mark.parametrize(("topic", "label"), [("#whywewalk", "review"), ("#another", "hold")])
def test_a_milder_verdict_or_another_topic_stops_nothing(team: f.Team, topic: str, label: str) -> None:
    f.scheduled_draft(team, replace(WORDS, text="A calm sip. #whywewalk"))
    judged(team, topic, label, DARK)
    assert hold.heed(team.store) == ()


def test_only_the_newest_verdict_counts(team: f.Team) -> None:
    f.scheduled_draft(team, replace(WORDS, text="A calm sip. #whywewalk"))
    verdict = judged(team, "#whywewalk", "hold", DARK)
    with team.store.write() as tx:
        row = dict(tx.row(select(verdicts).where(verdicts.c.id == verdict)) or {}) | {"tragedy": "clear"}
        tx.insert(insert(verdicts).values(**{key: value for key, value in row.items() if key != "id"}))
    assert hold.heed(team.store) == ()


def test_what_two_people_lifted_stays_lifted_until_there_is_other_evidence(team: f.Team) -> None:
    draft_id = f.scheduled_draft(team, replace(WORDS, text="A calm sip. #whywewalk"))
    verdict = judged(team, "#whywewalk", "hold", DARK)
    [hold_id] = hold.heed(team.store)
    for name in ("lea", "max"):
        f.agree(team.store, team.tokens[name], hold_id)
    assert f.state_of(team, draft_id) == "in_review"
    for name in ("lea", "max"):
        f.sign(team, name, draft_id)
    assert hold.heed(team.store) == ()
    with team.store.write() as tx:
        tx.run(update(verdicts).where(verdicts.c.id == verdict).values(reasons=[DARK, NEWS]))
    assert len(hold.heed(team.store)) == 1


def test_a_crisis_of_the_brands_own_stops_what_sells_and_lets_an_answer_go(team: f.Team) -> None:
    f.add_source(team.store, "News")
    sells = f.scheduled_draft(team, replace(WORDS, promotional=True))
    answers = f.scheduled_draft(team, replace(WORDS, text="We are looking into it.", promotional=False))
    f.add_item(team.store, "Larkfield Tea recalls its teapots after burns, lawsuit filed", kind="news", region="GB")
    hold.watch(team.store, team.scorer)
    assert (f.state_of(team, sells), f.state_of(team, answers)) == ("held", "scheduled")
    [found] = opened(team)
    assert (found.scope, {one.code for one in found.reasons}) == (Scope("promotional"), {"brand_crisis"})
    assert hold.watch(team.store, team.scorer) == ()
    with team.store.read() as tx:
        assert len(tx.rows(select(holds))) == 1
        assert not tx.rows(select(events).where(events.c.kind == "hold_evidence_added"))


def test_a_manager_plans_blackouts_for_two_days(team: f.Team, clock: HandClock) -> None:
    set_blackout(team.store, team.tokens["max"], 48)
    f.scheduled_draft(team, replace(WORDS, text="A calm sip. #whywewalk"))
    judged(team, "#whywewalk", "hold", DARK)
    hold.heed(team.store)
    assert opened(team)[0].planned_end == clock.at + timedelta(hours=48)
    with team.store.read() as tx:
        assert blackout(tx) == timedelta(hours=48)
        [told] = tx.rows(select(events).where(events.c.kind == "blackout_set"))
    assert (told["before"], told["after"]) == ("24", "48")
    with pytest.raises(BadInput):
        set_blackout(team.store, team.tokens["max"], 12)
    with pytest.raises(Refused):
        set_blackout(team.store, team.tokens["lea"], 24)
