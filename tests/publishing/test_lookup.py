"""Asking a platform whether a post is out: a yes is believed at once, a no when nothing can be on its way any more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.wiring import House
from app.worker import Worker
from data.storage.store import Store
from data.storage.tables import notices, publications
from publishing.channels import Outgoing, Receipt
from publishing.lookup import GIVES_UP_AFTER, NO_COUNTS_AFTER, Finder, pause
from publishing.settling import posted_by_hand
from publishing.trouble import Limited, Unsure
from tests.factory import Team, house_of, scheduled_draft, state_of, team_in
from tests.publishing.test_unsent import NO_ANSWER, Moody, account, box, post_of, told
from workflow.draft import Writing


class Asked(Moody):
    """A channel that loses its first answer, and says what it knows when it is asked."""

    looks_up = True

    def __init__(self) -> None:
        super().__init__(NO_ANSWER)
        self.is_out = False
        self.trouble: Exception | None = None
        self.looks: list[Outgoing] = []

    def look_up(self, outgoing: Outgoing) -> Receipt | None:
        self.looks.append(outgoing)
        if self.trouble is not None:
            raise self.trouble
        return Receipt(f"https://moody.example/{outgoing.prepared['record']}", {"found": True}) if self.is_out else None


@pytest.fixture
def team(store: Store) -> Team:
    return team_in(store)


@pytest.fixture
def one(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


def lose(team: Team, channel: Asked) -> int:
    draft_id = scheduled_draft(team)
    box(team, channel).publish_due()
    assert state_of(team, draft_id) == "unknown"
    return draft_id


def finder(team: Team, channel: Asked, owner: str = "here") -> Finder:
    return Finder(team.store, {"dry_run": channel}, owner)


def test_a_post_that_is_found_is_published_with_what_the_platform_says(team: Team) -> None:
    channel = Asked()
    draft_id = lose(team, channel)
    assert "Tact asks the platform" in told(team)["ana"][0]
    channel.is_out = True
    assert finder(team, channel).look_up_due() == 1
    assert state_of(team, draft_id) == "published"
    with team.store.read() as tx:
        [row] = tx.rows(select(publications))
        assert not tx.rows(select(notices).where(notices.c.read_at.is_(None), notices.c.kind == "post_failed"))
    assert (row["address"], row["payload"], row["person_id"]) == ("https://moody.example/r1", {"found": True}, None)
    assert channel.looks[0].key == channel.sent[0].key
    assert channel.looks[0].at == channel.sent[0].at
    assert finder(team, channel).look_up_due() == 0


def test_a_no_counts_only_when_nothing_can_be_on_its_way_any_more(team: Team, clock) -> None:
    channel = Asked()
    draft_id = lose(team, channel)
    finder(team, channel).look_up_due()
    assert (state_of(team, draft_id), len(channel.looks)) == ("unknown", 1)
    assert "not show it yet" in post_of(team, draft_id)["said"]
    finder(team, channel).look_up_due()
    assert len(channel.looks) == 1, "not before its time"
    clock.forward(seconds=NO_COUNTS_AFTER.total_seconds())
    finder(team, channel).look_up_due()
    assert state_of(team, draft_id) == "needs_time"
    assert told(team)["ana"][-1].startswith("The platform says that the post for X")
    box(team, channel).publish_due()
    assert len(channel.sent) == 1, "a new time and fresh signatures come first"


def test_where_the_platform_cannot_tell_it_is_asked_ever_more_seldom_and_then_no_more(one: Team, clock) -> None:
    channel = Asked()
    draft_id = lose(one, channel)
    channel.trouble = Unsure("Moody has trouble of its own.")
    for _ in range(60):
        finder(one, channel).look_up_due()
        clock.forward(minutes=1)
    assert 5 < len(channel.looks) < 12
    row = post_of(one, draft_id)
    assert (state_of(one, draft_id), row["said"]) == ("unknown", "Moody has trouble of its own.")
    assert row["next_try_at"] is not None
    clock.forward(seconds=GIVES_UP_AFTER.total_seconds())
    assert finder(one, channel).look_up_due() == 0


def test_pauses_between_looks_grow() -> None:
    assert [pause(timedelta(seconds=s)).total_seconds() for s in (0, 15, 60, 7200)] == [10, 15, 60, 900]


def test_a_platform_that_asks_for_patience_is_left_alone(one: Team, clock) -> None:
    channel, name = Asked(), account(one)
    draft_id = scheduled_draft(one, Writing("A cup.", channel=name, reactive=False))
    box(one, channel, name).publish_due()
    channel.trouble = Limited("Wait.", after=timedelta(minutes=7))
    seeks = Finder(one.store, {name: channel}, "here")
    seeks.look_up_due()
    assert post_of(one, draft_id)["next_try_at"] == clock.at + timedelta(minutes=7)
    channel.trouble, channel.is_out = None, True
    clock.forward(minutes=6)
    assert seeks.look_up_due() == 0
    clock.forward(minutes=1)
    assert (seeks.look_up_due(), state_of(one, draft_id)) == (1, "published")


def test_two_workers_settle_it_once_and_a_bug_settles_nothing(one: Team, clock) -> None:
    channel = Asked()
    draft_id = lose(one, channel)

    class Meanwhile(Asked):
        def look_up(self, outgoing: Outgoing) -> Receipt | None:
            assert finder(one, channel, "another").look_up_due() == 0, "somebody is on it"
            raise RuntimeError("a bug")

    assert finder(one, Meanwhile()).look_up_due() == 1
    assert (state_of(one, draft_id), channel.looks) == ("unknown", [])
    clock.forward(seconds=11)
    channel.is_out = True
    assert finder(one, channel).look_up_due() == 1
    assert state_of(one, draft_id) == "published"


@pytest.mark.parametrize("answer", [True, False], ids=["found", "not_there"])
def test_a_person_who_says_so_meanwhile_wins(one: Team, clock, answer: bool) -> None:
    class Slow(Asked):
        def look_up(self, outgoing: Outgoing) -> Receipt | None:
            posted_by_hand(one.store, one.tokens["lea"], draft_id, "https://moody.example/seen")
            return super().look_up(outgoing)

    channel = Slow()
    draft_id = lose(one, channel)
    channel.is_out = answer
    clock.forward(minutes=3)
    finder(one, channel).look_up_due()
    with one.store.read() as tx:
        [row] = tx.rows(select(publications))
    assert (state_of(one, draft_id), row["address"]) == ("published", "https://moody.example/seen")


def test_only_what_was_begun_and_can_be_looked_up_is_asked_about(one: Team) -> None:
    channel = Asked()
    lose(one, channel)
    assert Finder(one.store, {"dry_run": Moody()}, "here").look_up_due() == 0
    assert Finder(one.store, {"by_hand": channel}, "here").look_up_due() == 0


def test_a_worker_looks_up(one: Team, tmp_path: Path) -> None:
    channel = Asked()
    draft_id = lose(one, channel)
    channel.is_out = True
    house = house_of(one, tmp_path)
    worker = Worker(House(house.settings, house.store, house.scorer, {"dry_run": channel}))
    worker.duties()["look up"]()
    worker.fetcher.close()
    assert state_of(one, draft_id) == "published"
