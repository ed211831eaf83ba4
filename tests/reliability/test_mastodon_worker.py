"""R1 on Mastodon's own terms: a post's whole way through the real channel, with kill -9 at each step.

The server is the sample day's, which behaves as Mastodon's documentation and known bugs say. Workers are processes of
their own: they find the account in the database, open its sealed token and speak through the guarded door. They are
killed on each side of each commit, and before, in and behind each request; afterwards healthy ones go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from data.sample_day.mastodon_server import FaultKind, MastodonServer
from data.storage import events
from data.storage.seal import Seal
from data.storage.store import Store
from data.storage.tables import channel_accounts, deletions, engagement_snapshots, post_replies, publications
from publishing import collecting, takedown
from publishing.channels import kinds
from publishing.channels._mastodon_talk import load
from publishing.lookup import Finder
from publishing.outbox import LEASE
from publishing.takedown import Remover
from publishing.ways import Ways
from tests.factory import Team, scheduled_draft, state_of, team_in
from tests.reliability.conftest import Prepare
from tests.reliability.kit import LONG, Point, SharedClock, StruckStore, struck, tell
from tests.reliability.ways_kit import Step, Workers, collect, commits, publish, requests
from workflow import channel_accounts as accounts
from workflow import draft

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800 if LONG else 120)]

# (what the server does to the first requests to post)
MOODS: tuple[tuple[FaultKind, ...], ...] = ((), ("gateway_timeout",), ("cut", "limited"))
only_long = pytest.mark.skipif(not LONG, reason="the long form (make test-reliability) does this")
TEXT = "Iced tea, as patient as you are."
LATER = LEASE + timedelta(seconds=31)  # behind every lease that a dead worker can have left


def _name(request: httpx.Request) -> str:
    return f"{request.method} {request.url.path.rpartition('/')[2]}"


@dataclass
class Way(Workers):
    """A workspace with an account on the server, and what its workers do there."""

    server: MastodonServer

    def begin(self, at: Any, *faults: FaultKind) -> None:
        """The clock is set back, and the server holds nothing."""
        self.clock.at = at
        self.server.wall.statuses.clear()
        self.server.wall.keys.clear()
        self.server.drop_orders()
        for fault in faults:
            self.server.order(fault, seconds=30)

    def at_rest(self, store: StruckStore, team: Team, apart: timedelta = LATER) -> None:
        """What healthy workers do from tick to tick, for some minutes."""
        ways = self.channels(store)
        for _ in range(4):
            publish(store, ways, team)
            Finder(store, ways, "finder").look_up_due()
            self.clock.at += apart


def deaths(names: list[str], heard: list[str], brief: str) -> Iterator[tuple[Point | None, Step | None]]:
    """Each side of each commit and each step of each request; in the short form just before and amid `brief`."""
    yield from (one for one in requests(heard) if LONG or one[1][0] in (f"before {brief}", f"sent {brief}"))
    if LONG:
        yield from commits(names)


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    load()  # once, for every process that is forked from here


@pytest.fixture
def way(shared_clock: SharedClock, tmp_path: Path, kind: str) -> Iterator[Way]:
    if kind == "postgresql" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")
    with MastodonServer(clock=shared_clock) as server:
        yield Way(frozenset({server.host}), _name, shared_clock, Seal(file=tmp_path / "a.key"), server)


def due_draft(store: Store, way: Way) -> tuple[Team, int]:
    team, kind = team_in(store), kinds()["mastodon"]
    config, secrets = {"server": way.server.address}, {"access_token": way.server.token}
    accounts.add(store, team.tokens["ada"], "mastodon", "Our Mastodon", config, secrets, kind.check, way.seal)
    with store.read() as tx:
        row = tx.row(select(channel_accounts))
    assert row is not None
    words = draft.Writing(text=TEXT, platform="mastodon", channel=accounts.name_of(row), reactive=False)
    return team, scheduled_draft(team, words)


def published_draft(store: Store, way: Way) -> tuple[Team, int]:
    team, draft_id = due_draft(store, way)
    opened = struck(store.engine.url.render_as_string(hide_password=False), way.clock)
    publish(opened, way.channels(opened), team)
    opened.close()
    assert state_of(team, draft_id) == "published"
    return team, draft_id


def count(store: Store, table: Any) -> int:
    with store.read() as tx:
        return int(tx.value(select(func.count()).select_from(table)))


@only_long
@pytest.mark.parametrize("faults", MOODS, ids=lambda one: "+".join(one) or "well")
def test_a_post_is_out_once_wherever_its_worker_is_killed(
    prepare: Prepare, way: Way, faults: tuple[FaultKind, ...]
) -> None:
    template = prepare(lambda store: due_draft(store, way))
    (team, draft_id), start = template.kept, way.clock.at
    way.begin(start, *faults)
    with template.copy() as url:
        names, heard = way.steps_of(url, team, publish)
    places = list(deaths(names, heard, "POST statuses"))
    for point, step in places:
        way.begin(start, *faults)
        with template.copy() as url:
            way.killed(url, team, publish, point, step)
            store = struck(url, way.clock)
            way.at_rest(store, team)
            [status] = way.server.statuses
            assert status.text == TEXT
            assert state_of(replace(team, store=store), draft_id) == "published", str(step or point)
            with store.read() as tx:
                [row] = tx.rows(select(publications))
            assert row["payload"]["id"] == status.id
            assert events.verify(store)[1] is None
            store.close()
    tell(f"R1 Mastodon, {'+'.join(faults) or 'well'}: one post at {len(places)} places")


def test_once_the_key_is_forgotten_a_post_is_looked_up_and_never_sent_again(prepare: Prepare, way: Way) -> None:
    template = prepare(lambda store: due_draft(store, way))
    (team, draft_id), start = template.kept, way.clock.at
    with template.copy() as url:
        names, heard = way.steps_of(url, team, publish)
    places, ends = list(deaths(names, heard, "POST statuses")), set()
    for point, step in places:
        way.begin(start)
        with template.copy() as url:
            way.killed(url, team, publish, point, step)
            way.clock.at += timedelta(minutes=70)
            store = struck(url, way.clock)
            way.at_rest(store, team)
            state = state_of(replace(team, store=store), draft_id)
            assert len(way.server.statuses) == count(store, publications) == (state == "published"), str(step or point)
            ends.add(state)
            store.close()
    assert {"published", "unknown"} <= ends
    tell(f"R1 Mastodon, keys forgotten: {len(places)} places, {', '.join(sorted(ends))}")


@only_long
def test_figures_and_replies_are_read_once_wherever_the_reader_is_killed(prepare: Prepare, way: Way) -> None:
    template = prepare(lambda store: published_draft(store, way))
    team = template.kept[0]
    way.clock.at += timedelta(minutes=5)
    start = way.clock.at
    with template.copy() as url:
        names, heard = way.steps_of(url, team, collect)
    for point, step in deaths(names, heard, "GET context"):
        way.clock.at = start
        with template.copy() as url:
            way.killed(url, team, collect, point, step)
            store = struck(url, way.clock)
            way.clock.at += collecting.LEASE + timedelta(seconds=1)
            collect(store, way.channels(store), team)
            with store.read() as tx:
                shots = tx.rows(select(engagement_snapshots))
                heard_of = {row["external_id"]: row["sentiment"] for row in tx.rows(select(post_replies))}
            assert shots[-1]["likes"] > 0, str(step or point)
            assert len(heard_of) == count(store, post_replies) > 0
            assert None not in heard_of.values(), str(step or point)
            store.close()


@only_long
def test_a_deletion_is_done_wherever_the_one_who_deletes_is_killed(prepare: Prepare, way: Way) -> None:
    template = prepare(lambda store: published_draft(store, way))
    (team, draft_id), start = template.kept, way.clock.at
    [status] = way.server.statuses

    def take_down(store: StruckStore, ways: Ways, team: Team) -> None:
        Remover(store, ways, "worker").take_down(team.tokens["pia"], draft_id)

    with template.copy() as url:
        names, heard = way.steps_of(url, team, take_down)
    for point, step in deaths(names, heard, f"DELETE {status.id}"):
        way.begin(start)
        way.server.wall.statuses[status.id] = status
        with template.copy() as url:
            way.killed(url, team, take_down, point, step)
            store = struck(url, way.clock)
            if count(store, deletions) == 0:
                take_down(store, way.channels(store), team)  # nothing was decided: she clicks again
            for _ in range(3):
                Remover(store, way.channels(store), "healthy").remove_due()
                way.clock.at += takedown.LEASE + timedelta(seconds=1)
            assert way.server.statuses == [], str(step or point)
            with store.read() as tx:
                assert tx.value(select(deletions.c.state)) == "done", str(step or point)
            store.close()
