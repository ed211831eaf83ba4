"""What people do with sources: add one, switch it on or off, ask for a reading now.

What may be typed into a source's settings only the source itself knows, and sources live a floor above; whoever calls
`add` brings its check along. Reading is the worker's: `poll_now` only moves the time at which a source is due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.seal import Seal
from data.storage.store import Store, Tx
from data.storage.tables import sources
from workflow.access import require
from workflow.rules.roles import may

# However eager the team is, a server is not asked again within this time (ours).
POLITE = timedelta(seconds=30)
# How often a source may be read (ours): trend sources move within minutes, a newsroom within hours.
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=1)

Check = Callable[[Mapping[str, object]], None]


def add(
    store: Store,
    token: str,
    kind: str,
    name: str,
    config: Mapping[str, object],
    interval: timedelta,
    check: Check,
    *,
    secrets: Mapping[str, str] | None = None,
    seal: Seal | None = None,
) -> int:
    """A new source, due at once; its id. `check` raises BadInput for settings that its kind cannot use.

    `secrets` are checked with the settings, and then sealed: no event row, page, log or export ever says them.
    """
    name = name.strip()
    with store.write() as tx:
        person = require(tx, token, "administer")
        _refuse_name(tx, name)
        if not SHORTEST <= interval <= LONGEST:
            raise BadInput("A source is read once a minute at most, and once a day at least.")
        check({**config, **(secrets or {})})
        seconds = int(interval.total_seconds())
        row: dict[str, Any] = {"kind": kind, "name": name, "config": dict(config), "interval_seconds": seconds}
        closed = sealed(seal or Seal(), {}, secrets or {})
        new_id = tx.insert(insert(sources).values(**row, secrets=closed, enabled=True, cursor={}, next_poll_at=tx.now))
        detail = {**row, "secrets": sorted(closed)}
        events.append(tx, person.actor, "source_added", "source", new_id, after="on", detail=detail)
        return new_id


def sealed(seal: Seal, before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """A source's sealed secrets after a form was sent: what was left empty stays as it was."""
    return {**before, **seal.close({name: value for name, value in given.items() if value})}


def set_enabled(store: Store, token: str, source_id: int, enabled: bool) -> None:
    """Switch a source on (it is due at once) or off. Doing it twice changes nothing."""
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _source(tx, source_id)
        if row["enabled"] == enabled:
            return
        values = {"enabled": True, "next_poll_at": tx.now} if enabled else {"enabled": False}
        tx.run(update(sources).where(sources.c.id == source_id).values(**values))
        before, after = ("off", "on") if enabled else ("on", "off")
        events.append(tx, person.actor, f"source_{after}", "source", source_id, before=before, after=after)


def poll_now(store: Store, token: str, source_id: int) -> None:
    """Make the source due now; a worker reads it within seconds. Refused when it was read a moment ago.

    For those who triage, and for administrators: whoever adds a source wants to see it answer.
    """
    with store.write() as tx:
        person = require(tx, token, "read")
        if not may(person.role, "administer"):
            person = require(tx, token, "triage")
        row = _source(tx, source_id)
        if not row["enabled"]:
            raise Refused(f"{row['name']} is switched off. An administrator can switch it on.", ("wrong_state",))
        if row["lease_until"] is not None and row["lease_until"] > tx.now:
            raise Refused(f"{row['name']} is being read right now.", ("wrong_state",))
        if row["polled_at"] is not None and tx.now - row["polled_at"] < POLITE:
            wait = int((row["polled_at"] + POLITE - tx.now).total_seconds()) + 1
            raise Refused(f"{row['name']} was read a moment ago. Ask again in {wait} seconds.", ("too_soon",))
        tx.run(update(sources).where(sources.c.id == source_id).values(next_poll_at=tx.now))
        events.append(tx, person.actor, "source_asked", "source", source_id)


def _refuse_name(tx: Tx, name: str) -> None:
    if not 1 <= len(name) <= 200:
        raise BadInput("Give the source a name of up to 200 characters; alerts will say it.")
    if tx.value(select(sources.c.id).where(sources.c.name == name)) is not None:
        raise BadInput(f"There is a source called {name!r} already. Choose another name.")


def _source(tx: Tx, source_id: int) -> RowMapping:
    row = tx.row(select(sources).where(sources.c.id == source_id))
    if row is None:
        raise BadInput("There is no such source.")
    return row
