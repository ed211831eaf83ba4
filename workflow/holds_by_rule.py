"""Holds that nobody has to think of: opened by breaking news, official warnings, verdicts and the brand's own trouble.

Beside `hold`, where people open and lift. What was lifted by two people is not opened again for the same evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import RowMapping, select, update

from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import holds
from scoring.contract import HoldCall, Reason, TextScorer
from scoring.judge import holds_called_for
from scoring.warnings import ended
from workflow import brand as brands
from workflow import endings
from workflow.blackout import blackout
from workflow.called_for import by_crisis, by_verdicts
from workflow.held import open_rows, scope_of
from workflow.holding import ask_again, open_hold
from workflow.judge import dark_news, label_news, recent_warnings
from workflow.rules.holds import stands_for

# How far back a look reaches, by when we took an item in (ours): a worker that was down for a day misses nothing.
LOOK_BACK = timedelta(hours=24)


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
    hold_id, _ = open_hold(tx, events.THE_PRODUCT, brand_id, call.scope, call.reasons, "rule", "", end)
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
        detail = {"reasons": fresh, "agreements_withdrawn": ask_again(tx, hold["id"])}
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
