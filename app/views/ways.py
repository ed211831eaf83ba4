"""The ways out as people know them: an account by the name that it was given, and never by what the tables call it.

For every page that offers or names one. What cannot be used any more keeps its name on old drafts, with a sentence
that says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.wiring import House
from data.reference import playbooks
from data.storage.store import Tx
from data.storage.tables import channel_accounts
from publishing.channels import Channel
from workflow.channel_accounts import name_of

GONE = "A way out that is gone"
_ACCOUNT = re.compile(r".+-[0-9]+")
# How long a page goes by what it knows of the accounts before it looks again, in seconds (ours).
KNOWN_FOR = 5.0


@dataclass(frozen=True)
class WayOut:
    """One of them. `platforms` empty: any. `answers`: reply, quote or both. `missing`: why it cannot be used now."""

    label: str
    platforms: tuple[str, ...] = ()
    answers: frozenset[str] = frozenset()
    missing: str = ""
    by_account: bool = False


@dataclass(frozen=True)
class WaysOut:
    """All of them by their names in the tables; accounts first, because they are what the team has set up."""

    known: Mapping[str, WayOut]

    def fitting(self, platform: str, current: str) -> list[str]:
        """What a draft for this platform may choose from, and what it has now, whatever became of that."""
        usable = [name for name, way in self.known.items() if not way.missing and _speaks(way, platform)]
        return usable if current in usable else [*usable, current]

    def first(self, platform: str) -> str:
        """What a new draft for this platform begins with: an account of it, or the dry run where there is none."""
        accounts = (name for name in self.fitting(platform, "dry_run") if name in self.known)
        return next((name for name in accounts if self.known[name].by_account), "dry_run")

    def label(self, name: str) -> str:
        """What people call it."""
        way = self.known.get(name)
        return way.label if way is not None else way_label({}, name)

    def answers(self, name: str) -> frozenset[str]:
        """What it can do to somebody's post."""
        way = self.known.get(name)
        return way.answers if way is not None else frozenset()

    def trouble(self, name: str, platform: str) -> str:
        """Why a draft for this platform cannot leave through it, in a sentence; empty when it can."""
        way = self.known.get(name)
        if way is None:
            return "The way out that this draft had is gone. Choose another one."
        if way.missing:
            return way.missing
        book = playbooks().get(platform)
        if not _speaks(way, platform) and book is not None:
            return f"{way.label} does not speak on {book.label}. Choose another way out."
        return ""


def ways_out(tx: Tx, house: House) -> WaysOut:
    """Those that this process can use, and the accounts that it cannot."""
    rows = tx.rows(select(channel_accounts).order_by(channel_accounts.c.name))
    found: dict[str, WayOut] = {}
    for row in rows:
        name, channel = name_of(row), house.channels.get(name_of(row))
        if channel is not None and row["enabled"]:
            found[name] = _way(channel, row["name"], by_account=True)
        elif row["enabled"]:
            missing = f"{row['name']} cannot be used here: the Channels page says why. Choose another way out."
            found[name] = WayOut(f"{row['name']} – not available here", missing=missing)
        else:
            missing = f"{row['name']} is switched off. Choose another way out, or have it switched on."
            found[name] = WayOut(f"{row['name']} – switched off", missing=missing)
    others = {name: channel for name, channel in house.channels.items() if name not in found}
    return WaysOut(found | {name: _way(channel, channel.label) for name, channel in others.items()})


def way_label(accounts: Mapping[str, str], name: str) -> str:
    """The same from names alone (`workflow.channel_accounts.names`), where nobody asks whether it can be used."""
    if name in accounts:
        return accounts[name]
    return GONE if _ACCOUNT.fullmatch(name) else name.replace("_", " ").capitalize()


def _way(channel: Channel, label: str, *, by_account: bool = False) -> WayOut:
    return WayOut(label, channel.platforms, channel.answers, "", by_account)


def _speaks(way: WayOut, platform: str) -> bool:
    return not way.platforms or platform in way.platforms
