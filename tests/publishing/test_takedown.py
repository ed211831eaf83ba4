"""Taking back what is out: at once, by anybody who signs or writes, on both databases – and explained afterwards."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from data.errors import BadInput, ChannelError, NotSignedIn, Refused
from data.storage.store import Store
from data.storage.tables import channel_accounts, deletions, events, notices
from publishing import outbox as outboxes
from publishing.channels import Channel, Published
from publishing.channels.by_hand import ByHand
from publishing.channels.dry_run import DryRun
from publishing.outbox import Outbox
from publishing.takedown import LEASE, MOST_TRIES, NO_WAY, NOBODY_AFTER, Remover
from publishing.trouble import Declined, Gone, Limited
from scoring.contract import Scope
from tests.factory import Team, scheduled_draft, state_of, team_in
from tests.publishing.test_outbox import Platform, lose_the_worker, outbox_of
from workflow import accounts, deletion, hold
from workflow import channel_accounts as channel_accounts_deeds
from workflow.draft import Writing
from workflow.report import report


class Erasable(Platform):
    """A platform that takes posts back, as often as it is asked, unless a test has broken it."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: list[Published] = []

    def delete(self, published: Published) -> None:
        for deed in self.before:
            deed()  # type: ignore[operator]
        if self.broken:
            raise ChannelError("The platform did not answer.", cause="timed out")
        self.gone.append(published)


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def remover(team: Team, channel: Channel, owner: str = "here") -> Remover:
    return Remover(team.store, {"dry_run": channel, "by_hand": ByHand()}, owner)


def published(team: Team, platform: Channel) -> int:
    draft_id = scheduled_draft(team)
    outbox_of(team, platform).publish_due()
    assert state_of(team, draft_id) == "published"
    return draft_id


def row(team: Team):
    with team.store.read() as tx:
        return tx.row(select(deletions))


def told(team: Team, kind: str) -> list[dict[str, object]]:
    with team.store.read() as tx:
        return [one["detail"] for one in tx.rows(select(events.c.detail).where(events.c.kind == kind))]


@pytest.mark.parametrize("name", ["ana", "lea", "pia", "max"])
def test_whoever_signs_or_writes_takes_a_post_down_alone_and_at_once(team: Team, name: str) -> None:
    platform = Erasable()
    draft_id = published(team, platform)
    said = remover(team, platform).take_down(team.tokens[name], draft_id)
    assert said.startswith("It is down.")
    assert [one.address for one in platform.gone] == [f"https://platform.example/{platform.sent[0].key}"]
    assert row(team)["state"] == "done"


@pytest.mark.parametrize("name", ["ada", "vic"])
def test_who_only_looks_on_deletes_nothing(team: Team, name: str) -> None:
    platform = Erasable()
    draft_id = published(team, platform)
    with pytest.raises(Refused):
        remover(team, platform).take_down(team.tokens[name], draft_id)
    assert row(team) is None


def test_whoever_was_revoked_deletes_nothing(team: Team) -> None:
    platform = Erasable()
    draft_id = published(team, platform)
    accounts.revoke(team.store, team.tokens["ada"], team.people["pia"].id)
    with pytest.raises(NotSignedIn):
        deletion.ask(team.store, team.tokens["pia"], draft_id)


def test_the_clock_runs_from_the_decision_to_the_platforms_yes(store: Store, clock) -> None:
    team = team_in(store)
    platform = Erasable()
    draft_id = published(team, platform)
    deletion.ask(team.store, team.tokens["pia"], draft_id)
    clock.forward(seconds=7.5)
    assert remover(team, platform).remove_due() == 1
    [detail] = told(team, "deletion_done")
    assert (detail["seconds"], detail["tries"]) == (7.5, 1)
    assert remover(team, platform).remove_due() == 0, "what is down is not deleted again"


def test_neither_a_hold_nor_an_old_password_keeps_a_post_up(team: Team, clock) -> None:
    platform = Erasable()
    draft_id = published(team, platform)
    hold.open_by_person(team.store, team.tokens["ana"], Scope("everything"), "dark news")
    clock.forward(minutes=20)  # a signature would ask for the password again by now
    assert remover(team, platform).take_down(team.tokens["pia"], draft_id).startswith("It is down.")


def test_a_second_click_and_a_second_person_change_nothing(team: Team) -> None:
    platform = Erasable()
    draft_id = published(team, platform)
    first = deletion.ask(team.store, team.tokens["pia"], draft_id)
    assert deletion.ask(team.store, team.tokens["lea"], draft_id) == first
    assert len(told(team, "deletion_asked")) == 1


