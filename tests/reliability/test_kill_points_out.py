"""R1 for what goes out beside posts: a deletion that was asked for, and a call to another program.

Both may happen twice, for both are harmless twice (a platform says that it is gone already, a receiver knows the
call's name again), and neither may be lost. So a worker is killed just before and just after each of its commits and
while its request is on the way; healthy ones go on after the lease.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from sqlalchemy import select

from app.caller import Caller
from data import signing
from data.storage import events
from data.storage.seal import Seal
from data.storage.store import Store
from data.storage.tables import calls, deletions
from data.storage.tables import events as record
from monitors.fetch import Fetcher
from publishing.outbox import Outbox
from publishing.takedown import LEASE, Remover
from tests.factory import Team, scheduled_draft, team_in
from tests.monitors.conftest import Web, status
from tests.processes import wait_for
from tests.reliability.conftest import Prepare
from tests.reliability.kit import LONG, STEPS, Child, Line, Platform, Point, SharedClock, die, struck, tell
from workflow import deletion, webhooks
from workflow.calls import LEASE as CALL_LEASE
from workflow.notices import tell_on_duty

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800 if LONG else 120)]

Death = tuple[Point | None, str | None]
KEY = signing.new_key()


def every_death(commits: int) -> list[Death]:
    """Each side of each commit, and each step of a request; the short form keeps one death behind the claim."""
    points: list[Death] = [(Point(n, after), None) for n in range(1, commits + 1) for after in (False, True)]
    return [*points, *[(None, step) for step in STEPS]] if LONG else [(None, STEPS[1])]


def times(store: Store, what: str) -> int:
    """How often the record tells of it; the chain must hold."""
    assert events.verify(store)[1] is None
    with store.read() as tx:
        return len(tx.rows(select(record.c.id).where(record.c.kind == what)))


# --- deletions -------------------------------------------------------------------------------------------------


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as here:
        yield here


def test_a_deletion_outlives_every_death_of_the_one_who_deletes(
    prepare: Prepare, shared_clock: SharedClock, kind: str, platform: Platform
) -> None:
    """`take_down` is what a click does: it asks, claims, deletes and settles, in three commits."""
    if kind == "postgresql" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")

    def a_post_that_is_out(store: Store) -> tuple[Team, int]:
        team = team_in(store)
        draft_id = scheduled_draft(team)
        Outbox(store, {"dry_run": Line(platform.port)}, team.scorer, "worker").publish_due()
        return team, draft_id

    template = prepare(a_post_that_is_out)
    (team, draft_id), start, again = template.kept, shared_clock.at, 0
    for point, step in every_death(3):
        shared_clock.at, here = start, str(point or step)
        platform.forget()
        with template.copy() as url:

            def work(url: str = url, point: Point | None = point, step: str | None = step) -> None:
                line = Line(platform.port, at=lambda at: die() if at == step else None)
                Remover(struck(url, shared_clock, point), {"dry_run": line}, "dead").take_down(
                    team.tokens["pia"], draft_id
                )

            assert Child(work).wait() == -9, f"nobody died at {here}"
            if step in STEPS[1:]:
                wait_for(lambda: platform.erased, "the request that was on its way")
            store = struck(url, shared_clock)
            if point == Point(1):
                deletion.ask(store, team.tokens["pia"], draft_id)  # nothing was decided: she clicks again
            healthy = Remover(store, {"dry_run": Line(platform.port)}, "healthy")
            for _ in range(3):
                healthy.remove_due()
                shared_clock.at += LEASE + timedelta(seconds=1)
            with store.read() as tx:
                [row] = tx.rows(select(deletions))
            assert row["state"] == "done", here
            assert len(set(platform.erased)) == 1, here
            assert len(platform.erased) <= 2, here
            assert (times(store, "deletion_asked"), times(store, "deletion_done")) == (1, 1), here
            again += len(platform.erased) - 1
            store.close()
    tell(f"R1 {kind}: a deletion killed at {len(every_death(3))} places; all down, {again} of them asked for twice")


# --- calls out -------------------------------------------------------------------------------------------------


def test_a_call_outlives_every_death_of_the_one_who_calls(
    prepare: Prepare, shared_clock: SharedClock, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if kind == "postgresql" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")
    seal, web = Seal(file=tmp_path_factory.mktemp("seal") / "a.key"), Web()

    def one_call_waits(store: Store) -> Team:
        team = team_in(store)
        webhooks.add(store, team.tokens["ada"], seal, "Pager", web.url("/in"), ("drill",), KEY)
        with store.write() as tx:
            tell_on_duty(tx, "drill", "drill", 1, "A drill – nothing stops.", "drill:1")
        return team

    try:
        template, again = prepare(one_call_waits), 0
        deaths = [one for one in every_death(2) if one[1] in (None, STEPS[1])]
        for point, step in deaths:
            with template.copy() as url:
                again += _one_call(replace(template.kept, store=struck(url, shared_clock)), web, seal, url, point, step)
    finally:
        web.close()
    tell(f"R1 {kind}: a call killed at {len(deaths)} places; all arrived, {again} of them twice under one name")


def _one_call(team: Team, web: Web, seal: Seal, url: str, point: Point | None, step: str | None) -> int:
    """Die there, let a healthy worker go on; how many calls arrived more than once."""
    web.seen.clear()
    clock, here = team.store._clock, str(point or step)
    assert isinstance(clock, SharedClock)
    victims: list[Child] = []
    born = threading.Event()

    def hang_up(request: BaseHTTPRequestHandler) -> None:
        born.wait(20)
        victims[0].send(signal.SIGKILL)
        status(204)(request)

    def work() -> None:
        door = Fetcher("Tact/test", allow_private=frozenset({web.place}))
        Caller(struck(url, clock, point), door, seal, None, "dead").call_due()

    web.routes = {"/in": hang_up if step else status(204)}
    victims.append(Child(work))
    born.set()
    assert victims[0].wait() == -9, f"nobody died at {here}"
    web.routes = {"/in": status(204)}
    door = Fetcher("Tact/test", allow_private=frozenset({web.place}))
    healthy = Caller(team.store, door, seal, None, "healthy")
    for _ in range(3):
        healthy.call_due()
        clock.at += CALL_LEASE + timedelta(seconds=1)
    with team.store.read() as tx:
        [row] = tx.rows(select(calls))
    names = [headers[signing.ID] for _, headers in web.seen]
    assert row["done_at"] is not None, f"{here}: the call was lost"
    assert len(set(names)) == 1, here
    assert len(names) <= 2, f"{here}: {names}"
    door.close()
    team.store.close()
    return len(names) - 1
