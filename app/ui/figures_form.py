"""Figures from a file: choose it, see what it would bring, import it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.ui import context
from app.ui.context import Here
from app.ui.text import escape, markdown
from app.views.figures import label_of
from workflow.measuring import importing
from workflow.measuring.figures_file import LARGEST, Row, read_figures
from workflow.measuring.importing import Plan

READ = "figures_read"
WHY = (
    "For platforms that tell no figures, for posts by hand, and for posts from before Tact, so that there is something "
    "to compare with: CSV with a column address, and any of likes, shares, replies, impressions, clicks, followers. "
    "Posts from before Tact need platform and date as well; kind (text, picture, reply, quote) helps."
)


def section(here: Here) -> None:
    """The upload, the preview and the button."""
    with st.expander("Bring figures from a file", icon=":material/upload_file:", key="figures_open", on_change="rerun"):
        if not st.session_state.get("figures_open"):
            return
        st.caption(WHY)
        given = st.file_uploader("CSV file", key="figures_file", max_upload_size=LARGEST // 1024 // 1024)
        if given is None:
            st.session_state.pop(READ, None)
            return
        kept = st.session_state.get(READ)
        if kept is None or kept[0] != given.file_id:
            with st.spinner("Reading the file …"):
                context.attempt(lambda: _read(here, given))
        kept = st.session_state.get(READ)
        if kept is not None and kept[0] == given.file_id:
            _preview(here, kept[1], kept[2])


def _read(here: Here, given: UploadedFile) -> None:
    st.session_state.pop(READ, None)
    rows = read_figures(given.getvalue(), ZoneInfo(here.person.zone), here.house.store.now())
    st.session_state[READ] = (given.file_id, rows, importing.plan(here.house.store, rows))


def _preview(here: Here, rows: tuple[Row, ...], plan: Plan) -> None:
    markdown(in_words(plan))
    if not st.button("Import", type="primary", key="figures_import", icon=":material/upload_file:"):
        return
    bar = st.progress(0.0, "Importing …")

    def tell(written: int, of: int) -> None:
        bar.progress(written / of, f"{written:,} of {of:,}")

    done = "The figures are in."
    if context.attempt(lambda: importing.bring(here.house.store, here.token, rows, tell), done=done):
        st.session_state.pop(READ, None)
        st.rerun()
    bar.empty()


def in_words(plan: Plan) -> str:
    """What the file would bring, in a sentence."""
    ours = "1 post of ours" if plan.ours == 1 else f"{plan.ours:,} posts of ours"
    past = "1 earlier post" if plan.past == 1 else f"{plan.past:,} earlier posts"
    again = f", {plan.known:,} of them known and replaced" if plan.known else ""
    where = escape(", ".join(label_of(one) for one in plan.platforms))
    return f"Figures of **{ours}** and of **{past}**{again}, on {where}."
