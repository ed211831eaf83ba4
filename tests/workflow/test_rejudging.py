"""Scheduled posts are judged anew as soon as something comes in that can touch them, and only those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from data.storage.store import Store
from data.storage.tables import events, scheduled_posts
from scoring.contract import Scope, TextVerdict
from scoring.lexicon import LexiconScorer
from tests import factory as f
from tests.conftest import HandClock
from workflow import draft, hold
from workflow.draft import Writing
from workflow.imports import ImportedMedia, ImportedPost, import_post
from workflow.rejudging import Queue
from workflow.stopped import MORE

WORDS = Writing("Iced tea, as patient as you are.", regions=("GB",), reactive=False)
DARK = "Kestrel Ferry sinks off the coast, at least forty people dead"


@pytest.fixture
def team(store: Store) -> f.Team:
    f.add_source(store, "News")
    return f.team_in(store)


def waiting(team: f.Team, clock: HandClock, text: str, **values: object) -> int:
    planned = clock.at + timedelta(days=3)
    return f.scheduled_draft(team, replace(WORDS, text=text, planned_for=planned, **values))


def stopped_for(team: f.Team, draft_id: int) -> list[str]:
    with team.store.read() as tx:
        told = (events.c.kind == "draft_block") & (events.c.subject_id == draft_id)
        return [code for row in tx.rows(select(events.c.detail).where(told)) for code in row["detail"]["reasons"]]


def test_a_headline_stops_the_post_that_it_is_about_days_before_it_is_due(team: f.Team, clock: HandClock) -> None:
    about = waiting(team, clock, "Kestrel Ferry days: tea on the upper deck.")
    beside = waiting(team, clock, "A pot of patience for the afternoon.")
    queue = Queue(team.store, team.scorer)
    assert queue.look() == ()
    clock.forward(minutes=1)
    f.add_item(team.store, DARK, kind="news", region="US")
    assert queue.look() == (about,)
    assert (f.state_of(team, about), f.state_of(team, beside)) == ("blocked", "scheduled")
    assert stopped_for(team, about) == ["tragedy"]
    with team.store.read() as tx:
        [said] = tx.value(select(scheduled_posts.c.refusals).where(scheduled_posts.c.draft_id == about))
        [told] = tx.rows(select(events).where(events.c.kind == "draft_block"))
    assert said["code"] == "tragedy"
    assert said["then"]
    assert told["why"].startswith("What came in while it waited speaks against it.")
    assert queue.look() == ()


def test_a_hashtag_that_turns_dark_stops_the_posts_that_carry_it(team: f.Team, clock: HandClock) -> None:
    about = waiting(team, clock, "A calm sip. #teatime #whywewalk", promotional=True)
    queue = Queue(team.store, team.scorer)
    queue.look()
    for number in range(12):
        f.add_item(team.store, f"#WhyWeWalk for the sister whom he murdered, {number}", topic="#WhyWeWalk")
    assert queue.look() == (about,)


def test_a_pictures_words_are_read_too(team: f.Team, clock: HandClock) -> None:
    picture = ImportedMedia("upper_deck.jpg", "image", alt_text="Aboard the Kestrel Ferry")
    words = replace(WORDS, text="Tea on the upper deck.")
    with team.store.write() as tx:
        about = import_post(tx, ImportedPost(team.people["ana"], words, clock.at + timedelta(days=3), media=(picture,)))
    queue = Queue(team.store, team.scorer)
    queue.look()
    f.add_item(team.store, DARK, kind="news", region="US")
    assert queue.look() == (about,)


def test_a_post_that_comes_onto_the_schedule_later_is_judged_by_what_was_there(team: f.Team, clock: HandClock) -> None:
    queue = Queue(team.store, team.scorer)
    queue.look()
    about = waiting(team, clock, "Kestrel Ferry days: tea on the upper deck.")
    f.add_item(team.store, DARK, kind="news", region="US")
    assert queue.look() == (about,)


def test_only_what_can_be_touched_is_judged(sqlite_store: Store, clock: HandClock) -> None:
    class Counting(LexiconScorer):
        read: list[str]

        def score(self, texts: Sequence[str]) -> list[TextVerdict]:
            self.read += texts
            return list(super().score(texts))

    team = f.team_in(sqlite_store)
    f.add_source(sqlite_store)
    scorer = Counting()
    scorer.read = []
    waiting(team, clock, "A pot of patience for the afternoon.")
    queue = Queue(team.store, scorer)
    queue.look()
    scorer.read.clear()
    f.add_item(team.store, "Parish council meets on Tuesday about the drains", kind="news", region="GB")
    f.add_item(team.store, "Such a day #elsewhere", topic="#elsewhere")
    assert queue.look() == ()
    assert scorer.read == []


def test_a_stopped_post_is_told_what_more_there_is(team: f.Team, clock: HandClock) -> None:
    about = waiting(team, clock, "Kestrel Ferry days: tea on the upper deck.", promotional=True)
    f.add_item(team.store, DARK, kind="news", region="US")
    queue = Queue(team.store, team.scorer)
    assert queue.look() == (about,)
    clock.forward(minutes=1)
    extra = {"agency": "Met", "event": "Storm", "severity": "Extreme", "area": "the coast", "cancelled": False}
    f.add_item(team.store, "Storm warning", kind="official", region="GB", extra=extra)
    assert queue.look() == queue.look() == (), "it is stopped already"
    with team.store.read() as tx:
        told = [row["detail"]["reasons"] for row in tx.rows(select(events).where(events.c.kind == MORE))]
        said = tx.value(select(scheduled_posts.c.refusals).where(scheduled_posts.c.draft_id == about))
    assert told == [["official_alert", "tragedy"]]
    assert {one["code"] for one in said} == {"official_alert", "tragedy"}


def test_a_hold_over_a_stopped_post_is_told_with_it(team: f.Team, clock: HandClock) -> None:
    about = waiting(team, clock, "Kestrel Ferry days: tea on the upper deck.")
    f.add_item(team.store, DARK, kind="news", region="US")
    Queue(team.store, team.scorer).look()
    hold.open_by_person(team.store, team.tokens["ana"], Scope("region", "US"), "")
    with team.store.read() as tx:
        assert not tx.rows(select(events).where(events.c.kind == MORE)), "it is seen elsewhere"
    hold.open_by_person(team.store, team.tokens["ana"], Scope("region", "GB"), "")
    assert f.state_of(team, about) == "blocked"
    with team.store.read() as tx:
        [told] = tx.rows(select(events).where(events.c.kind == MORE))
    assert told["detail"]["reasons"] == ["paused_by_person"]


def test_a_mere_doubt_stops_a_post_when_it_is_new(team: f.Team, clock: HandClock) -> None:
    early = "Two people hurt as Kestrel Ferry rams a pier"
    f.add_item(team.store, early, kind="news", region="US")
    words = replace(WORDS, text="Kestrel Ferry days: tea on the upper deck.")
    with team.store.write() as tx:
        about = import_post(tx, ImportedPost(team.people["ana"], words, clock.at + timedelta(days=3)))
    queue = Queue(team.store, team.scorer)
    assert queue.look() == (), "it came with this in the news"
    f.add_item(team.store, "A man was stabbed aboard the Kestrel Ferry", kind="news", region="US")
    assert queue.look() == (about,)
    assert stopped_for(team, about) == ["sensitive_topic"]


def test_what_is_held_or_being_written_is_left_alone(team: f.Team, clock: HandClock) -> None:
    held = waiting(team, clock, "Kestrel Ferry days: tea on the upper deck.")
    hold.open_by_person(team.store, team.tokens["ana"], Scope("region", "GB"), "")
    edited = waiting(team, clock, "Kestrel Ferry days: tea for two.", regions=("US",))
    queue = Queue(team.store, team.scorer)
    queue.look()
    draft.save(team.store, team.tokens["ana"], edited, 1, replace(WORDS, text="Kestrel Ferry, again."))
    f.add_item(team.store, DARK, kind="news", region="US")
    assert queue.look() == ()
    assert (f.state_of(team, held), f.state_of(team, edited)) == ("held", "writing")


def test_one_that_cannot_be_judged_keeps_no_other_from_it(
    team: f.Team, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workflow import rejudging

    first = waiting(team, clock, "Kestrel Ferry days: tea on the upper deck.")
    second = waiting(team, clock, "Kestrel Ferry nights: tea below deck.")
    real = rejudging.judge_draft

    def sometimes(tx, row, *given):  # type: ignore[no-untyped-def]
        if row["id"] == first:
            raise RuntimeError
        return real(tx, row, *given)

    monkeypatch.setattr(rejudging, "judge_draft", sometimes)
    f.add_item(team.store, DARK, kind="news", region="US")
    assert Queue(team.store, team.scorer).look() == (second,)
