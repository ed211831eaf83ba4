"""The report of agreement, from what people really did; and the lines to train from."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.cli import main
from data.storage.store import Store
from tests.conftest import HandClock
from tests.factory import Team, add_alert, add_item, add_source, draft_in_review, team_in
from workflow import assess, corrections, triage
from workflow.agreement import agreement
from workflow.judge import judge_open_alerts

LONDON = ZoneInfo("Europe/London")
SECRET = '=HYPERLINK("http://x")\nThe stand burned down, three people were killed'


@pytest.fixture
def team(store: Store) -> Team:
    return team_in(store)


def judged_alert(team: Team, topic: str) -> int:
    found = add_alert(team.store, topic)
    judge_open_alerts(team.store, team.scorer)
    return found


def decide(team: Team, alert: int) -> int:
    with team.store.read() as tx:
        row = triage.opportunity_of(tx, alert)
    assert row is not None
    for name in ("ana", "ben"):
        assess.assess(team.store, team.tokens[name], row["id"], 9, 9)
    return int(row["id"])


def lines(team: Team) -> dict[tuple[date, str, str], tuple[int, int, int, int]]:
    with team.store.read() as tx:
        found = agreement(tx, LONDON)
    return {(w.begins, w.about, w.aspect): (w.verdicts, w.agreed, w.darker, w.milder) for w in found}


def test_acted_on_without_a_word_is_agreement_and_a_word_counts_once(team: Team, clock: HandClock) -> None:
    add_source(team.store)
    quiet, spoken, ignored = (judged_alert(team, topic) for topic in ("iced tea", "green tea", "mint tea"))
    draft_in_review(team, opportunity=decide(team, quiet))
    corrections.correct_verdict(team.store, team.tokens["ana"], spoken, "clear", "hold", "A fire.")
    clock.forward(hours=24 * 8)
    team.sign_in_again()
    decide(team, spoken)
    first = date(2026, 3, 2)
    assert lines(team) == {
        (first, "moment", "tragedy"): (2, 1, 1, 0),
        (first, "moment", "category"): (1, 1, 0, 0),
        (date(2026, 3, 9), "moment", "category"): (1, 1, 0, 0),
    }
    assert ignored


def test_a_text_counts_where_somebody_spoke_and_by_the_newest_word(team: Team, clock: HandClock) -> None:
    add_source(team.store)
    item = add_item(team.store, SECRET, topic="iced tea")
    alert = judged_alert(team, "iced tea")
    for label, why in (("clear", "A play."), ("hold", "No, real.")):
        clock.forward(minutes=1)
        corrections.correct_text(team.store, team.scorer, team.tokens["lea"], alert, item, "tragedy", label, why)
    assert lines(team)[(date(2026, 3, 2), "text", "tragedy")][0] == 1
    assert lines(team)[(date(2026, 3, 2), "text", "tragedy")][3] == 0, "what she thought first is past"
    clock.forward(hours=24 * 7 * 13)
    assert lines(team) == {}


def test_words_are_exported_as_lines_without_names(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    team = team_in(sqlite_store)
    add_source(team.store)
    item = add_item(team.store, SECRET, topic="iced tea")
    alert = judged_alert(team, "iced tea")
    corrections.correct_verdict(team.store, team.tokens["ana"], alert, "clear", "hold", "It burned.")
    corrections.correct_text(team.store, team.scorer, team.tokens["lea"], alert, item, "sentiment", "negative", "Sad.")
    monkeypatch.setenv("TACT_DATABASE_URL", str(team.store.engine.url))
    out = tmp_path / "words.jsonl"
    assert main(["export", "corrections", str(out)]) == 0
    moment, text = (json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert (moment["about"], moment["person"], moment["by"], moment["reason"]) == ("moment", "hold", "p1", "It burned.")
    assert (text["text"], text["aspect"], text["person"], text["by"]) == (SECRET, "sentiment", "negative", "p2")
    assert {"machine", "probability", "scorer", "at"} < set(text)
    assert not any(name in out.read_text(encoding="utf-8") for name in ("Ana", "Lea", "person_id"))
    assert out.stat().st_mode & 0o077 == 0
    capsys.readouterr()
    assert main(["export", "corrections", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert main(["export", "corrections"]) == 0
    assert capsys.readouterr().out == out.read_text(encoding="utf-8")
    assert main(["export", "one.db", "two.db"]) == 2
