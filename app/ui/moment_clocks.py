"""A moment's clocks: how long is left on the chosen platform, ticking without a reload."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from app.ui import context
from app.ui.text import markdown
from app.ui.times import ago
from app.views import moment as view
from app.views.cards import Card
from app.views.moment_clock import clocks, ticking
from app.views.speed import in_words
from data.reference import playbooks
from workflow.rules.windows import Band

BEAT = timedelta(seconds=1)
STANDS = {Band.IN_TIME: "in time", Band.LATE: "late", Band.CLOSED: "over"}


def choose(moment: view.MomentView) -> None:
    """The platform whose windows count, and its clocks; none to choose beside a Stop."""
    books = playbooks()
    if moment.card.verdict == "hold":
        ticks(moment.card, "x", moment.stamp)
        return
    key = st.selectbox(
        "Platform", list(books), format_func=lambda key: books[key].label, key="platform", width=220,
        label_visibility="collapsed",
    )  # fmt: skip
    ticks(moment.card, key or "x", moment.stamp)


@st.fragment(run_every=BEAT)
@context.read_only("moment")
def ticks(card: Card, platform: str, stamp: str) -> None:
    """Every second: how long is left, and whether somebody did something meanwhile."""
    found = view.beat(context.here().house.store, card)
    now = found.now
    if found.stamp != stamp and st.button("Something changed – show", type="primary", key="moment_new"):
        st.rerun(scope="app")
    if card.mood:
        st.caption(f"Raised {ago(card.raised_at, now)}.")
        return
    if found.going is not None:
        markdown(f":small[{in_words(found.going)}]")
    if card.verdict == "hold":
        st.caption(f"Raised {ago(card.raised_at, now)}. No clock runs: the verdict says stop.")
        return
    with st.container(horizontal=True, gap="large"):
        for clock in clocks(card, playbooks()[platform], now):
            with st.container(width="content", gap=None):
                left = f"{ticking(clock.left)} left" if clock.left > timedelta() else STANDS[clock.band]
                markdown(f"#### {left}", width="content")
                st.caption(clock.title, width="content")
