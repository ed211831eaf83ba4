"""Reading figures back: by the table of steps, once each, patiently, and whatever a platform answers."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import RowMapping, func, insert, select, update

from app.worker import Worker
from data.errors import ChannelError
from data.storage.engine import open_store
from data.storage.store import Store
from data.storage.tables import channel_accounts, collections, deletions, engagement_snapshots, events, post_replies
from publishing.channels import Channel, Figures, Outgoing, Published, Receipt, Reply
from publishing.channels.by_hand import ByHand
from publishing.collecting import BUG, LEASE, Collector
from publishing.outbox import Outbox
from publishing.settling import posted_by_hand
from publishing.trouble import Declined, Gone, Limited
from scoring.lexicon import LexiconScorer
from tests.conftest import HandClock
from tests.factory import house_of, scheduled_draft, team_in
from tests.measured import publication
from workflow.draft import Writing
from workflow.measuring import engagement, replies

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Telling(Channel):
    """A platform that tells what a test wants, and remembers how often it was asked."""

    label, measures, hears = "A platform", True, True

    def __init__(self, name: str = "mastodon-1") -> None:
        self.name = name
        self.asked: list[Published] = []
        self.tells: Figures | Exception = Figures(
            likes=3, shares=1, replies=0, audience=100, raw={"favourites_count": 3}
        )
        self.says: Sequence[Reply] | Exception = ()

    def figures(self, published: Published) -> Figures:
        self.asked.append(published)
        if isinstance(self.tells, Exception):
            raise self.tells
        return self.tells

    def replies(self, published: Published) -> Sequence[Reply]:
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def platform() -> Telling:
    return Telling()


@pytest.fixture
def place(sqlite_store: Store) -> Store:
    team_in(sqlite_store)
    return sqlite_store


def collector(store: Store, *channels: Channel, owner: str = "here") -> Collector:
    return Collector(store, {one.name: one for one in channels}, LexiconScorer(), owner)


def row_of(store: Store, publication_id: int) -> RowMapping:
    with store.read() as tx:
        row = tx.row(select(collections).where(collections.c.publication_id == publication_id))
    assert row is not None
    return row


def snapshots(store: Store) -> int:
    with store.read() as tx:
        return int(tx.value(select(func.count()).select_from(engagement_snapshots)))


def told(store: Store, kind: str) -> int:
    with store.read() as tx:
        return int(tx.value(select(func.count()).select_from(events).where(events.c.kind == kind)))


def test_figures_come_in_by_the_steps_and_stay(store: Store, clock: HandClock, platform: Telling) -> None:
    team_in(store)
    one = publication(store, clock())
    reader = collector(store, platform)
    assert reader.collect_due() == 1
    assert reader.collect_due() == 0, "not before the next step"
    assert row_of(store, one)["next_at"] == clock() + 5 * MINUTE
    clock.forward(minutes=5)
    platform.tells = Figures(likes=9, audience=101)
    assert reader.collect_due() == 1
    with store.read() as tx:
        rows = tx.rows(select(engagement_snapshots).order_by("at"))
    assert [(row["likes"], row["shares"], row["audience"]) for row in rows] == [(3, 1, 100), (9, None, 101)]
    assert rows[0]["raw"] == {"favourites_count": 3}
    assert platform.asked[0].address.startswith("https://social.example/")


def test_a_day_of_looks_hits_every_mark_and_asks_no_more_than_the_table_says(
    place: Store, clock: HandClock, platform: Telling
) -> None:
    one = publication(place, clock())
    began = clock()
    reader = Collector(place, {platform.name: platform}, LexiconScorer(), "here", 20 * MINUTE)
    while clock() <= began + DAY:
        reader.collect_due()
        clock.at = max(row_of(place, one)["next_at"], clock() + timedelta(seconds=1))
    with place.read() as tx:
        ages = {mark: at - began for mark, at in tx.conn.execute(_marks())}
    assert ages == {mark: timedelta(minutes=mark) for mark in (15, 30, 60, 120, 360, 1440)}
    # At 0, 15, 30, 50, 60, 80 minutes and every twenty from there; from six hours on hourly, to the day.
    assert len(platform.asked) == 19 + 19


def _marks():
    from data.storage.tables import engagement_marks

    return select(engagement_marks.c.age_minutes, engagement_marks.c.at)


def test_after_thirty_days_nothing_is_read(place: Store, clock: HandClock, platform: Telling) -> None:
    one = publication(place, clock())
    reader = collector(place, platform)
    clock.forward(days=31)
    reader.collect_due()
    assert row_of(place, one)["next_at"] is None
    assert "Thirty days" in row_of(place, one)["message"]


def test_a_channel_by_hand_tells_nothing(place: Store, clock: HandClock) -> None:
    one = publication(place, clock(), channel="by_hand")
    assert collector(place, ByHand()).collect_due() == 0
    assert row_of(place, one)["message"] == engagement.TELLS_NOTHING


def test_a_channel_that_tells_nothing_is_asked_nothing_and_says_so(place: Store, clock: HandClock) -> None:
    one = publication(place, clock())
    mute = Telling()
    mute.measures = False
    assert collector(place, mute).collect_due() == 0
    row = row_of(place, one)
    assert (mute.asked, row["next_at"], row["message"]) == ([], None, engagement.TELLS_NOTHING)


# --- several workers, and dead ones ----------------------------------------------------------------------------


def test_two_workers_read_one_publication_once(place: Store, clock: HandClock, platform: Telling) -> None:
    store = place
    publication(store, clock())
    other = collector(store, platform, owner="there")

    class Slow(Telling):
        def figures(self, published: Published) -> Figures:
            assert other.collect_due() == 0, "it is ours until the lease ends"
            return super().figures(published)

    slow = Slow()
    assert collector(store, slow).collect_due() == 1
    assert (snapshots(store), len(platform.asked)) == (1, 0)


def test_who_wakes_up_past_the_lease_changes_nothing(place: Store, clock: HandClock, platform: Telling) -> None:
    store = place
    one = publication(store, clock())
    platform.tells = Figures(likes=50)

    class Frozen(Telling):
        def figures(self, published: Published) -> Figures:
            clock.forward(seconds=LEASE.total_seconds() + 1)
            assert collector(store, platform, owner="there").collect_due() == 1
            return Figures(likes=1)

    collector(store, Frozen()).collect_due()
    with store.read() as tx:
        assert [row["likes"] for row in tx.rows(select(engagement_snapshots))] == [50]
    assert row_of(store, one)["fence"] == 2


def test_a_lease_from_before_the_clock_was_set_back_holds_nobody_up(
    place: Store, clock: HandClock, platform: Telling
) -> None:
    one = publication(place, clock())
    with place.write() as tx:
        late = clock() + DAY
        tx.run(update(collections).values(lease_owner="dead", lease_until=late, fence=7))
    assert collector(place, platform).collect_due() == 1
    assert row_of(place, one)["fence"] == 8


def test_kill_9_between_the_answer_and_the_commit_doubles_nothing(
    place: Store, clock: HandClock, platform: Telling
) -> None:
    publication(place, clock())

    class Deadly(Telling):
        def replies(self, published: Published) -> Sequence[Reply]:
            os.kill(os.getpid(), signal.SIGKILL)
            return ()

    deadly = Deadly()
    deadly.tells = Figures(likes=3, replies=1)
    place.close()  # no connection is shared with the child
    child = os.fork()
    if not child:
        own = open_store(str(place.engine.url), clock=clock, migrate=False)
        collector(own, deadly, owner="dead").collect_due()
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    reader = collector(place, platform)
    assert (snapshots(place), reader.collect_due()) == (0, 0), "the dead worker's lease stands"
    clock.forward(seconds=LEASE.total_seconds())
    assert (reader.collect_due(), snapshots(place)) == (1, 1)


def test_a_deletion_by_us_ends_collecting_even_while_an_answer_is_on_its_way(place: Store, clock: HandClock) -> None:
    one = publication(place, clock())

    class Late(Telling):
        def figures(self, published: Published) -> Figures:
            with place.write() as tx:
                engagement.end(tx, one, "Taken down by us.")
            return super().figures(published)

    assert collector(place, Late()).collect_due() == 1
    assert (snapshots(place), row_of(place, one)["next_at"]) == (0, None)
    assert row_of(place, one)["message"] == "Taken down by us."


# --- what a platform may say -----------------------------------------------------------------------------------


def test_failures_are_tried_again_after_growing_pauses_in_plain_words(
    place: Store, clock: HandClock, platform: Telling
) -> None:
    one = publication(place, clock())
    reader = collector(place, platform)
    platform.tells = Declined("It lets us read nothing: renew the key.", "HTTP 403")
    waits = []
    for _ in range(3):
        reader.collect_due()
        row = row_of(place, one)
        waits.append((row["next_at"] - clock()) / MINUTE)
        clock.at = row["next_at"]
    assert (waits, row["failures"], row["message"]) == ([1, 2, 4], 3, "It lets us read nothing: renew the key.")
    platform.tells = Figures(likes=1)
    reader.collect_due()
    row = row_of(place, one)
    assert (row["failures"], row["message"], row["next_at"] > clock()) == (0, "", True)


def test_one_channel_with_a_bug_does_not_stop_the_others(place: Store, clock: HandClock, platform: Telling) -> None:
    broken = Telling("bluesky-2")
    broken.tells = ZeroDivisionError("a bug")
    bad = publication(place, clock(), platform="bluesky", channel="bluesky-2")
    good = publication(place, clock())
    assert collector(place, broken, platform).collect_due() == 2
    assert row_of(place, bad)["message"] == BUG
    assert row_of(place, good)["collected_at"] == clock()


def test_a_number_that_no_column_holds_is_a_failure_like_any_other(
    store: Store, clock: HandClock, platform: Telling
) -> None:
    team_in(store)
    one = publication(store, clock())
    platform.tells = Figures(likes=2**70)
    collector(store, platform).collect_due()
    assert (row_of(store, one)["failures"], snapshots(store)) == (1, 0)


def test_a_platform_that_asks_for_patience_gets_it_for_the_whole_account(
    store: Store, clock: HandClock, platform: Telling
) -> None:
    team_in(store)
    with store.write() as tx:
        for number in (1, 2):
            account = {"kind": "mastodon", "name": f"Tea {number}", "config": {}, "enabled": True}
            tx.insert(insert(channel_accounts).values(**account, created_at=clock(), changed_at=clock()))
    first, second = publication(store, clock()), publication(store, clock())
    elsewhere = publication(store, clock(), channel="mastodon-2")
    platform.tells = Limited("The platform asks for patience.", after=timedelta(minutes=20))
    reader = collector(store, platform, Telling("mastodon-2"))
    assert reader.collect_due() == 2, "the first post of the account, and the other account's"
    assert row_of(store, elsewhere)["collected_at"] == clock()
    assert (row_of(store, second)["collected_at"], len(platform.asked)) == (None, 1)
    assert (row_of(store, first)["failures"], "patience" in row_of(store, first)["message"]) == (0, True)
    platform.tells = Figures(likes=1)
    clock.forward(minutes=19)
    reader.collect_due()
    assert len(platform.asked) == 1
    clock.forward(minutes=1)
    reader.collect_due()
    assert len(platform.asked) == 3


def test_what_the_platform_shows_no_longer_keeps_its_last_figures(
    place: Store, clock: HandClock, platform: Telling
) -> None:
    one = publication(place, clock())
    reader = collector(place, platform)
    reader.collect_due()
    clock.forward(minutes=5)
    platform.tells = Gone("The platform has nothing there.")
    reader.collect_due()
    gone = row_of(place, one)
    assert (gone["gone_at"], gone["next_at"]) == (clock(), clock() + HOUR)
    clock.forward(hours=1)
    reader.collect_due()
    assert row_of(place, one)["next_at"] is None, "asked twice, it is gone"
    assert (snapshots(place), told(place, "publication_gone")) == (1, 1)


def test_what_we_are_taking_down_surprises_nobody(place: Store, clock: HandClock, platform: Telling) -> None:
    one = publication(place, clock())
    reader = collector(place, platform)
    reader.collect_due()
    clock.forward(minutes=5)
    with place.write() as tx:
        row = {"publication_id": one, "asked_by": 1, "asked_at": clock(), "state": "asked", "message": ""}
        tx.insert(insert(deletions).values(**row))
    platform.tells = Gone("The platform has nothing there.")
    reader.collect_due()
    assert (row_of(place, one)["gone_at"], told(place, "publication_gone")) == (clock(), 0)


def test_a_platform_that_was_wrong_for_a_moment_is_believed_again(
    place: Store, clock: HandClock, platform: Telling
) -> None:
    one = publication(place, clock())
    reader = collector(place, platform)
    reader.collect_due()
    well, platform.tells = platform.tells, Gone("The platform has nothing there.")
    clock.forward(minutes=5)
    reader.collect_due()
    platform.tells = well
    clock.forward(hours=1)
    reader.collect_due()
    row = row_of(place, one)
    assert (row["gone_at"], row["next_at"] > clock(), row["message"]) == (None, True, "")


def test_what_is_not_shown_yet_is_not_gone(place: Store, clock: HandClock, platform: Telling) -> None:
    one = publication(place, clock())
    platform.tells = Gone("The platform has nothing there.")
    collector(place, platform).collect_due()
    row = row_of(place, one)
    assert (row["gone_at"], row["failures"], row["next_at"]) == (None, 1, clock() + MINUTE)


def test_clocks_are_compared_and_never_mixed(place: Store, clock: HandClock, platform: Telling) -> None:
    one = publication(place, clock())
    theirs = clock() + timedelta(seconds=95)
    platform.tells = Figures(likes=1, posted_at=theirs, server_at=theirs, edited_at=theirs + MINUTE)
    collector(place, platform).collect_due()
    row = row_of(place, one)
    assert (row["skew_seconds"], row["platform_at"], row["edited_at"]) == (95, theirs, theirs + MINUTE)
    assert told(place, "publication_edited") == 1
    with place.read() as tx:
        assert tx.value(select(engagement_snapshots.c.at)) == clock()
    clock.forward(minutes=5)
    platform.tells = replace(platform.tells, server_at=None, posted_at=None)
    collector(place, platform).collect_due()
    assert (row_of(place, one)["platform_at"], told(place, "publication_edited")) == (theirs, 1)


# --- from leaving to being taken down ---------------------------------------------------------------------------


class Whole(Telling):
    """It takes posts, tells their figures, and takes them back."""

    platforms: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__("dry_run")

    def publish(self, outgoing: Outgoing) -> Receipt:
        return Receipt(f"https://platform.example/{outgoing.key}", {"id": outgoing.key})

    def delete(self, published: Published) -> None:
        return None


def test_a_post_is_read_from_its_leaving_until_it_is_taken_down(
    sqlite_store: Store, clock: HandClock, tmp_path: Path
) -> None:
    team = team_in(sqlite_store)
    draft_id = scheduled_draft(team, Writing("Iced tea.", regions=("GB",), reactive=False, platform="mastodon"))
    whole = Whole()
    house = replace(house_of(team, tmp_path), channels={"dry_run": whole})
    assert house.outbox().publish_due() == 1
    worker = Worker(house)
    worker.duties()["collect"]()
    worker.fetcher.close()
    [one] = whole.asked
    assert one.payload == {"id": one.key}, "what the receipt said, so that the channel finds its post"
    assert snapshots(sqlite_store) == 1
    house.remover().take_down(team.tokens["pia"], draft_id)
    clock.forward(hours=1)
    assert house.collector().collect_due() == 0
    assert snapshots(sqlite_store) == 1, "the last figures stay"


def test_what_a_person_posted_is_read_where_its_address_is_enough(sqlite_store: Store, clock: HandClock) -> None:
    team = team_in(sqlite_store)
    draft_id = scheduled_draft(team)
    Outbox(team.store, {"dry_run": ByHand()}, team.scorer, "here").publish_due()
    posted_by_hand(team.store, team.tokens["ana"], draft_id, "https://social.example/1")
    whole = Whole()
    whole.tells = Declined("The address of this post cannot be used: look after it by hand.")
    reader = collector(team.store, whole)
    for _ in range(5):
        reader.collect_due()
        clock.forward(hours=1)
    with team.store.read() as tx:
        row = tx.row(select(collections))
    assert row is not None
    assert (len(whole.asked), row["next_at"], row["message"]) == (3, None, whole.tells.message)


# --- answers ---------------------------------------------------------------------------------------------------


def reply(number: int, at: datetime, text: str) -> Reply:
    return Reply(str(number), "@x", text, f"https://social.example/{number}", at)


def test_answers_are_stored_and_judged(store: Store, clock: HandClock, platform: Telling) -> None:
    team_in(store)
    one = publication(store, clock())
    platform.tells = Figures(likes=1, replies=2)
    awful = reply(2, clock(), "This is awful, I hate it.\x00")
    platform.says = (awful, reply(1, clock(), "Wonderful!"))
    collector(store, platform).collect_due()
    with store.read() as tx:
        assert replies.mood(tx, one) == replies.Mood(2, 1, 0.5)
    clock.forward(minutes=5)
    platform.tells = Figures(likes=1, replies=0)
    collector(store, platform).collect_due()
    with store.read() as tx:
        assert replies.mood(tx, one).read == 0, "the platform counts no answer any more"


@pytest.mark.parametrize("language", ["e\x00n", ["en"]])
def test_an_answer_in_no_language_costs_nothing_else(
    store: Store, clock: HandClock, platform: Telling, language
) -> None:
    """What a stranger's program wrote there is handed on by the platform; the figures came with it."""
    team_in(store)
    publication(store, clock())
    platform.tells = Figures(likes=1, replies=2)
    odd = replace(reply(1, clock(), "Wonderful!" * 9_000), language=language)
    platform.says = (odd, replace(reply(2, clock(), "Yes."), language="pt-BR"))
    collector(store, platform).collect_due()
    with store.read() as tx:
        rows = tx.rows(select(post_replies).order_by(post_replies.c.external_id))
    assert [row["language"] for row in rows] == [None, "pt-BR"]
    assert len(rows[0]["text"]) == replies.LONGEST_TEXT
    clock.forward(minutes=5)
    collector(store, platform).collect_due()
    with store.read() as tx:
        assert tx.rows(select(post_replies).order_by(post_replies.c.external_id)) == rows, "cut off is not edited"
    assert snapshots(store) == 2


