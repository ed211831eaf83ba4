"""The KPI page: an honest nothing, and figures that say from how many."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bench.kpi_year import fill
from data.storage.store import Store
from tests.conftest import HandClock
from tests.console_driver import calm, visit
from tests.factory import Team, add_alert, decided_opportunity, house_of, scheduled_draft, team_in
from workflow import triage
from workflow.corrections import keep


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def said_on(at: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*at.markdown, *at.caption, *at.subheader])


def test_an_empty_period_is_not_a_fast_one(team: Team, tmp_path: Path) -> None:
    at = visit(team, "max", "kpis", tmp_path)
    assert "Nothing happened in this period" in said_on(at)
    assert len(at.metric) == 0


def test_the_figures_and_the_period_they_are_of(team: Team, tmp_path: Path, clock: HandClock) -> None:
    opportunity = decided_opportunity(team)
    clock.forward(minutes=10)
    scheduled_draft(team, opportunity=opportunity)
    clock.forward(minutes=1)
    assert house_of(team, tmp_path).outbox().publish_due() == 1
    triage.dismiss(team.store, team.tokens["ana"], add_alert(team.store, "gossip"), "Not ours.")
    at = visit(team, "max", "kpis", tmp_path)
    shown = {one.label: (one.value, one.delta) for one in at.metric}
    assert shown["Alert to post"] == ("11 min", "of 1 post")
    assert shown["Inside the platform's time"] == ("100%", "of 1 post")
    assert shown["Let go"] == ("50%", "of 2 decided moments")
    assert shown["Planned"] == ("0%", "of 1 post")
    assert "1 of 1 inside 18 min" in said_on(at)
    assert "No hold began" in said_on(at)
    clock.forward(hours=25)
    team.sign_in_again()
    later = visit(team, "max", "kpis", tmp_path)
    assert len(later.metric) == 6
    calm(later.segmented_control(key="period").set_value("24h").run())
    assert "Nothing happened in this period" in said_on(later)


def test_everybody_may_read_them(team: Team, tmp_path: Path) -> None:
    add_alert(team.store)
    assert len(visit(team, "vic", "kpis", tmp_path).metric) == 6


def test_a_period_of_days_holds_what_happened_in_it(team: Team, tmp_path: Path, clock: HandClock) -> None:
    add_alert(team.store)
    clock.forward(hours=timedelta(days=8) / timedelta(hours=1))
    team.sign_in_again()
    at = visit(team, "max", "kpis", tmp_path)
    assert len(at.metric) == 0
    calm(at.segmented_control(key="period").set_value("30d").run())
    assert "**1** alerts" in said_on(at)


def test_agreement_says_how_to_disagree_and_then_how_often_people_did(team: Team, tmp_path: Path) -> None:
    assert "press “Is that right?”" in said_on(visit(team, "max", "kpis", tmp_path))
    decided_opportunity(team)
    with team.store.write() as tx:
        keep(tx, team.people["ana"].id, aspect="tragedy", machine="clear", person="hold", reason="A fire.",
             scorer="test", alert_id=1)  # fmt: skip
    at = visit(team, "vic", "kpis", tmp_path)
    rows = next(one.value for one in at.dataframe if "Verdict on" in one.value.columns).to_dict("records")
    row = next(one for one in rows if one["Verdict on"] == "Moments: stop or go")
    assert (row["Verdict on"], row["Acted on"], row["Agreed"], row["Made darker"]) == ("Moments: stop or go", 1, 0, 1)


def filled(team: Team, tmp_path: Path, name: str = "max") -> AppTest:
    fill(team.store, scale=0.01)
    return visit(team, name, "kpis", tmp_path, period="A year")


def test_the_filters_change_the_figures_and_every_chart_can_be_taken_away(team: Team, tmp_path: Path) -> None:
    at = filled(team, tmp_path)
    shown = {one.label: one.delta for one in at.metric}
    keys = {one.proto.id.rsplit("-", 1)[-1] for one in at.get("download_button")}
    charts = {"csv_response", "csv_legs", "csv_roles", "csv_alerts", "csv_planned", "csv_stopped"}
    assert keys >= charts | {"csv", "csv_posts", "csv_figures", "sqlite"}
    assert len(at.get("vega_lite_chart")) + len(at.get("arrow_vega_lite_chart")) >= len(charts)
    calm(at.selectbox(key="platform").set_value("x").run())
    narrowed = {one.label: one.delta for one in at.metric}
    assert narrowed["Planned"] != shown["Planned"]
    assert narrowed["Let go"] == shown["Let go"]
    assert "about no platform" in said_on(at)


def test_days_can_be_chosen_and_such_as_make_none_are_told(team: Team, tmp_path: Path) -> None:
    add_alert(team.store)
    at = visit(team, "max", "kpis", tmp_path, period="Dates")
    assert "**1** alerts" in said_on(at)
    at.date_input(key="from").set_value(date(2026, 2, 1))
    calm(at.date_input(key="to").set_value(date(2026, 2, 28)).run())
    assert "Nothing happened in this period" in said_on(at)
    calm(at.date_input(key="from").set_value(date(2026, 3, 20)).run())
    assert "The first day has to lie before the last one" in str(at.warning[0].value)


def test_names_stand_behind_a_door_that_only_a_manager_sees(team: Team, tmp_path: Path) -> None:
    at = filled(team, tmp_path)
    assert [one.label for one in at.expander if "by name" in one.label]
    assert "Uwe" not in said_on(at)
    lead = visit(team, "lea", "kpis", tmp_path)
    assert not [one for one in lead.expander if "by name" in one.label]
