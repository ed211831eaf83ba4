"""The files of the sample day fit together, and a slip in one of them is a sentence."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data.errors import BadInput
from data.reference import playbook
from data.reference.characters import count_characters
from data.sample_day.day import FOLDER, Day, load_day
from monitors.sources import load as source_of_kind
from scoring.regions import any_meet
from workflow.rules.roles import Role

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def day() -> Day:
    return load_day()


def test_five_people_who_can_carry_a_moment_between_them(day: Day) -> None:
    roles = [Role(person.role) for person in day.people]
    assert sorted(roles) == sorted([Role.SOCIAL_TEAM, Role.SOCIAL_TEAM, Role.SOCIAL_LEAD, Role.PR, Role.MANAGER])
    assert len({person.username for person in day.people}) == 5
    assert all(ZoneInfo(person.zone) for person in day.people)


def test_it_watches_what_the_guide_advises(day: Day) -> None:
    kinds = [monitor.kind for monitor in day.monitors]
    assert 10 <= kinds.count("keyword") <= 15
    assert 3 <= kinds.count("pain_point") <= 5
    assert kinds.count("brand") == 1
    watched = {monitor.name for monitor in day.monitors if monitor.kind == "competitor"}
    assert watched == set(day.brand.competitors)


def test_every_kind_of_moment_happens_once_and_the_good_one_comes_first(day: Day) -> None:
    kinds = [moment.kind for moment in day.moments]
    assert kinds[0] == "take"
    assert kinds[-1] == "tragedy"
    assert sorted(kinds) == sorted(["take", "complaints", "wait", "careful", "skip", "political", "warning", "tragedy"])


def test_three_planned_posts_wait_where_the_tragedy_reaches_and_the_storm_does_not(day: Day) -> None:
    tragedy, storm = day.moment("tragedy"), day.moment("warning")
    assert len(day.posts) == 3
    for post in day.posts:
        assert post.at > tragedy.at
        assert any_meet(post.regions, [warning.region for warning in tragedy.warnings])
        assert not any_meet(post.regions, [warning.region for warning in storm.warnings])
        book = playbook(post.platform)
        assert book.text_limit is not None
        assert count_characters(book, post.text) <= book.text_limit


def test_a_planned_post_is_due_sooner_when_the_day_is_told_faster(day: Day) -> None:
    post = day.posts[0]
    assert day.publish_at(post, START) == START + timedelta(minutes=14)
    assert day.publish_at(post, START, speed=60) == START + timedelta(minutes=7)


def test_settings_name_the_server_and_suit_their_kind(day: Day) -> None:
    for source in day.sources:
        settings = source.settings_at("http://127.0.0.1:8900")
        assert "{server}" not in str(settings)
        assert "http://127.0.0.1:8900" in str(settings)
        source_of_kind(source.kind).check(settings)


def test_the_feeds_it_tells_are_the_ones_it_polls(day: Day) -> None:
    polled = str([source.settings for source in day.sources])
    for moment in day.moments:
        assert all(news.feed in polled for news in moment.news)
        tags = moment.mentions.tags if moment.mentions else {}
        assert all(f"'{tag}'" in polled for tag in tags), moment.key


def test_an_unknown_moment_is_a_sentence(day: Day) -> None:
    with pytest.raises(BadInput, match="no moment 'lunch'"):
        day.moment("lunch")


@pytest.mark.parametrize(
    ("name", "old", "new", "named"),
    [
        ("brand.yaml", "category:", "categori:", "brand.yaml: category"),
        ("people.yaml", "{username: amara", "{username: AMARA", "people.yaml: people.0.username"),
        ("moments/take.yaml", "monitor: Long-distance trails", "monitor: Kites", "Kites"),
        ("moments/take.yaml", "authors: 84", "authors: 840", "take.yaml: mentions"),
        ("posts.yaml", 'at: "15:00"', 'at: "23:00"', "repair_week lies outside the day"),
        ("day.yaml", "speed: 30", "speed: 0", "day.yaml: speed"),
    ],
)
def test_a_slip_is_refused_with_a_sentence(tmp_path: Path, name: str, old: str, new: str, named: str) -> None:
    folder = tmp_path / "day"
    shutil.copytree(FOLDER, folder)
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        load_day(folder)
    assert named in refused.value.message
