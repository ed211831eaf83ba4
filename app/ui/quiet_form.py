"""Quiet hours on the Monitors page: from when to when, and on which nights, alerts are kept for the morning."""

from __future__ import annotations

from datetime import time

import streamlit as st

from app.ui import clicks, context
from app.ui.context import Here
from app.ui.text import escape
from workflow import quiet
from workflow.brand import the_brand
from workflow.rules.quiet import WEEKDAYS, QuietHours, in_words
from workflow.rules.roles import may

FROM, TO = time(22), time(8)


def draw(here: Here) -> None:
    """What holds, for everybody; the form for those who decide what is watched."""
    with here.house.store.read() as tx:
        brand = the_brand(tx)
        held = quiet.hours_of(tx, brand.id)
    title = f"Quiet hours: {in_words(held)}" if held else "Quiet hours: none"
    with st.expander(title, icon=":material/bedtime:", key="quiet_hours"):
        st.caption(
            f"In them nobody is told; everything is counted and judged all the same, and told afterwards. What the "
            f"judge finds dark, a falling mood about our own brand, and what people raise by hand do not wait. Times "
            f"are those of {escape(brand.zone)}."
        )
        if may(here.person.role, "watch"):
            _form(here, held)


def _form(here: Here, held: QuietHours | None) -> None:
    with st.form("quiet_form", border=False, enter_to_submit=False):
        first, second = st.columns(2)
        start = first.time_input("From", value=held.start if held else FROM, key="quiet_from")
        end = second.time_input("To", value=held.end if held else TO, key="quiet_to")
        days = st.pills(
            "On nights that begin on",
            list(range(7)),
            format_func=lambda day: WEEKDAYS[day],
            selection_mode="multi",
            default=sorted(held.days) if held else list(range(7)),
            key="quiet_days",
        )
        save, none = (clicks.carries(name, held) for name in ("quiet_save", "quiet_none"))
        with st.container(horizontal=True, gap="small"):
            st.form_submit_button("Keep these hours", type="primary", key="quiet_save", **save)
            if held:
                st.form_submit_button("Have none", key="quiet_none", **none)
    _save(here, (start, end, days))


def _save(here: Here, wanted: tuple[time | None, time | None, list[int]]) -> None:
    """What was on the screen at the click goes along: somebody else may have changed it meanwhile."""
    start, end, days = wanted
    saved, none = clicks.clicked("quiet_save"), clicks.clicked("quiet_none")
    seen = saved or none
    if seen is None or start is None or end is None:
        return
    asked = None if none else (start, end, days)
    deed = lambda: quiet.set_quiet_hours(here.house.store, here.token, asked, seen[0])  # noqa: E731
    if context.attempt(deed, done="Alerts are told at any hour." if none else "Kept. It holds from now on."):
        st.rerun()
