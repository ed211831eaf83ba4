"""The outbox on both databases: out once, through the gate, or not at all."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from data.errors import BadInput, ChannelError, Refused
from data.storage.store import Store, Tx
from data.storage.tables import drafts, media, publications, scheduled_posts
from publishing import outbox as outboxes
from publishing.channels import Channel, Outgoing, Receipt
from publishing.channels.by_hand import ByHand
from publishing.outbox import LEASE, MOST_ATTEMPTS, Outbox
from scoring.contract import HoldCall, Reason, Scope
from tests.factory import Team, add_item, add_source, decided_opportunity, scheduled_draft, state_of, team_in
from workflow import hold
from workflow.draft import Writing
from workflow.imports import ImportedMedia, ImportedPost, import_post


class Platform(Channel):
    """A channel that remembers what it was sent, and does what a test tells it to."""

    name, label, by_hand = "dry_run", "A platform", False

    def __init__(self, idempotent: bool = True) -> None:
        self.idempotent = idempotent
        self.sent: list[Outgoing] = []
        self.before: list[object] = []
        self.broken = False

    def publish(self, outgoing: Outgoing) -> Receipt:
        for deed in self.before:
            deed()  # type: ignore[operator]
        self.sent.append(outgoing)
        if self.broken:
            raise ChannelError("The platform did not answer.", cause="timed out")
        return Receipt(f"https://platform.example/{outgoing.key}", {"text": outgoing.text})


@pytest.fixture
def team(store: Store) -> Team:
    return team_in(store)


def outbox_of(team: Team, channel: Channel, owner: str = "here") -> Outbox:
    return Outbox(team.store, {"dry_run": channel, "by_hand": ByHand()}, team.scorer, owner)


def published(team: Team) -> int:
    with team.store.read() as tx:
        return int(tx.value(select(func.count()).select_from(publications)))


def reasons(team: Team, draft_id: int) -> set[str]:
    with team.store.read() as tx:
        refusals = tx.value(select(scheduled_posts.c.refusals).where(scheduled_posts.c.draft_id == draft_id))
    return {refusal["code"] for refusal in refusals}


def test_a_due_post_leaves_once_with_what_was_signed(team: Team) -> None:
    platform = Platform()
    draft_id = scheduled_draft(team)
    for _ in range(3):
        outbox_of(team, platform).publish_due()
    [outgoing] = platform.sent
    assert outgoing.text == "Iced tea, as patient as you are."
    assert state_of(team, draft_id) == "published"
    assert published(team) == 1


def test_that_a_post_is_out_is_kept_whatever_address_the_platform_says(team: Team) -> None:
    class Odd(Platform):
        def publish(self, outgoing: Outgoing) -> Receipt:
            return Receipt(super().publish(outgoing).address + "\x00\n", {"said": "\x00"})

    draft_id = scheduled_draft(team)
    outbox_of(team, Odd()).publish_due()
    assert state_of(team, draft_id) == "published"


def test_nothing_leaves_before_its_time(team: Team, clock) -> None:
    platform = Platform()
    draft_id = scheduled_draft(team, Writing("Later.", reactive=False, planned_for=clock.at + timedelta(hours=1)))
    outbox_of(team, platform).publish_due()
    assert platform.sent == []
    clock.forward(hours=1)
    outbox_of(team, platform).publish_due()
    assert state_of(team, draft_id) == "published"


def test_two_workers_on_one_store_send_each_post_once(team: Team) -> None:
    platform = Platform()
    for number in range(5):
        scheduled_draft(team, Writing(f"The kettle sings at {number}.", reactive=False))
    workers = [threading.Thread(target=outbox_of(team, platform, f"w{n}").publish_due) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(outgoing.text for outgoing in platform.sent) == [f"The kettle sings at {n}." for n in range(5)]


def take_down_the_wall(tx: Tx, name: str, table: str) -> None:
    """The database refuses this by itself. Whoever owns the file can take that away: then the gate is what is left."""
    tx.run(text(f"DROP TRIGGER {name}{f' ON {table}' if tx.conn.dialect.name == 'postgresql' else ''}"))


def test_a_changed_byte_is_caught_at_the_gate(team: Team) -> None:
    draft_id = scheduled_draft(team)
    with team.store.write() as tx:
        take_down_the_wall(tx, "versions_stay", "draft_versions")
        tx.run(text("UPDATE draft_versions SET text = 'Something else.'"))
    platform = Platform()
    outbox_of(team, platform).publish_due()
    assert platform.sent == []
    assert state_of(team, draft_id) == "blocked"
    assert "content_changed" in reasons(team, draft_id)


def test_a_file_swapped_in_storage_is_caught_at_the_gate(team: Team) -> None:
    people = team.people
    picture = ImportedMedia("cup.png", "image", (people["lea"], people["max"]), "in-house", content=b"a cup of tea")
    with team.store.write() as tx:
        signed = (people["lea"], people["max"])
        post = ImportedPost(people["ana"], Writing("A cup.", reactive=False), tx.now, signed, True, (picture,))
        draft_id = import_post(tx, post)
        tx.run(update(media).values(content=b"something else"))
    outbox_of(team, Platform()).publish_due()
    assert "content_changed" in reasons(team, draft_id)


def test_signatures_that_vanish_from_the_database_stop_the_post(team: Team) -> None:
    draft_id = scheduled_draft(team)
    with team.store.write() as tx:
        take_down_the_wall(tx, "no_signature_is_forgotten", "approvals")
        tx.run(text("DELETE FROM approvals WHERE person_id = (SELECT max(person_id) FROM approvals)"))
    outbox_of(team, Platform()).publish_due()
    assert reasons(team, draft_id) == {"approvals_missing"}


def test_a_hold_that_begins_between_claim_and_request_wins(team: Team, monkeypatch) -> None:
    platform = Platform()
    draft_id = scheduled_draft(team)
    box = outbox_of(team, platform)
    monkeypatch.setattr(hold, "DRAIN_SECONDS", 0.2)
    claim, paused = box._claim, []

    def claim_then_pause(due):
        found = claim(due)
        paused.append(hold.open_by_person(team.store, team.tokens["pia"], Scope("everything"), "wait"))
        return found

    box._claim = claim_then_pause  # type: ignore[method-assign]
    box.publish_due()
    assert paused[0].leaving == (draft_id,), "the pause names what was on its way when it began"
    assert platform.sent == []
    assert state_of(team, draft_id) == "blocked"


def test_dark_news_about_the_same_words_blocks_even_without_a_hold(team: Team) -> None:
    draft_id = scheduled_draft(team, Writing("Marlow Bridge, here we come! Tea for all.", reactive=False))
    add_source(team.store, "News")
    add_item(
        team.store, "Marlow Bridge collapse kills at least nine people, dozens missing", kind="news", region="US-OK"
    )
    outbox_of(team, Platform()).publish_due()
    assert state_of(team, draft_id) in ("blocked", "held")
    assert reasons(team, draft_id) & {"tragedy", "sensitive_topic"}


def test_the_same_words_twice_are_stopped(team: Team) -> None:
    box = outbox_of(team, Platform())
    scheduled_draft(team)
    box.publish_due()
    again = scheduled_draft(team)
    box.publish_due()
    assert reasons(team, again) == {"duplicate"}


def test_the_channel_is_not_flooded(team: Team) -> None:
    box = outbox_of(team, Platform())
    posts = [scheduled_draft(team, Writing(f"Tea fact {n}.", reactive=False)) for n in range(7)]
    box.publish_due()
    assert [state_of(team, post) for post in posts] == ["published"] * 6 + ["blocked"]
    assert reasons(team, posts[-1]) == {"frequency_cap"}


def test_a_reactive_post_after_its_window_is_stopped(team: Team, clock) -> None:
    opportunity = decided_opportunity(team)
    later = clock.at + timedelta(minutes=119)
    draft_id = scheduled_draft(team, Writing("Iced, in time.", planned_for=later), opportunity)
    clock.forward(minutes=121)
    outbox_of(team, Platform()).publish_due()
    assert "out_of_window" in reasons(team, draft_id)


def lose_the_worker(team: Team, platform: Platform) -> int:
    """A post whose request failed without an answer."""
    platform.broken = True
    draft_id = scheduled_draft(team)
    outbox_of(team, platform).publish_due()
    platform.broken = False
    return draft_id


def test_without_an_answer_a_keyless_platform_is_never_asked_again(team: Team, clock) -> None:
    platform = Platform(idempotent=False)
    draft_id = lose_the_worker(team, platform)
    assert state_of(team, draft_id) == "unknown"
    clock.forward(hours=1)
    outbox_of(team, platform).publish_due()
    assert len(platform.sent) == 1
    team.sign_in_again()
    outboxes.posted_by_hand(team.store, team.tokens["ana"], draft_id, "https://platform.example/found")
    assert state_of(team, draft_id) == "published"


def test_a_person_who_looked_may_say_that_it_is_not_out(team: Team) -> None:
    draft_id = lose_the_worker(team, Platform(idempotent=False))
    outboxes.not_posted(team.store, team.tokens["lea"], draft_id, "I looked; it is not there.")
    assert state_of(team, draft_id) == "needs_time"


def test_without_an_answer_the_same_key_is_tried_again_where_that_is_safe(team: Team, clock) -> None:
    platform = Platform(idempotent=True)
    draft_id = lose_the_worker(team, platform)
    assert state_of(team, draft_id) == "publishing"
    outbox_of(team, platform).publish_due()
    assert len(platform.sent) == 1, "not before the lease is over"
    clock.forward(seconds=LEASE.total_seconds() + 1)
    outbox_of(team, platform, "another worker").publish_due()
    assert len({outgoing.key for outgoing in platform.sent}) == 1
    assert state_of(team, draft_id) == "published"


def test_after_many_attempts_a_person_takes_over(team: Team, clock) -> None:
    platform = Platform()
    platform.broken = True
    draft_id = scheduled_draft(team)
    for _ in range(MOST_ATTEMPTS + 2):
        outbox_of(team, platform).publish_due()
        clock.forward(seconds=LEASE.total_seconds() + 1)
    assert len(platform.sent) == MOST_ATTEMPTS
    assert state_of(team, draft_id) == "unknown"


def test_by_hand_the_words_wait_for_a_person_and_the_address_settles_it(team: Team) -> None:
    draft_id = scheduled_draft(team, Writing("By hand.", channel="by_hand", reactive=False))
    outbox_of(team, Platform()).publish_due()
    assert state_of(team, draft_id) == "by_hand"
    for wrong in ("done!", "https://[x", "https://me:pass@x.example/1", f"https://x.example/{'1' * 1000}"):
        with pytest.raises(BadInput, match="address"):
            outboxes.posted_by_hand(team.store, team.tokens["ana"], draft_id, wrong)
    with pytest.raises(Refused):
        outboxes.posted_by_hand(team.store, team.tokens["vic"], draft_id, "https://x.example/1")
    outboxes.posted_by_hand(team.store, team.tokens["ana"], draft_id, "https://x.example/1")
    assert state_of(team, draft_id) == "published"
    with team.store.read() as tx:
        row = tx.row(select(publications))
    assert (row["address"], row["person_id"]) == ("https://x.example/1", team.people["ana"].id)


def test_a_hold_turns_a_post_in_a_persons_hands_into_a_question(team: Team) -> None:
    draft_id = scheduled_draft(team, Writing("By hand.", channel="by_hand", reactive=False))
    outbox_of(team, Platform()).publish_due()
    hold.open_by_person(team.store, team.tokens["ana"], Scope("everything"), "")
    assert state_of(team, draft_id) == "unknown"


def test_a_post_for_a_channel_that_this_worker_lacks_waits(team: Team) -> None:
    draft_id = scheduled_draft(team)
    Outbox(team.store, {"by_hand": ByHand()}, team.scorer, "here").publish_due()
    assert state_of(team, draft_id) == "scheduled"


def test_a_post_that_was_never_signed_is_refused_through_every_door(team: Team) -> None:
    with team.store.write() as tx:
        post = ImportedPost(
            team.people["max"], Writing("Trust me.", reactive=False), tx.now, (team.people["max"],), True
        )
        draft_id = import_post(tx, post)
    outbox_of(team, Platform()).publish_due()
    assert reasons(team, draft_id) == {"approvals_missing"}
    with team.store.read() as tx:
        assert tx.value(select(drafts.c.state).where(drafts.c.id == draft_id)) == "blocked"


def test_folder_of_the_dry_run_that_cannot_be_written(team: Team, tmp_path: Path) -> None:
    from publishing.channels.dry_run import DryRun

    (tmp_path / "file").write_text("in the way")
    draft_id = scheduled_draft(team)
    outbox_of(team, DryRun(tmp_path / "file")).publish_due()
    assert state_of(team, draft_id) == "publishing", "kept, and tried again when the lease is over"
    assert published(team) == 0


def test_after_days_without_a_worker_nothing_leaves_in_a_burst(team: Team, clock) -> None:
    platform = Platform()
    later = clock.at + timedelta(hours=1)
    posts = [scheduled_draft(team, Writing(f"A kettle at {n}.", reactive=False, planned_for=later)) for n in range(3)]
    clock.forward(days=3)
    outbox_of(team, platform).publish_due()
    assert platform.sent == []
    assert {state_of(team, post) for post in posts} == {"needs_time"}


def test_a_post_whose_channel_nobody_has_asks_for_a_new_time(team: Team, clock) -> None:
    draft_id = scheduled_draft(team)
    clock.forward(hours=1)
    Outbox(team.store, {"by_hand": ByHand()}, team.scorer, "here").publish_due()
    assert state_of(team, draft_id) == "needs_time"


def test_a_post_that_somebody_elses_hand_moved_on_its_way_is_a_question_for_a_person(team: Team) -> None:
    draft_id = scheduled_draft(team)
    with team.store.write() as tx:
        tx.run(update(drafts).where(drafts.c.id == draft_id).values(state="publishing"))
    assert outbox_of(team, Platform()).recover() == 1
    assert state_of(team, draft_id) == "unknown"


def test_recovery_asks_the_gate_again(team: Team, clock) -> None:
    platform = Platform()
    draft_id = lose_the_worker(team, platform)
    with team.store.write() as tx:
        tx.run(text("UPDATE people SET active = (1 = 0) WHERE username = 'lea'"))
    clock.forward(seconds=LEASE.total_seconds() + 1)
    outbox_of(team, platform).publish_due()
    assert len(platform.sent) == 1
    assert state_of(team, draft_id) == "unknown", "it may have left before: a person looks"


def test_a_hold_during_a_second_attempt_never_says_that_the_first_did_not_leave(team: Team, clock) -> None:
    platform = Platform()
    draft_id = lose_the_worker(team, platform)
    clock.forward(seconds=LEASE.total_seconds() + 1)
    box = outbox_of(team, platform)
    lease = box._lease

    def lease_then_hold(tx, draft, post, channel):
        found = lease(tx, draft, post, channel)
        hold.open_by_rule(tx, 1, HoldCall(Scope("everything"), (Reason("tragedy", "Dark news."),)))
        return found

    box._lease = lease_then_hold  # type: ignore[method-assign]
    box.publish_due()
    assert len(platform.sent) == 1
    assert state_of(team, draft_id) == "unknown"


def test_a_signature_of_somebody_who_left_the_house_no_longer_counts(team: Team) -> None:
    draft_id = scheduled_draft(team)
    with team.store.write() as tx:
        tx.run(text("UPDATE people SET active = (1 = 0) WHERE username = 'lea'"))
    outbox_of(team, Platform()).publish_due()
    assert reasons(team, draft_id) == {"approvals_missing"}


def test_a_post_that_nobody_can_judge_does_not_keep_the_others_from_leaving(team: Team) -> None:
    platform = Platform()
    odd = scheduled_draft(team, Writing("An odd one.", reactive=False))
    fine = scheduled_draft(team, Writing("A fine one.", reactive=False))
    with team.store.write() as tx:
        take_down_the_wall(tx, "versions_stay", "draft_versions")
        tx.run(text(f"UPDATE draft_versions SET links = 'null' WHERE draft_id = {odd}"))
    outbox_of(team, platform).publish_due()
    assert reasons(team, odd) == {"context_unverified"}
    assert state_of(team, fine) == "published"
