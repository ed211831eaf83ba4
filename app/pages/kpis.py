"""KPIs: how fast, how selective, what the brake stopped. Every figure says from how many it comes."""

from __future__ import annotations

import streamlit as st

from app.ui import agreement, charts, context, lift
from app.ui.context import Here
from app.ui.frame import scope_in_words
from app.ui.text import escape, markdown
from app.ui.times import clock_time, span
from app.views import kpis as view


def draw() -> None:
    """The period, then speed, choice and brake."""
    here = context.here()
    st.title("KPIs")
    period = st.segmented_control(
        "Period", list(view.PERIODS), format_func=lambda key: view.PERIOD_WORDS[key], default="7d", required=True,
        key="period", label_visibility="collapsed", bind="query-params",
    )  # fmt: skip
    found = view.read(here.house.store, here.person, period or "7d")
    if found.empty:
        markdown("**Nothing happened in this period**: no alert, no post and no hold. A quiet day is no fast day.")
        agreement.section(here)
        lift.section(here)
        return
    _headline(found)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _speed(found)
    with right:
        _choice(found)
        _brake(here, found)
        _taken_down(found)
    st.download_button(
        "Download the moments (CSV)", found.csv, "tact-moments.csv", "text/csv", key="csv", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip
    since = clock_time(found.since, here.person, found.until)
    st.caption(f"Moments noticed since {since} and what became of them; posts and holds by when they left and began.")
    agreement.section(here)
    lift.section(here)


def _headline(found: view.Kpis) -> None:
    with st.container(horizontal=True, gap="small"):
        for title, value, of in view.headline(found):
            st.metric(title, value, delta=of, delta_color="off", delta_arrow="off", border=True, width="stretch")


def _speed(found: view.Kpis) -> None:
    st.subheader("Detection to publication", anchor=False)
    if not found.speeds:
        st.caption("Nothing that answered an alert was published in this period.")
    for line in found.speeds:
        markdown(f"**{escape(line.platform)}** · {view.in_words(line)}")
    if found.legs:
        st.subheader("Where the minutes go", anchor=False)
        rows = [(f"{leg.name} ({leg.count})", leg.median, leg.p90, leg.count) for leg in found.legs]
        told = "; ".join(f"{leg.name} {leg.median:.0f} min" for leg in found.legs)
        charts.draw(charts.legs(rows), 40 * len(rows) + 50, f"Median minutes of each leg: {told}")
        st.caption("Bar: the median. Mark: what nine of ten stay below. In brackets: of how many.")


def _choice(found: view.Kpis) -> None:
    st.subheader("What we took up", anchor=False)
    moments = found.moments
    markdown(
        f"**{moments.raised}** alerts: {moments.claimed} claimed, {moments.dismissed} let go, "
        f"{moments.taken} written about, {moments.undecided} undecided."
    )
    markdown(f"**{found.planned}** planned and **{found.reactive}** reactive posts left.")
    st.caption("The guide's best teams let four of five moments go, and plan 60 to 70 % of what they say.")


def _brake(here: Here, found: view.Kpis) -> None:
    st.subheader("Holds", anchor=False)
    brake = found.brake
    if not brake.opened:
        st.caption("No hold began in this period.")
        return
    stopped = "1 post" if brake.stopped == 1 else f"{brake.stopped} posts"
    markdown(f"**{brake.opened}** opened, {brake.standing} on now, **{stopped}** stopped.")
    for one in found.holds:
        since = clock_time(one.row.opened_at, here.person, found.until)
        ended = one.row.lifted_at
        lasted = f"lifted after {span(ended - one.row.opened_at)}" if ended else "still on"
        opened = "by the rules" if one.by_rule else "by a person"
        posts = "1 post" if one.row.stopped == 1 else f"{one.row.stopped} posts"
        st.caption(f"{since} · {escape(scope_in_words(one.scope))}, {opened}, {posts} stopped, {lasted}")


def _taken_down(found: view.Kpis) -> None:
    st.subheader("Taken down", anchor=False)
    gone, seconds = found.taken_down, found.taken_down.seconds
    if not gone.asked:
        st.caption("Nothing that was out had to go in this period.")
        return
    posts = "1 post" if gone.asked == 1 else f"{gone.asked} posts"
    markdown(f"**{posts}** had to go, {gone.standing} still standing, {gone.unexplained} without a reason yet.")
    if seconds is not None:
        markdown(
            f"From the decision to its being gone: **{seconds.median:,.0f} s** in the middle, nine of ten within "
            f"**{seconds.p90:,.0f} s** (of {seconds.count})."
        )


draw()
