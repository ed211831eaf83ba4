"""From posts to one alert, by the duties of a worker: joined where the posts are the same, no matter to the brake."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from app.worker import Worker
from data.storage.store import Store
from data.storage.tables import alert_topics, alerts, counts, holds, hour_counts, sources, tone_hours
from monitors.intake import take_in, watching
from monitors.sources import Item, Poll, PollState
from tests.factory import Team, add_monitor, add_source, house_of, team_in
from workflow import mutes


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    """Three monitors that have heard ten posts an hour for five days."""
    team = team_in(sqlite_store)
    add_source(sqlite_store, "Talk", "mastodon")
    for name in ("larkfield", "iced tea", "moor"):
        topic = add_monitor(sqlite_store, name, (name,))
        with sqlite_store.write() as tx:
            for back in range(1, 5 * 24):
                hour = tx.now - timedelta(hours=back)
                tx.run(insert(counts).values(topic_id=topic, source_id=1, minute=hour, count=10))
                tx.run(insert(hour_counts).values(topic_id=topic, source_id=1, hour=hour, count=10))
    return team


@pytest.fixture
def worker(team: Team, tmp_path: Path):
    made = Worker(house_of(team, tmp_path))
    yield made
    made.fetcher.close()


def bring(team: Team, text: str, number: int = 60, kind: str = "mentions") -> None:
    with team.store.write() as tx:
        source = tx.row(select(sources))
        found = tuple(
            Item(f"{text}{n}", f"{text} and thought number {n}", "", f"author {n}", tx.now, kind) for n in range(number)
        )
        take_in(tx, source, Poll(found, (), PollState()), watching(tx))


def test_one_alert_for_one_moment_and_another_for_another(team: Team, worker: Worker) -> None:
    bring(team, "Larkfield iced tea in the stadium")
    bring(team, "Moor opens a shop")
    worker.watch()
    with team.store.read() as tx:
        found = tx.rows(select(alerts.c.id).order_by(alerts.c.id))
        members = [tx.rows(select(alert_topics).where(alert_topics.c.alert_id == row["id"])) for row in found]
    assert [len(one) for one in members] == [2, 1]
    assert members[0][1]["why"] == "same posts: 100 % of them"


def test_the_brake_hears_what_a_mute_hides(team: Team, worker: Worker) -> None:
    bring(team, "Larkfield iced tea in the stadium")
    worker.watch()
    mutes.mute(team.store, team.tokens["ana"], 1, None, "Too loud.")
    bring(team, "Bomb explodes at the Larkfield iced tea stadium, at least twelve people killed", 3, "news")
    worker.watch()
    with team.store.read() as tx:
        assert tx.rows(select(holds)) != []


def test_the_worker_reads_the_mood_of_what_came_in(team: Team, worker: Worker, clock) -> None:
    bring(team, "Larkfield is terrible and I hate it", 5)
    worker.mood()
    with team.store.read() as tx:
        [row] = tx.rows(select(tone_hours))
    assert (row["scored"], row["negative"]) == (5, 5)
    bring(team, "Larkfield, I love it", 4)
    worker.mood()
    clock.forward(seconds=31)
    worker.mood()
    with team.store.read() as tx:
        assert tx.value(select(tone_hours.c.scored)) == 9
