"""Story: one moment from its first mention to what came back, as the record has it. For whoever asks how it went."""

from __future__ import annotations

import streamlit as st

from app.ui import context, links
from app.ui.context import Here
from app.ui.text import escape, markdown, shorten
from app.ui.times import clock_time
from app.views import story as view
from data.errors import BadInput
from data.storage import events

ICONS = {
    view.HEARD: ":material/hearing:",
    view.NOTICED: ":material/notifications:",
    view.JUDGED: ":material/balance:",
    view.DECIDED: ":material/group:",
    view.WRITTEN: ":material/edit:",
    view.AGREED: ":material/draw:",
    view.STOPPED: ":material/front_hand:",
    view.SENT: ":material/send:",
    view.BACK: ":material/monitoring:",
}


def draw() -> None:
    """Choose a moment, read its stations, then line by line."""
    here = context.here()
    st.title("Story")
    known = view.moments(here.house.store, here.person)
    if not known:
        st.info("No moment has been noticed yet. Its story will stand here from its first mention on.")
        return
    wanted = links.number("alert")
    chosen = st.selectbox(
        "Moment",
        list(known),
        index=list(known).index(wanted) if wanted in known else 0,
        format_func=lambda one: known[one],
        key="story_moment",
    )
    st.query_params["alert"] = str(chosen)  # so that the page can be shared
    try:
        found = view.read(here.house.store, here.person, chosen)
    except BadInput as error:
        st.warning(escape(error.message), icon=":material/search_off:")
        return
    _stations(here, found)
    if found.touched:
        rows = ", ".join(str(one) for one in found.touched)
        st.error(
            f"The record was changed after it was written: event {rows} does not fit its hash. Tell whoever runs Tact "
            "here; `python -m app audit verify` says more.",
            icon=":material/gpp_bad:",
        )
    _lines(here, found)
    _proof(here, found)


def _stations(here: Here, found: view.Story) -> None:
    with st.container(horizontal=True, gap="small"):
        for one in found.stations:
            with st.container(border=True, width="content", gap=None):
                markdown(f"**{escape(one.title)}**", width="content")
                markdown(clock_time(one.at, here.person, found.now), width="content")
                if told := view.after_words(one):
                    st.caption(told, width="content")


def _lines(here: Here, found: view.Story) -> None:
    parts = list(dict.fromkeys(line.chapter for line in found.lines))
    wanted = st.pills("Show", parts, selection_mode="multi", default=parts, key=f"story_parts_{found.alert_id}")
    shown = [line for line in found.lines if line.chapter in wanted]
    if not shown:
        st.caption("Nothing of this kind happened. Choose another part above.")
    for line in shown:
        who = escape(line.who) + (f" :gray[({line.role})]" if line.role else "")
        why = f"  \n:small[:gray[{escape(shorten(line.why, 300))}]]" if line.why else ""
        number = f" :gray[:small[#{line.event_id}]]" if line.event_id is not None else ""
        at = clock_time(line.at, here.person, found.now)
        markdown(f"{ICONS[line.chapter]} {at} · **{who}** {escape(line.what)}{number}{why}")


def _proof(here: Here, found: view.Story) -> None:
    rows = [line for line in found.lines if line.event_id is not None]
    st.caption(
        f"{len(rows)} event rows, each with the hash it was written with. Numbers (#) are those of the record; whoever "
        "keeps its head elsewhere can prove that nothing was left out."
    )
    with st.container(horizontal=True):
        st.download_button(
            "Download the story (CSV)",
            view.as_csv(found, here.person),
            f"tact-story-{found.alert_id}.csv",
            "text/csv",
            key="story_csv",
            on_click="ignore",
            icon=":material/download:",
        )
        if st.button("Check the whole record", key="story_verify", icon=":material/verified:"):
            _verify(here)


def _verify(here: Here) -> None:
    with st.spinner("Walking through every event row …"):
        checked, broken = events.verify(here.house.store)
        last, digest = events.head(here.house.store)
    if broken is not None:
        st.error(f"The record breaks at event {broken.event_id}: {broken.why}.", icon=":material/gpp_bad:")
        return
    st.success(f"All {checked:,} event rows hold. Keep this line elsewhere, it finds a cut-off end later:")
    st.code(f"{last} {digest}", language=None)


draw()
