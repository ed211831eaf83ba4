"""A moment that was drawn to be left alone: why nobody can write about it, and the way out for those who lead."""

from __future__ import annotations

import streamlit as st

from app.ui.context import Here, attempt
from app.ui.text import escape
from workflow.measuring import holdout
from workflow.measuring.holdout import Silence
from workflow.rules.roles import may


def notice(here: Here, opportunity_id: int, silence: Silence) -> None:
    """What the draw said; once somebody has overruled it, who and why."""
    if not silence.stands:
        st.caption(
            f"Drawn to be left alone; {escape(silence.overridden_by)} decided to speak all the same: "
            f"{escape(silence.reason)}"
        )
        return
    st.info(
        f"**This one is left alone.** It is one of the {silence.share:.0%} of moments that a draw keeps quiet, so that "
        "the team learns what speaking is worth. The alert needs nothing more from you.",
        icon=":material/volume_off:",
    )
    if may(here.person.role, "break_silence"):
        _way_out(here, opportunity_id)


def _way_out(here: Here, opportunity_id: int) -> None:
    with (
        st.popover("Speak all the same", icon=":material/record_voice_over:"),
        st.form(f"speak_{opportunity_id}", border=False),
    ):
        st.caption("It goes on counting as a moment that was drawn for silence, so the comparison stays honest.")
        reason = st.text_input("Why this one cannot be left alone", key="speak_reason", max_chars=500)
        sent = st.form_submit_button("Speak all the same", type="primary")
    if sent:
        store, token = here.house.store, here.token
        if attempt(
            lambda: holdout.speak_all_the_same(store, token, opportunity_id, reason),
            done="It may be written about now.",
        ):
            st.rerun()
