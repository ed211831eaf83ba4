"""Figures that are kept, what is usual, what people answered: on both databases where it is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import insert, select, update

from data.errors import BadInput
from data.storage.store import Store
from data.storage.tables import collections, deletions, engagement_marks, engagement_snapshots, past_posts, post_replies
from scoring.contract import TextVerdict
from scoring.lexicon import LexiconScorer
from tests.conftest import HandClock
from tests.factory import Team, team_in
from tests.measured import figures, publication
from workflow.measuring import engagement, replies
from workflow.measuring.baselines import Asked, Baseline, baseline, baselines, mark_for
from workflow.rules.metrics import Counts

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def marks_of(store: Store, publication_id: int) -> dict[int, int | None]:
    with store.read() as tx:
        mine = engagement_marks.c.publication_id == publication_id
        return {row["age_minutes"]: row["interactions"] for row in tx.rows(select(engagement_marks).where(mine))}


def test_a_mark_is_the_first_figure_at_its_age_or_a_little_after(store: Store, clock: HandClock) -> None:
    team_in(store)
    one = publication(store, clock())
    assert figures(store, one, 14 * MINUTE, likes=1, audience=100) == ()
    assert figures(store, one, 16 * MINUTE, likes=2, audience=100) == (15,)
    assert figures(store, one, 21 * MINUTE, likes=9, audience=100) == ()
    assert figures(store, one, 3 * HOUR, likes=30, audience=100) == (), "no figure of the second hour was read in time"
    assert marks_of(store, one) == {15: 2}


def test_snapshots_out_of_order_and_twice_leave_one_truth(store: Store, clock: HandClock) -> None:
    team_in(store)
    one = publication(store, clock())
    figures(store, one, 70 * MINUTE, likes=8)
    assert figures(store, one, 61 * MINUTE, likes=7) == (60,), "an earlier figure is nearer to the mark"
    figures(store, one, 61 * MINUTE, likes=6)
    assert marks_of(store, one) == {60: 6}
    with store.read() as tx:
        assert [row["likes"] for row in tx.rows(select(engagement_snapshots).order_by("at"))] == [6, 8]
        [newest] = engagement.newest(tx, [one]).values()
        assert (newest.counts.likes, newest.at) == (8, clock() + 70 * MINUTE)
        assert [count for _, count in engagement.points("mastodon", engagement.course(tx, [one])[one])] == [6, 8]


def test_figures_that_fall_are_kept_as_the_platform_says(team: Team, clock: HandClock) -> None:
    one = publication(team.store, clock())
    figures(team.store, one, HOUR, likes=20)
    figures(team.store, one, 2 * HOUR, likes=5)
    assert marks_of(team.store, one) == {60: 20, 120: 5}


@pytest.mark.parametrize(
    ("media", "answering", "kind"),
    [
        ((), None, "text"),
        (({"media_id": 1, "kind": "image"},), None, "picture"),
        ((), {"kind": "reply", "address": "https://social.example/1"}, "reply"),
    ],
)
def test_a_publication_is_compared_with_its_own_kind(team: Team, clock: HandClock, media, answering, kind) -> None:
    one = publication(team.store, clock(), media=media, answering=answering)
    figures(team.store, one, 15 * MINUTE, likes=1)
    with team.store.read() as tx:
        assert tx.value(select(engagement_marks.c.kind)) == kind


def test_nobody_reads_figures_where_nobody_tells_them(team: Team, clock: HandClock) -> None:
    by_hand = publication(team.store, clock(), measures=False)
    unknown = publication(team.store, clock(), platform="pigeons")
    told = publication(team.store, clock())
    with team.store.read() as tx:
        due = {row["publication_id"]: row["next_at"] for row in tx.rows(select(collections))}
    assert due == {by_hand: None, unknown: None, told: clock()}


def test_figures_of_no_publication_are_refused(team: Team, clock: HandClock) -> None:
    with pytest.raises(BadInput), team.store.write() as tx:
        engagement.keep(tx, 99, Counts(likes=1), clock())


# --- what is usual ---------------------------------------------------------------------------------------------


def usual(store: Store, now: datetime, age: int = 60, kind: str = "text", without: int | None = None) -> Baseline:
    with store.read() as tx:
        return baseline(tx, "mastodon", kind, age, now, without)


def test_usual_is_the_mean_over_equals_at_the_same_age(store: Store, clock: HandClock) -> None:
    team_in(store)
    now = clock()
    counted = [publication(store, now - days * DAY) for days in (2, 3, 4, 5, 6)]
    for one, likes in zip(counted, (10, 20, 30, 40, 100), strict=True):
        figures(store, one, HOUR, likes=likes, audience=1000)
    left_out = [
        publication(store, now - 31 * DAY),  # older than thirty days
        publication(store, now - 2 * DAY, platform="bluesky"),
        publication(store, now - 2 * DAY, answering={"kind": "reply"}),
    ]
    for one in left_out:
        figures(store, one, HOUR, likes=10_000, audience=1000)
    figures(store, publication(store, now - 30 * MINUTE), 30 * MINUTE, likes=10_000, audience=1000)  # too young
    found = usual(store, now)
    # Rates of followers: 1, 2, 3, 4 and 10 %: 4 % in the mean, 3 % in the middle.
    assert (found.posts, found.rated, found.of) == (5, 5, "audience")
    assert (found.mean_rate, found.median_rate) == (pytest.approx(4.0), pytest.approx(3.0))
    assert (found.mean_interactions, found.median_interactions) == (40, 30)
    assert usual(store, now, without=counted[-1]).too_few, "the post itself is no yardstick"


def test_what_was_deleted_by_us_or_there_is_no_yardstick(team: Team, clock: HandClock) -> None:
    store = team.store
    now = clock()
    out = [publication(store, now - DAY) for _ in range(7)]
    for one in out:
        figures(store, one, HOUR, likes=10, audience=100)
    assert usual(store, now).posts == 7
    with store.write() as tx:
        tx.run(update(collections).where(collections.c.publication_id == out[0]).values(gone_at=now))
        row = {"publication_id": out[1], "asked_by": team.people["ana"].id, "asked_at": now, "state": "done"}
        tx.insert(insert(deletions).values(**row, message=""))
    assert usual(store, now).posts == 5


def test_too_few_posts_are_no_habit_and_a_missing_denominator_no_rate(team: Team, clock: HandClock) -> None:
    now = clock()
    for n in range(4):
        figures(team.store, publication(team.store, now - DAY), HOUR, likes=n, audience=100)
    found = usual(team.store, now)
    assert (found.too_few, found.mean_rate, found.mean_interactions) == (True, None, None)
    figures(team.store, publication(team.store, now - DAY), HOUR, likes=1, audience=None)
    found = usual(team.store, now)
    assert (found.posts, found.rated, found.too_few) == (5, 4, False)
    assert (found.mean_interactions, found.mean_rate) == (pytest.approx(1.4), None)


def test_final_figures_of_the_past_count_at_the_week_and_at_no_earlier_age(team: Team, clock: HandClock) -> None:
    now = clock()
    with team.store.write() as tx:
        for n in range(8):
            row = {
                "platform": "mastodon",
                "kind": "text",
                "at": now - (n + 4) * DAY,
                "address": f"https://a.example/{n}",
            }
            row |= {"interactions": 50, "audience": 1000, "imported_at": now, "imported_by": team.people["ana"].id}
            tx.insert(insert(past_posts).values(**row))
    assert usual(team.store, now, 60).posts == 0
    week = usual(team.store, now, 10080)
    assert (week.posts, week.mean_rate) == (5, pytest.approx(5.0)), "three of them had no week yet"


def test_many_are_asked_for_at_once_and_get_their_own(team: Team, clock: HandClock) -> None:
    for _ in range(6):
        one = publication(team.store, clock() - DAY)
        figures(team.store, one, HOUR, likes=10, audience=100)
        figures(team.store, one, 2 * HOUR, likes=20, audience=100)
    asked = [Asked("mastodon", "text", 60), Asked("mastodon", "text", 120, one), Asked("pigeons", "text", 60)]
    with team.store.read() as tx:
        found = baselines(tx, asked, clock())
    assert [found[key].mean_interactions for key in asked] == [10, 20, None]
    assert found[asked[2]].of is None


def test_the_mark_of_an_age_is_the_last_that_it_passed() -> None:
    assert mark_for(14 * MINUTE) is None
    assert mark_for(15 * MINUTE) == 15
    assert mark_for(59 * MINUTE) == 30
    assert mark_for(400 * DAY) == 10080


# --- what people answered --------------------------------------------------------------------------------------


def said(number: int, text: str = "Lovely.", at: datetime | None = None) -> SimpleNamespace:
    when = at or datetime(2026, 3, 2, 9, number, tzinfo=UTC)
    where = f"https://social.example/{number}"
    return SimpleNamespace(external_id=str(number), author="@x", text=text, address=where, at=when, language="en")


def take_in(store: Store, publication_id: int, *brought: SimpleNamespace) -> int:
    with store.write() as tx:
        return replies.take_in(tx, publication_id, brought)


def test_replies_come_in_once_and_the_newest_is_first(store: Store, clock: HandClock) -> None:
    team_in(store)
    one, other = publication(store, clock()), publication(store, clock())
    assert take_in(store, one, said(2), said(1)) == 2
    assert take_in(store, one, said(3), said(2), said(1)) == 1
    assert take_in(store, other, said(1)) == 1, "an identifier is one publication's"
    with store.read() as tx:
        found = replies.newest_of(tx, [one, other], 2)
    assert [row["external_id"] for row in found[one]] == ["3", "2"]
    assert [row["external_id"] for row in found[other]] == ["1"]


def test_a_reply_that_is_missing_from_a_look_is_gone_unless_it_may_lie_beyond_it(team: Team, clock: HandClock) -> None:
    one = publication(team.store, clock())
    take_in(team.store, one, said(4), said(3), said(2), said(1))
    take_in(team.store, one, said(4), said(2))

    def gone() -> list[str]:
        with team.store.read() as tx:
            rows = tx.rows(select(post_replies).where(post_replies.c.gone_at.is_not(None)))
            return sorted(row["external_id"] for row in rows)

    assert gone() == ["3"], "the first may have been cut off by the page's end"
    take_in(team.store, one, said(4), said(3), said(2))
    assert gone() == [], "it is there again"
    take_in(team.store, one)
    assert gone() == [], "an empty page alone proves nothing"
    with team.store.write() as tx:
        replies.none_left(tx, one)
    assert gone() == ["1", "2", "3", "4"]


def test_replies_are_judged_and_make_a_mood(store: Store, clock: HandClock) -> None:
    team_in(store)
    one = publication(store, clock())
    bad = "This is awful, terrible, disgusting. I hate it."
    take_in(store, one, said(4, bad), said(3, "I love it, wonderful!"), said(2, "Great."), said(1, "Tea."))
    assert replies.judge_new(store, LexiconScorer()) == 4
    assert replies.judge_new(store, LexiconScorer()) == 0, "each is read once"
    with store.read() as tx:
        found = replies.mood(tx, one)
        assert (found.read, found.negative, found.share) == (4, 1, 0.25)
        assert replies.mood(tx, 99).share is None
    take_in(store, one, said(4, "I was wrong: wonderful!"), said(3, "I love it, wonderful!"), said(2, "Great."))
    assert replies.judge_new(store, LexiconScorer()) == 1, "an edited answer is read anew"
    with store.read() as tx:
        assert replies.mood(tx, one).negative == 0


def test_an_answer_that_the_judge_failed_on_counts_in_no_mood(team: Team, clock: HandClock) -> None:
    class Broken:
        name = "broken"

        def score(self, texts: object) -> list[TextVerdict]:
            raise RuntimeError("no model")

    one = publication(team.store, clock())
    take_in(team.store, one, said(1))
    assert replies.judge_new(team.store, Broken()) == 1
    with team.store.read() as tx:
        assert replies.mood(tx, one).read == 0
        assert tx.value(select(post_replies.c.tragedy)) == "review"


def test_what_is_gone_counts_in_no_mood(team: Team, clock: HandClock) -> None:
    one = publication(team.store, clock())
    take_in(team.store, one, said(1, "I hate this, it is awful."))
    replies.judge_new(team.store, LexiconScorer())
    with team.store.write() as tx:
        replies.none_left(tx, one)
        assert replies.mood(tx, one).read == 0
