"""The console's charts, in Altair: a moment's volume, the opportunity matrix, and where the minutes go.

Times are drawn on the reader's wall clock: Vega knows the browser's zone and UTC but not a person's, so each instant
is handed over as that person's local time and the axis is told that it is UTC. Text from outside is never drawn here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd
import streamlit as st

from app.views.moment_mood import Share
from app.views.moment_volume import Point, Usual
from monitors.trajectory import Ahead
from scoring.matrix import HIGH_ABOVE


@dataclass(frozen=True)
class Inks:
    """The theme's colours as Vega needs them (the theme itself is in .streamlit/config.toml)."""

    main: str
    bars: str
    band: str
    limit: str
    text: str
    ground: str
    mood: str


LIGHT = Inks("#1d6a64", "#8fb5b1", "#d9d4c6", "#b42318", "#4b5560", "#fbfaf7", "#8a6bb8")
DARK = Inks("#5bb8ab", "#3d6f6a", "#39424b", "#f97066", "#aab3b8", "#14181c", "#a98ddb")
Chart = alt.Chart | alt.LayerChart | alt.FacetChart
# One left margin for charts that stand above each other, so that their times line up (pixels).
LEFT = 44


def inks() -> Inks:
    """The colours for the theme that the reader's browser shows."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def draw(chart: Chart, height: int, alt_text: str) -> None:
    """Draw a chart as wide as its place. `alt_text` says what it shows, for whoever cannot see it."""
    st.altair_chart(chart.properties(height=height), width="stretch", alt=alt_text)


def trailing_hour(
    points: Sequence[Point],
    usual: Usual | None,
    marks: Sequence[tuple[datetime, str]],
    zone: ZoneInfo,
    unit: str,
    ahead: Sequence[Ahead] = (),
) -> Chart:
    """Uses in each trailing hour over the usual band, with the alert's height and instants. `unit` names the axis.

    `ahead`: the hours to come, dashed, in the range that they may well lie in.
    """
    ink = inks()
    x = _wall_clock()
    layers: list[Any] = [] if usual is None else _usual_layers(points, usual, zone, unit)
    layers += _ahead_layers(points, ahead, zone, unit)
    line = alt.Chart(_frame(points, zone)).mark_line(color=ink.main, strokeWidth=2.2)
    tips = [alt.Tooltip("utchoursminutes(at):T", title="until"), alt.Tooltip("value:Q", title=unit, format=",")]
    layers.append(line.encode(x=x, y=_counts("value:Q", unit), tooltip=tips))
    if marks:
        told = pd.DataFrame({"at": [_wall(at, zone) for at, _ in marks], "says": [says for _, says in marks]})
        rule = alt.Chart(told).mark_rule(color=ink.limit, strokeDash=[3, 3])
        layers.append(rule.encode(x=x, tooltip=[alt.Tooltip("says:N", title="here")]))
        words = alt.Chart(told).mark_text(color=ink.text, align="right", dx=-4, baseline="top", fontSize=11)
        layers.append(words.encode(x=x, y=alt.value(2), text="says:N"))
    return alt.layer(*layers)


def _ahead_layers(points: Sequence[Point], ahead: Sequence[Ahead], zone: ZoneInfo, unit: str) -> list[Any]:
    """From the newest figure on: what the next hours may bring, widening."""
    if not ahead or not points:
        return []
    ink, last = inks(), points[-1]
    rows = [{"at": _wall(last.at, zone), "expected": last.value, "low": last.value, "high": last.value}]
    rows += [{"at": _wall(one.end, zone), "expected": one.expected, "low": one.low, "high": one.high} for one in ahead]
    tips = [alt.Tooltip("utchoursminutes(at):T", title="until")]
    names = {"expected": "expected", "low": "likely from", "high": "likely to"}
    tips += [alt.Tooltip(f"{name}:Q", title=title, format=",.0f") for name, title in names.items()]
    base = alt.Chart(pd.DataFrame(rows)).encode(x=_wall_clock(), tooltip=tips)
    return [
        base.mark_area(color=ink.main, opacity=0.16).encode(y=_counts("low:Q", unit), y2="high:Q"),
        base.mark_line(color=ink.main, strokeWidth=1.6, strokeDash=[4, 3]).encode(y=_counts("expected:Q", unit)),
    ]


def _usual_layers(points: Sequence[Point], usual: Usual, zone: ZoneInfo, title: str) -> list[Any]:
    ink = inks()
    ends = [_wall(points[0].at, zone), _wall(points[-1].at, zone)] if points else []
    frame = pd.DataFrame(
        {"at": ends, "low": usual.low, "high": usual.high, "level": usual.level, "limit": usual.alert_at}
    )
    base = alt.Chart(frame).encode(x=_wall_clock())
    limit = alt.Chart(frame.head(1)).encode(x=_wall_clock())
    return [
        base.mark_area(color=ink.band, opacity=0.75).encode(y=_counts("low:Q", title), y2="high:Q"),
        base.mark_line(color=ink.text, strokeWidth=1, opacity=0.6).encode(y=_counts("level:Q", title)),
        base.mark_line(color=ink.limit, strokeWidth=1.2, strokeDash=[6, 4]).encode(y=_counts("limit:Q", title)),
        limit.mark_text(color=ink.limit, align="left", dx=4, dy=-7, fontSize=11).encode(
            y=_counts("limit:Q", title), text=alt.value("alert from here")
        ),
    ]


def tens(points: Sequence[Point], zone: ZoneInfo, until: datetime) -> Chart:
    """Uses per ten minutes, as bars. `until` ends the axis, so that it lines up with the chart above."""
    # Nothing at the end: it only holds the axis open.
    bars = alt.Chart(_frame([*points, Point(until, 0.0)], zone)).mark_bar(color=inks().bars)
    tips = [alt.Tooltip("utchoursminutes(at):T", title="until"), alt.Tooltip("value:Q", title="in 10 min", format=",")]
    drawn: alt.Chart = bars.encode(x=_wall_clock(), y=_counts("value:Q", "per 10 min"), tooltip=tips)
    return drawn


def shares(hours: Sequence[Share], usual: float, told: datetime, zone: ZoneInfo) -> Chart:
    """The share of negative posts in each hour as bars, the usual one as a line, and when people were told."""
    ink = inks()
    frame = pd.DataFrame([{"at": _wall(one.at, zone), "share": one.share, "scored": one.scored} for one in hours])
    frame["end"], frame["zero"] = frame["at"] + pd.Timedelta(minutes=50), 0
    axis = alt.Axis(minExtent=LEFT, tickCount=4, format=".0%")
    y = alt.Y("share:Q", title="negative", axis=axis, scale=alt.Scale(domain=[0, 1]))
    tips = [
        alt.Tooltip("utchoursminutes(at):T", title="hour from"), alt.Tooltip("share:Q", format=".0%", title="negative"),
        alt.Tooltip("scored:Q", title="posts read"),
    ]  # fmt: skip
    bars = (
        alt.Chart(frame).mark_rect(color=ink.mood).encode(x=_wall_clock(), x2="end:T", y=y, y2="zero:Q", tooltip=tips)
    )
    limit = pd.DataFrame({"usual": [usual], "at": [_wall(told, zone)]})
    level = alt.Chart(limit).mark_rule(color=ink.text, strokeDash=[6, 4]).encode(y=alt.Y("usual:Q"))
    words = alt.Chart(limit).mark_text(color=ink.text, align="left", dx=4, dy=-7, fontSize=11)
    said = words.encode(x=alt.value(0), y=alt.Y("usual:Q"), text=alt.value("usual"))
    rule = alt.Chart(limit).mark_rule(color=ink.limit, strokeDash=[3, 3]).encode(x=_wall_clock())
    return alt.layer(bars, level, said, rule)


def matrix(suggested: tuple[float, float] | None, agreed: tuple[float, float] | None) -> Chart:
    """The matrix, 0 to 10 each way: the judge's suggestion as a hollow point, the people's mean as a solid one."""
    ink = inks()
    quarters = pd.DataFrame(
        {
            "x": [0, HIGH_ABOVE, 0, HIGH_ABOVE], "x2": [HIGH_ABOVE, 10, HIGH_ABOVE, 10],
            "y": [HIGH_ABOVE, HIGH_ABOVE, 0, 0], "y2": [10, 10, HIGH_ABOVE, HIGH_ABOVE],
            "name": ["With care", "Go now", "Let it go", "Draft and wait"], "ground": [0.35, 0.9, 0.0, 0.35],
        }
    )  # fmt: skip
    base = alt.Chart(quarters).encode(x=_across(), y=_up())
    ground = base.mark_rect(stroke=ink.band, color=ink.main).encode(
        x2="x2:Q",
        y2="y2:Q",
        opacity=alt.Opacity("ground:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0, 0.2])),
    )
    # In the corner of each quarter, where a point seldom lies.
    corner = base.transform_calculate(cx="datum.x + 0.25", cy="datum.y2 - 0.25")
    marked = corner.mark_text(color=ink.text, align="left", baseline="top", fontSize=12, fontWeight=600)
    words = marked.encode(x="cx:Q", y="cy:Q", text="name:N")
    layers: list[Any] = [ground, words]
    if suggested is not None:
        layers.append(_dot(suggested, "the machine's suggestion", filled=False))
    if agreed is not None:
        layers.append(_dot(agreed, "the two assessors' mean", filled=True))
    return alt.layer(*layers)


def _dot(at: tuple[float, float], whose: str, *, filled: bool) -> Any:
    ink = inks()
    frame = pd.DataFrame({"x": [at[0]], "y": [at[1]], "whose": [whose]})
    dot = alt.Chart(frame).mark_point(
        size=190, strokeWidth=2.5, stroke=ink.main, fill=ink.main if filled else ink.ground, opacity=1
    )
    tips = [
        alt.Tooltip("whose:N", title="point"),
        alt.Tooltip("x:Q", title="relevance"),
        alt.Tooltip("y:Q", title="interest"),
    ]
    return dot.encode(x=_across(), y=_up(), tooltip=tips)


def legs(rows: Sequence[tuple[str, float, float, int]]) -> Chart:
    """Median minutes of each leg as bars, a tick at the 90th percentile. Rows: name, median, p90, of how many."""
    ink = inks()
    frame = pd.DataFrame(rows, columns=["leg", "median", "p90", "count"])
    order = [row[0] for row in rows]
    y = alt.Y("leg:N", sort=order, title=None, axis=alt.Axis(labelLimit=200, ticks=False, domain=False))
    tips = [
        alt.Tooltip("leg:N", title="leg"), alt.Tooltip("median:Q", format=".1f", title="median, min"),
        alt.Tooltip("p90:Q", format=".1f", title="90th percentile, min"), alt.Tooltip("count:Q", title="of"),
    ]  # fmt: skip
    base = alt.Chart(frame).encode(y=y, tooltip=tips)
    bar = base.mark_bar(color=ink.main, height=14, cornerRadiusEnd=3)
    tick = base.mark_tick(color=ink.limit, thickness=2.5, height=22)
    return alt.layer(bar.encode(x=alt.X("median:Q", title="minutes")), tick.encode(x=alt.X("p90:Q", title="minutes")))


def agreement(rows: Sequence[tuple[str, str, float, int]]) -> Chart:
    """The share of verdicts that people agreed with, a line for each kind. Rows: week, kind, share, of how many."""
    ink = inks()
    frame = pd.DataFrame(rows, columns=["week", "kind", "share", "count"])
    y = alt.Y("share:Q", title="agreed", axis=alt.Axis(minExtent=LEFT, tickCount=4, format=".0%"))
    tips = [
        alt.Tooltip("kind:N", title="verdict on"), alt.Tooltip("share:Q", format=".0%", title="agreed"),
        alt.Tooltip("count:Q", title="of"),
    ]  # fmt: skip
    base = alt.Chart(frame).encode(
        x=alt.X("week:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=y.scale(domain=[0, 1]),
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(range=[ink.main, ink.mood, ink.limit, ink.text]),
            legend=alt.Legend(title=None, orient="bottom", columns=2, labelLimit=200),
        ),
        tooltip=tips,
    )
    return alt.layer(base.mark_line(strokeWidth=2), base.mark_point(size=70, filled=True))


def _frame(points: Sequence[Point], zone: ZoneInfo) -> pd.DataFrame:
    return pd.DataFrame({"at": [_wall(one.at, zone) for one in points], "value": [one.value for one in points]})


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=ZoneInfo("UTC"))


def _wall_clock() -> alt.X:
    axis = alt.Axis(format="%H:%M", labelOverlap=True, tickCount=8, grid=False)
    return alt.X("at:T", title=None, axis=axis, scale=alt.Scale(type="utc", nice=False))


def _counts(field: str, title: str) -> alt.Y:
    return alt.Y(field, title=title, axis=alt.Axis(minExtent=LEFT, tickCount=4, format=",.0f"))


def _across() -> alt.X:
    return alt.X("x:Q", title="Relevance to the brand", scale=_ten(), axis=_even())


def _up() -> alt.Y:
    return alt.Y("y:Q", title="Interest of our audience", scale=_ten(), axis=_even())


def _ten() -> alt.Scale:
    return alt.Scale(domain=[0, 10], nice=False)


def _even() -> alt.Axis:
    return alt.Axis(values=[0, 2, 4, 6, 8, 10], grid=False, format="d")
