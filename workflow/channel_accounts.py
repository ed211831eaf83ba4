"""What people do with the team's accounts on platforms, and what the product notes about them.

An account's posts name it in `drafts.channel` as `<kind>-<id>`; channels that need no account have names of another
shape, and everything here says of those that nothing stands in their way. An account is never deleted: posts refer to
it. Secrets are sealed as they come in and are opened a floor above, by who speaks: no event row, page, log or export
ever says them. Which settings a kind has only that kind knows, so whoever calls brings its check along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, insert, select, update

from data.addresses import bare_within, names_somebody
from data.errors import BadInput
from data.storage import events
from data.storage.seal import Seal, masked
from data.storage.store import Store, Tx
from data.storage.tables import channel_accounts, draft_versions, drafts, scheduled_posts
from workflow.access import require
from workflow.account_posts import refuse_change
from workflow.rules.drafts import State
from workflow.sources import sealed

# However long a platform asks for, it is asked again after this (ours): a mad answer must not silence us for ever.
LONGEST_PATIENCE = timedelta(days=1)
LONGEST_SAID = 500
_SUBJECT = "channel_account"
# What was found out with other settings says nothing about these.
_UNCHECKED: dict[str, Any] = {"checked_at": None, "check_message": "", "check_ok": None}

Check = Callable[[Mapping[str, object]], None]


@dataclass(frozen=True)
class WaitingPost:
    """A post on the schedule of one account. `publish_at`: when it is due."""

    draft_id: int
    text: str
    publish_at: datetime


def add(
    store: Store,
    token: str,
    kind: str,
    name: str,
    config: Mapping[str, object],
    secrets: Mapping[str, str],
    check: Check,
    seal: Seal,
) -> int:
    """A new account, switched on; its id. `check` raises BadInput for settings and secrets that its kind cannot use."""
    name, given = name.strip(), {key: value for key, value in secrets.items() if value}
    with store.write() as tx:
        person = require(tx, token, "administer")
        _refuse_name(tx, name)
        _refuse_unstorable(config, given)
        _refuse_names(config, {})
        check({**config, **given})
        closed = sealed(seal, {}, given)
        row = {"kind": kind, "name": name, "config": dict(config), "secrets": closed, "enabled": True}
        new_id = tx.insert(insert(channel_accounts).values(**row, created_at=tx.now, changed_at=tx.now))
        detail = bare_within({"kind": kind, "name": name, "config": dict(config), "secrets": sorted(closed)})
        events.append(tx, person.actor, "account_added", _SUBJECT, new_id, after="on", detail=detail)
        return new_id


def change(
    store: Store,
    token: str,
    account_id: int,
    name: str,
    config: Mapping[str, object],
    secrets: Mapping[str, str],
    check: Check,
    seal: Seal,
    *,
    addresses: Mapping[str, object],
) -> None:
    """Another name, other settings, new secrets. A secret that is not given stays – unless its destination changes.

    `addresses` are the settings that say where secrets are sent, each with what holds when it is not set. A key is
    never sent to a place that it was not given for: then all of them have to be given again. What is out through it,
    or may be, keeps it where it is (`account_posts`).
    """
    name, given = name.strip(), {key: value for key, value in secrets.items() if value}
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _account(tx, account_id)
        if name != row["name"]:
            _refuse_name(tx, name)
        _refuse_unstorable(config, given)
        _refuse_names(config, row["config"])
        kept = {key: value for key, value in row["secrets"].items() if key not in given}
        check({**config, **seal.open(kept), **given})
        moves = _is_elsewhere(addresses, row["config"], config)
        if kept and moves:
            raise BadInput(
                "Its secrets were given for the old address and are sent to no other: type all of them again too."
            )
        before, after = _told(row), {"name": name, "config": dict(config)}
        if after == before and not given:
            return
        changed = after["config"] != before["config"]
        if changed or given:
            refuse_change(tx, name_of(row), settings=changed, moves=moves)
        anew = _UNCHECKED if changed or given else {}
        closed = sealed(seal, row["secrets"], given)
        _write(tx, row, **after, secrets=closed, **anew)
        detail = bare_within({"before": before, "after": after, "secrets": sorted(given)})
        events.append(tx, person.actor, "account_changed", _SUBJECT, account_id, detail=detail)


def switch(store: Store, token: str, account_id: int, enabled: bool) -> int:
    """On or off; how many posts on the schedule wait for it. Doing it twice changes nothing.

    Nothing is sent through an account that is off: what comes due there meanwhile is stopped at the gate.
    """
    words = {True: "on", False: "off"}
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _account(tx, account_id)
        posts = len(waiting_posts(tx, name_of(row)))
        if row["enabled"] == enabled:
            return posts
        _write(tx, row, enabled=enabled)
        detail = {"name": row["name"], "posts_waiting": posts}
        before, after = words[row["enabled"]], words[enabled]
        events.append(
            tx, person.actor, f"account_{after}", _SUBJECT, account_id, before=before, after=after, detail=detail
        )
        return posts


def forget_secret(store: Store, token: str, account_id: int, secret: str, check: Check, seal: Seal) -> None:
    """Drop one stored secret. BadInput where the kind cannot do without it: then switch the account off instead."""
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _account(tx, account_id)
        if secret not in row["secrets"]:
            return
        left = {key: value for key, value in row["secrets"].items() if key != secret}
        check({**row["config"], **seal.open(left)})
        _write(tx, row, secrets=left, **_UNCHECKED)
        detail = {"name": row["name"], "secrets": [secret]}
        events.append(tx, person.actor, "account_secret_forgotten", _SUBJECT, account_id, detail=detail)


def to_check(store: Store, token: str, account_id: int) -> RowMapping:
    """The account that somebody wants to try out, if they may: asked before anything is sent there."""
    with store.write() as tx:
        require(tx, token, "administer")
        return _account(tx, account_id)


def note_check(store: Store, token: str, account_id: int, said: str, ok: bool, seen: datetime, seal: Seal) -> bool:
    """Keep what came of a try to sign in there. `seen`: the account's `changed_at` that it was tried with.

    False, and nothing is kept, where somebody has changed the account meanwhile: it says nothing about it as it is.
    """
    with store.write() as tx:
        person = require(tx, token, "administer")
        row = _account(tx, account_id)
        if row["changed_at"] != seen:
            return False
        said = masked(said, _opened(seal, row).values())[:LONGEST_SAID]
        values = {"checked_at": tx.now, "check_message": said, "check_ok": ok}
        tx.run(update(channel_accounts).where(channel_accounts.c.id == account_id).values(**values))
        after = "well" if ok else "failed"
        detail = {"name": row["name"], "said": said}
        events.append(tx, person.actor, "account_checked", _SUBJECT, account_id, after=after, detail=detail)
        return True


def usable(tx: Tx, channel_name: str) -> str:
    """Why no post may leave through this channel by now, in a sentence; empty when one may."""
    row = account_of(tx, channel_name)
    if row is None:
        return ""
    if not row["enabled"]:
        return f"The account {row['name']} is switched off. An administrator can switch it on, on the Channels page."
    until = _limited_until(tx, row)
    if until is not None:
        return f"The platform asked us to leave {row['name']} alone until {until:%d %B, %H:%M} UTC."
    return ""


def limited_until(tx: Tx, channel_name: str) -> datetime | None:
    """Until when the platform asked to be left alone; None when it did not, or that is over."""
    row = account_of(tx, channel_name)
    return _limited_until(tx, row) if row is not None else None


def limited(tx: Tx, channel_name: str, until: datetime) -> None:
    """Note that the platform asked for patience. What it asked for before is never shortened."""
    row = account_of(tx, channel_name)
    until = min(until, tx.now + LONGEST_PATIENCE)
    before = row["limited_until"] if row is not None else None
    if row is None or until <= tx.now or (before is not None and before >= until):
        return
    tx.run(update(channel_accounts).where(channel_accounts.c.id == row["id"]).values(limited_until=until))
    if before is None or before <= tx.now:  # asked twice for the same stretch it is one event
        detail = {"name": row["name"], "until": until}
        events.append(tx, events.THE_PRODUCT, "account_limited", _SUBJECT, row["id"], detail=detail)


def account_of(tx: Tx, channel_name: str) -> RowMapping | None:
    """The account behind a channel's name; None for a channel that needs none."""
    kind, _, number = channel_name.rpartition("-")
    if not kind or not (number.isascii() and number.isdigit()) or len(number) > 9:
        return None
    this = channel_accounts.c.id == int(number)
    return tx.row(select(channel_accounts).where(this, channel_accounts.c.kind == kind))


