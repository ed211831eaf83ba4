"""What open pages and idle workers ask every few seconds costs the same few queries however much waits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import event, insert, select

from app.views.schedule import schedule_stamp, schedule_view
from data.storage.store import Store
from data.storage.tables import draft_looks, draft_versions, drafts
from tests import factory as f
from tests.conftest import HandClock
from workflow.draft import Writing
from workflow.escalation import anything_to_escalate


def test_an_open_schedule_and_the_look_for_forgotten_drafts_do_not_ask_for_each_post(
    sqlite_store: Store, clock: HandClock, tmp_path: Path
) -> None:
    team = f.team_in(sqlite_store)
    house, lea = f.house_of(team, tmp_path), team.people["lea"]
    words = Writing("Iced tea.", regions=("GB",), reactive=False, planned_for=clock.at + timedelta(days=1))
    first = f.draft_in_review(team, words)
    view = schedule_view(house, lea)
    assert schedule_stamp(house, lea) == view.stamp
    with sqlite_store.write() as tx:
        draft = dict(tx.row(select(drafts)) or {})
        [version] = tx.rows(select(draft_versions).where(draft_versions.c.draft_id == first))
        for number in range(first + 1, first + 40):
            tx.run(insert(drafts).values(**draft | {"id": number}))
            tx.run(insert(draft_versions).values(**dict(version) | {"id": number, "draft_id": number}))
            looked = {"draft_id": number, "person_id": lea.id, "number": 1, "first_at": tx.now, "at": tx.now}
            tx.run(insert(draft_looks).values(**looked))
    asked: list[str] = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert schedule_stamp(house, lea) != view.stamp
    with sqlite_store.read() as tx:
        anything_to_escalate(tx)
    assert len(asked) < 25
