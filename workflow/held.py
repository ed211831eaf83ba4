"""What is held, read: the holds that are on, the posts under each, and who has agreed to let go.

Apart from `hold`, which opens and lifts: the banner, the gate and the pages only ask. What a person has on the screen
when they agree to lift – the reasons and the posts, with their content – has one short name here, its stamp.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import RowMapping, Select, func, select

from data.storage.store import Tx
from data.storage.tables import draft_versions, drafts, hold_lifts, holds, people, scheduled_posts
from scoring.contract import Reason, Scope
from workflow.access import same_people
from workflow.lifecycle import facts_of
from workflow.rules.drafts import State
from workflow.rules.holds import Agreement, NeedsAnother, covers, lift_outcome
from workflow.rules.roles import Role


@dataclass(frozen=True)
class OpenHold:
    """A hold that is on. `lifted_by`: who has agreed to lift it so far; `wanted`: whose agreement is missing."""

    id: int
    scope: Scope
    origin: str
    reasons: tuple[Reason, ...]
    note: str
    opened_by: str
    opened_at: datetime
    planned_end: datetime | None
    lifted_by: tuple[str, ...]
    wanted: str


@dataclass(frozen=True)
class HeldPost:
    """A post that a hold stops or would stop: enough to recognise it by."""

    id: int
    state: State
    platform: str
    at: datetime | None
    text: str


@dataclass(frozen=True)
class Under:
    """The posts under one hold. `stamp` names them and the hold's reasons: it changes when either does.

    `leaving`: on their way when it opened and not settled yet; it does not stop those.
    """

    posts: tuple[HeldPost, ...]
    leaving: tuple[HeldPost, ...]
    stamp: str


def open_rows() -> Select[Any]:
    """The holds that are on, oldest first."""
    return select(holds).where(holds.c.lifted_at.is_(None)).order_by(holds.c.id)


def scope_of(row: RowMapping) -> Scope:
    """The scope a hold row stands for."""
    return Scope(row["scope_kind"], row["scope_value"])


def covering(tx: Tx, draft: RowMapping) -> tuple[RowMapping, ...]:
    """The open holds that cover a draft."""
    facts = facts_of(draft)
    return tuple(row for row in tx.rows(open_rows()) if covers(scope_of(row), facts))


def open_holds(tx: Tx) -> tuple[OpenHold, ...]:
    """All holds that are on, oldest first. Cheap: every page asks this every few seconds."""
    rows = tx.rows(open_rows())
    if not rows:
        return ()
    names = {row["id"]: row["display_name"] for row in tx.rows(select(people.c.id, people.c.display_name))}
    return tuple(_open_hold(tx, row, names) for row in rows)


def _open_hold(tx: Tx, row: RowMapping, names: Mapping[int, str]) -> OpenHold:
    given = agreed(tx, row["id"])
    outcome = lift_outcome(row["opened_by"], given)
    return OpenHold(
        id=row["id"],
        scope=scope_of(row),
        origin=row["origin"],
        reasons=tuple(Reason(**reason) for reason in row["reasons"]),
        note=row["note"],
        opened_by=names.get(row["opened_by"], "Tact"),
        opened_at=row["opened_at"],
        planned_end=row["planned_end"],
        lifted_by=tuple(names[one.person_id] for one in given),
        wanted=outcome.text if isinstance(outcome, NeedsAnother) else "",
    )


def agreed(tx: Tx, hold_id: int) -> list[Agreement]:
    """Who has agreed so far, of those who still work here, in the role they had then; two accounts may be one human."""
    rows = tx.rows(
        select(hold_lifts.c.person_id, hold_lifts.c.role)
        .join(people, people.c.id == hold_lifts.c.person_id)
        .where(hold_lifts.c.hold_id == hold_id, people.c.active)
        .order_by(hold_lifts.c.at)
    )
    same = same_people(tx) if rows else {}
    # No role: agreed before roles were kept. It counts, but as no manager's.
    return [_agreement(row, same) for row in rows]


def _agreement(row: RowMapping, same: Mapping[int, int]) -> Agreement:
    return Agreement(row["person_id"], same[row["person_id"]], Role(row["role"]) if row["role"] else None)


def held_posts(tx: Tx) -> int:
    """How many posts are stopped right now, whatever number of holds covers each."""
    return int(tx.value(select(func.count()).where(drafts.c.state == State.HELD.value)))


def still_leaving(tx: Tx) -> int:
    """How many posts are on their way yet that an open hold covers: they began before it did."""
    scopes = [scope_of(row) for row in tx.rows(open_rows())]
    going = in_states(tx, (State.PUBLISHING,)) if scopes else ()
    return sum(any(covers(scope, facts_of(row)) for scope in scopes) for row in going)


def what_is_held(tx: Tx) -> dict[int, Under]:
    """The posts under each hold that is on, with the stamp of what stands on the screen, by the hold's id."""
    met = in_states(tx, (State.HELD, State.PUBLISHING))
    return {row["id"]: _under(row, met) for row in tx.rows(open_rows())}


