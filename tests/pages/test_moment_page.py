"""The Moment page: blind points, the discussion, the decision and the way to a draft."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

from data.storage.store import Store
from data.storage.tables import verdicts
from tests.conftest import HandClock
from tests.console_driver import calm, plain, visit
from tests.factory import Team, add_alert, add_item, add_opportunity, add_source, alert_state, team_in
from workflow import assess, triage

GIVE, KEEP, CHOOSE = "Give my points", "Keep the note and score afresh", "Make it this kind"


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


@pytest.fixture
def alert(team: Team) -> int:
    return add_alert(team.store)


@pytest.fixture
def opportunity(team: Team, alert: int) -> int:
    return add_opportunity(team.store, alert, "cultural_moment")


def judge(team: Team, alert: int, tragedy: str = "clear", reasons: tuple[dict[str, str], ...] = ()) -> None:
    scores = {"relevance": 9.0, "relevance_why": "Our tea.", "interest": 8.0, "interest_why": "3 times the usual."}
    with team.store.write() as tx:
        row = {"alert_id": alert, "at": tx.now, "scorer": "test", "sentiment": {}, "tragedy": tragedy, **scores}
        row |= {"probability": 0.1, "quadrant": "", "decision": "go", "category": "cultural_moment"}
        tx.insert(insert(verdicts).values(**row, reasons=list(reasons)))


def said_on(at: AppTest) -> str:
    drawn = [*at.title, *at.markdown, *at.caption, *at.text, *at.error, *at.info, *at.warning, *at.subheader]
    return "\n".join(str(one.value) for one in drawn)


def labels(at: AppTest) -> set[str]:
    return {one.label for one in at.button}


def press(at: AppTest, label: str) -> AppTest:
    return calm(next(one for one in at.button if one.label == label).click().run())


def score(at: AppTest, relevance: int, interest: int) -> AppTest:
    at.segmented_control(key="assess_relevance").set_value(relevance)
    at.segmented_control(key="assess_interest").set_value(interest)
    return press(at, GIVE)


def test_without_an_alert_in_the_address_the_reader_chooses_one(team: Team, alert: int, tmp_path: Path) -> None:
    at = visit(team, "ana", "moment", tmp_path)
    calm(at.button(key=f"choose_{alert}").click().run())
    assert at.title[0].value == "iced tea"
    assert "no such alert" in said_on(visit(team, "ana", "moment", tmp_path, alert=99))


def test_points_stay_blind_until_both_are_in(team: Team, alert: int, opportunity: int, tmp_path: Path) -> None:
    judge(team, alert)
    ana = score(visit(team, "ana", "moment", tmp_path, alert=alert), 9, 8)
    assert "relevance 9, interest 8" in said_on(ana)
    ben = visit(team, "ben", "moment", tmp_path, alert=alert)
    assert "Ana" not in said_on(ben)
    assert "gave scores" not in said_on(ben)
    assert "gave scores" in said_on(ana)
    score(ben, 8, 8)
    said = said_on(ben)
    assert "Ana: relevance 9, interest 8" in said
    assert "Ben: relevance 8, interest 8" in said
    assert "Decided" in said
    assert "Start a draft" in labels(ben)


def test_no_point_is_chosen_beforehand(team: Team, alert: int, opportunity: int, tmp_path: Path) -> None:
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    at.segmented_control(key="assess_relevance").set_value(0)
    press(at, GIVE)
    assert "Choose a point on both scales." in said_on(at)
    with team.store.read() as tx:
        found = triage.opportunity_of(tx, alert)
        assert found is not None
        assert assess.round_of(tx, found) == ()


def test_points_far_apart_are_talked_over_and_given_afresh(
    team: Team, alert: int, opportunity: int, tmp_path: Path
) -> None:
    assess.assess(team.store, team.tokens["ben"], opportunity, 3, 8)
    at = score(visit(team, "ana", "moment", tmp_path, alert=alert), 9, 8)
    assert "more than 2 apart" in said_on(at)
    assert KEEP not in labels(visit(team, "lea", "moment", tmp_path, alert=alert))
    at.text_area(key="discuss_note").set_value("Ben had not seen that it is about our own tea.")
    press(at, KEEP)
    assert GIVE in labels(at)
    assert "Ben had not seen" in said_on(at)
    assert "relevance 3" not in said_on(at)
    assess.assess(team.store, team.tokens["ben"], opportunity, 8, 8)
    assert "Decided" in said_on(score(at, 9, 8))


def test_low_points_let_the_moment_go_and_offer_no_draft(
    team: Team, alert: int, opportunity: int, tmp_path: Path
) -> None:
    assess.assess(team.store, team.tokens["ben"], opportunity, 2, 2)
    at = score(visit(team, "ana", "moment", tmp_path, alert=alert), 3, 3)
    assert "Start a draft" not in labels(at)
    assert "keep watching" in said_on(at)
    assert alert_state(team, alert) == triage.DISMISSED


def test_a_dark_verdict_stops_the_clock_and_shows_its_evidence(team: Team, alert: int, tmp_path: Path) -> None:
    clear = visit(team, "ana", "moment", tmp_path, alert=alert)
    assert "18:00 left" in said_on(clear)
    assert "Being judged" in said_on(clear)
    judge(team, alert, "hold", ({"code": "news", "text": "A headline tells of harm.", "evidence": "Crash on the A1"},))
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    said = said_on(at)
    assert "A headline tells of harm&#46;" in said
    assert "“Crash on the A1”" in said
    assert "No clock runs" in said
    assert "left" not in said


def test_the_countdown_follows_the_chosen_platform(team: Team, alert: int, tmp_path: Path, clock: HandClock) -> None:
    clock.forward(minutes=20)
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    assert "late" in said_on(at)
    calm(at.selectbox(key="platform").set_value("linkedin").run())
    assert "7 h 40 min left" in said_on(at)


def test_claiming_and_dismissing_from_the_moment(team: Team, alert: int, tmp_path: Path) -> None:
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    press(at, "Claim")
    assert alert_state(team, alert) == triage.CLAIMED
    at.text_input(key=f"words_{alert}").set_value("Not ours.")
    press(at, "Dismiss")
    assert alert_state(team, alert) == triage.DISMISSED
    press(at, "Reopen")
    assert alert_state(team, alert) == triage.OPEN


def test_words_from_outside_are_text_and_only_web_addresses_are_links(
    team: Team, alert: int, tmp_path: Path, clock: HandClock
) -> None:
    add_source(team.store)
    hostile = "[click](javascript:alert(1)) ![](http://tracker.example/x.png) :red[now] <b>bold</b>"
    at_the_time = {"topic": "iced tea", "published_at": clock.at - timedelta(minutes=5)}
    add_item(team.store, hostile, url="javascript:alert(1)", **at_the_time)
    add_item(team.store, "A fine day", url="https://mastodon.example/@a/1", **at_the_time)
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    assert hostile in [one.value for one in at.text]
    assert [one.proto.url for one in at.get("link_button")] == ["https://mastodon.example/@a/1"]
    assert not any("tracker.example" in str(one.value) for one in [*at.markdown, *at.caption])


def test_a_viewer_sees_no_form(team: Team, alert: int, opportunity: int, tmp_path: Path) -> None:
    at = visit(team, "vic", "moment", tmp_path, alert=alert)
    assert not labels(at) & {GIVE, "Claim", "Dismiss"}
    assert "without seeing the other" in said_on(at)


def category_now(team: Team, alert: int) -> tuple[str, int | None]:
    with team.store.read() as tx:
        found = triage.opportunity_of(tx, alert)
        assert found is not None
        return found["category"], found["category_by"]


def test_a_person_corrects_the_kind_of_moment_and_takes_it_back(
    team: Team, alert: int, opportunity: int, tmp_path: Path
) -> None:
    judge(team, alert)
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    assert "Cultural moment" in said_on(at)
    assert "social lead and one more must sign" in plain(said_on(at))
    at.selectbox(key=f"kind_key_{alert}_0").set_value("breaking_political_social")
    press(at, CHOOSE)
    assert "one line why" in plain(said_on(at))
    assert category_now(team, alert) == ("cultural_moment", None)
    at.text_input(key=f"kind_why_{alert}_0").set_value("It is about the vote on tea tax.")
    press(at, CHOOSE)
    assert category_now(team, alert) == ("breaking_political_social", team.people["ana"].id)
    said = plain(said_on(at))
    assert "silence is the rule · high risk · executive and legal must sign" in said
    assert "Ana chose this: “It is about the vote on tea tax.” · The machine says: Cultural moment." in said
    assert "Ana** said what kind of moment it is" in said
    at.selectbox(key=f"kind_key_{alert}_1").set_value("cultural_moment")
    at.text_input(key=f"kind_why_{alert}_1").set_value("I was wrong.")
    press(at, CHOOSE)
    assert category_now(team, alert) == ("cultural_moment", team.people["ana"].id)
    assert CHOOSE not in labels(visit(team, "vic", "moment", tmp_path, alert=alert))


def test_the_six_situations_come_with_a_better_way(team: Team, alert: int, opportunity: int, tmp_path: Path) -> None:
    judge(team, alert)
    told = [{"key": "understaffed", "why": "One person answers."}, {"key": "of_old", "why": "Nobody knows."}]
    with team.store.write() as tx:
        tx.run(verdicts.update().values(wrong_approaches=told, subcategory="holiday", category_why="It says “easter”."))
    said = plain(said_on(visit(team, "ana", "moment", tmp_path, alert=alert)))
    assert "Too few people.** One person answers." in said
    assert "Keep to planned posts" in said
    assert "Nobody knows" not in said
    assert "Cultural moment: a holiday or a shopping day** · answer in 2–24 h · low risk" in said
    assert "It says “easter”." in said
