"""Money put behind a publication: typed in by whoever paid, with what the platform's advertising page says it brought.

No channel tells this, so a person does. An entry is never changed: a wrong one is voided, stays for the record and
counts no more. Amounts are whole hundredths of the brand's currency, of which there is one; the first entry may choose
it, and from then on it stands, because amounts of two currencies cannot be added up.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import brands, people, publications, spends
from workflow.access import require
from workflow.measuring.engagement import measured

# The guide's sums are in dollars; the first entry may say otherwise.
CURRENCY = "USD"
CURRENCIES = ("USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "INR", "BRL", "MXN")
# Ten million of a currency is a typing mistake, and so is a billion clicks (ours).
MOST, MOST_COUNT = 10_000_000 * 100, 10**9
LONGEST_NOTE = 500
_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Entry:
    """One entry that counts. `amount` in hundredths of `currency`; `interactions` that the money brought, if told."""

    id: int
    publication_id: int
    amount: int
    currency: str
    interactions: int | None
    impressions: int | None
    note: str
    who: str
    at: datetime


@dataclass(frozen=True)
class Spent:
    """What was spent on one publication. `interactions` None: not every entry says what it brought."""

    amount: int
    currency: str
    interactions: int | None
    entries: tuple[Entry, ...]


def enter(
    store: Store,
    token: str,
    publication_id: int,
    amount: int,
    *,
    interactions: int | None = None,
    impressions: int | None = None,
    note: str = "",
    currency: str = "",
) -> int:
    """Note money spent, in hundredths; the entry's id. `currency` counts with the first entry only."""
    _check(amount, interactions, impressions, note)
    with store.write() as tx:
        person = require(tx, token, "write")
        out = measured(tx, publication_id)
        values = {"amount": amount, "currency": _currency(tx, currency), "note": note.strip(), "at": tx.now}
        values |= {"interactions": interactions, "impressions": impressions, "person_id": person.id}
        new_id = tx.insert(insert(spends).values(publication_id=publication_id, **values))
        detail = {"spend": new_id, "publication": publication_id, "amount": amount, "currency": values["currency"]}
        events.append(tx, person.actor, "spend_entered", "draft", out.draft_id, detail=detail)
        return new_id


def void(store: Store, token: str, spend_id: int) -> None:
    """Take an entry back: it was wrong."""
    with store.write() as tx:
        person = require(tx, token, "write")
        row = tx.row(
            select(spends, publications.c.draft_id)
            .join(publications, publications.c.id == spends.c.publication_id)
            .where(spends.c.id == spend_id)
        )
        if row is None:
            raise BadInput("There is no such entry.")
        if row["voided_at"] is not None:
            raise Refused("This entry was taken back already.", ("wrong_state",))
        tx.run(update(spends).where(spends.c.id == spend_id).values(voided_at=tx.now))
        detail = {"spend": spend_id, "publication": row["publication_id"], "amount": row["amount"]}
        events.append(tx, person.actor, "spend_voided", "draft", row["draft_id"], detail=detail)


def currency_of(tx: Tx) -> str:
    """The currency that the brand counts in."""
    settings = tx.value(select(brands.c.settings).order_by(brands.c.id).limit(1)) or {}
    return str(settings.get("currency", CURRENCY))


def any_entered(tx: Tx) -> bool:
    """Whether the currency stands: an entry counts in it."""
    return tx.value(select(spends.c.id).where(spends.c.voided_at.is_(None)).limit(1)) is not None


def spent(tx: Tx, publication_ids: Collection[int]) -> dict[int, Spent]:
    """What was spent on each; those with nothing are left out. One statement."""
    rows = tx.rows(
        select(spends, people.c.display_name)
        .join(people, people.c.id == spends.c.person_id)
        .where(spends.c.publication_id.in_(tuple(publication_ids)), spends.c.voided_at.is_(None))
        .order_by(spends.c.id)
    )
    by_publication: dict[int, list[Entry]] = {}
    for row in rows:
        by_publication.setdefault(row["publication_id"], []).append(_entry(row))
    return {one: _sum(entries) for one, entries in by_publication.items()}


def _entry(row: RowMapping) -> Entry:
    return Entry(
        id=row["id"],
        publication_id=row["publication_id"],
        amount=row["amount"],
        currency=row["currency"],
        interactions=row["interactions"],
        impressions=row["impressions"],
        note=row["note"],
        who=row["display_name"],
        at=row["at"],
    )


def _sum(entries: list[Entry]) -> Spent:
    brought = [one.interactions for one in entries]
    known = [count for count in brought if count is not None]
    return Spent(
        amount=sum(one.amount for one in entries),
        currency=entries[0].currency,
        interactions=sum(known) if len(known) == len(brought) else None,
        entries=tuple(entries),
    )


def _check(amount: int, interactions: int | None, impressions: int | None, note: str) -> None:
    if not 0 < amount <= MOST:
        raise BadInput("Give the amount that was spent: more than nothing, and at most ten million.")
    if any(count is not None and not 0 <= count <= MOST_COUNT for count in (interactions, impressions)):
        raise BadInput("What it brought is a whole number, 0 or more. Leave it empty where you do not know it.")
    if len(note) > LONGEST_NOTE:
        raise BadInput(f"The note is longer than {LONGEST_NOTE} characters. Say it more briefly.")


def _currency(tx: Tx, chosen: str) -> str:
    """The brand's, or the one that the first entry chooses for it."""
    standing = currency_of(tx)
    chosen = chosen.strip().upper() or standing
    if not _CODE.fullmatch(chosen):
        raise BadInput("A currency is three letters, such as USD or EUR.")
    if chosen == standing:
        return standing
    if any_entered(tx):
        raise Refused(f"This workspace counts in {standing}: give the amount in {standing}.", ("other_currency",))
    row: Any = tx.row(select(brands.c.id, brands.c.settings).order_by(brands.c.id).limit(1))
    settings = {**row["settings"], "currency": chosen}
    tx.run(update(brands).where(brands.c.id == row["id"]).values(settings=settings))
    return chosen
