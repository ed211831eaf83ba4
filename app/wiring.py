"""Putting the rooms together: the one place that knows the concrete classes.

Pages, commands and the worker take what they need from a `House`; tests build one around a temporary database.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import RowMapping

from app.caller import Caller
from app.judges import scorer_for
from app.settings import VERSION, Settings
from data.errors import BadInput
from data.storage.engine import open_store
from data.storage.seal import Seal, seal_for
from data.storage.store import Clock, Store
from monitors.fetch import Fetcher, user_agent
from monitors.heard import Terms
from monitors.poller import Poller
from monitors.receiving import Receiver
from monitors.sources import discover as discover_sources
from monitors.sources import polled, pushed, streamed
from monitors.speaking import SpeakingDoor
from monitors.stream_runner import StreamRunner
from monitors.streaming import StreamDoor
from publishing.channels import Channel, Kind
from publishing.channels import discover as discover_channels
from publishing.channels import kinds as account_kinds
from publishing.collecting import Collector
from publishing.lookup import Finder
from publishing.mail import Mailer, mailer_from
from publishing.outbox import Outbox
from publishing.takedown import Remover
from publishing.ways import Ways
from scoring.contract import TextScorer
from workflow.measuring import cascade


@dataclass(frozen=True)
class House:
    """A running Tact: its store, its judge and its ways out."""

    settings: Settings
    store: Store
    scorer: TextScorer
    # By name; `refresh_channels` looks for accounts that people added or changed.
    channels: Mapping[str, Channel]
    # What all readers of this process have heard of terms that nobody watches.
    terms: Terms = field(default_factory=Terms)

    @property
    def seal(self) -> Seal:
        """What closes and opens the secrets of sources, calls and accounts."""
        return seal_for(self.settings.database_url, self.settings.secret_key)

    def refresh_channels(self, at_most_every: float = 0.0) -> None:
        """See to it that `channels` are the accounts that there are by now: one short read."""
        if isinstance(self.channels, Ways):
            self.channels.refresh(at_most_every)

    @property
    def account_kinds(self) -> Mapping[str, Kind]:
        """What accounts on platforms there can be, by the kind's name."""
        return self.channels.kinds if isinstance(self.channels, Ways) else {}

    def open_account(self, row: RowMapping) -> Channel:
        """An account as a channel, whether it is on or off. A TactError with a sentence where that cannot be."""
        if not isinstance(self.channels, Ways):
            raise BadInput("This program has no accounts.")
        return self.channels.opened(row)

    def outbox(self) -> Outbox:
        """What publishes due posts."""
        return Outbox(self.store, self.channels, self.scorer, owner())

    @property
    def mailer(self) -> Mailer | None:
        """The operator's mail server; None where none is set. BadInput when the setting cannot be read."""
        return mailer_from(self.settings.smtp_url, self.settings.mail_from)

    def caller(self, fetcher: Fetcher) -> Caller:
        """What tells other programs, and our own people by e-mail."""
        return Caller(self.store, fetcher, self.seal, self.mailer, owner())

    def remover(self) -> Remover:
        """What takes published posts down, through the accounts that there are by now."""
        self.refresh_channels()
        return Remover(self.store, self.channels, owner())

    def finder(self) -> Finder:
        """What asks platforms about posts of unknown outcome."""
        return Finder(self.store, self.channels, owner())

    def ways_on(self) -> cascade.Ways:
        """Where the team can go on after a post that led: its accounts by platform, what stands for any, and hands."""
        by_platform: dict[str, str] = {}
        for name, channel in self.channels.items():
            for platform in channel.platforms:
                by_platform.setdefault(platform, name)
        anywhere = frozenset(name for name, channel in self.channels.items() if not channel.platforms)
        by_hand = next((name for name, channel in self.channels.items() if channel.by_hand), "")
        return cascade.Ways(by_platform, anywhere, by_hand)

    def collector(self) -> Collector:
        """What reads figures and answers back."""
        first_step = timedelta(seconds=self.settings.collect_seconds)
        return Collector(self.store, self.channels, self.scorer, owner(), first_step)

    def fetcher(self) -> Fetcher:
        """The door to addresses that people typed or feeds named."""
        return Fetcher(user_agent(VERSION, self.settings.contact), allow_private=self.settings.allow_private)

    def receiver(self) -> Receiver:
        """What takes the deliveries of sources that are called."""
        return Receiver(self.store, pushed(discover_sources()), self.seal, self.terms)

    def poller(self, fetcher: Fetcher) -> Poller:
        """What reads due sources."""
        return Poller(self.store, polled(discover_sources()), fetcher, owner(), self.seal, self.terms)

    def stream_runner(self) -> StreamRunner:
        """What follows streams, through a door of its own that a stop closes."""
        agent = user_agent(VERSION, self.settings.contact)
        door = StreamDoor(agent, self.store.now, allow_private=self.settings.allow_private)
        return StreamRunner(self.store, streamed(discover_sources()), door, owner(), self.seal, self.terms)


def build(settings: Settings, *, clock: Clock | None = None) -> House:
    """Open the store (StorageError, with a sentence, when that cannot be) and wire the rest around it."""
    store = open_store(settings.database_url, clock=clock)
    seal = seal_for(settings.database_url, settings.secret_key)
    agent = user_agent(VERSION, settings.contact)
    door = SpeakingDoor(agent, allow_private=settings.allow_private, now=store.now)
    fixed = discover_channels({"dry_run_folder": str(settings.dry_run_folder)})
    return House(settings, store, scorer_for(settings), Ways(fixed, account_kinds(), store, seal, door))


def owner() -> str:
    """How this process signs its leases."""
    return f"{socket.gethostname()}:{os.getpid()}"
