"""How far people agree with the machine, week by week, as the KPI page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from data.storage.store import Store
from workflow.access import Person
from workflow.agreement import WEEKS, agreement
from workflow.rules.agreement import MOMENT, TEXT, Week

# The kinds of verdict in the order in which they are shown, and their names.
KINDS = {
    (MOMENT, "tragedy"): "Moments: stop or go",
    (MOMENT, "category"): "Moments: what kind",
    (TEXT, "tragedy"): "Texts: dark or not",
    (TEXT, "sentiment"): "Texts: mood",
}


@dataclass(frozen=True)
class Line:
    """One kind of verdict in one week. `share` is of `verdicts`."""

    begins: date
    kind: str
    verdicts: int
    agreed: int
    darker: int
    milder: int
    other: int
    share: float


@dataclass(frozen=True)
class Agreement:
    """The lines, newest week first; `weeks`: how far back they reach."""

    lines: tuple[Line, ...]
    weeks: int

    @property
    def newest(self) -> str:
        """The newest week in a sentence, for whoever cannot see the chart."""
        first = [line for line in self.lines if line.begins == self.lines[0].begins]
        return "; ".join(f"{line.kind}: {line.agreed} of {line.verdicts} agreed" for line in first)


def read(store: Store, person: Person) -> Agreement:
    """The last weeks on the reader's calendar."""
    with store.read() as tx:
        return Agreement(_lines(agreement(tx, person.zone_info)), WEEKS)


def _lines(weeks: Sequence[Week]) -> tuple[Line, ...]:
    order = list(KINDS)
    known = [week for week in weeks if (week.about, week.aspect) in KINDS]
    known.sort(key=lambda week: (-week.begins.toordinal(), order.index((week.about, week.aspect))))
    return tuple(_line(week) for week in known)


def _line(week: Week) -> Line:
    return Line(
        begins=week.begins,
        kind=KINDS[(week.about, week.aspect)],
        verdicts=week.verdicts,
        agreed=week.agreed,
        darker=week.darker,
        milder=week.milder,
        other=week.other,
        share=week.share,
    )
