"""The report's newer figures, from what people really did; who may read names; and how few statements it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pandas as pd
import pytest
from sqlalchemy import event, insert

from bench.kpi_year import fill
from data.errors import Refused
from data.storage.store import Store
from data.storage.tables import drill_answers, drills
from tests.conftest import HandClock
from tests.factory import Team, add_alert, add_opportunity, decided_opportunity, draft_in_review, sign, team_in
from workflow import assess, triage
from workflow.corrections import keep
from workflow.report import by_name, report, with_before
from workflow.reports.figures import Figures, advice_figure
from workflow.reports.period import lately
from workflow.rules.dismissals import SITUATIONS


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def figures(team: Team, days: float = 1, platform: str = "") -> Figures:
    with team.store.read() as tx:
        return report(tx, tx.now - timedelta(days=days), {}, platform=platform).figures


def told(found: Figures, key: str) -> tuple[float | None, int]:
    return found[key].value, found[key].count


def test_without_data_every_figure_is_missing_and_none_is_zero(team: Team) -> None:
    found = figures(team)
    assert {told(found, key) for key in found} == {(None, 0)}


def test_useful_alerts_are_those_that_somebody_took_up_and_did_not_call_noise(team: Team) -> None:
    real, spam, sad, idle = (add_alert(team.store, topic) for topic in ("tea", "spam", "fire", "chat"))
    for alert in (real, spam, sad):
        triage.claim(team.store, team.tokens["ana"], alert)
    triage.dismiss(team.store, team.tokens["ana"], spam, "Spam.")
    triage.dismiss(team.store, team.tokens["ana"], sad, SITUATIONS[0])
    triage.dismiss(team.store, team.tokens["ana"], idle, "Nothing.")
    found = figures(team, days=2)
    assert told(found, "useful") == (50.0, 4)
    assert told(found, "alerts_a_day") == (pytest.approx(2.0), 4)
    assert told(found, "skip_rate") == (100.0, 3)


def test_two_assessors_agree_within_two_points_on_both_scales(team: Team) -> None:
    scores = {"tea": ((9, 9), (7, 8)), "fair": ((9, 9), (9, 6)), "rain": ((5, 5), (5, 5))}
    for topic, pair in scores.items():
        moment = add_opportunity(team.store, add_alert(team.store, topic))
        for name, (relevance, interest) in zip(("ana", "ben"), pair, strict=True):
            assess.assess(team.store, team.tokens[name], moment, relevance, interest)
    alone = add_opportunity(team.store, add_alert(team.store, "alone"))
    assess.assess(team.store, team.tokens["ana"], alone, 5, 5)
    assert told(figures(team), "assessors_agree") == (pytest.approx(200 / 3), 3)


def test_a_corrected_verdict_counts_once_and_agreement_is_no_correction(team: Team) -> None:
    for topic in ("tea", "fair"):
        decided_opportunity(team, topic)
    with team.store.write() as tx:
        for name, said in (("ana", "hold"), ("ben", "hold"), ("lea", "clear")):
            keep(tx, team.people[name].id, aspect="tragedy", machine="clear", person=said, reason="A fire.",
                 scorer="test", alert_id=1)  # fmt: skip
        keep(tx, team.people["ana"].id, aspect="tragedy", machine="clear", person="clear", reason="", scorer="test",
             alert_id=2)  # fmt: skip
    assert told(figures(team), "corrected") == (50.0, 2)


def test_drills_are_told_in_seconds_and_silence_counts_against_the_answers(team: Team, clock: HandClock) -> None:
    with team.store.write() as tx:
        opened = {"brand_id": 1, "opened_by": team.people["lea"].id, "opened_at": tx.now, "detail": {"stops": 0}}
        drill = tx.insert(insert(drills).values(**opened, note="", gate_closed_at=tx.now + timedelta(seconds=0.4)))
        for name, seconds in (("ana", 20), ("ben", 40), ("max", None)):
            answered = None if seconds is None else tx.now + timedelta(seconds=seconds)
            tx.run(insert(drill_answers).values(drill_id=drill, person_id=team.people[name].id, worker="",
                                                told_at=tx.now, answered_at=answered))  # fmt: skip
        tx.run(insert(drill_answers).values(drill_id=drill, worker="one", told_at=tx.now, answered_at=tx.now))
    found = figures(team)
    assert told(found, "drill_gate") == (pytest.approx(0.4), 1)
    assert told(found, "drill_seen") == (30.0, 2)
    assert told(found, "drill_answered") == (pytest.approx(200 / 3), 3)


def test_advice_that_nobody_decided_about_is_neither_taken_nor_refused() -> None:
    states = [*["done"] * 3, "declined", *["open"] * 4]
    found = advice_figure(pd.DataFrame({"state": states}))
    assert (found.value, found.count, found.small) == (75.0, 4, True)
    assert advice_figure(pd.DataFrame({"state": ["open"]})).value is None


def in_review(team: Team, clock: HandClock) -> None:
    """Ana claims after 2 minutes; Lea signs 10 minutes after the draft was handed in, Max 20."""
    alert = add_alert(team.store, "tea")
    clock.forward(minutes=2)
    triage.claim(team.store, team.tokens["ana"], alert)
    moment = add_opportunity(team.store, alert)
    clock.forward(minutes=3)
    for name in ("ana", "ben"):
        assess.assess(team.store, team.tokens[name], moment, 9, 9)
    draft = draft_in_review(team, opportunity=moment)
    for name in ("lea", "max"):
        clock.forward(minutes=10)
        team.sign_in_again()
        sign(team, name, draft)


def test_answers_are_told_by_role_in_the_order_of_deeds(team: Team, clock: HandClock) -> None:
    in_review(team, clock)
    with team.store.read() as tx:
        found = report(tx, tx.now - timedelta(days=1), {}).by_role
    assert [(one.deed, one.who, one.spread.count, one.spread.median) for one in found] == [
        ("claim", "social_team", 1, 2.0),
        ("score", "social_team", 2, 3.0),
        ("sign", "manager", 1, 20.0),
        ("sign", "social_lead", 1, 10.0),
    ]


def test_what_was_given_to_somebody_says_nothing_of_how_fast_they_claim(team: Team, clock: HandClock) -> None:
    alert = add_alert(team.store, "tea")
    triage.assign(team.store, team.tokens["lea"], alert, team.people["ana"].id)
    with team.store.read() as tx:
        assert report(tx, tx.now - timedelta(days=1), {}).by_role == ()


def test_names_are_for_a_manager_alone(team: Team, clock: HandClock) -> None:
    in_review(team, clock)
    with team.store.read() as tx:
        period = lately("24h", tx.now)
    for name in ("ana", "lea", "ada", "vic"):
        with pytest.raises(Refused):
            by_name(team.store, team.tokens[name], period)
    found = by_name(team.store, team.tokens["max"], period)
    assert [(one.deed, one.who) for one in found] == [
        ("claim", "Ana"), ("score", "Ana"), ("score", "Ben"), ("sign", "Lea"), ("sign", "Max"),
    ]  # fmt: skip


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield said
    event.remove(store.engine, "before_cursor_execute", note)


def test_a_period_and_the_one_before_it_are_one_reading_however_much_there_is(store: Store) -> None:
    fill(store, scale=0.01)
    with counted(store) as said, store.read() as tx:
        now, before = with_before(tx, lately("90d", tx.now), {"x": 18.0})
    assert len(said) <= 22
    assert now.moments.raised + before.moments.raised > 0
    assert len(now.steps) in (13, 14)  # weeks
    with store.read() as tx:
        alone = report(tx, tx.now - timedelta(days=90), {"x": 18.0})
    assert alone.figures["planned"] == now.figures["planned"]


def test_a_platform_narrows_what_is_about_platforms_and_leaves_the_alerts(sqlite_store: Store) -> None:
    fill(sqlite_store, scale=0.01)
    with sqlite_store.read() as tx:
        every, one = (report(tx, tx.now - timedelta(days=365), {}, platform=name) for name in ("", "x"))
    assert set(one.posts["platform"]) == {"x"}
    assert 0 < one.figures["planned"].count < every.figures["planned"].count
    assert 0 < one.figures["to_publication"].count < every.figures["to_publication"].count
    assert one.figures["alerts_a_day"] == every.figures["alerts_a_day"]
    assert {line.channel for line in one.speeds} == {"x"}
