"""Who must sign and why, as a few lines: beside a draft while it is written, and on the case that is signed."""

from __future__ import annotations

import streamlit as st

from app.ui.text import escape, markdown
from app.views.tier import TierView


def draw(view: TierView) -> None:
    """The people whose signatures are wanted, each with the reason; how fast; and what changed nothing."""
    with st.container(gap="xsmall"):
        markdown(f"**Who signs** :small[:gray[{escape(view.heading)}]]")
        if view.reasons:
            markdown("\n".join(f"- :small[{escape(reason)}]" for reason in view.reasons))
        for note in (*view.notes, view.fast):
            markdown(f":small[:gray[{escape(note)}]]")
