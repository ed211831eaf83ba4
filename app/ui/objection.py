"""Thinking again: whoever may sign can take a post off the schedule until the moment it leaves."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.ui import password
from app.ui.clicks import carries, clicked
from app.ui.context import Here
from app.views.draft import DraftView
from workflow import approve
from workflow.rules.approvals import Decision


def draw(here: Here, view: DraftView, row: DeltaGenerator) -> None:
    """The button beside the state; it speaks about the words that are on the screen."""
    place = f"object_{view.id}"
    with row.popover("Ask for changes", icon=":material/reply:"):
        why = st.text_area("What should change", key=f"object_why_{view.id}")
        st.button("Take it off the schedule", type="primary", key=place, **carries(place, view.content_hash))
    seen = clicked(place)
    if seen is not None:
        deed = lambda: approve.sign(here.house.store, here.token, view.id, seen[0], Decision.CHANGES, why)  # noqa: E731
        if password.attempt(place, deed, "It is back with the author."):
            st.rerun()
    if password.ask(here, place):
        st.rerun()
