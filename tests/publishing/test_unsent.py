"""After a request without a receipt: what each way of failing makes of the post, and who hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from data.errors import ChannelError
from data.storage.store import Store
from data.storage.tables import channel_accounts, notices, publications, scheduled_posts
from publishing.channels import Channel, Outgoing, Receipt
from publishing.outbox import LEASE, Outbox
from publishing.outcomes import Doubt, Then, pause, repeatable, then
from publishing.settling import not_posted
from publishing.trouble import Declined, Gone, Limited, NotBegun, Unsure
from scoring.contract import Scope
from tests.factory import Team, scheduled_draft, state_of, team_in
from workflow import hold
from workflow.draft import Writing

NOBODY_THERE = NotBegun("The platform cannot be reached.")
NO = Declined("The platform refused it. It says: “too long”")
NO_ANSWER = Unsure("The platform did not answer in time.")


class Moody(Channel):
    """A channel whose answers a test puts in a row; after them it takes everything."""

    name, label = "moody", "Moody"

    def __init__(self, *answers: Exception, keyed: bool = False, forgets_after: timedelta | None = None) -> None:
        self.answers = frozenset()
        self.row, self.idempotent, self.repeatable_for = list(answers), keyed, forgets_after
        self.sent: list[Outgoing] = []
        self.prepares = 0

    def prepare(self, outgoing: Outgoing) -> Mapping[str, Any]:
        self.prepares += 1
        return {"record": f"r{self.prepares}"}

    def publish(self, outgoing: Outgoing) -> Receipt:
        self.sent.append(outgoing)
        if self.row:
            raise self.row.pop(0)
        return Receipt(f"https://moody.example/{outgoing.key}", {})


@pytest.fixture
def team(store: Store) -> Team:
    return team_in(store)


@pytest.fixture
def one(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def post_of(team: Team, draft_id: int) -> Mapping[str, Any]:
    with team.store.read() as tx:
        row = tx.row(select(scheduled_posts).where(scheduled_posts.c.draft_id == draft_id))
    assert row is not None
    return row


def told(team: Team) -> dict[str, list[str]]:
    """Who heard that a post did not go out as planned, by first name."""
    by_id = {person.id: name for name, person in team.people.items()}
    heard: dict[str, list[str]] = {}
    with team.store.read() as tx:
        for row in tx.rows(select(notices).where(notices.c.kind == "post_failed").order_by(notices.c.id)):
            heard.setdefault(by_id[row["person_id"]], []).append(row["text"])
    return heard


def box(team: Team, channel: Channel, name: str = "dry_run") -> Outbox:
    return Outbox(team.store, {name: channel}, team.scorer, "here")


# --- the rule, by itself -------------------------------------------------------------------------------------------


def test_what_may_be_done_is_decided_by_two_questions(clock) -> None:
    fresh, asked = Doubt(0, clock.at), Doubt(1, clock.at)
    keyed, keyless = Moody(keyed=True), Moody()
    bug = RuntimeError("a bug")
    table = {
        (NOBODY_THERE, keyless, fresh): Then.LATER,
        (Limited("Wait."), keyed, fresh): Then.LATER,
        (NO, keyed, fresh): Then.REFUSED,
        (Gone("Gone."), keyless, fresh): Then.REFUSED,
        (NO_ANSWER, keyless, fresh): Then.UNKNOWN,
        (NO_ANSWER, keyed, fresh): Then.AGAIN,
        (ChannelError("?"), keyless, fresh): Then.UNKNOWN,
        (bug, keyless, fresh): Then.UNKNOWN,
        (bug, keyed, fresh): Then.AGAIN,
        (NOBODY_THERE, keyed, asked): Then.AGAIN,
        (NOBODY_THERE, keyless, asked): Then.UNKNOWN,
        (NO, keyed, asked): Then.UNKNOWN,
        (Gone("Gone."), keyed, asked): Then.UNKNOWN,
    }
    assert {key: then(*key, clock.at) for key in table} == table


def test_a_key_is_used_again_only_while_the_platform_surely_knows_it(clock) -> None:
    hour = Moody(keyed=True, forgets_after=timedelta(hours=1))
    asked = Doubt(1, clock.at)
    assert repeatable(hour, asked, clock.at + timedelta(minutes=58))
    assert not repeatable(hour, asked, clock.at + timedelta(minutes=59)), "the request takes its time to arrive"
    assert repeatable(Moody(keyed=True), asked, clock.at + timedelta(minutes=59))
    assert not repeatable(Moody(keyed=True), asked, clock.at + timedelta(minutes=60)), "long past its time"
    assert not repeatable(Moody(keyed=True), Doubt(1, None), clock.at), "an older release did not write it down"


def test_pauses_grow_and_a_platform_that_names_its_own_is_heard() -> None:
    assert [pause(NOBODY_THERE, n).total_seconds() for n in (1, 2, 3, 6, 7, 99)] == [5, 10, 20, 160, 300, 300]
    assert pause(NO_ANSWER, 2).total_seconds() == 30
    assert pause(Limited("Wait.", after=timedelta(minutes=12)), 1) == timedelta(minutes=12)


# --- before the request ----------------------------------------------------------------------------------------------


def test_a_request_is_written_down_before_it_begins_and_every_attempt_means_the_same_post(team: Team, clock) -> None:
    seen: list[tuple[Any, ...]] = []

    class Watching(Moody):
        def publish(self, outgoing: Outgoing) -> Receipt:
            row = post_of(team, draft_id)
            seen.append((row["begun"], row["first_begun_at"], row["prepared"]))
            return super().publish(outgoing)

    channel, began = Watching(NO_ANSWER, NO_ANSWER, keyed=True), clock.at
    draft_id = scheduled_draft(team)
    for _ in range(3):
        box(team, channel).publish_due()
        clock.forward(seconds=LEASE.total_seconds() + 1)
    assert state_of(team, draft_id) == "published"
    assert seen == [(n, began, {"record": "r1"}) for n in (1, 2, 3)]
    assert {(one.at, one.prepared["record"], one.key) for one in channel.sent} == {(began, "r1", channel.sent[0].key)}
    assert channel.prepares == 1


@pytest.mark.parametrize("error", [Declined("A picture is too large."), RuntimeError("a bug")])
def test_a_post_that_cannot_be_made_ready_never_left(one: Team, error: Exception) -> None:
    class Clumsy(Moody):
        def prepare(self, outgoing: Outgoing) -> Mapping[str, Any]:
            raise error

    channel, draft_id = Clumsy(), scheduled_draft(one)
    box(one, channel).publish_due()
    assert (state_of(one, draft_id), channel.sent, post_of(one, draft_id)["begun"]) == ("blocked", [], 0)


def test_a_channel_that_cannot_be_loaded_keeps_no_other_post_from_leaving(one: Team) -> None:
    class Broken(Moody):
        def load(self) -> None:
            if not self.sent:
                self.sent.append(None)  # type: ignore[arg-type]
                raise ImportError("a library is missing")

    first = scheduled_draft(one, Writing("A first cup.", reactive=False))
    second = scheduled_draft(one, Writing("Two more, please!", reactive=False))
    box(one, Broken()).publish_due()
    assert (state_of(one, first), post_of(one, first)["begun"], state_of(one, second)) == ("blocked", 0, "published")


def test_who_wakes_up_past_the_lease_says_that_nothing_was_sent(one: Team, clock, monkeypatch) -> None:
    """Frozen after the last look: the request is written down as begun, and without keys it would be a question."""
    steady = iter([0.0, 9.0, 10.0, 10.1, 11.0, 11.1])
    monkeypatch.setattr("publishing.outbox.time.monotonic", lambda: next(steady))
    channel, draft_id = Moody(), scheduled_draft(one)
    here = box(one, channel)
    begin = here._begin

    def begin_and_freeze(claimed):
        found = begin(claimed)
        clock.forward(minutes=2)
        return found

    here._begin = begin_and_freeze  # type: ignore[method-assign]
    here.publish_due()
    assert (state_of(one, draft_id), channel.sent, post_of(one, draft_id)["begun"]) == ("scheduled", [], 0)


def test_a_machine_too_slow_for_its_own_last_look_sends_nothing_and_says_so(one: Team, monkeypatch) -> None:
    steady = iter(range(0, 1000, 9))
    monkeypatch.setattr("publishing.outbox.time.monotonic", lambda: next(steady))
    channel, draft_id = Moody(), scheduled_draft(one)
    box(one, channel).publish_due()
    row = post_of(one, draft_id)
    assert (state_of(one, draft_id), channel.sent, row["begun"]) == ("scheduled", [], 0)
    assert "too slow" in row["said"]


# --- nothing is out --------------------------------------------------------------------------------------------------


def test_a_platform_that_cannot_be_reached_gets_the_post_later_through_the_whole_gate(team: Team, clock) -> None:
    channel, draft_id = Moody(NOBODY_THERE), scheduled_draft(team)
    box(team, channel).publish_due()
    row = post_of(team, draft_id)
    assert state_of(team, draft_id) == "scheduled"
    assert (row["begun"], row["said"]) == (0, NOBODY_THERE.message)
    assert row["next_try_at"] == clock.at + timedelta(seconds=5)
    box(team, channel).publish_due()
    assert len(channel.sent) == 1, "not before its time"
    with team.store.write() as tx:
        tx.run(update(scheduled_posts).values(content_hash="f" * 64))
    clock.forward(seconds=5)
    box(team, channel).publish_due()
    assert (len(channel.sent), state_of(team, draft_id)) == (1, "blocked"), "the gate was asked again"


def test_nothing_that_comes_late_leaves_after_the_moments_window(one: Team, clock) -> None:
    from tests.factory import decided_opportunity

    opportunity = decided_opportunity(one)
    later = clock.at + timedelta(minutes=119)
    draft_id = scheduled_draft(one, Writing("Iced, in time.", planned_for=later), opportunity)
    clock.forward(minutes=119)
    channel = Moody(Limited("Wait.", after=timedelta(minutes=5)))
    box(one, channel).publish_due()
    assert state_of(one, draft_id) == "scheduled"
    clock.forward(minutes=6)
    box(one, channel).publish_due()
    assert (len(channel.sent), state_of(one, draft_id)) == (1, "blocked")


def test_a_pause_that_came_during_the_request_holds_what_did_not_leave(one: Team, monkeypatch) -> None:
    monkeypatch.setattr(hold, "DRAIN_SECONDS", 0.1)

    class Paused(Moody):
        def publish(self, outgoing: Outgoing) -> Receipt:
            hold.open_by_person(one.store, one.tokens["pia"], Scope("everything"), "wait")
            return super().publish(outgoing)

    channel, draft_id = Paused(NOBODY_THERE), scheduled_draft(one)
    box(one, channel).publish_due()
    assert state_of(one, draft_id) == "held"


def test_a_platform_that_refuses_says_why_and_nobody_asks_it_again(team: Team, clock) -> None:
    channel, draft_id = Moody(NO), scheduled_draft(team)
    for _ in range(3):
        box(team, channel).publish_due()
        clock.forward(minutes=2)
    assert (len(channel.sent), state_of(team, draft_id)) == (1, "blocked")
    [refusal] = post_of(team, draft_id)["refusals"]
    assert (refusal["code"], refusal["text"]) == ("platform_refused", NO.message)
    assert refusal["then"] == "Change what it names, then ask for fresh signatures."
    heard = told(team)
    assert set(heard) == {"ana", "lea", "max"}
    assert heard["ana"][0].startswith("The platform did not take the post for X")


# --- it may be out ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [NO_ANSWER, ChannelError("Something."), RuntimeError("a bug")])
def test_without_a_key_no_second_request_begins_after_one_of_unknown_outcome(
    one: Team, clock, error: Exception
) -> None:
    channel, draft_id = Moody(error), scheduled_draft(one)
    for _ in range(4):
        box(one, channel).publish_due()
        clock.forward(minutes=2)
    assert (len(channel.sent), state_of(one, draft_id), post_of(one, draft_id)["begun"]) == (1, "unknown", 1)


def test_without_a_key_definite_noes_may_be_followed_by_one_request_more(one: Team, clock) -> None:
    channel = Moody(NOBODY_THERE, Limited("Wait."), NO_ANSWER, NOBODY_THERE)
    draft_id = scheduled_draft(one)
    for _ in range(6):
        box(one, channel).publish_due()
        clock.forward(minutes=1)
    assert (len(channel.sent), state_of(one, draft_id)) == (3, "unknown")


def test_a_no_after_a_lost_answer_never_says_that_nothing_is_out(one: Team, clock) -> None:
    """Back on the schedule, people could change it and send a second one."""
    channel, draft_id = Moody(NO_ANSWER, NOBODY_THERE, NO, keyed=True), scheduled_draft(one)
    states = []
    for _ in range(3):
        box(one, channel).publish_due()
        states.append(state_of(one, draft_id))
        clock.forward(seconds=61)
    assert states == ["publishing", "publishing", "unknown"]
    assert len({outgoing.key for outgoing in channel.sent}) == 1


def test_a_key_that_is_forgotten_is_not_sent_again(one: Team, clock) -> None:
    channel = Moody(NO_ANSWER, keyed=True, forgets_after=timedelta(minutes=10))
    draft_id = scheduled_draft(one)
    box(one, channel).publish_due()
    clock.forward(minutes=9, seconds=1)
    box(one, channel).publish_due()
    assert (len(channel.sent), state_of(one, draft_id)) == (1, "unknown")


def test_a_receipt_that_comes_after_the_lease_is_believed(one: Team, clock) -> None:
    class Slow(Moody):
        def publish(self, outgoing: Outgoing) -> Receipt:
            receipt = super().publish(outgoing)
            clock.forward(minutes=2)
            box(one, Moody()).recover()
            assert state_of(one, draft_id) == "unknown"
            return receipt

    draft_id = scheduled_draft(one)
    box(one, Slow()).publish_due()
    assert state_of(one, draft_id) == "published"
    with one.store.read() as tx:
        assert len(tx.rows(select(publications))) == 1


def test_a_definite_no_after_the_lease_answers_the_question(one: Team, clock) -> None:
    """A long upload: the post is called unknown before the channel learns that it may not begin any more."""

    class Slow(Moody):
        def publish(self, outgoing: Outgoing) -> Receipt:
            clock.forward(minutes=2)
            box(one, Moody()).recover()
            assert state_of(one, draft_id) == "unknown"
            return super().publish(outgoing)

    draft_id = scheduled_draft(one)
    box(one, Slow(NOBODY_THERE)).publish_due()
    assert (state_of(one, draft_id), post_of(one, draft_id)["begun"]) == ("needs_time", 0)
    assert "is not out. Choose a new time" in told(one)["ana"][-1]


def test_a_receipt_for_what_a_person_called_not_out_is_told_at_once(one: Team, clock) -> None:
    class Slow(Moody):
        def publish(self, outgoing: Outgoing) -> Receipt:
            receipt = super().publish(outgoing)
            clock.forward(minutes=2)
            box(one, Moody()).recover()
            not_posted(one.store, one.tokens["lea"], draft_id, "I do not see it.")
            return receipt

    draft_id = scheduled_draft(one)
    box(one, Slow()).publish_due()
    assert state_of(one, draft_id) == "needs_time"
    assert "is out after all: https://moody.example/" in told(one)["ana"][-1]


def test_a_claim_that_began_nothing_goes_back_to_its_place_even_without_keys(one: Team, clock) -> None:
    draft_id = scheduled_draft(one)
    dead = box(one, Moody())
    dead._ready = lambda claimed: None  # type: ignore[method-assign]
    dead.publish_due()
    assert state_of(one, draft_id) == "publishing"
    clock.forward(seconds=61)
    box(one, Moody()).publish_due()
    assert state_of(one, draft_id) == "published"


def test_after_a_weekend_a_claim_that_began_nothing_asks_for_a_new_time(one: Team, clock) -> None:
    draft_id = scheduled_draft(one)
    dead = box(one, Moody())
    dead._ready = lambda claimed: None  # type: ignore[method-assign]
    dead.publish_due()
    clock.forward(days=2)
    channel = Moody(keyed=True)
    box(one, channel).publish_due()
    assert (state_of(one, draft_id), channel.sent) == ("needs_time", [])


# --- patience --------------------------------------------------------------------------------------------------------


def account(team: Team, **values: object) -> str:
    with team.store.write() as tx:
        row = {"kind": "moody", "name": "Tea House", "config": {}, "secrets": {}, "enabled": True}
        row |= {"created_at": tx.now, "changed_at": tx.now} | values
        return f"moody-{tx.insert(insert(channel_accounts).values(**row))}"


def test_an_account_that_was_asked_for_patience_keeps_its_other_posts_waiting_too(team: Team, clock) -> None:
    name = account(team)
    first = scheduled_draft(team, Writing("A first cup.", channel=name, reactive=False))
    second = scheduled_draft(team, Writing("Two more, please!", channel=name, reactive=False))
    channel = Moody(Limited("Moody asks for patience.", after=timedelta(minutes=4)))
    box(team, channel, name).publish_due()
    assert len(channel.sent) == 1
    until = clock.at + timedelta(minutes=4)
    assert {post_of(team, one)["next_try_at"] for one in (first, second)} == {until}
    assert (state_of(team, second), told(team)) == ("scheduled", {})
    clock.forward(minutes=4)
    box(team, channel, name).publish_due()
    assert (state_of(team, first), state_of(team, second)) == ("published", "published")


def test_a_post_whose_account_is_switched_off_is_stopped_and_says_why(one: Team) -> None:
    name = account(one, enabled=False)
    draft_id = scheduled_draft(one, Writing("A cup.", channel=name, reactive=False))
    box(one, Moody()).publish_due()
    assert state_of(one, draft_id) == "blocked"
    assert {refusal["code"] for refusal in post_of(one, draft_id)["refusals"]} == {"channel_off"}


def test_somebody_hears_once_of_a_post_that_waits_for_long(one: Team, clock) -> None:
    channel, draft_id = Moody(*[NOBODY_THERE] * 99), scheduled_draft(one)
    for _ in range(10):
        box(one, channel).publish_due()
        clock.forward(seconds=30)
    assert told(one) == {}, "five minutes are no reason to wake anybody"
    for _ in range(9):
        clock.forward(minutes=5)
        box(one, channel).publish_due()
    assert state_of(one, draft_id) == "scheduled", "it has an hour"
    heard = told(one)
    assert {name: len(said) for name, said in heard.items()} == {"ana": 1, "lea": 1, "max": 1}
    assert "waits: The platform cannot be reached. It is tried again by itself" in heard["ana"][0]
    clock.forward(minutes=30)
    box(one, channel).publish_due()
    assert (state_of(one, draft_id), len(told(one)["ana"])) == ("needs_time", 2)


def test_patience_for_longer_than_a_post_may_wait_asks_for_a_new_time_at_once(one: Team) -> None:
    channel, draft_id = Moody(Limited("Come back tomorrow.", after=timedelta(hours=20))), scheduled_draft(one)
    box(one, channel).publish_due()
    assert state_of(one, draft_id) == "needs_time"
    assert told(one)["ana"]


def test_a_post_in_doubt_does_not_wait_in_silence_for_a_platform_that_wants_a_days_peace(one: Team, clock) -> None:
    """By then its key is forgotten: people hear of it now, and may look."""
    name = account(one)
    wait = Limited("Moody asks for patience.", after=timedelta(days=1))
    channel = Moody(NO_ANSWER, wait, keyed=True, forgets_after=timedelta(hours=1))
    draft_id = scheduled_draft(one, Writing("A cup.", channel=name, reactive=False))
    box(one, channel, name).publish_due()
    assert state_of(one, draft_id) == "publishing"
    clock.forward(seconds=20)
    box(one, channel, name).publish_due()
    assert state_of(one, draft_id) == "unknown"
    assert {"ana", "lea"} <= set(told(one))


def test_nor_where_another_post_was_told_to_wait(one: Team, clock) -> None:
    name = account(one)
    channel = Moody(NO_ANSWER, keyed=True, forgets_after=timedelta(hours=1))
    draft_id = scheduled_draft(one, Writing("A cup.", channel=name, reactive=False))
    box(one, channel, name).publish_due()
    with one.store.write() as tx:
        tx.run(update(channel_accounts).values(limited_until=tx.now + timedelta(hours=2)))
    clock.forward(seconds=20)
    box(one, channel, name).publish_due()
    assert (state_of(one, draft_id), len(channel.sent)) == ("unknown", 1)
