"""The banner that a verdict turned after people acted on it. It comes up by itself while the page stands open.

Drawn on the Moment, on a draft and beside the signatures. "Seen" is each person's own: it hides the banner for them.
"""

from __future__ import annotations

import streamlit as st

from app.ui import context
from app.ui.context import Here
from app.ui.live import EVERY
from app.ui.text import escape, shorten
from app.ui.times import clock_time
from app.views.turned import Turned, turned
from workflow.access import Person
from workflow.turns import mark_seen


@st.fragment(run_every=EVERY)
@context.read_only("turned")
def banner(alert_id: int, since: str) -> None:
    """Every few seconds: what turned, until this person says that they have seen it. `since`: what it came after."""
    here = context.here()
    found = turned(here.house.store, here.person, alert_id)
    if found is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        said = f"**{since} {escape(found.what)} at {clock_time(found.at, here.person, found.now)}.**{_why(found)}"
        (st.error if found.darker else st.warning)(said, icon=":material/notification_important:")
        st.button(
            "I have seen it", key=f"turn_seen_{alert_id}", icon=":material/visibility:",
            on_click=_seen, args=(here, alert_id, found.event_id),
        )  # fmt: skip


@st.fragment(run_every=EVERY)
@context.read_only("turned_beside")
def beside(alert_id: int) -> None:
    """The same in one line where somebody is about to sign, while it is darker than it was."""
    here = context.here()
    found = turned(here.house.store, here.person, alert_id)
    if found is not None and found.darker:
        st.error(
            f"{escape(found.what[:1].upper() + found.what[1:])} at {_at(found, here.person)}, after this was written. "
            "Read it before you sign.",
            icon=":material/front_hand:",
        )


def _at(found: Turned, person: Person) -> str:
    return clock_time(found.at, person, found.now)


def _why(found: Turned) -> str:
    words = f" “{escape(shorten(found.evidence, 200))}”" if found.evidence else ""
    return f" {escape(found.why)}{words}" if found.why else " What spoke against it holds no longer."


def _seen(here: Here, alert_id: int, event_id: int) -> None:
    context.attempt(lambda: mark_seen(here.house.store, here.token, alert_id, event_id))
