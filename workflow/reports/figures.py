"""Every figure of `rules.kpi_targets`, with its value and of how many it is. Pure.

What is about alerts, drills and scores is about no platform yet, so a platform's filter leaves those as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from workflow.measuring.advice import State as Advice
from workflow.reports.period import Period, during
from workflow.reports.reading import Frames
from workflow.reports.ways import by_hours, spread
from workflow.rules import kpis
from workflow.rules.assessments import WIDEST_GAP
from workflow.rules.dismissals import is_noise
from workflow.rules.kpi_targets import BY_KEY, Definition, stands
from workflow.triage import DISMISSED


@dataclass(frozen=True)
class Figure:
    """One KPI. `value` in the definition's unit, None without data; of `count` of what the definition counts."""

    key: str
    value: float | None
    count: int

    @property
    def definition(self) -> Definition:
        return BY_KEY[self.key]

    @property
    def small(self) -> bool:
        """So few that the value says little."""
        return self.value is not None and self.count < self.definition.least

    @property
    def stands(self) -> str:
        """Against the target, to the figure that a person reads: inside, below, above, or nothing to say."""
        return stands(self.shown, self.definition.target)

    @property
    def shown(self) -> float | None:
        """The value as exactly as it is said: small ones with one decimal, others whole."""
        if self.value is None:
            return None
        return round(self.value, 1 if abs(self.value) < 10 else 0)


Figures = Mapping[str, Figure]


def on(frame: pd.DataFrame, platform: str) -> pd.DataFrame:
    """The rows of one platform; all of them without one."""
    return frame[frame["platform"] == platform] if platform else frame


def alerts(frames: Frames, period: Period) -> pd.DataFrame:
    """One row for each alert, and whether it was claimed, decided, written about, dismissed, noise, taken, useful."""
    rows = during(frames.moments, "raised_at", period)
    by_alert = rows.groupby("alert")
    found = rows.drop_duplicates("alert").set_index("alert")
    found = found.assign(written=by_alert["draft"].count() > 0, published=by_alert["published_at"].count() > 0)
    claimed, decided = found["claimed_at"].notna(), found["decided_at"].notna()
    # An alert that was closed after its post had left was taken all the same.
    dismissed = (found["state"] == DISMISSED) & ~found["published"]
    noise = [
        gone and is_noise(reason or "", decided=settled)
        for gone, reason, settled in zip(dismissed, found["reason"], decided, strict=True)
    ]
    touched = claimed | decided | found["written"]
    return found.assign(
        claimed=claimed,
        decided=decided,
        dismissed=dismissed,
        noise=pd.Series(noise, index=found.index, dtype=bool),
        taken=(found["written"] | found["published"]) & ~dismissed,
        useful=touched & ~pd.Series(noise, index=found.index, dtype=bool),
    ).reset_index()


def alert_figures(found: pd.DataFrame, period: Period) -> list[Figure]:
    """Alerts a day, and how many were worth raising."""
    raised = len(found)
    skipped, taken = int(found["dismissed"].sum()), int(found["taken"].sum())
    skip = kpis.skip_rate(skipped, taken)
    return [
        Figure("alerts_a_day", raised / period.days if raised else None, raised),
        Figure("useful", _percent(int(found["useful"].sum()), raised), raised),
        Figure("skip_rate", None if skip is None else 100 * skip, skipped + taken),
    ]


def speed_figures(drafted: pd.DataFrame, speeds: tuple[kpis.Speed, ...], zone: ZoneInfo) -> list[Figure]:
    """From the alert to the post: all of it, against the windows, and by the hour at which the alert came."""
    overall = spread(drafted["minutes"])
    office, night = by_hours(drafted, zone)
    known = [line for line in speeds if line.inside is not None]
    posts = sum(line.spread.count for line in known)
    in_time = sum(line.spread.count * (line.inside or 0.0) for line in known)
    return [
        _middle("to_publication", overall),
        Figure("to_publication_p90", overall.p90 if overall else None, overall.count if overall else 0),
        Figure("inside_window", _percent(in_time, posts), posts),
        _middle("in_hours", office),
        _middle("out_of_hours", night),
    ]


