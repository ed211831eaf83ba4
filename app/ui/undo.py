"""The way back from one's last step with an alert, for a minute, on every page that shows alerts.

At the bottom of the screen and not beside the card: on a phone the card is gone, and the top of the page is far away.
"""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from app.ui import context, style
from app.ui.alert_deeds import remember
from app.ui.text import escape, shorten
from app.views.steps import last_step
from workflow import undoing

BEAT = timedelta(seconds=2)
BAR = "undo_bar"


def bar() -> None:
    """A button while there is something to take back. It comes and goes by itself; call it last on a page."""
    # The place is the page's own: what a fragment draws has no room of its own to stay below in.
    with st.container(key=BAR):
        _ticks()


@st.fragment(run_every=BEAT)
@context.read_only("undo")
def _ticks() -> None:
    here = context.here()
    step = last_step(here.house.store, here.person)
    if step is None:
        return
    style.stays_below(BAR)
    with st.container(horizontal=True, horizontal_alignment="right"):
        label = f"Undo: {escape(shorten(step.topic, 18))} {step.what}"
        if not st.button(label, key="undo_button", icon=":material/undo:", shortcut="U"):
            return
    deed = lambda: undoing.undo(here.house.store, here.token, step.alert_id)  # noqa: E731
    if context.attempt(deed, done="It is as it was before."):
        remember(step.alert_id)
        st.rerun(scope="app")
