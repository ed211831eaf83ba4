"""The promise on a real server: a post's whole way, with kill -9 at each step, and one record in the end.

Workers are processes of their own; they find the team's account in the database, open its sealed password, and speak
through the guarded door. They are killed just before and just after each of their commits, and before, in and behind
each request that they make. Afterwards healthy ones go on, as they would at the next tick.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from data.storage import events
from data.storage.seal import Seal
from data.storage.store import Store
from data.storage.tables import (
    channel_accounts,
    collections,
    deletions,
    drafts,
    engagement_snapshots,
    post_replies,
    publications,
)
from publishing import collecting, takedown
from publishing.channels import kinds
from publishing.channels._bluesky_line import load
from publishing.lookup import Finder
from publishing.outbox import LEASE
from publishing.takedown import Remover
from publishing.ways import Ways
from scoring.contract import Scope
from tests.bluesky.pds import PASSWORD, Pds, Person
from tests.factory import Team, agree, draft_in_review, scheduled_draft, sign, state_of, team_in
from tests.pictures import as_bytes, scene
from tests.reliability.conftest import Prepare
from tests.reliability.kit import Child, Point, SharedClock, StruckStore, freeze, struck
from tests.reliability.ways_kit import Step, Workers, collect, commits, publish, requests
from workflow import channel_accounts as accounts
from workflow import draft, hold
from workflow import media as pictures
from workflow.pictures import opened

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

TEXT = "Iced tea, as patient as you are."
LATER = LEASE + timedelta(seconds=31)  # behind every lease that a dead worker can have left


@dataclass
class Way(Workers):
    """One workspace with an account on the server, and what its workers do there."""

    pds: Pds
    us: Person


def every_death(names: list[str], heard: list[str]) -> Iterator[tuple[Point | None, Step | None]]:
    """Each side of each commit, and each step of each request."""
    yield from commits(names)
    yield from requests(heard)


def method(request: httpx.Request) -> str:
    return request.url.path.rpartition(".")[2]


@pytest.fixture(scope="module", autouse=True)
def _loaded(pds: Pds) -> None:
    load()  # once, for every process that is forked from here


@pytest.fixture
def way(pds: Pds, shared_clock: SharedClock, tmp_path: Path) -> Way:
    return Way(pds.allowed, method, shared_clock, Seal(file=tmp_path / "a.key"), pds, pds.person("ours"))


def with_account(store: Store, way: Way) -> Team:
    team = team_in(store)
    config = {"server": way.pds.address, "handle": way.us.handle}
    secrets = {"password": PASSWORD}
    check = kinds()["bluesky"].check
    accounts.add(store, team.tokens["ada"], "bluesky", "Our Bluesky", config, secrets, check, way.seal)
    return team


def due_draft(store: Store, way: Way, **more: Any) -> tuple[Team, int]:
    team = with_account(store, way)
    return team, scheduled_draft(team, writing(store, **more))


def writing(store: Store, **more: Any) -> draft.Writing:
    with store.read() as tx:
        row = tx.row(select(channel_accounts))
    assert row is not None
    words = {"text": TEXT, "platform": "bluesky", "channel": accounts.name_of(row), "reactive": False, **more}
    return draft.Writing(**words)


def published_draft(store: Store, way: Way) -> tuple[Team, int]:
    team, draft_id = due_draft(store, way)
    own = struck(store.engine.url.render_as_string(hide_password=False), way.clock)
    publish(own, way.channels(own), team)
    own.close()
    assert state_of(team, draft_id) == "published"
    return team, draft_id


def at_rest(store: StruckStore, way: Way, team: Team) -> None:
    """What healthy workers do from tick to tick, for some minutes."""
    ways = way.channels(store)
    for _ in range(3):
        publish(store, ways, team)
        Finder(store, ways, "finder").look_up_due()
        way.clock.at += LATER


def say(words: str) -> None:
    """For whoever started it: make test-bluesky shows what is written."""
    sys.stdout.write(f"\n    {words}")


def count(store: Store, table: Any, *where: Any) -> int:
    with store.read() as tx:
        return int(tx.value(select(func.count()).select_from(table).where(*where)))


def test_a_post_goes_out_once_wherever_its_worker_is_killed(prepare: Prepare, way: Way) -> None:
    template = prepare(lambda store: due_draft(store, way))
    _goes_out_once(way, template, lambda value: value["text"] == TEXT)


def test_a_reply_goes_out_once_wherever_its_worker_is_killed(prepare: Prepare, way: Way) -> None:
    bob = way.pds.person("bob")
    theirs = bob.write("app.bsky.feed.post", text="What are you drinking?")
    address = f"https://bsky.app/profile/{bob.handle}/post/{theirs['uri'].rpartition('/')[2]}"
    answering = {"kind": "reply", "address": address, "author": bob.handle, "text": "What are you drinking?"}
    template = prepare(lambda store: due_draft(store, way, answering=answering))
    _goes_out_once(way, template, lambda value: value["reply"] == {"root": theirs, "parent": theirs})


def test_a_picture_goes_out_once_wherever_its_worker_is_killed(prepare: Prepare, way: Way) -> None:
    """Its bytes leave in a request of their own, before the post."""

    def due(store: Store) -> tuple[Team, int]:
        team = with_account(store, way)
        taken = pictures.keep(store, team.tokens["ana"], "scene.jpeg", opened(as_bytes(scene(1))))
        pictures.note_origin(store, team.tokens["ana"], taken.media_id, "in-house")
        with_picture = writing(store, media=({**taken.entry, "alt_text": "A valley in the morning."},))
        draft_id = draft_in_review(team, with_picture)
        for name in ("lea", "max"):
            pictures.look(store, team.tokens[name], taken.media_id, taken.entry["sha256"])
            sign(team, name, draft_id)
        return team, draft_id

    def has_it(value: dict[str, Any]) -> bool:
        [image] = value["embed"]["images"]
        return bool(
            image["alt"] == "A valley in the morning." and image["aspectRatio"] == {"width": 400, "height": 300}
        )

    _goes_out_once(way, prepare(due), has_it)


def _goes_out_once(way: Way, template: Any, as_agreed: Callable[[dict[str, Any]], bool]) -> None:
    (team, draft_id), start = template.kept, way.clock.at
    with template.copy() as url:
        names, heard = way.steps_of(url, team, publish)
        assert "before putRecord" in heard
    say(f"killed at {2 * len(names)} sides of commits and {len(heard)} steps of requests")
    for point, step in every_death(names, heard):
        way.clock.at, here = start, str(step or f"{point} ({names[point.number - 1]})")  # type: ignore[union-attr]
        way.us.delete_posts()
        with template.copy() as url:
            way.killed(url, team, publish, point, step)
            store = struck(url, way.clock)
            at_rest(store, way, team)
            [record] = way.us.posts()
            assert as_agreed(record["value"]), here
            assert state_of(replace(team, store=store), draft_id) == "published", here
            assert count(store, publications) == 1, here
            with store.read() as tx:
                assert tx.value(select(publications.c.payload))["uri"] == record["uri"], here
            assert events.verify(store)[1] is None, here
            store.close()


def test_engagement_is_read_back_wherever_the_reader_is_killed(prepare: Prepare, way: Way) -> None:
    template = prepare(lambda store: published_draft(store, way))
    (team, _), bob = template.kept, way.pds.person("bob")
    [ours] = [{"uri": one["uri"], "cid": one["cid"]} for one in way.us.posts()]
    bob.write("app.bsky.feed.like", subject=ours)
    bob.write("app.bsky.feed.repost", subject=ours)
    bob.write("app.bsky.graph.follow", subject=way.us.did)
    bob.write("app.bsky.feed.post", text="Patience pays", reply={"root": ours, "parent": ours})
    way.clock.at += timedelta(minutes=5)
    start = way.clock.at
    with template.copy() as url:
        names, heard = way.steps_of(url, team, collect)
        assert {"answered getPosts", "answered getPostThread"} <= set(heard)
    say(f"killed at {2 * len(names)} sides of commits and {len(heard)} steps of requests")
    for point, step in every_death(names, heard):
        way.clock.at, here = start, str(step or f"{point} ({names[point.number - 1]})")  # type: ignore[union-attr]
        with template.copy() as url:
            way.killed(url, team, collect, point, step)
            store = struck(url, way.clock)
            way.clock.at += collecting.LEASE + timedelta(seconds=1)
            collect(store, way.channels(store), team)
            with store.read() as tx:
                [shot] = tx.rows(select(engagement_snapshots))
                [reply] = tx.rows(select(post_replies))
                message = tx.value(select(collections.c.message))
            assert (shot["likes"], shot["shares"], shot["replies"], message) == (1, 1, 1, ""), here
            assert (reply["text"], reply["author"]) == ("Patience pays", bob.handle), here
            assert reply["sentiment"] is not None, here
            store.close()


def test_a_deletion_is_done_wherever_the_one_who_deletes_is_killed(prepare: Prepare, way: Way) -> None:
    template = prepare(lambda store: published_draft(store, way))
    (team, draft_id), start = template.kept, way.clock.at
    [ours] = way.us.posts()

    def take_down(store: StruckStore, ways: Ways, team: Team) -> None:
        Remover(store, ways, "worker").take_down(team.tokens["pia"], draft_id)

    with template.copy() as url:
        names, heard = way.steps_of(url, team, take_down)
        assert way.us.posts() == []
    say(f"killed at {2 * len(names)} sides of commits and {len(heard)} steps of requests")
    for point, step in every_death(names, heard):
        way.clock.at, here = start, str(step or f"{point} ({names[point.number - 1]})")  # type: ignore[union-attr]
        body = {"repo": way.us.did, "collection": "app.bsky.feed.post", "record": ours["value"]}
        way.pds.post("com.atproto.repo.putRecord", {**body, "rkey": ours["uri"].rpartition("/")[2]}, way.us.token)
        with template.copy() as url:
            way.killed(url, team, take_down, point, step)
            store = struck(url, way.clock)
            if count(store, deletions) == 0:
                take_down(store, way.channels(store), team)  # nothing was decided: she clicks again
            for _ in range(3):
                Remover(store, way.channels(store), "healthy").remove_due()
                way.clock.at += takedown.LEASE + timedelta(seconds=1)
            assert way.us.posts() == [], here
            with store.read() as tx:
                assert tx.value(select(deletions.c.state)) == "done", here
            assert events.verify(store)[1] is None, here
            store.close()


def test_a_paused_post_does_not_leave_until_two_people_sign_again(prepare: Prepare, way: Way) -> None:
    template = prepare(lambda store: due_draft(store, way))
    team, draft_id = template.kept
    with template.copy() as url:
        store, heard = struck(url, way.clock), list[str]()
        team = replace(team, store=store)
        paused = hold.open_by_person(store, team.tokens["ana"], Scope("everything"), "A storm is coming.")
        publish(store, way.channels(store, heard.append), team)
        for name in ("lea", "max"):
            agree(store, team.tokens[name], paused.hold_id)
        publish(store, way.channels(store, heard.append), team)
        assert (heard, way.us.posts()) == ([], [])
        for name in ("lea", "max"):
            sign(team, name, draft_id)
        publish(store, way.channels(store), team)
        assert len(way.us.posts()) == 1
        store.close()


def test_a_worker_frozen_behind_its_last_look_sends_nothing_once_a_pause_has_returned(
    prepare: Prepare, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause names the post that was on its way; the worker wakes up too late, looks again, and stops."""
    monkeypatch.setattr(hold, "DRAIN_SECONDS", 2.5)
    template = prepare(lambda store: due_draft(store, way))
    team, draft_id = template.kept
    with template.copy() as url:
        names, _ = way.steps_of(url, team, publish)
    way.us.delete_posts()
    with template.copy() as url:

        def work() -> None:
            store = struck(url, way.clock, Point(names.index("_begin") + 1, after=True), freeze)
            publish(store, way.channels(store), team)

        child = Child(work)
        child.wait_until_frozen()
        store = struck(url, way.clock)
        found = hold.open_by_person(store, team.tokens["ana"], Scope("everything"), "A storm is coming.")
        assert list(found.leaving) == [draft_id]
        child.send(signal.SIGCONT)
        assert child.wait() == 0
        assert way.us.posts() == []
        assert count(store, drafts, drafts.c.state == "published") == 0
        store.close()
