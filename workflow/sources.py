"""What people do with sources: add one, change it, switch it on or off, ask for a reading now, mend one that failed.

A source is never deleted: what it brought refers to it. Switching it off is enough.

What may be typed into a source's settings only the source itself knows, and sources live a floor above; whoever calls
`add` brings its check along. Reading is the worker's: `poll_now` only moves the time at which a source is due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from data.addresses import bare_within, names_somebody
from data.errors import BadInput, Refused
from data.storage import events
from data.storage.seal import Seal
from data.storage.store import Store, Tx
from data.storage.tables import sources
from workflow.access import Person, require
from workflow.deliveries import FORMER_KEY, SIGNING_KEY
from workflow.rules.roles import may
from workflow.source_health import WELL

# However eager the team is, a server is not asked again within this time (ours).
POLITE = timedelta(seconds=30)
# How often a source may be read (ours): trend sources move within minutes, a newsroom within hours.
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=1)

# What is forgotten when a source is given other settings: where the old address had ended, and how it had fared.
_ANEW: dict[str, Any] = {
    **WELL,
    "etag": None,
    "last_modified": None,
    "cursor": {},
    "polled_at": None,
    "lease_owner": None,
    "lease_until": None,
}

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
    least: timedelta = SHORTEST,
) -> int:
    """A new source, due at once; its id. `check` raises BadInput for settings that its kind cannot use.

    `secrets` are checked with the settings, and then sealed: no event row, page, log or export ever says them.
    `least` is the shortest interval that the kind allows.
    """
    name = name.strip()
    with store.write() as tx:
        person = require(tx, token, "administer")
        _refuse_name(tx, name)
        _refuse_interval(interval, least)
        check({**config, **(secrets or {})})
        _refuse_names(config, {})
        seconds = int(interval.total_seconds())
        row: dict[str, Any] = {"kind": kind, "name": name, "config": dict(config), "interval_seconds": seconds}
        closed = sealed(seal or Seal(), {}, secrets or {})
        new_id = tx.insert(insert(sources).values(**row, secrets=closed, enabled=True, cursor={}, next_poll_at=tx.now))
        detail = bare_within({**row, "secrets": sorted(closed)})  # what is chained to the log cannot be taken back
        events.append(tx, person.actor, "source_added", "source", new_id, after="on", detail=detail)
        return new_id


def sealed(seal: Seal, before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """A source's sealed secrets after a form was sent: what was left empty stays as it was."""
    return {**before, **seal.close({name: value for name, value in given.items() if value})}


def change(
    store: Store,
    token: str,
    source_id: int,
    name: str,
    config: Mapping[str, object],
    interval: timedelta,
    check: Check,
    *,
    addresses: Mapping[str, object],
    secrets: Mapping[str, str] | None = None,
    seal: Seal | None = None,
    least: timedelta = SHORTEST,
) -> None:
    """Rename a source, or give it other settings or another interval. A secret that is not given stays.

    Unless where it is sent changes: `addresses` are the settings that say so, with what holds when they are not set.
    A key is never sent to a place that it was not given for.

    With other settings it begins anew: it is due at once, and what a reading that is still under way brings is not
    taken. An interval that is not changed may be shorter than `least`: somebody set it up so.
    """
    name, given, seal = name.strip(), dict(secrets or {}), seal or Seal()
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _source(tx, source_id)
        if name != row["name"]:
            _refuse_name(tx, name)
        if interval != timedelta(seconds=row["interval_seconds"]):
            _refuse_interval(interval, least)
        kept = {key: value for key, value in row["secrets"].items() if key not in given}
        check({**config, **_settings_in(seal.open(kept)), **given})
        _refuse_names(config, row["config"])
        if _settings_in(kept) and any(_other(name, row["config"], config, usual) for name, usual in addresses.items()):
            raise BadInput("Its key was given for the old address and is sent to no other: type the key again too.")
        after: dict[str, Any] = {
            "name": name,
            "config": dict(config),
            "interval_seconds": int(interval.total_seconds()),
        }
        before = {key: row[key] for key in after}
        if after == before and not given:
            return
        other = after["config"] != before["config"] or bool(given)
        anew = _ANEW | {"fence": row["fence"] + 1, "next_poll_at": tx.now} if other else {}
        closed = sealed(seal, row["secrets"], given)
        tx.run(update(sources).where(sources.c.id == source_id).values(**after, secrets=closed, **anew))
        detail = bare_within({"before": before, "after": after, "secrets": sorted(given)})
        events.append(tx, person.actor, "source_changed", "source", source_id, detail=detail)


