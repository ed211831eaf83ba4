"""Open sign-ins as a list with a button to end each: on one's own page, and in Set-up for everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.ui.times import ago, clock_time
from app.views.you import METHODS
from workflow import sessions
from workflow.sessions import SignIn


def draw(here: Here, found: Sequence[SignIn], now: datetime) -> None:
    """One line each; the reader's own cannot be ended here, that is what "Sign out" is for."""
    for one in found:
        with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            this = " · :green[this one]" if one.mine else ""
            device = escape(one.device) or "Unknown device"
            since, seen = clock_time(one.since, here.person, now), ago(one.seen_at, now)
            how = METHODS.get(one.method, one.method)
            markdown(f"**{device}**{this}  \n:small[:gray[since {since} {how} · seen {seen}]]")
            if not one.mine:
                _end(here, one)


def _end(here: Here, one: SignIn) -> None:
    deed = lambda: sessions.end(here.house.store, here.token, one.id)  # noqa: E731
    if st.button("End this one", key=f"end_sign_in_{one.id}") and context.attempt(deed, "That sign-in has ended."):
        st.rerun()
