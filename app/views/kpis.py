"""What the KPI page shows of a period: every figure against its target and the period before – each from how many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.ui.times import span
from app.views.cells import safe_cell as safe_cell
from data.reference import playbooks
from data.storage.store import Store
from workflow.access import Person
from workflow.report import Report, with_before
from workflow.reports.figures import Figure
from workflow.reports.period import USUAL, Period, between, lately
from workflow.rules.kpi_targets import HEADLINE, Section, Unit
from workflow.rules.kpis import Spread

PERIOD_WORDS = {
    "24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days", "365d": "A year", "dates": "Dates",
}  # fmt: skip
DATES = "dates"
STANDS = {"inside": "as the guide aims", "below": "below the guide's aim", "above": "above the guide's aim", "": ""}
OURS = {"inside": "as we aim", "below": "below our aim", "above": "above our aim", "": ""}


@dataclass(frozen=True)
class SpeedLine:
    """One platform's detection to publication, in minutes; `inside` is a share in [0, 1], both of `count` posts."""

    platform: str
    count: int
    median: float
    p90: float
    target: float | None
    inside: float | None


@dataclass(frozen=True)
class Line:
    """One figure as a person reads it. `value` is a dash without data, and so is `before`."""

    key: str
    section: Section
    title: str
    value: str
    of: str
    small: bool
    target: str
    stands: str
    before: str
    what: str


@dataclass(frozen=True)
class Kpis:
    """The page: the report of the period, and its figures in words beside those of the period before."""

    period: Period
    platform: str
    zone: ZoneInfo
    report: Report
    before: Report
    speeds: tuple[SpeedLine, ...]
    lines: tuple[Line, ...]

    @property
    def since(self) -> datetime:
        return self.period.since

    @property
    def until(self) -> datetime:
        return self.period.until

    @property
    def empty(self) -> bool:
        found = self.report
        asked = found.taken_down.asked or found.figures["drill_answered"].count
        return not (found.moments.raised or len(found.posts) or found.brake.opened or asked)

    def of(self, section: Section) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.section == section)

    @property
    def headline(self) -> tuple[Line, ...]:
        """What a manager reads first."""
        by_key = {line.key: line for line in self.lines}
        return tuple(by_key[key] for key in HEADLINE)


def windows() -> Mapping[str, float]:
    """Minutes that each platform gives from detection to publication (the guide)."""
    return {key: float(book.target_minutes[1]) for key, book in playbooks().items()}


def read(
    store: Store,
    person: Person,
    period: str = USUAL,
    platform: str = "",
    first: date | None = None,
    last: date | None = None,
) -> Kpis:
    """The figures of a period that ends now, or of whole days on the reader's calendar; of one platform or of all.

    An unknown period is a week, an unknown platform none in particular. Raises BadInput for days that make no period.
    """
    books = playbooks()
    chosen = platform if platform in books else ""
    with store.read() as tx:
        if period == DATES and first is not None and last is not None:
            when = between(first, last, person.zone_info, tx.now)
        else:
            when = lately(period, tx.now)
        now, before = with_before(tx, when, windows(), chosen)
    return Kpis(
        period=when,
        platform=chosen,
        zone=person.zone_info,
        report=now,
        before=before,
        speeds=tuple(
            SpeedLine(
                platform=label(one.channel),
                count=one.spread.count,
                median=one.spread.median,
                p90=one.spread.p90,
                target=one.window_minutes,
                inside=one.inside,
            )
            for one in now.speeds
        ),
        lines=tuple(_line(figure, before.figures[key]) for key, figure in now.figures.items()),
    )


def label(platform: str) -> str:
    """The platform's name as people say it."""
    books = playbooks()
    return books[platform].label if platform in books else platform


def _line(figure: Figure, before: Figure) -> Line:
    known = figure.definition
    words = STANDS if known.target is None or known.target.source == "guide" else OURS
    was = in_unit(before.value, known.unit)
    return Line(
        key=figure.key,
        section=known.section,
        title=known.title,
        value=in_unit(figure.value, known.unit),
        of=_of(figure.count, known.of),
        small=figure.small,
        target=known.target.words if known.target is not None else "",
        stands=words[figure.stands],
        before=was if before.value is None else f"{was} {_of(before.count, '')}".strip(),
        what=known.what,
    )


def in_unit(value: float | None, unit: Unit) -> str:
    """A figure as a person says it; a dash where there is none."""
    if value is None:
        return "–"
    if unit == "min":
        return minutes(value)
    if unit == "s":
        return f"{value:.1f} s" if value < 10 else span(timedelta(seconds=value))
    if unit == "%":
        return f"{value:.1f}%" if 0 < value < 10 else f"{value:.0f}%"
    if unit == "points":
        return f"{value:+.1f} points"
    return {"x": f"{value:.1f} ×", "a day": f"{value:.1f} a day"}.get(unit, f"{value:,.0f}")


def in_words(line: SpeedLine) -> str:
    """One platform's line: median, 90th percentile, and how many kept the platform's target."""
    said = f"median {minutes(line.median)} · nine of ten within {minutes(line.p90)}"
    if line.target is None or line.inside is None:
        return f"{said} · {_of(line.count, 'posts')}"
    return f"{said} · {round(line.inside * line.count)} of {line.count} inside {minutes(line.target)}"


def spread_in_words(found: Spread) -> str:
    """`median 4 min, nine of ten within 9 min, of 12`."""
    return f"median {minutes(found.median)}, nine of ten within {minutes(found.p90)}, of {found.count}"


def _of(count: int, what: str) -> str:
    """`of 1 post`, `of 12 posts`. What is counted stands in the plural, its last word's s is what goes."""
    singular = {"pieces of advice": "piece of advice", "people told": "person told"}
    what = singular.get(what, what.removesuffix("s")) if count == 1 else what
    return f"of {count:,} {what}".strip()


def minutes(value: float) -> str:
    """Minutes as a length of time: `45 s`, `12 min`, `3 h 20 min`."""
    return span(timedelta(minutes=value)).replace(" h 00 min", " h")
