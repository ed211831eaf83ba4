"""A moment that a person saw: what is kept of it, what is refused, and what happens where an alert lives already."""

from __future__ import annotations

import pytest
from sqlalchemy import RowMapping, func, select

from app.views import sources as sources_view
from data.errors import BadInput, Refused
from data.storage.store import Store
from data.storage.tables import alerts, counts, events, items, sources, verdicts
from tests.conftest import HandClock
from tests.factory import Team, add_alert, add_source, team_in
from workflow import triage
from workflow.by_hand import BY_HAND_KIND, raise_by_hand
from workflow.judge import judge_open_alerts

SAW = "A teapot is dancing on every screen of the station."


@pytest.fixture
def team(store: Store) -> Team:
    return team_in(store)


def rows(team: Team, table) -> list[RowMapping]:
    with team.store.read() as tx:
        return list(tx.rows(select(table).order_by(table.c.id)))


def test_what_ana_saw_is_an_alert_in_her_name_without_invented_figures(team: Team, clock: HandClock) -> None:
    seen = raise_by_hand(team.store, team.tokens["ana"], " Dancing  teapot ", SAW, " https://station.example/1 ")
    (alert,) = rows(team, alerts)
    assert (seen.alert_id, seen.folded, alert["state"]) == (alert["id"], False, triage.OPEN)
    assert (alert["ratio"], alert["baseline"], alert["raised_at"]) == (None, None, clock.at)
    assert alert["why"]["sentence"] == f"Ana saw this: {SAW}"
    assert alert["why"]["samples"][0]["url"] == "https://station.example/1"
    (event,) = [row for row in rows(team, events) if row["kind"] == "alert_by_hand"]
    assert (event["actor"], event["subject_id"], event["detail"]["text"]) == ("Ana", alert["id"], SAW)


def test_the_words_are_kept_as_an_item_of_a_source_that_is_never_read_or_listed(team: Team) -> None:
    for _ in range(2):
        raise_by_hand(team.store, team.tokens["ana"], "Dancing teapot", SAW)
    (source,) = rows(team, sources)
    assert (source["kind"], source["enabled"]) == (BY_HAND_KIND, False)
    assert [row["text"] for row in rows(team, items)] == [SAW, SAW]
    assert sources_view.read(team.store).cards == ()
    with team.store.read() as tx:
        assert tx.value(select(func.count()).select_from(counts)) == 0, "one pair of eyes is no count"


@pytest.mark.parametrize(
    ("text", "light"),
    [("Two people were killed in the fire at the old mill.", "review"), (SAW, "clear")],
)
def test_one_persons_words_are_enough_to_turn_the_light(team: Team, text: str, light: str) -> None:
    raise_by_hand(team.store, team.tokens["ana"], "The old mill", text)
    assert judge_open_alerts(team.store, team.scorer) == 1
    assert rows(team, verdicts)[0]["tragedy"] == light


def test_a_living_alert_takes_it_in_and_keeps_its_figures(team: Team) -> None:
    alert = add_alert(team.store, "Dancing teapot", count=160)
    triage.claim(team.store, team.tokens["ben"], alert)
    seen = raise_by_hand(team.store, team.tokens["ana"], "#DancingTeapot", SAW)
    assert (seen.alert_id, seen.folded) == (alert, True)
    assert seen.sentence == "An alert about this is claimed already. What you saw was added to it."
    (row,) = rows(team, alerts)
    assert (row["count"], row["ratio"], row["state"]) == (160, 3.2, triage.CLAIMED)
    assert row["why"]["sentence"] == f"160 in the last hour. Ana saw this: {SAW}"
    assert [one["text"] for one in row["why"]["samples"]] == [SAW]


def test_newer_figures_replace_nothing_that_a_person_saw(team: Team, clock: HandClock) -> None:
    add_alert(team.store, "Dancing teapot", count=160)
    for words in (SAW, "Its maker has written about it himself."):
        raise_by_hand(team.store, team.tokens["ana"], "Dancing teapot", words, "https://station.example/1")
    clock.forward(minutes=70)
    for count in (400, 900):
        with team.store.write() as tx:
            window = {"onset_at": tx.now, "window_start": tx.now, "window_end": tx.now}
            why = {"sentence": f"{count} now.", "samples": [{"text": "A post."}]}
            about = tx.value(select(alerts.c.topic_id))
            triage.raise_alert(tx, 1, triage.Raised(about, count, 50.0, 8.0, why=why, **window))
    (row,) = rows(team, alerts)
    assert row["count"] == 900
    assert (
        row["why"]["sentence"] == f"900 now. Ana saw this: {SAW} Ana saw this: Its maker has written about it himself."
    )
    assert [one["text"] for one in row["why"]["samples"]] == ["Its maker has written about it himself.", SAW, "A post."]


def test_after_a_dismissal_or_six_hours_it_is_news_again(team: Team, clock: HandClock) -> None:
    first = raise_by_hand(team.store, team.tokens["ana"], "Dancing teapot", SAW)
    triage.dismiss(team.store, team.tokens["ben"], first.alert_id, "Not ours.")
    second = raise_by_hand(team.store, team.tokens["ana"], "Dancing teapot", SAW)
    clock.forward(hours=6)
    team.sign_in_again()
    third = raise_by_hand(team.store, team.tokens["ana"], "Dancing teapot", SAW)
    assert len({first.alert_id, second.alert_id, third.alert_id}) == 3
    assert not second.folded
    assert not third.folded


@pytest.mark.parametrize(
    ("topic", "text", "url", "said"),
    [
        (" # ", SAW, "", "what it is about"),
        ("x" * 201, SAW, "", "what it is about"),
        ("Teapot", "  ", "", "what you saw"),
        ("Teapot", "x" * 2001, "", "what you saw"),
        ("Teapot", SAW, "station.example", "no web address"),
        ("Teapot", SAW, "javascript:alert(1)", "no web address"),
        ("Teapot", SAW, "https://", "no web address"),
        ("Teapot", SAW, "https://[half", "no web address"),
        ("Teapot", SAW, "https://a b", "no web address"),
    ],
)
def test_what_says_too_little_is_refused_and_raises_nothing(
    team: Team, topic: str, text: str, url: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        raise_by_hand(team.store, team.tokens["ana"], topic, text, url)
    assert rows(team, alerts) == []
    assert rows(team, sources) == []


@pytest.mark.parametrize("who", ["pia", "ada", "vic"])
def test_only_those_who_triage_raise(team: Team, who: str) -> None:
    with pytest.raises(Refused):
        raise_by_hand(team.store, team.tokens[who], "Teapot", SAW)


def test_a_feed_of_the_same_name_is_left_alone(team: Team) -> None:
    add_source(team.store, "By hand")
    raise_by_hand(team.store, team.tokens["ana"], "Teapot", SAW)
    assert {row["name"]: row["kind"] for row in rows(team, sources)} == {
        "By hand": "rss",
        "By hand (people)": "by_hand",
    }
