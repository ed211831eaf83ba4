"""Holds: the brake. Opened by a rule or by one person at once, lifted only by two.

While a hold is on, posts that it covers are `held`. When the last hold over a post is lifted it goes back to review
with the reason, its signatures void, whatever its time: nothing fires at the end of a hold by itself. A planned end
is a reminder for people, it lifts nothing. What is held is read in `held`; what the rules open is in `holds_by_rule`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import RowMapping, insert, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import hold_lifts, holds
from scoring.contract import Reason, Scope
from workflow import brand as brands
from workflow import telling
from workflow.access import require, same_people
from workflow.held import OpenHold as OpenHold
from workflow.held import Preview, agreed, in_states, open_rows, preview, under
from workflow.held import covering as covering
from workflow.held import held_posts as held_posts
from workflow.held import open_holds as open_holds
from workflow.held import scope_of as scope_of
from workflow.holding import hold_if_covered as hold_if_covered
from workflow.holding import open_hold
from workflow.holds_by_rule import heed as heed
from workflow.holds_by_rule import open_by_rule as open_by_rule
from workflow.holds_by_rule import watch as watch
from workflow.lifecycle import draft_row, facts_of, send_all, state_of
from workflow.rules.drafts import State
from workflow.rules.holds import AFTER_LAST_LIFT, Agreement, Lifted, NeedsAnother, check_scope, covers, lift_outcome

# How long "pause" waits for posts that were already on their way to arrive, so that it can say what became of them.
DRAIN_SECONDS = 5.0
PAUSED = Reason("paused_by_person", "A person paused publishing.")


def would_catch(store: Store, scope: Scope) -> Preview:
    """What a hold with this scope would meet now; shown before the second click."""
    with store.read() as tx:
        return preview(tx, scope)


@dataclass(frozen=True)
class Paused:
    """What a pause did: drafts it stopped, and drafts that were already on their way when it began.

    `became`: where each of those was when the pause returned; still `publishing` means that it is on its way yet.
    """

    hold_id: int
    stopped: tuple[int, ...]
    leaving: tuple[int, ...]
    became: Mapping[int, State]


def open_by_person(store: Store, token: str, scope: Scope, note: str, planned_end: datetime | None = None) -> Paused:
    """Pause at once. Needs no second person: silence is safe.

    When it returns no post begins to leave any more. Those whose request had begun before are waited for, a few
    seconds at most, and named in `leaving`.
    """
    with store.write() as tx:
        hold_id, stopped = _open_now(tx, require(tx, token, "open_hold").actor, scope, note, planned_end)
    met = _drained(store, scope)
    return Paused(hold_id, stopped, tuple(met), met)


def open_by_operator(
    store: Store, operator: events.Actor, scope: Scope, note: str, lasting: timedelta | None = None
) -> Paused:
    """The same from a terminal of the machine itself, where nobody is signed in."""
    with store.write() as tx:
        planned_end = None if lasting is None else tx.now + lasting
        hold_id, stopped = _open_now(tx, operator, scope, note, planned_end)
    met = _drained(store, scope)
    return Paused(hold_id, stopped, tuple(met), met)


def _drained(store: Store, scope: Scope) -> dict[int, State]:
    """The covered drafts that were on their way, and what had become of each when all had arrived or patience ended."""
    patience = Event()
    met: dict[int, State] = {}
    for _ in range(max(int(DRAIN_SECONDS / 0.1), 1)):
        with store.read() as tx:
            leaving = [row["id"] for row in in_states(tx, (State.PUBLISHING,)) if covers(scope, facts_of(row))]
            met |= dict.fromkeys(leaving, State.PUBLISHING)
            met = {one: state_of(draft_row(tx, one)) for one in sorted(met)}
        if not leaving:
            break
        patience.wait(0.1)
    return met


def _open_now(
    tx: Tx, actor: events.Actor, scope: Scope, note: str, planned_end: datetime | None
) -> tuple[int, tuple[int, ...]]:
    check_scope(scope)
    if planned_end is not None and planned_end <= tx.now:
        raise BadInput("The planned end has passed already. Choose a later one, or leave it open.")
    return open_hold(tx, actor, brands.the_brand(tx).id, scope, (PAUSED,), "person", note, planned_end)


def lift(store: Store, token: str, hold_id: int, why: str, seen: str) -> bool:
    """Agree to lift a hold. True when this was the last agreement that was wanted, and the hold is off.

    `seen`: the stamp of the reasons and posts that the person had on the screen (`held.what_is_held`); Refused when
    either is another by now.
    """
    if not why.strip():
        raise BadInput("Say why it is right to speak again: the second person will read it.")
    with store.write() as tx:
        person = require(tx, token, "lift_hold", fresh=True)
        row = tx.row(open_rows().where(holds.c.id == hold_id))
        if row is None:
            raise Refused("This hold is off already.", ("wrong_state",))
        _refuse_unseen(seen, under(tx, row).stamp)
        given, me = agreed(tx, hold_id), same_people(tx)[person.id]
        if me in {one.human for one in given}:
            wanted = lift_outcome(row["opened_by"], given)
            if isinstance(wanted, NeedsAnother):
                raise Refused(f"You have agreed already. {wanted.text}", ("second_person_needed",))
            # An agreement counts again (its account was restored, or is somebody else's after all): this completes it.
            _let_go(tx, person.actor, row, why.strip())
            return True
        outcome = lift_outcome(row["opened_by"], [*given, Agreement(person.id, me, person.role)])
        values = {"person_id": person.id, "at": tx.now, "why": why.strip(), "role": person.role.value}
        tx.run(insert(hold_lifts).values(hold_id=hold_id, **values))
        detail = {"role": person.role.value, "seen": seen}
        events.append(tx, person.actor, "hold_lift_agreed", "hold", hold_id, why=why.strip(), detail=detail)
        if not isinstance(outcome, Lifted):
            return False
        _let_go(tx, person.actor, row, why.strip())
        return True


def _refuse_unseen(seen: str, stamp: str) -> None:
    """What a person agrees to is what they had before their eyes."""
    if seen == stamp:
        return
    if seen.partition(".")[0] != stamp.partition(".")[0]:
        said = "New evidence came in since you looked, or a warning ended. Read it first, then agree."
    else:
        said = "The posts that this hold stops have changed since you looked. Read the list first, then agree."
    raise Refused(said, ("content_changed",))


def _let_go(tx: Tx, actor: events.Actor, hold: RowMapping, why: str) -> None:
    """The hold is off. What nothing holds any more goes back to review, and says what had stopped it."""
    tx.run(update(holds).where(holds.c.id == hold["id"]).values(lifted_at=tx.now))
    events.append(tx, actor, "hold_lifted", "hold", hold["id"], before="open", after="lifted", why=why)
    stopped_by = " ".join(dict.fromkeys(reason["text"] for reason in hold["reasons"]))
    detail = {"hold": hold["id"], "reasons": sorted({reason["code"] for reason in hold["reasons"]})}
    others = [scope_of(row) for row in tx.rows(open_rows())]
    held = in_states(tx, (State.HELD,))
    free = [row for row in held if not any(covers(scope, facts_of(row)) for scope in others)]
    telling.hold_lifted(tx, hold["id"], actor, len(free))
    said = f"A hold over it was lifted; two people look at it again. It had stopped because: {stopped_by}"
    send_all(tx, actor, free, AFTER_LAST_LIFT, why=said, detail=detail)
