"""The sample day as values: an invented brand, its people, what it watches, and what happens to it on one day.

Read from the YAML files of this folder and checked as a whole, so that a slip in a file is a sentence and not a
strange demo. When and how the day is told is `story`; who serves it is `feed_server`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from data.errors import BadInput
from data.yaml_files import FileModel, names_in, read_model

FOLDER = Path(__file__).parent
SERVER = "{server}"

Text = Annotated[str, Field(min_length=1, max_length=1000)]
Code = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Tag = Annotated[str, Field(pattern=r"^[a-z0-9]{2,40}$")]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
Positive = Annotated[int, Field(gt=0)]
Seconds = Annotated[int, Field(ge=0)]
Setting = str | bool | list[str]


class Brand(FileModel):
    """Who speaks. The names of the fields are those of the judge's brand profile."""

    name: Text
    category: Text
    zone: Text
    about: Text
    keywords: tuple[Text, ...]
    products: tuple[Text, ...]
    competitors: tuple[Text, ...]
    pain_points: tuple[Text, ...]
    values: tuple[Text, ...]
    never_list: tuple[Text, ...]
    regions: tuple[Code, ...]
    languages: tuple[Text, ...]


class Person(FileModel):
    """One of the five. `zone` is an IANA name."""

    username: Word
    display_name: Text
    role: Word
    zone: Text


class Monitor(FileModel):
    """What is watched, how often it is usually mentioned (`per_hour`), and how that sounds (`chatter`)."""

    name: Text
    kind: Literal["brand", "competitor", "keyword", "pain_point"]
    terms: Annotated[tuple[Text, ...], Field(min_length=1)]
    exclusions: tuple[Text, ...] = ()
    per_hour: Annotated[float, Field(gt=0, le=200)]
    tag: Tag | None
    chatter: Annotated[tuple[Text, ...], Field(min_length=1)]


class Source(FileModel):
    """A source to poll: `settings` belong to its kind, with `{server}` where the feed server's address goes."""

    name: Text
    kind: Word
    interval_seconds: Positive
    settings: dict[Word, Setting]

    def settings_at(self, server: str) -> dict[str, Setting]:
        """The settings for a feed server at this address (`http://127.0.0.1:8900`, no slash at the end)."""
        return {k: v.replace(SERVER, server) if isinstance(v, str) else v for k, v in self.settings.items()}


