"""What an import of history would bring, for the page and the terminal alike: in figures, before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from data.storage.events import Actor
from data.storage.store import Store, Tx
from data.storage.tables import monitors, topics
from monitors.spikes import SpikeRule
from monitors.watch import judge_topic
from workflow import history
from workflow.history import Imported, Plan
from workflow.history_file import Counted


@dataclass(frozen=True)
class Preview:
    """What would come in, and what would then be usual for each of it, in a sentence."""

    plans: tuple[Plan, ...]
    usual: tuple[str, ...]


def preview(store: Store, who: str | Actor, rows: Sequence[Counted], monitor_id: int | None) -> Preview:
    """BadInput for rows that cannot be imported. Nothing is stored: the import is tried and rolled back.

    `who`: the token of the person who asks, or the operator.
    """
    given = history.in_order(rows, monitor_id)
    with store.read() as tx:
        plans = history.plan(tx, given)
    return Preview(plans, tuple(history.tried(store, who, given, _usual)))


def _usual(tx: Tx, plan: Plan) -> str:
    row = tx.row(
        select(monitors.c.floor, topics.c.id)
        .join(topics, topics.c.monitor_id == monitors.c.id)
        .where(monitors.c.id == plan.monitor_id)
    )
    assert row is not None
    spike = judge_topic(tx, row["id"], SpikeRule(floor=float(row["floor"])))
    if spike.state == "learning" or spike.baseline is None or spike.band is None:
        return spike.why
    low, high = spike.band
    return f"The usual at this hour would be {spike.baseline:,.1f} (most hours {low:,.1f} to {high:,.1f})."


def told(plan: Plan) -> str:
    """A plan in one sentence, times in UTC."""
    span = f"{plan.first:%Y-%m-%d %H:%M} to {plan.last:%Y-%m-%d %H:%M} UTC"
    said = f"{len(plan.rows):,} rows, {span}, {plan.hours:,} hours, {plan.mean:,.1f} uses an hour on average."
    if plan.replaced:
        said += f" {plan.replaced:,} hours that were imported before are replaced."
    if plan.live:
        said += f" {plan.live:,} rows are left out: Tact has counted those hours itself."
    if plan.old:
        said += f" {plan.old:,} rows are left out: they are older than Tact looks back."
    return said


def there(store: Store) -> tuple[tuple[int, str, Imported | None], ...]:
    """Every monitor with what was imported for it."""
    with store.read() as tx:
        rows = tx.rows(select(monitors.c.id, monitors.c.name).order_by(monitors.c.id))
        return tuple((row["id"], row["name"], history.imported(tx, row["id"])) for row in rows)
