"""Bringing a team's own history of counts: choose a file, see what it would change, import it, or take it back."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.ui import context
from app.ui.context import Here
from app.ui.text import clean, escape, markdown
from app.views import history as view
from workflow import history
from workflow.history_file import LARGEST, Counted, read_history

NAMED = "As the file says"
READ = "history_read"
WHY = (
    "A monitor learns for a day before it raises anything. A file of your own counts, by the hour or finer, spares it "
    "that: CSV, JSON or SQLite with the columns timestamp and count, and monitor if it holds several."
)


def section(here: Here) -> None:
    """The form, the preview, and what was imported so far."""
    with st.expander("Bring your own history", icon=":material/upload_file:", key="history_open", on_change="rerun"):
        if not st.session_state.get("history_open"):
            return
        known = view.there(here.house.store)
        if not known:
            st.caption("Watch something first: a history belongs to a monitor.")
            return
        st.caption(WHY)
        _bring(here, {number: name for number, name, _ in known})
        chosen = st.session_state.get("history_for")
        for number, name, found in known:
            if found is not None and chosen in (None, number):
                _there(here, number, name, found)


def _bring(here: Here, names: dict[int, str]) -> None:
    left, right = st.columns(2)
    chosen = left.selectbox(
        "Monitor",
        [None, *names],
        format_func=lambda one: NAMED if one is None else clean(names[one]),
        key="history_for",
    )
    zones = sorted(available_timezones())
    zone = right.selectbox(
        "Time zone", zones, zones.index(here.person.zone), key="history_zone", help="For times that name none."
    )
    given = st.file_uploader("File", key="history_file", max_upload_size=LARGEST // 1024 // 1024)
    if given is None:
        st.session_state.pop(READ, None)
        return
    asked = (given.file_id, chosen, zone)
    kept = st.session_state.get(READ)
    if kept is None or kept[0] != asked:
        with st.spinner("Reading the file …"):
            context.attempt(lambda: _read(here, given, asked))
    kept = st.session_state.get(READ)
    if kept is not None and kept[0] == asked:
        _preview(here, kept[1], kept[2], chosen)


def _read(here: Here, given: UploadedFile, asked: tuple[str, int | None, str]) -> None:
    st.session_state.pop(READ, None)
    rows = read_history(given.getvalue(), ZoneInfo(asked[2]), here.house.store.now())
    st.session_state[READ] = (asked, rows, view.preview(here.house.store, here.token, rows, asked[1]))


def _preview(here: Here, rows: list[Counted], found: view.Preview, chosen: int | None) -> None:
    with st.container(border=True, gap="xsmall"):
        for plan, usual in zip(found.plans, found.usual, strict=True):
            markdown(f"**{escape(plan.name)}**: {escape(view.told(plan))}")
            st.caption(escape(usual))
        if st.button("Import", type="primary", key="history_import", icon=":material/upload_file:"):
            with st.spinner("Importing …"):
                done = context.attempt(
                    lambda: history.import_history(here.house.store, here.token, rows, chosen),
                    done="Your history is in. It can be taken back below.",
                )
            if done:
                st.session_state.pop(READ, None)
                st.rerun()


def _there(here: Here, number: int, name: str, found: history.Imported) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        span = f"{found.first:%Y-%m-%d %H:%M} to {found.last:%Y-%m-%d %H:%M} UTC"
        markdown(f"**{escape(name)}** has {found.uses:,} imported uses, {escape(span)}.", width="content")
        if st.button("Take back", key=f"history_remove_{number}", icon=":material/undo:"):
            done = f"What was imported for {clean(name)} is gone."
            if context.attempt(lambda: history.remove_history(here.house.store, here.token, number), done=done):
                st.rerun()
