"""How often people looked at chosen Wikipedia articles: the last full day against the mean of the days before it.

Wikimedia counts by the day and tells a day some hours after it has ended, so this is a slow witness: it confirms a
moment, it does not find one. It asks every reader for a contact, and so we do not read it without one. One request at
a time. https://doc.wikimedia.org/generated-data-platform/aqs/analytics-api/reference/page-views.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import fmean
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from data.errors import FetchError
from monitors.fetch import Answered, Fetcher
from monitors.sources import Config, ItemKind, Poll, PollState, Reading
from monitors.sources._json import rows_of
from monitors.sources._parts import Visit
from monitors.sources._settings import Address, Settings, Terms, form_of, read

DAY = timedelta(days=1)
PAST = 14 * DAY  # two weeks, so that each weekday is in it twice
LATEST = 2 * DAY  # a last day that ended longer ago says nothing about now
MOST_ARTICLES = 20
MOST_VIEWS = 10**12
_PROJECT = re.compile(r"[a-z][a-z-]{1,20}\.(wikipedia|wiktionary|wikinews|wikiquote|wikivoyage)")


def _a_few(articles: tuple[str, ...]) -> tuple[str, ...]:
    if len(articles) > MOST_ARTICLES:
        raise ValueError(f"at most {MOST_ARTICLES} articles for one source")
    return tuple(dict.fromkeys(article[:1].upper() + article[1:].replace("_", " ") for article in articles))


def _project(value: str) -> str:
    project = value.casefold().removesuffix(".org")
    if not _PROJECT.fullmatch(project):
        raise ValueError("write a language and a project like en.wikipedia")
    return project


def _day(written: object) -> object:
    """Wikimedia's way to write a day: 2026030100."""
    if not isinstance(written, str):
        raise ValueError("no day")
    return datetime.strptime(written[:8], "%Y%m%d").replace(tzinfo=UTC)


class WikimediaSettings(Settings):
    """What the operator fills in."""

    articles: Annotated[Terms, AfterValidator(_a_few)] = Field(
        title="Articles", description='As they are titled. Put titles of several words in quotation marks: "Car ferry".'
    )
    project: Annotated[str, AfterValidator(_project)] = Field(
        default="en.wikipedia", title="Project", description="Where they stand: en.wikipedia, de.wikipedia."
    )
    address: Address = Field(
        default="https://wikimedia.org/api/rest_v1/metrics/pageviews/per-article",
        title="Address",
        description="Changed only for a mirror.",
    )
    alert_on: Literal["watched", "everything"] = Field(
        default="watched",
        title="Alert on",
        description="Articles that touch a monitor of yours, or every article that rises.",
    )


class _Views(BaseModel):
    day: Annotated[datetime, BeforeValidator(_day), Field(alias="timestamp")]
    views: Annotated[int, Field(ge=0, le=MOST_VIEWS)]


class Wikimedia:
    """Views of articles, as readings."""

    kind = "wikimedia"
    label = "Wikipedia page views"
    item_kind: ItemKind = "mentions"
    settings = form_of(WikimediaSettings)
    default_interval = timedelta(hours=3)
    least_interval = timedelta(hours=1)

    def check(self, config: Config) -> None:
        """Raise `BadInput` for settings that cannot be used."""
        read(WikimediaSettings, config)

    def poll(self, config: Config, state: PollState, fetcher: Fetcher, now: datetime) -> Poll:
        """A reading for each article. One that is unknown leaves the others alone; all failing raises `FetchError`."""
        chosen = read(WikimediaSettings, config)
        if not fetcher.names_contact:
            raise FetchError(
                "Wikimedia is read only by those who say how to reach them: "
                "set TACT_CONTACT to a mail or web address and start Tact again."
            )
        look = _Look(chosen, Visit(fetcher, now))
        parts: list[Callable[[], None]] = [partial(look.at, article) for article in chosen.articles]
        look.visit.try_each(parts)
        return Poll(
            items=(),
            readings=tuple(look.readings),
            state=PollState(),
            next_poll_after=look.visit.next_poll_after(),
            trouble=look.visit.trouble,
        )


@dataclass
class _Look:
    """One poll: what came."""

    chosen: WikimediaSettings
    visit: Visit
    readings: list[Reading] = field(default_factory=list)

    def at(self, article: str) -> None:
        """The article's last day. Raises `FetchError`, with the article's name where nobody has ever looked at it."""
        try:
            reply = self.visit.get(self._address(article))
        except Answered as error:
            if error.status != 404:
                raise
            sentence = f"Wikimedia counts no views of “{article}” at {self.chosen.project}: check how it is titled."
            raise Answered(sentence, error.cause, 404, error.retry_after) from error
        found = {row.day: row.views for row in rows_of(reply, _Views, under="items")}
        link = f"https://{self.chosen.project}.org/wiki/{_in_path(article)}"
        if (reading := daily(article, found, self.visit.now, link)) is not None:
            self.readings.append(reading)

    def _address(self, article: str) -> str:
        until = _midnight(self.visit.now) - DAY
        span = f"{until - PAST:%Y%m%d}00/{until:%Y%m%d}00"
        base = self.chosen.address.rstrip("/")
        return f"{base}/{self.chosen.project}/all-access/user/{_in_path(article)}/daily/{span}"


def daily(article: str, views: dict[datetime, int], now: datetime, link: str) -> Reading | None:
    """The last full day against the mean of the days before it; None where it is too old, or the only one."""
    full = {day: number for day, number in views.items() if day + DAY <= now}
    last = max(full, default=None)
    if last is None or len(full) < 2 or now - (last + DAY) > LATEST:
        return None
    count = full.pop(last)
    return Reading(
        topic=article,
        at=now,
        count=count,
        baseline=fmean(full.values()),
        window_start=last,
        window_end=last + DAY,
        url=link,
    )


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _in_path(article: str) -> str:
    return quote(article.replace(" ", "_"), safe="")


SOURCE = Wikimedia()
