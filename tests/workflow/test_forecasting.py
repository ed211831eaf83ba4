"""Forecasts as rows: made once when the hour's mark is there, from one's own posts of the same kind, and kept."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from data.storage.store import Store
from data.storage.tables import forecasts
from tests.conftest import HandClock
from tests.factory import Team, team_in
from tests.live_kit import earlier, figures, out
from workflow.measuring import forecasting


def past(team: Team, clock: HandClock, posts_before: int, grew: int, platform: str = "x") -> None:
    """Earlier posts with a hundred and more after an hour, and `grew` times as many after a week."""
    posts = [
        (clock.at - timedelta(days=10 + n), {60: 99 + n, 10_080: grew * (100 + n) - 1}) for n in range(posts_before)
    ]
    earlier(team, posts, platform=platform)


def kept(store: Store) -> list[dict[str, object]]:
    with store.read() as tx:
        return [dict(row) for row in tx.rows(select(forecasts))]


def test_the_first_hour_says_where_a_post_is_going_once(store: Store, clock: HandClock) -> None:
    team = team_in(store)
    past(team, clock, 20, grew=10)
    post = out(team, clock.at - timedelta(hours=1))
    figures(store, post, clock.at, impressions=9_000, likes=199)
    assert (forecasting.foretell(store), forecasting.foretell(store)) == (1, 0)
    row = kept(store)[0]
    assert (row["publication_id"], row["age_minutes"], row["model"], row["history"]) == (post, 60, "ratio", 20)
    assert round(float(str(row["expected"]))) == 1_999  # ten times what was there
    with store.read() as tx:
        age, told = forecasting.newest(tx, [post])[post]
    assert (age, told.speaks) == (60, True)


def test_posts_of_another_platform_are_no_history(sqlite_store: Store, clock: HandClock) -> None:
    team = team_in(sqlite_store)
    past(team, clock, 20, grew=10, platform="linkedin")
    figures(sqlite_store, out(team, clock.at - timedelta(hours=1)), clock.at, likes=20)
    assert forecasting.foretell(sqlite_store) == 1
    row = kept(sqlite_store)[0]
    assert (row["history"], row["expected"], row["model"]) == (0, None, "none")
