"""Deliveries: what other programs sent us that could not be read, for somebody to mend or to set aside."""

from __future__ import annotations

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.text import clean, escape, markdown, outside
from app.ui.times import ago
from app.views import deliveries as view
from monitors.sources import Kind, discover
from workflow import deliveries as deeds
from workflow.rules.roles import may


def draw() -> None:
    """The callers in a line each, and one card for every delivery that waits."""
    here = context.here()
    st.title("Deliveries")
    if not may(here.person.role, "watch"):  # what was sent may hold anybody's words
        st.info("This page is not for your role. An administrator can change roles.")
        return
    found = view.read(here.house.store, _kinds())
    if not found.callers:
        markdown(
            "**No other program calls Tact yet.** An administrator adds an incoming webhook on the Sources page; what "
            "it sends and cannot be read then waits here."
        )
        return
    for caller in found.callers:
        st.caption(_line(caller))
    if not found.waiting:
        st.success("Nothing waits: every signed delivery could be read, or was settled.", icon=":material/done_all:")
        return
    more = f", the newest {len(found.waiting)} below" if found.refused > len(found.waiting) else ""
    markdown(f"#### {found.refused} could not be read{more}")
    markdown(
        ":small[:gray[Its sender was told the same reason. When what was wrong has been mended here, try again: it has "
        "effect once, as if just sent.]]"
    )
    for one in found.waiting:
        _card(here, found, one)


def _line(caller: view.Caller) -> str:
    said = [f"**{escape(caller.name)}** ({'on' if caller.enabled else 'off'}): {caller.taken} taken in the last 24 h"]
    if caller.unsigned:
        said.append(f"{caller.unsigned} not signed rightly, the last because: {escape(caller.unsigned_why)}")
    if caller.dropped:
        said.append(f"{caller.dropped} refused and not kept, because {deeds.MOST_WAITING} waited already")
    return " · ".join(said)


def _card(here: Here, found: view.DeliveriesView, one: view.Waiting) -> None:
    with st.container(border=True, key=f"delivery_{one.id}", gap="small"):
        outside(one.reason)
        markdown(f":small[:gray[{escape(one.source)} · {ago(one.received_at, found.now)} · {escape(one.delivery_id)}]]")
        with st.expander(f"What was sent ({one.size:,} characters)"):
            st.code(clean(one.preview) or "(nothing)", language=None, wrap_lines=True)
            if one.size > len(one.preview):
                st.caption(f"The first {len(one.preview):,} characters are shown.")
        with st.container(horizontal=True):
            _buttons(here, one)


def _buttons(here: Here, one: view.Waiting) -> None:
    store, token = here.house.store, here.token
    if st.button("Try again", key=f"again_{one.id}", icon=":material/replay:") and context.attempt(
        lambda: deeds.try_again(store, token, one.id, here.house.receiver().take_again), done="Taken."
    ):
        st.rerun()
    if st.button("Set aside", key=f"aside_{one.id}", icon=":material/inventory_2:") and context.attempt(
        lambda: deeds.set_aside(store, token, one.id), done="Set aside."
    ):
        st.rerun()


@st.cache_resource(show_spinner=False)
def _kinds() -> dict[str, Kind]:
    return discover()


draw()
