"""What people do with the team's accounts on platforms, and what the product notes about them.

An account's posts name it in `drafts.channel` as `<kind>-<id>`; channels that need no account have names of another
shape, and everything here says of those that nothing stands in their way. Secrets are sealed as they come in and are
opened a floor above, by who speaks: no event row, page, log or export ever says them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select, update

from data.storage import events
from data.storage.store import Tx
from data.storage.tables import channel_accounts

# However long a platform asks for, it is asked again after this (ours): a mad answer must not silence us for ever.
LONGEST_PATIENCE = timedelta(days=1)


def usable(tx: Tx, channel_name: str) -> str:
    """Why no post may leave through this channel by now, in a sentence; empty when one may."""
    row = account_of(tx, channel_name)
    if row is None:
        return ""
    if not row["enabled"]:
        return f"The account {row['name']} is switched off. An administrator can switch it on, on the Channels page."
    until = limited_until(tx, channel_name)
    if until is not None:
        return f"The platform asked us to leave {row['name']} alone until {until:%d %B, %H:%M} UTC."
    return ""


def limited_until(tx: Tx, channel_name: str) -> datetime | None:
    """Until when the platform asked to be left alone; None when it did not, or that is over."""
    row = account_of(tx, channel_name)
    if row is None or row["limited_until"] is None or row["limited_until"] <= tx.now:
        return None
    until: datetime = row["limited_until"]
    return until


def limited(tx: Tx, channel_name: str, until: datetime) -> None:
    """Note that the platform asked for patience. What it asked for before is never shortened."""
    row = account_of(tx, channel_name)
    until = min(until, tx.now + LONGEST_PATIENCE)
    before = row["limited_until"] if row is not None else None
    if row is None or until <= tx.now or (before is not None and before >= until):
        return
    tx.run(update(channel_accounts).where(channel_accounts.c.id == row["id"]).values(limited_until=until))
    if before is None or before <= tx.now:  # asked twice for the same stretch it is one event
        detail = {"until": until}
        events.append(tx, events.THE_PRODUCT, "account_limited", "channel_account", row["id"], detail=detail)


def account_of(tx: Tx, channel_name: str) -> RowMapping | None:
    """The account behind a channel's name; None for a channel that needs none."""
    kind, _, number = channel_name.rpartition("-")
    if not kind or not (number.isascii() and number.isdigit()) or len(number) > 9:
        return None
    this = channel_accounts.c.id == int(number)
    return tx.row(select(channel_accounts).where(this, channel_accounts.c.kind == kind))
