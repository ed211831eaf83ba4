"""One moment, carried all the way, in one process: real feeds over HTTP, real store, the use cases that pages call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.sample import seed
from app.settings import Settings
from app.wiring import House, build
from checklists.evaluate import Answer
from data.errors import Refused
from data.sample_day.day import load_day
from data.sample_day.feed_server import StoryServer
from data.storage import events as chain
from data.storage.tables import alerts, drafts, holds, opportunities, publications, sources, topics
from monitors.watch import look_for_spikes
from tests.factory import agree, good_answers
from workflow import access, approve, assess, checking, draft, hold
from workflow.judge import judge_open_alerts
from workflow.lifecycle import draft_row
from workflow.rules.approvals import Decision


class Workspace:
    """The sample workspace, moved by hand."""

    def __init__(self, house: House, server: StoryServer, clock, passwords: dict[str, str]) -> None:
        self.house, self.server, self.clock, self.passwords = house, server, clock, passwords
        self.store = house.store
        self.fetcher = house.fetcher()
        self.poller = house.poller(self.fetcher)
        self.outbox = house.outbox()

    def tick(self, seconds: float = 30) -> None:
        """What a worker does in one round."""
        self.clock.forward(seconds=seconds)
        while self.poller.poll_one() is not None:
            pass
        hold.watch(self.store, self.house.scorer)
        look_for_spikes(self.store)
        judge_open_alerts(self.store, self.house.scorer)
        self.outbox.publish_due()

    def token(self, name: str) -> str:
        return access.sign_in(self.store, name, self.passwords[name])

    def values(self, query) -> list:
        with self.store.read() as tx:
            return [row[0] for row in tx.conn.execute(query)]


@pytest.fixture
def workspace(tmp_path: Path, clock) -> Iterator[Workspace]:
    day = load_day()
    with StoryServer(day, clock=clock, manual=True) as server:
        settings = Settings(
            database_url=f"sqlite:///{tmp_path / 'tact.db'}",
            dry_run_folder=tmp_path / "dry_run",
            allow_private=frozenset({server.address.removeprefix("http://")}),
        )
        house = build(settings, clock=clock)
        people = seed(house, day, server.address, server.started_at)
        space = Workspace(house, server, clock, {person.username: person.password for person in people})
        yield space
        space.fetcher.close()
        house.store.close()


def test_a_quiet_start_raises_nothing(workspace: Workspace) -> None:
    for _ in range(3):
        workspace.tick()
    assert workspace.values(select(alerts.c.id)) == []
    assert workspace.values(select(holds.c.id)) == []
    assert set(workspace.values(select(sources.c.failures))) == {0}


def test_a_moment_is_carried_from_the_feed_to_the_publication(workspace: Workspace, tmp_path: Path) -> None:
    key = next(moment.key for moment in load_day().moments if moment.kind == "take")
    workspace.server.release(key)
    workspace.tick()
    workspace.tick()
    [label] = workspace.values(
        select(topics.c.label).join(alerts, alerts.c.topic_id == topics.c.id).where(alerts.c.ratio >= 3)
    )
    assert label == load_day().moment(key).monitor
    [opportunity] = workspace.values(select(opportunities.c.id))

    amara, tomasz = workspace.token("amara"), workspace.token("tomasz")
    assess.assess(workspace.store, amara, opportunity, 9, 8)
    with pytest.raises(Refused, match="Two people assess"):
        draft.start(workspace.store, amara, draft.Writing("Too soon."), opportunity)
    assess.assess(workspace.store, tomasz, opportunity, 8, 9)

    words = "Hut to hut, and dry all the way. See you on the trail."
    draft_id = draft.start(workspace.store, amara, draft.Writing(words, platform="mastodon"), opportunity)
    with workspace.store.read() as tx:
        content_hash = draft_row(tx, draft_id)["content_hash"]
    checking.answer(workspace.store, amara, draft_id, content_hash, good_answers())
    draft.submit(workspace.store, workspace.house.scorer, amara, draft_id, 1)
    approve.sign(workspace.store, workspace.token("leilani"), draft_id, content_hash, Decision.APPROVE)
    approve.sign(workspace.store, workspace.token("ingrid"), draft_id, content_hash, Decision.APPROVE)
    workspace.tick(60)

    assert workspace.values(select(drafts.c.state).where(drafts.c.id == draft_id)) == ["published"]
    [payload] = workspace.values(select(publications.c.payload))
    assert payload["text"] == words
    [written] = (tmp_path / "dry_run").glob("*.json")
    assert json.loads(written.read_text())["content_hash"] == content_hash
    assert chain.verify(workspace.store)[1] is None


def test_a_tragedy_stops_the_three_scheduled_posts_and_one_person_cannot_go_on(workspace: Workspace) -> None:
    assert workspace.values(select(drafts.c.state)) == ["scheduled"] * 3
    key = next(moment.key for moment in load_day().moments if moment.kind == "tragedy")
    workspace.server.release(key)
    workspace.tick()
    assert workspace.values(select(drafts.c.state)) == ["held"] * 3
    [hold_id, *_] = workspace.values(select(holds.c.id).where(holds.c.lifted_at.is_(None)))

    workspace.clock.forward(hours=30)  # past every planned time, and past the planned end of the hold
    workspace.outbox.publish_due()
    assert workspace.values(select(publications.c.id)) == []

    assert not agree(workspace.store, workspace.token("leilani"), hold_id, "The town is safe again.")
    with pytest.raises(Refused, match="agreed already"):
        agree(workspace.store, workspace.token("leilani"), hold_id, "I am sure.")
    with pytest.raises(Refused, match="role"):
        agree(workspace.store, workspace.token("amara"), hold_id, "Me too.")
    for open_hold in workspace.values(select(holds.c.id).where(holds.c.lifted_at.is_(None))):
        for name in ("leilani", "ingrid"):
            if open_hold != hold_id or name != "leilani":
                agree(workspace.store, workspace.token(name), open_hold, "Two of us agree.")
    workspace.outbox.publish_due()
    assert workspace.values(select(drafts.c.state)) == ["in_review"] * 3, "overdue posts go back to review"
    assert workspace.values(select(publications.c.id)) == []


def test_a_tragedy_verdict_makes_the_checklist_say_stop_whatever_people_answer(workspace: Workspace) -> None:
    key = next(moment.key for moment in load_day().moments if moment.kind == "tragedy")
    workspace.server.release(key)
    workspace.tick()
    amara = workspace.token("amara")
    headline = load_day().moment(key).news[0].title
    draft_id = draft.start(
        workspace.store, amara, draft.Writing(f"{headline} – and our parkas are 10 % off", reactive=False)
    )
    with workspace.store.read() as tx:
        content_hash = draft_row(tx, draft_id)["content_hash"]
    answers = good_answers() | {"dark_or_divisive": Answer("no", "I see nothing.")}
    checking.answer(workspace.store, amara, draft_id, content_hash, answers)
    with pytest.raises(Refused, match="says stop"):
        draft.submit(workspace.store, workspace.house.scorer, amara, draft_id, 1)
