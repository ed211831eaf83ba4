"""How the sample day is told: which words arrive when, what was usual before, and what is always said anyway.

Pure and seeded: the same day gives the same words in the same order. Story seconds count from the day's beginning;
turning them into real instants is `broadcast`, since that depends on when somebody pressed start.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from random import Random

from data.errors import BadInput
from data.sample_day.day import Day, Mentions, Moment, Monitor, Search, Trend, Warning

MENTIONS = "mentions"
WARNINGS = "warnings"
AGENCY = "Pacific Coast Weather Office"

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

_CHOICE = re.compile(r"\{([^{}]*)\}")
# Invented handles are put together from these, so that nobody's real name can come out.
_HANDLES = (
    "mossy soggy quiet tidal fern pebble lantern cedar kelp amber drizzly wool granite otter salt juniper",
    "boots heron thermos kettle mitten badger compass puddle biscuit anorak walker finch teapot saddle",
)


@dataclass(frozen=True)
class Piece:
    """Something written. `feed`: a paper, `mentions`, `warnings`, or `tag:` and a Mastodon tag."""

    feed: str
    text: str
    author: str
    summary: str = ""
    warning: Warning | None = None


@dataclass(frozen=True)
class Arrival:
    """`what` arrives `second` story seconds into the day, dated `lag` (real time) earlier."""

    second: float
    moment: str
    what: Piece | Search | Trend
    lag: timedelta = timedelta()


def arrivals(day: Day) -> tuple[Arrival, ...]:
    """Everything that the moments bring, in order."""
    told = (arrival for moment in day.moments for arrival in _of_moment(day, moment))
    return tuple(sorted(told, key=lambda arrival: arrival.second))


def chatter(day: Day, start: datetime) -> Iterator[tuple[datetime, Piece]]:
    """What is said anyway, in order and without end: from the hour before `start` on, at the usual real-time rate.

    Headlines reach further back, so that both papers are full when somebody first opens them.
    """
    voices = [_voice(day, monitor, start - HOUR) for monitor in day.monitors]
    papers = [_paper(day, name, start) for name in sorted(day.headlines.headlines)]
    return heapq.merge(*voices, *papers, key=lambda told: told[0])


def history_rows(day: Day, start: datetime) -> Iterator[tuple[str, datetime, int]]:
    """(monitor, minute, count) for the days before the hour before `start`; minutes without mentions are left out.

    The last hour is not in it: the feeds still show that one, and it would be counted twice.
    """
    end = start.astimezone(UTC).replace(second=0, microsecond=0) - HOUR
    hours = [end - HOUR * back for back in range(day.frame.history_days * 24, 0, -1)]
    for monitor in day.monitors:
        rng = Random(f"{day.frame.seed} history {monitor.name}")  # noqa: S311 - a story, no secret
        for hour in hours:
            usual = monitor.per_hour * day.frame.hours_of_day[hour.hour]
            number = round(usual * rng.uniform(0.8, 1.2))
            spread = Counter(rng.randrange(60) for _ in range(number))
            yield from ((monitor.name, hour + MINUTE * minute, spread[minute]) for minute in sorted(spread))


def spin(text: str, rng: Random) -> str:
    """The text with each `{a|b|c}` replaced by one of its parts."""
    return _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), text)


def _of_moment(day: Day, moment: Moment) -> Iterator[Arrival]:
    begins = day.second(moment.at)
    if moment.mentions is not None:
        yield from _wave(day, moment, moment.mentions)
    for news in moment.news:
        piece = Piece(news.feed, news.title, news.feed, summary=news.summary)
        yield Arrival(begins + news.after, moment.key, piece)
    for warning in moment.warnings:
        piece = Piece(WARNINGS, warning.headline, AGENCY, summary=warning.text, warning=warning)
        yield Arrival(begins + warning.after, moment.key, piece)
    if moment.search is not None:
        yield Arrival(begins + moment.search.after, moment.key, moment.search)
    if moment.trend is not None:
        # A server sees a tag rise once people have used it, not before.
        yield Arrival(begins + (moment.mentions.over_seconds if moment.mentions else 0), moment.key, moment.trend)


def _wave(day: Day, moment: Moment, wave: Mentions) -> Iterator[Arrival]:
    rng = Random(f"{day.frame.seed} {moment.key}")  # noqa: S311
    places = [f"tag:{tag}" for tag, number in wave.tags.items() for _ in range(number)]
    places += [MENTIONS] * (wave.count - len(places))
    rng.shuffle(places)
    authors = people(rng, wave.authors)
    authors += rng.choices(authors, k=wave.count - len(authors))
    texts = _different(wave.phrases, rng, wave.count, moment.key)
    begins = day.second(moment.at)
    for number, (place, author, text) in enumerate(zip(places, authors, texts, strict=True)):
        piece = Piece(place, _tagged(text, place), author)
        lag = timedelta(minutes=rng.uniform(0, wave.lag_minutes))
        yield Arrival(begins + wave.over_seconds * number / wave.count, moment.key, piece, lag)


def _different(phrases: Iterable[str], rng: Random, count: int, key: str) -> list[str]:
    """`count` different texts, each phrase used about equally often. Raises BadInput where there are too few."""
    order = list(phrases)
    rng.shuffle(order)
    texts: dict[str, None] = {}
    for tried, phrase in enumerate(cycle(order)):
        if len(texts) == count:
            return list(texts)
        if tried > 50 * count:
            raise BadInput(f"moments/{key}.yaml: the phrases give fewer than {count} different texts; add some.")
        texts.setdefault(spin(phrase, rng))
    return list(texts)


def _tagged(text: str, place: str) -> str:
    """A post in a tag's timeline carries that tag."""
    tag = place.removeprefix("tag:")
    if place == MENTIONS or f"#{tag}" in text.casefold():
        return text
    return f"{text} #{tag}"


def people(rng: Random, number: int) -> list[str]:
    """So many different handles that nobody has."""
    first, second = (words.split() for words in _HANDLES)
    return rng.sample([one + other for one in first for other in second], number)


def _voice(day: Day, monitor: Monitor, since: datetime) -> Iterator[tuple[datetime, Piece]]:
    rng = Random(f"{day.frame.seed} chatter {monitor.name}")  # noqa: S311
    at = since
    while True:
        # Nearly even gaps: real chatter is burstier, but this must never reach three times its own rate.
        rate = monitor.per_hour * day.frame.hours_of_day[at.astimezone(UTC).hour]
        at += HOUR / rate * rng.uniform(0.6, 1.4)
        tagged = monitor.tag is not None and rng.random() < 0.5
        place = f"tag:{monitor.tag}" if tagged else MENTIONS
        text = _tagged(spin(rng.choice(monitor.chatter), rng), place)
        yield at, Piece(place, text, people(rng, 1)[0])


def _paper(day: Day, name: str, start: datetime) -> Iterator[tuple[datetime, Piece]]:
    rng = Random(f"{day.frame.seed} paper {name}")  # noqa: S311
    every = MINUTE * day.headlines.every_minutes
    lines = [line for paper, lines in day.headlines.headlines.items() if paper == name for line in lines]
    at = start - every * day.headlines.at_start
    for line in cycle(lines):
        at += every * rng.uniform(0.7, 1.3)
        yield at, Piece(name, spin(line.title, rng), name, summary=line.summary)
