"""A verdict that turns: judged again as soon as something comes in, and never behind the back of who acted on it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select, update

from app.views import moment as view
from data.errors import BadInput
from data.storage.events import THE_PRODUCT, append
from data.storage.store import Store
from data.storage.tables import drafts, events, items, verdicts
from scoring.contract import TextVerdict
from scoring.lexicon import LexiconScorer
from tests.conftest import HandClock
from tests.factory import Team, add_alert, add_item, add_opportunity, add_source, draft_in_review, sign, team_in
from workflow import assess, corrections, draft, triage
from workflow.due import AGAIN_AFTER, due
from workflow.judge import judge_open_alerts, label_news
from workflow.turns import SEEN, TURNED, darker_since, mark_seen, newest_turn, turn_for

CRASH = "Iced tea festival: stage collapses, four people killed and dozens injured"


@pytest.fixture
def team(store: Store) -> Team:
    return team_in(store)


@pytest.fixture
def alert(team: Team, clock: HandClock) -> int:
    add_source(team.store)
    add_item(team.store, "Iced tea on the lawn, what a day", topic="iced tea")
    found = add_alert(team.store)
    assert judge_open_alerts(team.store, team.scorer) == 1
    clock.forward(seconds=5)
    return found


def darken(team: Team, clock: HandClock) -> None:
    add_item(team.store, CRASH, kind="news")
    label_news(team.store, team.scorer)
    clock.forward(seconds=1)
    judge_open_alerts(team.store, team.scorer)


def lighten(team: Team, clock: HandClock) -> None:
    with team.store.write() as tx:
        tx.run(items.delete().where(items.c.kind == "news"))
    clock.forward(minutes=3)
    judge_open_alerts(team.store, team.scorer)


def told(team: Team, kind: str = TURNED) -> int:
    with team.store.read() as tx:
        return int(tx.value(select(func.count()).select_from(events).where(events.c.kind == kind)) or 0)


def turn(team: Team, alert: int, name: str):
    with team.store.read() as tx:
        return turn_for(tx, alert, team.people[name].id)


@pytest.mark.parametrize(
    ("kind", "topic", "extra", "sooner"),
    [
        ("mentions", "iced tea", {}, True),
        ("mentions", "football", {}, False),
        ("news", "", {"tragedy": "hold"}, True),
        ("news", "", {"tragedy": None}, True),
        ("news", "", {"tragedy": "clear"}, False),
        ("official", "", {"extra": {"severity": "Extreme", "event": "Flood"}}, True),
        ("official", "", {"extra": {"severity": "Minor", "event": "Fog"}}, False),
        ("official", "", {"extra": {"severity": "Minor", "cancelled": True}}, True),
    ],
)
def test_what_makes_an_alert_due_again(
    team: Team, alert: int, clock: HandClock, kind: str, topic: str, extra: dict[str, object], sooner: bool
) -> None:
    assert due(team.store) == []
    add_item(team.store, "Something came in", kind=kind, topic=topic, **extra)
    assert [row["id"] for row in due(team.store)] == ([alert] if sooner else [])
    clock.forward(seconds=1)
    judge_open_alerts(team.store, team.scorer)
    assert due(team.store) == []
    clock.forward(seconds=AGAIN_AFTER.total_seconds() + 1)
    assert [row["id"] for row in due(team.store)] == [alert]


def test_a_moment_that_somebody_writes_about_is_judged_even_when_it_was_put_aside(
    team: Team, alert: int, clock: HandClock
) -> None:
    opportunity = add_opportunity_of(team, alert)
    draft_id = draft_in_review(team, opportunity=opportunity)
    triage.snooze(team.store, team.tokens["ana"], alert, 60)
    clock.forward(minutes=3)
    assert [row["id"] for row in due(team.store)] == [alert]
    draft.withdraw(team.store, team.tokens["ana"], draft_id)
    assert due(team.store) == []


def add_opportunity_of(team: Team, alert: int) -> int:
    """The moment's opportunity (the judge has opened it), found worth taking by Ana and Ben."""
    with team.store.read() as tx:
        row = triage.opportunity_of(tx, alert)
    found = int(row["id"]) if row is not None else add_opportunity(team.store, alert)
    for name in ("ana", "ben"):
        assess.assess(team.store, team.tokens[name], found, 9, 9)
    return found


def test_a_verdict_that_nobody_acted_on_turns_quietly(team: Team, alert: int, clock: HandClock) -> None:
    darken(team, clock)
    with team.store.read() as tx:
        assert tx.value(select(verdicts.c.tragedy).order_by(verdicts.c.id.desc()).limit(1)) != "clear"
    assert told(team) == 0
    assert turn(team, alert, "ana") is None


