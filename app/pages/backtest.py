"""Backtest: what other settings of a monitor would have raised last week, beside what today's would have."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.ui import backtest_form, clicks, context, links
from app.ui.context import Here
from app.ui.text import clean, markdown
from app.views import backtest as view
from data.errors import BadInput
from monitors.compare import Compared, compare
from workflow import watching
from workflow.rules.roles import may
from workflow.watching import More, Watched

STORED, RECORDING = "The last seven days here", "A recording"
FOUND = "backtest_found"


def draw() -> None:
    """Choose a monitor, change its settings, compare, and save them if they are better."""
    here = context.here()
    st.title("Backtest")
    st.caption("What would these settings have raised last week? Nothing is changed until you save.")
    st.page_link("pages/monitors.py", label="All monitors", icon=":material/visibility:")
    known = {one.id: one for one in view.choices(here.house.store)}
    if not known:
        markdown("**Nothing is watched yet.** Add a monitor first.")
        return
    asked_for = links.number("monitor")
    start = list(known).index(asked_for) if asked_for in known else 0
    left, right = st.columns(2)
    number = left.selectbox(
        "Monitor", list(known), start, format_func=lambda one: clean(known[one].name), key="backtest_monitor"
    )
    where = right.segmented_control("Over", [STORED, RECORDING], default=STORED, required=True, key="backtest_over")
    given = st.file_uploader("Recording", key="backtest_file") if where == RECORDING else None
    choice = known[number]
    asked = backtest_form.fields(choice)
    if asked is not None:
        context.attempt(lambda: _compare(here, choice, asked(), where == RECORDING, given))
    kept = st.session_state.get(FOUND)
    if kept is not None and kept[0] == (number, where):
        _, seen, these, found = kept
        backtest_form.answer(here, found)
        if may(here.person.role, "watch") and these != seen:
            _save(here, choice, seen, these)


def _compare(
    here: Here, choice: view.Choice, these: Watched | None, recorded: bool, given: UploadedFile | None
) -> None:
    assert these is not None
    st.session_state.pop(FOUND, None)
    if recorded and given is None:
        raise BadInput("Choose the recording's file first.")
    bar = st.progress(0.0, "Reading posts …")
    try:
        found: Compared = (
            view.over_recording(given.getvalue(), choice.name, choice.watched, these, bar.progress)
            if given is not None
            else compare(here.house.store, choice.id, choice.watched, these, bar.progress)
        )
    finally:
        bar.empty()
    st.session_state[FOUND] = ((choice.id, RECORDING if recorded else STORED), choice.watched, these, found)


def _save(here: Here, choice: view.Choice, seen: Watched, these: Watched) -> None:
    # What was compared is saved, instead of what it was compared with.
    st.button("Save these settings", type="primary", icon=":material/save:", **clicks.carries("backtest", seen, these))
    clicked = clicks.clicked("backtest")
    if clicked is None:
        return
    before, after = clicked

    def save() -> None:
        more = More(choice.name, choice.kind, after.languages, after.cooldown_minutes)
        words = (after.terms, after.exclusions, after.floor)
        watching.change_monitor(here.house.store, here.token, choice.id, before, *words, more)

    if context.attempt(save, done=f"{clean(choice.name)} has the new settings."):
        st.session_state.pop(FOUND, None)
        st.rerun()


draw()
