"""A post's life on a platform without keys, from the schedule to the deletion, through the real outbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from data.storage.store import Store
from publishing.channels import Account, Channel
from publishing.channels.instagram import KIND as INSTAGRAM
from publishing.channels.x import KIND as X
from publishing.lookup import Finder
from publishing.outbox import Outbox
from publishing.takedown import Remover
from tests.factory import Team, scheduled_draft, state_of, team_in
from tests.publishing.platform_server import Answer, PlatformServer, serving

KEYS = {"api_key": "ck", "api_secret": "cs", "access_token": "at", "access_secret": "as"}


@pytest.fixture
def team(sqlite_store: Store) -> Team:
    return team_in(sqlite_store)


@pytest.fixture
def platform() -> Iterator[PlatformServer]:
    with serving() as one:
        yield one


def x(platform: PlatformServer) -> Channel:
    return X.open(Account("dry_run", "Ottermoor on X", {"address": platform.address}, KEYS), platform.door)


def send(team: Team, channel: Channel) -> int:
    draft_id = scheduled_draft(team)
    Outbox(team.store, {"dry_run": channel}, team.scorer, "here").publish_due()
    return draft_id


def test_an_answer_that_was_lost_is_looked_up_and_never_asked_for_again(
    team: Team, platform: PlatformServer, clock
) -> None:
    platform.on("POST", "/2/tweets", Answer(cut=True))
    channel = x(platform)
    draft_id = send(team, channel)
    assert state_of(team, draft_id) == "unknown"
    text = platform.sent("POST", "/2/tweets")[0].json["text"]
    platform.on("GET", "/2/users/me", Answer({"data": {"id": "5"}}))
    platform.on("GET", "/2/users/5/tweets", Answer({"data": []}), Answer({"data": [{"id": "1800", "text": text}]}))
    for _ in range(2):
        clock.forward(minutes=10)
        Finder(team.store, {"dry_run": channel}, "here").look_up_due()
        Outbox(team.store, {"dry_run": channel}, team.scorer, "here").publish_due()
    assert state_of(team, draft_id) == "published"
    assert platform.steps.count("POST /2/tweets") == 1
    platform.on("DELETE", "/2/tweets/1800", Answer({"data": {"deleted": True}}))
    said = Remover(team.store, {"dry_run": channel}, "here").take_down(team.tokens["lea"], draft_id)
    assert said.startswith("It is down.")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer({"data": {"id": "1800"}}, 201), "published"),
        (Answer({"detail": "Too long."}, 400), "blocked"),
        (Answer({}, 429), "scheduled"),
    ],
)
def test_what_x_answers_decides_what_becomes_of_the_post(
    team: Team, platform: PlatformServer, answer: Answer, state: str
) -> None:
    platform.on("POST", "/2/tweets", answer)
    assert state_of(team, send(team, x(platform))) == state
    assert platform.steps == ["POST /2/tweets"]


def test_words_alone_go_back_to_their_author_before_instagram_hears_of_them(
    team: Team, platform: PlatformServer
) -> None:
    config = {"address": platform.address, "user_id": "17"}
    channel = INSTAGRAM.open(Account("dry_run", "Ottermoor", config, {"access_token": "hush"}), platform.door)
    assert state_of(team, send(team, channel)) == "blocked"
    assert not platform.asked
