"""The ways out of the house: one file for each, found by its name.

A channel takes an `Outgoing`, sends it, and returns a `Receipt`. It keeps no state and asks no questions: whether a
post may leave was decided before, and remembering what happened is the outbox's work. `idempotent` says whether the
same `key` may be sent twice without a second post appearing; where it may not, a lost answer is for a person.
A channel with `by_hand` is never called: a person posts, and gives the address.

What was published may have to come down again: `delete` takes a `Published`, and returns once the platform no longer
shows it. What is gone already is no error, so a deletion may be repeated until it is known to have worked.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from data.errors import ChannelError


@dataclass(frozen=True)
class OutgoingMedia:
    """One file, as it will be sent."""

    name: str
    mime: str
    content: bytes
    alt_text: str


@dataclass(frozen=True)
class Outgoing:
    """A post on its way. `key` is the same for every attempt at this post; `content_hash` is what was agreed."""

    key: str
    platform: str
    text: str
    links: tuple[str, ...]
    media: tuple[OutgoingMedia, ...]
    content_hash: str
    at: datetime


@dataclass(frozen=True)
class Receipt:
    """What came of it: where the post can be seen, and what was sent, for the record."""

    address: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Published:
    """A post that is out: the key that it was sent with, and what the channel's receipt said then."""

    key: str
    platform: str
    address: str
    payload: Mapping[str, Any]


class Channel(Protocol):
    """One way out. Raises ChannelError (a sentence and the cause) when the platform did not do what was asked."""

    name: str
    label: str
    idempotent: bool
    by_hand: bool

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Send one post, once."""
        ...

    def delete(self, published: Published) -> None:
        """Take one post back. Returns when it is gone, however often it is asked."""
        ...


def discover(settings: Mapping[str, str]) -> dict[str, Channel]:
    """Every channel in this folder by name; each file offers `make(settings) -> Channel`."""
    found: dict[str, Channel] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda one: one.name):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        make = getattr(loaded, "make", None)
        if make is None:
            raise ChannelError(f"The channel file {module.name}.py offers no make(settings).", cause=loaded.__name__)
        channel: Channel = make(settings)
        found[channel.name] = channel
    return found
