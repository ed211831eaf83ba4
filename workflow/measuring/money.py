"""What an interaction costs without money behind it: the programme's month over what thirty days brought by themselves.

Beside `spend`, where the money behind single publications is entered. What the programme costs in a month (people,
tools) no machine knows: a manager enters it, in the currency that the brand counts in, and may change it at any time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from data.errors import BadInput
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import brands, engagement_marks, publications, spends
from workflow.access import require
from workflow.measuring.spend import MOST, Spent, currency_of
from workflow.rules.questions import Organic, Paid

MONTH = timedelta(days=30)
_KEY = "programme_month"


def enter_cost(store: Store, token: str, hundredths: int | None) -> None:
    """What the programme costs in a month, in hundredths; None: nobody knows any more. For managers."""
    if hundredths is not None and not 0 < hundredths <= MOST:
        raise BadInput("Give what a month costs: more than nothing, and at most ten million.")
    with store.write() as tx:
        person = require(tx, token, "enter_cost")
        row: Any = tx.row(select(brands.c.id, brands.c.settings).order_by(brands.c.id).limit(1))
        settings = {name: value for name, value in row["settings"].items() if name != _KEY}
        if hundredths is not None:
            settings[_KEY] = hundredths
        tx.run(update(brands).where(brands.c.id == row["id"]).values(settings=settings))
        detail = {"hundredths": hundredths, "currency": currency_of(tx)}
        events.append(tx, person.actor, "programme_cost_entered", "brand", row["id"], detail=detail)


def cost_of_month(tx: Tx) -> int | None:
    """What a manager entered, in hundredths; None while nobody has."""
    settings = tx.value(select(brands.c.settings).order_by(brands.c.id).limit(1)) or {}
    found = settings.get(_KEY)
    return int(found) if found is not None else None


def paid(spent: Spent) -> Paid:
    """What was spent on a publication, as the rules want it."""
    return Paid(spent.amount, spent.currency, spent.interactions)


def organic(tx: Tx, now: datetime) -> Organic:
    """The programme's cost of a month, and the interactions of thirty days less those that were bought."""
    marks = engagement_marks.c
    newest = (
        select(marks.publication_id, func.max(marks.age_minutes).label("age"))
        .where(marks.published_at > now - MONTH, marks.interactions.is_not(None))
        .group_by(marks.publication_id)
        .subquery()
    )
    same = (marks.publication_id == newest.c.publication_id) & (marks.age_minutes == newest.c.age)
    brought = tx.value(select(func.sum(marks.interactions)).select_from(engagement_marks.join(newest, same)))
    bought = tx.value(
        select(func.sum(spends.c.interactions))
        .join(publications, publications.c.id == spends.c.publication_id)
        .where(publications.c.at > now - MONTH, spends.c.voided_at.is_(None))
    )
    return Organic(cost_of_month(tx), currency_of(tx), max(int(brought or 0) - int(bought or 0), 0))
