"""Days of remembrance: which of them a promotional post touches, by its text, its topic or the day alone.

A few of the gravest days stop every promotion in their countries; the others only what touches them. Which is which,
and why, stands in data/reference/sensitive_dates.yaml.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scoring.contract import Reason
from scoring.overlap import topic_tokens
from scoring.phrases import PhraseBook
from scoring.reference import SensitiveDate, day_of, load
from scoring.regions import any_meet
from scoring.text import STOP, tokens

ANYWHERE = "*"


def dates_touched(text: str, topic: str | None, regions: Sequence[str], now: datetime) -> tuple[Reason, ...]:
    """The days of remembrance a promotional post to these regions touches now; no regions means everywhere."""
    tables = load()
    words = [*tokens(text, tables.vocabulary), STOP, *topic_tokens(topic)]
    days = [day for day in tables.dates if _concerns(day, regions)]
    reasons = (_touch(day, words, tables.remembrance, now) for day in days)
    return tuple(reason for reason in reasons if reason is not None)


def _touch(day: SensitiveDate, words: Sequence[str], remembrance: Iterable[str], now: datetime) -> Reason | None:
    away = _days_away(day, now)
    if away > 1:
        return None
    said = _said(day.cues, words)
    if not said and away == 0:
        said = _said(day.general_words if day.general_words is not None else remembrance, words)
    if said:
        return Reason(day.reason, f"The post touches {day.name} ({day.source}): “{said}”.", said)
    if day.reach == "day" and away == 0:
        return Reason(day.reason, f"Today is {day.name} ({day.source}): no promotion in {', '.join(day.countries)}.")
    return None


def _said(phrases: Iterable[str], words: Sequence[str]) -> str:
    found = PhraseBook((phrase, phrase) for phrase in phrases).find(words)
    return " ".join(words[found[0].start : found[0].end]) if found else ""


def _concerns(day: SensitiveDate, regions: Sequence[str]) -> bool:
    return ANYWHERE in day.countries or not regions or any_meet(day.countries, regions)


def _days_away(day: SensitiveDate, now: datetime) -> int:
    """Days between now and the nearest such day, seen from the zone that is closest to it."""
    return min(_distance(day.day, now.astimezone(ZoneInfo(zone)).date()) for zone in day.zones)


def _distance(rule: str, today: date) -> int:
    around = {(today + timedelta(days=offset)).year for offset in (-2, 0, 2)}
    return min(abs((day_of(rule, year) - today).days) for year in around)
