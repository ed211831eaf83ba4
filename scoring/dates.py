"""Days of remembrance: which of them a promotional post touches, by its text, its topic or the day alone.

A few of the gravest days stop every promotion in their countries; the others only what touches them. Which is which,
and why, stands in data/reference/dates/world.yaml. How a day is written and found is in `scoring.day_rules` and
`scoring.date_tables`; this module says what a day means for a post.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from scoring.contract import Reason
from scoring.date_tables import ANYWHERE, REMEMBRANCE, Near, Said, SensitiveDate
from scoring.overlap import topic_tokens
from scoring.reference import load
from scoring.regions import any_meet, meets
from scoring.text import STOP, tokens

CODE = "sensitive_date"


def dates_touched(text: str, topic: str | None, regions: Sequence[str], now: datetime) -> tuple[Reason, ...]:
    """The days of remembrance a promotional post to these regions touches now; no regions means everywhere."""
    tables = load()
    near = [each for each in tables.dates.near(now) if concerns(tables.dates.dates[each.entry], regions)]
    if not near:
        return ()
    words = [*tokens(text, tables.vocabulary), STOP, *topic_tokens(topic)]
    said: dict[Said, str] = {}
    for found in tables.dates.words.find(words):
        said.setdefault(found.what, " ".join(words[found.start : found.end]))
    reasons = (_touch(tables.dates.dates[each.entry], each, said, regions) for each in near)
    return tuple(reason for reason in reasons if reason is not None)


def concerns(entry: SensitiveDate, regions: Sequence[str]) -> bool:
    """True when a post to these regions is heard where the day is kept."""
    return ANYWHERE in entry.countries or not regions or any_meet(entry.countries, regions)


def anniversary(entry: SensitiveDate, falls: date) -> int | None:
    """The years since, when they are a round number that the news will tell again (which ones is ours)."""
    years = falls.year - entry.year if entry.year else 0
    round_one = years in (1, 5) or years % 10 == 0 or years % 25 == 0
    return years if years > 0 and round_one else None


def _at_home(entry: SensitiveDate, regions: Sequence[str]) -> bool:
    """True where the whole audience keeps the day: only there does a general word of remembrance speak of it.

    The world remembers something every day, so "take a moment to remember" said to everybody would always be wrong.
    """
    if ANYWHERE in entry.countries or (entry.reach == "day" and not regions):
        return True
    return any(meets(code, region) and len(region) >= len(code) for code in entry.countries for region in regions)


def _touch(entry: SensitiveDate, near: Near, said: Mapping[Said, str], regions: Sequence[str]) -> Reason | None:
    words = said.get(Said(near.entry, general=False), "")
    if not words and near.away == 0 and _at_home(entry, regions):
        whose = REMEMBRANCE if entry.general_words is None else near.entry
        words = said.get(Said(whose, general=True), "")
    years = anniversary(entry, near.falls)
    told = f" It is the {_ordinal(years)} anniversary." if years else ""
    if words:
        when = _when(near.away)
        return Reason(CODE, f"The post touches {entry.name}, {when} ({entry.source}): “{words}”.{told}", words)
    if entry.reach == "day" and _lasts(entry, near.away):
        where = ", ".join(entry.countries)
        return Reason(CODE, f"Today is {entry.name} ({entry.source}): no promotion in {where}.{told}")
    return None


def _lasts(entry: SensitiveDate, away: int) -> bool:
    """The day itself; one that begins with a sighted moon is kept on the day after the computed one as well."""
    return away == 0 or (away == -1 and entry.day.startswith("islamic "))


def _when(away: int) -> str:
    told = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(away)
    return told or (f"in {away} days" if away > 0 else f"{-away} days ago")


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