@pytest.mark.parametrize("raw", [{"views": float("nan")}, {"note": "x" * 30_000}], ids=["no number", "long"])
def test_what_cannot_be_kept_of_a_platforms_own_words_costs_no_figure(
    store: Store, clock: HandClock, platform: Telling, raw: dict[str, object]
) -> None:
    team_in(store)
    publication(store, clock())
    platform.tells = Figures(likes=4, raw=raw)
    collector(store, platform).collect_due()
    with store.read() as tx:
        [row] = tx.rows(select(engagement_snapshots))
    assert (row["likes"], row["raw"]) == (4, {})


def test_figures_are_kept_when_the_answers_fail(place: Store, clock: HandClock, platform: Telling) -> None:
    one = publication(place, clock())
    platform.tells, platform.says = Figures(likes=1, replies=2), ChannelError("The answers cannot be read.")
    collector(place, platform).collect_due()
    row = row_of(place, one)
    assert (snapshots(place), row["failures"], row["message"]) == (1, 0, "The answers cannot be read.")


def test_answers_left_unread_by_a_dead_worker_are_read(place: Store, clock: HandClock, platform: Telling) -> None:
    one = publication(place, clock())
    with place.write() as tx:
        replies.take_in(tx, one, [reply(1, clock(), "Wonderful!")])
        engagement.end(tx, one, "")
    collector(place, platform).collect_due()
    with place.read() as tx:
        assert tx.value(select(post_replies.c.sentiment)) == "positive"
