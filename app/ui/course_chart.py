"""How a publication's interactions grew, as a small chart and as a table that says the same.

By the hours since it left and not by the clock: what people compare is posts of one age.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import altair as alt
import pandas as pd

from app.ui import charts
from app.ui.text import markdown
from app.ui.times import span

HEIGHT = 150
# A table of more lines than these is read by nobody; the last figure is always among them.
LINES = 10


def draw(points: Sequence[tuple[datetime, int]], published_at: datetime) -> None:
    """The chart, from nothing at its first instant. One point at least."""
    unit, word = _unit(points[-1][0] - published_at)
    points = [(published_at, 0), *points]
    frame = pd.DataFrame({"age": [(at - published_at) / unit for at, _ in points], "count": [n for _, n in points]})
    title = f"{word} since it left"
    tips = [alt.Tooltip("age:Q", title=title, format=".1f"), alt.Tooltip("count:Q", title="interactions", format=",")]
    ink = charts.inks().main
    chart = (
        alt.Chart(frame, title=alt.Title("Interactions", anchor="start", fontSize=12, color=charts.inks().text))
        .mark_line(color=ink, strokeWidth=2, point=alt.OverlayMarkDef(size=12, color=ink))
        .encode(
            x=alt.X("age:Q", title=title, axis=alt.Axis(tickCount=5, grid=False, format=",~r")),
            y=alt.Y("count:Q", title=None, axis=alt.Axis(tickCount=3, tickMinStep=1, format=",.0f")),
            tooltip=tips,
        )
    )
    last_at, last = points[-1]
    charts.draw(chart, HEIGHT, f"Interactions since it left: {last:,} after {span(last_at - published_at)}")


def _unit(age: timedelta) -> tuple[timedelta, str]:
    if age > timedelta(days=3):
        return timedelta(days=1), "days"
    return (timedelta(hours=1), "hours") if age > timedelta(hours=2) else (timedelta(minutes=1), "minutes")


def table(points: Sequence[tuple[datetime, int]], published_at: datetime) -> None:
    """The same figures to read, evenly picked."""
    step = max(1, -(-len(points) // LINES))
    picked = list(points[::-1][::step])[::-1]
    lines = [f"| {span(at - published_at)} | {count:,} |" for at, count in picked]
    markdown("\n".join(["| after | interactions |", "|---|---|", *lines]))
