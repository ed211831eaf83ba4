"""What intake keeps so that the brake and the judge have something to read: posts, live blogs, changed headlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from data.storage.store import Store
from data.storage.tables import counts, item_topics, items, readings, sources, topics
from monitors.intake import TakenIn, take_in, watching
from monitors.sources import Item, Poll, PollState, Reading
from monitors.wanted import MOST_AN_HOUR
from tests import factory as f
from tests.conftest import HandClock
from workflow import draft, hold
from workflow.checking import judge_draft
from workflow.draft import Writing
from workflow.lifecycle import draft_row
from workflow.rules.holds import fold

DARK = "Explosion at stadium, at least 12 dead, police say"
WALK = Writing("Save 20% today! #WhyWeWalk", regions=("GB",), promotional=True)


@pytest.fixture
def team(sqlite_store: Store) -> f.Team:
    return teamed(sqlite_store)


def teamed(store: Store) -> f.Team:
    team = f.team_in(store)
    f.add_source(store)
    f.add_source(store, "Second")
    return team


def bring(store: Store, *given: Item, source: int = 1, read: Sequence[Reading] = (), stream: bool = False) -> TakenIn:
    with store.write() as tx:
        row = tx.row(select(sources).where(sources.c.id == source))
        assert row is not None
        return take_in(tx, row, Poll(given, tuple(read), PollState()), watching(tx), keep_unmatched=not stream)


def post(number: int, text: str, at: datetime) -> Item:
    return Item(f"p{number}", f"{text} {number}", "", f"author {number}", at, "mentions")


def news(number: int, text: str, url: str, at: datetime) -> Item:
    return Item(f"n{number}", text, url, "", at, "news")


def texts(store: Store) -> list[str]:
    with store.read() as tx:
        return [row["text"] for row in tx.rows(select(items.c.text).order_by(items.c.id))]


def linked(store: Store, topic: str) -> int:
    query = select(func.count()).select_from(item_topics.join(topics, topics.c.id == item_topics.c.topic_id))
    with store.read() as tx:
        return int(tx.value(query.where(topics.c.folded == fold(topic))))


def codes(team: f.Team, draft_id: int) -> set[str]:
    with team.store.read() as tx:
        return {reason.code for reason in judge_draft(tx, draft_row(tx, draft_id), team.scorer)}


def test_a_stream_keeps_what_a_draft_names_so_that_its_hashtag_can_be_judged(team: f.Team, clock: HandClock) -> None:
    dark = [post(n, "#whywewalk for the sister whom he murdered", clock.at) for n in range(MOST_AN_HOUR + 20)]
    assert bring(team.store, *dark[:5], stream=True).items == 0, "nobody asks about it yet"
    draft_id = draft.start(team.store, team.tokens["ana"], WALK)
    clock.forward(seconds=15)
    other = post(900, "#someothertag for the sister", clock.at)
    assert bring(team.store, other, *dark, stream=True).items == MOST_AN_HOUR
    assert codes(team, draft_id) == {"tragedy"}
    with team.store.read() as tx:
        assert tx.rows(select(counts)) == [], "a part of the posts is no figure"
    clock.forward(hours=1)
    assert bring(team.store, *dark[-5:], stream=True).items == 5, "the next hour has room of its own"


def test_a_stream_keeps_no_more_once_the_draft_is_given_up(team: f.Team, clock: HandClock) -> None:
    draft_id = draft.start(team.store, team.tokens["ana"], WALK)
    assert bring(team.store, post(1, "#WhyWeWalk", clock.at), stream=True).items == 1
    draft.withdraw(team.store, team.tokens["ana"], draft_id)
    clock.forward(seconds=15)
    assert bring(team.store, post(2, "#WhyWeWalk", clock.at), stream=True).items == 0


def test_a_stream_keeps_what_a_living_alert_is_about(team: f.Team, clock: HandClock) -> None:
    f.add_alert(team.store, "lunar picnic")
    assert bring(team.store, post(1, "What a Lunar Picnic!", clock.at), stream=True).items == 1
    assert linked(team.store, "lunar picnic") == 1


def test_the_entries_of_a_live_blog_are_entries_each(team: f.Team, clock: HandClock) -> None:
    page = "https://news.example/live"
    gates = news(1, "Gates open for the match", f"{page}#p1", clock.at)
    dark = news(2, DARK, f"{page}#p2", clock.at)
    assert [bring(team.store, one).items for one in (gates, dark)] == [1, 1]
    assert len(hold.watch(team.store, team.scorer)) == 1
    again = replace(dark, external_id="other", text=f"Live: {DARK}")
    assert bring(team.store, again, source=2).items == 0, "the same entry from another source counts once"
    third = news(3, "The match is called off", f"{page}#p3", clock.at)
    assert bring(team.store, third, source=2).items == 1


def test_a_story_in_two_feeds_is_one_whatever_its_headline(team: f.Team, clock: HandClock) -> None:
    first = news(1, "Gates open", "https://news.example/a?utm_source=x", clock.at)
    same = replace(first, external_id="z", text="Gates open – The Paper", url="https://news.example/a")
    assert (bring(team.store, first).items, bring(team.store, same, source=2).items) == (1, 0)


def test_a_changed_headline_is_read_by_the_brake_and_counted_once(team: f.Team, clock: HandClock) -> None:
    topic = f.add_monitor(team.store, terms=("stadium",))
    one = news(1, "Police called to stadium", "https://news.example/a", clock.at)
    bring(team.store, one)
    assert hold.watch(team.store, team.scorer) == ()
    assert bring(team.store, replace(one, text=f"{DARK} #prayers")).items == 0
    assert texts(team.store) == [f"{DARK} #prayers"]
    assert len(hold.watch(team.store, team.scorer)) == 1
    with team.store.read() as tx:
        assert tx.value(select(func.sum(counts.c.count)).where(counts.c.topic_id == topic)) == 1
    assert linked(team.store, "#prayers") == 1


def test_a_warning_that_becomes_graver_under_its_identifier_is_read_again(team: f.Team, clock: HandClock) -> None:
    extra = {"agency": "Met", "event": "Storm", "severity": "Minor", "area": "the coast", "cancelled": False}
    storm = Item("w1", "Storm", "", "Met", clock.at, "official", region="GB", extra=extra)
    bring(team.store, storm)
    assert hold.watch(team.store, team.scorer) == ()
    bring(team.store, replace(storm, extra=extra | {"severity": "Extreme"}))
    assert len(hold.watch(team.store, team.scorer)) == 1


def test_no_unreadable_character_refuses_a_batch(store: Store, clock: HandClock) -> None:
    teamed(store)
    odd = "a\x00b\ud800c"
    changes = ({name: odd} for name in ("external_id", "text", "author", "language", "region", "topic"))
    given = [replace(post(n, "odd", clock.at), **one) for n, one in enumerate(changes)]
    given.append(replace(post(90, "odd", clock.at), url=f"https://a.example/{odd}", extra={odd: [odd, {"in": odd}]}))
    reading = Reading(odd, clock.at, 5, None, clock.at - timedelta(hours=1), clock.at, odd, (odd,))
    assert bring(store, *given, read=[reading]) == TakenIn(7, 1)
    with store.read() as tx:
        assert "abc" in {row["author"] for row in tx.rows(select(items.c.author))}
        extra = tx.value(select(items.c.extra).where(items.c.external_id == "p90"))
        assert extra == {"abc": ["abc", {"in": "abc"}]}
        assert tx.value(select(readings.c.url)) == "abc"
