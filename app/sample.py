"""The sample workspace: the invented brand of `data/sample_day`, its five people, its days of history, and three posts
that are planned, checked and signed while it is set up – through the same use cases that people's clicks go through.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import checklists
from app.wiring import House
from checklists.evaluate import Answer
from data.sample_day.day import Day
from data.sample_day.story import history_rows
from data.storage import events
from workflow import access, accounts, approve, brand, checking, draft
from workflow.draft import Writing
from workflow.imports import add_monitor, add_source, import_counts
from workflow.lifecycle import draft_row
from workflow.rules.approvals import Decision
from workflow.rules.roles import Role


@dataclass(frozen=True)
class SignIn:
    """One of the five, or the keeper, with the password that is printed once and stored nowhere."""

    username: str
    password: str
    display_name: str
    role: str


@dataclass(frozen=True)
class Plan:
    """A post that the sample team plans. `at`: when it shall leave."""

    text: str
    platform: str
    channel: str
    regions: tuple[str, ...]
    topic: str
    at: datetime
    zone: str
    promotional: bool = True


def seed(house: House, day: Day, server: str, start: datetime, speed: float | None = None) -> tuple[SignIn, ...]:
    """Fill a fresh workspace that polls the feed server at `server`; the five sign-ins.

    `speed` is the server's, for the times of the planned posts; None is the day's own.
    """
    found = found_team(house, day)
    begin_day(house, day, server, start, speed)
    return found


def found_team(house: House, day: Day) -> tuple[SignIn, ...]:
    """The brand and its five people."""
    found = tuple(SignIn(p.username, secrets.token_urlsafe(9), p.display_name, p.role) for p in day.people)
    with house.store.write() as tx:
        brand.found(tx, brand.profile_from(day.brand.model_dump(mode="json")), zone=day.brand.zone)
        for person, given in zip(day.people, found, strict=True):
            accounts.add(
                tx,
                events.THE_PRODUCT,
                person.username,
                person.display_name,
                Role(person.role),
                given.password,
                person.zone,
            )
    return found


def add_keeper(house: House) -> SignIn:
    """Whoever keeps the workspace running: an administrator, who writes and signs nothing and is none of the five."""
    keeper = SignIn("keeper", secrets.token_urlsafe(9), "The keeper", Role.ADMINISTRATOR.value)
    with house.store.write() as tx:
        zone = brand.the_brand(tx).zone
        name, shown, role = keeper.username, keeper.display_name, Role.ADMINISTRATOR
        accounts.add(tx, events.THE_PRODUCT, name, shown, role, keeper.password, zone)
    return keeper


def begin_day(
    house: House,
    day: Day,
    server: str,
    start: datetime,
    speed: float | None = None,
    speaks: Mapping[str, str] | None = None,
) -> None:
    """What is watched, the days of history, and the planned posts. `speaks`: by platform, the account of the team."""
    with house.store.write() as tx:
        founded = brand.the_brand(tx)
        for one in day.monitors:
            add_monitor(tx, founded.id, one.name, one.kind, one.terms, one.exclusions)
        for source in day.sources:
            add_source(tx, source.kind, source.name, source.settings_at(server), source.interval_seconds)
        import_counts(tx, history_rows(day, start))
    with signers(house) as tokens:
        for post in day.posts:
            channel = (speaks or {}).get(post.platform, post.channel)
            at, zone = day.publish_at(post, start, speed), day.brand.zone
            plan(house, Plan(post.text, post.platform, channel, post.regions, post.topic, at, zone), tokens)


@contextmanager
def signers(house: House) -> Iterator[Mapping[Role, str]]:
    """Somebody who writes and two who sign, signed in for as long as the block lasts."""
    with house.store.write() as tx:
        people = {role: access.first_with_role(tx, role) for role in (Role.SOCIAL_TEAM, Role.SOCIAL_LEAD, Role.PR)}
        tokens = {role: access.begin_sign_in(tx, person.id) for role, person in people.items()}
    yield tokens
    for token in tokens.values():
        access.sign_out(house.store, token)


def plan(
    house: House, post: Plan, tokens: Mapping[Role, str], before_signing: Callable[[], None] = lambda: None
) -> int:
    """Write, check and sign a post until it is on the schedule; its draft. `before_signing`: what happens meanwhile."""
    writing = Writing(
        text=post.text,
        platform=post.platform,
        channel=post.channel,
        regions=post.regions,
        topic=post.topic,
        promotional=post.promotional,
        reactive=False,
        planned_for=post.at,
        zone=post.zone,
    )
    draft_id = draft.start(house.store, tokens[Role.SOCIAL_TEAM], writing)
    with house.store.read() as tx:
        content_hash = draft_row(tx, draft_id)["content_hash"]
    answers = {item.id: Answer(item.good) for item in checklists.load(checking.CHECKLIST).items}
    checking.answer(house.store, tokens[Role.SOCIAL_TEAM], draft_id, content_hash, answers)
    draft.submit(house.store, house.scorer, tokens[Role.SOCIAL_TEAM], draft_id, 1)
    for role in (Role.SOCIAL_LEAD, Role.PR):
        before_signing()
        approve.sign(house.store, tokens[role], draft_id, content_hash, Decision.APPROVE)
    return draft_id
