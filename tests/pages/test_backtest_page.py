"""The Backtest page: two sets of settings over one week, and saving the better one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from streamlit.testing.v1 import AppTest

from app.recording import record
from app.views import backtest as view
from data.errors import BadInput
from data.storage.tables import items, monitors
from data.storage.volumes import add_counts
from monitors.compare import Compared, Post, compare, over
from tests.conftest import HandClock
from tests.console_driver import calm, errors, said, submit, team_at, visit
from tests.factory import Team, add_monitor, add_source
from workflow import watching
from workflow.watching import Watched

HOUR = timedelta(hours=1)
NOW = datetime.fromisoformat("2026-03-02T09:00:00+00:00")


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[Team]:
    """Four days of fifty posts an hour, half of them about football, and two hours of two hundred."""
    with team_at(tmp_path, clock) as found:
        add_source(found.store)
        add_monitor(found.store, "Our tea")
        rows, tally = [], {}
        for back in range(1, 97):
            at = clock.at - HOUR * back
            for text, share in (("Larkfield tea", 1), ("Larkfield at the football", 1 + (back in (10, 11)) * 6)):
                row = {"source_id": 1, "external_id": f"{text} {back}", "kind": "mentions", "text": text, "extra": {}}
                rows.append(row | {"published_at": at, "taken_in_at": at, "fingerprint": "f", "weight": 25 * share})
            tally[1, at] = 200 if back in (10, 11) else 50
        with found.store.write() as tx:
            tx.run(insert(items), rows)
            add_counts(tx, 1, tally)
        yield found


def today(**change: object) -> Watched:
    return Watched(**({"terms": ("larkfield",), "exclusions": (), "floor": 20} | change))  # type: ignore[arg-type]


def compared(team: Team, these: Watched) -> tuple[Compared, list[float]]:
    told: list[float] = []
    return compare(team.store, 1, today(), these, told.append), told


def test_other_words_are_compared_on_the_posts_and_another_floor_on_the_counts(team: Team) -> None:
    found, told = compared(team, today(exclusions=("football",)))
    assert (len(found.today.alerts), len(found.these.alerts), len(found.only_today)) == (1, 0, 1)
    assert (found.posts, found.counted, told[-1]) == (192, False, 1.0)
    assert set(found.today.alerts[0].samples) == {"Larkfield at the football", "Larkfield tea"}
    higher, _ = compared(team, today(floor=500))
    assert (len(higher.today.alerts), len(higher.these.alerts), higher.counted) == (1, 0, True)
    assert higher.today.alerts[0].samples


def test_what_only_the_new_settings_would_raise() -> None:
    posts = [Post("oolong", "de", NOW - HOUR * n, 40 if n > 1 else 400) for n in range(1, 60)]
    found = over(posts, today(), today(terms=("oolong",), languages=("de",)), NOW, 7, {})
    assert (found.only_today, len(found.only_these)) == ((), 1)
    assert not over(posts, today(), today(terms=("oolong",), languages=("en",)), NOW, 7, {}).these.alerts


def test_a_recording_is_compared_like_the_week_that_it_was_made_of(team: Team, tmp_path: Path) -> None:
    record(team.store, tmp_path / "week.db", team.store.now() - timedelta(days=6))
    content = (tmp_path / "week.db").read_bytes()
    found = view.over_recording(content, "Our tea", today(), today(exclusions=("football",)), lambda _: None)
    assert (len(found.today.alerts), len(found.these.alerts)) == (1, 0)
    with pytest.raises(BadInput, match="no recording"):
        view.over_recording(b"timestamp,count\n", "Our tea", today(), today(), lambda _: None)


def typed(page: AppTest, exclusions: str) -> AppTest:
    page.text_area(key="backtest_exclusions_1").set_value(exclusions)
    return submit(page, "Compare")


def test_comparing_shows_both_and_saving_changes_the_monitor(team: Team, tmp_path: Path) -> None:
    page = typed(visit(team, "lea", "backtest", tmp_path, monitor=1), "football")
    words = said(page)
    assert "today's settings: 1 alert; these: no alert" in words
    assert "1 would not have been raised: " in words
    assert "Larkfield at the football" in words
    assert stored(team) == []
    page = calm(next(one for one in page.button if one.label == "Save these settings").click().run())
    assert stored(team) == ["football"]
    assert "today's settings: 1 alert" not in said(page), "the answer belongs to settings that are gone"


def stored(team: Team) -> list[str]:
    with team.store.read() as tx:
        return list(tx.value(select(monitors.c.exclusions)))


def test_a_save_over_somebody_elses_change_is_refused(team: Team, tmp_path: Path) -> None:
    page = typed(visit(team, "lea", "backtest", tmp_path), "football")
    watching.change_monitor(team.store, team.tokens["max"], 1, today(), ("oolong",), (), 20)
    page = calm(next(one for one in page.button if one.label == "Save these settings").click().run())
    assert "changed by somebody else" in errors(page)
    assert stored(team) == []


def test_a_reader_compares_and_saves_nothing_and_bad_words_are_named(team: Team, tmp_path: Path) -> None:
    page = typed(visit(team, "vic", "backtest", tmp_path), "football, x")
    assert "'x' is too short" in errors(page)
    page = typed(page, "football")
    assert "these: no alert" in said(page)
    assert not [one for one in page.button if one.label == "Save these settings"]
