"""The mood of a monitor: read in bounded samples, counted once, and told when it falls – never as an opportunity."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from data.storage.store import Store
from data.storage.tables import alerts, item_topics, items, opportunities, tone_hours
from scoring.contract import Sentiment, TextVerdict, Tragedy, TragedyVerdict
from scoring.lexicon import LexiconScorer
from tests.conftest import HandClock
from tests.factory import Team, add_monitor, add_source, team_in
from workflow import tone
from workflow.judge import judge_open_alerts
from workflow.report import report
from workflow.rules.tone import PER_SLOT
from workflow.tone import mood_of, read_tone, watch_mood


class Words:
    """A scorer that reads the mood off the first word."""

    name = "words"

    def score(self, texts: list[str]) -> list[TextVerdict]:
        clear = TragedyVerdict(Tragedy.CLEAR, 0.0)
        return [TextVerdict(Sentiment(text.split()[0], 0.1, 0.8, 0.1), clear) for text in texts]


class Broken:
    name = "broken"

    def score(self, texts: list[str]) -> list[TextVerdict]:
        raise RuntimeError("no model")


@pytest.fixture
def monitor(store: Store) -> int:
    team_in(store)
    add_source(store)
    return add_monitor(store)


def bring(store: Store, topic: int, number: int, label: str, kind: str = "mentions", author: str = "") -> None:
    with store.write() as tx:
        for one in range(number):
            text = f"{label} post {one} {author}"
            row = {"source_id": 1, "external_id": f"{kind} {text}", "kind": kind, "text": text, "weight": 1}
            row |= {"published_at": tx.now, "taken_in_at": tx.now, "fingerprint": text, "extra": {}, "author": author}
            item = tx.insert(insert(items).values(**row))
            tx.run(insert(item_topics).values(item_id=item, topic_id=topic))


def heard(store: Store) -> list[tuple[int, int]]:
    with store.read() as tx:
        rows = tx.rows(select(tone_hours).order_by(tone_hours.c.hour))
    return [(row["scored"], row["negative"]) for row in rows]


def seed_usual(store: Store, topic: int, hours: int = 48, scored: int = 10, negative: int = 2) -> None:
    with store.write() as tx:
        for back in range(2, hours + 2):
            values = {"hour": tx.now - timedelta(hours=back), "scored": scored, "negative": negative}
            tx.run(insert(tone_hours).values(topic_id=topic, **values))


def test_posts_are_read_once_and_no_more_than_the_sample(store: Store, monitor: int, clock: HandClock) -> None:
    bring(store, monitor, 15, "negative")
    bring(store, monitor, 10, "positive")
    bring(store, monitor, 3, "negative", kind="news")
    first = read_tone(store, Words())
    assert first.scored == PER_SLOT == 20
    assert heard(store) == [(20, 10)], "the newest are read first; headlines are no mood"
    assert read_tone(store, Words()).scored == 0, "another worker, or this one begun anew"
    assert read_tone(store, Words(), first.newest).scored == 0
    clock.forward(minutes=10)
    bring(store, monitor, 4, "neutral", author="late")
    assert read_tone(store, Words(), first.newest).scored == 4
    assert heard(store) == [(24, 10)]


def test_a_long_sample_is_counted_in_short_transactions(
    sqlite_store: Store, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever pauses publishing waits behind each of them, never behind all of them."""
    team_in(sqlite_store)
    add_source(sqlite_store)
    bring(sqlite_store, add_monitor(sqlite_store), 20, "negative")
    monkeypatch.setattr(tone, "AT_ONCE", 8)
    writes, write = [], sqlite_store.write
    monkeypatch.setattr(sqlite_store, "write", lambda: writes.append(1) or write())
    assert read_tone(sqlite_store, Words()).scored == 20
    assert heard(sqlite_store) == [(20, 20)]
    assert len(writes) == 3


def test_what_the_scorer_fails_on_is_not_counted_and_read_again(store: Store, monitor: int) -> None:
    bring(store, monitor, 3, "negative")
    assert read_tone(store, Broken()).scored == 0
    assert heard(store) == []
    with store.read() as tx:
        assert tx.value(select(items.c.sentiment).limit(1)) is None
    assert read_tone(store, Words()).scored == 3


def test_a_falling_mood_is_an_alert_of_its_own_with_the_posts_that_say_so(store: Store, monitor: int, clock) -> None:
    seed_usual(store, monitor)
    bring(store, monitor, 14, "positive")
    for minutes in (0, 10, 20):
        clock.forward(minutes=minutes and 10)
        bring(store, monitor, 20, "negative", author=f"author {minutes}")
        read = read_tone(store, Words())
    assert read.scored == 20
    [alert] = watch_mood(store)
    assert watch_mood(store) == (), "told once"
    with store.read() as tx:
        row = tx.row(select(alerts).where(alerts.c.id == alert))
    assert (row["kind"], row["count"], row["ratio"]) == ("sentiment", 60, None)
    assert row["why"]["sentence"] == "100 % of 60 read posts are negative, usual are 20 %."
    assert all(one["text"].startswith("negative") for one in row["why"]["samples"])
    assert judge_open_alerts(store, LexiconScorer()) == 0
    with store.read() as tx:
        assert tx.rows(select(opportunities)) == [], "nobody is asked to score it, so nobody can draft on it"
        assert report(tx, clock.at - timedelta(days=1), {}).moments.raised == 0


def test_while_the_usual_is_unknown_it_says_so_and_wakes_nobody(sqlite_store: Store, clock: HandClock) -> None:
    team: Team = team_in(sqlite_store)
    add_source(team.store)
    topic = add_monitor(team.store)
    seed_usual(team.store, topic, hours=23)
    bring(team.store, topic, 20, "negative")
    clock.forward(minutes=10)
    bring(team.store, topic, 20, "negative", author="other")
    read_tone(team.store, Words())
    assert watch_mood(team.store) == ()
    with team.store.read() as tx:
        assert mood_of(tx, topic).why.startswith("Still learning the usual mood: 23 of 24 hours")