def test_a_platform_that_does_not_answer_is_asked_again_and_then_a_person_takes_over(team: Team, clock) -> None:
    platform = Erasable()
    draft_id = published(team, platform)
    platform.broken = True
    said = remover(team, platform).take_down(team.tokens["pia"], draft_id)
    assert said == "It is being taken down. The platform did not answer."
    assert remover(team, platform).remove_due() == 0, "not in the same instant"
    for _ in range(MOST_TRIES - 1):
        clock.forward(minutes=1)
        assert remover(team, platform).remove_due() == 1
    found = row(team)
    assert (found["state"], found["tries"], found["message"]) == ("by_hand", MOST_TRIES, "The platform did not answer.")
    assert len(told(team, "deletion_failed")) == MOST_TRIES - 1
    team.sign_in_again()
    deletion.confirm(team.store, team.tokens["ana"], found["id"])
    assert row(team)["done_by"] == team.people["ana"].id


def test_another_worker_goes_on_where_one_died(store: Store, clock) -> None:
    team = team_in(store)
    platform = Erasable()
    draft_id = published(team, platform)
    deletion_id = deletion.ask(team.store, team.tokens["pia"], draft_id)

    def die() -> None:
        raise KeyboardInterrupt

    platform.before = [die]
    with pytest.raises(KeyboardInterrupt):
        remover(team, platform).remove(deletion_id)
    platform.before = []
    assert remover(team, platform, "another").remove_due() == 0, "not while the lease lasts"
    clock.forward(seconds=LEASE.total_seconds())
    assert remover(team, platform, "another").remove_due() == 1
    assert row(team)["state"] == "done"


def test_an_answer_that_comes_after_another_worker_took_over_is_not_written(team: Team, clock) -> None:
    platform = Erasable()
    deletion_id = deletion.ask(team.store, team.tokens["pia"], published(team, platform))
    other = remover(team, platform, "another")

    def be_slow() -> None:
        platform.before = []
        clock.forward(minutes=1)
        other.remove_due()

    platform.before = [be_slow]
    remover(team, platform).remove(deletion_id)
    assert len(told(team, "deletion_done")) == 1


def test_a_channel_with_a_bug_does_not_keep_the_others_waiting(team: Team) -> None:
    platform = Erasable()
    deletion.ask(team.store, team.tokens["pia"], published(team, platform))

    def fall_over() -> None:
        raise ValueError("a bug")

    platform.before = [fall_over]
    assert remover(team, platform).remove_due() == 1
    assert row(team)["message"] == "The channel failed while deleting it; see the log."


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Gone("The platform has nothing there."), "done"),
        (Limited("Wait.", after=timedelta(seconds=20)), "asked"),
        (Limited("Come back tomorrow.", after=timedelta(hours=20)), "by_hand"),
        (Declined("No program may delete here: delete it by hand."), "by_hand"),
    ],
)
def test_what_is_gone_is_gone_and_long_patience_is_for_a_persons_hands(
    team: Team, clock, error: Exception, state: str
) -> None:
    class Answering(Erasable):
        def delete(self, published: Published) -> None:
            raise error

    draft_id = published(team, platform := Answering())
    deletion.ask(team.store, team.tokens["lea"], draft_id)
    remover(team, platform).remove_due()
    assert row(team)["state"] == state
    if state == "asked":
        assert row(team)["lease_until"] == clock.at + timedelta(seconds=20)


def test_what_a_person_posted_a_person_deletes(team: Team) -> None:
    draft_id = scheduled_draft(team, Writing("By hand.", channel="by_hand", reactive=False))
    outbox_of(team, Platform()).publish_due()
    outboxes.posted_by_hand(team.store, team.tokens["ana"], draft_id, "https://x.example/1")
    said = remover(team, Erasable()).take_down(team.tokens["pia"], draft_id)
    assert said == "Delete it on the platform now. It was posted by hand, so only a person can delete it."
    deletion.confirm(team.store, team.tokens["ana"], row(team)["id"])
    with pytest.raises(Refused, match="down already"):
        deletion.confirm(team.store, team.tokens["ana"], row(team)["id"])


def test_a_post_that_is_not_out_is_not_deleted_but_withdrawn(team: Team) -> None:
    with pytest.raises(Refused, match="scheduled, not out"):
        deletion.ask(team.store, team.tokens["pia"], scheduled_draft(team))


