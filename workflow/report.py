"""The report of a period: what the KPI page, the exports and the weekly report tell, from one reading of the tables.

The period picks moments by when they were noticed, and posts and holds by when they left or began; what became of a
moment afterwards belongs to it, however late. So a figure never mixes two populations, and each says from how many.
The arithmetic is in `rules.kpis` and in `reports`; here the parts come together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from workflow.reports.figures import Figure, Figures, during, on
from workflow.reports.frames import echoes
from workflow.reports.people import Answered
from workflow.reports.period import TICK, Period
from workflow.reports.reading import Frames, read
from workflow.reports.series import reasons, steps
from workflow.rules import kpis
from workflow.rules.kpi_targets import DEFINITIONS


@dataclass(frozen=True)
class Told:
    """One moment (and one of its drafts, if it has any) on its way. `draft_id` None: nobody wrote about it."""

    alert_id: int
    topic: str
    alert_state: str
    draft_id: int | None
    draft_state: str
    journey: kpis.Journey


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

    `figures`: every KPI of `rules.kpi_targets` by its key. As frames, for charts and exports: `posts` with what each
    brought, `steps` of the period, `reasons` that stopped posts, `advices` said.
    """

    since: datetime
    until: datetime
    platform: str
    zone: str
    moments: Moments
    told: tuple[Told, ...]
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
    return _report(read(tx, since), Period(since, until or tx.now + TICK), windows, platform, roles(tx))


def with_before(tx: Tx, period: Period, windows: Mapping[str, float], platform: str = "") -> tuple[Report, Report]:
    """The same, and the figures of the period before it: one reading for both."""
    frames, known = read(tx, period.before.since), roles(tx)
    now, before = (_report(frames, one, windows, platform, known) for one in (period, period.before))
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


def _report(
    frames: Frames, period: Period, windows: Mapping[str, float], platform: str, known: dict[int, str]
) -> Report:
    told = _told(frames, period, platform)
    journeys = [one.journey for one in told if one.draft_id is not None]
    speeds, legs = kpis.speeds(journeys, windows), kpis.legs(_each_leg_once(told))
    raised = sums.alerts(frames, period)
    posts = echoes(on(during(frames.posts, "at", period), platform), frames)
    stops = on(during(frames.stops, "at", period), platform)
    held = _holds(frames, period, stops)
    gone = kpis.taken_down(_deletions(on(during(frames.deletions, "asked_at", period), platform)))
    advices = on(during(frames.advices, "said_at", period), platform)
    zone = ZoneInfo(frames.zone)
    found = [
        *sums.speed_figures(journeys, speeds, zone),
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
        told=told,
        overall=kpis.spread(kpis.to_publication(one) for one in journeys),
        speeds=speeds,
        legs=legs,
        brake=kpis.brake([one.row for one in held]),
        holds=held,
        taken_down=gone,
        planned=int((~posts["reactive"].astype(bool)).sum()),
        reactive=int(posts["reactive"].astype(bool).sum()),
        figures=_in_order(found),
        by_role=by_people.by(by_people.responses(frames, period, known, platform), "role"),
        posts=posts,
        steps=steps(raised, posts, journeys, period, zone),
        reasons=reasons(stops),
        advices=advices,
    )


def _in_order(found: Sequence[Figure]) -> Figures:
    by_key = {one.key: one for one in found}
    return {one.key: by_key[one.key] for one in DEFINITIONS}


def _told(frames: Frames, period: Period, platform: str) -> tuple[Told, ...]:
    """The moments; with a platform, of their drafts those for it alone."""
    rows = during(frames.moments, "raised_at", period)
    rows = rows[(rows["platform"] == platform) | rows["draft"].isna()] if platform else rows
    stations = frames.stations.sort_values("at", kind="stable")
    submitted = stations[stations["kind"] == "draft_submit"].drop_duplicates("draft").set_index("draft")["at"]
    approved = stations[stations["kind"] == "draft_approve_last"].drop_duplicates("draft", keep="last")
    rows = rows.assign(
        submitted_at=_of_draft(rows, submitted), approved_at=_of_draft(rows, approved.set_index("draft")["at"])
    )
    times = ("raised_at", "claimed_at", "decided_at", "submitted_at", "approved_at", "published_at", "onset_at")
    columns = [_plain(rows[name]) for name in ("alert", "topic", "state", "draft", "draft_state", "platform", *times)]
    return tuple(map(_one, *columns)) if len(rows) else ()


def _of_draft(rows: pd.DataFrame, at: pd.Series) -> pd.Series:
    return pd.to_datetime(rows["draft"].map(at.to_dict()), utc=True)


def _one(
    alert: int, topic: str, state: str, draft: float | None, draft_state: str | None, platform: str | None,
    raised: datetime, claimed: datetime | None, decided: datetime | None, submitted: datetime | None,
    approved: datetime | None, published: datetime | None, onset: datetime | None,
) -> Told:  # fmt: skip
    journey = kpis.Journey(raised, claimed, decided, submitted, approved, published, platform or "", onset)
    return Told(int(alert), topic, state, None if draft is None else int(draft), draft_state or "", journey)


def _plain(column: pd.Series) -> list[object]:
    """The values as Python has them, None where one is missing."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return [None if one is pd.NaT else one for one in column.array.to_pydatetime()]
    return [None if missing else one for one, missing in zip(column, column.isna(), strict=True)]


def _each_leg_once(told: Sequence[Told]) -> list[kpis.Journey]:
    """A moment with two drafts was noticed, claimed and assessed once: its first legs count once."""
    seen: set[int] = set()
    once = []
    for one in told:
        again = one.alert_id in seen
        once.append(replace(one.journey, triggered_at=None, claimed_at=None) if again else one.journey)
        seen.add(one.alert_id)
    return once


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
