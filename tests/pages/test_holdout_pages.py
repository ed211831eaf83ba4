"""The holdout as people meet it: a moment that is left alone, the way out, and what a manager learns from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.ui.lift import in_words
from data.storage.store import Store
from tests import factory as f
from tests.console_driver import calm, visit
from workflow.measuring import holdout
from workflow.rules.lift import Lift


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return f.team_in(sqlite_store)


def silent_moment(team: f.Team) -> int:
    moment = f.decided_opportunity(team)
    holdout.set_share(team.store, team.tokens["max"], 0.5, seen=0.0)
    with team.store.write() as tx:
        holdout.draw(tx, moment, lambda: 0.0)
    return moment


def labels(at: AppTest) -> list[str]:
    return [one.label for one in at.button]


def infos(at: AppTest) -> str:
    return "\n".join(one.value for one in at.info)


def test_a_silent_moment_offers_no_draft_to_a_writer_and_no_way_out_either(team: f.Team, tmp_path: Path) -> None:
    silent_moment(team)
    at = visit(team, "ana", "moment", tmp_path, alert=1)
    assert "left alone" in infos(at)
    assert "Start a draft" not in labels(at)
    assert "Speak all the same" not in labels(at)


def test_who_leads_breaks_the_silence_with_a_reason_and_everybody_reads_it(team: f.Team, tmp_path: Path) -> None:
    moment = silent_moment(team)
    at = visit(team, "lea", "moment", tmp_path, alert=1)
    at.text_input(key="speak_reason").set_value("Guests ask us about it at the counter.")
    calm(next(one for one in at.button if one.label == "Speak all the same").click().run())
    assert "Start a draft" in labels(at)
    assert any("Guests ask us about it" in one.value for one in at.caption)
    with team.store.read() as tx:
        silence = holdout.silence_over(tx, moment)
    assert silence is not None
    assert not silence.stands


def test_a_manager_chooses_the_share_and_a_lead_only_reads(team: f.Team, tmp_path: Path) -> None:
    at = visit(team, "lea", "kpis", tmp_path)
    assert "holdout_save" not in [one.key for one in at.button]
    at = visit(team, "max", "kpis", tmp_path)
    at.select_slider(key="holdout_share").set_value(0.2)
    calm(at.button(key="holdout_save").click().run())
    with team.store.read() as tx:
        assert holdout.share_of(tx) == 0.2
    assert any("20% of go moments" in one.label for one in at.expander)


def test_the_page_says_when_the_sample_is_too_small_and_how_large_it_would_have_to_be() -> None:
    assert "Too few moments" in in_words(Lift(3, 1, 1, None, None, None, None))[0]
    unsure = in_words(Lift(12, 12, 11, 0.1, -0.2, 0.5, 80))
    assert "No difference can be told yet" in unsure[0]
    assert "1 of them spoken about all the same" in unsure[1]
    assert "80 moments on each side" in unsure[2]
    assert "+40%" in in_words(Lift(90, 90, 90, 0.4, 0.1, 0.7, 80))[0]
