"""The sections of the KPI page: each a few figures in words, and charts that can be taken away as a table or CSV.

Apart from the page, which only chooses the period, so that it can be read at a glance.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.ui import charts, kpi_charts, kpi_parts
from app.ui.context import Here
from app.ui.frame import scope_in_words
from app.ui.text import escape, markdown
from app.ui.times import clock_time, span
from app.views import kpi_exports as exports
from app.views import kpis as view
from workflow.rules.kpi_targets import BY_KEY, Section

# So many holds are listed (ours); the SQLite file has all of them.
MOST_HOLDS = 8


def _section(found: view.Kpis, section: Section) -> None:
    st.subheader(section.value, anchor=False)
    if found.platform and section in (Section.CHOICE, Section.JUDGEMENT):
        st.caption("Alerts, scores and verdicts are about no platform: these are of all.")


def speed(found: view.Kpis) -> None:
    """Alert to post: how fast, over time, and where the minutes went."""
    _section(found, Section.SPEED)
    left, right = st.columns([3, 2], gap="large")
    with right:
        kpi_parts.figures([line for line in found.of(Section.SPEED) if not line.key.startswith("leg ")])
    with left:
        for line in found.speeds:
            markdown(f"**{escape(line.platform)}** · {view.in_words(line)}")
        steps = exports.steps(found.report)
        if steps["minutes"].notna().any():
            aim, step = BY_KEY["to_publication"].target, found.period.step
            drawn = kpi_charts.response(steps, step, aim.high if aim and aim.high else 0.0)
            frame = steps[["begins", "answered", "minutes"]]
            says = f"Median minutes from alert to post, by the {step} in which the alert was raised"
            kpi_parts.chart(found, drawn, kpi_charts.HEIGHT, says, frame, "response")
        _minutes(found)


def _minutes(found: view.Kpis) -> None:
    """Where they went: between the stations, and by the role of who was waited for."""
    legs, roles = exports.legs(found.report), exports.roles(found.report)
    _bars(found, "Where the minutes go", legs, legs["leg"], "legs")
    _bars(found, "Who was waited for", roles, roles["role"] + ": " + roles["what"], "roles")
    if len(legs) or len(roles):
        st.caption("Bar: the median. Mark: what nine of ten stay below. In brackets: of how many.")


def _bars(found: view.Kpis, title: str, frame: pd.DataFrame, named: pd.Series, name: str) -> None:
    if frame.empty:
        return
    counts = [f"{one} ({count})" for one, count in zip(named, frame["count"], strict=True)]
    values = frame["median minutes"], frame["nine of ten within minutes"], frame["count"]
    rows = list(zip(counts, *values, strict=True))
    says = "; ".join(f"{one} {middle:.0f} min" for one, middle, *_ in rows)
    markdown(f"**{title}**")
    kpi_parts.chart(found, charts.legs(rows), 30 * len(rows) + 75, f"Median minutes: {says}", frame, name)


def choice(found: view.Kpis) -> None:
    """How many alerts, how many of them useful, what was taken up and what was planned."""
    _section(found, Section.CHOICE)
    moments, steps, step = found.report.moments, exports.steps(found.report), found.period.step
    left, right = st.columns([3, 2], gap="large")
    with right:
        markdown(
            f"**{moments.raised}** alerts: {moments.claimed} claimed, {moments.dismissed} let go, "
            f"{moments.taken} written about, {moments.undecided} undecided."
        )
        kpi_parts.figures(found.of(Section.CHOICE))
    with left:
        if moments.raised:
            markdown("**Alerts** (wide) and those that were useful (narrow)")
            says = f"{moments.raised} alerts, {moments.useful} of them useful, by the {step}"
            frame = steps[["begins", "alerts", "useful", "let_go", "taken"]]
            kpi_parts.chart(found, kpi_charts.alerts(steps, step), kpi_charts.HEIGHT, says, frame, "alerts")
        if len(found.report.posts):
            markdown("**Planned share** of what left, and the guide's 60 to 70 %")
            says = f"{found.report.planned} planned and {found.report.reactive} reactive posts, by the {step}"
            frame = steps[["begins", "planned", "reactive", "planned_share"]]
            drawn = kpi_charts.planned(steps, step, 60, 70)
            kpi_parts.chart(found, drawn, kpi_charts.HEIGHT, says, frame, "planned")


def echo(found: view.Kpis) -> None:
    """What posts brought, against what is usual and what the guide aims for."""
    _section(found, Section.ECHO)
    left, right = st.columns([3, 2], gap="large")
    with right:
        kpi_parts.figures(found.of(Section.ECHO))
        st.caption("Share and reply rate: of posts whose platform tells impressions. Rates of followers never mix in.")
    with left:
        frame = exports.classes(found.report)
        if not frame["posts"].sum():
            st.caption("No reactive post of this period has a figure at two hours and five of its like before it.")
            return
        markdown("**Reactive posts after two hours**, against what is usual; the guide aims for 3–5 ×")
        says = "; ".join(f"{name}: {posts}" for name, posts in frame.itertuples(index=False))
        drawn = kpi_charts.counted(frame, "against usual", marked="3–5 ×")
        kpi_parts.chart(found, drawn, 30 * len(frame) + 75, f"Posts by times the usual: {says}", frame, "times_usual")


def brake(here: Here, found: view.Kpis) -> None:
    """What was stopped and why, what was taken down, and how practice went."""
    _section(found, Section.BRAKE)
    left, right = st.columns([3, 2], gap="large")
    with right:
        kpi_parts.figures(found.of(Section.BRAKE))
        gone = found.report.taken_down
        if gone.asked:
            posts = "1 post" if gone.asked == 1 else f"{gone.asked} posts"
            markdown(f"**{posts}** had to go, {gone.standing} still standing, {gone.unexplained} without a reason yet.")
    with left:
        frame = found.report.reasons
        if len(frame):
            markdown("**Why posts were stopped**; one post may have several reasons")
            named = frame.assign(why=frame["reason"] + " (" + frame["by"] + ")")
            says = "; ".join(f"{why}: {posts}" for why, posts in zip(named["why"], named["posts"], strict=True))
            drawn = kpi_charts.counted(named, "why")
            kpi_parts.chart(found, drawn, 26 * len(named) + 75, f"Posts stopped by reason: {says}", frame, "stopped")
        _holds(here, found)


def _holds(here: Here, found: view.Kpis) -> None:
    brake = found.report.brake
    if not brake.opened:
        st.caption("No hold began in this period.")
        return
    markdown(f"**{brake.opened}** holds opened, {brake.standing} on now, **{brake.stopped}** posts stopped by them.")
    for one in found.report.holds[:MOST_HOLDS]:
        since = clock_time(one.row.opened_at, here.person, found.until)
        ended = one.row.lifted_at
        lasted = f"lifted after {span(ended - one.row.opened_at)}" if ended else "still on"
        posts = "1 post" if one.row.stopped == 1 else f"{one.row.stopped} posts"
        opened = "by the rules" if one.by_rule else "by a person"
        st.caption(f"{since} · {escape(scope_in_words(one.scope))}, {opened}, {posts} stopped, {lasted}")
    if brake.opened > MOST_HOLDS:
        st.caption(f"{brake.opened - MOST_HOLDS} older ones are in the SQLite file below.")


def judgement(here: Here, found: view.Kpis) -> None:
    """How far people agree with each other and with the machine; by name for a manager who opens it."""
    _section(found, Section.JUDGEMENT)
    kpi_parts.figures(found.of(Section.JUDGEMENT))
    kpi_parts.names(here, found)
