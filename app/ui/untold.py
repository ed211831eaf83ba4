"""The lines on the Desk that say what nobody was told: what a mute hides, what the quiet hours keep or have kept."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from app.ui import alert_deeds
from app.ui.context import Here
from app.ui.text import escape
from app.ui.times import clock_time
from app.views.untold import MuteLine, Untold
from workflow.rules.roles import may

MOST_LINES = 4


def lines(here: Here, found: Untold, now: datetime) -> None:
    """One line each; nothing at all where everybody was told everything at once."""
    if found.quiet_until is not None:
        ends = clock_time(found.quiet_until, here.person, now)
        told = f"{_alerts(found.kept)} kept" if found.kept else "Nothing is kept so far"
        st.caption(f":material/bedtime: Quiet hours: {told}, to be told at {ends}. The Desk shows all of them.")
    elif found.came:
        st.caption(f":material/bedtime: {_alerts(found.came)} came in the quiet hours.")
    for one in found.mutes[:MOST_LINES]:
        _mute(here, one, now)
    if len(found.mutes) > MOST_LINES:
        st.caption(f"{len(found.mutes) - MOST_LINES} more mutes. Their alerts are under Muted.")


def _mute(here: Here, one: MuteLine, now: datetime) -> None:
    topic = f"**{escape(one.topic)}**{' (mood)' if one.mood else ''}"
    if one.ended_at is not None:
        ended = clock_time(one.ended_at, here.person, now)
        st.caption(f":material/volume_up: The mute of {topic} ended {ended}: {_alerts(one.alerts)} back.")
        return
    until = f"until {clock_time(one.until, here.person, now)}" if one.until else "until somebody lifts it"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        hides = f"{_alerts(one.alerts)} hidden" if one.alerts else "nothing hidden so far"
        st.caption(
            f":material/volume_off: {topic} muted {until} by {escape(one.who)}: {hides}",
            help=escape(one.why),
            width="content",
        )
        if one.alerts:
            st.button("Show", key=f"muted_show_{one.mute_id}", type="tertiary", on_click=_show)
        if may(here.person.role, "triage"):
            alert_deeds.unmute(here, one.mute_id, f"muted_lift_{one.mute_id}")


def _show() -> None:
    st.session_state["show"] = "muted"


def _alerts(number: int) -> str:
    return "1 alert" if number == 1 else f"{number} alerts"
