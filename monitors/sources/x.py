"""X: how often chosen terms are used, by the hour, and the posts themselves where the operator's plan includes them.

Read with an application's bearer token (API v2, recent counts and recent search, seven days back). Counts are readings:
the busier of the hour that runs and the last whole one, against the mean of the hours before them. Every request costs
of a plan's allowance, so posts are read only when asked for. https://docs.x.com/x-api
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import fmean
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from data.errors import FetchError
from data.plain import one_line, plain_text
from monitors.fetch import Fetcher
from monitors.sources import Config, Item, ItemKind, Poll, PollState, Reading
from monitors.sources._json import UtcTime, rows_in
from monitors.sources._parts import Visit, explained
from monitors.sources._settings import Address, OptionalText, Secret, Settings, Terms, form_of, quoted, read

PAGE = 100
MOST_PAGES = 3
MOST_TERMS = 15
MOST_WEIGHT = 10_000
MOST_USES = 10**12
FIRST_LOOK = timedelta(hours=1)
LONGEST_LOOK = timedelta(days=1)
LOOK_BACK = timedelta(minutes=1)
SETTLED = timedelta(seconds=30)  # the service wants a window to end a little before now
HOUR = timedelta(hours=1)
LEAST_HOURS = 6  # fewer say nothing about what is usual
_SAYS = {
    401: "X refuses the key: copy the app's bearer token from the developer console, and enter it again.",
    402: "X says that this key's plan is used up: raise it in the developer console, or ask less often.",
    403: "X does not let this key do that: its plan may not include counts or search. Switch one of them off.",
}


def _few(terms: tuple[str, ...]) -> tuple[str, ...]:
    if len(terms) > MOST_TERMS:
        raise ValueError(f"at most {MOST_TERMS} terms for one source")
    return terms


class XSettings(Settings):
    """What the operator fills in."""

    token: Secret = Field(
        title="Bearer token",
        description="Needs a key: of an app in X's developer console. Sealed, and not shown again.",
    )
    terms: Annotated[Terms, AfterValidator(_few)] = Field(
        title="Terms", description="What is counted and searched for; phrases in quotation marks."
    )
    counts: bool = Field(default=True, title="Counts", description="How often each term is used, by the hour.")
    posts: bool = Field(
        default=False, title="Posts", description="Also the posts themselves; each counts in your plan."
    )
    language: OptionalText = Field(default=None, title="Language", description="Only posts in it: en. Empty: all.")
    alert_on: Literal["watched", "everything"] = Field(
        default="everything",
        title="Alert on",
        description="Counts that touch a monitor of yours, or each one that rises: you chose the terms.",
    )
    address: Address = Field(default="https://api.x.com", title="Address", description="Changed only for a mirror.")

    @model_validator(mode="after")
    def _asks_for_something(self) -> XSettings:
        if not self.counts and not self.posts:
            raise ValueError("Switch counts or posts on")
        return self


class _Bucket(BaseModel):
    start: UtcTime
    end: UtcTime
    tweet_count: Annotated[int, Field(ge=0, le=MOST_USES)]


class _Metrics(BaseModel):
    retweet_count: int = 0
    reply_count: int = 0
    like_count: int = 0
    quote_count: int = 0


class _Post(BaseModel):
    id: Annotated[str, Field(pattern="^[0-9]{1,25}$")]
    text: str
    author_id: str = ""
    created_at: UtcTime
    lang: str = ""
    public_metrics: _Metrics = _Metrics()


class _User(BaseModel):
    id: str
    username: Annotated[str, Field(pattern="^[A-Za-z0-9_]{1,50}$")]


class _Meta(BaseModel):
    next_token: str | None = None


class _Includes(BaseModel):
    users: list[object] = []


class _Reply(BaseModel):
    """`meta` is what makes an answer one of theirs: without a hit there is no `data`."""

    meta: _Meta
    data: list[object] = []
    includes: _Includes = _Includes()


class X:
    """Counts as readings, posts as mentions."""

    kind = "x"
    label = "X (needs a paid key)"
    item_kind: ItemKind = "mentions"
    settings = form_of(XSettings)
    default_interval = timedelta(minutes=15)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(XSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """What each term did. One term that fails leaves the others alone; all failing raises `FetchError`."""
        chosen = read(XSettings, config)
        visit = Visit(fetcher, now, bearer=chosen.token.get_secret_value())
        look = _Look(chosen, visit, dict(state.cursor))
        parts: list[Callable[[], None]] = []
        for term in chosen.terms:
            parts += [partial(look.count, term)] if chosen.counts else []
            parts += [partial(look.search, term)] if chosen.posts else []
        visit.try_each(parts)
        return Poll(
            items=tuple(look.items.values()),
            readings=tuple(look.readings),
            state=PollState(cursor={term: look.cursor[term] for term in chosen.terms if term in look.cursor}),
            next_poll_after=visit.next_poll_after(),
            trouble=(*visit.trouble, *look.floods),
        )


@dataclass
class _Look:
    """One poll: what came, and the second that the posts of each term have been read up to."""

    chosen: XSettings
    visit: Visit
    cursor: dict[str, str]
    items: dict[str, Item] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    floods: list[str] = field(default_factory=list)

    def count(self, term: str) -> None:
        """The uses of a term by the hour, of the last seven days."""
        reply = self._get("counts", {"query": self._query(term), "granularity": "hour"})
        reading = _reading(term, rows_in(reply.data, _Bucket), self.visit.now)
        self.readings += [reading] if reading is not None else []

    def search(self, term: str) -> None:
        """The posts since the cursor, newest first. Passed-on ones are in each post's own number."""
        since = self._reached(term)
        asked = {
            "query": f"{self._query(term)} -is:retweet",
            "max_results": str(PAGE),
            "start_time": f"{since - LOOK_BACK:%Y-%m-%dT%H:%M:%SZ}",
            "tweet.fields": "author_id,created_at,lang,public_metrics",
            "expansions": "author_id",
            "user.fields": "username",
        }
        onward = ""
        for _ in range(MOST_PAGES):
            reply = self._get("search", asked | ({"next_token": onward} if onward else {}))
            names = {user.id: user.username for user in rows_in(reply.includes.users, _User)}
            posts = rows_in(reply.data, _Post)
            self.items |= {post.id: _item(post, names.get(post.author_id, ""), self.visit.now) for post in posts}
            since = max([since, *(min(post.created_at, self.visit.now) for post in posts)])
            onward = reply.meta.next_token or ""
            if not onward or not posts:
                break
        else:
            self.floods.append(f"More was posted about “{term}” than one visit reads: the oldest is left out.")
        self.cursor[term] = str(int(since.timestamp()))

    def _query(self, term: str) -> str:
        return f"{quoted(term)} lang:{self.chosen.language}" if self.chosen.language else quoted(term)

    def _get(self, what: str, query: dict[str, str]) -> _Reply:
        with explained(_SAYS):
            reply = self.visit.get(f"{self.chosen.address.rstrip('/')}/2/tweets/{what}/recent?{urlencode(query)}")
        try:
            return _Reply.model_validate_json(reply.body)
        except ValidationError as error:
            raise FetchError("What came back is no answer of X: check the address.", str(error)[:300]) from error

    def _reached(self, term: str) -> datetime:
        """The cursor, at most a day back; an hour ago without one."""
        known = self.cursor.get(term, "")
        if not (known.isascii() and known.isdigit()):
            return self.visit.now - FIRST_LOOK
        at = datetime.fromtimestamp(min(int(known[:12]), self.visit.now.timestamp()), UTC)
        return max(at, self.visit.now - LONGEST_LOOK)


