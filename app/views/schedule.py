"""What the Schedule page shows: the brake, what a person has to see to, and the timeline by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, Select, select

from app.views.deletions import Out, open_deletions, outs
from app.views.posts import Signature, in_words, last_moves, names, refusals_of, signatures_of
from app.views.waiting import Waiting, waiting
from app.wiring import House
from data.storage.store import Tx
from data.storage.tables import draft_versions, drafts, hold_lifts, publications, scheduled_posts
from scoring.contract import Scope
from workflow.access import Person, same_people
from workflow.blackout import blackout
from workflow.channel_accounts import usable
from workflow.held import OpenHold, Under, open_holds, open_rows, scope_of, what_is_held
from workflow.lifecycle import facts_of, state_of
from workflow.rules.drafts import Move, State
from workflow.rules.holds import covers
from workflow.rules.roles import may
from workflow.standings import Case, cases

# How long a post that is out stays on the timeline (ours): long enough to see yesterday.
LOOK_BACK = timedelta(hours=36)
WAITING = (State.IN_REVIEW, State.SCHEDULED, State.HELD, State.PUBLISHING)
DUE = (State.BY_HAND, State.UNKNOWN)
ATTENTION = (State.NEEDS_TIME, State.BLOCKED, State.EXPIRED)
TOLD_WHY = (*ATTENTION, State.UNKNOWN, State.IN_REVIEW)


@dataclass(frozen=True)
class Post:
    """One post. `at`: when it leaves or left, None while it has no time. `zone`: whose clock it was planned by.

    `waiting`: what keeps it on its way, where its clock does not say so. `answering`: the post that it replies to or
    quotes, empty where it stands alone.
    """

    id: int
    state: State
    text: str
    platform: str
    at: datetime | None
    zone: str
    author: str
    signed: tuple[str, ...]
    standing: str
    refusals: tuple[str, ...]
    why: str
    holds: tuple[Scope, ...]
    address: str
    answering: Mapping[str, str]
    waiting: Waiting | None


@dataclass(frozen=True)
class HoldView:
    """An open hold, the posts it stops, what was said for lifting it, and whether the reader may still agree."""

    hold: OpenHold
    under: Under
    said: tuple[tuple[str, str], ...]
    can_agree: bool
    over: bool


@dataclass(frozen=True)
class ScheduleView:
    """The page. `days` in the reader's zone, soonest first. `outs`: what is out, by draft; `deletions`: what goes."""

    holds: tuple[HoldView, ...]
    due: tuple[Post, ...]
    attention: tuple[Post, ...]
    days: tuple[tuple[date, tuple[Post, ...]], ...]
    deletions: tuple[Out, ...]
    outs: Mapping[int, Out]
    regions: tuple[str, ...]
    topics: tuple[str, ...]
    platforms: tuple[str, ...]
    can_pause: bool
    blackout_hours: int
    can_post: bool
    can_settle: bool
    stamp: tuple[object, ...]
    now: datetime


def schedule_stamp(house: House, person: Person) -> tuple[object, ...]:
    """The view's stamp alone, in a handful of queries however many posts wait: an open page asks every few seconds."""
    with house.store.read() as tx:
        return _stamp(tx, tx.rows(_posts(tx.now)), open_deletions(tx, person))


def _stamp(tx: Tx, found: Sequence[RowMapping], deletions: Sequence[Out]) -> tuple[object, ...]:
    """What a reader would want to see anew when it changes."""
    drawn = frozenset((row["id"], row["state"]) for row in found if _at(row) or state_of(row) in (*DUE, *ATTENTION))
    tried = frozenset((row["id"], row["next_try_at"], row["said"]) for row in found if row["next_try_at"] is not None)
    taken_down = tuple((out.draft_id, out.stage, bool(out.reason)) for out in deletions)
    return (drawn, tried, tuple(row["id"] for row in tx.rows(open_rows())), taken_down)


def schedule_view(house: House, person: Person) -> ScheduleView:
    """Everything on the way out, everything stuck, and every hold."""
    with house.store.read() as tx:
        known = names(tx)
        found = tx.rows(_posts(tx.now))
        about = _about(tx, found, known)
        posts = [_post(row, known, about, tx.now) for row in found]
        waiting = [row for row in found if state_of(row) in WAITING]
        held, deletions = what_is_held(tx), open_deletions(tx, person)
        return ScheduleView(
            holds=tuple(_hold(tx, one, held[one.id], person, known) for one in open_holds(tx)),
            due=_in(posts, DUE),
            attention=_in(posts, ATTENTION),
            days=_by_day(_in(posts, (*WAITING, State.PUBLISHED)), person),
            deletions=deletions,
            outs=outs(tx, person, tx.now - LOOK_BACK),
            regions=tuple(sorted({region for row in waiting for region in row["regions"]})),
            topics=tuple(sorted({topic for row in waiting for topic in (row["topic"], *row["hashtags"]) if topic})),
            platforms=tuple(sorted({row["platform"] for row in waiting})),
            can_pause=may(person.role, "open_hold"),
            blackout_hours=int(blackout(tx) / timedelta(hours=1)),
            can_post=may(person.role, "post_by_hand"),
            can_settle=may(person.role, "settle_unknown"),
            stamp=_stamp(tx, found, deletions),
            now=tx.now,
        )


