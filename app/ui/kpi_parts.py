"""Parts of the KPI page: its filters, a figure in words, what can be taken from under a chart, and people by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from app.ui import charts, context
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.views import kpi_exports as exports
from app.views import kpis as view
from app.views.cells import csv_of
from data.errors import BadInput
from data.reference import playbooks
from workflow.report import by_name
from workflow.reports.people import WHAT
from workflow.rules.roles import may

ALL = "all"
DAYS = "YYYY-MM-DD"


def filters(here: Here) -> view.Kpis | None:
    """Period and platform, both in the address; the page's figures, or None where the days make no period."""
    period = st.segmented_control(
        "Period", list(view.PERIOD_WORDS), format_func=lambda key: view.PERIOD_WORDS[key], default="7d", required=True,
        key="period", label_visibility="collapsed", bind="query-params", wrap=True,
    )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        platform = st.selectbox(
            "Platform", [ALL, *playbooks()], format_func=_platform, key="platform", bind="query-params", width=220
        )
        first, last = _days(here) if period == view.DATES else (None, None)
    chosen = "" if platform in (None, ALL) else platform
    try:
        return view.read(here.house.store, here.person, period or "7d", chosen, first, last)
    except BadInput as error:
        st.warning(escape(error.message), icon=":material/date_range:")
        return None


def _platform(key: str) -> str:
    return "All platforms" if key == ALL else view.label(key)


def _days(here: Here) -> tuple[date, date]:
    today = here.house.store.now().astimezone(here.person.zone_info).date()
    begins = today - timedelta(days=27)
    first = st.date_input("From", begins, key="from", bind="query-params", required=True, format=DAYS, width=150)
    last = st.date_input("To", today, key="to", bind="query-params", required=True, format=DAYS, width=150)
    return first, last


def strip(lines: Sequence[view.Line]) -> None:
    """The figures that a manager reads first, each with what it comes from and what it was."""
    with st.container(horizontal=True, gap="small"):
        for line in lines:
            before = f" · before: {line.before}" if line.before != "–" else ""
            st.metric(line.title, line.value, delta=f"{line.of}{before}", delta_color="off", delta_arrow="off",
                      border=True, width="stretch", help=_help(line))  # fmt: skip


def _help(line: view.Line) -> str:
    target = f" Aim: {line.target}." if line.target else ""
    return f"{line.what}{target}"


def figures(lines: Sequence[view.Line]) -> None:
    """Each figure on two short lines; what has neither a value nor a past is gathered in one sentence at the end."""
    silent = [line for line in lines if line.value == line.before == "–"]
    for line in lines:
        if line in silent:
            continue
        few = " · **a small sample**" if line.small else ""
        aim = f" · aim {line.target}{f', {line.stands}' if line.stands else ''}" if line.target else ""
        before = f" · before: {line.before}" if line.before != "–" else ""
        markdown(f"{line.title}: **{line.value}**  \n:small[:gray[{line.of}{few}{aim}{before}]]")
    if silent:
        st.caption(f"Nothing to measure yet (–): {', '.join(line.title for line in silent)}.")


def chart(found: view.Kpis, drawn: charts.Chart, height: int, says: str, frame: pd.DataFrame, name: str) -> None:
    """A chart, and under it its figures: as a table, and as CSV."""
    charts.draw(drawn, height, says)
    with st.container(horizontal=True, gap="small"):
        with st.popover("As a table", key=f"table_{name}", icon=":material/table:"):
            st.dataframe(frame, hide_index=True, key=f"rows_{name}")
        _download("CSV", lambda: csv_of(frame, found.zone), f"tact-{name}.csv", f"csv_{name}", "text/csv")


def downloads(found: view.Kpis) -> None:
    """The long lists, and everything in one file; made when somebody asks for them."""
    st.subheader("Take it with you", anchor=False)
    with st.container(horizontal=True, gap="small"):
        _download("All figures (CSV)", lambda: csv_of(exports.figures(found), found.zone), "tact-figures.csv",
                  "csv_figures", "text/csv")  # fmt: skip
        _download("The moments (CSV)", lambda: exports.moments_csv(found), "tact-moments.csv", "csv", "text/csv")
        _download("The posts (CSV)", lambda: exports.posts_csv(found), "tact-posts.csv", "csv_posts", "text/csv")
        _download("Everything (SQLite)", lambda: exports.sqlite(found), "tact-kpis.db", "sqlite",
                  "application/vnd.sqlite3")  # fmt: skip


def _download(label: str, made: Callable[[], bytes], file: str, key: str, mime: str) -> None:
    st.download_button(label, made, file, mime, key=key, on_click="ignore", icon=":material/download:")


def names(here: Here, found: view.Kpis) -> None:
    """How long each person took: for a manager, and only once they open it. By name, never by speed."""
    if may(here.person.role, "read_names"):
        _names(here, found)


@st.fragment  # so that opening it draws nothing else anew
def _names(here: Here, found: view.Kpis) -> None:
    box = st.expander("How long each person took, by name", key="names", on_change="rerun", icon=":material/badge:")
    if not box.open:
        return
    with box, context.read_only("names"):
        st.caption(
            "Whoever takes the hard moments is slow here. Ask people before you conclude anything, and rank nobody: "
            "the list is in the order of names, and in no file."
        )
        lines = by_name(here.house.store, here.token, found.period, found.platform)
        if not lines:
            st.caption("Nobody claimed, scored or signed anything in this period.")
        for deed, what in WHAT.items():
            mine = [line for line in lines if line.deed == deed]
            if mine:
                said = [f"{escape(line.who)}: {view.spread_in_words(line.spread)}" for line in mine]
                markdown(f"**{what}**  \n" + "  \n".join(said))
