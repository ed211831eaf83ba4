"""Holds: the brake. Opened by a rule or by one person at once, lifted only by two.

While a hold is on, posts that it covers are `held`. When the last hold over a post is lifted, a post whose time is
still to come goes back on the schedule; one whose time has passed goes back to review: a lifted hold never fires
a burst. A planned end is a reminder for people, it lifts nothing by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy import RowMapping, Select, delete, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import drafts, hold_lifts, holds, people, scheduled_posts
from scoring.contract import HoldCall, Reason, Scope, TextScorer
from scoring.judge import holds_called_for
from scoring.warnings import ended
from workflow import brand as brands
from workflow import endings
from workflow.access import require, same_people
from workflow.judge import dark_news, label_news, recent_warnings
from workflow.lifecycle import facts_of, send_to
from workflow.rules.drafts import Move, State
from workflow.rules.holds import Lifted, after_lift, check_scope, covers, lift_outcome

# The guide keeps promotional content back for 24 hours after a tragedy; two people may lift earlier or later.
BLACKOUT = timedelta(hours=24)
# How far back a look reaches, by when we took an item in (ours): a worker that was down for a day misses nothing.
LOOK_BACK = timedelta(hours=24)
# How long "pause" waits for posts that were already on their way to arrive, so that it can say what became of them.
DRAIN_SECONDS = 5.0
PAUSED = Reason("paused_by_person", "A person paused publishing.")


@dataclass(frozen=True)
class OpenHold:
    """A hold that is on, as pages show it. `lifted_by` are those who have agreed to lift it so far."""

    id: int
    scope: Scope
    origin: str
    reasons: tuple[Reason, ...]
    note: str
    opened_by: str
    opened_at: datetime
    planned_end: datetime | None
    lifted_by: tuple[str, ...]
    posts: int


def open_holds(tx: Tx) -> tuple[OpenHold, ...]:
    """All holds that are on, oldest first."""
    names = {row["id"]: row["display_name"] for row in tx.rows(select(people.c.id, people.c.display_name))}
    lifts: dict[int, list[str]] = {}
    for row in tx.rows(select(hold_lifts).order_by(hold_lifts.c.at)):
        lifts.setdefault(row["hold_id"], []).append(names[row["person_id"]])
    waiting = _in_states(tx, (State.SCHEDULED, State.HELD))
    return tuple(
        OpenHold(
            id=row["id"],
            scope=scope_of(row),
            origin=row["origin"],
            reasons=tuple(Reason(**reason) for reason in row["reasons"]),
            note=row["note"],
            opened_by=names.get(row["opened_by"], "Tact"),
            opened_at=row["opened_at"],
            planned_end=row["planned_end"],
            lifted_by=tuple(lifts.get(row["id"], ())),
            posts=sum(covers(scope_of(row), facts_of(draft)) for draft in waiting),
        )
        for row in tx.rows(_open())
    )


def held_posts(tx: Tx) -> int:
    """How many posts are stopped right now, whatever number of holds covers each."""
    return len(_in_states(tx, (State.HELD,)))


def scope_of(row: RowMapping) -> Scope:
    """The scope a hold row stands for."""
    return Scope(row["scope_kind"], row["scope_value"])


def covering(tx: Tx, draft: RowMapping) -> tuple[RowMapping, ...]:
    """The open holds that cover a draft."""
    facts = facts_of(draft)
    return tuple(row for row in tx.rows(_open()) if covers(scope_of(row), facts))


def would_hold(store: Store, scope: Scope) -> int:
    """How many waiting posts a hold with this scope would stop; shown before the second click."""
    with store.read() as tx:
        return sum(covers(scope, facts_of(draft)) for draft in _in_states(tx, (State.SCHEDULED, State.HELD)))


@dataclass(frozen=True)
class Paused:
    """What a pause did: drafts it stopped, and drafts that were already on their way when it began."""

    hold_id: int
    stopped: tuple[int, ...]
    leaving: tuple[int, ...]


def open_by_person(store: Store, token: str, scope: Scope, note: str, planned_end: datetime | None = None) -> Paused:
    """Pause at once. Needs no second person: silence is safe.

    When it returns no post begins to leave any more. Those whose request had begun before are waited for, a few
    seconds at most, and named in `leaving`.
    """
    with store.write() as tx:
        hold_id, stopped = _open_now(tx, require(tx, token, "open_hold").actor, scope, note, planned_end)
    return Paused(hold_id, stopped, _drained(store, scope))


def open_by_operator(store: Store, operator: events.Actor, scope: Scope, note: str) -> Paused:
    """The same from a terminal of the machine itself, where nobody is signed in."""
    with store.write() as tx:
        hold_id, stopped = _open_now(tx, operator, scope, note, None)
    return Paused(hold_id, stopped, _drained(store, scope))


def _drained(store: Store, scope: Scope) -> tuple[int, ...]:
    """The covered drafts that were on their way, once they have arrived or the patience is over."""
    patience = Event()
    seen: set[int] = set()
    for _ in range(int(DRAIN_SECONDS / 0.1)):
        with store.read() as tx:
            leaving = {row["id"] for row in _in_states(tx, (State.PUBLISHING,)) if covers(scope, facts_of(row))}
        seen |= leaving
        if not leaving:
            break
        patience.wait(0.1)
    return tuple(sorted(seen))


def _open_now(
    tx: Tx, actor: events.Actor, scope: Scope, note: str, planned_end: datetime | None
) -> tuple[int, tuple[int, ...]]:
    check_scope(scope)
    if planned_end is not None and planned_end <= tx.now:
        raise BadInput("The planned end has passed already. Choose a later one, or leave it open.")
    return _open_hold(tx, actor, brands.the_brand(tx).id, scope, (PAUSED,), "person", note, planned_end)


def open_by_rule(tx: Tx, brand_id: int, call: HoldCall) -> int | None:
    """Open the hold that the rules call for. None when one of theirs that is as wide and as grave is on already.

    The evidence is then added to that one, and whoever had agreed to lift it is asked again: the two who lift a hold
    have read everything it stands for.
    """
    wider = next((row for row in tx.rows(_open()) if _stands_for(row, call)), None)
    if wider is not None:
        _add_evidence(tx, wider, call)
        return None
    actor, end = events.THE_PRODUCT, tx.now + BLACKOUT
    hold_id, _ = _open_hold(tx, actor, brand_id, call.scope, call.reasons, "rule", "", end)
    return hold_id


def _stands_for(row: RowMapping, call: HoldCall) -> bool:
    """Whether a rule's hold covers all that the call asks for, for the same kinds of reason."""
    if row["origin"] != "rule" or {r.code for r in call.reasons} - {r["code"] for r in row["reasons"]}:
        return False
    scope = scope_of(row)
    if scope == call.scope or scope.kind == "everything":
        return True
    return scope.kind == call.scope.kind == "region" and call.scope.value.startswith(f"{scope.value}-")