def _posts(now: datetime) -> Select[Any]:
    current = (draft_versions.c.draft_id == drafts.c.id) & (draft_versions.c.number == drafts.c.number)
    live = (scheduled_posts.c.draft_id == drafts.c.id) & scheduled_posts.c.closed_at.is_(None)
    shown = [state.value for state in (*WAITING, *DUE, *ATTENTION)]
    return (
        select(
            drafts,
            draft_versions.c.text,
            draft_versions.c.planned_for,
            draft_versions.c.zone,
            draft_versions.c.answering,
            scheduled_posts.c.publish_at,
            scheduled_posts.c.next_try_at,
            scheduled_posts.c.said,
            publications.c.at.label("published_at"),
            publications.c.address,
        )
        .join(draft_versions, current)
        .outerjoin(scheduled_posts, live)
        .outerjoin(publications, publications.c.draft_id == drafts.c.id)
        .where(drafts.c.state.in_(shown) | (publications.c.at > now - LOOK_BACK))
        .order_by(drafts.c.id)
    )


@dataclass(frozen=True)
class _About:
    """What is told of the posts beside their rows, by draft and read together: some statements for all of them.

    `off`: by channel, why it sends nothing. `scopes`: of the holds that are on.
    """

    signed: Mapping[int, tuple[Signature, ...]]
    cases: Mapping[int, Case]
    refusals: Mapping[int, tuple[str, ...]]
    moves: Mapping[int, tuple[str, str]]
    off: Mapping[str, str]
    scopes: tuple[Scope, ...]


def _about(tx: Tx, found: Sequence[RowMapping], known: dict[int, str]) -> _About:
    def of(*states: State) -> list[RowMapping]:
        return [row for row in found if state_of(row) in states]

    return _About(
        signed=signatures_of(tx, found, known),
        cases=cases(tx, of(State.IN_REVIEW)),
        refusals=refusals_of(tx, [row["id"] for row in of(State.BLOCKED, State.HELD)]),
        moves=last_moves(tx, [row["id"] for row in of(*TOLD_WHY)]),
        off={name: usable(tx, name) for name in {row["channel"] for row in found}},
        scopes=tuple(scope_of(hold) for hold in tx.rows(open_rows())),
    )


def _post(row: RowMapping, known: dict[int, str], about: _About, now: datetime) -> Post:
    state, number = state_of(row), row["id"]
    return Post(
        id=number,
        state=state,
        text=row["text"],
        platform=row["platform"],
        at=_at(row),
        zone=row["zone"],
        author=known[row["author_id"]],
        signed=tuple(one.name for one in about.signed[number] if one.decision == "approve"),
        standing=in_words(about.cases[number].standing, known) if state == State.IN_REVIEW else "",
        refusals=about.refusals.get(number, ()),
        why=_why(state, *about.moves.get(number, ("", ""))),
        holds=tuple(one for one in about.scopes if covers(one, facts_of(row))) if state == State.HELD else (),
        address=row["address"] or "",
        answering=row["answering"],
        waiting=waiting(row, state, about.off[row["channel"]], now),
    )


def _at(row: RowMapping) -> datetime | None:
    at: datetime | None = row["published_at"] or row["publish_at"] or row["planned_for"]
    return at


def _why(state: State, kind: str, said: str) -> str:
    """What was said with the move that brought it there."""
    if state == State.IN_REVIEW and kind != f"draft_{Move.BACK_TO_REVIEW.value}":
        return ""
    # Only a post that waited for a person's hands becomes unknown through a hold, whose name says nothing to people.
    by_hold = kind == "draft_hold" and said.startswith("hold ")
    return "A hold began while it waited to be posted by hand." if by_hold else said


def _in(posts: Sequence[Post], states: Sequence[State]) -> tuple[Post, ...]:
    return tuple(post for post in posts if post.state in states)


def _by_day(posts: Sequence[Post], person: Person) -> tuple[tuple[date, tuple[Post, ...]], ...]:
    days: dict[date, list[Post]] = {}
    for post in sorted((one for one in posts if one.at), key=lambda one: (one.at, one.id)):
        assert post.at is not None
        days.setdefault(post.at.astimezone(person.zone_info).date(), []).append(post)
    return tuple((day, tuple(found)) for day, found in sorted(days.items()))


def _hold(tx: Tx, hold: OpenHold, under: Under, person: Person, known: dict[int, str]) -> HoldView:
    rows = tx.rows(select(hold_lifts).where(hold_lifts.c.hold_id == hold.id).order_by(hold_lifts.c.at))
    same = same_people(tx)
    given = {same[row["person_id"]] for row in rows}
    return HoldView(
        hold=hold,
        under=under,
        said=tuple((known[row["person_id"]], row["why"]) for row in rows),
        can_agree=may(person.role, "lift_hold") and same[person.id] not in given,
        over=hold.planned_end is not None and hold.planned_end <= tx.now,
    )
