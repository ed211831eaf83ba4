"""R5: the end of a hold sends nothing. What it stopped goes back to people, whatever its time is.

A full schedule is paused; the clock passes some of the posts' times, all of them, or none; then two people lift. The
worker runs before, at once and for a day: nothing leaves that two people have not signed afresh.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from data.storage.store import Store
from data.storage.tables import brands
from publishing.outbox import Outbox
from scoring.contract import Scope
from tests.factory import Team, agree, scheduled_draft, sign, state_of, team_in
from tests.reliability.conftest import Prepare
from tests.reliability.kit import LONG, Line, Platform, SharedClock, opened, tell
from workflow import access, draft, hold

pytestmark = pytest.mark.timeout(1800 if LONG else 120)

POSTS = 40 if LONG else 3
HOUR = timedelta(hours=1)
LAST = HOUR - timedelta(minutes=4)
# When the hold is lifted: before all of the posts' times, amid them, just past the last, and much later.
LIFTED_AFTER = (timedelta(minutes=1), HOUR / 2, HOUR, 30 * HOUR) if LONG else (timedelta(minutes=1), HOUR)


def a_schedule(store: Store) -> tuple[Team, list[int]]:
    team = team_in(store)
    with store.write() as tx:
        tx.run(update(brands).values(settings={"send_delay_seconds": 0, "frequency_cap": 1000, "topic_cap": 1000}))
        now = tx.now
    found = []
    for number in range(POSTS):
        at = now + timedelta(minutes=2) + number * LAST / POSTS
        words = f"{number * 37 % 101} of {number}, {chr(97 + number % 26)}{number}."
        found.append(scheduled_draft(team, draft.Writing(words, reactive=False, planned_for=at)))
    return team, found


@pytest.mark.parametrize("after", LIFTED_AFTER, ids=lambda one: f"lifted_after_{one // timedelta(minutes=1)}_minutes")
def test_a_lifted_hold_sends_nothing_until_two_people_sign_again(
    prepare: Prepare, shared_clock: SharedClock, kind: str, after: timedelta
) -> None:
    if kind == "postgresql" and not (LONG or after == HOUR):
        pytest.skip("the long form (make test-reliability) lifts at the other times on PostgreSQL too")
    template = prepare(a_schedule)
    kept, found = template.kept
    with Platform() as platform, template.copy() as url, opened(url, shared_clock) as store:
        team = replace(kept, store=store)
        box = Outbox(store, {"dry_run": Line(platform.port)}, team.scorer, "worker")
        paused = hold.open_by_person(store, team.tokens["ana"], Scope("everything"), "wait", shared_clock.at + HOUR / 4)
        assert set(paused.stopped) == set(found)
        shared_clock.at += after
        box.publish_due()
        _sign_in_again(team)
        agree(store, team.tokens["lea"], paused.hold_id)
        box.publish_due()
        agree(store, team.tokens["max"], paused.hold_id)
        assert {state_of(team, one) for one in found} == {"in_review"}
        for _ in range(26 if LONG else 3):
            box.publish_due()
            shared_clock.at += HOUR if LONG else 10 * HOUR
        assert platform.requests == [], "something left by itself when the hold ended"
        tell(f"R5 {kind}: {len(found)} posts, hold lifted after {after}: 0 left in the day that followed")


def test_signed_afresh_before_its_time_it_leaves_once(prepare: Prepare, shared_clock: SharedClock, kind: str) -> None:
    if kind == "postgresql" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")
    template = prepare(a_schedule)
    kept, found = template.kept
    with Platform() as platform, template.copy() as url, opened(url, shared_clock) as store:
        team = replace(kept, store=store)
        paused = hold.open_by_person(store, team.tokens["ana"], Scope("everything"), "wait")
        for name in ("lea", "max"):
            agree(store, team.tokens[name], paused.hold_id)
        for name in ("lea", "max"):
            sign(team, name, found[-1])
        shared_clock.at += timedelta(minutes=2) + (POSTS - 1) * LAST / POSTS
        Outbox(store, {"dry_run": Line(platform.port)}, team.scorer, "worker").publish_due()
        assert len(platform.requests) == 1
        assert state_of(team, found[-1]) == "published"


def _sign_in_again(team: Team) -> None:
    with team.store.write() as tx:
        team.tokens = {name: access.begin_sign_in(tx, person.id) for name, person in team.people.items()}
