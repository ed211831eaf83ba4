"""The KPI figures, from real moments that went all the way, halfway, or nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data.storage.store import Store
from scoring.contract import Scope
from tests.conftest import HandClock
from tests.factory import (
    Team,
    add_alert,
    add_opportunity,
    agree,
    draft_in_review,
    house_of,
    scheduled_draft,
    sign,
    team_in,
)
from workflow import assess, hold, triage
from workflow.draft import Writing
from workflow.judge import judge_open_alerts
from workflow.report import Report, report

WINDOWS = {"x": 18.0, "linkedin": 480.0}


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def figures(team: Team, since: datetime) -> Report:
    with team.store.read() as tx:
        return report(tx, since, WINDOWS)


def assessed(team: Team, clock: HandClock, topic: str) -> tuple[int, int]:
    """An alert that Ana claims after 2 minutes; both have scored after 5. Alert and opportunity."""
    team.sign_in_again()
    alert = add_alert(team.store, topic)
    clock.forward(minutes=2)
    triage.claim(team.store, team.tokens["ana"], alert)
    opportunity = add_opportunity(team.store, alert, "cultural_moment")
    clock.forward(minutes=3)
    for name in ("ana", "ben"):
        assess.assess(team.store, team.tokens[name], opportunity, 9, 9)
    judge_open_alerts(team.store, team.scorer)
    return alert, opportunity


def published(team: Team, clock: HandClock, folder: Path, topic: str, review: float) -> int:
    """Submitted 4 minutes after the scores, signed `review` minutes later, out a minute after that. The alert."""
    alert, opportunity = assessed(team, clock, topic)
    clock.forward(minutes=4)
    draft = draft_in_review(team, Writing(f"About {topic}.", regions=("GB",)), opportunity)
    clock.forward(minutes=review)
    team.sign_in_again()
    for name in ("lea", "max"):
        sign(team, name, draft)
    clock.forward(minutes=1)
    assert house_of(team, folder).outbox().publish_due() == 1
    return alert


def test_each_leg_of_a_published_moment_is_measured(team: Team, clock: HandClock, tmp_path: Path) -> None:
    since = clock.at
    published(team, clock, tmp_path, "iced tea", review=6)
    found = figures(team, since)
    assert {name: (leg.median, leg.count) for name, leg in found.legs.items() if leg} == {
        "trigger to alert": (12, 1),
        "alert to claim": (2, 1),
        "claim to assessed": (3, 1),
        "assessed to submitted": (4, 1),
        "submitted to approved": (6, 1),
        "approved to published": (1, 1),
    }
    (speed,) = found.speeds
    assert (speed.channel, speed.spread.median, speed.inside) == ("x", 16, 1.0)
    assert (found.planned, found.reactive) == (0, 1)


def test_a_late_post_counts_against_its_platforms_window(team: Team, clock: HandClock, tmp_path: Path) -> None:
    since = clock.at
    published(team, clock, tmp_path, "iced tea", review=6)
    published(team, clock, tmp_path, "hot tea", review=60)
    found = figures(team, since)
    assert found.overall is not None
    assert (found.overall.count, found.overall.median) == (2, (16 + 70) / 2)
    assert found.speeds[0].inside == 0.5


def test_moments_are_told_apart_by_what_became_of_them(team: Team, clock: HandClock, tmp_path: Path) -> None:
    since = clock.at
    done = published(team, clock, tmp_path, "iced tea", review=6)
    triage.dismiss(team.store, team.tokens["ana"], done, "Answered.")
    let_go = add_alert(team.store, "gossip")
    triage.dismiss(team.store, team.tokens["ana"], let_go, "Not ours.")
    assessed(team, clock, "green tea")
    found = figures(team, since).moments
    assert (found.raised, found.claimed, found.dismissed, found.taken, found.undecided) == (3, 2, 1, 1, 1)
    assert found.skip_rate == 0.5


def test_a_moment_with_two_drafts_is_claimed_and_assessed_once(team: Team, clock: HandClock) -> None:
    since = clock.at
    _, opportunity = assessed(team, clock, "iced tea")
    for platform in ("x", "linkedin"):
        draft_in_review(team, Writing(f"For {platform}.", platform=platform, regions=("GB",)), opportunity)
    found = figures(team, since)
    assert {name: leg.count for name, leg in found.legs.items() if leg} == {
        "trigger to alert": 1,
        "alert to claim": 1,
        "claim to assessed": 1,
        "assessed to submitted": 2,
    }
    assert found.moments.raised == found.moments.taken == 1
    assert found.speeds == ()


def test_a_hold_tells_how_many_posts_it_stopped(team: Team, clock: HandClock) -> None:
    since = clock.at
    for number in (1, 2):
        planned = clock.at + timedelta(hours=5)
        scheduled_draft(team, Writing(f"Words {number}.", reactive=False, regions=("GB",), planned_for=planned))
    held = hold.open_by_person(team.store, team.tokens["max"], Scope("everything"), "Sad news.").hold_id
    clock.forward(minutes=10)
    for name in ("max", "lea"):
        agree(team.store, team.tokens[name], held, "It was another town.")
    found = figures(team, since)
    assert (found.brake.opened, found.brake.standing, found.brake.stopped) == (1, 0, 2)
    assert found.brake.open_minutes is not None
    assert found.brake.open_minutes.median == 10
    assert [(one.scope.kind, one.by_rule, one.row.stopped) for one in found.holds] == [("everything", False, 2)]


def test_what_lies_before_the_period_is_left_out(team: Team, clock: HandClock, tmp_path: Path) -> None:
    published(team, clock, tmp_path, "iced tea", review=6)
    hold.open_by_person(team.store, team.tokens["max"], Scope("everything"), "Sad news.")
    found = figures(team, clock.forward(minutes=1))
    assert found.moments.raised == found.brake.opened == found.planned + found.reactive == 0
    assert found.overall is None
    assert found.moments.skip_rate is None
