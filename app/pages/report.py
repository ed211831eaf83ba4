"""Weekly report: a week in figures, a person's words on top, as a PDF and to people's mailboxes."""

from __future__ import annotations

import streamlit as st

from app import weekly_pdf
from app.ui import context, weekly_form
from app.ui.context import Here
from app.ui.text import escape, markdown, outside
from app.ui.times import clock_time
from app.views import weekly as view
from workflow.measuring.weekly import Report, Section, may_send


def draw() -> None:
    """The week that the address names, the newest one that is over otherwise."""
    here = context.here()
    st.title("Weekly report")
    known = view.weeks(here.house.store)
    wanted = str(st.query_params.get("week", ""))
    chosen = st.selectbox(
        "Week",
        list(known),
        index=list(known).index(wanted) if wanted in known else 0,
        format_func=lambda key: known[key],
        key="report_week",
    )
    st.query_params["week"] = chosen  # so that the page can be shared
    found = view.read(here.house.store, chosen)
    if found is None:
        _none_yet(here, chosen)
        return
    _words(here, found)
    for section in found.sections:
        _section(section)
    st.download_button(
        "Download as PDF", lambda: weekly_pdf.render(found), weekly_pdf.name_of(found), weekly_pdf.MIME,
        key="report_pdf", on_click="ignore", icon=":material/picture_as_pdf:",
    )  # fmt: skip
    _sending(here, found)


def _none_yet(here: Here, week: str) -> None:
    st.info(
        "Nobody has made a report of this week. The product makes one on Monday morning, and tells those who send it.",
        icon=":material/summarize:",
    )
    if may_send(here.person) and st.button("Make it now", type="primary", key="report_make"):
        weekly_form.take_figures(here, week)


def _words(here: Here, found: Report) -> None:
    if found.sent_at is None and may_send(here.person):
        weekly_form.words(here, found)
        return
    if found.words:
        with st.container(border=True):
            outside(found.words)
            st.caption(escape(f"– {found.author}"))
    else:
        st.caption("Nobody has put words on top yet.")


def _section(section: Section) -> None:
    """Three columns as a table of its own: on a phone the last one goes below its figure."""
    st.subheader(section.title, anchor=False)
    for line in section.lines:
        of = f" :small[:gray[{escape(line.of)}]]" if line.of else ""
        markdown(f"{escape(line.label)}: **{escape(line.value)}**{of}")
    if section.note:
        st.caption(escape(section.note))


def _sending(here: Here, found: Report) -> None:
    if found.sent_at is not None:
        at = clock_time(found.sent_at, here.person, here.house.store.now())
        st.success(
            escape(f"Sent {at} to {', '.join(found.recipients)}. It stays as they have it."), icon=":material/mail:"
        )
    elif may_send(here.person):
        weekly_form.sending(here, found)


draw()