def _add_evidence(tx: Tx, hold: RowMapping, call: HoldCall) -> None:
    called = {_key(reason) for reason in call.reasons}
    # A warning that had ended and is in force again is news: those who had agreed without it are asked again.
    kept = [r for r in hold["reasons"] if not (endings.is_marked(r) and _key(Reason(**r)) in called)]
    known = {_key(Reason(**reason)) for reason in kept}
    fresh = [asdict(reason) for reason in call.reasons if _key(reason) not in known]
    if fresh:
        tx.run(update(holds).where(holds.c.id == hold["id"]).values(reasons=[*kept, *fresh]))
        withdrawn = tx.run(delete(hold_lifts).where(hold_lifts.c.hold_id == hold["id"]))
        detail = {"reasons": fresh, "agreements_withdrawn": withdrawn}
        events.append(tx, events.THE_PRODUCT, "hold_evidence_added", "hold", hold["id"], detail=detail)


def watch(store: Store, scorer: TextScorer) -> tuple[int, ...]:
    """Read the breaking news and warnings, and open every hold they call for. The new holds' ids.

    A headline or warning that stands in a hold which two people lifted calls for nothing again; any other does,
    whenever it was taken in. A warning that has ended calls for nothing, and is named so on the holds that are on.
    """
    label_news(store, scorer)
    with store.read() as tx:
        brand = brands.the_brand(tx)
        news, warnings = dark_news(tx, tx.now - LOOK_BACK), recent_warnings(tx)
        now = tx.now
        over = ended(warnings, now)
        unnamed = endings.to_name(tx, over)
    calls = holds_called_for(scorer, news, warnings, brand.profile, now)
    if not calls and not unnamed:
        return ()
    with store.write() as tx:
        endings.name(tx, over)
        settled = _settled(tx)
        new = [HoldCall(call.scope, tuple(r for r in call.reasons if _key(r) not in settled)) for call in calls]
        opened = [open_by_rule(tx, brand.id, call) for call in sorted(new, key=_narrowness) if call.reasons]
    return tuple(hold_id for hold_id in opened if hold_id is not None)


def _settled(tx: Tx) -> set[tuple[str, str]]:
    """The evidence of every hold that was lifted lately: two people have read it and decided."""
    lately = select(holds.c.reasons).where(holds.c.lifted_at > tx.now - 2 * LOOK_BACK)
    return {_key(Reason(**reason)) for row in tx.rows(lately) for reason in row["reasons"]}


def _key(reason: Reason) -> tuple[str, str]:
    return reason.code, reason.evidence


def _narrowness(call: HoldCall) -> tuple[int, int]:
    """Wide scopes first: what they stand for needs no narrower hold beside them."""
    return (0 if call.scope.kind == "everything" else 1, len(call.scope.value))


