"""The sample workspace: the invented brand of `data/sample_day`, its five people, its days of history, and three posts
that are planned, checked and signed while it is set up – through the same use cases that people's clicks go through.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import checklists
from app.wiring import House
from checklists.evaluate import Answer
from data.sample_day.day import Day, Post
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
    """One of the five, with the password that is printed once and stored nowhere."""

    username: str
    password: str
    display_name: str
    role: str


def seed(house: House, day: Day, server: str, start: datetime, speed: float | None = None) -> tuple[SignIn, ...]:
    """Fill a fresh workspace that polls the feed server at `server`; the five sign-ins.

    `speed` is the server's, for the times of the planned posts; None is the day's own.
    """
    found = tuple(SignIn(p.username, secrets.token_urlsafe(9), p.display_name, p.role) for p in day.people)
    with house.store.write() as tx:
        profile = brand.profile_from(day.brand.model_dump(mode="json"))
        founded = brand.found(tx, profile, zone=day.brand.zone)
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
        for one in day.monitors:
            add_monitor(tx, founded.id, one.name, one.kind, one.terms, one.exclusions)
        for source in day.sources:
            add_source(tx, source.kind, source.name, source.settings_at(server), source.interval_seconds)
        import_counts(tx, history_rows(day, start))
    _sign_planned_posts(house, day, lambda post: day.publish_at(post, start, speed))
    return found


def _sign_planned_posts(house: House, day: Day, due: Callable[[Post], datetime]) -> None:
    with house.store.write() as tx:
        people = {role: access.first_with_role(tx, role) for role in (Role.SOCIAL_TEAM, Role.SOCIAL_LEAD, Role.PR)}
        tokens = {role: access.begin_sign_in(tx, person.id) for role, person in people.items()}
    for post in day.posts:
        _plan(house, post, due(post), day.brand.zone, tokens)
    for token in tokens.values():
        access.sign_out(house.store, token)


def _plan(house: House, post: Post, at: datetime, zone: str, tokens: Mapping[Role, str]) -> None:
    writing = Writing(
        text=post.text,
        platform=post.platform,
        channel=post.channel,
        regions=post.regions,
        topic=post.topic,
        promotional=True,
        reactive=False,
        planned_for=at,
        zone=zone,
    )
    draft_id = draft.start(house.store, tokens[Role.SOCIAL_TEAM], writing)
    with house.store.read() as tx:
        content_hash = draft_row(tx, draft_id)["content_hash"]
    answers = {item.id: Answer(item.good) for item in checklists.load(checking.CHECKLIST).items}
    checking.answer(house.store, tokens[Role.SOCIAL_TEAM], draft_id, content_hash, answers)
    draft.submit(house.store, house.scorer, tokens[Role.SOCIAL_TEAM], draft_id, 1)
    for role in (Role.SOCIAL_LEAD, Role.PR):
        approve.sign(house.store, tokens[role], draft_id, content_hash, Decision.APPROVE)
