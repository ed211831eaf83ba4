"""A Mastodon server: the timelines of chosen hashtags, the tags that rise there, and who mentions an account.

A status of a tag's timeline is a mention; it counts once for itself and once for each reblog it had when first seen.
The rising tags are readings: uses today against the mean of the earlier days that the server tells (today is not
over, so this errs towards silence). Mentions are those of the account that an access token belongs to; without one
a server tells nobody's. https://docs.joinmastodon.org/methods/timelines/#tag and /methods/trends/#tags
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import fmean
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from data.errors import FetchError
from data.plain import one_line, plain_text, web_link
from monitors.fetch import JSON, Answered, Fetcher, Response, asked_wait
from monitors.guard import Deadline
from monitors.sources import Config, Item, ItemKind, Poll, PollState, Reading
from monitors.sources._json import rows_of
from monitors.sources._parts import explained
from monitors.sources._settings import Address, OptionalSecret, Settings, Words, form_of, read

PAGE = 40  # the most that a server gives at once
MOST_PAGES = 5
MOST_TAGS = 20
MOST_SECONDS = 60.0  # for one visit: with the door's own deadline it stays within a worker's lease
MOST_WEIGHT = 10_000  # a hostile server may claim any number of reblogs
MOST_USES = 10**12  # and of uses: a tag with more than this is left out
_MENTIONS = "@"  # no hashtag can be called that: the cursor of the mentions
_KEYS = {
    401: "The server refuses the access token: make a new one under Preferences, Development, and enter it again.",
    403: "The access token may not read notifications: make one with read:notifications, and enter it again.",
}
_TAG = re.compile(r"\w{1,100}")


def _bare_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    bare = tuple(dict.fromkeys(tag.lstrip("#").casefold() for tag in tags))
    if wrong := [tag for tag in bare if not _TAG.fullmatch(tag)]:
        raise ValueError(f"{wrong[0][:40]!a} cannot be a hashtag")
    if len(bare) > MOST_TAGS:
        raise ValueError(f"at most {MOST_TAGS} hashtags for one source")
    return bare


def _with_scheme(value: object) -> object:
    return f"https://{value}" if isinstance(value, str) and value and "://" not in value else value


class MastodonSettings(Settings):
    """What the operator fills in."""

    instance: Annotated[Address, BeforeValidator(_with_scheme)] = Field(
        title="Server", description="Its name or address: mastodon.social"
    )
    tags: Annotated[Words, AfterValidator(_bare_tags)] = Field(
        default=(), title="Hashtags", description="Whose posts are read, without the #."
    )
    trends: bool = Field(default=False, title="Rising tags", description="Also read which tags are rising there.")
    mentions: bool = Field(
        default=False, title="Mentions", description="Also posts that mention your account. Needs an access token."
    )
    token: OptionalSecret = Field(
        default=None,
        title="Access token",
        description="Of an app under Preferences, Development, with read:notifications. It is not shown again.",
    )
    alert_on: Literal["watched", "everything"] = Field(
        default="watched",
        title="Alert on",
        description="Trends that touch a monitor of yours, or every trend that rises.",
    )

    @model_validator(mode="after")
    def _asks_for_something(self) -> MastodonSettings:
        if not self.tags and not self.trends and not self.mentions:
            raise ValueError("Name at least one hashtag, or switch the rising tags or the mentions on")
        if self.mentions and self.token is None:
            raise ValueError("Mentions need an access token: make one under Preferences, Development")
        return self


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


class _Account(BaseModel):
    acct: str


class _Status(BaseModel):
    id: str
    created_at: Annotated[datetime, AfterValidator(_in_utc)]
    account: _Account
    uri: str = ""
    url: str | None = None
    content: str = ""
    spoiler_text: str = ""
    language: str | None = None
    reblogs_count: int = 0


class _Notification(BaseModel):
    id: Annotated[str, Field(pattern="^[0-9]{1,40}$")]
    type: Literal["mention"]
    status: _Status


class _Day(BaseModel):
    day: int
    uses: Annotated[int, Field(ge=0, le=MOST_USES)]


class _Tag(BaseModel):
    name: str
    url: str = ""
    history: list[_Day] = []


class Mastodon:
    """Hashtag timelines as mentions, rising tags as readings."""

    kind = "mastodon"
    label = "Mastodon"
    item_kind: ItemKind = "mentions"
    settings = form_of(MastodonSettings)
    default_interval = timedelta(minutes=5)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(MastodonSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """What is new for each tag. One tag that fails leaves the others alone; all failing raises `FetchError`."""
        chosen = read(MastodonSettings, config)
        key = chosen.token.get_secret_value() if chosen.token else ""
        visit = _Visit(chosen.instance.rstrip("/"), fetcher, now, dict(state.cursor), key)
        parts: list[Callable[[], None]] = [partial(visit.timeline, tag) for tag in chosen.tags]
        if chosen.trends:
            parts.append(visit.trends)
        if chosen.mentions:
            parts.append(visit.mentions)
        failures = _try_all(parts)
        if failures and len(failures) == visit.attempts:
            raise failures[0]
        asked = [error.retry_after for error in failures if isinstance(error, Answered) and error.retry_after]
        return Poll(
            items=tuple(visit.items.values()),
            readings=tuple(visit.readings),
            state=PollState(
                cursor={tag: visit.cursor[tag] for tag in (*chosen.tags, _MENTIONS) if tag in visit.cursor}
            ),
            next_poll_after=max(visit.waits + asked, default=None),
            trouble=tuple(dict.fromkeys(error.message for error in failures)),
        )


def _try_all(parts: list[Callable[[], None]]) -> list[FetchError]:
    """Run each part; stop where the server is busy or out of reach, for the next part would not fare better."""
    failures: list[FetchError] = []
    for part in parts:
        try:
            part()
        except FetchError as error:
            failures.append(error)
            if not isinstance(error, Answered) or error.status in (429, 503):
                break
    return failures


@dataclass
class _Visit:
    """One poll of one server: what came, where each tag stands, what the server asked for."""

    base: str
    fetcher: Fetcher
    now: datetime
    cursor: dict[str, str]
    key: str = field(default="", repr=False)
    items: dict[str, Item] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    waits: list[timedelta] = field(default_factory=list)
    budget: Deadline = field(default_factory=lambda: Deadline(MOST_SECONDS))
    attempts: int = 0

    def timeline(self, tag: str) -> None:
        """What was posted under `tag` since the cursor, newest first, at most five pages of it."""
        self.attempts += 1
        since = self.cursor.get(tag)
        newest, oldest = "", ""
        for _ in range(MOST_PAGES if since else 1):
            query = (
                {"limit": str(PAGE)} | ({"since_id": since} if since else {}) | ({"max_id": oldest} if oldest else {})
            )
            page = rows_of(self._get(f"/api/v1/timelines/tag/{quote(tag)}?{urlencode(query)}"), _Status)
            self.items |= {item.external_id: item for item in (_item(status, tag, self.now) for status in page)}
            if not page or page[-1].id == oldest:
                break
            newest, oldest = newest or page[0].id, page[-1].id
            if len(page) < PAGE:
                break
        if newest:
            self.cursor[tag] = newest

    def trends(self) -> None:
        """The rising tags that have been used today."""
        self.attempts += 1
        tags = rows_of(self._get("/api/v1/trends/tags?limit=20"), _Tag)
        self.readings += [reading for tag in tags if (reading := _reading(tag, self.now)) is not None]

    def mentions(self) -> None:
        """Who mentioned the token's account since the cursor, newest first. Counted under their own words alone."""
        self.attempts += 1
        since, oldest = self.cursor.get(_MENTIONS), ""
        for _ in range(MOST_PAGES if since else 1):
            asked = {"types[]": "mention", "limit": str(PAGE)} | ({"since_id": since} if since else {})
            query = urlencode(asked | ({"max_id": oldest} if oldest else {}))
            with explained(_KEYS):
                page = rows_of(self._get(f"/api/v1/notifications?{query}", self.key), _Notification)
            for told in page:
                item = _item(told.status, None, self.now)
                self.items.setdefault(item.external_id, item)
            newest = max((int(told.id) for told in page), default=0)
            self.cursor[_MENTIONS] = str(max(newest, int(self.cursor.get(_MENTIONS, "0"))))
            if len(page) < PAGE or page[-1].id == oldest:
                break
            oldest = page[-1].id

    def _get(self, path: str, key: str = "") -> Response:
        if self.budget.over:
            raise FetchError("The server is too slow for all its hashtags: the rest is read next time.")
        reply = self.fetcher.get(self.base + path, now=self.now, accept=JSON, bearer=key)
        if (wait := asked_wait(reply)) is not None:
            self.waits.append(wait)
        return reply


def _item(status: _Status, tag: str | None, now: datetime) -> Item:
    text = plain_text(f"{status.spoiler_text}<p>{status.content}</p>")
    return Item(
        external_id=one_line(status.uri or status.url or status.id, 500),
        text=text,
        url=web_link(status.url or ""),
        author=one_line(status.account.acct, 200),
        published_at=min(status.created_at, now),
        kind="mentions",
        language=status.language,
        topic=f"#{tag}" if tag else None,
        weight=1 + max(0, min(status.reblogs_count, MOST_WEIGHT - 1)),
    )


def _reading(tag: _Tag, now: datetime) -> Reading | None:
    """Today's uses against the mean of the earlier days; None where the server tells nothing about today."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    uses = {day.day: day.uses for day in tag.history}
    count = uses.pop(int(today.timestamp()), None)
    earlier = [number for day, number in uses.items() if day < today.timestamp()]
    if count is None or not tag.name:
        return None
    return Reading(
        topic=f"#{one_line(tag.name, 100)}",
        at=now,
        count=count,
        baseline=fmean(earlier) if earlier else None,
        window_start=today,
        window_end=now,
        url=web_link(tag.url),
    )


SOURCE = Mastodon()
