"""Read together, posts say on the Schedule page what each says by itself; and more of them take no more statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event, insert, select

from app.views.posts import names, refusals, signatures, standing_in_words
from app.views.schedule import ScheduleView, schedule_view
from data.storage.store import Store
from data.storage.tables import approvals, draft_versions, drafts, scheduled_posts
from scoring.contract import Scope
from tests import factory as f
from tests.conftest import HandClock
from workflow import hold
from workflow.draft import Writing
from workflow.held import covering, scope_of
from workflow.rules.drafts import State

COPIES, MOST = 200, 40


def mixed(team: f.Team, clock: HandClock) -> None:
    """In review with a signature and without; scheduled; and held by a hold on one topic."""
    soon = clock.at + timedelta(hours=5)
    for number in (1, 2):
        f.draft_in_review(team, Writing(f"Words {number}.", regions=("GB",), reactive=False, planned_for=soon))
    f.sign(team, "lea", 1)
    for topic in ("#tea", "#rain"):
        f.scheduled_draft(team, Writing(f"On {topic}.", regions=("GB",), topic=topic, reactive=False, planned_for=soon))
    hold.open_by_person(team.store, team.tokens["max"], Scope("topic", "#rain"), "Sad news.")


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield asked
    event.remove(store.engine, "before_cursor_execute", note)


def test_together_they_say_what_each_says_by_itself(sqlite_store: Store, clock: HandClock, tmp_path: Path) -> None:
    team = f.team_in(sqlite_store)
    mixed(team, clock)
    view = schedule_view(f.house_of(team, tmp_path), team.people["lea"])
    posts = {post.id: post for _, day in view.days for post in day} | {post.id: post for post in view.attention}
    with team.store.read() as tx:
        known = names(tx)
        rows = [row for row in tx.rows(select(drafts)) if row["id"] in posts]
        for row in rows:
            post = posts[row["id"]]
            assert post.signed == tuple(s.name for s in signatures(tx, row, known) if s.decision == "approve")
            if post.state == State.IN_REVIEW:
                assert post.standing == standing_in_words(tx, row, known)
            if post.state == State.HELD:
                assert post.refusals == refusals(tx, post.id)
                assert post.holds == tuple(map(scope_of, covering(tx, row)))
    assert {State.IN_REVIEW, State.SCHEDULED, State.HELD} <= {post.state for post in posts.values()}


def test_two_hundred_in_review_and_two_hundred_scheduled_take_no_more_statements(
    store: Store, clock: HandClock, tmp_path: Path
) -> None:
    team = f.team_in(store)
    mixed(team, clock)
    house = f.house_of(team, tmp_path)

    def asked() -> tuple[int, ScheduleView]:
        with counted(store) as said:
            view = schedule_view(house, team.people["lea"])
        return len(said), view

    short, _ = asked()
    with store.write() as tx:
        for table, number in ((drafts, "id"), (draft_versions, "draft_id"), (approvals, "draft_id"),
                              (scheduled_posts, "draft_id")):  # fmt: skip
            rows = [dict(row) for row in tx.rows(select(table).order_by(table.c.id))]
            for copy in range(1, COPIES + 1):
                more = [{key: value for key, value in row.items() if key != "id"} for row in rows]
                for new, row in zip(more, rows, strict=True):
                    new[number] = row[number] + 1_000 * copy
                    if "idempotency_key" in row:
                        new["idempotency_key"] = f"{row['idempotency_key'][:24]}-{copy}"
                tx.run(insert(table), more)
    long, view = asked()
    assert len(view.holds[0].under.posts) == COPIES + 1
    assert long - short <= 3  # what names drafts goes in parts of five hundred
    assert long <= MOST