def set_enabled(store: Store, token: str, source_id: int, enabled: bool) -> None:
    """Switch a source on (it is due at once) or off. Doing it twice changes nothing."""
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _source(tx, source_id)
        if row["enabled"] == enabled:
            return
        _switch(tx, row, person, enabled)


def read_again(store: Store, token: str, source_id: int) -> None:
    """Mend a source with one click, whether it is failing or was switched off: on, its failures forgotten, due now."""
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _source(tx, source_id)
        if row["enabled"]:
            _refuse_haste(tx, row)
        _switch(tx, row, person, True)


def leave_off(store: Store, token: str, source_id: int) -> None:
    """Agree that a source which the product switched off stays off: the notice of it ends."""
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _source(tx, source_id)
        if row["switched_off_at"] is None:
            raise Refused(f"{row['name']} was not switched off by Tact.", ("wrong_state",))
        _switch(tx, row, person, False)


def _switch(tx: Tx, row: RowMapping, person: Person, enabled: bool) -> None:
    """On or off by a person's hand, which ends the product's own word on it."""
    # Never read, as it were: it is due whatever the clock does before its next reading.
    begun = WELL | {"next_poll_at": tx.now, "polled_at": None} if enabled else {}
    values = {"enabled": enabled, "switched_off_at": None, "switched_off_why": "", **begun}
    tx.run(update(sources).where(sources.c.id == row["id"]).values(**values))
    words = {True: "on", False: "off"}
    events.append(
        tx,
        person.actor,
        f"source_{words[enabled]}",
        "source",
        row["id"],
        before=words[row["enabled"]],
        after=words[enabled],
        detail={"failures": row["failures"]},
    )


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
        _refuse_haste(tx, row)
        tx.run(update(sources).where(sources.c.id == source_id).values(next_poll_at=tx.now))
        events.append(tx, person.actor, "source_asked", "source", source_id)


def _refuse_haste(tx: Tx, row: RowMapping) -> None:
    if row["polled_at"] is not None and timedelta() <= tx.now - row["polled_at"] < POLITE:
        wait = int((row["polled_at"] + POLITE - tx.now).total_seconds()) + 1
        raise Refused(f"{row['name']} was read a moment ago. Ask again in {wait} seconds.", ("too_soon",))


def _refuse_interval(interval: timedelta, least: timedelta) -> None:
    least = max(SHORTEST, least)
    if not least <= interval <= LONGEST:
        minutes = int(least / timedelta(minutes=1))
        often = "once a minute" if minutes == 1 else f"every {minutes} minutes"
        raise BadInput(f"A source of this kind is read {often} at most, and once a day at least.")


def _settings_in(opened: Mapping[str, str]) -> dict[str, str]:
    """Those secrets that are settings; a webhook's keys are not, and no check knows them."""
    return {name: value for name, value in opened.items() if name not in (SIGNING_KEY, FORMER_KEY)}


def _other(name: str, before: Mapping[str, object], after: Mapping[str, object], usual: object) -> bool:
    return (before.get(name) or usual) != (after.get(name) or usual)


def _refuse_names(config: Mapping[str, object], before: Mapping[str, object]) -> None:
    """An address is read by everybody who sees the Sources page; one that was set up by hand is left alone."""
    if any(names_somebody(value) and value != before.get(name) for name, value in config.items()):
        raise BadInput("An address may hold no user name or password: others can read it. Give one without.")


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
