"""The KPI page's own charts: the period in steps, what posts brought against usual, and why posts were stopped.

Each can be read without colour: by width, by shape, or by the number that stands beside the bar. What each shows is
said in words for whoever cannot see it, and its figures lie beside it as a table (`kpi_parts`).
"""

from __future__ import annotations

import altair as alt
import pandas as pd

from app.ui.charts import LEFT, Chart, inks

STEP_WORDS = {"day": "%d %b", "week": "%d %b", "month": "%b %Y"}
HEIGHT = 190


def alerts(steps: pd.DataFrame, step: str) -> Chart:
    """Alerts of each step as a wide bar, those that were useful as a narrow one inside it."""
    ink = inks()
    base = alt.Chart(_dated(steps)).encode(x=_step(step), tooltip=_tips(("alerts", "alerts"), ("useful", "useful")))
    y = alt.Axis(minExtent=LEFT, tickCount=4, format="d")
    wide = base.mark_bar(color=ink.bars, stroke=ink.text, strokeWidth=0.5)
    narrow = base.mark_bar(color=ink.main, width={"band": 0.4})
    return alt.layer(
        wide.encode(y=alt.Y("alerts:Q", title="alerts", axis=y)), narrow.encode(y=alt.Y("useful:Q", title="alerts"))
    )


def response(steps: pd.DataFrame, step: str, aim: float) -> Chart:
    """Median minutes from alert to post in each step, with the guide's aim as a dashed line.

    The line breaks where a step has no post: nothing was fast or slow then.
    """
    ink = inks()
    tips = _tips(("minutes", "median, min"), ("answered", "of posts"))
    base = alt.Chart(_dated(steps)).encode(x=_step(step), tooltip=tips)
    y = alt.Y("minutes:Q", title="median, min", axis=alt.Axis(minExtent=LEFT, tickCount=4, format=",.0f"))
    limit = alt.Chart(pd.DataFrame({"aim": [aim]}))
    rule = limit.mark_rule(color=ink.limit, strokeDash=[6, 4]).encode(y=alt.Y("aim:Q"))
    words = limit.mark_text(color=ink.text, align="left", dx=4, dy=-7, fontSize=11)
    said = words.encode(y=alt.Y("aim:Q"), x=alt.value(0), text=alt.value("the guide's aim"))
    line = base.mark_line(color=ink.main, strokeWidth=2).encode(y=y)
    return alt.layer(line, base.mark_point(color=ink.main, size=45, filled=True).encode(y=y), rule, said)


def planned(steps: pd.DataFrame, step: str, low: float, high: float) -> Chart:
    """The planned share of what left in each step, and the band that the guide aims for."""
    ink = inks()
    tips = _tips(("planned_share", "planned, %"), ("planned", "planned"), ("reactive", "reactive"))
    band = alt.Chart(pd.DataFrame({"low": [low], "high": [high]})).mark_rect(color=ink.band, opacity=0.75)
    axis = alt.Axis(minExtent=LEFT, tickCount=4, format="d")
    y = alt.Y("planned_share:Q", title="planned, %", axis=axis, scale=alt.Scale(domain=[0, 100]))
    bars = alt.Chart(_dated(steps)).mark_bar(color=ink.main, width={"band": 0.45})
    edges = alt.Chart(pd.DataFrame({"edge": [low, high]})).mark_rule(color=ink.text, strokeDash=[2, 3])
    return alt.layer(
        band.encode(y=alt.Y("low:Q", title="planned, %"), y2="high:Q"),
        bars.encode(x=_step(step), y=y, tooltip=tips),
        edges.encode(y=alt.Y("edge:Q")),
    )


def counted(rows: pd.DataFrame, name: str, marked: str = "") -> Chart:
    """A bar for each row with its number beside it. `marked`: the row that the guide aims for, with a thick edge."""
    ink = inks()
    order = list(rows[name])
    frame = rows.assign(edge=[2.5 if one == marked else 0.0 for one in order])
    y = alt.Y(f"{name}:N", sort=order, title=None, axis=alt.Axis(labelLimit=190, ticks=False, domain=False))
    most = max(1, int(rows["posts"].max())) if len(rows) else 1
    # Room for the number beside the longest bar.
    x = alt.X("posts:Q", title="posts", scale=alt.Scale(domain=[0, most * 1.12]), axis=alt.Axis(tickMinStep=1))
    base = alt.Chart(frame).encode(y=y, x=x, tooltip=[alt.Tooltip(f"{name}:N", title=" "), alt.Tooltip("posts:Q")])
    bars = base.mark_bar(color=ink.bars, stroke=ink.text, height=15, cornerRadiusEnd=3).encode(
        strokeWidth=alt.StrokeWidth("edge:Q", legend=None, scale=None)
    )
    return alt.layer(bars, base.mark_text(color=ink.text, align="left", dx=5, fontSize=12).encode(text="posts:Q"))


def _dated(steps: pd.DataFrame) -> pd.DataFrame:
    return steps.assign(begins=pd.to_datetime(steps["begins"]).dt.strftime("%Y-%m-%d"))


def _step(step: str) -> alt.X:
    """Steps side by side, named by the day on which they begin."""
    told = f"timeFormat(toDate(datum.value + 'T12:00'), '{STEP_WORDS[step]}')"
    return alt.X("begins:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True, labelExpr=told))


def _tips(*rest: tuple[str, str]) -> list[alt.Tooltip]:
    tips = [alt.Tooltip("begins:O", title="from")]
    return tips + [alt.Tooltip(f"{field}:Q", title=title, format=",.0f") for field, title in rest]
