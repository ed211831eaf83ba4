"""The contract of a source, and how the kinds are found. One file to add: `monitors/sources/<kind>.py`.

A kind is a module of this folder that defines `SOURCE`, an object that fits the `Source` protocol. Nothing is
registered anywhere: `discover()` imports what lies here, and the contract test runs over whatever it finds. Three
shapes there are: a `Source` is asked again and again, a `Stream` stays connected, a `Push` is called by others. All
say what they saw; they never store, count or decide, and reach the outside only through the door that they are
handed. Modules whose name starts with an underscore are helpers, not kinds.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from data.errors import TactError
from monitors.fetch import Fetcher

if TYPE_CHECKING:
    from monitors.streaming import StreamDoor

ItemKind = Literal["news", "mentions", "official"]
# A "secret" is sealed in the database, never shown again, and stands in the `config` that a source is handed.
SettingKind = Literal["text", "address", "list", "flag", "choice", "secret"]
Config = Mapping[str, object]


class SourceBroken(TactError):
    """A module of this folder cannot be used: it does not import, or it defines no source."""


@dataclass(frozen=True)
class Item:
    """One thing a source gave us. `text` is plain text, title first; `url` is http(s) or empty.

    `external_id` is stable at its source, so a second poll yields the same one. `published_at` is aware UTC and
    never later than the poll. `weight` is how many uses the item stands for (a status and its reblogs).
    """

    external_id: str
    text: str
    url: str
    author: str
    published_at: datetime | None
    kind: ItemKind
    language: str | None = None
    region: str | None = None
    topic: str | None = None
    weight: int = 1
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """A volume that the source itself measured: `count` uses of `topic` between `window_start` and `window_end`.

    `baseline` is the source's own usual count for such a window, None where it tells no history.
    """

    topic: str
    at: datetime
    count: float
    baseline: float | None
    window_start: datetime
    window_end: datetime
    url: str = ""
    titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class PollState:
    """What a source needs back at its next poll: the server's validators byte for byte, and cursors by name."""

    etag: str | None = None
    last_modified: str | None = None
    cursor: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Poll:
    """What one poll brought. `next_poll_after` is the least wait the server asked for; the poller adds its own.

    `trouble` holds sentences about parts that failed while the others came through (one tag of several); `skipped`
    counts what came and could not be read, the last reason among them.
    """

    items: tuple[Item, ...]
    readings: tuple[Reading, ...]
    state: PollState
    not_modified: bool = False
    next_poll_after: timedelta | None = None
    trouble: tuple[str, ...] = ()
    skipped: int = 0


@dataclass(frozen=True)
class Setting:
    """One field of a source's settings form. `choices` is filled for the kind `choice` only; None: no default."""

    name: str
    label: str
    kind: SettingKind
    required: bool
    help: str
    choices: tuple[str, ...] = ()
    default: object = None


class Kind(Protocol):
    """What every shape has. Without state of its own: everything it remembers travels in `PollState`."""

    kind: str
    label: str
    item_kind: ItemKind
    settings: tuple[Setting, ...]
    default_interval: timedelta

    def check(self, config: Config) -> None:
        """Raise `BadInput` with a sentence naming the field that cannot be used."""
        ...


@runtime_checkable
class Source(Kind, Protocol):
    """A kind that is asked at an interval."""

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """Read what is new. Raises `FetchError` when the address cannot be read, `BadInput` for bad settings."""
        ...


@runtime_checkable
class Stream(Kind, Protocol):
    """A kind that stays connected. `default_interval` is the least wait between two attempts to connect."""

    def follow(self, config: Config, state: PollState, door: StreamDoor) -> Generator[Poll, None, None]:
        """Connect where `state` ended and yield batches, each with the state to resume from after it.

        A batch may come empty, as a sign of life, and one comes at least every second or so. What was given before
        may be given again after a resume. Raises `FetchError` when the connection fails or ends, and lets the door's
        `StreamStopped` pass. It is closed when nobody wants more.
        """
        ...


@runtime_checkable
class Push(Kind, Protocol):
    """A kind that others call. `default_interval` says after how much silence a person may wonder."""

    def receive(self, config: Config, body: bytes, now: datetime) -> Poll:
        """What one authentic delivery says. Raises `BadInput` with the reason when it cannot be read."""
        ...


# How often a source may be read at most, where its kind says nothing else (ours).
LEAST_INTERVAL = timedelta(minutes=1)


def least_interval(kind: Kind) -> timedelta:
    """The shortest interval that a person may choose: the kind's own `least_interval`, if it has one, or a minute."""
    least: timedelta = getattr(kind, "least_interval", LEAST_INTERVAL)
    return least


def discover() -> dict[str, Kind]:
    """Every kind by its name. Raises `SourceBroken` naming the module that cannot be used."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return {name: load(name) for name in names}


def polled(kinds: Mapping[str, Kind]) -> dict[str, Source]:
    """Those of `kinds` that are asked at an interval."""
    return {name: kind for name, kind in kinds.items() if isinstance(kind, Source)}


def streamed(kinds: Mapping[str, Kind]) -> dict[str, Stream]:
    """Those of `kinds` that stay connected."""
    return {name: kind for name, kind in kinds.items() if isinstance(kind, Stream)}


def pushed(kinds: Mapping[str, Kind]) -> dict[str, Push]:
    """Those of `kinds` that others call."""
    return {name: kind for name, kind in kinds.items() if isinstance(kind, Push)}


def load(kind: str) -> Kind:
    """The source that `monitors/sources/<kind>.py` defines. Raises `SourceBroken`."""
    place = f"monitors/sources/{kind}.py"
    try:
        module = importlib.import_module(f"{__name__}.{kind}")
    except Exception as error:  # a plug-in may fail in any way; it is named and raised on
        raise SourceBroken(f"The source in {place} cannot be loaded: mend or remove it.", repr(error)) from error
    source = getattr(module, "SOURCE", None)
    if not isinstance(source, Source | Stream | Push):
        shapes = "an object that fits Source, Stream or Push of monitors.sources"
        raise SourceBroken(f"{place} must define SOURCE, {shapes}.")
    if source.kind != kind:
        raise SourceBroken(f"{place} calls its source {source.kind!r}: the kind and the file's name must be the same.")
    return source
