"""The holdout: a random share of go moments is left alone on purpose, so that speaking can be compared with silence.

The draw is made in the transaction that decides a moment, before a word is written: nobody can choose which moments
are quiet. Off unless a manager switches it on. Anybody who leads may speak all the same, with a reason; the moment
then still counts as one that was drawn for silence (`workflow.rules.lift` says why).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, func, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import (
    brands,
    drafts,
    holdouts,
    hour_counts,
    monitors,
    opportunities,
    people,
    publications,
    topics,
)
from workflow.access import require
from workflow.rules.lift import MOST_SHARE, Lift, Outcome, is_silent, lift

SETTING = "holdout_share"
# What is compared: the day after a decision, with the same hours of up to four weeks before (ours).
AFTER = timedelta(days=1)
WEEKS = 4
# A reason that somebody can read in a year (ours).
LEAST_REASON = 10

_random = secrets.SystemRandom()


@dataclass(frozen=True)
class Silence:
    """A moment that was drawn to be left alone, and who spoke all the same, if anybody did."""

    at: datetime
    share: float
    overridden_by: str
    reason: str

    @property
    def stands(self) -> bool:
        return not self.overridden_by


def share_of(tx: Tx) -> float:
    """The share of go moments that is left alone; 0 unless a manager chose one."""
    settings = tx.value(select(brands.c.settings).order_by(brands.c.id).limit(1)) or {}
    return float(settings.get(SETTING, 0.0))


def set_share(store: Store, token: str, share: float, seen: float) -> None:
    """Choose the share from now on; 0 switches it off. Moments that were drawn stay as they are.

    `seen` is what stood on the screen. BadInput outside 0 to a half.
    """
    if not 0 <= share <= MOST_SHARE:
        raise BadInput(f"Choose a share between 0 and {MOST_SHARE:.0%}.")
    with store.write() as tx:
        person = require(tx, token, "experiment")
        row = tx.row(select(brands).order_by(brands.c.id).limit(1))
        if row is None:
            raise BadInput("This workspace has no brand yet.")
        before = float(row["settings"].get(SETTING, 0.0))
        if before != seen:
            raise Refused("Somebody changed the share meanwhile. Look at it, then save yours.", ("stale_screen",))
        if share == before:
            return
        tx.run(update(brands).where(brands.c.id == row["id"]).values(settings={**row["settings"], SETTING: share}))
        events.append(
            tx, person.actor, "holdout_share_set", "brand", row["id"], before=f"{before:g}", after=f"{share:g}"
        )


def draw(tx: Tx, opportunity_id: int, chance: Callable[[], float] = _random.random) -> None:
    """Draw for a moment that has just been decided to be a go; once for each, and never after a word was written."""
    share = share_of(tx)
    if share == 0 or _row(tx, opportunity_id) is not None or _is_written_about(tx, opportunity_id):
        return
    drawn = chance()
    row = {"at": tx.now, "share": share, "draw": drawn, "silent": is_silent(drawn, share)}
    tx.run(insert(holdouts).values(opportunity_id=opportunity_id, **row))
    after = "silent" if row["silent"] else "speak"
    detail = {"share": share, "draw": drawn}
    events.append(tx, events.THE_PRODUCT, "holdout_drawn", "opportunity", opportunity_id, after=after, detail=detail)


def silence_over(tx: Tx, opportunity_id: int | None) -> Silence | None:
    """What the draw said of this moment; None where it may be spoken about as any other."""
    row = _row(tx, opportunity_id) if opportunity_id is not None else None
    if row is None or not row["silent"]:
        return None
    name = tx.value(select(people.c.display_name).where(people.c.id == row["overridden_by"]))
    return Silence(row["at"], row["share"], name or "", row["override_reason"])


def refuse_silent(tx: Tx, opportunity_id: int) -> None:
    """Refused (code `left_alone`) while the moment is to be left alone."""
    silence = silence_over(tx, opportunity_id)
    if silence is not None and silence.stands:
        raise Refused(
            f"This moment was drawn to be left alone ({silence.share:.0%} are), to learn what speaking is worth. A "
            "social lead or a manager can decide to speak all the same on the moment's page.",
            ("left_alone",),
        )


def speak_all_the_same(store: Store, token: str, opportunity_id: int, reason: str) -> None:
    """Somebody who leads decides that this one is not left alone. BadInput without a reason, Refused where it is not.

    It stays among the moments drawn for silence.
    """
    if len(reason.strip()) < LEAST_REASON:
        raise BadInput("Say in a sentence why this moment cannot be left alone.")
    with store.write() as tx:
        person = require(tx, token, "break_silence")
        silence = silence_over(tx, opportunity_id)
        if silence is None or not silence.stands:
            raise Refused("This moment may be written about already.", ("wrong_state",))
        values = {"overridden_by": person.id, "overridden_at": tx.now, "override_reason": reason.strip()}
        tx.run(update(holdouts).where(holdouts.c.opportunity_id == opportunity_id).values(**values))
        events.append(
            tx, person.actor, "holdout_overridden", "opportunity", opportunity_id,
            before="silent", after="speak", why=reason.strip(),
        )  # fmt: skip


def result(tx: Tx) -> Lift:
    """Speaking against silence, over every drawn moment whose day is over and whose usual day is known."""
    drawn = tx.rows(
        select(holdouts, opportunities.c.decided_at)
        .join(opportunities, opportunities.c.id == holdouts.c.opportunity_id)
        .where(holdouts.c.at <= tx.now - AFTER - timedelta(hours=1))  # the day begins with the next full hour
        .order_by(holdouts.c.opportunity_id)
    )
    if not drawn:
        return lift(())
    hours = _mentions(tx, min(row["at"] for row in drawn) - WEEKS * timedelta(days=7))
    spoken = _spoken(tx)
    found = (_outcome(row, hours, spoken) for row in drawn)
    return lift([one for one in found if one is not None])


def _outcome(row: RowMapping, hours: Mapping[datetime, int], spoken: frozenset[int]) -> Outcome | None:
    """None where nobody listened in the same hours of the weeks before."""
    first = min(hours, default=row["at"])
    began = row["at"].replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    usual = [began - timedelta(days=7 * week) for week in range(1, WEEKS + 1)]
    known = [_day(hours, start) for start in usual if start >= first]
    if not known:
        return None
    before, after = sum(known) / len(known), float(_day(hours, began))
    return Outcome(row["silent"], before, after, spoke=row["opportunity_id"] in spoken)


def _day(hours: Mapping[datetime, int], start: datetime) -> int:
    return sum(hours.get(start + timedelta(hours=one), 0) for one in range(AFTER // timedelta(hours=1)))


def _mentions(tx: Tx, since: datetime) -> dict[datetime, int]:
    """How often the brand itself was mentioned, by the hour."""
    rows = tx.rows(
        select(hour_counts.c.hour, func.sum(hour_counts.c.count).label("n"))
        .join(topics, topics.c.id == hour_counts.c.topic_id)
        .join(monitors, monitors.c.id == topics.c.monitor_id)
        .where(monitors.c.kind == "brand", hour_counts.c.hour >= since)
        .group_by(hour_counts.c.hour)
    )
    return {row["hour"]: int(row["n"]) for row in rows}


def _spoken(tx: Tx) -> frozenset[int]:
    rows: Sequence[RowMapping] = tx.rows(
        select(drafts.c.opportunity_id)
        .join(publications, publications.c.draft_id == drafts.c.id)
        .where(drafts.c.opportunity_id.in_(select(holdouts.c.opportunity_id)))
    )
    return frozenset(row["opportunity_id"] for row in rows)


def _row(tx: Tx, opportunity_id: int) -> RowMapping | None:
    return tx.row(select(holdouts).where(holdouts.c.opportunity_id == opportunity_id))


def _is_written_about(tx: Tx, opportunity_id: int) -> bool:
    return tx.value(select(drafts.c.id).where(drafts.c.opportunity_id == opportunity_id).limit(1)) is not None