def under(tx: Tx, hold: RowMapping) -> Under:
    """The posts under one hold."""
    return _under(hold, in_states(tx, (State.HELD, State.PUBLISHING)))


def _under(hold: RowMapping, met: Sequence[RowMapping]) -> Under:
    scope = scope_of(hold)
    covered = [row for row in met if covers(scope, facts_of(row))]
    found = [row for row in covered if row["state"] == State.HELD.value]
    leaving = [row for row in covered if row["state"] != State.HELD.value]
    reasons = _digest(sorted([reason["code"], reason["text"], reason["evidence"]] for reason in hold["reasons"]))
    posts = _digest(sorted([row["id"], row["content_hash"]] for row in found))
    return Under(tuple(map(_post, found)), tuple(map(_post, leaving)), f"{reasons}.{posts}")


def caught(tx: Tx, scope: Scope, states: Sequence[State]) -> tuple[HeldPost, ...]:
    """The posts in these states that a hold with this scope covers."""
    return tuple(_post(row) for row in in_states(tx, states) if covers(scope, facts_of(row)))


@dataclass(frozen=True)
class Preview:
    """What a hold would catch now. `held`: stopped by another hold already; `by_hand`: somebody may be posting it;

    `leaving`: on its way, too late to stop.
    """

    stops: tuple[HeldPost, ...]
    held: tuple[HeldPost, ...]
    by_hand: tuple[HeldPost, ...]
    leaving: tuple[HeldPost, ...]


def preview(tx: Tx, scope: Scope) -> Preview:
    """The posts that a hold with this scope would meet now, by what becomes of them; read before the second click."""
    return Preview(
        stops=caught(tx, scope, (State.SCHEDULED,)),
        held=caught(tx, scope, (State.HELD,)),
        by_hand=caught(tx, scope, (State.BY_HAND,)),
        leaving=caught(tx, scope, (State.PUBLISHING,)),
    )


def in_states(tx: Tx, states: Sequence[State]) -> Sequence[RowMapping]:
    """The drafts in these states, with their time on the schedule and their words."""
    live = (scheduled_posts.c.draft_id == drafts.c.id) & scheduled_posts.c.closed_at.is_(None)
    current = (draft_versions.c.draft_id == drafts.c.id) & (draft_versions.c.number == drafts.c.number)
    return tx.rows(
        select(drafts, scheduled_posts.c.publish_at, draft_versions.c.text)
        .join(draft_versions, current)
        .outerjoin(scheduled_posts, live)
        .where(drafts.c.state.in_([state.value for state in states]))
        .order_by(drafts.c.id)
    )


def _post(row: RowMapping) -> HeldPost:
    return HeldPost(row["id"], State(row["state"]), row["platform"], row["publish_at"], row["text"])


def _digest(words: Iterable[object]) -> str:
    return sha256(json.dumps(list(words)).encode()).hexdigest()[:16]
