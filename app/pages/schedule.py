"""Schedule & holds: the brake on top, then what needs a person, then the days to come."""

from __future__ import annotations

import streamlit as st

from app.ui import brake, context, live, practice, take_down, timeline
from app.ui.text import markdown
from app.views.schedule import schedule_stamp, schedule_view


def draw() -> None:
    """One column: on a phone it reads in the order in which things matter."""
    here = context.here()
    view = schedule_view(here.house, here.person)
    st.title("Schedule & holds")
    if view.can_pause:
        brake.pause(here, view)
    look = lambda: schedule_stamp(here.house, here.person)  # noqa: E731
    live.changed("schedule_changed", view.stamp, look, "The schedule has changed: show it")
    if view.deletions:
        markdown("#### Taken down")
        take_down.section(here, view.deletions)
    if view.holds:
        markdown("#### Holds")
        for one in view.holds:
            brake.one_hold(here, one, view.now)
    if view.due:
        markdown("#### Waiting for your hands")
        timeline.due(here, view)
    if view.attention:
        markdown("#### Needs attention")
        timeline.attention(here, view)
    timeline.days(here, view)
    if not view.days:
        st.info(
            "Nothing is on the schedule. A post comes here once two people have signed it, or with its planned time "
            "while they read it.",
            icon=":material/calendar_month:",
        )
    practice.section(here, view.now)


draw()
