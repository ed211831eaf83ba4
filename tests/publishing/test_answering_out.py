"""A post that answers somebody leaves as an answer, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from data.storage.store import Store
from data.storage.tables import scheduled_posts
from publishing.channels import Answering, Channel, Outgoing, Receipt
from publishing.channels.by_hand import ByHand
from publishing.channels.dry_run import make
from publishing.outbox import Outbox
from tests.factory import Team, scheduled_draft, state_of, team_in
from workflow.draft import Writing
from workflow.rules.answering import kept

POST = "https://social.example/@ann/112233"


class Platform(Channel):
    """Remembers what it was sent; what it can answer a test says."""

    name, label, idempotent = "dry_run", "A platform", True

    def __init__(self, *answers: str) -> None:
        self.answers = frozenset(answers)
        self.sent: list[Outgoing] = []

    def publish(self, outgoing: Outgoing) -> Receipt:
        self.sent.append(outgoing)
        return Receipt("https://social.example/@tea/1", {})


@pytest.fixture
def team(store: Store) -> Team:
    return team_in(store)


def send(team: Team, channel: Channel, kind: str) -> int:
    answering = kept(kind, POST, "Ann", "Is there any tea left?")
    draft_id = scheduled_draft(team, Writing("There is, for you.", reactive=False, answering=answering))
    Outbox(team.store, {"dry_run": channel, "by_hand": ByHand()}, team.scorer, "here").publish_due()
    return draft_id


@pytest.mark.parametrize("kind", ["reply", "quote"])
def test_an_answer_leaves_as_one(team: Team, kind: str) -> None:
    platform = Platform("reply", "quote")
    draft_id = send(team, platform, kind)
    assert [one.answering for one in platform.sent] == [Answering(kind, POST)]  # type: ignore[arg-type]
    assert state_of(team, draft_id) == "published"


def test_through_a_channel_that_cannot_answer_so_it_stays_here_and_says_why(team: Team) -> None:
    platform = Platform("reply")
    draft_id = send(team, platform, "quote")
    assert platform.sent == []
    assert state_of(team, draft_id) == "blocked"
    with team.store.read() as tx:
        [told] = tx.value(select(scheduled_posts.c.refusals).where(scheduled_posts.c.draft_id == draft_id))
    assert told["code"] == "answer_impossible"
    assert "quote a post" in told["text"]


def test_the_dry_run_writes_down_what_would_have_been_answered(sqlite_store: Store, tmp_path: Path) -> None:
    team = team_in(sqlite_store)
    send(team, make({"dry_run_folder": str(tmp_path / "out")}), "reply")
    [written] = (tmp_path / "out").iterdir()
    assert json.loads(written.read_text("utf-8"))["answering"] == {"kind": "reply", "address": POST}
