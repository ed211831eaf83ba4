"""How far people agree with the machine: which way a correction goes, and the shares of a week.

Pure. A verdict counts in the week in which somebody first acted on it or said something about it. What counts is the
newest word of each person; where people differ about one verdict, the most cautious of them counts (ours).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

TRAGEDY, SENTIMENT, CATEGORY = "tragedy", "sentiment", "category"
MOMENT, TEXT = "moment", "text"
# From the mildest to the darkest word. A category has no darker neighbour.
LABELS: Mapping[str, tuple[str, ...]] = {
    TRAGEDY: ("clear", "review", "hold"),
    SENTIMENT: ("positive", "neutral", "negative"),
}


class Way(StrEnum):
    """What a person's word was, seen from the machine's. Ordered by caution, the most cautious last."""

    AGREED = "agreed"
    MILDER = "milder"
    OTHER = "other"
    DARKER = "darker"


@dataclass(frozen=True)
class Heard:
    """One verdict that people acted on or spoke about. `person` None: acted on, and nobody said a word."""

    about: str
    aspect: str
    subject: int
    at: datetime
    machine: str
    person: str | None = None


@dataclass(frozen=True)
class Week:
    """The verdicts of one kind and one week: how many people took as they were, and which way they changed others."""

    begins: date
    about: str
    aspect: str
    verdicts: int
    agreed: int
    darker: int
    milder: int
    other: int

    @property
    def share(self) -> float:
        return self.agreed / self.verdicts


def way(aspect: str, machine: str, person: str | None) -> Way:
    """Which way a person's word goes; silence on a verdict that was acted on is agreement."""
    if person is None or person == machine:
        return Way.AGREED
    order = LABELS.get(aspect, ())
    if machine not in order or person not in order:
        return Way.OTHER
    return Way.DARKER if order.index(person) > order.index(machine) else Way.MILDER


def by_week(heard: Iterable[Heard], zone: ZoneInfo) -> tuple[Week, ...]:
    """The weeks, newest first, each kind of verdict for itself; a verdict counts once, when it was first heard of."""
    verdicts: dict[tuple[str, str, int], list[Heard]] = {}
    for one in heard:
        verdicts.setdefault((one.about, one.aspect, one.subject), []).append(one)
    counted: dict[tuple[date, str, str], Counter[Way]] = {}
    for (about, aspect, _), said in verdicts.items():
        key = (_monday(min(one.at for one in said), zone), about, aspect)
        counted.setdefault(key, Counter())[_most_cautious(said)] += 1
    weeks = [_week(*key, ways) for key, ways in counted.items()]
    return tuple(sorted(weeks, key=lambda week: (-week.begins.toordinal(), week.about, week.aspect)))


def _most_cautious(said: Sequence[Heard]) -> Way:
    order = tuple(Way)
    return max((way(one.aspect, one.machine, one.person) for one in said), key=order.index)


def _week(begins: date, about: str, aspect: str, ways: Counter[Way]) -> Week:
    return Week(
        begins=begins,
        about=about,
        aspect=aspect,
        verdicts=ways.total(),
        agreed=ways[Way.AGREED],
        darker=ways[Way.DARKER],
        milder=ways[Way.MILDER],
        other=ways[Way.OTHER],
    )


def _monday(at: datetime, zone: ZoneInfo) -> date:
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())
