"""What the database tells the gate: who said it already, what was looked at, what is kept back after a hold."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update

from data.storage.store import Store
from data.storage.tables import brands, holds, scheduled_posts, verdicts
from publishing.outbox import Outbox
from scoring.contract import Scope
from tests.factory import (
    Team,
    add_item,
    add_source,
    decided_opportunity,
    house_of,
    scheduled_draft,
    state_of,
    team_in,
)
from tests.publishing.test_outbox import Platform, outbox_of, reasons
from workflow import accounts, deletion, hold, lookout
from workflow.draft import Writing
from workflow.judge import latest_verdict


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def planned(team: Team, words: str, **more: object) -> int:
    return scheduled_draft(team, Writing(words, reactive=False, **more))  # type: ignore[arg-type]


def told(team: Team, draft_id: int) -> list[dict[str, str]]:
    with team.store.read() as tx:
        return list(tx.value(select(scheduled_posts.c.refusals).where(scheduled_posts.c.draft_id == draft_id)))


LID = "We heard you: the lid is back, and this time it fits. Thank you for telling us."


def test_nearly_the_same_words_are_stopped_and_the_other_post_is_named(team: Team, clock) -> None:
    box = outbox_of(team, Platform())
    first = planned(team, LID)
    box.publish_due()
    clock.forward(days=20)
    team.sign_in_again()
    again = planned(team, LID.replace("it fits", "it really fits"))
    box.publish_due()
    [refusal] = told(team, again)
    assert (refusal["code"], f"Draft {first} says this in nearly the same words" in refusal["text"]) == (
        "duplicate",
        True,
    )
    assert refusal["then"] == "Say something new, or let it go."


def test_the_same_words_wait_a_little_before_they_go_out_elsewhere(team: Team, clock) -> None:
    box = outbox_of(team, Platform())
    planned(team, LID)
    box.publish_due()
    at_once = planned(team, LID, platform="mastodon")
    box.publish_due()
    assert reasons(team, at_once) == {"duplicate"}
    clock.forward(minutes=11)
    later = planned(team, LID, platform="mastodon")
    box.publish_due()
    assert state_of(team, later) == "published"


def test_a_brand_may_let_the_same_words_go_everywhere_at_once(team: Team) -> None:
    with team.store.write() as tx:
        tx.run(update(brands).values(settings={"send_delay_seconds": 0, "elsewhere_minutes": 0}))
    box = outbox_of(team, Platform())
    posts = [planned(team, LID, platform=one) for one in ("x", "mastodon", "bluesky")]
    box.publish_due()
    assert {state_of(team, post) for post in posts} == {"published"}


def test_one_topic_is_not_worn_out_however_many_platforms_there_are(team: Team) -> None:
    box = outbox_of(team, Platform())
    said = ("Kettle on.", "Leaves in.", "Cups out.", "Biscuits, please.")
    places = ("x", "mastodon", "bluesky", "linkedin")
    posts = [planned(team, f"{a} #TeaTime", platform=b) for a, b in zip(said, places, strict=True)]
    box.publish_due()
    assert [state_of(team, post) for post in posts] == ["published"] * 3 + ["blocked"]
    assert reasons(team, posts[-1]) == {"frequency_cap"}


def lifted_hold(team: Team, code: str, origin: str = "rule", lasted: timedelta = timedelta(hours=1)) -> None:
    """A hold over everything whose planned end is a day after its beginning, lifted now by two people."""
    with team.store.write() as tx:
        began = tx.now - lasted
        row = {"brand_id": 1, "scope_kind": "everything", "scope_value": "", "origin": origin, "note": ""}
        row |= {"reasons": [{"code": code, "text": "Dark.", "evidence": "", "weight": 1.0}], "opened_at": began}
        hold_id = tx.insert(insert(holds).values(**row, planned_end=began + timedelta(hours=24)))
        for name in ("lea", "max"):
            values = {
                "hold_id": hold_id,
                "person_id": team.people[name].id,
                "at": tx.now,
                "why": "calm",
                "role": "manager",
            }
            tx.run(insert(hold.hold_lifts).values(**values))
        tx.run(update(holds).where(holds.c.id == hold_id).values(lifted_at=tx.now))


def test_after_a_dark_hold_what_sells_waits_until_its_planned_end(team: Team, clock) -> None:
    lifted_hold(team, "tragedy")
    box = outbox_of(team, Platform())
    sells, tells = planned(team, LID, promotional=True), planned(team, "The shop opens at nine.", promotional=False)
    box.publish_due()
    assert (reasons(team, sells), state_of(team, tells)) == ({"reentry_window"}, "published")
    assert "not before 03 March, 08:00 UTC" in told(team, sells)[0]["text"]
    clock.forward(hours=23)
    team.sign_in_again()
    after = planned(team, "The lid is back.", promotional=True)
    box.publish_due()
    assert state_of(team, after) == "published"


def test_a_dark_hold_that_lasted_its_time_still_leaves_some_hours_of_quiet(team: Team) -> None:
    lifted_hold(team, "official_alert", lasted=timedelta(hours=30))
    sells = planned(team, LID, promotional=True)
    outbox_of(team, Platform()).publish_due()
    assert reasons(team, sells) == {"reentry_window"}


@pytest.mark.parametrize(("code", "origin"), [("political_delay", "rule"), ("tragedy", "person")])
def test_other_holds_leave_nothing_behind(team: Team, code: str, origin: str) -> None:
    lifted_hold(team, code, origin)
    sells = planned(team, LID, promotional=True)
    outbox_of(team, Platform()).publish_due()
    assert state_of(team, sells) == "published"


# --- the look before a post leaves ---------------------------------------------------------------------------------


def test_a_headline_that_comes_in_while_the_judge_reads_is_read_before_the_claim(team: Team) -> None:
    """The story is about something else, so only the look for holds can find it."""
    platform, draft_id = Platform(), planned(team, LID, regions=("GB",))
    box = outbox_of(team, platform)
    add_source(team.store, "News")
    judged, looked = box.lookout.judge_anew, []

    def judge_and_be_late(draft: int) -> None:
        judged(draft)
        if not looked:
            words = "Bomb explodes in a crowded station, at least twelve people killed"
            add_item(team.store, words, kind="news", region="GB")
        looked.append(draft)

    box.lookout.judge_anew = judge_and_be_late  # type: ignore[method-assign]
    box.publish_due()
    assert len(looked) == 2, "and looked at once more"
    assert (platform.sent, state_of(team, draft_id)) == ([], "held")


def test_a_post_for_which_nobody_could_look_waits_and_is_not_sent(team: Team) -> None:
    platform, draft_id = Platform(), planned(team, LID)
    box = outbox_of(team, platform)
    add_source(team.store, "News")
    count = iter(range(100))
    box.lookout.judge_anew = lambda draft: add_item(team.store, f"Quiet news {next(count)}", kind="news")  # type: ignore[method-assign, assignment, return-value]
    box.publish_due()
    assert (platform.sent, state_of(team, draft_id)) == ([], "scheduled"), "the next tick tries again"


def test_the_world_is_not_read_again_for_every_post(team: Team, monkeypatch) -> None:
    looks = []
    monkeypatch.setattr(lookout.hold, "watch", lambda *_: looks.append(1))
    for n in range(4):
        planned(team, f"The kettle sings at {n}.")
    outbox_of(team, Platform()).publish_due()
    assert len(looks) == 1


def test_a_look_that_fails_sends_nothing(team: Team, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the feed reader is broken")

    monkeypatch.setattr(lookout.hold, "watch", fail)
    platform, draft_id = Platform(), planned(team, LID)
    outbox_of(team, platform).publish_due()
    assert platform.sent == []
    assert reasons(team, draft_id) == {"context_unverified"}


# --- the moment behind a reactive post -----------------------------------------------------------------------------


def test_a_moment_is_judged_anew_when_its_verdict_is_old(team: Team, clock) -> None:
    later = clock.at + timedelta(minutes=40)
    draft_id = scheduled_draft(team, Writing("Iced, in time.", planned_for=later), decided_opportunity(team))
    clock.forward(minutes=40)
    outbox_of(team, Platform()).publish_due()
    assert state_of(team, draft_id) == "published"
    with team.store.read() as tx:
        verdict = latest_verdict(tx, 1)
    assert verdict is not None
    assert verdict["at"] == clock.at


def test_a_moment_that_cannot_be_judged_stops_its_post(team: Team, clock, monkeypatch) -> None:
    later = clock.at + timedelta(minutes=40)
    draft_id = scheduled_draft(team, Writing("Iced, in time.", planned_for=later), decided_opportunity(team))
    clock.forward(minutes=40)
    monkeypatch.setattr(lookout, "judge_one", lambda *_: 0)
    outbox_of(team, Platform()).publish_due()
    assert reasons(team, draft_id) == {"context_unverified"}
    assert "too old" in told(team, draft_id)[0]["text"]


def test_uses_that_the_verdict_has_not_read_stop_the_post(team: Team) -> None:
    add_source(team.store)
    for n in range(12):
        add_item(team.store, f"Lovely iced tea weather, number {n}", topic="iced tea")
    draft_id = scheduled_draft(team, Writing("Iced, in time."), decided_opportunity(team))
    box = outbox_of(team, Platform())
    box.lookout.judge_anew(draft_id)
    with team.store.write() as tx:
        tx.run(update(verdicts).values(context={"read": 3}))
    box.publish_due()
    assert reasons(team, draft_id) == {"context_unverified"}
    assert told(team, draft_id)[0]["text"] == "Of 10 recent uses only 3 were read by the judge."


# --- the last look ---------------------------------------------------------------------------------------------------


def between_claim_and_request(box: Outbox, deed) -> None:
    claim = box._claim

    def claim_then(due):
        found = claim(due)
        deed()
        return found

    box._claim = claim_then  # type: ignore[method-assign]


def test_a_signer_who_is_revoked_after_the_claim_takes_the_post_with_them(team: Team) -> None:
    platform, draft_id = Platform(), planned(team, LID)
    box = outbox_of(team, platform)

    def revoke() -> None:
        with team.store.write() as tx:
            tx.run(text("UPDATE people SET active = (1 = 0) WHERE username = 'lea'"))

    between_claim_and_request(box, revoke)
    box.publish_due()
    assert (platform.sent, state_of(team, draft_id)) == ([], "blocked")


def test_a_claim_past_its_lease_is_nobodys_to_send(team: Team, clock) -> None:
    platform, draft_id = Platform(), planned(team, LID)
    box = outbox_of(team, platform)
    between_claim_and_request(box, lambda: clock.forward(minutes=2))
    box.publish_due()
    assert (platform.sent, state_of(team, draft_id)) == ([], "publishing")


def test_who_was_frozen_after_the_last_look_looks_again(team: Team, monkeypatch) -> None:
    """The steady clock jumps right after the first look: a pause may have come and gone waiting by then."""
    platform, draft_id = Platform(), planned(team, LID)
    box = outbox_of(team, platform)
    steady = iter([0.0, 9.0, 10.0, 10.1])
    monkeypatch.setattr("publishing.outbox.time.monotonic", lambda: next(steady))
    looked, begin = [], box._begin

    def look_and_pause(claimed):
        found = begin(claimed)
        if not looked:
            monkeypatch.setattr(hold, "DRAIN_SECONDS", 0.0)
            hold.open_by_person(team.store, team.tokens["pia"], Scope("everything"), "wait")
        looked.append(found is not None)
        return found

    box._begin = look_and_pause  # type: ignore[method-assign]
    box.publish_due()
    assert looked == [True, False]
    assert (platform.sent, state_of(team, draft_id)) == ([], "blocked")


def test_a_request_begins_before_a_pause_stops_waiting() -> None:
    from publishing.outbox import SEND_WITHIN
    from workflow.hold import DRAIN_SECONDS

    assert SEND_WITHIN < DRAIN_SECONDS


def test_what_was_taken_down_may_be_said_again_put_right(team: Team, tmp_path: Path) -> None:
    house = house_of(team, tmp_path)
    first = planned(team, "Our kettles whistle in tune, all summer long.")
    assert house.outbox().publish_due() == 1
    deletion.ask(team.store, team.tokens["lea"], first)
    house.remover().remove_due()
    second = planned(team, "Our kettles whistle in tune, all summer long!")
    house.outbox().publish_due()
    assert state_of(team, second) == "published"


def test_a_signature_of_somebody_who_may_no_longer_sign_counts_no_more(team: Team) -> None:
    draft_id = planned(team, "Our kettles whistle in tune.")
    accounts.change(team.store, team.tokens["ada"], team.people["lea"].id, "viewer", "")
    outbox_of(team, Platform()).publish_due()
    assert reasons(team, draft_id) == {"approvals_missing"}
