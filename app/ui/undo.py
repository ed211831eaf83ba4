"""The way back from one's last step with an alert, for a minute, on every page that shows alerts."""

from __future__ import annotations

import streamlit as st

from app.ui import context
from app.ui.alert_deeds import remember
from app.ui.context import Here
from app.ui.text import escape, shorten
from app.views.steps import last_step
from workflow import undoing


def draw(here: Here) -> None:
    """A button while there is something to take back. Call it from a fragment that ticks: it goes by itself."""
    step = last_step(here.house.store, here.person)
    if step is None:
        return
    label = f"Undo: {escape(shorten(step.topic, 18))} {step.what}"
    if st.button(label, key="undo_button", icon=":material/undo:", shortcut="U"):
        deed = lambda: undoing.undo(here.house.store, here.token, step.alert_id)  # noqa: E731
        if context.attempt(deed, done="It is as it was before."):
            remember(step.alert_id)
            st.rerun(scope="app")