class Mentions(FileModel):
    """A wave of posts by `authors` people within `over_seconds` story seconds.

    Each is dated up to `lag_minutes` real minutes before it arrives. `tags` says how many of them are Mastodon posts,
    under which tag; the others are in the mentions feed. A `{a|b}` in a phrase is one of several.
    """

    count: Positive
    over_seconds: Seconds
    authors: Positive
    lag_minutes: Annotated[float, Field(ge=0, le=40)]
    tags: dict[Tag, Positive]
    phrases: Annotated[tuple[Text, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum(self.tags.values()) > self.count or self.authors > self.count:
            raise ValueError("more tagged posts or authors than mentions")
        return self


class News(FileModel):
    """A headline in one of the two papers, `after` story seconds into the moment."""

    feed: Literal["coast-courier", "overland-daily"]
    after: Seconds
    title: Text
    summary: Text


class Warning(FileModel):
    """An official warning in CAP terms, in force for `hours` real hours."""

    after: Seconds
    event: Text
    severity: Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
    area: Text
    region: Code
    hours: Positive
    headline: Text
    text: Text


class Search(FileModel):
    """A row of the rising searches."""

    query: Text
    traffic: Positive
    after: Seconds


class Trend(FileModel):
    """A row of a Mastodon server's rising tags: uses and accounts today, and the mean uses of `earlier` days."""

    tag: Tag
    uses: Positive
    accounts: Positive
    earlier: Positive


class Moment(FileModel):
    """Something that happens. `monitor` is the one that must alert (`also`: others that do), null for none."""

    key: Word
    kind: Literal["take", "complaints", "wait", "careful", "skip", "political", "warning", "tragedy"]
    title: Text
    at: time
    monitor: Text | None
    also: tuple[Text, ...]
    mentions: Mentions | None
    news: tuple[News, ...]
    search: Search | None
    trend: Trend | None
    warnings: tuple[Warning, ...]


class Post(FileModel):
    """A promotional post that was planned before the day and waits in the schedule. `at` is the story's clock."""

    key: Word
    channel: Word
    platform: Word
    at: time
    regions: tuple[Code, ...]
    topic: Text
    text: Text


class Headline(FileModel):
    """An ordinary headline of a quiet day."""

    title: Text
    summary: Text


class Headlines(FileModel):
    """What the papers print anyway: `at_start` each, then one `every_minutes` real minutes."""

    every_minutes: Positive
    at_start: Positive
    headlines: dict[Literal["coast-courier", "overland-daily"], tuple[Headline, ...]]


class _Frame(FileModel):
    seed: int
    starts: time
    ends: time
    speed: Annotated[float, Field(gt=0)]
    history_days: Annotated[int, Field(ge=7, le=14)]
    hours_of_day: Annotated[tuple[float, ...], Field(min_length=24, max_length=24)]
    steady_tags: tuple[Trend, ...]


class _People(FileModel):
    people: Annotated[tuple[Person, ...], Field(min_length=5, max_length=5)]


class _Monitors(FileModel):
    monitors: tuple[Monitor, ...]


class _Sources(FileModel):
    sources: tuple[Source, ...]


class _Posts(FileModel):
    posts: tuple[Post, ...]


class Day(FileModel):
    """The whole day. `moments` are in the order in which they happen; story times are seconds after `starts`."""

    brand: Brand
    people: tuple[Person, ...]
    monitors: tuple[Monitor, ...]
    sources: tuple[Source, ...]
    posts: tuple[Post, ...]
    moments: tuple[Moment, ...]
    headlines: Headlines
    frame: _Frame

    @field_validator("moments")
    @classmethod
    def _in_order(cls, moments: tuple[Moment, ...]) -> tuple[Moment, ...]:
        return tuple(sorted(moments, key=lambda moment: moment.at))

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        known = {monitor.name for monitor in self.monitors}
        for moment in self.moments:
            named = {*([moment.monitor] if moment.monitor else []), *moment.also}
            if named - known:
                raise ValueError(f"moment {moment.key}: no monitor called {', '.join(sorted(named - known))}")
        for key, at in (*((m.key, m.at) for m in self.moments), *((p.key, p.at) for p in self.posts)):
            if not self.frame.starts <= at <= self.frame.ends:
                raise ValueError(f"{key} lies outside the day")
        return self

    @cached_property
    def length(self) -> float:
        """Story seconds from beginning to end."""
        return self.second(self.frame.ends)

    def second(self, at: time) -> float:
        """The story's clock as seconds after its beginning."""
        return _seconds(at) - _seconds(self.frame.starts)

    def moment(self, key: str) -> Moment:
        """One moment. Raises BadInput for a key that the day does not know."""
        for moment in self.moments:
            if moment.key == key:
                return moment
        raise BadInput(f"The day has no moment {key!r}. It has: {', '.join(m.key for m in self.moments)}.")

    def publish_at(self, post: Post, start: datetime, speed: float | None = None) -> datetime:
        """When a planned post is due, for a day that started at `start` and is told at `speed`."""
        return start + timedelta(seconds=self.second(post.at) / (speed or self.frame.speed))


def load_day(folder: Path = FOLDER) -> Day:
    """The day from its files. Raises BadInput with a sentence naming the file and the field that is wrong."""
    try:
        return Day(
            brand=read_model(folder / "brand.yaml", Brand),
            people=read_model(folder / "people.yaml", _People).people,
            monitors=read_model(folder / "monitors.yaml", _Monitors).monitors,
            sources=read_model(folder / "sources.yaml", _Sources).sources,
            posts=read_model(folder / "posts.yaml", _Posts).posts,
            moments=tuple(_moments(folder / "moments")),
            headlines=read_model(folder / "headlines.yaml", Headlines),
            frame=read_model(folder / "day.yaml", _Frame),
        )
    except ValueError as error:
        raise BadInput(f"The files of the sample day do not fit together: {error}", str(error)) from error


def _moments(folder: Path) -> Iterator[Moment]:
    for name in names_in(folder):
        yield read_model(folder / f"{name}.yaml", Moment)


def _seconds(at: time) -> float:
    return at.hour * 3600.0 + at.minute * 60.0 + at.second
