"""Every public post on Bluesky, as it is written: Jetstream, a WebSocket of JSON with a clock for a cursor.

There is no search in it: all posts come, and intake keeps those that match a monitor. The cursor is the server's
time in microseconds and means the same on each of its hosts, so the next host carries on where one falls silent; we
come back a few seconds early, and a post that was counted is not counted again. Likes and reposts are not in the
collection that we ask for; what is deleted stays counted, as it was said. Accounts and their names are not followed.
https://github.com/bluesky-social/jetstream
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from data.errors import FetchError
from data.plain import one_line
from monitors.sources import Config, Item, ItemKind, Poll, PollState
from monitors.sources._settings import OptionalStream, Settings, form_of, read
from monitors.streaming import StreamDoor, stream_address

COLLECTION = "app.bsky.feed.post"
Host = Literal[
    "jetstream1.us-east.bsky.network",
    "jetstream2.us-east.bsky.network",
    "jetstream1.us-west.bsky.network",
    "jetstream2.us-west.bsky.network",
]
HOSTS: tuple[Host, ...] = get_args(Host)
PLACES = tuple(f"wss://{name}" for name in HOSTS)
# All of these are ours.
BACK = timedelta(seconds=5)  # how much earlier than its end a stream is resumed
FURTHEST_BACK = timedelta(hours=24)  # counts take nothing that comes later than this
AHEAD = timedelta(minutes=2)  # how far a server's clock may be before ours
LARGEST_POST = 200_000  # bytes; the server leaves out what is larger, which a closed door would meet again and again
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=$|-)")


class BlueskySettings(Settings):
    """What the operator fills in."""

    host: Host = Field(
        default=HOSTS[0], title="Host", description="Where to listen first; the others take its place in turn."
    )
    address: OptionalStream = Field(
        default=None,
        title="Address",
        description="Of a Jetstream of your own, like wss://jetstream.example.org; empty: the host above.",
    )


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


class _Commit(BaseModel):
    operation: str
    collection: str
    rkey: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:~-]{1,512}$")]
    record: dict[str, object] | None = None


class _Event(BaseModel):
    did: Annotated[str, Field(pattern=r"^did:[a-z]+:[A-Za-z0-9._:%-]{1,256}$")]
    time_us: Annotated[int, Field(ge=0, le=4_000_000_000_000_000)]
    kind: str
    commit: _Commit | None = None


class _Post(BaseModel):
    text: str
    created_at: Annotated[datetime, AfterValidator(_in_utc), Field(alias="createdAt")]
    langs: list[str] | None = None


class Bluesky:
    """Posts, as mentions. `places` are tried in turn where the settings name no address of one's own."""

    kind = "bluesky"
    label = "Bluesky"
    item_kind: ItemKind = "mentions"
    settings = form_of(BlueskySettings)
    default_interval = timedelta(minutes=1)

    def __init__(self, places: Sequence[str] = PLACES) -> None:
        self._places = tuple(places)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(BlueskySettings, config)

    def follow(self, config: Config, state: PollState, door: StreamDoor) -> Generator[Poll, None, None]:
        """Posts from a few seconds before `state` on. Each place is tried once, in turn; then the last one's failure.

        Whoever follows comes again after a while, and then the first place has its chance again.
        """
        heard = _Heard(_start(state, door.now()))
        failure: FetchError | None = None
        for place in self._in_turn(read(BlueskySettings, config)):
            since = door.now()
            if failure is not None:
                heard.trouble = (f"We listen at {stream_address(place).host} instead: {failure.message}",)
            try:
                for burst in door.websocket(_address(place, heard.cursor, since)):
                    yield heard.poll(burst, door.now())
            except FetchError as error:
                failure = error
        if failure is not None:
            raise failure

    def _in_turn(self, chosen: BlueskySettings) -> tuple[str, ...]:
        if chosen.address is not None:
            return (chosen.address,)
        first = [place for place in self._places if place.endswith(chosen.host)]
        return tuple(dict.fromkeys([*first, *self._places]))


@dataclass
class _Heard:
    """What one connection after the other has brought: how far we are, and what to tell of it."""

    cursor: int
    trouble: tuple[str, ...] = ()
    _skipped: list[str] = field(default_factory=list)

    def poll(self, burst: Sequence[bytes], now: datetime) -> Poll:
        """The posts of a burst. The cursor never goes back, whatever order the events come in."""
        self._skipped = []
        items = [item for message in burst if (item := self._item(message, now)) is not None]
        why = (f"{self._skipped[-1]}",) if self._skipped else ()
        return Poll(
            items=tuple(items),
            readings=(),
            state=PollState(cursor={"time_us": str(self.cursor)} if self.cursor else {}),
            skipped=len(self._skipped),
            trouble=(*self.trouble, *why),
        )

    def _item(self, message: bytes, now: datetime) -> Item | None:
        try:
            event = _Event.model_validate_json(message)
            at = EPOCH + event.time_us * MICROSECOND
            if at > now + AHEAD:
                raise ValueError("its time is in the future")
            self.cursor = max(self.cursor, event.time_us)
            return _post(event, min(at, now))
        except ValidationError as error:
            self._skipped.append(_why(error))
        except ValueError as error:
            self._skipped.append(f"A message was left out: {error}.")
        return None


def _post(event: _Event, at: datetime) -> Item | None:
    """The post that an event tells of; None for everything else, and for posts without words."""
    commit = event.commit
    if event.kind != "commit" or commit is None or commit.operation != "create" or commit.collection != COLLECTION:
        return None
    post = _Post.model_validate(commit.record)
    text = one_line(post.text)
    if not text:
        return None
    return Item(
        external_id=f"at://{event.did}/{COLLECTION}/{commit.rkey}",
        text=text,
        url=f"https://bsky.app/profile/{event.did}/post/{commit.rkey}",
        author=event.did,
        published_at=min(post.created_at, at),
        kind="mentions",
        language=_language(post.langs or ()),
    )


def _language(said: Sequence[str]) -> str | None:
    """The one language that a post names; None where it names several, since we cannot know which words are which."""
    found = {match.group().casefold() for tag in said if (match := _LANGUAGE.match(tag))}
    return found.pop() if len(found) == 1 else None


def _why(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"A message was left out: {where or 'it'} is not what it should be."


def _start(state: PollState, now: datetime) -> int:
    """The cursor that was kept, unless it is none, or of a future that would hide everything until then."""
    kept: Mapping[str, str] = state.cursor
    digits = kept.get("time_us", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 17):
        return 0
    return int(digits) if EPOCH + int(digits) * MICROSECOND <= now + AHEAD else 0


def _address(place: str, cursor: int, now: datetime) -> str:
    base = place.rstrip("/").removesuffix("/subscribe")
    asked = f"wantedCollections={COLLECTION}&maxMessageSizeBytes={LARGEST_POST}"
    if cursor:
        oldest = (now - FURTHEST_BACK - EPOCH) // MICROSECOND
        asked += f"&cursor={max(cursor - BACK // MICROSECOND, oldest, 0)}"
    return f"{base}/subscribe?{asked}"


SOURCE = Bluesky()
