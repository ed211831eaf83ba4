"""The weekly report as it is read: which weeks there are, and a week's figures as the lines that are kept and sent.

The figures are those of the KPI page, from the same reading; what a manager reads first stands first.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.views.kpis import in_unit, label, minutes, windows
from data.storage.store import Store
from workflow.brand import the_brand
from workflow.measuring import weekly
from workflow.measuring.weekly import Line, Report, Section
from workflow.report import Report as Figures
from workflow.report import with_before
from workflow.reports.figures import Figure
from workflow.reports.period import Period
from workflow.rules.kpi_targets import DEFINITIONS, HEADLINE
from workflow.rules.kpi_targets import Section as Part
from workflow.rules.weeks import Week, newest_ready, week_named, week_of

# Reasons that stopped posts, most frequent first: more than these nobody reads in a letter (ours).
MOST_REASONS = 8


def weeks(store: Store) -> dict[str, str]:
    """The weeks to choose from as people say them: the newest that is over, then this one and those with a report."""
    with store.read() as tx:
        zone, kept = the_brand(tx).zone, weekly.weeks(tx)
        ready, running = newest_ready(tx.now, zone), week_of(tx.now, zone)
    order = [ready.key, *(key for key in sorted({*kept, running.key}, reverse=True) if key != ready.key)]
    told = {running.key: "still running"} | ({ready.key: "the newest that is over"} if ready.key != running.key else {})
    return {key: f"{key} ({told[key]})" if key in told else key for key in order}


def read(store: Store, week: str) -> Report | None:
    """The week's report, if there is one."""
    with store.read() as tx:
        return weekly.of_week(tx, week)


def readers(store: Store) -> tuple[tuple[int, str, bool], ...]:
    """Whom it can be sent to: id, name, and whether they have an address."""
    with store.read() as tx:
        return weekly.readers(tx)


def take(store: Store, token: str | None, key: str) -> int:
    """Count the week as it stands by now, and keep that; the report's id. `token` None: the product itself."""
    week, sections = _counted(store, key)
    return weekly.make(store, week, sections, token=token)


def make_due(store: Store) -> bool:
    """On Monday morning: the report of the week that is over, unless it is there. Whether one was made."""
    with store.read() as tx:
        ready = newest_ready(tx.now, the_brand(tx).zone)
        there = weekly.of_week(tx, ready.key) is not None
    if not there:
        take(store, None, ready.key)
    return not there


def _counted(store: Store, key: str) -> tuple[Week, tuple[Section, ...]]:
    with store.read() as tx:
        week = week_named(key, the_brand(tx).zone)
        now, before = with_before(tx, Period(week.since, week.until), windows())
    return week, sections(now, before)


def sections(now: Figures, before: Figures) -> tuple[Section, ...]:
    """What stands in the letter, in the order in which it is read."""
    parts = [Section("In short", tuple(_line(now.figures[key], before.figures[key]) for key in HEADLINE))]
    for part in Part:
        keys = [one.key for one in DEFINITIONS if one.section == part and one.key not in HEADLINE]
        lines = [_line(now.figures[key], before.figures[key]) for key in keys if now.figures[key].value is not None]
        parts.append(Section(part.value, (*_own(part, now), *lines), _note(part, now)))
    return tuple(one for one in parts if one.lines or one.note)


def _own(part: Part, now: Figures) -> Sequence[Line]:
    """What a part has besides its figures: each platform's speed, what was taken up, why posts were stopped."""
    if part == Part.SPEED:
        return [
            Line(
                f"Alert to post on {label(one.channel)}",
                minutes(one.spread.median),
                f"of {one.spread.count}" + (f", aim {minutes(one.window_minutes)}" if one.window_minutes else ""),
            )
            for one in now.speeds
        ]
    if part == Part.CHOICE:
        told = now.moments
        taken = f"{told.claimed} claimed, {told.dismissed} let go, {told.taken} written about"
        return [
            Line("Alerts", f"{told.raised:,}", taken),
            Line("Posts", f"{now.planned + now.reactive:,}", _kinds(now)),
        ]
    if part == Part.BRAKE:
        rows = now.reasons.head(MOST_REASONS).to_dict("records")
        return [Line(f"Stopped: {row['reason']}", f"{row['posts']:,}", f"by the {row['by']}") for row in rows]
    return ()


def _kinds(now: Figures) -> str:
    return f"{now.planned} planned, {now.reactive} reactive"


def _note(part: Part, now: Figures) -> str:
    if part == Part.SPEED and not now.speeds:
        return "Nothing that answered an alert was published in this week."
    if part == Part.BRAKE and not now.brake.opened:
        return "No hold began in this week."
    return ""


def _line(figure: Figure, before: Figure) -> Line:
    known = figure.definition
    of = [f"of {figure.count:,} {known.of}"] if figure.value is not None else []
    if figure.small:
        of.append("a small sample")
    if known.target is not None:
        of.append(f"aim {known.target.words}")
    if before.value is not None:
        of.append(f"the week before {in_unit(before.value, known.unit)}")
    return Line(known.title, in_unit(figure.value, known.unit), ", ".join(of))