def _reading(term: str, buckets: list[_Bucket], now: datetime) -> Reading | None:
    """The busier of the two newest hours against the mean of those before; None where there is nothing to tell."""
    known = sorted((one for one in buckets if one.start < one.end and one.start < now), key=lambda one: one.start)
    newest = [one for one in known if now - one.end < HOUR + SETTLED]
    if not newest:
        return None
    chosen = max(newest, key=lambda one: one.tweet_count)
    before = [one.tweet_count for one in known if one not in newest and one.end - one.start == HOUR]
    return Reading(
        topic=term,
        at=now,
        count=chosen.tweet_count,
        baseline=fmean(before) if len(before) >= LEAST_HOURS else None,
        window_start=chosen.start,
        window_end=min(chosen.end, now),
        url=f"https://x.com/search?{urlencode({'q': quoted(term), 'f': 'live'})}",
    )


def _item(post: _Post, author: str, now: datetime) -> Item:
    metrics = post.public_metrics
    return Item(
        external_id=post.id,
        text=plain_text(post.text),
        url=f"https://x.com/{author or 'i'}/status/{post.id}",
        author=author,
        published_at=min(post.created_at, now),
        kind="mentions",
        language=one_line(post.lang, 10) if post.lang not in ("", "und", "zxx") else None,
        weight=1 + max(0, min(metrics.retweet_count, MOST_WEIGHT - 1)),
        extra={
            "likes": metrics.like_count,
            "replies": metrics.reply_count,
            "quotes": metrics.quote_count,
            "reposts": metrics.retweet_count,
        },
    )


SOURCE = X()
