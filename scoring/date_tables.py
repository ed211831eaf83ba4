"""Reads the tables of sensitive dates, `data/reference/dates/*.yaml`, and makes them quick to ask.

One file for each part of the world or theme, found by its name, so that a team adds its own without touching ours.
Every entry is checked when it is read, and a slip is told with its file and the entry's name. Apart from
`scoring.reference` because dates have entries, rules and words of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from data.errors import BadInput
from data.yaml_files import SAFE_LOADER
from scoring.day_rules import check_day, days_of
from scoring.phrases import PhraseBook, parse

ANYWHERE = "*"
REMEMBRANCE = -1
"""In place of an entry's number: the phrase is one of remembrance in general."""
SHORTEST_JOINED = 7
_PLAIN = re.compile(r"[^\W_]+(?:['|][^\W_]+)*")
_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """The ISO 3166 codes of all countries, from the table that comes with the time zones."""
    lines = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8").splitlines()
    return frozenset(line[:2] for line in lines if not line.startswith("#"))


def _a_phrase(pattern: str) -> str:
    parse(pattern)
    return pattern


def _a_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as fault:  # a folder's name, such as "Europe", is an OSError
        raise ValueError(f"there is no time zone {name!r}") from fault
    return name


def _a_region(code: str) -> str:
    if code != ANYWHERE and (not _REGION.fullmatch(code) or code[:2] not in country_codes()):
        raise ValueError(f"there is no country {code!r}")
    return code


Phrases = tuple[Annotated[str, AfterValidator(_a_phrase)], ...]
Words = Annotated[str, Field(min_length=4)]


class Around(BaseModel):
    """How many days before and after a date its own words still count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: Annotated[int, Field(ge=0, le=40)] = 1
    after: Annotated[int, Field(ge=0, le=40)] = 1


class SensitiveDate(BaseModel):
    """A day of remembrance. `reach` day: all promotion stops in its countries; touch: only what touches the day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Words
    day: Annotated[str, AfterValidator(check_day)]
    year: Annotated[int, Field(ge=1000, le=2100)] | None = None
    reach: Literal["touch", "day"] = "touch"
    countries: Annotated[tuple[Annotated[str, AfterValidator(_a_region)], ...], Field(min_length=1)]
    source: Words
    cues: Annotated[Phrases, Field(min_length=1)]
    zones: Annotated[tuple[Annotated[str, AfterValidator(_a_zone)], ...], Field(min_length=1)]
    around: Around = Around()
    general_words: Phrases | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A date and how far off it is: `away` days ahead, negative for days ago; `falls` is its day."""

    entry: int
    away: int
    falls: date


@dataclass(frozen=True, slots=True)
class Said:
    """What a phrase stands for: an entry's own cue, its general word, or remembrance in general."""

    entry: int
    general: bool


