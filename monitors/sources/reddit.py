"""Reddit: posts that name chosen terms, and the newest posts of chosen subreddits.

Read with the key of an application of the operator's own (client credentials: no user, nothing but reading). A token is
asked for at each visit and forgotten after it, so that nothing secret needs keeping. 100 requests a minute are allowed;
what the server says about the rest of them is heeded. https://www.reddit.com/dev/api
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from data.errors import FetchError
from data.plain import one_line, tagless_text, web_link
from monitors.fetch import Fetcher
from monitors.sources import Config, Item, ItemKind, Poll, PollState
from monitors.sources._json import rows_in
from monitors.sources._parts import Visit, explained
from monitors.sources._settings import Address, OptionalTerms, Secret, Settings, Words, form_of, quoted, read

PAGE = 100
MOST_PAGES = 3
MOST_PARTS = 20
FIRST_LOOK = timedelta(days=1)
LOOK_BACK = timedelta(minutes=10)  # the search lists a post a little after it was written
_SUBREDDIT = re.compile(r"[A-Za-z0-9_]{2,50}")
_SITE = "https://www.reddit.com"
_REFUSED = "Reddit refuses the key: check client id and secret under reddit.com/prefs/apps, and enter both again."
_SAYS = {400: _REFUSED, 401: _REFUSED, 403: "Reddit does not let this key read that: check the subreddits' names."}


def _bare(names: tuple[str, ...]) -> tuple[str, ...]:
    bare = tuple(dict.fromkeys(re.sub(r"^/?r/", "", name) for name in names))
    if wrong := [name for name in bare if not _SUBREDDIT.fullmatch(name)]:
        raise ValueError(f"{wrong[0][:40]!a} cannot be a subreddit")
    return bare


class RedditSettings(Settings):
    """What the operator fills in."""

    client_id: str = Field(
        min_length=1, title="Client id", description="Needs a key: make an app of type script at reddit.com/prefs/apps."
    )
    client_secret: Secret = Field(
        title="Client secret", description="The app's secret. It is sealed and not shown again."
    )
    terms: OptionalTerms = Field(
        default=(),
        title="Terms",
        description="What posts are searched for, all over Reddit; phrases in quotation marks.",
    )
    subreddits: Annotated[Words, AfterValidator(_bare)] = Field(
        default=(), title="Subreddits", description="Whose newest posts are read, without the r/."
    )
    address: Address = Field(
        default="https://oauth.reddit.com", title="Address", description="Changed only for a mirror."
    )
    token_address: Address = Field(
        default=f"{_SITE}/api/v1/access_token", title="Address for tokens", description="Changed only for a mirror."
    )

    @model_validator(mode="after")
    def _asks_for_something(self) -> RedditSettings:
        if not self.terms and not self.subreddits:
            raise ValueError("Name at least one term or one subreddit")
        if len(self.terms) + len(self.subreddits) > MOST_PARTS:
            raise ValueError(f"at most {MOST_PARTS} terms and subreddits for one source")
        return self


class _Token(BaseModel):
    access_token: str = Field(min_length=1, max_length=4_000, pattern="^[!-~]+$", repr=False)


class _Post(BaseModel):
    name: str = Field(min_length=1, max_length=40)
    title: str = ""
    selftext: str = ""
    author: str = ""
    subreddit: str = ""
    permalink: str = ""
    url: str = ""
    created_utc: Annotated[float, Field(ge=0, le=4e9)]
    score: int = 0
    num_comments: int = 0


class _Child(BaseModel):
    data: _Post


class _Data(BaseModel):
    children: list[object]
    after: str | None = None


class _Listing(BaseModel):
    data: _Data


class Reddit:
    """Posts as mentions."""

    kind = "reddit"
    label = "Reddit (needs a key)"
    item_kind: ItemKind = "mentions"
    settings = form_of(RedditSettings)
    default_interval = timedelta(minutes=5)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(RedditSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """What is new for each term and subreddit. One that fails leaves the others alone."""
        chosen = read(RedditSettings, config)
        look = _Look(chosen, Visit(fetcher, now, bearer=_token(chosen, fetcher, now)), dict(state.cursor))
        parts: dict[str, Callable[[], None]] = {
            **{f"q {term}": partial(look.read, f"q {term}", "/search", _asking(term)) for term in chosen.terms},
            **{f"r {name}": partial(look.read, f"r {name}", f"/r/{name}/new", {}) for name in chosen.subreddits},
        }
        look.visit.try_each(list(parts.values()))
        return Poll(
            items=tuple(look.items.values()),
            readings=(),
            state=PollState(cursor={part: look.cursor[part] for part in parts if part in look.cursor}),
            next_poll_after=look.visit.next_poll_after(),
            trouble=(*look.visit.trouble, *look.floods),
        )


def _asking(term: str) -> dict[str, str]:
    return {"q": quoted(term), "sort": "new", "t": "day", "type": "link"}


def _token(chosen: RedditSettings, fetcher: Fetcher, now: datetime) -> str:
    """A token for this visit."""
    with explained(_SAYS):
        reply = fetcher.post_form(
            chosen.token_address,
            {"grant_type": "client_credentials"},
            now=now,
            user=chosen.client_id,
            password=chosen.client_secret.get_secret_value(),
        )
    try:
        return _Token.model_validate_json(reply.body).access_token
    except ValidationError as error:  # its text would name what came, which may be a token
        raise FetchError(_REFUSED, cause="no token in the answer") from error


@dataclass
class _Look:
    """One poll: what came, and the second that each part has been read up to."""

    chosen: RedditSettings
    visit: Visit
    cursor: dict[str, str]
    items: dict[str, Item] = field(default_factory=dict)
    floods: list[str] = field(default_factory=list)

    def read(self, part: str, path: str, asked: dict[str, str]) -> None:
        """Newest first, page by page, until one reaches back to the cursor."""
        newest = self._reached(part)
        since = newest - LOOK_BACK.total_seconds()
        after = ""
        for _ in range(MOST_PAGES):
            listing = self._page(path, asked | ({"after": after} if after else {}))
            posts = [child.data for child in rows_in(listing.children, _Child)]
            fresh = [post for post in posts if post.created_utc > since]
            self.items |= {item.external_id: item for post in fresh if (item := _item(post, self.visit.now))}
            newest = max([newest, *(post.created_utc for post in fresh)])
            after = listing.after or ""
            if len(fresh) < len(posts) or not posts or not after:
                break
        else:
            self.floods.append(f"More was posted for “{part[2:]}” than one visit reads: the oldest is left out.")
        self.cursor[part] = str(int(min(newest, self.visit.now.timestamp())))

    def _page(self, path: str, asked: dict[str, str]) -> _Data:
        query = urlencode({"limit": str(PAGE), "raw_json": "1", **asked})
        with explained(_SAYS):
            reply = self.visit.get(f"{self.chosen.address.rstrip('/')}{path}?{query}")
        try:
            return _Listing.model_validate_json(reply.body).data
        except ValidationError as error:
            raise FetchError("What came back is no listing of Reddit: check the address.", str(error)[:300]) from error

    def _reached(self, part: str) -> float:
        """The cursor; a day ago without one, with an older one, or with one that cannot be."""
        known = self.cursor.get(part, "")
        earliest = (self.visit.now - FIRST_LOOK).timestamp()
        return max(float(known[:12]), earliest) if known.isascii() and known.isdigit() else earliest


def _item(post: _Post, now: datetime) -> Item | None:
    title, body = tagless_text(post.title, 500), tagless_text(post.selftext)  # Markdown, no HTML
    text = "\n".join(part for part in (title, body) if part)
    if not text:
        return None
    return Item(
        external_id=post.name,
        text=text,
        url=web_link(f"{_SITE}{post.permalink}") if post.permalink.startswith("/") else "",
        author=one_line(post.author, 200),
        published_at=min(datetime.fromtimestamp(post.created_utc, UTC), now),
        kind="mentions",
        extra={
            "subreddit": one_line(post.subreddit, 60),
            "score": post.score,
            "comments": post.num_comments,
            "link": web_link(post.url),
        },
    )


SOURCE = Reddit()
