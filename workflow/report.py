"""The report of a period: what the KPI page, the exports and the weekly report tell, from one reading of the tables.

The period picks moments by when they were noticed, and posts and holds by when they left or began; what became of a
moment afterwards belongs to it, however late. So a figure never mixes two populations, and each says from how many.
The arithmetic is in `rules.kpis` and in `reports`; here the parts come together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import select

from data.storage.store import Store, Tx
from data.storage.tables import people
from scoring.contract import Scope
from workflow.access import require
from workflow.reports import figures as sums
from workflow.reports import people as by_people
from workflow.reports import ways
from workflow.reports.figures import Figure, Figures, on
from workflow.reports.frames import Brought, brought, echoes
from workflow.reports.people import Answered
from workflow.reports.period import TICK, Period, during
from workflow.reports.reading import Frames, read
from workflow.reports.series import reasons, steps
from workflow.rules import kpis
from workflow.rules.kpi_targets import DEFINITIONS


@dataclass(frozen=True)
class Moments:
    """What became of the alerts of a period. `taken`: somebody wrote about it; `undecided`: neither that nor no."""

    raised: int
    claimed: int
    dismissed: int
    taken: int
    undecided: int
    useful: int
    skip_rate: float | None


@dataclass(frozen=True)
class Held:
    """A hold of the period, and how many posts the event rows say it stopped."""

    scope: Scope
    by_rule: bool
    row: kpis.HoldRow


@dataclass(frozen=True)
class Report:
    """Everything that is told of one period; `planned` and `reactive` are posts that left in it.

    `figures`: every KPI of `rules.kpi_targets` by its key. As frames, for charts and exports: `ways` of the moments,
    `posts` with what each brought, `steps` of the period, `reasons` that stopped posts, `advices` said.
    """

    since: datetime
    until: datetime
    platform: str
    zone: str
    moments: Moments
    ways: pd.DataFrame
    overall: kpis.Spread | None
    speeds: tuple[kpis.Speed, ...]
    legs: Mapping[str, kpis.Spread | None]
    brake: kpis.Brake
    holds: tuple[Held, ...]
    taken_down: kpis.TakenDown
    planned: int
    reactive: int
    figures: Figures
    by_role: tuple[Answered, ...]
    posts: pd.DataFrame
    steps: pd.DataFrame
    reasons: pd.DataFrame
    advices: pd.DataFrame


def report(
    tx: Tx, since: datetime, windows: Mapping[str, float], until: datetime | None = None, platform: str = ""
) -> Report:
    """The figures of one period, until now if nothing else is said; of one platform, or of all.

    `windows`: minutes that each platform gives from detection to publication.
    """
    return _report(_known(tx, since, platform), Period(since, until or tx.now + TICK), windows)


def with_before(tx: Tx, period: Period, windows: Mapping[str, float], platform: str = "") -> tuple[Report, Report]:
    """The same, and the figures of the period before it: one reading for both."""
    known = _known(tx, period.before.since, platform)
    now, before = (_report(known, one, windows) for one in (period, period.before))
    return now, before


def by_name(store: Store, token: str, period: Period, platform: str = "") -> tuple[Answered, ...]:
    """How long each person took, by name. Refused for everybody but a manager (`rules.roles`): it is no page's part."""
    with store.read() as tx:
        require(tx, token, "read_names")
        found = by_people.responses(read(tx, period.since), period, roles(tx), platform)
        names = {row["id"]: row["display_name"] for row in tx.rows(select(people.c.id, people.c.display_name))}
    return by_people.by(found.assign(name=found["person"].map(names)), "name")


def roles(tx: Tx) -> dict[int, str]:
    """Everybody's role today."""
    return {row["id"]: row["role"] for row in tx.rows(select(people.c.id, people.c.role))}


@dataclass(frozen=True)
class _Known:
    """What the tables said, and what is worked out once for every period that is told from it."""

    frames: Frames
    platform: str
    ways: pd.DataFrame
    brought: Brought
    answered: pd.DataFrame


