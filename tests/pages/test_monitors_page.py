"""The Monitors page: how loud each is, what words would have raised, and that no refusal loses a word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from streamlit.testing.v1 import AppTest

from data.storage.tables import counts, events, items, monitors, topics
from data.storage.volumes import add_counts
from monitors.volume import HOUR, window_end
from tests.conftest import HandClock
from tests.console_driver import calm, errors, press, said, submit, team_at, visit
from tests.factory import Team, add_monitor, add_source
from workflow import watching
from workflow.watching import Watched

TRY = "What would it have raised?"


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[Team]:
    with team_at(tmp_path, clock) as found:
        yield found


def rows(team: Team) -> list[dict[str, object]]:
    with team.store.read() as tx:
        return [dict(row) for row in tx.rows(select(monitors).order_by(monitors.c.id))]


def typed(at: AppTest, number: int, terms: str, exclusions: str = "", floor: int = 20, name: str = "") -> AppTest:
    if name:
        at.text_input(key=f"monitor_name_{number}").set_value(name)
    at.text_area(key=f"monitor_terms_{number}").set_value(terms)
    at.text_area(key=f"monitor_exclusions_{number}").set_value(exclusions)
    at.number_input(key=f"monitor_floor_{number}").set_value(floor)
    return at


def write_counts(team: Team, topic: int, clock: HandClock, per_hour: int, last: int, hours: int = 48) -> None:
    end = window_end(clock.at)
    tally = {(topic, end - HOUR * back): per_hour if back > 1 else last for back in range(1, hours + 1)}
    with team.store.write() as tx:
        add_counts(tx, 1, tally)


def test_each_card_says_what_is_watched_and_how_loud_it_is(team: Team, tmp_path: Path, clock: HandClock) -> None:
    add_source(team.store)
    write_counts(team, add_monitor(team.store, "Our tea"), clock, 50, 60)
    write_counts(team, add_monitor(team.store, "Loud", ("loud",)), clock, 50, 150)
    write_counts(team, add_monitor(team.store, "Young", ("young",)), clock, 5, 5, hours=3)
    add_monitor(team.store, "Gone", ("gone",))
    watching.set_enabled(team.store, team.tokens["lea"], 4, False)
    at = visit(team, "vic", "monitors", tmp_path)
    assert [one.value for one in at.subheader] == ["Our tea", "Loud", "Young", "Gone"]
    words = said(at)
    assert "3 watched, 1 switched off" in words
    assert "**60** in the last hour, usual 50" in words
    assert "Switched off: nothing is counted" in words
    badges = [state for state in ("Quiet", "Alert height", "Learning", "Off") if f"{state}]" in words]
    assert badges == ["Quiet", "Alert height", "Learning", "Off"]


def test_an_empty_page_says_who_adds_the_first(team: Team, tmp_path: Path) -> None:
    assert "Nothing is watched yet" in said(visit(team, "vic", "monitors", tmp_path))
    assert "Name the first above" in said(visit(team, "max", "monitors", tmp_path))


def test_a_reader_has_no_form_and_no_switch(team: Team, tmp_path: Path) -> None:
    add_monitor(team.store)
    at = visit(team, "ana", "monitors", tmp_path)
    assert not at.text_area
    assert not at.toggle
    assert not [one for one in at.button if one.key != "sign_out"]


def test_what_it_would_have_raised_is_shown_before_anything_is_saved(
    team: Team, tmp_path: Path, clock: HandClock
) -> None:
    add_source(team.store)
    with team.store.write() as tx:
        for back in range(1, 60):
            at = window_end(clock.at) - HOUR * back
            row = {"source_id": 1, "external_id": str(back), "kind": "mentions", "text": "Iced tea", "extra": {}}
            row |= {"published_at": at, "taken_in_at": at, "fingerprint": "f", "weight": 200 if back == 1 else 50}
            tx.insert(insert(items).values(**row))
    page = typed(visit(team, "lea", "monitors", tmp_path), 0, "iced tea", name="Iced tea")
    page = submit(page, TRY)
    words = said(page)
    assert "it would have raised **1 alert**. 59 of 59 items" in words
    assert "**200** in the hour, 4.0 × the usual 50.0" in words
    assert "only 59 hours of items" in words
    assert rows(team) == []
    page = submit(page, "Save")
    assert [(row["name"], row["terms"], row["kind"]) for row in rows(team)] == [("Iced tea", ["iced tea"], "brand")]
    assert page.text_area(key="monitor_terms_0").value == ""
    assert [one.value for one in page.subheader] == ["Iced tea"]


def test_a_refusal_says_why_and_keeps_every_word(team: Team, tmp_path: Path) -> None:
    page = typed(visit(team, "lea", "monitors", tmp_path), 0, "t, iced tea", "long island", 35, name="Iced tea")
    for button in (TRY, "Save"):
        page = submit(page, button)
        assert "'t' is too short" in errors(page)
    assert page.text_input(key="monitor_name_0").value == "Iced tea"
    assert page.text_area(key="monitor_terms_0").value == "t, iced tea"
    assert page.text_area(key="monitor_exclusions_0").value == "long island"
    assert page.number_input(key="monitor_floor_0").value == 35
    assert rows(team) == []


def saves(at: AppTest) -> list[int]:
    """Where the Save buttons stand among all buttons: the new monitor's first, the opened card's second."""
    return [place for place, one in enumerate(at.button) if one.label == "Save"]


def test_changing_words_replaces_what_the_card_showed(team: Team, tmp_path: Path) -> None:
    add_monitor(team.store)
    page = press(visit(team, "lea", "monitors", tmp_path), "change_1")
    assert page.text_area(key="monitor_terms_1").value == "larkfield"
    typed(page, 1, "larkfield\nlarkfield tea", "football", 40)
    page.button[saves(page)[1]].click().run()
    assert [(r["terms"], r["exclusions"], r["floor"]) for r in rows(team)] == [
        (["larkfield", "larkfield tea"], ["football"], 40)
    ]
    assert len(saves(page)) == 1, "the form is closed once its words are stored"


def test_a_change_that_came_too_late_is_refused_and_can_be_saved_once_seen(team: Team, tmp_path: Path) -> None:
    add_monitor(team.store)
    page = typed(press(visit(team, "lea", "monitors", tmp_path), "change_1"), 1, "green tea")
    watching.change_monitor(team.store, team.tokens["max"], 1, Watched(("larkfield",), (), 20), ("oolong",), (), 20)
    page.button[saves(page)[1]].click().run()
    assert "changed by somebody else" in errors(page)
    assert "oolong" in said(page)
    assert page.text_area(key="monitor_terms_1").value == "green tea"
    assert rows(team)[0]["terms"] == ["oolong"]
    page.button[saves(page)[1]].click().run()
    assert rows(team)[0]["terms"] == ["green tea"]


def test_switching_off_and_on(team: Team, tmp_path: Path, clock: HandClock) -> None:
    add_monitor(team.store)
    page = visit(team, "ada", "monitors", tmp_path)
    page = page.toggle(key="watch_1").set_value(False).run()
    assert not rows(team)[0]["enabled"]
    assert "Switched off" in said(page)
    clock.forward(minutes=1)
    page.toggle(key="watch_1").set_value(True).run()
    assert rows(team)[0]["enabled"]
    with team.store.read() as tx:
        found = tx.rows(select(events.c.kind).where(events.c.subject == "monitor").order_by(events.c.id))
    assert [row["kind"] for row in found] == ["monitor_off", "monitor_on"]


def test_names_and_words_from_people_are_text_and_never_markup(team: Team, tmp_path: Path) -> None:
    add_monitor(team.store, "**[x](https://evil.example)**", ("![a](https://evil.example/b.png)",))
    at = visit(team, "vic", "monitors", tmp_path)
    drawn = "\n".join(str(one.value) for one in [*at.subheader, *at.markdown, *at.caption])
    assert "](https" not in drawn


def test_a_backtest_belongs_to_the_words_it_was_asked_for(team: Team, tmp_path: Path, clock: HandClock) -> None:
    add_source(team.store)
    write_counts(team, add_monitor(team.store), clock, 50, 150)
    page = press(visit(team, "lea", "monitors", tmp_path), "change_1")
    tries = [one for one in page.button if one.label == TRY]
    page = tries[1].click().run()
    assert "it would have raised **1 alert**. It has counted" in said(page)
    clock.forward(seconds=timedelta(minutes=1).total_seconds())
    typed(page, 1, "larkfield, t")
    page = [one for one in page.button if one.label == TRY][1].click().run()
    assert "it would have raised" not in said(page)
    assert "'t' is too short" in errors(page)


def test_name_kind_languages_and_wait_are_changed_too(team: Team, tmp_path: Path) -> None:
    add_monitor(team.store)
    add_monitor(team.store, "Hot tea", ("hot tea",))
    page = press(visit(team, "lea", "monitors", tmp_path), "change_1")
    page.text_input(key="monitor_name_1").set_value("hot  TEA")
    page.text_input(key="monitor_languages_1").set_value("EN, de")
    page.number_input(key="monitor_cooldown_1").set_value(90)
    page.button[saves(page)[1]].click().run()
    assert "'Hot tea' is watched already" in errors(page)
    page.text_input(key="monitor_name_1").set_value("Our Darjeeling")
    page.selectbox(key="monitor_kind_1").set_value("keyword")
    page.button[saves(page)[1]].click().run()
    row = rows(team)[0]
    assert (row["name"], row["kind"], row["languages"]) == ("Our Darjeeling", "keyword", ["en", "de"])
    assert row["cooldown_minutes"] == 90
    assert "told again after 90 min" in said(page)
    with team.store.read() as tx:
        topic = tx.row(select(topics).where(topics.c.monitor_id == 1))
        assert topic is not None
        assert (topic["label"], topic["folded"]) == ("Our Darjeeling", "ourdarjeeling")
        detail = tx.value(select(events.c.detail).where(events.c.kind == "monitor_changed"))
    assert (detail["before"]["name"], detail["after"]["name"]) == ("Our tea", "Our Darjeeling")


def test_a_history_is_shown_before_it_is_imported_and_can_be_taken_back(
    team: Team, tmp_path: Path, clock: HandClock
) -> None:
    add_monitor(team.store)
    page = visit(team, "lea", "monitors", tmp_path)
    page.session_state["history_open"] = True
    page = calm(page.run())
    hours = [clock.at - HOUR * n for n in range(30, 0, -1)]
    content = "timestamp,count\n" + "".join(f"{at.isoformat()},40\n" for at in hours)
    page.file_uploader(key="history_file").upload("mine.csv", content.encode(), "text/csv")
    page = calm(page.run())
    assert "no monitor is named" in errors(page)
    page = calm(page.selectbox(key="history_for").set_value(1).run())
    assert "30 rows" in said(page)
    assert "The usual at this hour would be 40.0" in said(page)
    with team.store.read() as tx:
        assert not tx.rows(select(counts))
    page = press(page, "history_import")
    assert "has 1,200 imported uses" in said(page)
    press(page, "history_remove_1")
    with team.store.read() as tx:
        assert not tx.rows(select(counts))
