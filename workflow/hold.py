"""Holds: the brake. Opened by a rule or by one person at once, lifted only by two.

While a hold is on, posts that it covers are `held`. When the last hold over a post is lifted it goes back to review
with the reason, its signatures void, whatever its time: nothing fires at the end of a hold by itself. A planned end
is a reminder for people, it lifts nothing. What is held, and by what, is read in `held`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from threading import Event

from sqlalchemy import RowMapping, delete, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import hold_lifts, holds
from scoring.contract import HoldCall, Reason, Scope, TextScorer
from scoring.judge import holds_called_for
from scoring.warnings import ended
from workflow import brand as brands
from workflow import endings, telling
from workflow.access import require, same_people
from workflow.blackout import blackout
from workflow.called_for import by_crisis, by_verdicts
from workflow.held import OpenHold as OpenHold
from workflow.held import Preview, agreed, in_states, open_rows, preview, under
from workflow.held import covering as covering
from workflow.held import held_posts as held_posts
from workflow.held import open_holds as open_holds
from workflow.held import scope_of as scope_of
from workflow.judge import dark_news, label_news, recent_warnings
from workflow.lifecycle import facts_of, send_to
from workflow.rules.drafts import Move, State
from workflow.rules.holds import (
    AFTER_LAST_LIFT,
    Agreement,
    Lifted,
    NeedsAnother,
    check_scope,
    covers,
    lift_outcome,
    stands_for,
)

# How far back a look reaches, by when we took an item in (ours): a worker that was down for a day misses nothing.
LOOK_BACK = timedelta(hours=24)
# How long "pause" waits for posts that were already on their way to arrive, so that it can say what became of them.
DRAIN_SECONDS = 5.0
PAUSED = Reason("paused_by_person", "A person paused publishing.")


def would_catch(store: Store, scope: Scope) -> Preview:
    """What a hold with this scope would meet now; shown before the second click."""
    with store.read() as tx:
        return preview(tx, scope)


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


def open_by_operator(
    store: Store, operator: events.Actor, scope: Scope, note: str, lasting: timedelta | None = None
) -> Paused:
    """The same from a terminal of the machine itself, where nobody is signed in."""
    with store.write() as tx:
        planned_end = None if lasting is None else tx.now + lasting
        hold_id, stopped = _open_now(tx, operator, scope, note, planned_end)
    return Paused(hold_id, stopped, _drained(store, scope))


def _drained(store: Store, scope: Scope) -> tuple[int, ...]:
    """The covered drafts that were on their way, once they have arrived or the patience is over."""
    patience = Event()
    seen: set[int] = set()
    for _ in range(int(DRAIN_SECONDS / 0.1)):
        with store.read() as tx:
            leaving = {row["id"] for row in in_states(tx, (State.PUBLISHING,)) if covers(scope, facts_of(row))}
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
    wider = next((row for row in tx.rows(open_rows()) if _stands_for(row, call)), None)
    if wider is not None:
        _add_evidence(tx, wider, call)
        return None
    end = tx.now + blackout(tx)
    hold_id, _ = _open_hold(tx, events.THE_PRODUCT, brand_id, call.scope, call.reasons, "rule", "", end)
    return hold_id


def _stands_for(row: RowMapping, call: HoldCall) -> bool:
    """Whether a rule's hold covers all that the call asks for, for the same kinds of reason."""
    if row["origin"] != "rule" or {r.code for r in call.reasons} - {r["code"] for r in row["reasons"]}:
        return False
    return stands_for(scope_of(row), call.scope)


def _add_evidence(tx: Tx, hold: RowMapping, call: HoldCall) -> None:
    called = {_key(reason) for reason in call.reasons}
    # A warning that had ended and is in force again is news: those who had agreed without it are asked again.
    kept = [r for r in hold["reasons"] if not (endings.is_marked(r) and _key(Reason(**r)) in called)]
    known = {_key(Reason(**reason)) for reason in kept}
    fresh = [asdict(reason) for reason in call.reasons if _key(reason) not in known]
    if fresh:
        tx.run(update(holds).where(holds.c.id == hold["id"]).values(reasons=[*kept, *fresh]))
        detail = {"reasons": fresh, "agreements_withdrawn": _ask_again(tx, hold["id"])}
        events.append(tx, events.THE_PRODUCT, "hold_evidence_added", "hold", hold["id"], detail=detail)