def name_of(row: RowMapping) -> str:
    """What the posts of an account have in `drafts.channel`."""
    return f"{row['kind']}-{row['id']}"


def names(tx: Tx) -> dict[str, str]:
    """What people call each account, by its channel's name, those that are switched off too."""
    columns = (channel_accounts.c.id, channel_accounts.c.kind, channel_accounts.c.name)
    return {name_of(row): row["name"] for row in tx.rows(select(*columns))}


def waiting_posts(tx: Tx, channel: str) -> tuple[WaitingPost, ...]:
    """The posts on the schedule that are to leave through this channel, the soonest first."""
    current = (draft_versions.c.draft_id == drafts.c.id) & (draft_versions.c.number == drafts.c.number)
    live = (scheduled_posts.c.draft_id == drafts.c.id) & scheduled_posts.c.closed_at.is_(None)
    states = [state.value for state in (State.SCHEDULED, State.HELD, State.PUBLISHING)]
    rows = tx.rows(
        select(drafts.c.id, draft_versions.c.text, scheduled_posts.c.publish_at)
        .join(draft_versions, current)
        .join(scheduled_posts, live)
        .where(drafts.c.channel == channel, drafts.c.state.in_(states))
        .order_by(scheduled_posts.c.publish_at, drafts.c.id)
    )
    return tuple(WaitingPost(row["id"], row["text"], row["publish_at"]) for row in rows)