def test_of_a_post_nobody_knows_about_the_address_and_the_decision_are_one_step(team: Team) -> None:
    draft_id = lose_the_worker(team, Platform(idempotent=False))
    with pytest.raises(Refused, match="Nobody knows whether this is out"):
        deletion.ask(team.store, team.tokens["pia"], draft_id)
    found = "https://platform.example/found"
    outboxes.posted_by_hand(team.store, team.tokens["pia"], draft_id, found, take_down=True)
    remover(team, Erasable()).remove_due()
    assert (state_of(team, draft_id), row(team)["state"]) == ("published", "by_hand")


def test_the_reason_comes_afterwards_and_once(team: Team) -> None:
    platform = Erasable()
    remover(team, platform).take_down(team.tokens["pia"], published(team, platform))
    deletion_id = row(team)["id"]
    with pytest.raises(BadInput):
        deletion.give_reason(team.store, team.tokens["pia"], deletion_id, "  ")
    deletion.give_reason(team.store, team.tokens["pia"], deletion_id, "The mood turned.")
    with pytest.raises(Refused):
        deletion.give_reason(team.store, team.tokens["lea"], deletion_id, "Another story.")
    assert row(team)["reason"] == "The mood turned."


def test_everybody_on_duty_hears_of_it(team: Team) -> None:
    platform = Erasable()
    remover(team, platform).take_down(team.tokens["pia"], published(team, platform))
    with team.store.read() as tx:
        kinds = {one["kind"] for one in tx.rows(select(notices.c.kind))}
    assert "deletion" in kinds


def test_a_dry_run_takes_its_file_back_however_often_it_is_asked(team: Team, tmp_path: Path) -> None:
    channel, folder = DryRun(tmp_path / "out"), tmp_path / "out"
    draft_id = published(team, channel)
    [file] = folder.iterdir()
    assert remover(team, channel).take_down(team.tokens["pia"], draft_id).startswith("It is down.")
    assert [one.name for one in folder.iterdir()] == [f"{file.stem}.deleted"]
    channel.delete(Published(file.stem, "x", "", {}))
    assert timedelta() <= row(team)["done_at"] - row(team)["asked_at"]


def test_the_report_counts_it_from_decision_to_gone(team: Team, clock) -> None:
    platform = Erasable()
    since = clock.at
    for n, seconds in enumerate((3, 9)):
        draft_id = scheduled_draft(team, Writing(f"A kettle at {n}.", reactive=False))
        outbox_of(team, platform).publish_due()
        deletion.ask(team.store, team.tokens["pia"], draft_id)
        clock.forward(seconds=seconds)
        remover(team, platform).remove_due()
    with team.store.read() as tx:
        gone = report(tx, since, {}).taken_down
    assert gone.seconds is not None
    assert (gone.asked, gone.standing, gone.unexplained, round(gone.seconds.median, 6)) == (2, 0, 2, 6.0)


def test_a_post_of_an_account_that_is_off_is_given_to_a_person_at_once(team: Team) -> None:
    """Nothing is asked of a platform for an account that is off, and nobody else would hear of the deletion."""
    with team.store.write() as tx:
        kept = {"kind": "tea", "name": "Tea House", "config": {}, "secrets": {}, "enabled": True}
        account = tx.insert(insert(channel_accounts).values(**kept, created_at=tx.now, changed_at=tx.now))
    name, platform = f"tea-{account}", Erasable()
    draft_id = scheduled_draft(team, Writing("A cup.", channel=name, reactive=False))
    Outbox(team.store, {name: platform}, team.scorer, "here").publish_due()
    channel_accounts_deeds.switch(team.store, team.tokens["ada"], account, False)
    said = Remover(team.store, {}, "here").take_down(team.tokens["pia"], draft_id)
    assert said.startswith("Delete it on the platform now.")
    assert "switched off" in said
    assert (row(team)["state"], platform.gone) == ("by_hand", [])


def test_a_post_that_no_process_has_a_way_to_is_given_to_a_person_soon(team: Team, clock) -> None:
    draft_id = published(team, Erasable())
    nowhere = Remover(team.store, {}, "here")
    nowhere.take_down(team.tokens["pia"], draft_id)
    assert nowhere.remove_due() == 0, "another process may have it"
    clock.forward(seconds=NOBODY_AFTER.total_seconds())
    assert nowhere.remove_due() == 1
    assert (row(team)["state"], row(team)["message"]) == ("by_hand", NO_WAY)
