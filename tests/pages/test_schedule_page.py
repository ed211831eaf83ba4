"""The Schedule page: the brake in two clicks, letting go with two people, posts for human hands, and what is stuck."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from data.storage import events
from publishing.channels import Channel, Outgoing, Receipt
from publishing.lookup import Finder
from publishing.outbox import Outbox
from publishing.trouble import Limited, Unsure
from scoring.contract import Scope
from tests import factory as f
from tests.conftest import HandClock
from tests.console_driver import calm, errors, press, said, submit, team_at, visit
from workflow import draft, drill, hold
from workflow.draft import Writing
from workflow.lifecycle import draft_row, send_to
from workflow.rules.drafts import Move
from workflow.schedule import expire_unsigned

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)


@pytest.fixture
def team(tmp_path: Path, clock: HandClock) -> Iterator[f.Team]:
    with team_at(tmp_path, clock) as found:
        yield found


def scheduled(team: f.Team, clock: HandClock, text: str, hours: float = 2, **values: object) -> int:
    return f.scheduled_draft(team, replace(WORDS, text=text, planned_for=clock.at + timedelta(hours=hours), **values))


def by_hand(team: f.Team, tmp_path: Path) -> int:
    draft_id = f.scheduled_draft(team, replace(WORDS, channel="by_hand"))
    f.house_of(team, tmp_path).outbox().publish_due()
    return draft_id


def test_an_empty_schedule_says_how_posts_come_here(team: f.Team, tmp_path: Path) -> None:
    assert "Nothing is on the schedule" in said(visit(team, "ana", "schedule", tmp_path))


def test_the_brake_needs_two_clicks_and_says_what_it_stops(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    stopped = [scheduled(team, clock, f"Post {number}.") for number in range(3)]
    at = press(visit(team, "ana", "schedule", tmp_path), "pause")
    assert "This stops **3 waiting posts** now" in said(at)
    assert {f.state_of(team, one) for one in stopped} == {"scheduled"}
    at.text_input(key="brake_note").set_value("Wait for news.")
    at = press(at, "pause_now")
    assert {f.state_of(team, one) for one in stopped} == {"held"}
    assert "On hold: everything" in said(at)
    assert "Wait for news." in said(at)


def test_thinking_again_stops_nothing(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    draft_id = scheduled(team, clock, "Go on.")
    at = press(press(visit(team, "ana", "schedule", tmp_path), "pause"), "pause_not")
    assert f.state_of(team, draft_id) == "scheduled"
    assert at.button(key="pause").label == "Pause everything"


@pytest.mark.parametrize(
    ("kind", "widget", "value", "stopped"),
    [
        ("region", "brake_region", "GB", {"Seen here."}),
        ("topic", "brake_topic", "#icedtea", {"About #icedtea."}),
        ("channel", "brake_channel", "mastodon", {"About #icedtea."}),
    ],
)
def test_a_smaller_scope_stops_only_what_it_covers(
    team: f.Team, tmp_path: Path, clock: HandClock, kind: str, widget: str, value: str, stopped: set[str]
) -> None:
    texts = {
        scheduled(team, clock, "Seen here."): "Seen here.",
        scheduled(team, clock, "About #icedtea.", regions=("US",), platform="mastodon"): "About #icedtea.",
    }
    at = press(visit(team, "ana", "schedule", tmp_path), "pause")
    calm(at.button_group(key="brake_kind").set_value(kind).run())
    calm(at.selectbox(key=widget).set_value(value).run())
    assert "This stops **1 waiting post** now" in said(at)
    press(at, "pause_now")
    assert {text for one, text in texts.items() if f.state_of(team, one) == "held"} == stopped


def test_a_scope_without_a_name_cannot_be_paused(team: f.Team, tmp_path: Path) -> None:
    at = press(visit(team, "ana", "schedule", tmp_path), "pause")
    calm(at.button_group(key="brake_kind").set_value("topic").run())
    assert at.button(key="pause_now").disabled


def test_a_pause_is_planned_for_a_day_or_two_and_lists_what_it_meets(
    team: f.Team, tmp_path: Path, clock: HandClock
) -> None:
    in_hands = by_hand(team, tmp_path)
    scheduled(team, clock, "Half price.", promotional=True)
    going = scheduled(team, clock, "Going.", promotional=True)
    with team.store.write() as tx:
        send_to(tx, events.THE_PRODUCT, draft_row(tx, going), Move.CLAIM)
    at = press(visit(team, "vic", "schedule", tmp_path), "pause")
    assert "Handed to a person, who may be posting it now" in said(at)
    calm(at.button_group(key="brake_kind").set_value("promotional").run())
    words = said(at)
    assert "This stops **1 waiting post** now" in words
    assert "**11:00** · X · Half price." in words
    assert words.index("On its way already") < words.index("X · Going.")
    calm(at.button_group(key="brake_hours").set_value(48).run())
    at = press(at, "pause_now")
    assert "On hold: promotional posts" in said(at)
    assert "planned until Wed 4 Mar, 09:00" in said(at)
    assert "Still on its way from before the hold began" in said(at)
    assert f.state_of(team, in_hands) == "unknown", "the hold asks whether it is out"


def test_two_people_lift_a_hold_and_one_alone_does_not(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    draft_id = scheduled(team, clock, "Later.")
    hold_id = hold.open_by_person(team.store, team.tokens["ana"], Scope("everything"), "Storm.").hold_id
    at = visit(team, "lea", "schedule", tmp_path)
    assert "X · Later." in said(at), "what is held stands beside the button"
    assert "Say why it is right" in errors(submit(at, "Agree to lift"))
    at.text_input(key=f"lift_{hold_id}_why").set_value("It is calm.")
    at = submit(at, "Agree to lift")
    assert "Lea agrees to lift it: It is calm." in said(at)
    assert "A second, different person has to agree, a manager, before this hold is lifted." in said(at)
    assert not [one for one in at.button if one.label == "Agree to lift"]
    assert f.state_of(team, draft_id) == "held"
    other = visit(team, "max", "schedule", tmp_path)
    other.text_input(key=f"lift_{hold_id}_why").set_value("I agree.")
    other = submit(other, "Agree to lift")
    assert f.state_of(team, draft_id) == "in_review"
    assert "On hold" not in said(other)
    assert "It had stopped because: A person paused publishing." in said(other)


def test_a_lift_is_refused_when_what_it_lets_go_changed_under_the_reader(
    team: f.Team, tmp_path: Path, clock: HandClock
) -> None:
    hold_id = hold.open_by_person(team.store, team.tokens["ana"], Scope("everything"), "Storm.").hold_id
    at = visit(team, "lea", "schedule", tmp_path)
    scheduled(team, clock, "Signed meanwhile.")
    at.text_input(key=f"lift_{hold_id}_why").set_value("It is calm.")
    assert "The posts that this hold stops have changed since you looked" in errors(submit(at, "Agree to lift"))


def test_lifting_asks_for_a_password_that_is_not_fresh(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    hold_id = hold.open_by_person(team.store, team.tokens["ana"], Scope("everything"), "").hold_id
    at = visit(team, "lea", "schedule", tmp_path)
    clock.forward(minutes=20)
    at.text_input(key=f"lift_{hold_id}_why").set_value("It is calm.")
    at = submit(at, "Agree to lift")
    at.text_input(key=f"password_lift_{hold_id}_said").set_value(f.PASSWORD)
    assert "Lea agrees to lift it" in said(submit(at, "Go on"))


def test_the_social_team_sees_a_hold_and_cannot_lift_it(team: f.Team, tmp_path: Path) -> None:
    hold.open_by_person(team.store, team.tokens["lea"], Scope("region", "GB"), "")
    at = visit(team, "ana", "schedule", tmp_path)
    assert "On hold: posts seen in GB" in said(at)
    assert not [one for one in at.button if one.label == "Agree to lift"]


def test_a_holds_evidence_and_its_passed_end_are_shown(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    end = clock.at + timedelta(hours=1)
    hold.open_by_person(team.store, team.tokens["lea"], Scope("everything"), "Storm in the north.", end)
    assert "planned until 10:00" in said(visit(team, "ana", "schedule", tmp_path))
    clock.forward(hours=2)
    team.sign_in_again()
    words = said(visit(team, "ana", "schedule", tmp_path))
    assert "its planned end (10:00) has passed: look again" in words
    assert "Storm in the north." in words


def test_days_and_clocks_are_the_readers_own(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    scheduled(team, clock, "Late in New York.", hours=16, zone="America/New_York")
    scheduled(team, clock, "By Lisbon's clock, which is London's.", hours=16, zone="Europe/Lisbon")
    words = said(visit(team, "ana", "schedule", tmp_path))
    assert "Tomorrow, Tuesday 3 March" in words
    assert "**01:00**" in words
    assert "20:00 in America/New_York" in words
    assert "in Europe/Lisbon" not in words
    assert "signed by Lea and Max" in words


def test_words_to_post_by_hand_are_there_to_copy_and_the_address_closes_it(team: f.Team, tmp_path: Path) -> None:
    draft_id = by_hand(team, tmp_path)
    at = visit(team, "ana", "schedule", tmp_path)
    assert [one.value for one in at.code] == [WORDS.text]
    assert "begins with https" in errors(submit(at, "It is out"))
    at.text_input(key=f"address_{draft_id}").set_value("https://social.example/1")
    at = submit(at, "It is out")
    assert f.state_of(team, draft_id) == "published"
    assert "https://social.example/1" in said(at)


def test_a_post_that_was_not_posted_needs_a_new_time(team: f.Team, tmp_path: Path) -> None:
    draft_id = by_hand(team, tmp_path)
    at = visit(team, "ana", "schedule", tmp_path)
    at.text_input(key=f"not_out_why_{draft_id}").set_value("The app was down.")
    at = press(at, f"not_out_{draft_id}")
    assert f.state_of(team, draft_id) == "needs_time"
    assert "Needs attention" in said(at)
    assert "The app was down." in said(at)


def test_a_hold_over_a_post_in_somebodys_hands_asks_whether_it_is_out(team: f.Team, tmp_path: Path) -> None:
    draft_id = by_hand(team, tmp_path)
    with team.store.write() as tx:
        send_to(tx, events.THE_PRODUCT, draft_row(tx, draft_id), Move.HOLD, why="hold 1")
    at = visit(team, "ana", "schedule", tmp_path)
    assert "Nobody knows whether this is out. A hold began while it waited" in said(at)


def test_refusals_stand_beside_the_post_in_words(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    blocked = scheduled(team, clock, WORDS.text, hours=1)
    f.scheduled_draft(team)
    house = f.house_of(team, tmp_path)
    house.outbox().publish_due()
    clock.forward(hours=1)
    house.outbox().publish_due()
    team.sign_in_again()
    assert f.state_of(team, blocked) == "blocked"
    words = said(visit(team, "ana", "schedule", tmp_path))
    assert "Needs attention" in words
    assert "says this in the same words and went out on" in words
    assert "Say something new, or let it go." in words


class Refusing(Channel):
    """A platform that fails as a test says."""

    name, label, looks_up = "dry_run", "A platform", True

    def __init__(self, error: Exception) -> None:
        self.error = error

    def publish(self, outgoing: Outgoing) -> Receipt:
        raise self.error

    def look_up(self, outgoing: Outgoing) -> Receipt | None:
        raise self.error


def test_a_post_that_waits_for_its_platform_says_so_with_the_next_try(
    team: f.Team, tmp_path: Path, clock: HandClock
) -> None:
    waits = f.scheduled_draft(team, WORDS)
    channel = Refusing(Limited("X asks for patience. It says: “[slow](http://down)”", after=timedelta(minutes=5)))
    Outbox(team.store, {"dry_run": channel}, team.scorer, "here").publish_due()
    at = visit(team, "ana", "schedule", tmp_path)
    assert "it waits for the platform and is tried again by itself. **Next try: 09:05.** X asks" in said(at)
    assert not [one.value for one in at.markdown if "[slow](http" in one.value], "a platform's words are no markup"
    clock.forward(minutes=6)
    channel.error = Unsure("X did not answer in time.")
    Outbox(team.store, {"dry_run": channel}, team.scorer, "here").publish_due()
    assert f.state_of(team, waits) == "unknown"
    assert "Nobody knows whether this is out. X did not answer in time. Look" in said(
        visit(team, "ana", "schedule", tmp_path)
    )
    channel.error = Unsure("X has trouble of its own.")
    Finder(team.store, {"dry_run": channel}, "here").look_up_due()
    words = said(visit(team, "ana", "schedule", tmp_path))
    assert "Tact asks the platform whether it is out." in words
    assert "If you find it first, say so. **Next look: 09:06.** X has trouble" in words


def test_a_due_post_that_nobody_takes_asks_whether_a_worker_runs(
    team: f.Team, tmp_path: Path, clock: HandClock
) -> None:
    f.scheduled_draft(team, WORDS)
    assert "it leaves at any moment" in said(visit(team, "ana", "schedule", tmp_path))
    clock.forward(minutes=2)
    assert "is a worker running?" in said(visit(team, "ana", "schedule", tmp_path))


def test_expired_and_in_review_posts_are_told_apart(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    f.draft_in_review(team, replace(WORDS, planned_for=clock.at + timedelta(hours=1)))
    assert "Nobody has signed yet, two needed" in said(visit(team, "ana", "schedule", tmp_path))
    clock.forward(hours=1)
    with team.store.write() as tx:
        expire_unsigned(tx)
    team.sign_in_again()
    assert "not signed by its planned time" in said(visit(team, "ana", "schedule", tmp_path))


def test_yesterdays_posts_stay_and_older_ones_leave(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    f.scheduled_draft(team)
    f.house_of(team, tmp_path).outbox().publish_due()
    clock.forward(hours=30)
    team.sign_in_again()
    assert "Yesterday, Monday 2 March" in said(visit(team, "ana", "schedule", tmp_path))
    clock.forward(hours=7)
    team.sign_in_again()
    assert "Nothing is on the schedule" in said(visit(team, "ana", "schedule", tmp_path))


def test_a_withdrawn_post_is_gone(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    draft_id = scheduled(team, clock, "Gone.")
    draft.withdraw(team.store, team.tokens["ana"], draft_id)
    assert "Nothing is on the schedule" in said(visit(team, "ana", "schedule", tmp_path))


def out(team: f.Team, tmp_path: Path) -> int:
    draft_id = f.scheduled_draft(team, WORDS)
    f.house_of(team, tmp_path).outbox().publish_due()
    return draft_id


def test_a_published_post_is_taken_down_in_two_clicks_and_explained_afterwards(team: f.Team, tmp_path: Path) -> None:
    draft_id = out(team, tmp_path)
    at = press(visit(team, "pia", "schedule", tmp_path), f"delete_schedule_{draft_id}")
    assert "within a second after Pia decided" in said(at)
    assert not list((tmp_path / "dry_run").glob("*.json"))
    at.text_input(key="why_down_text_1").set_value("The mood turned.")
    at = submit(at, "Save the reason")
    assert "Why was it taken down?" not in [one.label for one in at.text_input]
    assert "#### Taken down" not in said(at)


def test_who_only_reads_sees_no_way_to_delete(team: f.Team, tmp_path: Path) -> None:
    draft_id = out(team, tmp_path)
    keys = {button.key for button in visit(team, "vic", "schedule", tmp_path).button}
    assert f"delete_schedule_{draft_id}" not in keys


def test_a_post_by_hand_is_listed_until_a_person_says_that_it_is_down(team: f.Team, tmp_path: Path) -> None:
    draft_id = by_hand(team, tmp_path)
    at = visit(team, "ana", "schedule", tmp_path)
    at.text_input(key=f"address_{draft_id}").set_value("https://x.example/1")
    at = submit(at, "It is out and must go")
    assert "take it down now" in said(at)
    at = press(at, "is_down_1")
    assert "within a second after Ana decided" in said(at)


def test_a_drill_is_begun_seen_and_read_and_never_looks_real(team: f.Team, tmp_path: Path, clock: HandClock) -> None:
    draft_id = scheduled(team, clock, "Goes on.")
    at = visit(team, "lea", "schedule", tmp_path)
    assert "Nobody has practised for 30 days" in said(at)
    at = press(at, "drill_start")
    assert f.state_of(team, draft_id) == "scheduled"
    words = said(at)
    assert "The gate was closed after **0 ms**" in words
    assert "On hold" not in words
    assert "Lea: not yet" in words
    clock.forward(seconds=20)
    drill.acknowledge(team.store, team.tokens["lea"], 1)
    at.text_input(key="drill_note").set_value("Ben slept.")
    at = submit(at, "End the drill")
    assert "Lea: after 20 s" in said(at)
    assert "Ben: never" in said(at)
    row = at.dataframe[0].value.iloc[0]
    assert (row["Posts it met"], row["Median to seen"], row["Note"]) == (1, "after 20 s", "Ben slept.")
    assert "Ben" in row["Never answered"]


def test_a_manager_plans_longer_blackouts_and_others_do_not(team: f.Team, tmp_path: Path) -> None:
    at = visit(team, "max", "schedule", tmp_path)
    calm(at.button_group(key="blackout_hours").set_value(48).run())
    assert press(visit(team, "max", "schedule", tmp_path), "pause").button_group(key="brake_hours").value == 48
    assert not [one for one in visit(team, "lea", "schedule", tmp_path).button_group if one.key == "blackout_hours"]
