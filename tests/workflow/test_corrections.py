"""A person's word on a verdict: kept with its reason, never a verdict of its own, and never a key to a gate."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from data.errors import BadInput, Refused
from data.storage.store import Store
from data.storage.tables import corrections, events, holds
from tests.conftest import HandClock
from tests.factory import Team, add_alert, add_item, add_source, team_in
from workflow import corrections as words
from workflow.judge import judge_open_alerts, latest_verdict

DARK = "Three people were killed when the iced tea stand burned down"


@pytest.fixture
def team(store: Store) -> Team:
    return team_in(store)


@pytest.fixture
def alert(team: Team) -> int:
    add_source(team.store)
    add_item(team.store, "Iced tea on the lawn, what a day", topic="iced tea")
    found = add_alert(team.store)
    judge_open_alerts(team.store, team.scorer)
    return found


def machine(team: Team, alert: int) -> str:
    with team.store.read() as tx:
        row = latest_verdict(tx, alert)
        assert row is not None
        return str(row["tragedy"])


def kinds(team: Team) -> list[str]:
    with team.store.read() as tx:
        return [
            row["kind"]
            for row in tx.rows(select(events.c.kind).where(events.c.kind.like("verdict_%")).order_by(events.c.id))
        ]


def test_a_correction_is_kept_and_told_and_changes_nothing(team: Team, alert: int) -> None:
    before = machine(team, alert)
    words.correct_verdict(team.store, team.tokens["ana"], alert, before, "hold", " It is about\nthe fire. ")
    assert machine(team, alert) == before
    with team.store.read() as tx:
        (word,) = words.words_on(tx, alert)
        row = tx.row(select(corrections))
        assert row is not None
        assert tx.value(select(func.count()).select_from(holds)) == 0
    assert (word.who, word.machine, word.person, word.reason) == ("Ana", before, "hold", "It is about the fire.")
    assert row["text"] == "iced tea\nIced tea on the lawn, what a day"
    assert kinds(team) == ["verdict_corrected"]


def test_a_second_click_says_nothing_twice_and_a_change_of_mind_is_a_new_word(
    team: Team, alert: int, clock: HandClock
) -> None:
    say = lambda label, why: words.correct_verdict(  # noqa: E731
        team.store, team.tokens["ana"], alert, machine(team, alert), label, why
    )
    first = say("hold", "The fire.")
    assert say("hold", "The fire.") == first
    clock.forward(minutes=5)
    assert say("review", "Only a rumour.") != first
    words.agree_with_verdict(team.store, team.tokens["lea"], alert, machine(team, alert))
    with team.store.read() as tx:
        said = {word.who: (word.person, word.agrees) for word in words.words_on(tx, alert)}
    assert said == {"Ana": ("review", False), "Lea": ("clear", True)}
    assert kinds(team) == ["verdict_corrected", "verdict_corrected", "verdict_confirmed"]


def test_one_text_is_corrected_by_what_the_judge_says_of_it(team: Team, alert: int) -> None:
    item = add_item(team.store, DARK, topic="iced tea")
    ana = team.tokens["ana"]
    words.correct_text(team.store, team.scorer, ana, alert, item, "tragedy", "clear", "A film.")
    words.correct_text(team.store, team.scorer, ana, alert, item, "sentiment", "positive", "They liked it.")
    with team.store.read() as tx:
        rows = tx.rows(select(corrections).order_by(corrections.c.id))
    assert [(row["item_id"], row["aspect"], row["person"]) for row in rows] == [
        (item, "tragedy", "clear"),
        (item, "sentiment", "positive"),
    ]
    assert rows[0]["machine"] in ("review", "hold")
    assert rows[0]["text"] == DARK
    words.correct_text(team.store, team.scorer, ana, alert, item, "tragedy", rows[0]["machine"], "")
    assert kinds(team)[-1] == "verdict_confirmed"


def test_who_may_not_and_what_is_no_word(team: Team, alert: int) -> None:
    store, ana, seen = team.store, team.tokens["ana"], machine(team, alert)
    for name in ("vic", "ada"):
        with pytest.raises(Refused, match="may not"):
            words.correct_verdict(store, team.tokens[name], alert, seen, "hold", "Why.")
    words.correct_verdict(store, team.tokens["pia"], alert, seen, "hold", "The press asked.")
    with pytest.raises(BadInput, match="one line why"):
        words.correct_verdict(store, ana, alert, seen, "hold", " \n ")
    with pytest.raises(BadInput, match="up to 500"):
        words.correct_verdict(store, ana, alert, seen, "hold", "x" * 501)
    with pytest.raises(BadInput, match="clear, review, hold"):
        words.correct_verdict(store, ana, alert, seen, "sensitive", "Why.")
    with pytest.raises(Refused, match="another one by now"):
        words.correct_verdict(store, ana, alert, "hold", "clear", "Why.")
    with pytest.raises(BadInput, match="no longer here"):
        words.correct_text(store, team.scorer, ana, alert, 99, "tragedy", "hold", "Why.")