def watch(store: Store, scorer: TextScorer) -> tuple[int, ...]:
    """Read the breaking news, the warnings and the brand's own state; open every hold they call for. The new ids.

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
        crisis = by_crisis(tx, brand.profile)
    calls = [*holds_called_for(scorer, news, warnings, brand.profile, now), *crisis]
    if not calls and not unnamed:
        return ()
    with store.write() as tx:
        endings.name(tx, over)
        return _open_called(tx, brand.id, calls)


def heed(store: Store) -> tuple[int, ...]:
    """Open every hold that the newest verdicts call for, where a scheduled post is about such a moment. The new ids.

    Asked after each round of judging; it writes nothing, and waits for nobody, while no verdict calls for one.
    """
    with store.read() as tx:
        if not _unsettled(tx, by_verdicts(tx)):
            return ()
    with store.write() as tx:
        return _open_called(tx, brands.the_brand(tx).id, by_verdicts(tx))


def _open_called(tx: Tx, brand_id: int, calls: Sequence[HoldCall]) -> tuple[int, ...]:
    opened = [open_by_rule(tx, brand_id, call) for call in sorted(_unsettled(tx, calls), key=_narrowness)]
    return tuple(hold_id for hold_id in opened if hold_id is not None)


def _unsettled(tx: Tx, calls: Sequence[HoldCall]) -> list[HoldCall]:
    """The calls with evidence that no two people have lifted a hold over; without what they had read already."""
    settled = _settled(tx) if calls else set()
    new = [HoldCall(call.scope, tuple(r for r in call.reasons if _key(r) not in settled)) for call in calls]
    return [call for call in new if call.reasons]


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
    stoppable = in_states(tx, (State.SCHEDULED, State.BY_HAND))
    stopped = [row for row in stoppable if covers(scope, facts_of(row))]
    for row in stopped:
        send_to(tx, actor, row, Move.HOLD, why=f"hold {hold_id}", detail={"hold": hold_id, "reasons": codes})
    telling.hold_opened(tx, hold_id, actor, len(stopped))
    return hold_id, tuple(row["id"] for row in stopped)


def hold_if_covered(tx: Tx, draft: RowMapping) -> bool:
    """A post that comes onto the schedule while a hold is on is held from its first instant."""
    found = covering(tx, draft)
    if found:
        codes = sorted({reason["code"] for row in found for reason in row["reasons"]})
        detail = {"hold": found[0]["id"], "reasons": codes}
        send_to(tx, events.THE_PRODUCT, draft, Move.HOLD, why=f"hold {found[0]['id']}", detail=detail)
    for row in found:
        withdrawn = _ask_again(tx, row["id"])
        if withdrawn:
            said = {"draft": draft["id"], "agreements_withdrawn": withdrawn}
            events.append(tx, events.THE_PRODUCT, "hold_posts_added", "hold", row["id"], detail=said)
    return bool(found)


def _ask_again(tx: Tx, hold_id: int) -> int:
    """Whoever had agreed to lift it had not seen what came under it since. How many agreements fell."""
    return tx.run(delete(hold_lifts).where(hold_lifts.c.hold_id == hold_id))


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
            missing = wanted.text if isinstance(wanted, NeedsAnother) else ""
            raise Refused(f"You have agreed already. {missing}".strip(), ("second_person_needed",))
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
    free = [row for row in in_states(tx, (State.HELD,)) if not covering(tx, row)]
    telling.hold_lifted(tx, hold["id"], actor, len(free))
    for row in free:
        said = f"A hold over it was lifted; two people look at it again. It had stopped because: {stopped_by}"
        send_to(tx, actor, row, AFTER_LAST_LIFT, why=said, detail=detail)
