"""An upload takes its time: whatever was stopped meanwhile does not leave, because the channel asks once more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import insert, select, update

from data.storage.store import Store
from data.storage.tables import channel_accounts, scheduled_posts
from publishing.channels import Channel, Outgoing, Receipt
from publishing.channels._platform import last_look
from publishing.outbox import LEASE, Outbox
from scoring.contract import Scope
from tests.factory import Team, scheduled_draft, state_of, team_in
from workflow import channel_accounts as accounts
from workflow import hold
from workflow.draft import Writing


class Uploading(Channel):
    """A channel in whose upload something happens."""

    name, label = "uploading", "Uploading"

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self.meanwhile = meanwhile
        self.made: list[str] = []

    def publish(self, outgoing: Outgoing) -> Receipt:
        self.meanwhile()
        last_look(outgoing, self.label)
        self.made.append(outgoing.key)
        return Receipt(f"https://uploading.example/{outgoing.key}", {})


@pytest.fixture
def team(store: Store) -> Team:
    return team_in(store)


def sent_by(team: Team, meanwhile: Callable[[], object]) -> tuple[str, int]:
    """What became of a post, and how often it was made."""
    channel, draft_id = Uploading(meanwhile), scheduled_draft(team)
    Outbox(team.store, {"dry_run": channel}, team.scorer, "here").publish_due()
    return state_of(team, draft_id), len(channel.made)


def test_nothing_meanwhile_and_it_leaves(team: Team) -> None:
    assert sent_by(team, lambda: None) == ("published", 1)


def test_a_pause_during_the_upload_stops_the_post(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "DRAIN_SECONDS", 0.1)
    pause = lambda: hold.open_by_person(team.store, team.tokens["pia"], Scope("everything"), "wait")  # noqa: E731
    assert sent_by(team, pause) == ("held", 0)


def test_a_post_that_another_worker_holds_by_now_is_not_sent(team: Team) -> None:
    def taken() -> None:
        with team.store.write() as tx:
            tx.run(update(scheduled_posts).values(fence=scheduled_posts.c.fence + 1))

    assert sent_by(team, taken) == ("publishing", 0)


def test_an_upload_longer_than_the_lease_ends_without_a_post(team: Team, clock) -> None:
    state, made = sent_by(team, lambda: clock.forward(seconds=LEASE.total_seconds() + 1))
    assert (state, made) == ("scheduled", 0)
    with team.store.read() as tx:
        row = tx.row(select(scheduled_posts))
    assert row is not None
    assert row["said"].startswith("It was stopped while its media were on their way to Uploading.")
    assert row["begun"] == 0, "nothing of it is in doubt"


def test_an_account_that_is_switched_off_during_the_upload_sends_nothing(team: Team) -> None:
    with team.store.write() as tx:
        row = {"kind": "uploading", "name": "Tea House", "config": {}, "secrets": {}, "enabled": True}
        account = tx.insert(insert(channel_accounts).values(**row, created_at=tx.now, changed_at=tx.now))
    channel = Uploading(lambda: accounts.switch(team.store, team.tokens["ada"], account, False))
    name = f"uploading-{account}"
    draft_id = scheduled_draft(team, Writing("A cup.", channel=name, reactive=False))
    box = Outbox(team.store, {name: channel}, team.scorer, "here")
    box.publish_due()
    assert (state_of(team, draft_id), channel.made) == ("scheduled", [])
