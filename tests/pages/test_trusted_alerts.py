"""Every button that mutes, notes, splits and keeps quiet does what it says, wherever it stands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from data.storage.store import Store
from data.storage.tables import alert_topics
from tests.conftest import HandClock
from tests.console_driver import calm, errors, plain, press, said, submit, visit
from tests.factory import Team, add_alert, alert_state, team_in, topic_named
from workflow import quiet, triage
from workflow.rules.quiet import QuietHours
from workflow.topics import topic_id
from workflow.triage import Raised, raise_alert


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def topics_on(at: AppTest) -> list[str]:
    return [one.value for one in at.subheader]


def raised(team: Team, topic: str, count: int, kind: str = triage.SPIKE) -> int | None:
    with team.store.write() as tx:
        window = {"window_start": tx.now - timedelta(hours=1), "window_end": tx.now}
        why = {"sentence": f"{count} now.", "share": 0.6, "usual_share": 0.2, "low": 0.5, "high": 0.7, "scored": count}
        samples = [{"text": "The lid broke again.", "url": "", "author": "kim", "at": tx.now.isoformat()}]
        figures = {"baseline": 50.0, "ratio": None, "onset_at": tx.now, "why": why | {"samples": samples}}
        return raise_alert(tx, 1, Raised(topic_id(tx, topic), count, kind=kind, **figures, **window))  # type: ignore[arg-type]


def test_muting_hides_the_alert_and_says_what_is_hidden(team: Team, tmp_path: Path, clock: HandClock) -> None:
    alert = add_alert(team.store)
    at = visit(team, "ana", "desk", tmp_path)
    submit(at, "Mute the topic")
    assert "why" in errors(at)
    at.text_input(key=f"mute_why_{alert}").set_value("The fair is on.")
    submit(at, "Mute the topic")
    assert topics_on(at) == []
    assert "iced tea muted until 10:00 by Ana: 1 alert hidden" in said(at).replace("*", "")
    assert "0 open · 0 mine · 0 snoozed · 1 muted" in said(at)
    press(at, "muted_show_1")
    assert topics_on(at) == ["iced tea"]
    assert "Muted until 10:00 by Ana: The fair is on." in said(at)
    calm(at.segmented_control(key="show").set_value("open").run())
    press(at, "muted_lift_1")
    assert topics_on(at) == []
    assert "The mute of iced tea ended 09:00: 1 alert back" in said(at).replace("*", "")
    press(at, "desk_new")
    assert topics_on(at) == ["iced tea"]


def test_a_mute_that_runs_out_is_told_and_gives_its_alerts_back(team: Team, tmp_path: Path, clock: HandClock) -> None:
    alert = add_alert(team.store)
    at = visit(team, "ana", "desk", tmp_path)
    at.selectbox(key=f"mute_for_{alert}").set_value("morning")
    at.text_input(key=f"mute_why_{alert}").set_value("Asleep.")
    submit(at, "Mute the topic")
    clock.forward(hours=23)
    team.sign_in_again()
    at = visit(team, "ana", "desk", tmp_path)
    assert topics_on(at) == ["iced tea"]
    assert "The mute of iced tea ended 08:00" in said(at).replace("*", "")
    assert "muted_lift_1" not in {one.key for one in at.button}


def test_a_note_is_kept_with_the_alert_and_seen_in_the_list(team: Team, tmp_path: Path) -> None:
    alert = add_alert(team.store)
    at = visit(team, "ana", "desk", tmp_path)
    submit(at, "Keep the note")
    assert "Write down" in errors(at)
    at.text_area(key=f"note_text_{alert}_0").set_value("Their agency *called*.")
    triage.dismiss(team.store, team.tokens["ben"], alert, "Not ours.")
    submit(at, "Keep the note")
    triage.reopen(team.store, team.tokens["ben"], alert)
    calm(at.run())
    assert "Ana 09:00: Their agency *called*." in said(at).replace("**", "")
    moment = visit(team, "ben", "moment", tmp_path, alert=alert)
    assert "Notes (1)" in topics_on(moment)
    moment.text_area(key=f"note_text_{alert}_0").set_value("Twice.")
    submit(moment, "Keep the note")
    assert "Notes (2)" in topics_on(moment)
    assert moment.text_area(key=f"note_text_{alert}_1").value == ""


def test_words_of_a_note_that_cannot_be_kept_stay_in_the_field(team: Team, tmp_path: Path) -> None:
    alert = add_alert(team.store)
    at = visit(team, "ana", "desk", tmp_path)
    long = "Their agency called. " * 100
    at.text_area(key=f"note_text_{alert}_0").set_value(long)
    submit(at, "Keep the note")
    assert "up to 2,000" in errors(at)
    assert at.text_area(key=f"note_text_{alert}_0").value == long


def test_what_joined_is_named_and_can_be_split_off(team: Team, tmp_path: Path) -> None:
    alert = add_alert(team.store)
    assert raised(team, "Iced-Tea", 170) is None
    desk = visit(team, "ana", "desk", tmp_path)
    assert "The same moment: Iced-Tea (same words spelt differently)" in said(desk).replace("**", "")
    other = topic_named(team.store, "Iced-Tea")
    viewer = visit(team, "vic", "moment", tmp_path, alert=alert)
    assert f"split_{alert}_{other}" not in {one.key for one in viewer.button}
    at = press(visit(team, "ana", "moment", tmp_path, alert=alert), f"split_{alert}_{other}")
    assert "The same moment" not in topics_on(at)
    assert "split a topic off" in said(at)
    with team.store.read() as tx:
        assert tx.value(
            select(alert_topics.c.split_at).where(alert_topics.c.alert_id == alert, alert_topics.c.why != "")
        )
    assert [plain(one) for one in topics_on(visit(team, "ana", "desk", tmp_path))] == ["Iced-Tea", "iced tea"]


def test_a_doubling_shows_on_the_card_without_a_reload(team: Team, tmp_path: Path, clock: HandClock) -> None:
    alert = add_alert(team.store, count=160)
    at = visit(team, "ana", "desk", tmp_path)
    press(at, f"claim_{alert}")
    clock.forward(minutes=5)
    assert raised(team, "iced tea", 330) is None
    calm(at.run())
    assert "doubled again 09:05" in said(at)
    assert alert_state(team, alert) == triage.CLAIMED


def test_a_falling_mood_looks_like_no_opportunity(team: Team, tmp_path: Path) -> None:
    alert = raised(team, "iced tea", 60, triage.SENTIMENT)
    desk = visit(team, "ana", "desk", tmp_path)
    assert "× usual" not in said(desk)
    assert "Being judged" not in said(desk)
    at = visit(team, "ana", "moment", tmp_path, alert=alert)
    assert "60 % of 60 posts are negative" in said(at)
    assert "The lid broke again." in said(at)
    assert "Matrix" not in topics_on(at)
    assert not {"Give my points", "Start a draft"} & {one.label for one in at.button}
    press(at, f"claim_{alert}")
    assert alert_state(team, alert or 0) == triage.CLAIMED


def test_a_lead_sets_quiet_hours_and_the_desk_says_what_they_keep(team: Team, tmp_path: Path, clock: HandClock) -> None:
    at = visit(team, "max", "monitors", tmp_path)
    at.pills(key="quiet_days").set_value([])
    press(at, "quiet_save")
    assert "Choose the nights" in errors(at)
    at.pills(key="quiet_days").set_value([0, 1])
    press(at, "quiet_save")
    with team.store.read() as tx:
        kept = quiet.hours_of(tx, 1)
    assert kept is not None
    assert (kept.start.hour, kept.end.hour, kept.days) == (22, 8, frozenset({0, 1}))
    assert "quiet_save" not in {one.key for one in visit(team, "ana", "monitors", tmp_path).button}
    clock.forward(hours=14)
    add_alert(team.store)
    team.sign_in_again()
    at = visit(team, "ana", "desk", tmp_path)
    assert "Quiet hours: 1 alert kept, to be told at Tue 3 Mar, 08:00" in said(at)
    clock.forward(hours=9, minutes=1)
    with team.store.write() as tx:
        quiet.deliver(tx)
    team.sign_in_again()
    assert "1 alert came in the quiet hours" in said(visit(team, "ana", "desk", tmp_path))
    at = press(visit(team, "max", "monitors", tmp_path), "quiet_none")
    with team.store.read() as tx:
        assert quiet.hours_of(tx, 1) is None


def test_quiet_hours_that_changed_under_the_reader_are_not_overwritten(team: Team, tmp_path: Path) -> None:
    at = visit(team, "max", "monitors", tmp_path)
    night = QuietHours(*(one.value for one in at.time_input), frozenset({4}), "Europe/London")  # type: ignore[arg-type]
    quiet.set_quiet_hours(team.store, team.tokens["lea"], (night.start, night.end, (4,)), None)
    press(at, "quiet_save")
    assert "meanwhile" in errors(at)
    with team.store.read() as tx:
        assert quiet.hours_of(tx, 1) == night
