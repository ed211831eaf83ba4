"""Every way out of this workspace by its name: the channels that need no account, and each account as a channel.

A mapping that is looked at anew with `refresh`: an account that somebody added, changed or switched off takes effect
at the next look of each process, without a restart. One whose secrets cannot be opened, or whose kind this program
lacks, is left out and said in the log: its posts wait for a process that has it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select

from data.errors import BadInput, TactError
from data.storage.seal import Seal
from data.storage.store import Store
from data.storage.tables import channel_accounts
from publishing.channels import Account, Channel, Kind
from publishing.door import Door
from workflow.channel_accounts import name_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Opened:
    changed_at: datetime
    channel: Channel | None


class Ways(Mapping[str, Channel]):
    """The channels there are now. Safe to share between threads: each `refresh` puts a whole new table in place."""

    def __init__(
        self, fixed: Mapping[str, Channel], kinds: Mapping[str, Kind], store: Store, seal: Seal, door: Door
    ) -> None:
        self._fixed = dict(fixed)
        self._kinds = dict(kinds)
        self._store = store
        self._seal = seal
        self._door = door
        self._accounts: dict[str, _Opened] = {}
        self._all: dict[str, Channel] = dict(fixed)
        self._looked: float | None = None

    def refresh(self, at_most_every: float = 0.0) -> None:
        """Look which accounts there are; only what changed since is opened anew.

        `at_most_every`: so many seconds a look lasts, for pages that are drawn again at every click.
        """
        if self._looked is not None and time.monotonic() - self._looked < at_most_every:
            return
        self._looked = time.monotonic()
        with self._store.read() as tx:
            rows = tx.rows(select(channel_accounts).where(channel_accounts.c.enabled))
        accounts = {name_of(row): self._kept_or_opened(row) for row in rows}
        opened = {name: one.channel for name, one in accounts.items() if one.channel is not None}
        self._accounts, self._all = accounts, {**self._fixed, **opened}

    def _kept_or_opened(self, row: RowMapping) -> _Opened:
        kept = self._accounts.get(name_of(row))
        if kept is not None and kept.changed_at == row["changed_at"]:
            return kept
        return _Opened(row["changed_at"], self._open(row))

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """What accounts there can be, by the kind's name."""
        return self._kinds

    def opened(self, row: RowMapping) -> Channel:
        """An account's row as a channel, switched on or not. A TactError with a sentence where that cannot be."""
        kind = self._kinds.get(row["kind"])
        if kind is None:
            raise BadInput(f"This program has no channel of the kind {row['kind']!r}.")
        account = Account(name_of(row), row["name"], row["config"], self._seal.open(row["secrets"]))
        channel = kind.open(account, self._door)
        channel.as_of = row["changed_at"]
        return channel

    def _open(self, row: RowMapping) -> Channel | None:
        try:
            return self.opened(row)
        except TactError as error:
            log.error("account %s cannot be opened: %s (%s)", row["id"], error.message, error.cause)
            return None

    def __getitem__(self, name: str) -> Channel:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)