def _open_hold(
    tx: Tx,
    actor: events.Actor,
    brand_id: int,
    scope: Scope,
    reasons: Sequence[Reason],
    origin: str,
    note: str,
    planned_end: datetime | None,
) -> tuple[int, tuple[int, ...]]:
    words = [asdict(reason) for reason in reasons]
    hold_id = tx.insert(
        insert(holds).values(
            brand_id=brand_id,
            scope_kind=scope.kind,
            scope_value=scope.value,
            origin=origin,
            reasons=words,
            note=note.strip(),
            opened_by=actor.id,
            opened_at=tx.now,
            planned_end=planned_end,
        )
    )
    detail = {"scope": asdict(scope), "reasons": words}
    events.append(tx, actor, "hold_opened", "hold", hold_id, after="open", why=note, detail=detail)
    codes = sorted({reason.code for reason in reasons})
    # A post handed to a person may be out already: the hold turns it into a question instead of claiming to stop it.
    stoppable = _in_states(tx, (State.SCHEDULED, State.BY_HAND))
    stopped = [row for row in stoppable if covers(scope, facts_of(row))]
    for row in stopped:
        send_to(tx, actor, row, Move.HOLD, why=f"hold {hold_id}", detail={"hold": hold_id, "reasons": codes})
    return hold_id, tuple(row["id"] for row in stopped)


def hold_if_covered(tx: Tx, draft: RowMapping) -> bool:
    """A post that comes onto the schedule while a hold is on is held from its first instant."""
    found = covering(tx, draft)
    if found:
        codes = sorted({reason["code"] for row in found for reason in row["reasons"]})
        detail = {"hold": found[0]["id"], "reasons": codes}
        send_to(tx, events.THE_PRODUCT, draft, Move.HOLD, why=f"hold {found[0]['id']}", detail=detail)
    return bool(found)


def lift(store: Store, token: str, hold_id: int, why: str, seen_reasons: int | None = None) -> bool:
    """Agree to lift a hold. True when this was the second person, and the hold is off.

    `seen_reasons`: how many reasons the person had on the screen; Refused when there are more by now.
    """
    if not why.strip():
        raise BadInput("Say why it is right to speak again: the second person will read it.")
    with store.write() as tx:
        person = require(tx, token, "lift_hold", fresh=True)
        row = tx.row(_open().where(holds.c.id == hold_id))
        if row is None:
            raise Refused("This hold is off already.", ("wrong_state",))
        if seen_reasons is not None and len(row["reasons"]) != seen_reasons:
            raise Refused("New evidence came in since you looked. Read it first.", ("content_changed",))
        given = _agreed(tx, hold_id)
        me = same_people(tx)[person.id]
        if me in given:
            raise Refused("You have agreed already. A second person must agree too.", ("second_person_needed",))
        tx.run(insert(hold_lifts).values(hold_id=hold_id, person_id=person.id, at=tx.now, why=why.strip()))
        events.append(tx, person.actor, "hold_lift_agreed", "hold", hold_id, why=why.strip())
        if not isinstance(lift_outcome(row["opened_by"], [*given, me]), Lifted):
            return False
        tx.run(update(holds).where(holds.c.id == hold_id).values(lifted_at=tx.now))
        events.append(tx, person.actor, "hold_lifted", "hold", hold_id, before="open", after="lifted", why=why.strip())
        _release(tx, person.actor, hold_id)
        return True


def _agreed(tx: Tx, hold_id: int) -> list[int]:
    """Who has agreed so far, of those who still work here. By people: two accounts may be one."""
    same = same_people(tx)
    rows = tx.rows(
        select(hold_lifts.c.person_id)
        .join(people, people.c.id == hold_lifts.c.person_id)
        .where(hold_lifts.c.hold_id == hold_id, people.c.active)
        .order_by(hold_lifts.c.at)
    )
    return [same[row["person_id"]] for row in rows]


def _release(tx: Tx, actor: events.Actor, hold_id: int) -> None:
    free = [row for row in _in_states(tx, (State.HELD,)) if not covering(tx, row)]
    by_id = {row["id"]: row for row in free}
    for draft_id, move in after_lift([(row["id"], row["publish_at"]) for row in free], tx.now):
        send_to(tx, actor, by_id[draft_id], move, why=f"hold {hold_id} was lifted")


def _open() -> Select[Any]:
    return select(holds).where(holds.c.lifted_at.is_(None)).order_by(holds.c.id)


def _in_states(tx: Tx, states: Sequence[State]) -> Sequence[RowMapping]:
    return tx.rows(
        select(drafts, scheduled_posts.c.publish_at)
        .outerjoin(
            scheduled_posts,
            (scheduled_posts.c.draft_id == drafts.c.id) & scheduled_posts.c.closed_at.is_(None),
        )
        .where(drafts.c.state.in_([state.value for state in states]))
        .order_by(drafts.c.id)
    )
