"""Moments on their way to a post: when each passed which station, and how many minutes lay between. Pure.

A row for each moment, or for each of its drafts where it has some. Columns instead of an object for each: a page of a
year asks for two medians of some thousands, and would spend most of its time on making the objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from workflow.reports.period import Period, during
from workflow.reports.reading import Frames
from workflow.rules import kpis
from workflow.rules.office import in_hours

_CALLED = {"onset_at": "triggered_at", "raised_at": "detected_at", "decided_at": "assessed_at"}
_MINUTE = np.timedelta64(60_000_000, "us")


def ways(frames: Frames) -> pd.DataFrame:
    """Every moment's way: `rules.kpis.STATIONS`, and `minutes` from the alert to the post."""
    stations = frames.stations.sort_values("at", kind="stable")
    submitted = stations[stations["kind"] == "draft_submit"].drop_duplicates("draft")
    approved = stations[stations["kind"] == "draft_approve_last"].drop_duplicates("draft", keep="last")
    found = frames.moments.rename(columns=_CALLED)
    found = found.assign(submitted_at=_of_draft(found, submitted), approved_at=_of_draft(found, approved))
    return found.assign(minutes=minutes_between(found["detected_at"], found["published_at"]))


def _of_draft(rows: pd.DataFrame, passed: pd.DataFrame) -> pd.Series:
    return passed.set_index("draft")["at"].reindex(rows["draft"]).set_axis(rows.index)


def of_period(found: pd.DataFrame, period: Period, platform: str) -> pd.DataFrame:
    """The moments that were noticed in it; with a platform, of their drafts those for it alone."""
    rows = during(found, "detected_at", period)
    return rows[(rows["platform"] == platform) | rows["draft"].isna()] if platform else rows


def minutes_between(start: pd.Series, end: pd.Series) -> pd.Series:
    """Minutes from start to end; missing where one is, or the order is wrong: that is no measurement."""
    taken = pd.Series((end - start).to_numpy() / _MINUTE, index=start.index)
    return taken.where(taken >= 0)


def with_draft(rows: pd.DataFrame) -> pd.DataFrame:
    """The ways of drafts, without moments that nobody wrote about."""
    return rows[rows["draft"].notna()]


def spread(minutes: pd.Series) -> kpis.Spread | None:
    """The spread of what was measured."""
    return kpis.spread(minutes.dropna().tolist())


def speeds(rows: pd.DataFrame, windows: Mapping[str, float]) -> tuple[kpis.Speed, ...]:
    """Alert to post: one line for each platform that published something, by name."""
    taken = with_draft(rows).dropna(subset="minutes").groupby("platform")["minutes"]
    return kpis.speeds({str(platform): minutes.tolist() for platform, minutes in taken}, windows)


def legs(rows: pd.DataFrame) -> dict[str, kpis.Spread | None]:
    """Where the minutes went. A moment with two drafts was noticed, claimed and assessed once: it counts there once."""
    again = rows["alert"].duplicated()
    once = rows.assign(**{name: rows[name].where(~again) for name in ("triggered_at", "claimed_at")})
    return {name: spread(minutes_between(once[start], once[end])) for name, (start, end) in kpis.LEGS.items()}


def by_hours(rows: pd.DataFrame, zone: ZoneInfo) -> tuple[kpis.Spread | None, kpis.Spread | None]:
    """Alert to post of alerts that came in business hours, and of all others."""
    told = rows[rows["minutes"].notna()]
    office = np.array([in_hours(at, zone) for at in told["detected_at"]], dtype=bool)
    return spread(told["minutes"][office]), spread(told["minutes"][~office])
