"""Stories and comments on Hacker News that hold your terms, from the search that Algolia runs for it.

Each term goes on from where it stood. The search learns of an item some minutes late, so a visit looks back a little
behind its cursor; what comes twice is known by its number. Points and comments are those of the first sight, when
there are hardly any yet: they are kept beside the item, and weigh nothing. https://hn.algolia.com/api
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from pydantic import AfterValidator, BaseModel, Field

from data.plain import one_line, plain_text, web_link
from monitors.fetch import Fetcher
from monitors.sources import Config, Item, ItemKind, Poll, PollState
from monitors.sources._json import rows_of
from monitors.sources._parts import Visit
from monitors.sources._settings import Address, Settings, Terms, form_of, quoted, read

PAGE = 100
MOST_PAGES = 5
MOST_TERMS = 10
FIRST_LOOK = timedelta(hours=24)
LOOK_BACK = timedelta(minutes=10)
_DISCUSSION = "https://news.ycombinator.com/item?id="
_LAST_SECOND = 253_402_300_799  # of the year 9999


def _a_few(terms: tuple[str, ...]) -> tuple[str, ...]:
    if len(terms) > MOST_TERMS:
        raise ValueError(f"at most {MOST_TERMS} terms for one source")
    return terms


class HackerNewsSettings(Settings):
    """What the operator fills in."""

    terms: Annotated[Terms, AfterValidator(_a_few)] = Field(
        title="Terms", description='What to look for. Put phrases in quotation marks: "ferry strike".'
    )
    comments: bool = Field(
        default=True, title="Comments", description="Also read what people answer, not only stories."
    )
    address: Address = Field(
        default="https://hn.algolia.com/api/v1/search_by_date",
        title="Address",
        description="Changed only for a mirror.",
    )


class _Hit(BaseModel):
    objectID: Annotated[str, Field(pattern=r"^\d{1,12}$")]
    created_at_i: Annotated[int, Field(ge=0, le=_LAST_SECOND)]
    author: str | None = None
    title: str | None = None
    url: str | None = None
    story_text: str | None = None
    comment_text: str | None = None
    story_title: str | None = None
    points: int | None = None
    num_comments: int | None = None


class HackerNews:
    """Stories and comments as mentions."""

    kind = "hacker_news"
    label = "Hacker News"
    item_kind: ItemKind = "mentions"
    settings = form_of(HackerNewsSettings)
    default_interval = timedelta(minutes=5)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(HackerNewsSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """What is new for each term. One term that fails leaves the others alone; all failing raises `FetchError`."""
        chosen = read(HackerNewsSettings, config)
        search = _Search(chosen, Visit(fetcher, now), dict(state.cursor))
        parts: list[Callable[[], None]] = [partial(search.read, term) for term in chosen.terms]
        search.visit.try_each(parts)
        return Poll(
            items=tuple(search.items.values()),
            readings=(),
            state=PollState(cursor={term: search.cursor[term] for term in chosen.terms if term in search.cursor}),
            next_poll_after=search.visit.next_poll_after(),
            trouble=(*search.visit.trouble, *search.floods),
        )


@dataclass
class _Search:
    """One poll: what came, and the second that each term has been read up to."""

    chosen: HackerNewsSettings
    visit: Visit
    cursor: dict[str, str]
    items: dict[str, Item] = field(default_factory=dict)
    floods: list[str] = field(default_factory=list)

    def read(self, term: str) -> None:
        """Newest first, page by page, until a page is not full: the search itself stops at the cursor."""
        newest = self._reached(term)
        since = newest - int(LOOK_BACK.total_seconds())
        for number in range(MOST_PAGES):
            hits = rows_of(self.visit.get(self._page(term, since, number)), _Hit, under="hits")
            fresh = [hit for hit in hits if hit.created_at_i > since]
            found = (_item(hit, self.visit.now) for hit in fresh)
            self.items |= {item.external_id: item for item in found if item is not None}
            newest = max([newest, *(hit.created_at_i for hit in fresh)])
            if len(hits) < PAGE:
                break
        else:
            self.floods.append(f"More was written about “{term}” than one visit reads: the oldest is left out.")
        self.cursor[term] = str(min(newest, int(self.visit.now.timestamp())))

    def _reached(self, term: str) -> int:
        """The cursor; a day ago without one, with an older one, or with one that cannot be."""
        known = self.cursor.get(term, "")
        earliest = int((self.visit.now - FIRST_LOOK).timestamp())
        return max(int(known[:12]), earliest) if known.isascii() and known.isdigit() else earliest

    def _page(self, term: str, since: int, number: int) -> str:
        query = {
            "query": quoted(term),
            "tags": "(story,comment)" if self.chosen.comments else "story",
            "numericFilters": f"created_at_i>{since}",
            "hitsPerPage": str(PAGE),
            "page": str(number),
        }
        return f"{self.chosen.address}{'&' if '?' in self.chosen.address else '?'}{urlencode(query)}"


def _item(hit: _Hit, now: datetime) -> Item | None:
    title = plain_text(hit.title or "", 500)
    body = plain_text(hit.comment_text or hit.story_text or "")
    text = "\n".join(part for part in (title, body) if part)
    if not text:
        return None
    return Item(
        external_id=hit.objectID,
        text=text,
        url=f"{_DISCUSSION}{hit.objectID}",
        author=one_line(hit.author or "", 200),
        published_at=min(datetime.fromtimestamp(hit.created_at_i, UTC), now),
        kind="mentions",
        extra={
            "title": title or plain_text(hit.story_title or "", 500),
            "link": web_link(hit.url or ""),
            "points": hit.points or 0,
            "comments": hit.num_comments or 0,
        },
    )


SOURCE = HackerNews()