@dataclass(frozen=True, eq=False)
class DateTables:
    """All dates, with their words in one book and the days around them by the day."""

    dates: tuple[SensitiveDate, ...]
    words: PhraseBook[Said]
    _years: dict[int, Mapping[date, tuple[Near, ...]]] = field(default_factory=dict)
    _quarters: dict[datetime, tuple[Near, ...]] = field(default_factory=dict)

    def near(self, now: datetime) -> tuple[Near, ...]:
        """The dates whose days around hold now, in any of their zones; the nearest of each zone's days counts.

        Remembered by the quarter of an hour, since no zone's day turns within one.
        """
        quarter = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
        known = self._quarters.get(quarter)
        if known is None:
            if len(self._quarters) > 1000:  # a bound on memory: a replay walks through months
                self._quarters.clear()
            known = self._quarters[quarter] = tuple(self._seen_at(quarter))
        return known

    def _seen_at(self, now: datetime) -> Iterator[Near]:
        today = {now.astimezone(_zone(zone)).date(): None for zone in ("Pacific/Kiritimati", "UTC", "Pacific/Niue")}
        best: dict[int, Near] = {}
        for local in today:
            for near in self._year(local.year).get(local, ()):
                if near.entry in best and abs(best[near.entry].away) <= abs(near.away):
                    continue
                if any(now.astimezone(_zone(zone)).date() == local for zone in self.dates[near.entry].zones):
                    best[near.entry] = near
        yield from best.values()

    def _year(self, year: int) -> Mapping[date, tuple[Near, ...]]:
        if year not in self._years:
            days: dict[date, list[Near]] = {}
            for near, local in self._windows(year):
                days.setdefault(local, []).append(near)
            self._years[year] = {local: tuple(found) for local, found in days.items()}
        return self._years[year]

    def _windows(self, year: int) -> Iterator[tuple[Near, date]]:
        for number, entry in enumerate(self.dates):
            for falls in (day for other in (year - 1, year, year + 1) for day in days_of(entry.day, other)):
                if entry.year is not None and falls.year <= entry.year:
                    continue
                for away in range(-entry.around.after, entry.around.before + 1):
                    local = falls - timedelta(days=away)
                    if local.year == year:
                        yield Near(number, away, falls), local


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def read_dates(folder: Path) -> DateTables:
    """All tables of a folder. Raises BadInput naming the file and the entry that is wrong."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise BadInput(f"There is no table of dates in {folder}; restore them from the project's files.")
    tables = [_read_file(path) for path in paths]
    dates = tuple(entry for _, entries in tables for entry in entries)
    _refuse_twins(dates)
    general = [phrase for phrases, _ in tables for phrase in phrases]
    return DateTables(dates, PhraseBook(_phrases(dates, general)))


def _phrases(dates: Sequence[SensitiveDate], general: Sequence[str]) -> Iterator[tuple[str, Said]]:
    for number, entry in enumerate(dates):
        for cue in entry.cues:
            yield from ((way, Said(number, general=False)) for way in (cue, *_in_one(cue)))
        yield from ((word, Said(number, general=True)) for word in entry.general_words or ())
    for word in general:
        yield from ((way, Said(REMEMBRANCE, general=True)) for way in (word, *_in_one(word)))


def _in_one(phrase: str) -> list[str]:
    """A phrase of plain words as a hashtag joins them, `twintowers`: its names are in no vocabulary to cut it by."""
    parts = phrase.split()
    if len(parts) < 2 or not all(_PLAIN.fullmatch(part) for part in parts):
        return []
    joined = ("".join(words) for words in product(*(part.split("|") for part in parts)))
    return [word.replace("'", "") for word in joined if len(word) >= SHORTEST_JOINED]


def _read_file(path: Path) -> tuple[Phrases, tuple[SensitiveDate, ...]]:
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=SAFE_LOADER)  # noqa: S506 - a safe one, in C
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"The table {path.name} cannot be read; check that it is UTF-8 text.", str(fault)) from fault
    except yaml.YAMLError as fault:
        raise BadInput(f"The table {path.name} is not valid YAML; correct it.", str(fault)) from fault
    if not isinstance(raw, dict) or not {"dates"} <= set(raw) <= {"dates", "remembrance_words"}:
        raise BadInput(f"The table {path.name} holds a list `dates` and, if wanted, `remembrance_words`, nothing else.")
    entries = tuple(_entry(path, number, value) for number, value in enumerate(raw["dates"] or (), start=1))
    return _general_words(path, raw.get("remembrance_words") or ()), entries


def _entry(path: Path, number: int, value: object) -> SensitiveDate:
    try:
        return SensitiveDate.model_validate(value)
    except ValidationError as fault:
        name = value.get("name") if isinstance(value, dict) else None
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the entry"
        told = first["msg"].removeprefix("Value error, ")
        raise BadInput(f"The table {path.name} is wrong at {name or number}, {where}: {told}.", str(fault)) from fault


def _general_words(path: Path, words: Sequence[object]) -> Phrases:
    for word in words:
        try:
            parse(str(word))
        except ValueError as fault:
            raise BadInput(f"The table {path.name} is wrong at remembrance_words: {fault}.") from fault
    return tuple(str(word) for word in words)


def _refuse_twins(dates: Sequence[SensitiveDate]) -> None:
    seen: set[str] = set()
    for entry in dates:
        if entry.name.casefold() in seen:
            raise BadInput(f"Two dates are named {entry.name!r}; give one of them a name that tells them apart.")
        seen.add(entry.name.casefold())