def _known(tx: Tx, since: datetime, platform: str) -> _Known:
    frames = read(tx, since)
    answered = by_people.everything(frames, roles(tx), platform)
    return _Known(frames, platform, ways.ways(frames), brought(frames), answered)


def _report(known: _Known, period: Period, windows: Mapping[str, float]) -> Report:
    frames, platform = known.frames, known.platform
    rows = ways.of_period(known.ways, period, platform)
    drafted, speeds, legs = ways.with_draft(rows), ways.speeds(rows, windows), ways.legs(rows)
    raised = sums.alerts(frames, period)
    posts = echoes(on(during(frames.posts, "at", period), platform), frames, known.brought)
    stops = on(during(frames.stops, "at", period), platform)
    held = _holds(frames, period, stops)
    gone = kpis.taken_down(_deletions(on(during(frames.deletions, "asked_at", period), platform)))
    advices = on(during(frames.advices, "said_at", period), platform)
    zone = ZoneInfo(frames.zone)
    found = [
        *sums.speed_figures(drafted, speeds, zone),
        *sums.leg_figures(legs),
        *sums.alert_figures(raised, period),
        *sums.echo_figures(posts),
        *sums.brake_figures(stops, gone, frames, period),
        *sums.judgement_figures(raised, frames, period),
        sums.advice_figure(advices),
    ]
    return Report(
        since=period.since,
        until=period.until,
        platform=platform,
        zone=frames.zone,
        moments=_moments(raised),
        ways=rows,
        overall=ways.spread(drafted["minutes"]),
        speeds=speeds,
        legs=legs,
        brake=kpis.brake([one.row for one in held]),
        holds=held,
        taken_down=gone,
        planned=int((~posts["reactive"].astype(bool)).sum()),
        reactive=int(posts["reactive"].astype(bool).sum()),
        figures=_in_order(found),
        by_role=by_people.by(by_people.during_period(known.answered, period), "role"),
        posts=posts,
        steps=steps(raised, posts, drafted, period, zone),
        reasons=reasons(stops),
        advices=advices,
    )


def _in_order(found: Sequence[Figure]) -> Figures:
    by_key = {one.key: one for one in found}
    return {one.key: by_key[one.key] for one in DEFINITIONS}


def _plain(column: pd.Series) -> list[object]:
    """The values as Python has them, None where one is missing."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return [None if one is pd.NaT else one for one in column.array.to_pydatetime()]
    return [None if missing else one for one, missing in zip(column, column.isna(), strict=True)]


def _moments(raised: pd.DataFrame) -> Moments:
    dismissed, taken = int(raised["dismissed"].sum()), int(raised["taken"].sum())
    return Moments(
        raised=len(raised),
        claimed=int(raised["claimed"].sum()),
        dismissed=dismissed,
        taken=taken,
        undecided=len(raised) - dismissed - taken,
        useful=int(raised["useful"].sum()),
        skip_rate=kpis.skip_rate(dismissed, taken),
    )


def _holds(frames: Frames, period: Period, stops: pd.DataFrame) -> tuple[Held, ...]:
    """The holds of the period, newest first, each with the posts it stopped."""
    stopped: dict[int, set[int]] = {}
    for draft, detail in zip(stops["draft"], stops["detail"], strict=True):
        if "hold" in detail:
            stopped.setdefault(detail["hold"], set()).add(draft)
    rows = during(frames.holds, "opened_at", period)
    columns = [_plain(rows[name]) for name in ("id", "scope_kind", "scope_value", "origin", "opened_at", "lifted_at")]
    return tuple(
        Held(Scope(kind, value), origin == "rule", kpis.HoldRow(opened, lifted, len(stopped.get(number, ()))))
        for number, kind, value, origin, opened, lifted in zip(*columns, strict=True)
    )


def _deletions(rows: pd.DataFrame) -> tuple[kpis.DeletionRow, ...]:
    """What somebody decided to take down in the period, whenever it had been published."""
    columns = [_plain(rows[name]) for name in ("asked_at", "done_at", "reason_at")]
    return tuple(map(kpis.DeletionRow, *columns)) if len(rows) else ()
