"""The cascade in the tables: begun by a lead that passes, one draft at a time, each with signatures of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from data.errors import Refused
from data.storage.store import Store
from data.storage.tables import approvals, cascade_steps, draft_versions, drafts, notices, people, scheduled_posts
from scoring.contract import Scope
from tests.conftest import HandClock
from tests.factory import Team, decided_opportunity, team_in
from tests.live_kit import draft_of, figures, moment, out, replies, usual
from workflow import deletion, draft, hold
from workflow.measuring import cascade
from workflow.measuring.cascade import Ways

WAYS = Ways({"linkedin": "linkedin-4", "blog": "blog-2"}, frozenset({"by_hand"}))
WORDS = "Iced tea, as patient as you are."


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def lead(team: Team, clock: HandClock, channel: str = "x-1", percent: int = 5, about: int | None = None) -> int:
    """A post about a moment that does 2.5 times as well as usual after an hour."""
    usual(team, clock.at, minutes=(60, 360))
    post = out(team, clock.at - timedelta(hours=1), channel=channel, opportunity=about or moment(team), text=WORDS)
    figures(team.store, post, clock.at, likes=10 * percent)
    return post


def steps(team: Team) -> dict[str, dict[str, object]]:
    with team.store.read() as tx:
        return {row["platform"]: dict(row) for row in tx.rows(select(cascade_steps).order_by(cascade_steps.c.id))}


def states(team: Team) -> dict[str, object]:
    return {platform: row["state"] for platform, row in steps(team).items()}


def later(team: Team, clock: HandClock, hours: float) -> None:
    clock.forward(hours=hours)
    team.sign_in_again()


def test_a_draft_of_its_own_is_prepared_in_its_window(store: Store, clock: HandClock) -> None:
    team = team_in(store)
    post = lead(team, clock)
    assert cascade.tend(store, WAYS) == 2
    assert states(team) == {"linkedin": "waiting", "blog": "waiting"}
    assert cascade.tend(store, WAYS) == 0
    clock.forward(hours=1)
    assert cascade.tend(store, WAYS) == 1
    found = steps(team)["linkedin"]
    with store.read() as tx:
        row = tx.row(select(drafts).where(drafts.c.id == found["draft_id"]))
        first = tx.row(select(drafts).where(drafts.c.id == draft_of(tx, post)))
        words = tx.value(select(draft_versions.c.text).where(draft_versions.c.draft_id == found["draft_id"]))
        signed = tx.row(select(approvals).where(approvals.c.draft_id == found["draft_id"]))
        planned = tx.row(select(scheduled_posts).where(scheduled_posts.c.draft_id == found["draft_id"]))
        told = tx.rows(select(notices).where(notices.c.kind == "amplify"))
    assert row is not None
    assert first is not None
    assert (row["state"], row["platform"], row["channel"]) == ("writing", "linkedin", "linkedin-4")
    assert (row["author_id"], row["opportunity_id"]) == (first["author_id"], first["opportunity_id"])
    assert (words, signed, planned) == (WORDS, None, None)
    assert [one["person_id"] for one in told] == [team.people["ana"].id]
    assert cascade.tend(store, WAYS) == 0


def test_it_needs_the_same_signatures_as_any_other(team: Team, clock: HandClock) -> None:
    lead(team, clock, about=decided_opportunity(team))
    later(team, clock, 1)
    cascade.tend(team.store, WAYS)
    number = int(str(steps(team)["linkedin"]["draft_id"]))
    with pytest.raises(Refused) as refused:
        draft.submit(team.store, team.scorer, team.tokens["ana"], number, 1)
    assert "checklist_incomplete" in refused.value.codes


def test_no_cascade_without_a_moment_or_below_twice_the_usual_or_behind_another(team: Team, clock: HandClock) -> None:
    post = lead(team, clock, percent=4)
    planned = out(team, clock.at - timedelta(hours=1))
    figures(team.store, planned, clock.at, likes=90)
    with team.store.read() as tx:
        about = tx.value(select(drafts.c.opportunity_id).where(drafts.c.id == draft_of(tx, post)))
    second = out(team, clock.at - timedelta(minutes=60), opportunity=about)
    figures(team.store, second, clock.at, likes=90)
    assert cascade.tend(team.store, WAYS) == 0


def test_where_the_moment_is_spoken_about_already_no_step_is_made(team: Team, clock: HandClock) -> None:
    post = lead(team, clock)
    with team.store.read() as tx:
        about = tx.value(select(drafts.c.opportunity_id).where(drafts.c.id == draft_of(tx, post)))
    draft.start(team.store, team.tokens["ben"], draft.Writing("On it.", platform="linkedin"), about)
    cascade.tend(team.store, WAYS)
    assert list(steps(team)) == ["blog"]


def test_a_lead_posted_by_hand_goes_on_by_hand(team: Team, clock: HandClock) -> None:
    lead(team, clock, channel="by_hand")
    cascade.tend(team.store, WAYS)
    channels = {platform: row["channel"] for platform, row in steps(team).items()}
    assert channels == {
        "instagram_feed": "by_hand", "linkedin": "linkedin-4", "blog": "blog-2", "email": "by_hand",
    }  # fmt: skip


def test_a_hold_and_upset_replies_make_it_wait_and_a_deletion_ends_it(team: Team, clock: HandClock) -> None:
    post = lead(team, clock)
    cascade.tend(team.store, WAYS)
    later(team, clock, 1)
    hold.open_by_person(team.store, team.tokens["lea"], Scope("channel", "linkedin"), "Not there.")
    assert cascade.tend(team.store, WAYS) == 0
    replies(team.store, post, negative=6, neutral=6)
    assert cascade.tend(team.store, WAYS) == 0
    with team.store.read() as tx:
        number = draft_of(tx, post)
    deletion.ask(team.store, team.tokens["lea"], number)
    assert cascade.tend(team.store, WAYS) == 2
    assert states(team) == {"linkedin": "closed", "blog": "closed"}


def test_a_window_that_passes_is_said(team: Team, clock: HandClock) -> None:
    lead(team, clock)
    cascade.tend(team.store, WAYS)
    clock.forward(hours=6)
    cascade.tend(team.store, WAYS)
    found = steps(team)["linkedin"]
    assert (found["state"], found["why"]["said"]) == ("closed", "Its window is over.")  # type: ignore[index]


def test_people_leave_a_channel_out_and_take_that_back(team: Team, clock: HandClock) -> None:
    lead(team, clock)
    later(team, clock, 1)
    cascade.tend(team.store, WAYS)
    step = int(str(steps(team)["linkedin"]["id"]))
    first = steps(team)["linkedin"]["draft_id"]
    with pytest.raises(Refused):
        cascade.decline(team.store, team.tokens["vic"], step)
    cascade.decline(team.store, team.tokens["ben"], step, "Not our people.")
    with team.store.read() as tx:
        assert tx.value(select(drafts.c.state).where(drafts.c.id == first)) == "withdrawn"
    assert states(team)["linkedin"] == "declined"
    assert cascade.tend(team.store, WAYS) == 0
    cascade.reopen(team.store, team.tokens["ben"], step)
    assert cascade.tend(team.store, WAYS) == 1
    assert steps(team)["linkedin"]["draft_id"] not in (None, first)
    later(team, clock, 5)
    cascade.decline(team.store, team.tokens["ben"], step)
    with pytest.raises(Refused, match="window is over"):
        cascade.reopen(team.store, team.tokens["ben"], step)


def test_a_draft_that_went_on_is_not_withdrawn_by_the_way(team: Team, clock: HandClock) -> None:
    lead(team, clock)
    later(team, clock, 1)
    cascade.tend(team.store, WAYS)
    found = steps(team)["linkedin"]
    with team.store.write() as tx:
        tx.run(update(drafts).where(drafts.c.id == found["draft_id"]).values(state="in_review"))
    with pytest.raises(Refused, match="on its own page"):
        cascade.decline(team.store, team.tokens["ana"], int(str(found["id"])))


def test_nobody_is_made_an_author_who_has_left(team: Team, clock: HandClock) -> None:
    lead(team, clock)
    cascade.tend(team.store, WAYS)
    later(team, clock, 1)
    with team.store.write() as tx:
        tx.run(update(people).where(people.c.username == "ana").values(active=False))
    cascade.tend(team.store, WAYS)
    found = steps(team)["linkedin"]
    assert (found["state"], found["draft_id"]) == ("closed", None)
    assert "no account any more" in found["why"]["said"]  # type: ignore[index]


def test_a_platform_that_the_team_wrote_for_lately_goes_on_by_hand_and_no_other(team: Team, clock: HandClock) -> None:
    draft.start(team.store, team.tokens["ana"], draft.Writing(WORDS, platform="instagram_feed", channel="dry_run"))
    lead(team, clock)
    assert cascade.tend(team.store, Ways({"blog": "blog-2"}, by_hand="by_hand")) == 2
    assert {platform: row["channel"] for platform, row in steps(team).items()} == {
        "instagram_feed": "by_hand",
        "blog": "blog-2",
    }
