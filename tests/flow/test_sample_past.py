"""The sample day goes on into engagement: what was said before it is out, counted, and can be compared with."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.clock import utc_now
from app.sample import begin_day, found_team
from app.sample_past import Stage, add_mastodon, live_through
from app.settings import Settings
from app.wiring import build
from data.sample_day.day import load_day
from data.sample_day.mastodon_server import MastodonServer
from data.sample_day.past import load_past, told
from data.storage import events
from data.storage.tables import channel_accounts, drafts, post_replies, scheduled_posts
from workflow.measuring import advice, baselines
from workflow.rules.questions import Question, Says

DAY = load_day()
# One planned post and nothing that is watched: enough of a day for what was said before it.
SHORT = DAY.model_copy(
    update={"monitors": (), "sources": (), "posts": tuple(one for one in DAY.posts if one.platform == "mastodon")}
)


def test_every_post_of_the_past_lies_before_the_day_and_enough_of_them_a_week() -> None:
    start = utc_now()
    posts = told(load_past(), start)
    assert all(one.at < start for one in posts)
    assert sum(start - one.at > timedelta(days=7, hours=2) for one in posts) >= 20
    assert sum(timedelta(hours=2) < start - one.at < timedelta(days=29) for one in posts) >= 2 * baselines.LEAST


@pytest.mark.long
def test_the_past_is_lived_through_over_the_wire_and_the_day_begins_with_one_post_that_does_well(
    tmp_path: Path,
) -> None:
    stage, start = Stage(), utc_now()
    posts = told(load_past(), start)[-7:]
    with MastodonServer(clock=stage) as server:
        house = build(
            Settings(
                database_url=f"sqlite:///{tmp_path / 'tact.db'}",
                dry_run_folder=tmp_path,
                judge="words",
                allow_private=frozenset({server.host}),
            ),
            clock=stage,
        )
        stage.stand_at(posts[0].at - timedelta(days=1))
        found_team(house, DAY)
        channel = add_mastodon(house, server, DAY.brand.name)
        live_through(house, stage, server, posts, channel, DAY.brand.zone)
        stage.go_on()
        begin_day(house, SHORT, "http://127.0.0.1:9", start, speaks={"mastodon": channel})
        house.collector().collect_due()
        with house.store.read() as tx:
            found = {one.question: one for one in reversed(advice.answers(tx, tx.now))}
            sealed = tx.value(select(channel_accounts.c.secrets))
            planned = tx.rows(select(drafts.c.platform, drafts.c.channel).where(drafts.c.state == "scheduled"))
            gone = tx.value(
                select(func.count()).select_from(scheduled_posts).where(scheduled_posts.c.publish_at < start)
            )
            heard = tx.value(select(func.count()).select_from(post_replies))
        assert events.verify(house.store)[1] is None
        house.store.close()
    assert [one.text for one in server.statuses] == [one.line.text for one in posts]
    assert found[Question.AMPLIFY].says == Says.YES
    assert gone == len(posts)
    assert heard > 20
    assert server.token not in str(sealed)
    assert {row["platform"]: row["channel"] for row in planned}["mastodon"] == channel


def test_a_stage_clock_stands_and_then_goes_on() -> None:
    stage, then = Stage(), utc_now() - timedelta(days=3)
    stage.stand_at(then)
    assert stage() == then
    stage.go_on()
    assert stage() - then > timedelta(days=2)
