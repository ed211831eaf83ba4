"""A person's own shifts and absences, on their own page; everybody's are on the page "On duty"."""

from __future__ import annotations

import streamlit as st

from app.ui import duty_forms
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.views import duty as view


def draw(here: Here) -> None:
    """When one is on duty, whether one is away, and the form to say so."""
    found = view.read(here.house.store, here.person)
    markdown("### Your duty")
    mine = [one for one in found.shifts if one.person_id == here.person.id]
    for one in mine:
        markdown(f":material/event_available: {escape(one.hours)}")
    if not mine:
        st.caption("You are on no shift." if found.has_rota else "There is no rota yet: you count as on duty.")
    gone = [one for one in found.away if one.mine]
    for absence in gone:
        duty_forms.absence(here, found, absence)
    with st.expander("I am away", icon=":material/beach_access:"):
        duty_forms.away(here, found, "own_away", only_self=True)
    st.page_link("pages/duty.py", label="Everybody's shifts and absences", icon=":material/groups:")
