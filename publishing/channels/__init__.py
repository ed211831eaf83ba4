"""The ways out of the house: one file for each, found by its name.

A channel takes an `Outgoing`, sends it, and returns a `Receipt`. It keeps no state and asks no questions: whether a
post may leave was decided before, and remembering what happened is the outbox's work. `idempotent` says whether the
same `key` may be sent twice without a second post appearing; where it may not, a lost answer is for a person.
A channel with `by_hand` is never called: a person posts, and gives the address.

What was published may have to come down again: `delete` takes a `Published`, and returns once the platform no longer
shows it. What is gone already is no error, so a deletion may be repeated until it is known to have worked. What a
platform can do besides (answer others, be asked whether a post is out, tell figures and replies) it says of itself.

Two shapes of file there are. One offers `make(settings) -> Channel`: a channel that needs no account. The other defines
`KIND`, an object that fits `Kind`: it says what an account there consists of, and opens one as a channel; there are as
many channels of it as the team has accounts. Files whose name begins with an underscore are helpers.

Every way in which it can fail is a ChannelError of `publishing.trouble`, with a sentence for a person that names no
key, and the cause for the log.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, Literal, Protocol

from data.errors import ChannelError
from publishing.door import Door

# A "secret" is sealed in the database, never shown again, and stands in `Account.secrets` alone.
SettingKind = Literal["text", "address", "flag", "choice", "secret"]


@dataclass(frozen=True)
class OutgoingMedia:
    """One file, as it will be sent."""

    name: str
    mime: str
    content: bytes
    alt_text: str


@dataclass(frozen=True)
class Answering:
    """The post of somebody that ours answers: as a reply below it, or by quoting it. `address` is its web address."""

    kind: Literal["reply", "quote"]
    address: str


@dataclass(frozen=True)
class Outgoing:
    """A post on its way. `key` is the same for every attempt at this post; `content_hash` is what was agreed.

    `prepared` is what the channel's own `prepare` chose before the first attempt; `at` is when that began. Where a
    channel takes steps before the one request that makes the post (an upload), it asks `may_begin` right before that
    one: the outbox has looked before it called, and somebody may have stopped everything since.
    """

    key: str
    platform: str
    text: str
    links: tuple[str, ...]
    media: tuple[OutgoingMedia, ...]
    content_hash: str
    at: datetime
    answering: Answering | None = None
    prepared: Mapping[str, Any] = field(default_factory=dict)
    may_begin: Callable[[], bool] = field(default=lambda: True, repr=False, compare=False)


@dataclass(frozen=True)
class Receipt:
    """What came of it: where the post can be seen, and what was sent, for the record.

    `payload` is what the channel needs to find the post again: plain JSON, without a key.
    """

    address: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Published:
    """A post that is out: the key that it was sent with, and what the channel's receipt said then."""

    key: str
    platform: str
    address: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Figures:
    """What a platform says of a post by now, in counts since it was posted; None: it does not say.

    `shares` are passed on unchanged, `quotes` with words added; `audience` is who follows the account. `posted_at` and
    `edited_at` are the platform's own times, `server_at` its clock as it answered. `raw` has its own names.
    """

    impressions: int | None = None
    likes: int | None = None
    shares: int | None = None
    quotes: int | None = None
    replies: int | None = None
    clicks: int | None = None
    saves: int | None = None
    audience: int | None = None
    posted_at: datetime | None = None
    edited_at: datetime | None = None
    server_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """What somebody said under a post of ours: plain text, an identifier that stays, and where it can be seen."""

    external_id: str
    author: str
    text: str
    address: str
    at: datetime
    language: str | None = None


@dataclass(frozen=True)
class Setting:
    """One field of an account's form. `choices` is filled for the kind `choice` only; None: no default."""

    name: str
    label: str
    kind: SettingKind
    required: bool
    help: str
    choices: tuple[str, ...] = ()
    default: object = None