def _limited_until(tx: Tx, row: RowMapping) -> datetime | None:
    until: datetime | None = row["limited_until"]
    return until if until is not None and until > tx.now else None


def _opened(seal: Seal, row: RowMapping) -> dict[str, str]:
    try:
        return seal.open(row["secrets"])
    except BadInput:  # nobody could open them, so nobody was sent them and nothing can say them back
        return {}


def _write(tx: Tx, row: RowMapping, **values: Any) -> None:
    """Change what a process that has the account open must notice: it goes by `changed_at`."""
    # Two changes in one instant are two changes: a process that opened the first must see the second.
    at = max(tx.now, row["changed_at"] + timedelta(microseconds=1))
    tx.run(update(channel_accounts).where(channel_accounts.c.id == row["id"]).values(**values, changed_at=at))


def _told(row: RowMapping) -> dict[str, Any]:
    return {"name": row["name"], "config": dict(row["config"])}


def _is_elsewhere(addresses: Mapping[str, object], before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    return any((before.get(name) or usual) != (after.get(name) or usual) for name, usual in addresses.items())


def _refuse_names(config: Mapping[str, object], before: Mapping[str, object]) -> None:
    """An address is read by everybody who sees the page, and by the log of events."""
    if any(names_somebody(value) and value != before.get(name) for name, value in config.items()):
        raise BadInput("An address may hold no user name or password: it is not kept secret. Give one without.")


def _refuse_unstorable(config: Mapping[str, object], secrets: Mapping[str, str]) -> None:
    if any("\x00" in str(value) for value in (*config.values(), *secrets.values())):
        raise BadInput("A field holds a character that cannot be stored. Type it instead of pasting it.")


def _refuse_name(tx: Tx, name: str) -> None:
    if not 1 <= len(name) <= 200 or "\x00" in name:
        raise BadInput("Give the account a name of up to 200 characters; writers choose it by that.")
    if tx.value(select(channel_accounts.c.id).where(channel_accounts.c.name == name)) is not None:
        raise BadInput(f"There is an account called {name!r} already. Choose another name.")


def _account(tx: Tx, account_id: int) -> RowMapping:
    row = tx.row(select(channel_accounts).where(channel_accounts.c.id == account_id))
    if row is None:
        raise BadInput("There is no such account.")
    return row
