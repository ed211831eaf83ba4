"""R6: sent once and never early, whatever clocks do.

Two clocks can be wrong. The wall skips and doubles hours on some nights: `workflow.rules.wall_clock` refuses a skipped
time, and of a doubled one the first is meant. The machine's own may be set an hour or a day to either side while posts
wait. Every change of the clocks from 2026 to 2030 in twelve zones is tried, half-hour ones (Lord Howe) and a zone at a
quarter to the hour (Chatham) among them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from data.errors import BadInput
from data.storage.store import Store
from data.storage.tables import brands, scheduled_posts
from publishing.outbox import Outbox
from tests.factory import Team, sign, state_of, team_in
from tests.factory import draft_in_review as in_review
from tests.reliability.conftest import Prepare
from tests.reliability.kit import LONG, Line, Platform, SharedClock, opened, tell
from workflow import access, draft
from workflow.rules.wall_clock import instant, is_doubled

pytestmark = pytest.mark.timeout(1800 if LONG else 120)

ZONES = (
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "America/Santiago",
    "America/St_Johns",
    "Africa/Cairo",
    "Asia/Beirut",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
)
YEARS = range(2026, 2031)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def changes(zone: str) -> Iterator[datetime]:
    """Each instant (UTC) at which clocks in the zone are changed; found by looking, a quarter of an hour at a time."""
    local = ZoneInfo(zone)
    noons = [datetime(YEARS[0], 1, 1, 12, tzinfo=UTC) + number * DAY for number in range(365 * len(YEARS) + 1)]
    for before, after in pairwise(noons):
        if before.astimezone(local).utcoffset() != after.astimezone(local).utcoffset():
            steps = [before + number * 15 * MINUTE for number in range(97)]
            offsets = [step.astimezone(local).utcoffset() for step in steps]
            yield next(step for step, one, other in zip(steps[1:], offsets, offsets[1:], strict=False) if one != other)


EDGES = [(zone, at) for zone in ZONES for at in changes(zone)]


def test_there_are_two_changes_a_year_in_each_zone() -> None:
    assert len(EDGES) == 2 * len(YEARS) * len(ZONES)


def test_every_wall_clock_around_every_change_is_one_instant_or_refused() -> None:
    """Judged by going the other way: what instants does a clock show this time at?"""
    skipped = doubled = 0
    for zone, at in EDGES:
        local = ZoneInfo(zone)
        instants = [at + number * 15 * MINUTE for number in range(-12, 13)]
        shown = [(one.astimezone(local).replace(tzinfo=None), one) for one in instants]
        first_wall = min(wall for wall, _ in shown)
        for number in range(26):
            wall = first_wall + number * 15 * MINUTE
            when = [one for seen, one in shown if seen == wall]
            if not when and min(instants) < wall.replace(tzinfo=local).astimezone(UTC) < max(instants):
                skipped += 1
                with pytest.raises(BadInput, match="the clocks go forward"):
                    instant(wall, zone)
            elif when:
                doubled += len(when) - 1
                assert instant(wall, zone) == min(when), f"{wall} in {zone}"
                assert is_doubled(wall, zone) == (len(when) == 2), f"{wall} in {zone}"
    assert skipped > 100
    assert doubled > 100
    tell(
        f"R6: {len(EDGES)} changes in {len(ZONES)} zones: {skipped} skipped times refused, {doubled} doubled ones first"
    )


def a_team(store: Store) -> Team:
    team = team_in(store)
    with store.write() as tx:
        tx.run(update(brands).values(settings={"send_delay_seconds": 0, "frequency_cap": 1000, "topic_cap": 1000}))
    return team


def planned(team: Team, name: str, at: datetime, zone: str) -> int:
    with team.store.write() as tx:
        team.tokens = {who: access.begin_sign_in(tx, person.id) for who, person in team.people.items()}
    draft_id = in_review(team, draft.Writing(name, reactive=False, planned_for=at, zone=zone))
    for who in ("lea", "max"):
        sign(team, who, draft_id)
    return draft_id


def test_a_post_planned_into_a_night_of_change_leaves_once_at_its_instant(
    prepare: Prepare, shared_clock: SharedClock, kind: str
) -> None:
    if kind == "postgresql" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")
    template = prepare(a_team)
    edges = EDGES if LONG else [EDGES[at] for at in (1, 94, 95, 118)]
    with Platform() as platform, template.copy() as url, opened(url, shared_clock) as store:
        team = replace(template.kept, store=store)
        box = Outbox(store, {"dry_run": Line(platform.port)}, team.scorer, "worker")
        for number, (zone, change) in enumerate(sorted(edges, key=lambda edge: edge[1])):
            _one_night(team, box, platform, shared_clock, number, zone, change)
        tell(f"R6 {kind}: {len(edges)} nights of change, a post before, at and after each: all once, none early")


def _one_night(
    team: Team, box: Outbox, platform: Platform, clock: SharedClock, number: int, zone: str, change: datetime
) -> None:
    local = ZoneInfo(zone)
    clock.at = change - 3 * HOUR
    times = [change - 15 * MINUTE, change, change + 15 * MINUTE] if LONG else [change]
    posts = {}
    for turn, at in enumerate(times):
        wall = at.astimezone(local).replace(tzinfo=None)
        # What a person typed is the wall clock; of a doubled hour it means the first.
        meant = instant(wall, zone)
        if meant <= clock.at:
            continue
        words = f"{chr(97 + number % 26)}{number} {chr(97 + turn)}{turn} in {zone.rpartition('/')[2]}"
        posts[planned(team, words, meant, zone)] = (words, meant, wall)
    platform.forget()
    # Two of them may mean the same instant: the first of a doubled quarter of an hour.
    for meant in sorted({at for _, at, _ in posts.values()}):
        mine = [words for words, at, _ in posts.values() if at == meant]
        clock.at = meant - timedelta(microseconds=1)
        box.publish_due()
        assert not set(mine) & set(platform.posts), f"{mine} left early"
        clock.at = meant
        for _ in range(2):
            box.publish_due()
        left = [platform.posts.count(words) for words in mine]
        assert left == [1] * len(mine), f"{mine} left {left} times at {meant}"
    _shown_as_planned(team, posts)


def _shown_as_planned(team: Team, posts: dict[int, tuple[str, datetime, datetime]]) -> None:
    with team.store.read() as tx:
        for draft_id, (_, _, wall) in posts.items():
            kept = tx.value(select(scheduled_posts.c.wall_clock).where(scheduled_posts.c.draft_id == draft_id))
            assert kept == f"{wall:%Y-%m-%d %H:%M}"


JUMPS = (HOUR, -HOUR, DAY, -DAY, 10 * MINUTE, -10 * MINUTE, MINUTE)


@pytest.mark.parametrize("seed", range(25 if LONG else 2))
def test_a_clock_that_jumps_makes_nothing_leave_early_or_twice(
    prepare: Prepare, shared_clock: SharedClock, kind: str, seed: int
) -> None:
    """Set an hour or a day to either side while the worker goes on. Early is measured by the clock at that instant."""
    if kind == "postgresql" and not LONG:
        pytest.skip("the long form (make test-reliability) does this on PostgreSQL too")
    template, chance = prepare(a_team), random.Random(seed)
    with Platform() as platform, template.copy() as url, opened(url, shared_clock) as store:
        team = replace(template.kept, store=store)
        due = {}
        for number in range(6 if LONG else 3):
            at = shared_clock.at + chance.choice((20 * MINUTE, HOUR, 2 * HOUR, DAY, DAY + HOUR))
            words = f"{chr(97 + number)}{number} {chr(107 + number)}{number * 7}"
            due[words] = (planned(team, words, at, "Europe/London"), at)
        box = Outbox(store, {"dry_run": Line(platform.port)}, team.scorer, "worker")
        for _ in range(40 if LONG else 12):
            before = len(platform.posts)
            box.publish_due()
            for words in platform.posts[before:]:
                assert shared_clock.at >= due[words][1], f"{words} left early"
                assert shared_clock.at <= due[words][1] + 15 * MINUTE, f"{words} left long after its time"
            shared_clock.at += chance.choice(JUMPS)
        assert len(platform.posts) == len(set(platform.posts)), "something left twice"
        left = {words for words, (draft_id, _) in due.items() if state_of(team, draft_id) == "published"}
        assert left == set(platform.posts)
