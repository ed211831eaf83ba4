"""The week of a backtest: uses by the hour under both sets of settings, and where each would have raised an alert.

Apart from `app.ui.charts`, which draws a moment's last hours.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd

from app.ui.charts import Chart, inks
from monitors.compare import Compared, Outcome

NAMES = ("Today's settings", "These settings")
HOUR = timedelta(hours=1)


def week(found: Compared, zone: ZoneInfo) -> Chart:
    """Two lines, and a mark for each alert: hollow for today's settings, full for the others."""
    ink = inks()
    frame = pd.concat([_hours(one, name, found, zone) for name, one in _both(found)])
    colour = alt.Color(
        "set:N", scale=alt.Scale(domain=list(NAMES), range=[ink.bars, ink.main]),
        legend=alt.Legend(title=None, orient="top", labelLimit=300, symbolType="stroke"),
    )  # fmt: skip
    axis = alt.Axis(format="%a %d", tickCount={"interval": "day", "step": 1}, grid=False, labelOverlap=True)
    x = alt.X("at:T", title=None, axis=axis, scale=alt.Scale(type="utc", nice=False))
    y = alt.Y("uses:Q", title="uses an hour", axis=alt.Axis(tickCount=4, format=",.0f"))
    tips = [
        alt.Tooltip("utcdayhoursminutes(at):T", title="hour"), alt.Tooltip("uses:Q", format=","),
        alt.Tooltip("set:N", title="with"),
    ]  # fmt: skip
    dash = alt.StrokeDash("set:N", scale=alt.Scale(domain=list(NAMES), range=[[4, 3], [1, 0]]), legend=None)
    layers: list[Any] = [
        alt.Chart(frame).mark_line(strokeWidth=1.8).encode(x=x, y=y, color=colour, strokeDash=dash, tooltip=tips)
    ]
    marks = pd.concat([_alerts(one, name, zone) for name, one in _both(found)])
    if len(marks):
        dot = alt.Chart(marks).mark_point(size=90, strokeWidth=2, color=ink.limit, opacity=1)
        fill = alt.Fill("set:N", scale=alt.Scale(domain=list(NAMES), range=["transparent", ink.limit]), legend=None)
        shape = alt.Shape("set:N", scale=alt.Scale(domain=list(NAMES), range=["circle", "triangle-up"]), legend=None)
        told = [
            alt.Tooltip("utcdayhoursminutes(at):T", title="alert"), alt.Tooltip("uses:Q", format=","),
            alt.Tooltip("times:Q", format=".1f", title="× the usual"), alt.Tooltip("set:N", title="with"),
        ]  # fmt: skip
        layers.append(dot.encode(x=x, y=y, fill=fill, shape=shape, tooltip=told))
    return alt.layer(*layers)


def _both(found: Compared) -> tuple[tuple[str, Outcome], ...]:
    return (NAMES[0], found.today), (NAMES[1], found.these)


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=ZoneInfo("UTC"))


def _hours(one: Outcome, name: str, found: Compared, zone: ZoneInfo) -> pd.DataFrame:
    last = found.until.replace(minute=0, second=0, microsecond=0)  # the hour that has begun would look like a fall
    hours = [last - HOUR * back for back in range(found.days * 24, 0, -1)]
    return pd.DataFrame(
        {"at": [_wall(at, zone) for at in hours], "uses": [one.hours.get(at, 0) for at in hours], "set": name}
    )


def _alerts(one: Outcome, name: str, zone: ZoneInfo) -> pd.DataFrame:
    told = [each.told for each in one.alerts]
    cells = {"at": [_wall(each.at, zone) for each in told], "uses": [each.count for each in told]}
    return pd.DataFrame({**cells, "times": [each.ratio for each in told], "set": name})