@dataclass(frozen=True)
class Account:
    """A team's account on a platform. `name` is the channel's (`<kind>-<id>`), `label` what people call it."""

    name: str
    label: str
    config: Mapping[str, object]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class Channel:
    """One way out; what a platform cannot do keeps the answer that stands here."""

    name: str
    label: str
    # The account's last change that it was opened with; None where there is no account.
    as_of: datetime | None = None
    # The same key may be sent again without a second post, for as long after the first attempt as the platform keeps
    # it (None: for ever).
    idempotent: bool = False
    repeatable_for: timedelta | None = None
    by_hand: bool = False
    # Which playbooks it speaks for; empty: any.
    platforms: tuple[str, ...] = ()
    # Which of "reply" and "quote" it can do.
    answers: frozenset[str] = frozenset()
    # Whether it can be asked for a post of unknown outcome, for figures, for replies.
    looks_up: bool = False
    measures: bool = False
    hears: bool = False

    def load(self) -> None:
        """Import what is heavy. Called in good time before `prepare`: from there on seconds count, and writers wait."""

    def prepare(self, outgoing: Outgoing) -> Mapping[str, Any]:
        """What must be chosen once and stored before the first request, as plain JSON. Asks nobody."""
        return {}

    def publish(self, outgoing: Outgoing) -> Receipt:
        """Send one post, once. Raises an error of `publishing.trouble`."""
        raise NotImplementedError

    def delete(self, published: Published) -> None:
        """Take one post back. Returns when it is gone, however often it is asked."""
        raise NotImplementedError

    def look_up(self, outgoing: Outgoing) -> Receipt | None:
        """Whether a post that was begun is out; None: certainly not. Unsure where the platform cannot tell."""
        raise ChannelError(f"{self.label} cannot be asked whether a post is out.", f"look_up on {self.name}")

    def figures(self, published: Published) -> Figures:
        """What became of a post. Gone when the platform has it no longer."""
        raise ChannelError(f"{self.label} tells no figures.", f"figures on {self.name}")

    def replies(self, published: Published) -> Sequence[Reply]:
        """What people said under it, newest first, as many as one look brings."""
        raise ChannelError(f"{self.label} tells no replies.", f"replies on {self.name}")

    def check(self) -> str:
        """Sign in there, change nothing, and say in a sentence as whom. Declined where it does not let us in."""
        return ""


class Kind(Protocol):
    """What one platform's accounts are made of. Without state of its own."""

    kind: str
    label: str
    platforms: tuple[str, ...]
    settings: tuple[Setting, ...]

    def check(self, config: Mapping[str, object]) -> None:
        """Raise `BadInput` with a sentence naming the field that cannot be used."""
        ...

    def open(self, account: Account, door: Door) -> Channel:
        """The account as a channel. Makes no request."""
        ...


def discover(settings: Mapping[str, str]) -> dict[str, Channel]:
    """Every channel in this folder that needs no account, by name."""
    found: dict[str, Channel] = {}
    for loaded in _modules():
        make = getattr(loaded, "make", None)
        if make is not None:
            channel: Channel = make(settings)
            found[channel.name] = channel
    return found


def kinds() -> dict[str, Kind]:
    """Every kind of account in this folder, by its name."""
    found: dict[str, Kind] = {}
    for loaded in _modules():
        kind: Kind | None = getattr(loaded, "KIND", None)
        if kind is not None:
            found[kind.kind] = kind
    return found


def _modules() -> list[ModuleType]:
    """The files of this folder that are channels. ChannelError for one that offers neither shape."""
    loaded = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda one: one.name):
        if module.name.startswith("_"):
            continue
        one = importlib.import_module(f"{__name__}.{module.name}")
        if not (hasattr(one, "make") or hasattr(one, "KIND")):
            said = f"The channel file {module.name}.py offers neither make(settings) nor KIND."
            raise ChannelError(said, cause=one.__name__)
        loaded.append(one)
    return loaded
