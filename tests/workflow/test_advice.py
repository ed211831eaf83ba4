"""The five answers over the tables, and the advice that is kept of them: said once, to the right people, taken back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.worker import Worker
from data.errors import NotSignedIn, Refused
from data.storage.store import Store
from data.storage.tables import advices, collections, events, notices
from scoring.contract import Scope
from tests.conftest import HandClock
from tests.factory import Team, house_of, team_in
from tests.live_kit import earlier, figures, moment, out, replies, usual
from workflow import deletion, hold
from workflow.measuring import advice, lately, money, spend
from workflow.rules.questions import Answer, Question, Says


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def told(team: Team, question: Question) -> dict[int, Answer]:
    with team.store.read() as tx:
        return {one.publication_id: one for one in advice.answers(tx, tx.now) if one.question == question}


def rows(team: Team) -> list[dict[str, object]]:
    with team.store.read() as tx:
        return [dict(row) for row in tx.rows(select(advices).order_by(advices.c.id))]


def heard(team: Team) -> set[tuple[str, str]]:
    names = {person.id: name for name, person in team.people.items()}
    with team.store.read() as tx:
        found = tx.rows(select(notices.c.person_id, notices.c.kind).where(notices.c.read_at.is_(None)))
    return {(names[row["person_id"]], row["kind"]) for row in found}


def strong(team: Team, clock: HandClock, percent: int = 5) -> int:
    """Six posts at 2 % after an hour, and one of today at `percent`."""
    usual(team, clock.at)
    post = out(team, clock.at - timedelta(hours=1))
    figures(team.store, post, clock.at, likes=10 * percent)
    return post


def test_a_post_is_held_against_others_at_the_same_age_and_never_against_itself(store: Store, clock: HandClock) -> None:
    team = team_in(store)
    post = strong(team, clock)
    found = told(team, Question.AMPLIFY)
    assert list(found) == [post]
    # (2 + 2 + 2 + 2 + 2 + 2) / 6 = 2, and 5 / 2; with itself the mean would be 2.43.
    assert (found[post].figure, found[post].sure.count, found[post].says) == (2.5, 6, Says.YES)


def test_what_varies_around_the_mean_is_of_the_others_too(team: Team, clock: HandClock) -> None:
    counts = enumerate((10, 20, 30, 40, 50, 60))
    earlier(team, [(clock.at - timedelta(days=2 + number), {60: likes}) for number, likes in counts])
    post = out(team, clock.at - timedelta(hours=1))
    figures(team.store, post, clock.at, likes=200)
    with team.store.read() as tx:
        mark = lately.posts(tx, tx.now)[0].mark
    assert mark is not None
    assert mark.usual is not None
    assert (mark.usual.posts, mark.usual.mean) == (6, pytest.approx(3.5))
    assert mark.usual.deviation == pytest.approx(1.8708, abs=0.0001)  # of 1 to 6


def test_the_mood_is_read_from_the_replies_that_are_still_there(team: Team, clock: HandClock) -> None:
    post = strong(team, clock)
    replies(team.store, post, negative=4, positive=3, neutral=5)
    found = told(team, Question.TURNING)[post]
    assert (found.figure, found.sure.count, found.says) == (pytest.approx(100 * 4 / 12), 12, Says.YES)
    assert not told(team, Question.AMPLIFY)[post].acts


def test_money_is_held_against_what_an_interaction_costs_without_it(team: Team, clock: HandClock) -> None:
    post = strong(team, clock)  # 6 × 20 + 50 interactions in thirty days
    spend.enter(team.store, team.tokens["ana"], post, 4_000, interactions=20)
    wrong = spend.enter(team.store, team.tokens["ana"], post, 99_999, interactions=1)
    spend.void(team.store, team.tokens["ana"], wrong)
    assert "Nobody has entered" in told(team, Question.SPEND)[post].words
    money.enter_cost(team.store, team.tokens["max"], 7_500)  # $75 for 150 that nobody paid for: $0.50 each
    found = told(team, Question.SPEND)[post]
    assert (found.figure, found.says) == (pytest.approx(4.0), Says.NO)  # $2 each
    with pytest.raises(Refused):
        money.enter_cost(team.store, team.tokens["lea"], 1)
    money.enter_cost(team.store, team.tokens["max"], None)
    assert told(team, Question.SPEND)[post].says == Says.UNKNOWN


def test_one_platform_is_best_for_a_kind_of_moment(team: Team, clock: HandClock) -> None:
    about = moment(team)
    for platform, percent in (("x", 4), ("linkedin", 1)):
        posts = [
            (clock.at - timedelta(days=3, hours=number), {1_440: 10 * (percent + number % 2)}) for number in range(6)
        ]
        earlier(team, posts, platform=platform, opportunity=about)
    newest = out(team, clock.at - timedelta(hours=1), opportunity=about)
    found = told(team, Question.PLATFORM)
    assert list(found) == [newest]
    assert (found[newest].figure, found[newest].says) == (3.0, Says.YES)


def test_what_came_down_or_lies_a_day_back_is_asked_about_no_more(team: Team, clock: HandClock) -> None:
    first, second, old = (out(team, clock.at - timedelta(hours=h)) for h in (1, 2, 25))
    with team.store.write() as tx:
        tx.run(update(collections).where(collections.c.publication_id == second).values(gone_at=tx.now))
    assert set(told(team, Question.TURNING)) == {first}
    with team.store.read() as tx:
        draft = lately.posts(tx, tx.now)[0].draft_id
    deletion.ask(team.store, team.tokens["lea"], draft)
    assert told(team, Question.TURNING) == {}
    assert old not in told(team, Question.TURNING)


def test_nothing_is_pushed_under_a_hold(team: Team, clock: HandClock) -> None:
    post = strong(team, clock)
    hold.open_by_person(team.store, team.tokens["lea"], Scope("region", "GB"), "A storm.")
    found = told(team, Question.AMPLIFY)[post]
    assert (found.says, found.acts) == (Says.YES, False)
    assert "hold" in found.words


def test_advice_is_said_once_with_its_figures(store: Store, clock: HandClock) -> None:
    team = team_in(store)
    post = strong(team, clock)
    assert (advice.advise(store), advice.advise(store)) == (1, 0)
    row = rows(team)[0]
    assert (row["publication_id"], row["question"], row["state"]) == (post, "amplify", "open")
    assert row["figures"]["figure"] == 2.5  # type: ignore[index]
    with store.read() as tx:
        kinds = select(func.count()).select_from(events).where(events.c.kind == "advice_given")
        assert tx.value(kinds) == 1
    assert heard(team) == {("ana", "amplify"), ("lea", "amplify"), ("max", "amplify")}


def test_what_turns_wakes_everybody_on_duty(team: Team, clock: HandClock) -> None:
    post = out(team, clock.at - timedelta(hours=1))
    replies(team.store, post, negative=5, neutral=7)
    assert advice.advise(team.store) == 1
    assert heard(team) == {(name, "turning") for name in team.people}


def test_the_worker_advises(team: Team, clock: HandClock, tmp_path: Path) -> None:
    strong(team, clock)
    worker = Worker(house_of(team, tmp_path))
    worker.duties()["advise"]()
    assert [row["question"] for row in rows(team)] == ["amplify"]


def test_a_post_that_comes_down_meanwhile_is_advised_about_no_more(team: Team, clock: HandClock) -> None:
    post = strong(team, clock)
    with team.store.read() as tx:
        found = [one for one in advice.answers(tx, tx.now) if one.acts]
        draft = lately.by_id(lately.posts(tx, tx.now))[post].draft_id
    deletion.ask(team.store, team.tokens["lea"], draft)
    with team.store.write() as tx:
        assert advice._unsaid(tx, found) == []


def test_people_do_it_or_not_and_take_that_back(team: Team, clock: HandClock) -> None:
    strong(team, clock)
    advice.advise(team.store)
    number = int(str(rows(team)[0]["id"]))
    advice.done(team.store, team.tokens["ben"], number, "80 dollars for two hours")
    assert (rows(team)[0]["state"], rows(team)[0]["note"]) == ("done", "80 dollars for two hours")
    assert heard(team) == set()
    with pytest.raises(Refused, match="Take that back first"):
        advice.decline(team.store, team.tokens["lea"], number)
    advice.reopen(team.store, team.tokens["lea"], number)
    assert (rows(team)[0]["state"], rows(team)[0]["decided_by"]) == ("open", None)
    with pytest.raises(Refused, match="open already"):
        advice.reopen(team.store, team.tokens["lea"], number)
    advice.decline(team.store, team.tokens["max"], number)
    assert rows(team)[0]["state"] == "declined"
    told_of = select(events.c.kind).where(events.c.kind.like("advice_%")).order_by(events.c.id)
    with team.store.read() as tx:
        kinds = [row[0] for row in tx.conn.execute(told_of)]
    assert kinds == ["advice_given", "advice_done", "advice_reopened", "advice_declined"]


@pytest.mark.parametrize("name", ["vic", "pia", "ada"])
def test_who_does_not_write_decides_nothing(team: Team, clock: HandClock, name: str) -> None:
    strong(team, clock)
    advice.advise(team.store)
    with pytest.raises(Refused):
        advice.done(team.store, team.tokens[name], int(str(rows(team)[0]["id"])))
    with pytest.raises(NotSignedIn):
        advice.done(team.store, "nobody", int(str(rows(team)[0]["id"])))
    assert rows(team)[0]["state"] == "open"
