"""The programs that are told: which address, which kinds, with which key. For administrators.

The address may itself hold a secret (several services put one into its path), so it is never shown in full again,
never logged, and no export carries it; the key is sealed. A program is switched off, never deleted: what was told to it
stays readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, RowMapping, func, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.seal import Seal
from data.storage.store import Store, Tx
from data.storage.tables import calls, webhooks
from workflow.access import require
from workflow.notices import SCHEMA
from workflow.rules.notices import Kind

TEST = "test"
KEY = "key"


@dataclass(frozen=True)
class Program:
    """One program as the page shows it, with what it last answered.

    `host`: all that is shown of the address. `waiting`: calls that are still to be sent; `given_up`: in the last week.
    """

    id: int
    name: str
    host: str
    kinds: tuple[Kind, ...]
    enabled: bool
    last_at: datetime | None
    last_said: str
    last_arrived: bool
    waiting: int
    given_up: int


def add(store: Store, token: str, seal: Seal, name: str, url: str, kinds: Sequence[str], key: str) -> int:
    """Tell another program of these kinds from now on; the webhook's id. `key` signs what is sent to it."""
    name = name.strip()
    with store.write() as tx:
        person = require(tx, token, "administer")
        if not name or len(name) > 200:
            raise BadInput("Give it a name of up to 200 characters, so that people know which program it is.")
        if tx.value(select(webhooks.c.id).where(webhooks.c.name == name)) is not None:
            raise BadInput("There is one with this name already. Choose another name.")
        address, wanted = _address(url), _kinds(kinds)
        row = {"name": name, "url": address, "kinds": wanted, "enabled": True, "secrets": seal.close({KEY: key})}
        new_id = tx.insert(insert(webhooks).values(**row, created_at=tx.now))
        detail = {"name": name, "host": host_of(address), "kinds": wanted}
        events.append(tx, person.actor, "webhook_added", "webhook", new_id, after="on", detail=detail)
        return new_id


def choose_kinds(store: Store, token: str, webhook_id: int, kinds: Sequence[str]) -> None:
    """Change which kinds it wants to hear; what is queued already is still told."""
    with store.write() as tx:
        person = require(tx, token, "administer")
        row, wanted = _row(tx, webhook_id), _kinds(kinds)
        tx.run(update(webhooks).where(webhooks.c.id == webhook_id).values(kinds=wanted))
        detail = {"before": row["kinds"], "after": wanted}
        events.append(tx, person.actor, "webhook_changed", "webhook", webhook_id, detail=detail)


def renew_key(store: Store, token: str, seal: Seal, webhook_id: int, key: str) -> None:
    """Sign with another key from the next call on."""
    with store.write() as tx:
        person = require(tx, token, "administer")
        _row(tx, webhook_id)
        tx.run(update(webhooks).where(webhooks.c.id == webhook_id).values(secrets=seal.close({KEY: key})))
        events.append(tx, person.actor, "webhook_key_renewed", "webhook", webhook_id)


def switch(store: Store, token: str, webhook_id: int, on: bool) -> None:
    """Switch it off or on. What still waited when it was switched off is not told any more."""
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _row(tx, webhook_id)
        if row["enabled"] == on:
            raise Refused(f"It is {'on' if on else 'off'} already.", ("wrong_state",))
        tx.run(update(webhooks).where(webhooks.c.id == webhook_id).values(enabled=on))
        if not on:
            waits = (calls.c.webhook_id == webhook_id) & calls.c.next_try_at.is_not(None)
            tx.run(update(calls).where(waits).values(next_try_at=None, last_message="Switched off before it was told."))
        before, after = ("off", "on") if on else ("on", "off")
        events.append(tx, person.actor, "webhook_switched", "webhook", webhook_id, before=before, after=after)


def test(store: Store, token: str, webhook_id: int) -> int:
    """Queue a call that says it is a test; the call's id."""
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _row(tx, webhook_id)
        if not row["enabled"]:
            raise Refused("Switch it on first.", ("wrong_state",))
        text = f"{person.display_name} tests whether Tact can be heard here."
        key = f"test:{webhook_id}:{tx.now.isoformat()}"
        body: dict[str, object] = {"schema": SCHEMA, "kind": TEST, "at": tx.now.isoformat(), "text": text}
        body |= {"key": key, "subject": "webhook", "subject_id": webhook_id, "detail": {}}
        values = {"webhook_id": webhook_id, "kind": TEST, "key": key, "body": body, "tries": 0}
        new_id = tx.insert(insert(calls).values(**values, created_at=tx.now, next_try_at=tx.now))
        events.append(tx, person.actor, "webhook_tested", "webhook", webhook_id)
        return new_id


def programs(tx: Tx, lately: datetime) -> tuple[Program, ...]:
    """Every program, those that are on first. `lately`: since when given-up calls are counted."""
    rows = tx.rows(select(webhooks).order_by(webhooks.c.enabled.desc(), webhooks.c.name))
    return tuple(_program(tx, row, lately) for row in rows)


def mails_given_up(tx: Tx, lately: datetime) -> tuple[int, str]:
    """How many e-mails were given up lately, and what was said of the last one."""
    lost = calls.c.webhook_id.is_(None) & _given_up(lately)
    last = tx.value(select(calls.c.last_message).where(lost).order_by(calls.c.id.desc()).limit(1))
    return int(tx.value(select(func.count()).select_from(calls).where(lost))), last or ""


def host_of(url: str) -> str:
    """What is shown of an address."""
    return urlsplit(url).hostname or "?"


def _program(tx: Tx, row: RowMapping, lately: datetime) -> Program:
    mine = calls.c.webhook_id == row["id"]
    last = tx.row(select(calls).where(mine, calls.c.last_message != "").order_by(calls.c.id.desc()).limit(1))
    count = select(func.count()).select_from(calls)
    return Program(
        id=row["id"],
        name=row["name"],
        host=host_of(row["url"]),
        kinds=tuple(Kind(one) for one in row["kinds"] if one in set(Kind)),
        enabled=row["enabled"],
        last_at=(last["done_at"] or last["created_at"]) if last is not None else None,
        last_said=last["last_message"] if last is not None else "",
        last_arrived=last is not None and last["done_at"] is not None,
        waiting=tx.value(count.where(mine, calls.c.next_try_at.is_not(None))),
        given_up=tx.value(count.where(mine, _given_up(lately))),
    )


def _given_up(lately: datetime) -> ColumnElement[bool]:
    return calls.c.done_at.is_(None) & calls.c.next_try_at.is_(None) & (calls.c.created_at > lately)


def _row(tx: Tx, webhook_id: int) -> RowMapping:
    row = tx.row(select(webhooks).where(webhooks.c.id == webhook_id))
    if row is None:
        raise BadInput("There is no such program.")
    return row


def _address(url: str) -> str:
    url = url.strip()
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError as error:
        raise BadInput("This is not a web address.", type(error).__name__) from error
    if not known or len(url) > 2000:
        raise BadInput("Give the whole address that the other program gave you; it begins with https://.")
    return url


def _kinds(kinds: Sequence[str]) -> list[str]:
    if not kinds:
        raise BadInput("Choose at least one kind of notice that it shall hear.")
    return sorted(Kind(one).value for one in kinds)
