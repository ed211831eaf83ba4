"""News of the whole world about your terms, from GDELT: the articles as news, and their volume as readings.

GDELT counts, for every hour of the last days, how many of the articles it saw speak of a term. A reading is the last
full hour against the mean of the hours before it. It is asked for articles (`timelinevolraw`), not for the share of
all articles (`timelinevol`), because alerts have a floor in uses. One request in five seconds is its limit, and what
it does not take it says in plain words under status 200. https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from statistics import fmean
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import from_json

from data.errors import FetchError
from data.plain import one_line, plain_text, web_link
from monitors.fetch import Answered, Fetcher, Response
from monitors.sources import Config, Item, ItemKind, Poll, PollState, Reading
from monitors.sources._json import rows_in
from monitors.sources._parts import Visit
from monitors.sources._settings import Address, Settings, Terms, form_of, one_query, quoted, read

GAP_SECONDS = 5.0
EVERY = timedelta(minutes=15)  # GDELT takes in new articles as often
MOST_TERMS = 5  # one request each, five seconds apart
MOST_ARTICLES = 250  # the most that it gives
MOST_USES = 10**9
HOUR = timedelta(hours=1)
PAST = "6d"  # from three days to a week it steps by the hour
LATEST = 6 * HOUR  # a last hour that ended longer ago says nothing about now
_ESCAPE = re.compile(rb'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|\\|[\x00-\x1f]')
_LANGUAGES = {
    "arabic": "ar", "chinese": "zh", "dutch": "nl", "english": "en", "french": "fr", "german": "de", "greek": "el",
    "hindi": "hi", "italian": "it", "japanese": "ja", "korean": "ko", "polish": "pl", "portuguese": "pt",
    "russian": "ru", "spanish": "es", "swedish": "sv", "turkish": "tr", "ukrainian": "uk",
}  # fmt: skip


def _a_few(terms: tuple[str, ...]) -> tuple[str, ...]:
    if len(terms) > MOST_TERMS:
        raise ValueError(f"at most {MOST_TERMS} terms for one source, for GDELT is slow to ask")
    return terms


def _stamp(written: object) -> object:
    """GDELT's own way to write an instant: 20260302T081500Z."""
    if not isinstance(written, str):
        raise ValueError("no date")
    return datetime.strptime(written, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


class GdeltSettings(Settings):
    """What the operator fills in."""

    terms: Annotated[Terms, AfterValidator(_a_few)] = Field(
        title="Terms", description='What to look for. Put phrases in quotation marks: "ferry strike".'
    )
    volume: bool = Field(
        default=True, title="Volume", description="Also read how many articles speak of each term, hour by hour."
    )
    address: Address = Field(
        default="https://api.gdeltproject.org/api/v2/doc/doc",
        title="Address",
        description="Changed only for a mirror.",
    )
    alert_on: Literal["watched", "everything"] = Field(
        default="watched",
        title="Alert on",
        description="Terms that touch a monitor of yours, or every term that rises.",
    )


class _Article(BaseModel):
    url: str
    title: str
    seendate: Annotated[datetime, BeforeValidator(_stamp)]
    domain: str = ""
    language: str = ""
    sourcecountry: str = ""


class _Step(BaseModel):
    date: Annotated[datetime, BeforeValidator(_stamp)]
    value: Annotated[float, Field(ge=0, le=MOST_USES)]


class Gdelt:
    """Articles as news, hourly volume as readings."""

    kind = "gdelt"
    label = "GDELT"
    item_kind: ItemKind = "news"
    settings = form_of(GdeltSettings)
    default_interval = EVERY
    least_interval = EVERY

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(GdeltSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """The articles of the last day, and a reading for each term. All parts failing raises `FetchError`."""
        chosen = read(GdeltSettings, config)
        search = _Search(chosen, Visit(fetcher, now, gap_seconds=GAP_SECONDS))
        parts: list[Callable[[], None]] = [search.articles]
        if chosen.volume:
            parts += [partial(search.volume, term) for term in chosen.terms]
        search.visit.try_each(parts)
        return Poll(
            items=tuple(search.items.values()),
            readings=tuple(search.readings),
            state=PollState(),
            next_poll_after=search.visit.next_poll_after(EVERY),
            trouble=search.visit.trouble,
        )


@dataclass
class _Search:
    """One poll: what came."""

    chosen: GdeltSettings
    visit: Visit
    items: dict[str, Item] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)

    def articles(self) -> None:
        """The newest articles that hold any of the terms."""
        query = one_query(self.chosen.terms)
        if len(self.chosen.terms) > 1:
            query = f"({query})"
        wanted = {"mode": "artlist", "timespan": "1d", "maxrecords": str(MOST_ARTICLES), "sort": "datedesc"}
        found = self._ask(query, wanted)
        rows = rows_in(found.get("articles"), _Article) if found else []  # an empty object: nothing was found
        items = (_item(article, self.visit.now) for article in rows)
        self.items |= {item.external_id: item for item in items if item is not None}

    def volume(self, term: str) -> None:
        """The last full hour of a term, where GDELT knows hours before it."""
        series = self._ask(quoted(term), {"mode": "timelinevolraw", "timespan": PAST}).get("timeline", [])
        first = series[0] if isinstance(series, list) and series else {}
        steps = rows_in(first.get("data", []) if isinstance(first, dict) else None, _Step)
        if (reading := hourly(term, [(step.date, step.value) for step in steps], self.visit.now)) is not None:
            self.readings.append(reading)

    def _ask(self, query: str, wanted: dict[str, str]) -> dict[str, Any]:
        mark = "&" if "?" in self.chosen.address else "?"
        asked = urlencode({"query": query, **wanted, "format": "json"})
        return _document(self.visit.get(f"{self.chosen.address}{mark}{asked}"))


def _document(reply: Response) -> dict[str, Any]:
    """The JSON object of a reply. Raises `FetchError` with GDELT's own words where it speaks instead."""
    try:
        found = from_json(reply.body)
    except ValueError:
        found = _mended(reply)
    if not isinstance(found, dict):
        raise FetchError("What came back is not what GDELT sends: check the address.", type(found).__name__)
    return found


def _mended(reply: Response) -> object:
    """GDELT copies some titles into its JSON as they are, stray backslashes and line ends included."""
    body = reply.body.strip()
    if not body.startswith((b"{", b"[")):
        raise _spoken(one_line(body[:300].decode("utf-8", "replace"), 200))
    try:
        return from_json(_ESCAPE.sub(lambda found: found[0] if len(found[0]) > 1 else b" ", body))
    except ValueError as error:
        raise FetchError("What GDELT sent cannot be read: we try again later.", str(error)) from error


def _spoken(words: str) -> FetchError:
    """What GDELT says in place of an answer; a search it does not take leaves other searches alone."""
    if not words:
        return FetchError("GDELT sent nothing: we try again later.")
    if words.startswith("<"):
        return FetchError("GDELT sent a page in place of its data: check the address.", words)
    if "limit requests" in words.casefold():
        return Answered("GDELT asks us to come less often: we try again later.", words, 429, None)
    return Answered(f"GDELT does not take this search: “{words}”", words, 200, None)


def hourly(term: str, steps: list[tuple[datetime, float]], now: datetime) -> Reading | None:
    """The last full hour against the mean of those before it; None where that cannot be told.

    It cannot without hours before it, when it is long ago, and from steps longer than an hour. Shorter steps are
    added up. An hour that GDELT has not taken in wholly reads low at first, which errs towards silence.
    """
    known = sorted({at for at, _ in steps})
    if min((later - earlier for earlier, later in pairwise(known)), default=HOUR) > HOUR:
        return None
    hours: dict[datetime, float] = {}
    for at, value in steps:
        hour = at.replace(minute=0, second=0, microsecond=0)
        if hour + HOUR <= now:
            hours[hour] = hours.get(hour, 0.0) + value
    if len(hours) < 2:
        return None
    last = max(hours)
    if now - (last + HOUR) > LATEST:
        return None
    count = hours.pop(last)
    return Reading(
        topic=term, at=now, count=count, baseline=fmean(hours.values()), window_start=last, window_end=last + HOUR
    )


def _item(article: _Article, now: datetime) -> Item | None:
    url, title = web_link(article.url), plain_text(article.title, 500)
    if not url or not title:
        return None
    return Item(
        external_id=url[:500],
        text=title,
        url=url,
        author=one_line(article.domain, 200),
        published_at=min(article.seendate, now),
        kind="news",
        language=_LANGUAGES.get(article.language.casefold()),
        extra={"country": one_line(article.sourcecountry, 100)},
    )


SOURCE = Gdelt()
