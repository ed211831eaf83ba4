"""What the Channels page shows: each account on a platform, whether it works, and what waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select

from app.views.words import Badge
from app.wiring import House
from data.addresses import bare
from data.errors import BadInput
from data.reference import playbooks
from data.storage.store import Tx
from data.storage.tables import channel_accounts
from publishing.channels import Kind
from workflow.channel_accounts import WaitingPost, name_of, waiting_posts

OFF = Badge("Off", ":material/pause_circle:", "gray")
UNKNOWN_KIND = Badge("Not known here", ":material/help:", "red")
LOCKED = Badge("Secrets cannot be opened", ":material/key_off:", "red")
LIMITED = Badge("Asked for patience", ":material/hourglass_top:", "orange")
FAILED = Badge("Check failed", ":material/error:", "red")
UNCHECKED = Badge("Not checked yet", ":material/help:", "gray")
WELL = Badge("Works", ":material/check_circle:", "green")


@dataclass(frozen=True)
class AccountCard:
    """One account. `secrets` are the names of those that are kept. `locked`: why they cannot be opened, or empty.

    `limited_until` None: the platform asks for no patience. `waiting`: the posts on the schedule that leave through it.
    """

    id: int
    name: str
    kind: str
    kind_label: str
    platforms: tuple[str, ...]
    enabled: bool
    health: Badge
    said: str
    checked_at: datetime | None
    limited_until: datetime | None
    locked: str
    config: Mapping[str, object]
    secrets: frozenset[str]
    waiting: tuple[WaitingPost, ...]

    @property
    def address(self) -> str:
        """Where it is, if its settings say so."""
        found = (value for value in self.config.values() if str(value).startswith(("http://", "https://")))
        return next((bare(str(one)) for one in found), "")


@dataclass(frozen=True)
class ChannelsView:
    """Every account by name, the kinds that there are, the channels that need no account, and the instant."""

    now: datetime
    cards: tuple[AccountCard, ...]
    kinds: Mapping[str, Kind]
    without: tuple[str, ...]


def read(house: House) -> ChannelsView:
    """The page."""
    with house.store.read() as tx:
        rows = tx.rows(select(channel_accounts).order_by(channel_accounts.c.name))
        cards = tuple(_card(tx, house, row) for row in rows)
        now = tx.now
    accounts = {f"{card.kind}-{card.id}" for card in cards}
    without = tuple(channel.label for name, channel in house.channels.items() if name not in accounts)
    kinds = dict(sorted(house.account_kinds.items(), key=lambda one: one[1].label.casefold()))
    return ChannelsView(now, cards, kinds, without)


def _card(tx: Tx, house: House, row: RowMapping) -> AccountCard:
    kind, locked = house.account_kinds.get(row["kind"]), locked_because(house, row)
    limited = row["limited_until"] if row["limited_until"] is not None and row["limited_until"] > tx.now else None
    return AccountCard(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        kind_label=kind.label if kind is not None else row["kind"],
        platforms=_labels(kind),
        enabled=row["enabled"],
        health=_health(row, kind is not None, bool(locked), limited is not None),
        said=row["check_message"],
        checked_at=row["checked_at"],
        limited_until=limited,
        locked=locked,
        config=row["config"],
        secrets=frozenset(row["secrets"]),
        waiting=waiting_posts(tx, name_of(row)),
    )


def locked_because(house: House, row: RowMapping) -> str:
    """Why an account's secrets cannot be opened in this process; empty when they can."""
    try:
        house.seal.open(row["secrets"])
    except BadInput as error:
        return error.message
    return ""


def _labels(kind: Kind | None) -> tuple[str, ...]:
    books = playbooks()
    return tuple(books[name].label for name in kind.platforms if name in books) if kind is not None else ()


def _health(row: RowMapping, known: bool, locked: bool, limited: bool) -> Badge:
    """The first line that applies, top to bottom."""
    table = (
        (not row["enabled"], OFF),
        (not known, UNKNOWN_KIND),
        (locked, LOCKED),
        (row["check_ok"] is False, FAILED),
        (limited, LIMITED),
        (row["check_ok"] is None, UNCHECKED),
    )
    return next((badge for applies, badge in table if applies), WELL)