def leg_figures(legs: Mapping[str, kpis.Spread | None]) -> list[Figure]:
    """Where the minutes went."""
    return [_middle(f"leg {name}", found) for name, found in legs.items()]


def echo_figures(echo: pd.DataFrame) -> list[Figure]:
    """What posts brought. Share and reply rate are told of impressions alone, as the guide's targets are."""
    reactive, planned = echo[echo["reactive"] == True], echo[echo["reactive"] == False]  # noqa: E712 - pandas
    seen = {True: reactive[reactive["of"] == "impressions"], False: planned[planned["of"] == "impressions"]}
    return [
        Figure("planned", _percent(len(planned), len(echo)), len(echo)),
        _median("two_hours", reactive["times"]),
        _median("share_rate_reactive", seen[True]["share"]),
        _median("share_rate_planned", seen[False]["share"]),
        _median("reply_rate", seen[True]["reply"]),
        _median("peak", reactive["peak"]),
        _median("tone_shift", reactive["shift"]),
    ]


def brake_figures(stops: pd.DataFrame, taken_down: kpis.TakenDown, frames: Frames, period: Period) -> list[Figure]:
    """What was stopped, how fast what was out came down, and how practice went."""
    drills, told = during(frames.drills, "opened_at", period), during(frames.answers, "opened_at", period)
    answered = told[told["answered_at"].notna()]
    return [
        Figure("stopped", float(stops["draft"].nunique()) if len(stops) else None, len(stops)),
        _middle("time_to_delete", taken_down.seconds),
        _median("drill_gate", _seconds(drills["gate_closed_at"] - drills["opened_at"])),
        _median("drill_seen", _seconds(answered["answered_at"] - answered["opened_at"])),
        Figure("drill_answered", _percent(len(answered), len(told)), len(told)),
    ]


def judgement_figures(found: pd.DataFrame, frames: Frames, period: Period) -> list[Figure]:
    """How far the two assessors agree, and how often people gave another verdict than the machine."""
    gaps = first_rounds(frames, period)
    close = int(((gaps["relevance"] <= WIDEST_GAP) & (gaps["interest"] <= WIDEST_GAP)).sum())
    acted = found[found["claimed"] | found["decided"] | found["written"] | found["dismissed"]]
    corrected = int(acted["alert"].isin(frames.corrected["alert"]).sum())
    return [
        Figure("assessors_agree", _percent(close, len(gaps)), len(gaps)),
        Figure("corrected", _percent(corrected, len(acted)), len(acted)),
    ]


def first_rounds(frames: Frames, period: Period) -> pd.DataFrame:
    """For each moment that two people scored in the period: how many points they lay apart on each scale."""
    rows = during(frames.scores, "at", period).sort_values("at", kind="stable")
    blind = rows.groupby("moment").head(2)
    pairs = blind[blind.groupby("moment")["moment"].transform("size") == 2].groupby("moment")
    return pd.DataFrame({name: pairs[name].max() - pairs[name].min() for name in ("relevance", "interest")})


def advice_figure(advices: pd.DataFrame) -> Figure:
    """Of the advice that somebody decided about: how much was taken."""
    decided = advices[advices["state"] != Advice.OPEN.value]
    taken = int((decided["state"] == Advice.DONE.value).sum())
    return Figure("advice_taken", _percent(taken, len(decided)), len(decided))


def _middle(key: str, found: kpis.Spread | None) -> Figure:
    return Figure(key, found.median if found else None, found.count if found else 0)


def _median(key: str, values: pd.Series) -> Figure:
    known = values.dropna().astype("float64")
    return Figure(key, float(known.median()) if len(known) else None, len(known))


def _percent(part: float, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _seconds(taken: pd.Series) -> pd.Series:
    seconds: pd.Series = taken.dt.total_seconds()
    return seconds
