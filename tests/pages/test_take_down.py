"""A published post can be deleted wherever it is read: on its draft and on its moment too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import press, said, team_at, visit
from workflow.draft import Writing


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[f.Team]:
    with team_at(tmp_path, clock) as found:
        yield found


@pytest.mark.parametrize(("page", "address", "place"), [("draft", "draft", "draft"), ("moment", "alert", "moment")])
def test_two_clicks_on_the_page_where_somebody_reads_it(
    team: f.Team, tmp_path: Path, page: str, address: str, place: str
) -> None:
    draft_id = f.scheduled_draft(team, Writing("Iced, in time.", regions=("GB",)), f.decided_opportunity(team))
    f.house_of(team, tmp_path).outbox().publish_due()
    at = press(visit(team, "pia", page, tmp_path, **{address: "1"}), f"delete_{place}_{draft_id}")
    assert "within a second after Pia decided" in said(at)
    assert not list((tmp_path / "dry_run").glob("*.json"))