def test_a_turn_is_told_to_each_until_they_have_seen_it(team: Team, alert: int, clock: HandClock) -> None:
    add_opportunity_of(team, alert)
    clock.forward(minutes=1)
    darken(team, clock)
    assert told(team) == 1
    found = turn(team, alert, "ana")
    assert found is not None
    assert (found.path[0], found.darker, found.evidence) == ("clear", True, CRASH)
    for _ in range(2):
        mark_seen(team.store, team.tokens["ana"], alert, found.event_id)
    assert told(team, SEEN) == 1
    assert turn(team, alert, "ana") is None
    assert turn(team, alert, "ben") == found
    lighten(team, clock)
    back = turn(team, alert, "ben")
    assert back is not None
    assert (back.path[0], back.path[-1], back.darker) == ("clear", "clear", False)
    with pytest.raises(BadInput):
        mark_seen(team.store, team.tokens["ana"], alert, found.event_id - 1)


def test_a_turn_tells_nobody_that_another_has_scored(team: Team, alert: int, clock: HandClock) -> None:
    with team.store.read() as tx:
        opportunity = triage.opportunity_of(tx, alert)
    assert opportunity is not None
    assess.assess(team.store, team.tokens["ana"], opportunity["id"], 9, 9)
    clock.forward(minutes=1)
    darken(team, clock)
    assert turn(team, alert, "ana") is not None
    assert turn(team, alert, "ben") is None
    read = lambda name: {one.what for one in view.read(team.store, team.people[name], alert).history}  # noqa: E731
    assert "judged it otherwise than before" in read("ana") - read("ben")


def test_acting_anew_is_having_seen_it_but_not_in_the_same_breath(team: Team, alert: int, clock: HandClock) -> None:
    opportunity = add_opportunity_of(team, alert)
    draft_id = draft.start(team.store, team.tokens["ana"], draft.Writing("Iced tea for all."), opportunity)
    clock.forward(minutes=1)
    darken(team, clock)
    clock.forward(seconds=2)
    draft.save(team.store, team.tokens["ana"], draft_id, 1, draft.Writing("Iced tea for you."))
    assert turn(team, alert, "ana") is not None, "typed before anybody could have read of it"
    clock.forward(seconds=30)
    draft.save(team.store, team.tokens["ana"], draft_id, 2, draft.Writing("We are silent today."))
    assert turn(team, alert, "ana") is None
    assert turn(team, alert, "ben") is not None


def test_a_darker_verdict_voids_nothing_by_itself(team: Team, alert: int, clock: HandClock) -> None:
    draft_id = draft_in_review(team, opportunity=add_opportunity_of(team, alert))
    sign(team, "lea", draft_id)
    clock.forward(minutes=1)
    darken(team, clock)
    with team.store.read() as tx:
        assert tx.value(select(drafts.c.state)) == "in_review"
        newest = newest_turn(tx, alert)
        assert darker_since(tx, alert, 0)["id"] == newest
        assert darker_since(tx, alert, newest) is None
    assert turn(team, alert, "lea") is not None


def test_a_word_on_the_verdict_is_acting_on_it(team: Team, alert: int, clock: HandClock) -> None:
    corrections.agree_with_verdict(team.store, team.tokens["pia"], alert, "clear")
    clock.forward(minutes=1)
    darken(team, clock)
    assert turn(team, alert, "pia") is not None


def test_a_category_is_told_while_it_differs_and_not_after_it_turned_back(team: Team, alert: int) -> None:
    add_opportunity_of(team, alert)
    for before, after in (("industry_news", "cultural_moment"), ("cultural_moment", "industry_news")):
        with team.store.write() as tx:
            detail = {"categories": [before, after], "evidence": ""}
            append(tx, THE_PRODUCT, TURNED, "alert", alert, before="clear", after="clear", detail=detail)
        found = turn(team, alert, "ana")
        if after == "cultural_moment":
            assert found is not None
            assert (found.path, found.categories) == (("clear",), ("industry_news", "cultural_moment"))
    assert found is None


class Other(LexiconScorer):
    """The same rules under another name: what a new model is to the old one."""

    name = "another-1"

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def score(self, texts: Sequence[str]) -> list[TextVerdict]:
        self.read.extend(texts)
        return super().score(texts)


def test_a_headline_is_read_once_by_each_scorer(team: Team) -> None:
    add_source(team.store)
    add_item(team.store, CRASH, kind="news")
    label_news(team.store, team.scorer)
    other = Other()
    for _ in range(2):
        label_news(team.store, other)
    assert other.read == [CRASH]
    with team.store.write() as tx:
        assert tx.row(select(items.c.scored_by, items.c.tragedy)) == {"scored_by": "another-1", "tragedy": "hold"}
        tx.run(update(items).values(tragedy=None))  # the same story came again with other words
    label_news(team.store, other)
    assert len(other.read) == 2
